/** What can go wrong with a connection, in words for people. No message and no cause ever holds the password. */

/** Nothing usable answers at the address. */
export class RedisUnavailableError extends Error {
  override readonly name = "RedisUnavailableError";
}

/** The server answers but will not do: wrong user or password, or too old. Trying again does not help. */
export class RedisRefusedError extends Error {
  override readonly name = "RedisRefusedError";
}

/** The connection was closed on our side while the call waited. */
export class RedisClosedError extends Error {
  override readonly name = "RedisClosedError";
}

export interface RedisAddress {
  readonly tls: boolean;
  /** `host:port`, fit for messages. */
  readonly label: string;
}

/** @throws {RedisRefusedError} If it is no Redis URL. */
export function redisAddress(url: string): RedisAddress {
  const parsed = URL.parse(url);
  // The URL itself may hold a password, and so it is in no message.
  if (parsed === null) {
    throw new RedisRefusedError(
      "Cannot connect to Redis as its URL must be like redis://host:port: it is not",
    );
  }
  if (parsed.protocol !== "redis:" && parsed.protocol !== "rediss:") {
    throw new RedisRefusedError(
      `Cannot connect to Redis as its URL must start with redis: or rediss: it starts with ${parsed.protocol}`,
    );
  }
  return {
    tls: parsed.protocol === "rediss:",
    label: `${parsed.hostname || "localhost"}:${parsed.port || "6379"}`,
  };
}

/** The error for people if the server refuses the user; null if it is about something else. */
export function refusalOf(error: Error, label: string): RedisRefusedError | null {
  const code = error.message.split(" ", 1)[0];
  const reason = code === "NOAUTH"
    ? "it needs a user or password: the URL holds none"
    : code === "WRONGPASS"
    ? "user and password must be right: they are not, or the user is off"
    : null;
  return reason === null
    ? null
    : new RedisRefusedError(`Cannot use Redis at ${label} as ${reason}`, { cause: withoutCommand(error) });
}

/** A copy without the command, whose arguments may hold a password or megabytes. */
export function withoutCommand(error: Error): Error {
  const copy = new Error(error.message);
  copy.name = error.name;
  return copy;
}

/** Whether the server did not do the command and will soon do it: it is loading, or the connection broke in between. */
export function isPassing(error: unknown): boolean {
  return error instanceof Error &&
    (error.message.startsWith("LOADING ") || error.message === "Command aborted due to connection close");
}

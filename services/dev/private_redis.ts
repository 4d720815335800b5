/** A Redis of this run's own: a free loopback port, own passwords, own append-only file, one user for each process. */
import { join } from "node:path";
import type { Role } from "../core/contracts/define.ts";
import { aclFile, ROLES } from "../core/redis/acl.ts";

export interface PrivateRedis {
  readonly port: number;
  readonly configPath: string;
  /** Where the server writes its process id. */
  readonly pidPath: string;
  /** The address that a process connects to, with its own user. */
  readonly url: (role: Role) => string;
}

/** Who may end the server, with the password of the role `dev`, and nothing else. */
export const SUPERVISOR = "supervisor";
/** Where the commands of this machine's user find the server. */
const ADDRESS_FILE = "dev.url";

/** Chooses a port and passwords and writes the server's files. @param folder Where they go.
 * @param isOnDisk Whether every write is on disk before it is answered, as orders at a venue need it. */
export async function configurePrivateRedis(folder: string, isOnDisk = false): Promise<PrivateRedis> {
  const port = freePort();
  const passwords = Object.fromEntries(ROLES.map((role) => [role, crypto.randomUUID()])) as Record<
    Role,
    string
  >;
  const acl = join(folder, "users.acl");
  const supervisor = `user ${SUPERVISOR} reset on >${passwords.dev} resetchannels -@all +shutdown\n`;
  await Deno.writeTextFile(acl, aclFile(passwords) + supervisor, { mode: 0o600 });
  const configPath = join(folder, "redis.conf");
  const pidPath = join(folder, "redis.pid");
  await Deno.writeTextFile(
    configPath,
    [
      `bind 127.0.0.1`,
      `port ${port}`,
      `dir "${folder}"`,
      `aclfile "${acl}"`,
      `appendonly yes`,
      // The kernel has every write before the answer, so a kill loses nothing; with everysec a slow disk delays the write.
      `appendfsync ${isOnDisk ? "always" : "no"}`,
      `save ""`,
      `maxmemory-policy noeviction`,
      `daemonize no`,
      `pidfile "${pidPath}"`,
    ].join("\n") + "\n",
  );
  const url = (role: Role) => `redis://${role}:${passwords[role]}@127.0.0.1:${port}/0`;
  await Deno.writeTextFile(join(folder, ADDRESS_FILE), url("dev"), { mode: 0o600 });
  return { port, configPath, pidPath, url };
}

/** The address of a run's server for the role `dev`; null where the run has no server of its own. */
export async function readDevAddress(folder: string): Promise<string | null> {
  try {
    return await Deno.readTextFile(join(folder, ADDRESS_FILE));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  }
}

/** A port that nobody listens on just now. */
export function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}

/** Whether somebody listens on a loopback port. */
export function isPortBusy(port: number): boolean {
  try {
    Deno.listen({ hostname: "127.0.0.1", port }).close();
    return false;
  } catch (cause) {
    if (cause instanceof Deno.errors.AddrInUse) return true;
    throw cause;
  }
}

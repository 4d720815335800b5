/** A Redis of this run's own: a free loopback port, own passwords, own append-only file, one user for each process. */
import { join } from "node:path";
import type { Role } from "../core/contracts/define.ts";
import { aclFile, ROLES } from "../core/redis/acl.ts";

export interface PrivateRedis {
  readonly port: number;
  readonly configPath: string;
  /** The address that a process connects to, with its own user. */
  readonly url: (role: Role) => string;
}

const PID_FILE = "redis.pid";
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
  await Deno.writeTextFile(acl, aclFile(passwords), { mode: 0o600 });
  const configPath = join(folder, "redis.conf");
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
      `pidfile "${join(folder, PID_FILE)}"`,
    ].join("\n") + "\n",
  );
  const url = (role: Role) => `redis://${role}:${passwords[role]}@127.0.0.1:${port}/0`;
  await Deno.writeTextFile(join(folder, ADDRESS_FILE), url("dev"), { mode: 0o600 });
  return { port, configPath, url };
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

/** Ends the server of a run whose supervisor was killed and could not do it. Only where the process can be recognised. */
export async function endForgottenRedis(folder: string): Promise<void> {
  try {
    const pid = Number(await Deno.readTextFile(join(folder, PID_FILE)));
    const port = /^port (\d+)$/m.exec(await Deno.readTextFile(join(folder, "redis.conf")))?.[1];
    const title = await Deno.readTextFile(`/proc/${pid}/cmdline`);
    if (port !== undefined && title.includes(`127.0.0.1:${port}`)) Deno.kill(pid, "SIGTERM");
  } catch {
    // it ended properly, or it is not ours to end
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

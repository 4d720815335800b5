/** The rights of each process, made from the contracts: nobody else says which role may touch which key. */
import { createHash } from "node:crypto";
import { declaredKeys, type Role } from "../contracts/define.ts";
// Each module declares its keys when it is loaded; all must be here, or their keys belong to nobody.
import "../contracts/attribution.ts";
import "../contracts/bar.ts";
import "../contracts/control.ts";
import "../contracts/experience.ts";
import "../contracts/feature_snapshot.ts";
import "../contracts/feed_status.ts";
import "../contracts/lane.ts";
import "../contracts/learning.ts";
import "../contracts/missing_bars.ts";
import "../contracts/model.ts";
import "../contracts/model_hold.ts";
import "../contracts/risk.ts";
import "../contracts/run_terms.ts";
import "../contracts/system.ts";
import "../contracts/tick.ts";
import "../contracts/venue.ts";

export const ROLES: readonly Role[] = ["core", "trainer", "inference", "ui", "dev", "feed"];

/** HELLO and AUTH are open to all. */
const CONNECT = ["ping", "select", "client|setname"];
/** How much memory the server takes, of how much: read-only, and no key's content. */
const INFO = "info";
/** Everything that the store reads with. */
const READ = [
  ...CONNECT,
  "get",
  "hget",
  "hgetall",
  "xlen",
  "xrange",
  "xrevrange",
  "xread",
];
/** Everything that the store writes with. */
const WRITE = ["set", "del", "hset", "hdel", "xadd", "xtrim", "multi", "exec"];
/** The ledger's functions run with the rights of who calls them. */
const LEDGER = [
  "fcall",
  "function|load",
  "type",
  "time",
  "xinfo|stream",
  "hmget",
  "hexists",
  "zscore",
  "zadd",
  "zrem",
  "zcard",
]
  .concat("zremrangebyscore");
/** Orders leave once what they follow from is on disk. */
const DURABLE = ["waitaof", "config|get"];

const COMMANDS: Record<Role, readonly string[]> = {
  core: [...READ, ...WRITE, INFO],
  trainer: [...READ, ...WRITE],
  inference: [...READ, ...WRITE, ...LEDGER, ...DURABLE],
  ui: [...READ, INFO],
  dev: [...READ, ...WRITE, "fcall", "function|load", "type", INFO],
  feed: [...CONNECT, "xadd"],
};

/** The text of an ACL file: one user for each role, named like it, and no default user.
 * @throws {RangeError} If a password is shorter than 16 characters. */
export function aclFile(passwords: Readonly<Record<Role, string>>): string {
  const users = ROLES.map((role) => {
    const password = passwords[role];
    if (password.length < 16) {
      throw new RangeError(
        `Cannot make the user ${role} as its password must have 16 characters or more: it has ${password.length}`,
      );
    }
    const hash = createHash("sha256").update(password).digest("hex");
    return ["user", role, "reset", "on", `#${hash}`, "resetchannels", ...aclRules(role)].join(" ");
  });
  return ["user default reset", ...users].join("\n") + "\n";
}

/** What a role may do, as rules of ACL SETUSER. Braces mean nothing in Redis patterns: `{*}` is any hash tag.
 * Trimming needs the right to write; a selector gives it for that command alone. */
export function aclRules(role: Role): string[] {
  const trims = declaredKeys().filter(({ access }) =>
    access.trim?.includes(role) && !access.write.includes(role)
  )
    .map(({ pattern }) => `(+xtrim %W~${pattern})`);
  const keys = declaredKeys().flatMap(({ pattern, access }) => {
    const rights = (access.read.includes(role) ? "R" : "") + (access.write.includes(role) ? "W" : "");
    return rights === "" ? [] : [`%${rights}~${pattern}`];
  });
  return ["-@all", ...COMMANDS[role].map((command) => `+${command}`), ...new Set(keys), ...new Set(trims)];
}

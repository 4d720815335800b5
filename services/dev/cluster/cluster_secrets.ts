/** The cluster's secrets as Kubernetes documents: who may do what in Redis, and the token that opens the page. Pure. */
import { createHash } from "node:crypto";
import type { Role } from "../../core/contracts/define.ts";
import { aclFile, ROLES } from "../../core/redis/acl.ts";

interface Secret {
  readonly apiVersion: "v1";
  readonly kind: "Secret";
  readonly metadata: { readonly name: string; readonly namespace: string };
  readonly stringData: Readonly<Record<string, string>>;
}

/** What the readiness probe of the server logs in as: it has no password and may do nothing but PING. */
const PROBE = "user probe reset on nopass resetchannels -@all +ping\n";
/** Copies everything, as a replica does, and can change nothing. */
const BACKUP = "backup";
const BACKUP_RULES = "resetchannels -@all +ping +sync +psync +replconf";

/** Who has a password of its own. */
export const SECRET_USERS = [...ROLES, BACKUP] as const;
export type SecretUser = Role | typeof BACKUP;

/** One secret with the server's users, one for each of them with the address that it connects to, and the page's token. */
export function clusterSecrets(
  { namespace, host, passwords, pageToken, tls = false }: {
    readonly namespace: string;
    /** `name:port`. */
    readonly host: string;
    readonly passwords: Readonly<Record<SecretUser, string>>;
    readonly pageToken: string;
    readonly tls?: boolean;
  },
): { apiVersion: "v1"; kind: "List"; items: Secret[] } {
  const secret = (name: string, stringData: Secret["stringData"]): Secret => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData,
  });
  const hash = createHash("sha256").update(passwords[BACKUP]).digest("hex");
  const backup = `user ${BACKUP} reset on #${hash} ${BACKUP_RULES}\n`;
  const scheme = tls ? "rediss" : "redis";
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      secret("redis-users", { "users.acl": aclFile(passwords) + backup + PROBE }),
      ...SECRET_USERS.map((user) =>
        secret(`redis-${user}`, { REDIS_URL: `${scheme}://${user}:${passwords[user]}@${host}/0` })
      ),
      secret("ui-token", { RLTRADER_UI_TOKEN: pageToken }),
    ],
  };
}

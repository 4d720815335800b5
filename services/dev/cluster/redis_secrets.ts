/** The secrets of the cluster's Redis as Kubernetes documents. Pure. */
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

/** One secret with the server's users, and one for each process with the address that it connects to. */
export function redisSecrets(
  { namespace, host, passwords }: {
    readonly namespace: string;
    /** `name:port`. */
    readonly host: string;
    readonly passwords: Readonly<Record<Role, string>>;
  },
): { apiVersion: "v1"; kind: "List"; items: Secret[] } {
  const secret = (name: string, stringData: Secret["stringData"]): Secret => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name, namespace },
    stringData,
  });
  return {
    apiVersion: "v1",
    kind: "List",
    items: [
      secret("redis-users", { "users.acl": aclFile(passwords) + PROBE }),
      ...ROLES.map((role) =>
        secret(`redis-${role}`, { REDIS_URL: `redis://${role}:${passwords[role]}@${host}/0` })
      ),
    ],
  };
}

/** Makes what the cluster keeps secret: a password for each process, the server's users, each process's own address, and the
 * page's token.
 * Prints a Kubernetes List for `kubectl create -f -`; writes nothing to disk, and makes other passwords each time. */
import { helpText, mustBe, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { clusterSecrets, SECRET_USERS, type SecretUser } from "./cluster_secrets.ts";

const OPTIONS = {
  namespace: { help: "Namespace of the secrets.", value: "NAME", default: "rltrader" },
  host: { help: "Name of the Redis service.", value: "HOST", default: "redis" },
  port: { help: "Its port.", value: "PORT", default: "6379", check: mustBe.integer(1, 65_535) },
  tls: { help: "Addresses begin with rediss://, for a server with TLS." },
} as const;

function main(args: readonly string[]): number {
  try {
    if (args.includes("--help")) {
      writeText(
        Deno.stdout,
        helpText("cluster", "Prints the cluster's secrets with new passwords.", OPTIONS),
      );
      return 0;
    }
    const { namespace, host, port, tls } = parseOptions(args, OPTIONS);
    const passwords = Object.fromEntries(SECRET_USERS.map((user) => [user, randomPassword()])) as Record<
      SecretUser,
      string
    >;
    const secrets = clusterSecrets({
      namespace,
      host: `${host}:${port}`,
      passwords,
      pageToken: randomPassword(),
      tls,
    });
    writeText(Deno.stdout, `${JSON.stringify(secrets, null, 2)}\n`);
    return 0;
  } catch (error) {
    writeText(Deno.stderr, `${error instanceof UsageError ? error.message : Deno.inspect(error)}\n`);
    return 1;
  }
}

/** 32 random bytes as hex: needs no escaping in an address. */
function randomPassword(): string {
  return crypto.getRandomValues(new Uint8Array(32)).toHex();
}

if (import.meta.main) Deno.exit(main(Deno.args));

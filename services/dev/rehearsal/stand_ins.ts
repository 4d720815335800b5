/** Makes images that stand in for the bases which the Dockerfiles and manifests name, where these cannot be pulled: Debian by
 * debootstrap, with this machine's Deno, compiler and Valkey put in, under the upstream names. */
import { dirname, join } from "node:path";
import { obtainRedisServer } from "../setup/redis_server.ts";
import type { SetupContext } from "../setup/setup_context.ts";
import { run } from "./command.ts";

/** The upstream names, as the Dockerfiles and the manifests have them. */
export interface Bases {
  readonly debian: string;
  readonly rust: string;
  readonly deno: string;
  readonly valkey: string;
}

const AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";
const PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

/** Makes those that are not there yet. */
export async function makeStandIns(
  context: SetupContext,
  bases: Bases,
  say: (text: string) => void,
): Promise<void> {
  const makers: readonly (readonly [string, () => Promise<void>])[] = [
    [bases.debian, () => makeDebian(bases.debian)],
    [bases.deno, () => commit(bases.deno, "scratch", (id) => copy(id, Deno.execPath(), "/deno"))],
    [bases.rust, () => makeRust(context, bases)],
    [bases.valkey, () => makeValkey(context, bases)],
  ];
  for (const [name, make] of makers) {
    if (await isThere(name)) continue;
    say(`making a stand-in for ${name}\n`);
    await make();
  }
}

/** As buildah stores an image of a short name. */
const fullName = (name: string) => name.includes("/") ? `docker.io/${name}` : `docker.io/library/${name}`;

async function isThere(name: string): Promise<boolean> {
  return await run("buildah", ["inspect", "--type=image", fullName(name)]).then(() => true, () => false);
}

/** Makes an image out of another: `change` gets the working container. */
async function commit(name: string, from: string, change: (id: string) => Promise<unknown>): Promise<void> {
  const id = (await run("buildah", ["from", "--pull-never", from])).trim();
  try {
    await change(id);
    await run("buildah", ["commit", "--quiet", id, fullName(name)]);
  } finally {
    await run("buildah", ["rm", id]);
  }
}

const copy = (id: string, from: string, to: string) => run("buildah", ["copy", "--quiet", id, from, to]);
const inside = (id: string, command: string) =>
  run("buildah", ["run", "--isolation=chroot", id, "--", "sh", "-c", command]);
const configure = (id: string, env: readonly string[]) =>
  run("buildah", ["config", ...env.map((variable) => `--env=${variable}`), id]);
const install = (...packages: string[]) =>
  `apt-get update -qq && apt-get install -yqq --no-install-recommends ${
    packages.join(" ")
  } && rm -rf /var/lib/apt/lists/*`;

async function makeDebian(name: string): Promise<void> {
  const suite = /:(?<suite>[a-z]+)/.exec(name)!.groups!.suite!;
  const folder = await Deno.makeTempDir({ prefix: "rehearsal-debian-" });
  try {
    await run("debootstrap", ["--variant=minbase", suite, folder]);
    // What the slim image leaves out.
    for (
      const part of [
        "usr/share/doc",
        "usr/share/man",
        "usr/share/locale",
        "var/cache/apt",
        "var/lib/apt/lists",
      ]
    ) {
      await Deno.remove(join(folder, part), { recursive: true });
    }
    await Deno.mkdir(join(folder, "var/lib/apt/lists/partial"), { recursive: true });
    await commit(name, "scratch", async (id) => {
      await copy(id, folder, "/");
      await run("buildah", ["config", `--env=PATH=${PATH}`, "--cmd=bash", id]);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

/** With this machine's authorities, as its builds reach the registries through them. */
async function makeRust(context: SetupContext, bases: Bases): Promise<void> {
  const { stdout } = await context.run({
    program: "rustc",
    args: ["--print=sysroot"],
    environment: context.environment,
    deadlineMs: 60_000,
  });
  const toolchain = "/usr/local/rustup/toolchains/this";
  await commit(bases.rust, fullName(bases.debian), async (id) => {
    await inside(id, install("gcc", "libc6-dev", "ca-certificates"));
    for (const part of ["bin", "lib"]) await copy(id, join(stdout.trim(), part), `${toolchain}/${part}`);
    await copy(id, AUTHORITIES, AUTHORITIES);
    const trusted = ["SSL_CERT_FILE", "PIP_CERT", "CARGO_HTTP_CAINFO"].map((name) =>
      `${name}=${AUTHORITIES}`
    );
    await configure(id, [
      `PATH=${toolchain}/bin:${PATH}`,
      "CARGO_HOME=/usr/local/cargo",
      "DENO_TLS_CA_STORE=system",
      ...trusted,
    ]);
  });
}

/** The server that the set-up obtains, and Debian's client under the other name. */
async function makeValkey(context: SetupContext, bases: Bases): Promise<void> {
  const server = await obtainRedisServer(context, { update: () => {} });
  if (server.route === "REDIS_URL") {
    throw new Error("Cannot make a stand-in of Valkey as its program must be here: a URL is");
  }
  await commit(bases.valkey, fullName(bases.debian), async (id) => {
    await inside(
      id,
      `${
        install("redis-tools")
      } && ln -s redis-cli /usr/bin/valkey-cli && useradd --uid 999 --user-group valkey`,
    );
    await copy(id, join(dirname(server.path), "valkey-server"), "/usr/local/bin/valkey-server");
  });
}

import assert from "node:assert/strict";
import { join } from "node:path";
import { entrypointOf, parseDockerfile } from "./manifests/dockerfile.ts";
import { ROOT } from "./rendered_testing.ts";

const IMAGES = [
  ["trainer", "Dockerfile.trainer"],
  ["core", "Dockerfile.inference"],
  ["inference", "Dockerfile.inference"],
  ["ui", "Dockerfile.inference"],
] as const;

/** Tries what an intruder would, and tells what it was refused by name. */
const INTRUDER = `
import { Redis } from "npm:ioredis@6.0.0";
const [port, addon] = Deno.args;
const attempts = {
  connect: () => Deno.connect({ hostname: "127.0.0.1", port: Number(port) }),
  fetch: () => fetch("http://127.0.0.1:" + port),
  ioredis: () => new Promise((_, reject) => {
    const client = new Redis({ host: "127.0.0.1", port: Number(port), lazyConnect: true, retryStrategy: () => null });
    client.on("error", (cause) => reject(new Deno.errors.NotCapable(cause.message)));
    client.connect().then(() => { throw new Error("connected"); }, () => {});
  }),
  listen: () => Deno.listen({ hostname: "127.0.0.1", port: 0 }),
  read: () => Deno.readTextFile("/etc/passwd"),
  write: () => Deno.writeTextFile("/tmp/intruder", "x"),
  run: () => new Deno.Command("sh").output(),
  load: () => Deno.dlopen("/lib/x86_64-linux-gnu/libc.so.6", {}),
};
const results = {};
for (const [name, attempt] of Object.entries(attempts)) {
  try { await attempt(); results[name] = "done"; } catch (cause) { results[name] = cause.name; }
}
console.log(JSON.stringify(results));
Deno.exit(0);
`;

for (const [image, file] of IMAGES) {
  Deno.test(`what runs as ${image} opens no undeclared host, file, program or library`, async () => {
    const stages = parseDockerfile(await Deno.readTextFile(join(ROOT, file)));
    const program = entrypointOf(stages, image);
    const permissions = program.filter((part) => part.startsWith("--allow-") || part === "--no-prompt");
    using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
    const folder = await Deno.makeTempDir();
    try {
      const path = join(folder, "intruder.ts");
      await Deno.writeTextFile(path, INTRUDER);
      const { stdout, stderr } = await new Deno.Command(Deno.execPath(), {
        args: [
          "run",
          `--config=${join(ROOT, "deno.json")}`,
          "--no-lock",
          ...permissions,
          path,
          String(listener.addr.port),
        ],
        env: { NO_COLOR: "1" },
      }).output();
      const results = JSON.parse(new TextDecoder().decode(stdout) || new TextDecoder().decode(stderr));
      assert.deepEqual(new Set(Object.values(results)), new Set(["NotCapable"]), JSON.stringify(results));
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  });
}

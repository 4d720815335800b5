import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DENO_VERSION } from "../services/dev/setup/diagnosis.ts";

interface Outcome {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Runs `.ci/run` in an empty repository, with a `deno` that does what the script says.
 * @param version What that `deno` calls itself. */
async function runWith(script: { check: string; test: string; version?: string }): Promise<Outcome> {
  const root = await Deno.makeTempDir();
  try {
    const bin = join(root, "bin");
    for (const folder of [".ci", "bin", "services/dev/setup"]) {
      await Deno.mkdir(join(root, folder), { recursive: true });
    }
    await Deno.copyFile(fileURLToPath(new URL("run", import.meta.url)), join(root, ".ci/run"));
    await Deno.writeTextFile(
      join(root, "services/dev/setup/diagnosis.ts"),
      `export const DENO_VERSION = "${DENO_VERSION}";`,
    );
    const tasks = `case "$1 $2" in "task check") ${script.check};; "task test") ${script.test};; esac`;
    const answers = `[ "$1" = --version ] && echo "deno ${script.version ?? DENO_VERSION} (stable)" && exit`;
    await writeProgram(join(bin, "deno"), `${answers}\n${tasks}`);
    await writeProgram(join(bin, "npx"), `echo "npx $1 $2"; shift 2; ${tasks}`);
    for (const present of ["c++", "python3", "chromium", "redis-cli"]) {
      await writeProgram(join(bin, present), "true");
    }
    const { code, stdout } = await new Deno.Command("bash", {
      args: [join(root, ".ci/run")],
      clearEnv: true,
      env: { PATH: `${bin}:/usr/bin:/bin` },
      stderr: "null",
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trim().split("\n") };
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

async function writeProgram(path: string, body: string): Promise<void> {
  await Deno.writeTextFile(path, `#!/bin/bash\n${body}\n`, { mode: 0o755 });
}

const counted = (passed: number, failed: number) => `echo "${passed} passed, ${failed} failed"`;

Deno.test(".ci/run ends with the tests' own counts", async () => {
  const { code, lines } = await runWith({ check: "true", test: counted(12, 0) });
  assert.deepEqual([code, lines.at(-1)], [0, "12 passed, 0 failed"]);
});

Deno.test(".ci/run counts a failed check as one failure and still runs the tests", async () => {
  const { code, lines } = await runWith({ check: "exit 3", test: counted(12, 0) });
  assert.deepEqual([code, lines.at(-1)], [1, "12 passed, 1 failed"]);
});

Deno.test(".ci/run fails when tests fail", async () => {
  const { code, lines } = await runWith({ check: "true", test: `${counted(10, 2)}; exit 1` });
  assert.deepEqual([code, lines.at(-1)], [1, "10 passed, 2 failed"]);
});

Deno.test(".ci/run fails when the tests end badly but count no failure", async () => {
  const { code, lines } = await runWith({ check: "true", test: `${counted(10, 0)}; exit 1` });
  assert.deepEqual([code, lines.at(-1)], [1, "10 passed, 1 failed"]);
});

Deno.test(".ci/run fails when the tests say no counts", async () => {
  const { code, lines } = await runWith({ check: "true", test: "exit 0" });
  assert.deepEqual([code, lines.at(-1)], [1, "0 passed, 1 failed"]);
});

Deno.test(".ci/run takes npx where deno is another version", async () => {
  const { code, lines } = await runWith({ check: "true", test: counted(1, 0), version: "2.0.0" });
  assert.equal(code, 0);
  assert.ok(lines.includes(`npx -y deno@${DENO_VERSION}`), lines.join("\n"));
});

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import type { ModuleGraph } from "./packages.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PROGRAM = "services/dev/image/main.ts";

/** Every file of ours that a program loads, relative to the root. */
async function filesOf(program: string): Promise<string[]> {
  const { stdout } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--no-config", program],
    cwd: ROOT,
  }).output();
  const { modules } = JSON.parse(new TextDecoder().decode(stdout)) as ModuleGraph;
  return modules.filter(({ specifier }) => specifier.startsWith("file:"))
    .map(({ specifier }) => fileURLToPath(specifier).slice(ROOT.length));
}

/** What a stage copies from the checkout: files and folders. */
function copiedBy(stage: string): string[] {
  return [...stage.matchAll(/^COPY (?!--)(.+)$/gm)].flatMap(([, line]) => line!.split(" ").slice(0, -1));
}

Deno.test("each Dockerfile copies all that the program loads which lays its engines", async () => {
  const files = await filesOf(PROGRAM);
  assert.ok(files.length > 10, files.join(" "));
  for (const name of ["Dockerfile.inference", "Dockerfile.trainer"]) {
    const stages = (await Deno.readTextFile(ROOT + name)).split(/^FROM /m);
    const stage = stages.find((each) => each.includes(`${PROGRAM} --engine`));
    assert.ok(stage !== undefined, name);
    const copied = copiedBy(stage);
    const absent = files.filter((file) =>
      !copied.some((path) => file === path || file.startsWith(`${path}/`))
    );
    assert.deepEqual(absent, [], name);
  }
});

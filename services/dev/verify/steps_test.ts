import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { testSteps } from "./steps.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const PLACE = {
  root: ROOT,
  nativeDir: `${ROOT}native`,
  denoPath: Deno.execPath(),
  environment: {},
  cargoEnvironment: {},
};
const SKIPPED = /^(?:node_modules|target|dist|\..+)$/;

/** Files of tests below a folder, relative to the root. */
async function testsIn(folder: string): Promise<string[]> {
  const found: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(ROOT + folder)) {
    const path = folder === "" ? name : `${folder}/${name}`;
    if (isDirectory && (name === ".ci" || !SKIPPED.test(name))) found.push(...await testsIn(path));
    else if (/_test\.tsx?$/.test(name)) found.push(path);
  }
  return found;
}

/** What a step's options and folders leave of the files. */
function chosenBy(args: readonly string[], files: readonly string[]): string[] {
  const isUnder = (file: string, folders: readonly string[]) =>
    folders.some((folder) => file.startsWith(`${folder}/`));
  const ignored = args.flatMap((arg) => /^--ignore=(.*)/.exec(arg)?.[1]?.split(",") ?? []);
  const folders = args.slice(1).filter((arg) => !arg.startsWith("-"));
  return files.filter((file) => !isUnder(file, ignored) && (folders.length === 0 || isUnder(file, folders)));
}

Deno.test("testSteps() runs every test of the repository once: the addons' and the checks' own, too", async () => {
  const files = await testsIn("");
  for (const known of ["native/addons_test.ts", ".ci/run_test.ts", "services/dev/verify/steps_test.ts"]) {
    assert.ok(files.includes(known), known);
  }
  const run = testSteps(PLACE, []).filter(({ args }) => args[0] === "test" && args.includes("--no-check"))
    .flatMap(({ args }) => chosenBy(args, files));
  assert.deepEqual(run.sort(), files.sort());
});

Deno.test("testSteps() runs the named files alone, one after the other", () => {
  const [step, ...others] = testSteps(PLACE, ["services/core/redis", "ui/live"]);
  assert.equal(others.length, 0);
  assert.deepEqual(step!.args, ["test", "-A", "--no-check", "services/core/redis", "ui/live"]);
});

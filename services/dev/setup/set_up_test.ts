import assert from "node:assert/strict";
import { join } from "node:path";
import { finishFolder } from "./finished_folder.ts";
import { viewKey } from "./libtorch.ts";
import { locateAddon, rustcVersion } from "./locate.ts";
import type { CommandRequest } from "./run_command.ts";
import { setUp } from "./set_up.ts";
import {
  LIBTORCH_FOLDER,
  RUSTC,
  SMALL_WORKSPACE,
  type TestContext,
  testContext,
  writeFiles,
} from "./setup_testing.ts";
import type { StepProgress } from "./setup_step.ts";
import { libtorchPinFor } from "./wheel_pins.ts";

const TOOLS = { rustc: RUSTC, cc: () => ({}), "c++": () => ({}), python3: () => ({}) };
const REDIS = { REDIS_URL: "redis://host:1" };
const ADDONS = ["redis", "inference-addon", "trainer-addon"] as const;

async function putLibTorchAndSources(context: TestContext): Promise<void> {
  await writeFiles(context.nativeDir, SMALL_WORKSPACE);
  const dir = context.cache.libtorch(viewKey(libtorchPinFor(context.build)!));
  await finishFolder(dir, ["build-version"], (aside) => writeFiles(aside, LIBTORCH_FOLDER));
}

const located = async (context: TestContext) =>
  await locateAddon(context, "inference", await rustcVersion(context), undefined);

/** A cargo that "builds" a library that its message names. */
const cargoBuilding = (root: () => string) => async ({ args, onLine }: CommandRequest) => {
  if (args[0] !== "build") return { code: args[0] === "--version" ? 0 : 1 };
  const crate = args[args.indexOf("--package") + 1]!;
  const library = join(root(), "target", `lib${crate}.so`);
  await writeFiles(join(root(), "target"), { [`lib${crate}.so`]: crate });
  const target = { kind: ["cdylib"] };
  onLine?.(
    JSON.stringify({ reason: "compiler-artifact", package_id: "x", target, filenames: [library] }),
    "stdout",
  );
  return {};
};

Deno.test("setUp() builds what is missing, and then passes over everything with one command", async () => {
  let root = "";
  const programs = { ...TOOLS, cargo: cargoBuilding(() => root), [Deno.execPath()]: () => ({}) };
  await using context = await testContext(programs, { environment: REDIS });
  root = context.root;
  await putLibTorchAndSources(context);
  const built = await setUp(context, { want: ADDONS, onProgress: () => {} }).all;
  assert.equal(await Deno.readTextFile(built.trainerAddon!), "addon-trainer");
  assert.equal((await located(context)).path, built.inferenceAddon);
  assert.equal(
    await Deno.realPath(join(built.trainerAddon!, "../libtorch")),
    await Deno.realPath(built.libtorch!.dir),
  );

  const before = context.commands.length;
  const seen: StepProgress[] = [];
  const again = await setUp(context, { want: ADDONS, onProgress: (step) => seen.push(step) }).all;
  assert.deepEqual(again, built);
  assert.deepEqual(context.commands.slice(before), ["rustc --version"]);
  const ends = seen.filter(({ state }) => state !== "waiting").map(({ name, state }) => `${name} ${state}`)
    .sort();
  assert.deepEqual(ends, [
    "inference-addon skipped",
    "libtorch skipped",
    "redis skipped",
    "trainer-addon skipped",
  ]);
});

Deno.test("setUp() gives the inference addon while the trainer addon is still being built", async () => {
  let root = "";
  const trainerMayEnd = Promise.withResolvers<void>();
  const build = cargoBuilding(() => root);
  const cargo = async (request: CommandRequest) => {
    if (request.args.includes("addon-trainer")) await trainerMayEnd.promise;
    return await build(request);
  };
  await using context = await testContext({ ...TOOLS, cargo, [Deno.execPath()]: () => ({}) }, {
    environment: REDIS,
  });
  root = context.root;
  await putLibTorchAndSources(context);
  const run = setUp(context, { want: ADDONS, onProgress: () => {} });
  assert.match((await run.inferenceAddon)!, /inference\.node$/);
  trainerMayEnd.resolve();
  assert.match((await run.trainerAddon)!, /trainer\.node$/);
  await run.all;
});

Deno.test("setUp() ends with cargo's own words when a build fails, and keeps nothing", async () => {
  const cargo = ({ args, onLine }: CommandRequest) => {
    if (args[0] === "build") onLine?.("error: could not compile `learner`", "stderr");
    return { code: args[0] === "--version" ? 0 : 101 };
  };
  await using context = await testContext({ ...TOOLS, cargo }, { environment: REDIS });
  await putLibTorchAndSources(context);
  const seen: StepProgress[] = [];
  const run = setUp(context, { want: ADDONS, onProgress: (step) => seen.push(step) });
  await assert.rejects(
    run.all,
    /Cannot build addon-inference[\s\S]*could not compile `learner`[\s\S]*To fix it/,
  );
  const last = new Map(seen.map((step) => [step.name, step]));
  assert.equal(last.get("inference-addon")!.state, "failed");
  assert.equal(last.get("trainer-addon")!.error, undefined, "it was stopped and has no error of its own");
  assert.equal((await located(context)).path, undefined);
});

Deno.test("setUp() refuses an addon that cannot be loaded", async () => {
  let root = "";
  const deno = () => ({ code: 1, stderr: "error: libtorch_cpu.so: cannot open shared object file" });
  const programs = { ...TOOLS, cargo: cargoBuilding(() => root), [Deno.execPath()]: deno };
  await using context = await testContext(programs, { environment: REDIS });
  root = context.root;
  await putLibTorchAndSources(context);
  const run = setUp(context, { want: ["inference-addon"], onProgress: () => {} });
  await assert.rejects(run.all, /must be able to load it: error: libtorch_cpu\.so/);
});

Deno.test("setUp() checks the tools before it starts anything, and says all that is missing at once", async () => {
  await using context = await testContext({ rustc: RUSTC });
  await putLibTorchAndSources(context);
  const seen: StepProgress[] = [];
  const run = setUp(context, { want: ADDONS, onProgress: (step) => seen.push(step) });
  await assert.rejects(run.all, /things stand in the way/);
  await assert.rejects(run.redisServer!, /things stand in the way/);
  assert.deepEqual(seen.filter(({ state }) => state === "failed").map(({ name }) => name), ["preflight"]);
});

Deno.test("setUp() stops when aborted, with the reason", async () => {
  const abort = new AbortController();
  const cargo = ({ args, signal }: CommandRequest) => {
    if (args[0] !== "build") return { code: args[0] === "--version" ? 0 : 1 };
    abort.abort(new Error("interrupted"));
    signal?.throwIfAborted();
    return {};
  };
  await using context = await testContext({ ...TOOLS, cargo }, { environment: REDIS, signal: abort.signal });
  await putLibTorchAndSources(context);
  await assert.rejects(setUp(context, { want: ADDONS, onProgress: () => {} }).all, /interrupted/);
});

import assert from "node:assert/strict";
import {
  coreArgs,
  type DenoArgs,
  inferenceArgs,
  type Places,
  type RunChoices,
  trainerArgs,
  uiArgs,
} from "./process_plan.ts";

const places: Places = {
  root: "/repo",
  redisHost: "127.0.0.1:6400",
  modelArchive: "/repo/.rltrader/models",
  archive: "/repo/.rltrader/runs/1/archive",
  checkpoints: "/repo/.rltrader/runs/1/checkpoints",
  metrics: null,
};
const choices: RunChoices = {
  feed: "sp500",
  symbols: undefined,
  columns: undefined,
  speed: "2",
  bars: undefined,
  seed: "1",
  runner: "local",
  frozenModel: undefined,
  warmStart: undefined,
  lockstep: false,
  tradesAtVenue: false,
  live: false,
  config: "/repo/docs/model_config.yaml",
  misc: "/repo/docs/misc.yaml",
  uiPort: 8_080,
  isUiPortWished: true,
};
const addons = { inference: "/cache/inference.node", trainer: "/cache/trainer.node" };

const core = (changes: Partial<RunChoices> = {}) => coreArgs({ ...choices, ...changes }, places);
const trainer = (changes: Partial<RunChoices> = {}) =>
  trainerArgs({ ...choices, ...changes }, places, addons);
const inference = (changes: Partial<RunChoices> = {}) =>
  inferenceArgs({ ...choices, ...changes }, places, addons.inference, "inference-2");
const all = (): DenoArgs[] => [core(), trainer(), inference(), uiArgs(choices, places)];

/** What a permission names, e.g. the hosts of `--allow-net`; null if it is not given. */
function granted(args: DenoArgs, permission: string): string[] | null {
  const flag = args.find((arg) =>
    arg === `--allow-${permission}` || arg.startsWith(`--allow-${permission}=`)
  );
  return flag === undefined ? null : flag.split("=")[1]?.split(",") ?? ["everything"];
}
/** Options of the process itself, behind its script. */
function options(args: DenoArgs): string[] {
  return args.slice(args.findIndex((arg) => arg.endsWith("/main.ts")) + 1);
}

Deno.test("every process may listen for metrics where they are asked for, and nowhere else", () => {
  const measured = { ...places, metrics: "127.0.0.1:0" };
  for (
    const args of [
      coreArgs(choices, measured),
      trainerArgs(choices, measured, addons),
      inferenceArgs(choices, measured, addons.inference, "inference-2"),
      uiArgs(choices, measured),
    ]
  ) assert.ok(granted(args, "net")!.includes("127.0.0.1:0"));
  for (const args of all()) assert.ok(!granted(args, "net")!.includes("127.0.0.1:0"));
});

Deno.test("no process may do everything, run programs, or reach more than Redis and the page's own port", () => {
  for (const args of all()) {
    assert.ok(!args.includes("-A") && !args.includes("--allow-all"));
    assert.ok(args.includes("--no-prompt") && args.includes("--cached-only"));
    for (const permission of ["run", "import"]) assert.equal(granted(args, permission), null);
    assert.ok(!granted(args, "read")!.includes("everything"));
  }
  const [net] = [core(), trainer(), inference()].map((args) => granted(args, "net"));
  assert.deepEqual(net, ["127.0.0.1:6400"]);
  assert.deepEqual(granted(uiArgs(choices, places), "net"), ["127.0.0.1:6400", "127.0.0.1:8080"]);
});

Deno.test("the page takes the port that was wished for, else the next that is free, and may listen on no other", () => {
  const wished = uiArgs(choices, places);
  assert.ok(options(wished).includes("--port=8080"));
  assert.ok(!options(wished).some((option) => option.startsWith("--further-ports")));
  const free = uiArgs({ ...choices, isUiPortWished: false }, places);
  assert.ok(options(free).includes("--port=8080") && options(free).includes("--further-ports=9"));
  const ports = [8080, 8081, 8082, 8083, 8084, 8085, 8086, 8087, 8088, 8089, 0];
  assert.deepEqual(granted(free, "net")!.slice(1), ports.map((port) => `127.0.0.1:${port}`));
});

Deno.test("core alone reaches further, and only to follow an exchange", () => {
  assert.deepEqual(granted(core({ feed: "ccxt:kraken" }), "net"), ["everything"]);
  assert.deepEqual(granted(core({ feed: "ticks:redis" }), "net"), ["127.0.0.1:6400"]);
  assert.deepEqual(granted(trainer({ feed: "ccxt:kraken" }), "net"), ["127.0.0.1:6400"]);
});

Deno.test("inference reaches an exchange where its orders go there, and is told of real money", () => {
  assert.deepEqual(granted(inference({ tradesAtVenue: true }), "net"), ["everything"]);
  assert.ok(granted(inference({ tradesAtVenue: true }), "read")!.includes("/repo/node_modules"));
  assert.ok(!options(inference({ tradesAtVenue: true })).includes("--live"));
  assert.ok(options(inference({ tradesAtVenue: true, live: true })).includes("--live"));
});

Deno.test("core writes the archive, the trainer models and checkpoints; addons are opened by whom they are for", () => {
  assert.deepEqual(all().map((args) => granted(args, "write")), [
    ["/repo/.rltrader/runs/1/archive"],
    ["/repo/.rltrader/models", "/repo/.rltrader/runs/1/checkpoints"],
    null,
    null,
  ]);
  assert.deepEqual(all().map((args) => granted(args, "ffi")), [
    null,
    [addons.inference, addons.trainer],
    [addons.inference],
    null,
  ]);
});

Deno.test("coreArgs() hands on the feed and its limits, and lets core read the files that were named", () => {
  assert.deepEqual(options(core()).filter((arg) => /bars|symbols|lockstep|frozen/.test(arg)), []);
  const args = core({
    feed: "csv:/data/x.csv",
    symbols: "A,B",
    columns: "time=ts",
    bars: "300",
    lockstep: true,
    speed: "max",
    seed: "7",
  });
  for (
    const option of [
      "--feed=csv:/data/x.csv",
      "--symbols=A,B",
      "--columns=time=ts",
      "--bars=300",
      "--lockstep",
      "--speed=max",
      "--seed=7",
    ]
  ) {
    assert.ok(options(args).includes(option), option);
  }
  assert.ok(granted(args, "read")!.includes("/data/x.csv"));
  const many = core({ feed: "parquet:/data/**/x-*.parquet" });
  assert.ok(granted(many, "read")!.includes("/data") && !granted(many, "read")!.includes("/"));
});

Deno.test("a frozen model is served by the trainer, and core waits for no other", () => {
  const frozenModel = "m-0123456789abcdef";
  assert.ok(options(trainer({ frozenModel })).includes(`--model=${frozenModel}`));
  assert.ok(options(core({ frozenModel })).includes("--frozen"));
  assert.ok(!options(trainer()).some((arg) => arg.startsWith("--model=")));
});

Deno.test("trainerArgs() hands on the version to begin with", () => {
  assert.ok(!options(trainer()).some((arg) => arg.startsWith("--warm-start")));
  const warmStart = "m-0123456789abcdef";
  assert.ok(options(trainer({ warmStart })).includes(`--warm-start=${warmStart}`));
});

Deno.test("every process reads what core has archived", () => {
  for (const args of all()) {
    assert.ok(options(args).includes("--archive=/repo/.rltrader/runs/1/archive"));
    assert.ok(granted(args, "read")!.includes("/repo/.rltrader/runs/1/archive"));
  }
});

Deno.test("every service process has the same configuration, and ends with its parent", () => {
  for (const args of [core(), trainer(), inference()]) {
    assert.ok(
      options(args).includes(`--config=${choices.config}`) &&
        options(args).includes(`--misc=${choices.misc}`),
    );
    assert.ok(options(args).includes("--end-with-parent"));
  }
  assert.ok(options(inference()).includes("--id=inference-2"));
  assert.ok(options(uiArgs(choices, places)).includes("--end-with-parent"));
});

// deno-lint-ignore-file no-console -- a bench prints
/** How fast a backtest is: whole bars with features and network on one core, without and with stops, and the account loop alone
 * against PyPI's `backtesting` and `gym-anytrading` in the same run: `deno run -A bench/backtest.ts [--json]`.
 *
 * The peers are `backtest_peers.py`; where they cannot be had, the bench says so and compares nothing. A busy machine takes the
 * clock from both, so whole bars are timed by the processor time of this process, all of its threads together. */
import { join } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { openAccount } from "../services/core/account/account.ts";
import { accountStep, type Order } from "../services/core/account/account_step.ts";
import { orderTo } from "../services/core/account/order.ts";
import { parseMoney, toNumber } from "../services/core/account/money.ts";
import { followsRange, loadMiscConfig, MiscConfig, tradeRules } from "../services/core/config/misc.ts";
import { loadModelConfig, ModelConfig } from "../services/core/config/model_config.ts";
import type { Bar } from "../services/core/contracts/bar.ts";
import { StateBuilder } from "../services/core/features/state_builder.ts";
import { LaneTrader } from "../services/core/lane/lane_trader.ts";
import { loadModel } from "../services/core/lane/loaded_model.ts";
import { LocalRunner } from "../services/core/lane/model_runner.ts";
import { strategyOf } from "../services/core/lane/strategy.ts";
import { openFeed } from "../services/core/market/open_feed.ts";
import { openInferenceEngine, openTrainerEngine } from "../services/core/model/engine.ts";
import { netSpec, schemaHash, schemaText } from "../services/core/model/schema_hash.ts";
import { machineContext } from "../services/dev/setup/setup_context.ts";
import { SetupError } from "../services/dev/setup/setup_error.ts";
import { replayLanes } from "../services/trainer/backtest/lane_replay.ts";
import { modelNotes } from "../services/trainer/model_notes.ts";
import { LinePeer } from "./line_peer.ts";
import { addonPath, median, report, type Row } from "./measure.ts";
import { type PeerPython, pythonWith, spawnPeer } from "./python_packages.ts";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
const PEERS = fileURLToPath(new URL("backtest_peers.py", import.meta.url));
const REQUIRED_BARS_PER_S = 15_000;
/** How many times as fast as `backtesting` the account loop must be. */
const REQUIRED_LEAD = 1;
const BARS = 30_000;
const ROUNDS = 7;
const FEE_BPS = 3;
/** Fractions by which the growth of both account loops may differ: the peer trades whole units. */
const SAME_GROWTH = 1e-4;

const inference = openInferenceEngine(addonPath("RLTRADER_ADDON_INFERENCE"));
const { Learner } = openTrainerEngine(addonPath("RLTRADER_ADDON_TRAINER"));
const misc = await loadMiscConfig(join(ROOT, "docs/misc.yaml"));
const delivered = await loadModelConfig(join(ROOT, "docs/model_config.yaml"));
const feed = await openFeed("synthetic:A", {
  symbols: null,
  seed: 1,
  bars: BARS,
  files: Deno,
  rules: misc,
});
const symbol = feed.symbols[0]!;
const bars: readonly Bar[] = [...feed.bars(symbol)];

const WITH_STOPS: ModelConfig = ModelConfig.parse({
  ...structuredClone(delivered),
  account: ["position", "exposure", "unrealised_pnl", "bars_in_trade", "stop_distance", "take_distance"],
  heads: {
    action: { type: "branch_q", values: ["flat", "long", "short"] },
    size: { type: "branch_q", values: [0.25, 0.5, 1] },
    stop: { type: "branch_q", values: ["none", 2, 4] },
    take: { type: "branch_q", values: ["none", 3, 6] },
    risk: delivered.heads.risk,
  },
});

const rows: Row[] = [];
const failures: string[] = [];
await measureWhole("states, network and money", delivered);
await measureWhole("the same with sizes, stops and takes", WITH_STOPS);
await measureLoop();
report(`Backtest of ${BARS} bars, one core, medians of ${ROUNDS}`, rows, failures);
if (failures.length > 0) Deno.exit(1);

/** From a bar to its decision record, as the backtest does it; the network has random weights, which cost as much as learned ones. */
async function measureWhole(what: string, config: ModelConfig): Promise<void> {
  const hash = schemaHash(config);
  const limits = { replay_capacity: 1, max_afterstates: 1, max_points: 1, max_candidates: 1 };
  const learner = new Learner(
    JSON.stringify({ net: netSpec(config), schema_hash: hash, seed: 1, ...limits }),
  );
  const notes = modelNotes(schemaText(config), {
    rewardSigma: { [symbol]: 0.01 },
    confidence: null,
    epsilon: 0,
    days: {},
  });
  const model = loadModel(
    "m-bench",
    learner.exportModel(notes),
    (blob) => inference.QNet.fromBytes(blob, hash),
  );
  learner.close();
  const strategy = strategyOf(config, misc, feed.timeframe);
  const micros: number[] = [];
  let orders = 0;
  for (let round = -1; round < ROUNDS; round++) {
    orders = 0;
    const { features, data } = config;
    const trader = new LaneTrader({
      account: "bench",
      symbol,
      strategy,
      runner: new LocalRunner(),
      confidenceAt: inference.confidenceAt,
      replica: "bench",
    });
    const before = process.cpuUsage();
    const builder = new StateBuilder(features, data.warmup_bars, data.timeframe, {
      atr: followsRange(config, misc),
    });
    const lanes = [{ symbol, bars, trader, builder, modelAt: () => model }];
    await replayLanes(
      lanes,
      { fromMs: 0, toMs: Infinity },
      ({ decision }) => void (decision.order !== null && orders++),
    );
    const { user, system } = process.cpuUsage(before);
    if (round >= 0) micros.push((user + system) / BARS);
  }
  model.net.close();
  const perSecond = 1e6 / median(micros);
  rows.push({
    what,
    "bars/s": Math.round(perSecond),
    orders,
    required: REQUIRED_BARS_PER_S,
  });
  if (perSecond < REQUIRED_BARS_PER_S) {
    failures.push(`${what} must pass ${REQUIRED_BARS_PER_S} bars/s: it passes ${Math.round(perSecond)}`);
  }
}

/** The account loops alone: in for seven bars, out for five. */
async function measureLoop(): Promise<void> {
  const targets = bars.map((_, index) => index % 12 >= 5 ? 1 : 0);
  const orders = bars.map((bar, index): Order | null => {
    const target = targets[index]!;
    if (target === (index === 0 ? 0 : targets[index - 1])) return null;
    return orderTo(target, bar.openTimeMs);
  });
  const rules = tradeRules(MiscConfig.parse({ costs: { taker_bps: FEE_BPS } }))(symbol);
  const own = () => {
    const equity = new Float64Array(BARS);
    const startMs = performance.now();
    let account = openAccount(parseMoney("1000000000"));
    bars.forEach((bar, index) => {
      const step = accountStep(account, index === 0 ? null : orders[index - 1]!, bar, rules);
      account = step.account;
      equity[index] = toNumber(step.equityAtClose);
    });
    return { seconds: (performance.now() - startMs) / 1_000, growth: equity[BARS - 1]! / 1e9 };
  };
  const python = await findPython();
  await using resources = new AsyncDisposableStack();
  const peer = python === null ? null : resources.use(await startPeers(python, targets));
  const seconds = { own: [] as number[], backtesting: [] as number[], gym: [] as number[] };
  for (let round = -1; round < ROUNDS; round++) {
    const ours = own();
    if (round >= 0) seconds.own.push(ours.seconds);
    if (peer === null) continue;
    const theirs = JSON.parse(await peer.ask("backtesting")) as { seconds: number; growth: number };
    const gym = JSON.parse(await peer.ask("gym")) as { seconds: number };
    if (Math.abs(theirs.growth / ours.growth - 1) > SAME_GROWTH) {
      failures.push(
        `both account loops must end with the same equity: ours grew by ${ours.growth}, theirs by ${theirs.growth}`,
      );
      break;
    }
    if (round < 0) continue;
    seconds.backtesting.push(theirs.seconds);
    seconds.gym.push(gym.seconds);
  }
  const perSecond = (name: keyof typeof seconds) => Math.round(BARS / median(seconds[name]));
  const trades = orders.filter((order) => order !== null).length;
  const isCompared = seconds.backtesting.length > 0;
  rows.push({
    what: "account loop alone",
    "bars/s": perSecond("own"),
    orders: trades,
    required: isCompared ? perSecond("backtesting") * REQUIRED_LEAD : "-",
  });
  if (!isCompared) return;
  rows.push({ what: "  backtesting", "bars/s": perSecond("backtesting"), orders: trades, required: "-" });
  rows.push({ what: "  gym-anytrading", "bars/s": perSecond("gym"), orders: trades, required: "-" });
  if (perSecond("own") < perSecond("backtesting") * REQUIRED_LEAD) {
    failures.push(
      `the account loop must be as fast as backtesting, ${perSecond("backtesting")} bars/s: it passes ${
        perSecond("own")
      }`,
    );
  }
}

async function startPeers(python: PeerPython, targets: readonly number[]): Promise<LinePeer> {
  const path = await Deno.makeTempFile({ suffix: ".json" });
  const column = (name: "open" | "high" | "low" | "close") => bars.map((bar) => bar[name]);
  const [open, high, low, close] = [column("open"), column("high"), column("low"), column("close")];
  await Deno.writeTextFile(path, JSON.stringify({ open, high, low, close, targets, fee: FEE_BPS / 1e4 }));
  const peer = new LinePeer(spawnPeer(python, [PEERS, "serve", path]));
  await peer.ask("gym"); // it has read the file then
  await Deno.remove(path);
  return peer;
}

async function findPython(): Promise<PeerPython | null> {
  try {
    return await pythonWith(
      {
        name: "backtest-peers",
        title: "backtesting and gym-anytrading",
        size: "70 MB",
        requirements: fileURLToPath(new URL("backtest_peers.txt", import.meta.url)),
        proof: ["backtesting/__init__.py", "gym_anytrading/__init__.py"],
        script: PEERS,
        remedy: "install Python 3 with pip, or let RLTRADER_PYTHON name a Python that has both",
      },
      machineContext(ROOT, Deno.env.toObject()),
      (text) => console.error(text),
    );
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.error(`${error.message}. The account loop is compared with nothing`);
    return null;
  }
}

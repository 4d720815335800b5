/** Backtest = paper: the same bars and models give the same decisions, fills and equity with and without the whole system. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import {
  type Decision,
  decisionStream,
  type Equity,
  equityStream,
  type Fill,
  fillStream,
} from "../core/contracts/lane.ts";
import { SP500_FILE } from "../core/market/sp500_feed.ts";
import type { Store } from "../core/redis/store.ts";
import { all, Run } from "./system_run_testing.ts";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const BARS = 150;

/** Sizes, stops on every trade, takes, cooldowns and a spread: all that an account can depend on. */
const HEADS = `
  size: {type: branch_q, values: [0.5, 1.0], active_when: action != flat}
  stop: {type: branch_q, values: [1, 2], unit: atr, active_when: entering}
  take: {type: branch_q, values: [none, 3], unit: atr, active_when: entering}
  risk:`;
const ACCOUNT =
  "account: [position, exposure, unrealised_pnl, bars_in_trade, stop_distance, take_distance, cooldown_left]";

interface Files {
  readonly csv: string;
  readonly config: string;
  readonly misc: string;
  readonly entries: string;
}

/** The first 1,100 days of the S&P 500, and a configuration that trades them in every way. */
async function writeFiles(folder: string): Promise<Files> {
  const files = {
    csv: join(folder, "prices.csv"),
    config: join(folder, "model_config.yaml"),
    misc: join(folder, "misc.yaml"),
    entries: join(folder, "entries.jsonl"),
  };
  const rows = (await Deno.readTextFile(SP500_FILE)).split("\n").slice(0, 1_101);
  await Deno.writeTextFile(files.csv, rows.join("\n"));
  const config = await Deno.readTextFile(join(ROOT, "docs/model_config.yaml"));
  const misc = await Deno.readTextFile(join(ROOT, "docs/misc.yaml"));
  await Deno.writeTextFile(
    files.config,
    config.replace("\n  risk:", HEADS).replace(/^account: .*$/m, ACCOUNT).replace(
      "values: [flat, long]",
      "values: [flat, long, short]",
    ),
  );
  await Deno.writeTextFile(
    files.misc,
    misc.replace("level: full", "level: integrity").replace("half_spread_bps: 0", "half_spread_bps: 1.5")
      .replace(
        /stop_cooldown_bars: 0/,
        "stop_cooldown_bars: 2",
      ),
  );
  return files;
}

/** Both configurations with all that money knows beside them. */
async function withEveryRule(folder: string, files: Files): Promise<[config: string, misc: string]> {
  const [config, misc] = [join(folder, "ruled_model.yaml"), join(folder, "ruled_misc.yaml")];
  const model = await Deno.readTextFile(files.config);
  await Deno.writeTextFile(
    config,
    model.replace("values: [0.5, 1.0]", "values: [0.5, 1.5]")
      .replace("values: [1, 2], unit: atr", "values: [1, 2], stop_kind: trailing, unit: atr"),
  );
  const rules = await Deno.readTextFile(files.misc);
  await Deno.writeTextFile(
    misc,
    rules.replace("maker_bps: 3", "maker_bps: 1").replace("min_fee: 0", "min_fee: 0.35")
      .replace("{model: fixed, bps: 0}", "{model: volume_share, bps_at_1pct: 200}")
      .replace("entry: market", "entry: limit").replace("borrow_bps_per_year: 0", "borrow_bps_per_year: 300")
      .replace("max_leverage: 1", "max_leverage: 1.5").replace("maintenance: 0", "maintenance: 0.2")
      .replace("bps_per_year: 0", "bps_per_year: 500").replace("max_position: 1", "max_position: 1.5")
      .replace(
        "instruments: []",
        'instruments: [{symbols: "*", tick: 0.25, lot: 1, min_notional: 100, multiplier: 0.1}]',
      ),
  );
  return [config, misc];
}

/** What the backtest wrote, by kind; JSON as the streams hold it. */
async function entriesIn(path: string) {
  const lines = (await Deno.readTextFile(path)).trimEnd().split("\n").map((line) => JSON.parse(line));
  return {
    decisions: lines.flatMap(({ decision }) => decision === undefined ? [] : [timeless(decision)]),
    fills: lines.flatMap(({ fill }) => fill === undefined ? [] : [fill as Fill]),
    equity: lines.flatMap(({ equity }) => equity === undefined ? [] : [equity as Equity]),
  };
}

async function committed(store: Store, symbol: string) {
  const values = async <T>(entries: Promise<{ value: T }[]>) => (await entries).map(({ value }) => value);
  const decisions = await values(all(store, decisionStream("paper", symbol)));
  const equity = await all(store, equityStream("paper", symbol));
  return {
    decisions: decisions.map((decision) => timeless({ ...decision, state: [...decision.state] })),
    fills: await values(all(store, fillStream("paper", symbol))),
    equity: equity.map(({ id, value }) => ({ symbol, barMs: parseInt(id), ...value })),
  };
}

function timeless({ latencyMs: _latency, replica: _replica, ...rest }: Record<string, unknown>): object {
  return JSON.parse(JSON.stringify(rest)); // as text, zero has no sign
}

async function backtest(
  options: readonly string[],
): Promise<{ code: number; report: Record<string, unknown> }> {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      "run",
      "-A",
      `--config=${join(ROOT, "deno.json")}`,
      join(ROOT, "services/dev/single/main.ts"),
      "backtest",
    ]
      .concat(options, "--json"),
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).output();
  const [text, errors] = [stdout, stderr].map((bytes) => new TextDecoder().decode(bytes));
  assert.ok(text !== "", errors);
  return { code, report: JSON.parse(text!) };
}

Deno.test("backtest gives entry by entry what paper trading commits", async (test) => {
  const folder = await Deno.makeTempDir();
  const files = await writeFiles(folder);
  const configured = [`--config=${files.config}`, `--misc=${files.misc}`];
  const fed = [...configured, `--feed=csv:${files.csv}`, `--bars=${BARS}`];
  const trials = `--trials=${join(folder, "trials")}`;
  let first: string | null = null;
  try {
    await test.step("for a run that learned, by the versions that its commits name", async () => {
      await using run = await Run.start("--speed=max", ...fed);
      const { symbols: [symbol] } = await run.summary();
      const { decisions, fills, equity } = await committed(run.store, symbol!);
      const recorded = (await all(run.store, decisionStream("paper", symbol!))).map(({ value }) =>
        value.modelVersion
      );
      assert.equal(new Set(recorded).size, 2, "two versions decided");
      first = recorded[0]!;
      const reasons = new Set(fills.map(({ reason }) => reason));
      assert.ok(reasons.has("order") && reasons.has("stop"), `fills by ${[...reasons].join(", ")}`);
      const { code, report } = await backtest([
        ...configured,
        `--replay-models=${run.url}`,
        `--entries=${files.entries}`,
        trials,
      ]);
      assert.deepEqual(await entriesIn(files.entries), { decisions, fills, equity });
      assert.deepEqual(report.parity, { decisions: BARS, fills: fills.length, differing: 0, first: null });
      assert.equal(code, 0);
    });
    await test.step("for one that decides with a stored version", async () => {
      await using run = await Run.start("--speed=max", `--model=${first}`, ...fed);
      const { symbols: [symbol] } = await run.summary();
      const { report } = await backtest([...fed, `--model=${first}`, `--entries=${files.entries}`, trials]);
      assert.deepEqual(await entriesIn(files.entries), await committed(run.store, symbol!));
      assert.equal(report.bars, BARS);
      const other = await backtest([...configured, `--replay-models=${run.url}`, "--fee-bps=4", trials]);
      assert.equal(other.code, 3, "where they differ, it fails, and says so");
      assert.ok((other.report.parity as { differing: number }).differing > 0);
      assert.match(
        String(other.report.warnings),
        /The run and its backtest differ in \d+ entries: first the /,
      );
    });
    await test.step("and learns the very model that the run has learned first", async () => {
      const { report } = await backtest([...fed, "--model=train", trials]);
      assert.deepEqual(report.versions, [first]);
    });
    await test.step("under limits of the account, over symbols that race on two replicas", async () => {
      const limited = join(folder, "limited.yaml");
      const limits = "{max_position: 0.4, max_daily_turnover: 0.5}";
      const text = await Deno.readTextFile(files.misc);
      await Deno.writeTextFile(
        limited,
        text.replace(/ {2}portfolio:.*\n(?: {4}.*\n)+/, `  portfolio: ${limits}\n`),
      );
      const both = [`--config=${files.config}`, `--misc=${limited}`];
      await using run = await Run.start(
        ...[
          "--speed=max",
          "--replicas=2",
          "--feed=synthetic:A:1100",
          "--symbols=4",
          `--bars=${BARS}`,
          ...both,
        ],
      );
      const { symbols } = await run.summary();
      const { decisions } = await committed(run.store, symbols[0]!);
      const reasons = decisions.map((each) => (each as Decision).verdict.reason).join("; ");
      for (const limit of ["position limit", "turnover of the day"]) {
        assert.match(reasons, new RegExp(`the account's ${limit}`));
      }
      const { code, report } = await backtest([...both, `--replay-models=${run.url}`, trials]);
      const { differing, first } = report.parity as { differing: number; first: unknown };
      assert.deepEqual([differing, first], [0, null]);
      assert.equal(code, 0);
    });
    await test.step("under every rule of money: makers, limits, slippage, lots, borrowing, trailing stops", async () => {
      const [config, misc] = await withEveryRule(folder, files);
      const ruled = [`--config=${config}`, `--misc=${misc}`];
      await using run = await Run.start("--speed=max", ...ruled, `--feed=csv:${files.csv}`, `--bars=${BARS}`);
      const { symbols: [symbol] } = await run.summary();
      const { decisions, fills, equity } = await committed(run.store, symbol!);
      const kinds = new Set(fills.map(({ reason, liquidity }) => `${reason} ${liquidity}`));
      assert.ok(kinds.has("order maker") && kinds.has("stop taker"), `fills by ${[...kinds].join(", ")}`);
      const all = decisions as Decision[];
      assert.ok(Number(all.at(-1)!.laneAccount.borrowPaid) > 0);
      const { code, report } = await backtest([
        ...ruled,
        `--replay-models=${run.url}`,
        `--entries=${files.entries}`,
        trials,
      ]);
      assert.deepEqual(await entriesIn(files.entries), { decisions, fills, equity });
      assert.equal((report.parity as { differing: number }).differing, 0);
      assert.equal(code, 0);
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

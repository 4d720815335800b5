/** The metrics of a real run, read by a strict reader, against what lies in Redis. */
import assert from "node:assert/strict";
import { join } from "node:path";
import { barStream } from "../core/contracts/bar.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream, fillStream } from "../core/contracts/lane.ts";
import { learningStream } from "../core/contracts/learning.ts";
import { currentModel, modelEventStream } from "../core/contracts/model.ts";
import { type Heartbeat, heartbeats, logStream, quarantineStream } from "../core/contracts/system.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { everyMetric } from "../core/telemetry/every_metric.ts";
import { type Family, parseExposition, sumOf, valueOf } from "../core/telemetry/exposition_testing.ts";
import { all, Run } from "./system_run_testing.ts";

const SYMBOLS = ["AAA", "BBB"];
const ROWS = 700;
const STRATEGY = "sp500-daily";
const DEADLINE = { deadlineMs: 120_000, everyMs: 100 };

/** Two symbols of made-up days; one price is out of all bounds. */
async function writePrices(path: string): Promise<void> {
  const lines = ["date,symbol,open,high,low,close,volume"];
  let seed = 9;
  const random = () => (seed = seed * 48_271 % 2_147_483_647) / 2_147_483_647;
  const price = new Map(SYMBOLS.map((symbol) => [symbol, 100]));
  for (let row = 0; row < ROWS; row++) {
    const date = new Date(Date.UTC(2015, 0, 1) + row * 86_400_000).toISOString().slice(0, 10);
    for (const symbol of SYMBOLS) {
      const open = price.get(symbol)!;
      const close = open * Math.exp(0.02 * (random() - 0.49));
      const isWild = symbol === "BBB" && row === 650;
      const told = isWild ? close * 40 : close;
      const text = [open, Math.max(open, told) * 1.001, Math.min(open, told) * 0.999, told].map((of) =>
        of.toFixed(4)
      );
      lines.push([date, symbol, ...text, 1_000].join(","));
      price.set(symbol, close);
    }
  }
  await Deno.writeTextFile(path, lines.join("\n") + "\n");
}

async function scrape(url: string): Promise<ReadonlyMap<string, Family>> {
  return parseExposition(await (await fetch(new URL("metrics", url))).text());
}

/** How often each value comes, beside 0 for each that the metric knows. */
function countsOf(
  values: readonly string[],
  families: ReadonlyMap<string, Family>,
  name: string,
  label: string,
) {
  const known = families.get(name)!.samples.map(({ labels }) => labels[label]);
  return Object.fromEntries(known.map((of) => [of, values.filter((value) => value === of).length]));
}

/** The sum over processes, by label. */
function summed(scrapes: readonly ReadonlyMap<string, Family>[], name: string, label: string) {
  const sums: Record<string, number> = {};
  for (const families of scrapes) {
    for (const { labels, value } of families.get(name)!.samples) {
      sums[labels[label]] = (sums[labels[label]] ?? 0) + value;
    }
  }
  return sums;
}

Deno.test("the metrics of a real run equal what lies in Redis, and each process is ready", async (test) => {
  const folder = await Deno.makeTempDir();
  const path = join(folder, "prices.csv");
  await writePrices(path);
  await using run = await Run.startWithoutEnd(
    `--feed=csv:${path}`,
    "--speed=max",
    "--replicas=2",
    "--metrics",
  );
  const { store } = run;
  const ended = async () => (await store.get(feedStatus()))?.state === "ended";
  await until(systemClock, "the feed's end", ended, DEADLINE);
  const beats = await store.entries(heartbeats());
  const ids = ["core", "trainer", "inference-1", "inference-2"];
  const urls = new Map(ids.map((id) => [id, (beats.get(id) as Heartbeat).metricsUrl!]));
  const [decisions, fills, experiences] = await Promise.all([
    Promise.all(SYMBOLS.map((symbol) => all(store, decisionStream("paper", symbol)))).then((found) =>
      found.flat()
    ),
    Promise.all(SYMBOLS.map((symbol) => all(store, fillStream("paper", symbol)))).then((found) =>
      found.flat()
    ),
    Promise.all(SYMBOLS.map((symbol) => store.length(experienceStream("paper", symbol)))),
  ]);
  const kept = experiences.reduce((sum, length) => sum + length, 0);
  const { trainer, events } = await until(systemClock, "all learned, and every verdict counted", async () => {
    const events = await all(store, modelEventStream());
    const trainer = await scrape(urls.get("trainer")!);
    const isLearned = valueOf(trainer, "rltrader_learned_experiences") === kept;
    return isLearned && sumOf(trainer, "rltrader_gate_verdicts_total") === events.length
      ? { trainer, events }
      : null;
  }, DEADLINE);
  const core = await scrape(urls.get("core")!);
  const replicas = await until(systemClock, "the last model in each replica", async () => {
    const found = await Promise.all([scrape(urls.get("inference-1")!), scrape(urls.get("inference-2")!)]);
    const { version } = (await store.get(currentModel()))!;
    const isLast = ({ labels }: { labels: Readonly<Record<string, string>> }) =>
      labels.version === version && labels.strategy === STRATEGY;
    return found.every((of) => of.get("rltrader_model_info")!.samples.every(isLast)) ? found : null;
  }, DEADLINE);

  await test.step("bars, experience and quarantine of core", async () => {
    const bars = (await Promise.all(SYMBOLS.map((symbol) => all(store, barStream(symbol, "1d"))))).flat();
    const phases = bars.map(({ value }) => value.phase);
    assert.deepEqual(
      summed([core], "rltrader_bars_published_total", "phase"),
      countsOf(phases, core, "rltrader_bars_published_total", "phase"),
    );
    assert.equal(valueOf(core, "rltrader_experiences"), kept);
    assert.equal(valueOf(core, "rltrader_undecided_bars"), 0);
    const put = (await all(store, quarantineStream())).map(({ value }) => value.reason.split(":")[0]);
    assert.ok(put.includes("jump"), `the wild price is put aside: ${put}`);
    assert.deepEqual(
      summed([core], "rltrader_quarantined_total", "rule"),
      countsOf(put, core, "rltrader_quarantined_total", "rule"),
    );
    assert.ok(valueOf(core, "rltrader_redis_memory_bytes") > 1e6);
  });

  await test.step("decisions, orders, fills, commits and leases of the replicas", () => {
    const outcomes = decisions.map(({ value }) => value.verdict.outcome);
    const name = "rltrader_decisions_total";
    assert.deepEqual(summed(replicas, name, "outcome"), countsOf(outcomes, replicas[0], name, "outcome"));
    const ordered = decisions.filter(({ value }) => value.order !== null).length;
    assert.ok(ordered > 0, "some decision orders");
    assert.equal(replicas.reduce((sum, of) => sum + sumOf(of, "rltrader_orders_total"), 0), ordered);
    const reasons = fills.map(({ value }) => value.reason);
    assert.deepEqual(
      summed(replicas, "rltrader_fills_total", "reason"),
      countsOf(reasons, replicas[0], "rltrader_fills_total", "reason"),
    );
    const answered = (part: string) =>
      replicas.reduce(
        (sum, of) => sum + of.get(part)!.samples.find(({ name }) => name === `${part}_count`)!.value,
        0,
      );
    assert.equal(answered("rltrader_decision_seconds"), decisions.length);
    const refused = replicas.reduce((sum, of) => sum + sumOf(of, "rltrader_commits_refused_total"), 0);
    assert.equal(answered("rltrader_commit_seconds"), decisions.length + refused);
    assert.equal(replicas.reduce((sum, of) => sum + valueOf(of, "rltrader_leases_held"), 0), SYMBOLS.length);
    for (const of of replicas) assert.equal(sumOf(of, "rltrader_model_info"), 1);
  });

  await test.step("updates and verdicts of the trainer", async () => {
    const [last] = await store.newest(learningStream(), 1);
    assert.equal(valueOf(trainer, "rltrader_learner_updates_total"), last.value.updates);
    assert.equal(valueOf(trainer, "rltrader_learner_loss"), last.value.loss);
    assert.equal(valueOf(trainer, "rltrader_replay_steps"), last.value.replayed);
    const verdicts = events.map(({ value }) => value.outcome);
    const name = "rltrader_gate_verdicts_total";
    assert.deepEqual(summed([trainer], name, "outcome"), countsOf(verdicts, trainer, name, "outcome"));
  });

  await test.step("log lines and probes of each process, and nothing that is not declared", async () => {
    const declared = await everyMetric();
    const counted = "rltrader_log_lines_total";
    for (const [id, url] of urls) {
      // A line may be said at any time, and is counted before it is in Redis.
      const { families, levels } = await until(systemClock, `the lines of ${id} in Redis`, async () => {
        const families = await scrape(url);
        const levels = (await all(store, logStream())).map(({ value }) => value)
          .filter(({ process }) => process === id).map(({ level }) => level);
        return sumOf(families, counted) === levels.length ? { families, levels } : null;
      }, DEADLINE);
      assert.deepEqual(
        summed([families], counted, "level"),
        countsOf(levels, families, counted, "level"),
        id,
      );
      const process = id.replace(/-\d$/, "") as Heartbeat["process"];
      const expected = declared.filter(({ processes }) => processes.includes(process)).map(({ name }) =>
        name
      );
      assert.deepEqual([...families.keys()].sort(), expected.sort(), id);
      const ready = await fetch(new URL("readyz", url));
      assert.deepEqual([ready.status, (await ready.json()).reason], [200, null], id);
      assert.equal((await (await fetch(new URL("healthz", url))).json()).id, id);
    }
  });
  await Deno.remove(folder, { recursive: true });
});

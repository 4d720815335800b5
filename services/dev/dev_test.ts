/** The whole system, run the way a user runs it: real processes, real Redis, real data. */
import assert from "node:assert/strict";
import { holdBar, openAccount, toLaneAccount } from "../core/account/account.ts";
import { applyFill, fromLaneFill } from "../core/account/fills.ts";
import { parseMoney } from "../core/account/money.ts";
import { barStream } from "../core/contracts/bar.ts";
import { experienceStream } from "../core/contracts/experience.ts";
import {
  type Decision,
  decisionStream,
  equityStream,
  fillStream,
  laneRecord,
} from "../core/contracts/lane.ts";
import { modelEventStream } from "../core/contracts/model.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { startRedisForTest } from "../core/testing/redis_server.ts";
import type { Summary } from "./summary.ts";
import { all, essence, Run } from "./system_run_testing.ts";

/** One decision a bar, in order; the ledger rebuilt from the fills is the stored account; the summary counts the streams. */
async function checkRun(run: Run, summary: Summary, timeframe: string): Promise<void> {
  let [bars, decisions, fills, experiences, equity] = [0, 0, 0, 0, 0];
  for (const symbol of summary.symbols) {
    const live = (await all(run.store, barStream(symbol, timeframe))).filter(({ value }) =>
      value.phase === "live"
    );
    const decided = await all(run.store, decisionStream("paper", symbol));
    assert.deepEqual(
      decided.map(({ id }) => id),
      live.map(({ id }) => id),
      `${symbol}: one decision for each live bar`,
    );
    const filled = await all(run.store, fillStream("paper", symbol));
    let account = openAccount(parseMoney("100000"));
    let next = 0;
    for (const [index, { value }] of live.entries()) {
      while (filled[next]?.value.barMs === value.bar.openTimeMs) {
        assert.equal(
          filled[next].value.decidedAtMs,
          live[index - 1].value.bar.openTimeMs,
          "a fill is at the next open",
        );
        account = applyFill(account, fromLaneFill(filled[next++].value));
      }
      account = holdBar(account);
    }
    assert.equal(next, filled.length, `${symbol}: every fill is on a live bar`);
    const record = await run.store.get(laneRecord("paper", symbol));
    assert.deepEqual(record?.state.account, toLaneAccount(account), `${symbol}: rebuilt ledger`);
    bars += live.length;
    decisions += decided.length;
    fills += filled.length;
    experiences += await run.store.length(experienceStream("paper", symbol));
    equity += (await run.store.newest(equityStream("paper", symbol), 1))[0].value.equity;
  }
  assert.deepEqual(
    { bars, decisions, fills, experiences, equity: Math.round(equity * 100) / 100 },
    {
      bars: summary.bars,
      decisions: summary.decisions,
      fills: summary.fills,
      experiences: summary.experiences,
      equity: summary.equity,
    },
  );
}

Deno.test("dev runs 300 bars in lockstep; neither a SIGKILL in the middle nor where the network runs changes anything", async (test) => {
  const untouched: Decision[] = [];
  await test.step("an untouched run", async () => {
    await using run = await Run.start("--speed=max");
    const summary = await run.summary();
    assert.equal(summary.decisions, 300);
    assert.equal(summary.quarantined, 0);
    assert.deepEqual(summary.stateParity, { decisions: summary.decisions, differing: 0 });
    assert.equal(summary.restarts, 0);
    await checkRun(run, summary, "1d");
    untouched.push(...(await all(run.store, decisionStream("paper", "SPX"))).map(({ value }) => value));
    const versions = new Set(untouched.map((decision) => decision.modelVersion));
    assert.ok(versions.size >= 2, `at least two versions decided: ${[...versions]}`);
    assert.ok(!versions.has(null), "a model decided every bar");
    const events = (await all(run.store, modelEventStream())).map(({ value }) => value);
    assert.equal(
      new Set(events.map((event) => event.version)).size,
      events.length,
      "every version has other weights",
    );
    for (const decision of untouched) {
      const adopted = events.filter((event) =>
        event.outcome === "adopted" && event.adoptAfterMs < decision.barMs
      ).at(-1);
      assert.equal(
        decision.modelVersion,
        adopted?.version,
        `bar ${decision.barMs} is decided by the version adopted before it`,
      );
    }
    assert.ok(summary.liveExperiences >= 298, "it learned from live experience");
  });
  for (const victim of ["inference-1", "trainer", "core"]) {
    await test.step(`${victim} killed in the middle`, async () => {
      await using run = await Run.start("--speed=200");
      await run.untilDecided(130, ["SPX"]);
      Deno.kill(await run.pidOf(victim), "SIGKILL");
      const summary = await run.summary();
      assert.equal(summary.restarts, 1);
      await checkRun(run, summary, "1d");
      const decided = (await all(run.store, decisionStream("paper", "SPX"))).map(({ value }) => value);
      assert.deepEqual(decided.map(essence), untouched.map(essence));
    });
  }
  await test.step("the network runs in the trainer", async () => {
    await using run = await Run.start("--speed=max", "--runner=trainer");
    assert.equal((await run.summary()).runner, "trainer");
    const decided = (await all(run.store, decisionStream("paper", "SPX"))).map(({ value }) => value);
    const elsewhere = (decisions: readonly Decision[]) =>
      decisions.map(essence).map(({ runner: _runner, ...rest }) => rest);
    assert.deepEqual(elsewhere(decided), elsewhere(untouched));
    assert.ok(decided.every(({ runner }) => runner === "trainer"));
  });
});

Deno.test("dev shares 8 symbols over 2 replicas; those of one that hangs are led by the other within 3 s", async () => {
  const symbols = Array.from({ length: 8 }, (_, index) => `A-${index + 1}`);
  await using run = await Run.start("--speed=30", "--feed=synthetic:A", "--symbols=8", "--replicas=2");
  await run.untilDecided(8 * 60, symbols);
  const newest = async (symbol: string) =>
    (await run.store.newest(decisionStream("paper", symbol), 1))[0].value;
  const hung = await run.pidOf("inference-2");
  Deno.kill(hung, "SIGSTOP");
  try {
    const hungAtMs = systemClock.monotonicMs();
    const ledByOther = async () =>
      (await Promise.all(symbols.map(newest))).every(({ replica }) => replica === "inference-1");
    await until(systemClock, "the take-over", ledByOther, { everyMs: 20, deadlineMs: 10_000 });
    const tookMs = systemClock.monotonicMs() - hungAtMs;
    assert.ok(tookMs < 3_000, `the take-over took ${Math.round(tookMs)} ms`);
  } finally {
    Deno.kill(hung, "SIGCONT");
  }
  const summary = await run.summary();
  assert.equal(summary.decisions, 2_400);
  assert.ok(Object.values(summary.decisionsByReplica).every((count) => count > 0), "both replicas commit");
  await checkRun(run, summary, "1d");
});

Deno.test("dev refuses a database that holds a run, and goes on with it when told, as it was begun", async () => {
  await using server = await startRedisForTest();
  const first = await (await Run.on(server.url, "--speed=max")).summary();
  const refused = await (await Run.on(server.url, "--speed=max")).end();
  assert.equal(refused.code, 1);
  assert.match(
    refused.stderr,
    /Cannot start a run as the database of REDIS_URL must be empty: it holds one of sp500/,
  );
  const config = await Deno.makeTempFile({ suffix: ".yaml" });
  const text = await Deno.readTextFile(new URL("../../docs/model_config.yaml", import.meta.url));
  await Deno.writeTextFile(config, text.replace("{period: 14}", "{period: 13}"));
  for (
    const [option, difference] of [
      ["--feed=synthetic:A", /\n {2}--feed: "synthetic:A" here, "sp500" there\n/],
      [
        `--config=${config}`,
        /\n {2}model_config\.yaml: features\[\d+\]\.params\.period: 13 here, 14 there\n/,
      ],
    ] as const
  ) {
    const other = await (await Run.on(server.url, "--speed=max", option, "--resume")).end();
    assert.deepEqual([other.code, other.stdout], [1, ""]);
    assert.match(
      other.stderr,
      /^\nCannot go on with the run in the database, sp500 \(SPX; 1d; 300 live bars\), as it must/m,
    );
    assert.match(other.stderr, difference);
  }
  const fewer = await (await Run.on(server.url, "--bars=299", "--resume")).end();
  assert.match(
    fewer.stderr,
    /--bars, which counts all live bars of the run, must be at least .* 300: it is 299/,
  );
  await Deno.remove(config);
  await using slow = await Run.on(server.url, "--speed=1", "--bars=350", "--resume");
  await slow.untilDecided(302, ["SPX"]);
  const second = await (await Run.on(server.url, "--bars=350", "--resume")).end();
  assert.equal(second.code, 1);
  assert.match(
    second.stderr,
    /Cannot resume as nobody else may run one in the database of REDIS_URL: .*\(process \d+\)/,
  );
  await slow.stop();
  await using run = await Run.on(server.url, "--speed=max", "--bars=350", "--resume");
  const { stderr, stdout } = await run.end();
  assert.match(
    stderr,
    /^ {2}resumed {5}sp500 \(SPX; 1d; 3\d\d live bars\), from the bar after 20\d\d-\d\d-\d\d on$/m,
  );
  const summary: Summary = JSON.parse(stdout);
  assert.equal(first.decisions, 300);
  assert.equal(summary.decisions, 350);
  assert.ok(summary.trainSteps > first.trainSteps, "what was learned before is not learned anew");
  await checkRun(run, summary, "1d");
});

/** The gate as it is delivered, on the default market: real processes, real Redis. */
import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { type Decision, decisionStream } from "../core/contracts/lane.ts";
import { type ModelEvent, modelEventStream, modelMetadata } from "../core/contracts/model.ts";
import { all, essence, Run } from "./system_run_testing.ts";

const MISC = `--misc=${fileURLToPath(new URL("../../docs/misc.yaml", import.meta.url))}`;
const SHADOW_BARS = 20;
const BARRIER = 100;

async function committed(run: Run): Promise<{ decisions: Decision[]; events: ModelEvent[] }> {
  const values = async <T>(entries: Promise<{ value: T }[]>) => (await entries).map(({ value }) => value);
  return {
    decisions: await values(all(run.store, decisionStream("paper", "SPX"))),
    events: await values(all(run.store, modelEventStream())),
  };
}
const timeless = ({ atMs: _, ...event }: ModelEvent) => event;

Deno.test("a newcomer's first run sees the gate let a model serve, and refuse one; a kill in the shadow changes nothing", async (test) => {
  let untouched: Awaited<ReturnType<typeof committed>> | undefined;
  await test.step("an untouched run", async () => {
    await using run = await Run.start(MISC, "--speed=max", "--bars=130");
    const summary = await run.summary();
    assert.deepEqual([summary.decisions, summary.modelVersions, summary.quarantined], [130, 1, 0]);
    const { decisions, events } = untouched = await committed(run);
    assert.deepEqual(events.map(({ outcome }) => outcome), ["shadow", "adopted", "refused"]);
    const [offered, adopted, refused] = events as [ModelEvent, ModelEvent, ModelEvent];
    assert.deepEqual(adopted.gate.map(({ step, passed }) => [step, passed]), [
      ["integrity", true],
      ["leakage", true],
      ["evidence", true],
      ["shadow", true],
    ]);
    assert.match(adopted.gate[2]!.reason, /^better than staying flat with probability \d+ %; provisional/);
    assert.match(
      refused.gate.at(-1)!.reason,
      /^it takes 252 bars that were decided before they were learned from/,
    );
    const metadata = await run.store.get(modelMetadata(adopted.version));
    assert.equal(metadata?.provisional, true);
    assert.equal(offered.version, adopted.version);
    assert.equal(
      adopted.adoptAfterMs,
      decisions[SHADOW_BARS - 1]!.barMs,
      "it serves after its last bar in the shadow",
    );
    assert.equal(refused.adoptAfterMs, decisions[BARRIER - 1]!.barMs);
    const versions = decisions.map(({ modelVersion }) => modelVersion);
    assert.deepEqual(new Set(versions.slice(0, SHADOW_BARS)), new Set([null]));
    assert.deepEqual(new Set(versions.slice(SHADOW_BARS)), new Set([adopted.version]));
    const [first] = decisions as [Decision];
    assert.deepEqual(first.verdict, { outcome: "refused", reason: "no model has passed the gate yet" });
    assert.ok(decisions.slice(0, SHADOW_BARS).every(({ order }) => order === null));
  });
  for (
    const [victim, bars] of [["trainer", 12], ["inference-1", 12], ["core", 12], ["trainer", 60]] as const
  ) {
    await test.step(`${victim} killed after ${bars} bars`, async () => {
      await using run = await Run.start(MISC, "--speed=100", "--bars=130");
      await run.untilDecided(bars, ["SPX"]);
      Deno.kill(await run.pidOf(victim), "SIGKILL");
      assert.equal((await run.summary()).restarts, 1);
      const { decisions, events } = await committed(run);
      assert.deepEqual(events.map(timeless), untouched!.events.map(timeless));
      assert.deepEqual(decisions.map(essence), untouched!.decisions.map(essence));
    });
  }
});

import assert from "node:assert/strict";
import { decisionStream, fillStream } from "../../core/contracts/lane.ts";
import { learnedThrough } from "../../core/contracts/learning.ts";
import type { MemoryStore } from "../../core/redis/memory_store.ts";
import { DAY_MS, decisionAt, FEED, sampleRun } from "../run_samples_testing.ts";
import { compareRuns } from "./compare_runs.ts";

/** The next decision of A-2 in both runs. */
async function twoRuns(changes: Parameters<typeof decisionAt>[2]): Promise<[MemoryStore, MemoryStore]> {
  const runs = [await sampleRun(), await sampleRun()] as [MemoryStore, MemoryStore];
  for (const [index, run] of runs.entries()) {
    await run.append(
      decisionStream("paper", "A-2"),
      `${5 * DAY_MS}-0`,
      decisionAt("A-2", 5, index === 0 ? {} : changes),
    );
  }
  return runs;
}

Deno.test("compareRuns() takes two runs for equal that differ in who, when and how fast", async () => {
  const [reference, run] = await twoRuns({ replica: "inference-2", latencyMs: 99 });
  const { compared, differing, first } = await compareRuns(reference, run, "paper", FEED);
  assert.deepEqual([differing, first], [0, null]);
  assert.deepEqual(
    {
      bars: compared.bars,
      decisions: compared.decisions,
      fills: compared.fills,
      verdicts: compared.verdicts,
    },
    { bars: 10, decisions: 6, fills: 2, verdicts: 4 },
  );
});

Deno.test("compareRuns() names the first entry that differs, its field and both values", async () => {
  const [reference, run] = await twoRuns({ state: Float32Array.of(2), target: 0.5 });
  assert.deepEqual(await compareRuns(reference, run, "paper", FEED).then(({ first }) => first), {
    key: "{paper}:decisions:A-2",
    id: `${5 * DAY_MS}-0`,
    field: "target",
    expected: 1,
    actual: 0.5,
  });
});

Deno.test("compareRuns() counts what is missing, what is too much, and a document that differs", async () => {
  const [reference, run] = await twoRuns({});
  const fill = (await run.range(fillStream("paper", "A-1")))[0]!.value;
  await run.append(fillStream("paper", "A-1"), `${4 * DAY_MS}-1`, fill);
  await reference.append(fillStream("paper", "A-2"), `${4 * DAY_MS}-1`, { ...fill, symbol: "A-2" });
  await reference.set(learnedThrough("paper"), { "A-1": "1-0" });
  await run.set(learnedThrough("paper"), { "A-1": "2-0" });
  const { differing, first } = await compareRuns(reference, run, "paper", FEED);
  assert.equal(differing, 3);
  assert.deepEqual([first?.key, first?.id, first?.expected], [
    "{paper}:fills:A-1",
    `${4 * DAY_MS}-1`,
    undefined,
  ]);
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { DAY_MS, feedFrom } from "../backtest/backtest_testing.ts";
import { seenBars } from "./seen_bars.ts";
import { type Attempt, olderName, type Trial, TrialLog, trialOf } from "./trial_log.ts";

const FEED = feedFrom({ X: Array.from({ length: 60 }, (_, day) => 100 + Math.sin(day) * 10) });
const days = (from: number, to: number) => ({ fromMs: from * DAY_MS, toMs: to * DAY_MS });
const SPAN = days(31, 60);
const RETURNS = [0.1, -0.1, 0.3];

function attempt(changes: Partial<Attempt> = {}): Attempt {
  const seen = seenBars(FEED, SPAN);
  return { kind: "backtest", what: "m-1", rules: { fee: 3 }, seen, returns: RETURNS, ...changes };
}

async function openLog(): Promise<{ log: TrialLog; folder: string } & AsyncDisposable> {
  const folder = await Deno.makeTempDir();
  return {
    log: new TrialLog(folder),
    folder,
    [Symbol.asyncDispose]: () => Deno.remove(folder, { recursive: true }),
  };
}

const found = async (log: TrialLog, span = SPAN) => (await log.earlier(FEED, span)).trials;

Deno.test("trialOf() is another one with every rule, model, bar and result, and the same if made again", () => {
  const { id } = trialOf(attempt(), 1);
  assert.equal(trialOf(attempt({ what: "elsewhere" }), 2).id, id);
  const others = [
    { rules: { fee: 4 } },
    { kind: "training" as const },
    { seen: seenBars(FEED, days(32, 60)) },
    { returns: [0.1, -0.1, 0.2] },
  ].map((changes) => trialOf(attempt(changes), 1).id);
  assert.equal(new Set([id, ...others]).size, 5);
});

Deno.test("TrialLog finds every try that has seen some of the bars, oldest first, each once", async () => {
  await using opened = await openLog();
  const { log, folder } = opened;
  const trials = [days(31, 60), days(32, 60), days(40, 45), days(1, 30)].map((span, index) =>
    trialOf(attempt({ seen: seenBars(FEED, span) }), 9 - index)
  );
  await Promise.all(trials.map((trial) => log.add(trial, RETURNS)));
  await log.add({ ...trials[0]!, atMs: 99 }, RETURNS);
  assert.deepEqual(await found(log), [trials[2], trials[1], trials[0]]);
  assert.deepEqual(await found(new TrialLog(folder), days(1, 31)), [trials[3], trials[0]]);
  assert.deepEqual(await log.returnsOf(trials[0]!), RETURNS);
});

Deno.test("TrialLog passes over what it cannot read, and keeps no returns of very many bars", async () => {
  await using opened = await openLog();
  const { log, folder } = opened;
  await Deno.writeTextFile(join(folder, "broken.json"), "{ broken");
  await Deno.writeTextFile(join(folder, "other.json"), "{}");
  const returns = Array.from({ length: 20_001 }, (_, bar) => bar % 2);
  const trial = trialOf(attempt({ returns }), 1);
  await log.add(trial, returns);
  assert.deepEqual(await found(log), [trial]);
  assert.equal(await log.returnsOf(trial), null);
});

Deno.test("TrialLog counts the files of earlier versions for exactly their bars, and tells of the others", async () => {
  await using opened = await openLog();
  const { log, folder } = opened;
  const lines = ["{ broken", ...["a", "b"].map((id) => JSON.stringify({ id, what: id, returns: RETURNS }))];
  await Deno.writeTextFile(join(folder, `${olderName(FEED, SPAN)}.jsonl`), lines.join("\n"));
  await Deno.writeTextFile(join(folder, "0123456789abcdef.jsonl"), lines.join("\n"));
  const own = await log.earlier(FEED, SPAN);
  assert.deepEqual([own.trials.map(({ id }: Trial) => id), own.unplaced], [["a", "b"], 1]);
  const other = await log.earlier(FEED, days(32, 60));
  assert.deepEqual([other.trials, other.unplaced], [[], 2]);
});

Deno.test("TrialLog forgets the oldest beyond 2,000", async () => {
  await using opened = await openLog();
  const { log, folder } = opened;
  for (let index = 0; index < 2_000; index++) {
    const path = join(folder, `${index}.json`);
    await Deno.writeTextFile(path, "{}");
    if (index === 700) await Deno.utime(path, 1, 1);
  }
  await log.add(trialOf(attempt(), 1), RETURNS);
  const names = Array.from(Deno.readDirSync(folder), ({ name }) => name).filter((name) =>
    name.endsWith(".json")
  );
  assert.deepEqual([names.length, names.includes("700.json")], [2_000, false]);
});

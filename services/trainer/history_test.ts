import assert from "node:assert/strict";
import fc from "fast-check";
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import { MemoryKeyspace } from "../core/redis/memory_keyspace.ts";
import { MemoryStore } from "../core/redis/memory_store.ts";
import { type History, memoryHistory, storedHistory } from "./history.ts";
import { DAY_MS, stepOf } from "./trainer_testing.ts";

async function pagesOf(history: History, afterMs = -1, throughMs = Infinity): Promise<string[][]> {
  const pages: string[][] = [];
  for await (const page of history.steps(afterMs, throughMs)) {
    pages.push(page.map(({ symbol, barMs }) => `${symbol}${barMs / DAY_MS}`));
  }
  return pages;
}

async function stored(steps: readonly Experience[]): Promise<MemoryStore> {
  const store = new MemoryStore({
    keyspace: new MemoryKeyspace(),
    onBadEntry: () => assert.fail("bad entry"),
  });
  for (const step of steps) {
    await store.append(experienceStream("paper", step.symbol), `${step.barMs}-0`, step);
  }
  return store;
}

Deno.test("storedHistory() gives all symbols' steps in order of time, from one bar to another, up to the last of the ticket", async () => {
  const days = { A: [1, 2, 3, 5, 6], B: [2, 3, 4], C: [6, 9] };
  const steps = Object.entries(days).flatMap(([symbol, all]) => all.map((day) => stepOf(symbol, day)));
  const history = storedHistory(await stored(steps), "paper", {
    A: 5 * DAY_MS,
    B: 4 * DAY_MS,
    C: 6 * DAY_MS,
  });
  assert.deepEqual((await pagesOf(history)).flat(), ["A1", "A2", "B2", "A3", "B3", "B4", "A5", "C6"]);
  assert.deepEqual((await pagesOf(history, DAY_MS, 4 * DAY_MS)).flat(), ["A2", "B2", "A3", "B3", "B4"]);
  assert.deepEqual(await pagesOf(history, 6 * DAY_MS), []);
});

Deno.test("storedHistory() that needs many reads is the history in memory, and keeps what belongs to one bar together", async () => {
  const symbols = Array.from({ length: 400 }, (_, index) => `S${index}`); // 50 steps of each at once
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.integer({ min: 0, max: 130 }), { minLength: 4, maxLength: 4 }),
      async (lengths) => {
        const steps = lengths.flatMap((length, index) =>
          Array.from({ length }, (_, day) => stepOf(symbols[index]!, 1 + day * (index + 1)))
        ).sort((a, b) => a.barMs - b.barMs || (a.symbol < b.symbol ? -1 : 1));
        const through = Object.fromEntries(symbols.map((symbol) => [symbol, 1_000 * DAY_MS]));
        const pages = await pagesOf(storedHistory(await stored(steps), "paper", through));
        assert.deepEqual(pages.flat(), (await pagesOf(memoryHistory(steps))).flat());
        const daysOf = (page: string[] | undefined) => page?.map((name) => Number(name.slice(2)));
        for (const [index, page] of pages.slice(1).entries()) {
          assert.ok(daysOf(page)![0]! > daysOf(pages[index])!.at(-1)!);
        }
      },
    ),
    { seed: 3, numRuns: 15 },
  );
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { readyLine } from "../core/runtime/ready_line.ts";
import { systemClock, until } from "../core/runtime/clock.ts";
import { followReady } from "./page_process.ts";

const at = (port: number) => readyLine({ page: `http://127.0.0.1:${port}/`, metrics: null });

Deno.test("followReady() hears each time where the page is, among other lines, and waits for the end of one", async () => {
  const folder = await Deno.makeTempDir({ prefix: "rltrader-ready-" });
  const path = join(folder, "ui.log");
  const stop = new AbortController();
  const heard: string[] = [];
  const following = followReady(path, systemClock, ({ page }) => heard.push(page), stop.signal);
  const append = (text: string) => Deno.writeTextFile(path, text, { append: true });
  const untilHeard = (count: number) =>
    until(systemClock, "the address", () => heard.length === count, { deadlineMs: 10_000, everyMs: 5 });
  try {
    await append('{"level":30,"msg":"−"}\n{"ready":1}\n' + at(1));
    await untilHeard(1);
    const again = at(2);
    await append(again.slice(0, 20));
    await append(again.slice(20) + "plain\n");
    await untilHeard(2);
    assert.deepEqual(heard, ["http://127.0.0.1:1/", "http://127.0.0.1:2/"]);
  } finally {
    stop.abort();
    await following;
    await Deno.remove(folder, { recursive: true });
  }
});

import assert from "node:assert/strict";
import { join } from "node:path";
import { systemClock, until } from "../core/runtime/clock.ts";
import { FileLock } from "./file_lock.ts";

async function inTempFolder(body: (path: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "rltrader-lock-" });
  try {
    await body(join(folder, "a.lock"));
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("FileLock is held by one, and is free before, after, and where there is no file", () =>
  inTempFolder(async (path) => {
    assert.equal(await FileLock.isHeld(path), false);
    const lock = await FileLock.take(path);
    assert.equal(await FileLock.isHeld(path), true);
    assert.equal(await FileLock.tryTake(path), null);
    lock[Symbol.dispose]();
    assert.equal(await FileLock.isHeld(path), false);
    using again = await FileLock.tryTake(path);
    assert.ok(again);
  }));

Deno.test("FileLock is free once its holder is killed, whatever else that has started lives on", () =>
  inTempFolder(async (path) => {
    const module = new URL("file_lock.ts", import.meta.url).href;
    const code = `import { spawn } from "node:child_process";
      const { FileLock } = await import(${JSON.stringify(module)});
      const lock = await FileLock.take(${JSON.stringify(path)});
      const child = spawn("sleep", ["100"], { detached: true, stdio: "ignore" });
      console.log(child.pid);
      setInterval(() => lock, 1000);`;
    const holder = new Deno.Command(Deno.execPath(), {
      args: ["eval", "--no-config", code],
      stdout: "piped",
      stderr: "inherit",
    }).spawn();
    const reader = holder.stdout.getReader();
    const left = Number(new TextDecoder().decode((await reader.read()).value));
    try {
      assert.equal(await FileLock.isHeld(path), true);
      holder.kill("SIGKILL");
      await holder.status;
      const isFree = async () => !await FileLock.isHeld(path);
      await until(systemClock, "the free lock", isFree, { deadlineMs: 5_000, everyMs: 5 });
    } finally {
      await reader.cancel();
      Deno.kill(left, "SIGKILL");
    }
  }));

import assert from "node:assert/strict";
import { join } from "node:path";
import { describeRun, livingRuns } from "./living_runs.ts";
import { configurePrivateRedis, readDevAddress } from "./private_redis.ts";
import { describeServer, type RunDescription, writeRunDescription } from "./run_description.ts";
import { makeRunFolder } from "./run_folder.ts";

const DESCRIPTION: RunDescription = {
  ...{ pid: 42, startedMs: 7, feed: "synthetic:A", symbols: ["A-1"], account: "paper" },
  ...{ server: "127.0.0.1:6400/0", url: null },
};

Deno.test("livingRuns() are those whose dev lives, newest first, with all that they tell of themselves", async () => {
  const root = await Deno.makeTempDir({ prefix: "rltrader-living-" });
  try {
    assert.deepEqual(await livingRuns(join(root, "none")), []);
    using silent = await makeRunFolder(root, 1_000, 1);
    using own = await makeRunFolder(root, 2_000, 2);
    await configurePrivateRedis(own.redis);
    await writeRunDescription(own.path, DESCRIPTION);
    (await makeRunFolder(root, 3_000, Deno.pid))[Symbol.dispose](); // has ended; its number is taken
    using foreign = await makeRunFolder(root, 4_000, 4);
    const open = { ...DESCRIPTION, ...describeServer("redis://db:6400/2") };
    await writeRunDescription(foreign.path, open);
    assert.deepEqual(await livingRuns(root), [
      { name: "1970-01-01T00-00-04-4", path: foreign.path, description: open, url: "redis://db:6400/2" },
      {
        name: "1970-01-01T00-00-02-2",
        path: own.path,
        description: DESCRIPTION,
        url: await readDevAddress(own.redis),
      },
      { name: "1970-01-01T00-00-01-1", path: silent.path, description: null, url: null },
    ]);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
});

Deno.test("describeRun() names feed, some symbols and the account", () => {
  const run = { name: "r", path: "/r", url: null };
  assert.equal(describeRun({ ...run, description: null }), "r");
  assert.equal(
    describeRun({ ...run, description: DESCRIPTION }),
    "r (synthetic:A, A-1; account paper)",
  );
  const symbols = ["A", "B", "C", "D", "E"];
  assert.equal(
    describeRun({ ...run, description: { ...DESCRIPTION, symbols } }),
    "r (synthetic:A, A, B, C, D, …; account paper)",
  );
});

Deno.test("describeServer() keeps user and password to itself", () => {
  assert.deepEqual(describeServer("redis://host"), { server: "host:6379/0", url: "redis://host" });
  for (const address of ["rediss://u:secret@host:1/3", "redis://:secret@host:1/3"]) {
    assert.deepEqual(describeServer(address), { server: "host:1/3", url: null });
  }
});

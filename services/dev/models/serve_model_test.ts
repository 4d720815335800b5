import assert from "node:assert/strict";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { currentModel } from "../../core/contracts/model.ts";
import { modelHold, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { heartbeats } from "../../core/contracts/system.ts";
import { describeServed } from "./describe_models.ts";
import { NOW_MS, runWithModels } from "./models_testing.ts";
import { promote, release, rollBack } from "./serve_model.ts";

type Run = Awaited<ReturnType<typeof runWithModels>>;

/** A trainer that obeys, or refuses, whatever is asked while `work` runs. */
async function withTrainer<T>(run: Run, work: Promise<T>, refused: string | null = null): Promise<T> {
  let isOver = false;
  const over = work.then(() => isOver = true, () => isOver = true);
  for (let answered = 0; !isOver;) {
    const hold = await run.store.get(modelHold());
    if (hold !== null && hold.revision !== answered) {
      answered = hold.revision;
      const { revision, version } = hold;
      if (refused === null && version !== null) {
        await run.store.set(currentModel(), { version, adoptAfterMs: 9, sequence: 3 });
      }
      await run.store.set(modelHoldAnswer(), { revision, version, refused });
    }
    await new Promise((resolve) => setTimeout(resolve));
  }
  await over;
  return await work;
}

Deno.test("promote() asks the trainer to serve and hold a version, and waits for its answer", async () => {
  await using run = await runWithModels();
  const [{ version: first }, { version: second }] = [run.first.metadata, run.second.metadata];
  const served = await withTrainer(run, promote(run, first, "the newer one churns"));
  assert.deepEqual(served, { held: first, before: second, reason: "the newer one churns" });
  const hold = await run.store.get(modelHold());
  assert.deepEqual([hold?.revision, hold?.version, hold?.reason], [1, first, "the newer one churns"]);
  assert.match(describeServed(served), new RegExp(`^${first} serves instead of ${second} and is held`));
  const released = await withTrainer(run, release(run, "enough"));
  assert.deepEqual(released, { held: null, before: first, reason: "enough" });
  assert.equal(describeServed(released), "Candidates may take over again (enough).");
});

Deno.test("rollBack() goes to the version that the current one has replaced, and no further than the first", async () => {
  await using run = await runWithModels();
  const served = await withTrainer(run, rollBack(run, "by hand"));
  assert.equal(served.held, run.first.metadata.version);
  await assert.rejects(rollBack(run, "by hand"), /must have replaced another version: it was the first$/);
  await run.store.delete(currentModel().key);
  await assert.rejects(rollBack(run, "by hand"), /a model must serve: none does yet$/);
});

Deno.test("promote() refuses a network of another schema, and names the difference", async () => {
  await using run = await runWithModels();
  const { version } = run.foreign.metadata;
  await assert.rejects(promote(run, version, "x"), {
    name: "ModelStoreError",
    message:
      `Cannot serve ${version} as its network must be that of the run (schema rsi+gap): it is of schema rsi+atr:\n` +
      '  features[1]: "gap" here, "atr" there',
  });
  assert.equal(await run.store.get(modelHold()), null, "nothing was asked");
});

Deno.test("promote() passes on why the trainer refuses", async () => {
  await using run = await runWithModels();
  const asked = promote(run, run.first.metadata.version, "x");
  await assert.rejects(withTrainer(run, asked, "the trainer serves one version alone"), {
    name: "ModelStoreError",
    message: "the trainer serves one version alone",
  });
});

Deno.test("promote() needs a run and a trainer that lives, and says what to do without", async () => {
  await using run = await runWithModels();
  const { version } = run.first.metadata;
  const silent = { ...run, clock: { ...run.clock, nowMs: () => NOW_MS + 60_000 } as typeof run.clock };
  await assert.rejects(promote(silent, version, "x"), (cause: Error) => {
    assert.equal(cause.name, "NoRunError");
    assert.match(
      cause.message,
      /a trainer must run, .*: the last word is of 1970-01-01T00:00:49.000Z\. .*--model/,
    );
    return true;
  });
  await run.store.delete(heartbeats().key);
  await assert.rejects(
    promote(run, version, "x"),
    /a trainer must run, which owns what serves: none was heard of within the hour/,
  );
  await run.store.delete(feedStatus().key);
  await assert.rejects(promote(run, version, "x"), /Redis at host:1 must hold a run: it holds none/);
});

Deno.test("promote() gives up on a trainer that does not answer", async () => {
  await using run = await runWithModels();
  await assert.rejects(
    promote(run, run.first.metadata.version, "x"),
    /the trainer's answer must happen within/,
  );
});

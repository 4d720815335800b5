import assert from "node:assert/strict";
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { currentModel, modelEventStream } from "../../core/contracts/model.ts";
import { modelHold, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { heartbeats } from "../../core/contracts/system.ts";
import { DAY_MS, FEED } from "../run_samples_testing.ts";
import { describeServed } from "./describe_models.ts";
import { modelFile, NOW_MS, runWithModels } from "./models_testing.ts";
import { promote, type Promotion, release, rollBack } from "./serve_model.ts";

const asked = (version: string, changes: Partial<Promotion> = {}): Promotion => ({
  ...{ version, reason: "x", althoughRefused: false },
  ...changes,
});

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
        const event = {
          version,
          outcome: "adopted" as const,
          adoptAfterMs: 9,
          atMs: 7,
          updates: 2,
          gate: [],
        };
        await run.store.append(modelEventStream(), `9-${revision}`, event);
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
  const served = await withTrainer(run, promote(run, asked(first, { reason: "the newer one churns" })));
  assert.deepEqual(served, { held: first, before: second, reason: "the newer one churns", notes: [] });
  const hold = await run.store.get(modelHold());
  assert.deepEqual([hold?.revision, hold?.version, hold?.reason], [1, first, "the newer one churns"]);
  assert.match(describeServed(served), new RegExp(`^${first} serves instead of ${second} and is held`));
  const released = await withTrainer(run, release(run, "enough"));
  assert.deepEqual(released, { held: null, before: first, reason: "enough", notes: [] });
  assert.equal(describeServed(released), "Candidates may take over again (enough).");
});

Deno.test("rollBack() goes to the version that served before in this run, whatever that one was learned from", async () => {
  await using run = await runWithModels();
  const [{ version: first }, { version: second }] = [run.first.metadata, run.second.metadata];
  const stranger = await modelFile("stranger", ["rsi", "gap"], { parent: null });
  await run.folder.put(stranger);
  const { version } = stranger.metadata;
  await withTrainer(run, promote(run, asked(version)));
  assert.deepEqual(await withTrainer(run, rollBack(run, "by hand")), {
    ...{ held: second, before: version, reason: "by hand", notes: [] },
  });
  assert.equal((await withTrainer(run, rollBack(run, "by hand"))).held, version, "asked again, it is back");
  await withTrainer(run, promote(run, asked(first)));
  assert.equal((await withTrainer(run, rollBack(run, "by hand"))).held, version);
});

Deno.test("rollBack() says so where no other version has served, though the one that serves has a parent", async () => {
  await using run = await runWithModels();
  await run.store.delete(modelEventStream().key);
  const { version } = run.second.metadata;
  await assert.rejects(rollBack(run, "by hand"), {
    name: "ModelStoreError",
    message: `Cannot roll back as another version must have served in this run before ${version}: none has`,
  });
  await run.store.delete(currentModel().key);
  await assert.rejects(rollBack(run, "by hand"), /a model must serve: none does yet$/);
});

Deno.test("promote() refuses a model that has not learned a symbol of the run, or on other days", async () => {
  await using run = await runWithModels();
  const other = await modelFile("other", ["rsi", "gap"], {}, ["A-1", "B-1"]);
  await run.folder.put(other);
  const { version } = other.metadata;
  await assert.rejects(promote(run, asked(version, { althoughRefused: true })), {
    name: "ModelStoreError",
    message: `Cannot decide with ${version} as it must have learned on A-2: it has learned on A-1, B-1`,
  });
  await run.store.set(feedStatus(), { ...FEED, days: { "A-1": "America/New_York" } });
  await assert.rejects(
    promote(run, asked(run.first.metadata.version)),
    /the days of A-1 must be those that it has learned on, UTC: they are America\/New_York/,
  );
  assert.equal(await run.store.get(modelHold()), null, "nothing was asked");
});

Deno.test("promote() serves what the gate has refused only where that is said, and tells it", async () => {
  await using run = await runWithModels();
  const step = { step: "evidence" as const, passed: false, reason: "it loses", figures: {} };
  const refused = await modelFile("refused", ["rsi", "gap"], { gate: [step] });
  await run.folder.put(refused);
  const { version } = refused.metadata;
  await assert.rejects(promote(run, asked(version)), {
    name: "ModelStoreError",
    message:
      `Cannot promote ${version} as the gate must not have refused it: it loses. Say --although-refused to serve it all the ` +
      "same",
  });
  const served = await withTrainer(run, promote(run, asked(version, { althoughRefused: true })));
  assert.deepEqual(served.notes, ["the gate has refused it: it loses"]);
  assert.match(describeServed(served), /\nNote: the gate has refused it: it loses\.$/);
});

Deno.test("promote() tells of a model that knows bars which the run has still to decide", async () => {
  await using run = await runWithModels();
  const seer = await modelFile("seer", ["rsi", "gap"], { learnedThroughMs: 6 * DAY_MS });
  await run.folder.put(seer);
  const { version } = seer.metadata;
  const { notes } = await withTrainer(run, promote(run, asked(version)));
  assert.deepEqual(notes, [
    `${version} knows bars up to 1970-01-07, and the run stands at 1970-01-06: what it earns on those is no test of it`,
  ]);
});

Deno.test("promote() refuses a network of another schema, and names the difference", async () => {
  await using run = await runWithModels();
  const { version } = run.foreign.metadata;
  await assert.rejects(promote(run, asked(version)), {
    name: "ModelStoreError",
    message: new RegExp(
      `^Cannot use ${version} as its network must be that of the configuration, of schema \\w+: it is of \\w+\\.\n` +
        '  features\\[1\\]: "gap" here, "atr" in the model\n',
    ),
  });
  assert.equal(await run.store.get(modelHold()), null, "nothing was asked");
});

Deno.test("promote() passes on why the trainer refuses", async () => {
  await using run = await runWithModels();
  const asking = promote(run, asked(run.first.metadata.version));
  await assert.rejects(withTrainer(run, asking, "the trainer serves one version alone"), {
    name: "ModelStoreError",
    message: "the trainer serves one version alone",
  });
});

Deno.test("promote() needs a run and a trainer that lives, and says what to do without", async () => {
  await using run = await runWithModels();
  const { version } = run.first.metadata;
  const silent = { ...run, clock: { ...run.clock, nowMs: () => NOW_MS + 60_000 } as typeof run.clock };
  await assert.rejects(promote(silent, asked(version)), (cause: Error) => {
    assert.equal(cause.name, "NoRunError");
    assert.match(
      cause.message,
      /a trainer must run, .*: the last word is of 1970-01-01T00:00:49.000Z\. .*--model/,
    );
    return true;
  });
  await run.store.delete(heartbeats().key);
  await assert.rejects(
    promote(run, asked(version)),
    /a trainer must run, which owns what serves: none was heard of within the hour/,
  );
  await run.store.delete(feedStatus().key);
  await assert.rejects(promote(run, asked(version)), /Redis at host:1 must hold a run: it holds none/);
});

Deno.test("promote() gives up on a trainer that does not answer", async () => {
  await using run = await runWithModels();
  await assert.rejects(
    promote(run, asked(run.first.metadata.version)),
    /the trainer's answer must happen within/,
  );
});

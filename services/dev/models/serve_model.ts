/** Asks the trainer, which owns the pointer, to serve and hold a version, or to let candidates take over again. */
import { barStream } from "../../core/contracts/bar.ts";
import { type FeedStatus, feedStatus } from "../../core/contracts/feed_status.ts";
import { currentModel } from "../../core/contracts/model.ts";
import { modelHold, type ModelHoldAnswer, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { runTerms } from "../../core/contracts/run_terms.ts";
import { GONE_MS, heartbeats } from "../../core/contracts/system.ts";
import { checkFits, leakNote } from "../../core/lane/model_fit.ts";
import { ModelStoreError, type StoredModel } from "../../core/model/model_store.ts";
import type { Store } from "../../core/redis/store.ts";
import { type Clock, until } from "../../core/runtime/clock.ts";
import { NoRunError } from "../open_run.ts";
import { eventsOf, type ModelPlaces, placeOf } from "./known_models.ts";

export interface ServingRun extends ModelPlaces {
  readonly store: Store;
  /** `host:port` of its Redis. */
  readonly server: string;
  readonly clock: Clock;
}

/** What was asked for and obeyed. */
export interface Served {
  /** Serves and is held; null where candidates may take over again. */
  readonly held: string | null;
  /** What served before; null for nothing. */
  readonly before: string | null;
  readonly reason: string;
  /** What whoever asked should know. */
  readonly notes: readonly string[];
}

export interface Promotion {
  readonly version: string;
  readonly reason: string;
  /** Serves what the gate has refused, too. */
  readonly althoughRefused: boolean;
}

/** The trainer looks four times a second; a long call of the learner may keep it. */
const ANSWER_MS = 15_000;

/** Serves a version, and holds it against candidates.
 * @throws {NoRunError} If no trainer runs.
 * @throws {ModelStoreError | RangeError} If it is not there, broken, cannot decide the run's bars, or was refused by the gate. */
export async function promote(
  run: ServingRun,
  { version, reason, althoughRefused }: Promotion,
): Promise<Served> {
  const feed = await checkTrainer(run, `promote ${version}`);
  const model = await checkModel(run, feed, version);
  const refusal = await refusalOf(run, model);
  if (refusal !== null && !althoughRefused) {
    throw new ModelStoreError(
      `Cannot promote ${version} as the gate must not have refused it: ${refusal}. Say --although-refused to serve it all the same`,
    );
  }
  const leak = leakNote(model.metadata, await currentBar(run.store, feed) + 1, "the run stands at");
  const notes = [
    ...refusal === null ? [] : [`the gate has refused it: ${refusal}`],
    ...leak === null ? [] : [leak],
  ];
  return await ask(run, { version, reason, notes });
}

/** {@link promote} of the version that served in this run before the current one: asked twice, it goes back and forth.
 * @throws {ModelStoreError} If there is none. */
export async function rollBack(run: ServingRun, reason: string): Promise<Served> {
  const feed = await checkTrainer(run, "roll back");
  const current = await run.store.get(currentModel());
  if (current === null) throw new ModelStoreError("Cannot roll back as a model must serve: none does yet");
  const before = (await eventsOf(run.store)).findLast(({ outcome, version }) =>
    outcome === "adopted" && version !== current.version
  );
  if (before === undefined) {
    throw new ModelStoreError(
      `Cannot roll back as another version must have served in this run before ${current.version}: none has`,
    );
  }
  await checkModel(run, feed, before.version);
  return await ask(run, { version: before.version, reason, notes: [] });
}

/** Lets candidates take over again. @throws {NoRunError} If no trainer runs. */
export async function release(run: ServingRun, reason: string): Promise<Served> {
  await checkTrainer(run, "release what is held");
  return await ask(run, { version: null, reason, notes: [] });
}

async function checkTrainer({ store, server, clock }: ServingRun, what: string): Promise<FeedStatus> {
  const feed = await store.get(feedStatus());
  if (feed === null) {
    throw new NoRunError(`Cannot ${what} as Redis at ${server} must hold a run: it holds none`);
  }
  const beats = [...(await store.entries(heartbeats())).values()].filter((beat) =>
    beat.process === "trainer"
  );
  const newest = Math.max(...beats.map(({ atMs }) => atMs));
  if (clock.nowMs() - newest <= GONE_MS) return feed;
  const heard = beats.length === 0
    ? "none was heard of within the hour"
    : `the last word is of ${new Date(newest).toISOString()}`;
  throw new NoRunError(
    `Cannot ${what} as a trainer must run, which owns what serves: ${heard}. ` +
      "To decide with a stored version from the start: deno task dev --model VERSION",
  );
}

/** Refuses bytes that are not what their name says, and a model that could not decide every bar of the run. */
async function checkModel(
  run: ServingRun,
  { symbols, days = {} }: FeedStatus,
  version: string,
): Promise<StoredModel> {
  const model = await (await placeOf(version, run)).get(version);
  const terms = await run.store.get(runTerms());
  if (terms === null) {
    throw new ModelStoreError(
      `Cannot serve ${version} as the run must have said what it was begun with, as core does at its start: it has not`,
    );
  }
  checkFits(model, { schema: terms.schema, symbols, days });
  return model;
}

/** Why the gate has refused it, by its last word in this run or by what is stored with it; null where it has not. */
async function refusalOf(
  { store }: ServingRun,
  { metadata: { version, gate } }: StoredModel,
): Promise<string | null> {
  const judged = (await eventsOf(store)).findLast((event) =>
    event.version === version && event.gate.length > 0
  );
  return (judged?.gate ?? gate).find(({ passed }) => !passed)?.reason ?? null;
}

/** Open time of the newest bar of any symbol; -1 where there is none. */
async function currentBar(store: Store, { symbols, timeframe }: FeedStatus): Promise<number> {
  const newest = await Promise.all(symbols.map((symbol) => store.newest(barStream(symbol, timeframe), 1)));
  return Math.max(-1, ...newest.flat().map(({ value }) => value.bar.openTimeMs));
}

async function ask(
  { store, clock }: ServingRun,
  { version, reason, notes }: { version: string | null; reason: string; notes: readonly string[] },
): Promise<Served> {
  const before = (await store.get(currentModel()))?.version ?? null;
  const revision = ((await store.get(modelHold()))?.revision ?? 0) + 1;
  await store.set(modelHold(), { revision, version, reason, atMs: clock.nowMs() });
  const answered = async (): Promise<ModelHoldAnswer | null> => {
    const answer = await store.get(modelHoldAnswer());
    return answer !== null && answer.revision >= revision ? answer : null;
  };
  const answer = await until(clock, "the trainer's answer", answered, { everyMs: 50, deadlineMs: ANSWER_MS });
  if (answer.revision !== revision || answer.version !== version) {
    throw new ModelStoreError("Cannot tell what serves as another command came in between: ask again");
  }
  if (answer.refused !== null) throw new ModelStoreError(answer.refused);
  return { held: version, before, reason, notes };
}

/** Asks the trainer, which owns the pointer, to serve and hold a version, or to let candidates take over again. */
import { feedStatus } from "../../core/contracts/feed_status.ts";
import { currentModel } from "../../core/contracts/model.ts";
import { modelHold, type ModelHoldAnswer, modelHoldAnswer } from "../../core/contracts/model_hold.ts";
import { heartbeats } from "../../core/contracts/system.ts";
import { modelFileMetadata } from "../../core/model/model_file.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { RedisModelStore } from "../../core/model/redis_model_store.ts";
import { describeSchemaDifference } from "../../core/model/schema_hash.ts";
import type { Store } from "../../core/redis/store.ts";
import { type Clock, until } from "../../core/runtime/clock.ts";
import { NoRunError } from "../open_run.ts";
import { type ModelPlaces, placeOf } from "./known_models.ts";

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
}

/** A trainer whose last heartbeat is older is taken for gone. */
const GONE_MS = 5_000;
/** The trainer looks four times a second; a long call of the learner may keep it. */
const ANSWER_MS = 15_000;
const NAMED_DIFFERENCES = 5;

/** Serves a version, and holds it against candidates.
 * @throws {NoRunError} If no trainer runs.  @throws {ModelStoreError} If it is not there, broken, or of another network. */
export async function promote(run: ServingRun, version: string, reason: string): Promise<Served> {
  await checkTrainer(run, `promote ${version}`);
  await checkModel(run, version);
  return await ask(run, version, reason);
}

/** {@link promote} of the version that the current one has replaced. @throws {ModelStoreError} If there is none. */
export async function rollBack(run: ServingRun, reason: string): Promise<Served> {
  await checkTrainer(run, "roll back");
  const models = new RedisModelStore(run.store);
  const current = await models.current();
  if (current === null) throw new ModelStoreError("Cannot roll back as a model must serve: none does yet");
  const { parent } = (await models.get(current.version)).metadata;
  if (parent === null) {
    throw new ModelStoreError(
      `Cannot roll back as ${current.version} must have replaced another version: it was the first`,
    );
  }
  await checkModel(run, parent);
  return await ask(run, parent, reason);
}

/** Lets candidates take over again. @throws {NoRunError} If no trainer runs. */
export async function release(run: ServingRun, reason: string): Promise<Served> {
  await checkTrainer(run, "release what is held");
  return await ask(run, null, reason);
}

async function checkTrainer({ store, server, clock }: ServingRun, what: string): Promise<void> {
  if (await store.get(feedStatus()) === null) {
    throw new NoRunError(`Cannot ${what} as Redis at ${server} must hold a run: it holds none`);
  }
  const beats = [...(await store.entries(heartbeats())).values()].filter((beat) =>
    beat.process === "trainer"
  );
  const newest = Math.max(...beats.map(({ atMs }) => atMs));
  if (clock.nowMs() - newest <= GONE_MS) return;
  const heard = beats.length === 0
    ? "none was heard of within the hour"
    : `the last word is of ${new Date(newest).toISOString()}`;
  throw new NoRunError(
    `Cannot ${what} as a trainer must run, which owns what serves: ${heard}. ` +
      "To decide with a stored version from the start: deno task dev --model VERSION",
  );
}

/** Refuses bytes that are not what their name says, and a network of another schema, with the differences named. */
async function checkModel(run: ServingRun, version: string): Promise<void> {
  const wanted = await (await placeOf(version, run)).get(version);
  const current = await run.store.get(currentModel());
  if (current === null) return;
  const serving = await new RedisModelStore(run.store).get(current.version);
  if (serving.metadata.schemaHash === wanted.metadata.schemaHash) return;
  const texts = [serving, wanted].map(({ blob }) => modelFileMetadata(blob).schema);
  throw new ModelStoreError(
    `Cannot serve ${version} as its network must be that of the run (schema ${serving.metadata.schemaHash}): it is of schema ` +
      `${wanted.metadata.schemaHash}${differencesOf(texts[0], texts[1])}`,
  );
}

function differencesOf(here: string | undefined, there: string | undefined): string {
  if (here === undefined || there === undefined) return "";
  const all = describeSchemaDifference(here, there);
  const named = all.slice(0, NAMED_DIFFERENCES).map((difference) => `\n  ${difference}`).join("");
  const more = all.length - NAMED_DIFFERENCES;
  return `:${named}${more > 0 ? `\n  and ${more} more` : ""}`;
}

async function ask({ store, clock }: ServingRun, version: string | null, reason: string): Promise<Served> {
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
  return { held: version, before, reason };
}

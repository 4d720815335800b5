/** Makes versions of what was learned: export, gate, store, adopt. A refused candidate leaves the champion in place. */
import type { CurrentModel, GateStep, ModelMetadata, ModelPassport } from "../core/contracts/model.ts";
import { modelEventStream } from "../core/contracts/model.ts";
import { contentAddress, type ModelStore } from "../core/model/model_store.ts";
import type { Learner, QNet } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import { type GoldenStates, integrityStep } from "./gate.ts";
import { modelNotes } from "./model_notes.ts";

export interface PublisherParts {
  readonly models: ModelStore;
  /** A second place for every adopted version, that outlives this Redis; null for none. */
  readonly archive: ModelStore | null;
  readonly store: Store;
  readonly openModel: (blob: Uint8Array) => QNet;
  readonly schemaHash: string;
  /** What the hash covers: a model says by itself what it was made for. */
  readonly schema: string;
  readonly strategy: string;
  readonly clock: Clock;
  readonly log: Log;
}

/** What is known of the learning behind a candidate. */
export interface Provenance {
  readonly passport: ModelPassport;
  readonly updates: number;
  readonly experiences: number;
  readonly liveExperiences: number;
  readonly learnedThroughMs: number;
  readonly metrics: Record<string, number>;
  readonly golden: GoldenStates;
}

export class Publisher {
  readonly #parts: PublisherParts;
  /** The version that a person holds in place; candidates are judged and stored, and not adopted. */
  #held: string | null = null;
  /** Ends when the last change of the pointer does: each builds on the one before. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Offers what the learner holds now; decisions after `adoptAfterMs` use the winner. Returns the version that serves.
   * Does nothing if that bar's version was adopted before: a trainer that starts again repeats what it learned. */
  publish(learner: Learner, adoptAfterMs: number, provenance: Provenance): Promise<CurrentModel | null> {
    return this.#inTurn(() => this.#publish(learner, adoptAfterMs, provenance));
  }

  /** Serves a stored version from now on, taking it from the archive if need be. @throws {ModelStoreError} */
  adoptStored(version: string): Promise<CurrentModel> {
    return this.#inTurn(() => this.#adoptStored(version));
  }

  /** {@link adoptStored}, and no candidate takes over until {@link release}. What cannot be served changes nothing.
   * @throws {ModelStoreError} */
  hold(version: string): Promise<CurrentModel> {
    return this.#inTurn(async () => {
      const current = await this.#adoptStored(version);
      this.#held = version;
      return current;
    });
  }

  /** Lets candidates take over again. */
  release(): void {
    this.#held = null;
  }

  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.then(work);
    this.#turn = turn.catch(() => {});
    return turn;
  }

  async #publish(
    learner: Learner,
    adoptAfterMs: number,
    provenance: Provenance,
  ): Promise<CurrentModel | null> {
    const { models, archive, log } = this.#parts;
    const champion = await models.current();
    if (champion !== null && champion.adoptAfterMs >= adoptAfterMs) return champion;
    const blob = learner.exportModel(modelNotes(this.#parts.schema, provenance.passport));
    const step = integrityStep(() => this.#parts.openModel(blob), learner, provenance.golden);
    const metadata = await this.#describe(blob, champion, provenance, [step]);
    const sequence = (champion?.sequence ?? 0) + 1;
    const isHeld = champion !== null && this.#held !== null;
    const isAdopted = step.passed && !isHeld;
    await this.#announce({ version: metadata.version, adoptAfterMs, sequence }, metadata, isAdopted);
    if (!step.passed) {
      log.warn({ version: metadata.version, reason: step.reason }, "candidate refused");
      return champion === null ? null : await this.#adopt({ ...champion, adoptAfterMs, sequence });
    }
    await models.put({ metadata, blob });
    await archive?.put({ metadata, blob });
    if (isHeld) {
      log.info({ version: metadata.version, held: this.#held }, "candidate passed, another version is held");
      return await this.#adopt({ ...champion, adoptAfterMs, sequence });
    }
    return await this.#adopt({ version: metadata.version, adoptAfterMs, sequence });
  }

  async #adoptStored(version: string): Promise<CurrentModel> {
    const { models, archive } = this.#parts;
    if (!(await models.has(version)) && archive !== null) await models.put(await archive.get(version));
    const { blob, metadata } = await models.get(version);
    this.#parts.openModel(blob).close();
    const champion = await models.current();
    if (champion?.version === version) return champion;
    // Core may be waiting in lockstep for the bar that the pointer has reached.
    const adoptAfterMs = champion?.adoptAfterMs ?? 0;
    const current = { version, adoptAfterMs, sequence: (champion?.sequence ?? 0) + 1 };
    await this.#announce(current, metadata, true);
    return await this.#adopt(current);
  }

  async #announce(candidate: CurrentModel, metadata: ModelMetadata, adopted: boolean): Promise<void> {
    const { version, adoptAfterMs, sequence } = candidate;
    const { updates, gate } = metadata;
    const event = { version, adopted, adoptAfterMs, atMs: this.#parts.clock.nowMs(), updates, gate };
    await this.#parts.store.append(modelEventStream(), `${sequence}-${updates}`, event, {
      maxLength: 10_000,
    });
  }

  async #adopt(current: CurrentModel): Promise<CurrentModel> {
    await this.#parts.models.setCurrent(current);
    this.#parts.log.info(current, "model adopted");
    return current;
  }

  async #describe(
    blob: Uint8Array,
    champion: CurrentModel | null,
    provenance: Provenance,
    gate: GateStep[],
  ): Promise<ModelMetadata> {
    const { version, sha256 } = await contentAddress(blob);
    const { updates, experiences, liveExperiences, learnedThroughMs, metrics } = provenance;
    return {
      version,
      sha256,
      bytes: blob.length,
      schemaHash: this.#parts.schemaHash,
      strategy: this.#parts.strategy,
      parent: champion?.version ?? null,
      createdMs: this.#parts.clock.nowMs(),
      updates,
      experiences,
      liveExperiences,
      learnedThroughMs,
      metrics,
      gate,
    };
  }
}

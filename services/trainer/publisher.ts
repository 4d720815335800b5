/** Makes versions of what was learned: export, gate, store, shadow, adopt. A refused candidate leaves the champion in place.
 *
 * Every verdict is stored under the bar that it belongs to, before anything follows from it, so a trainer that starts again and reaches
 * the same bar changes nothing that was decided, and completes what a kill has cut off. */
import {
  type CurrentModel,
  type GateState,
  gateState,
  type GateStep,
  type ModelEvent,
  modelEventStream,
  type ModelMetadata,
  type ModelPassport,
  type ShadowDecision,
  shadowStream,
} from "../core/contracts/model.ts";
import { contentAddress, type ModelStore, type StoredModel } from "../core/model/model_store.ts";
import type { Learner, QNet } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import { ChampionTimeline } from "./gate/champions.ts";
import type { Evidence } from "./gate/evidence_step.ts";
import { type Gate, passed } from "./gate/gate.ts";
import type { GoldenStates } from "./gate/integrity_step.ts";
import { shadowStep } from "./gate/shadow_step.ts";
import { modelNotes } from "./model_notes.ts";

export interface PublisherParts {
  readonly models: ModelStore;
  /** A second place for every adopted version, that outlives this Redis; null for none. */
  readonly archive: ModelStore | null;
  readonly store: Store;
  readonly gate: Gate;
  readonly openModel: (blob: Uint8Array) => QNet;
  readonly schemaHash: string;
  /** What the hash covers: a model says by itself what it was made for. */
  readonly schema: string;
  readonly strategy: string;
  /** Name of the feed that is learned from. */
  readonly feed: string;
  readonly clock: Clock;
  readonly log: Log;
  /** Told of each verdict that is stored. */
  readonly onVerdict?: (event: ModelEvent) => void;
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
  /** What its decisions earned, by symbol. */
  readonly track: Evidence["rows"];
}

const NOTHING_JUDGED: GateState = { judgedThroughMs: 0, shadow: null };
const MOST_EVENTS = 10_000;

export class Publisher {
  readonly #parts: PublisherParts;
  /** Every adoption so far. */
  readonly timeline = new ChampionTimeline();
  /** The version that a person holds in place; candidates are judged and stored, and not adopted. */
  #held: string | null = null;
  /** Ends when the last change of the pointer does: each builds on the one before. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(parts: PublisherParts) {
    this.#parts = parts;
  }

  /** Reads what an earlier trainer has decided. */
  async resume(): Promise<void> {
    const events = await this.#parts.store.range(modelEventStream());
    for (const { value } of events) {
      if (value.outcome === "adopted") this.timeline.adopted(value.version, value.adoptAfterMs);
    }
  }

  /** Offers what the learner holds now, having learned up to a bar. While another candidate is in the shadow nothing is offered.
   * Does nothing if that bar was judged before. @returns The version that serves; null for none yet. */
  publish(learner: Learner, barMs: number, provenance: Provenance): Promise<CurrentModel | null> {
    return this.#inTurn(() => this.#publish(learner, barMs, provenance));
  }

  /** Judges the candidate in the shadow once it has decided its bars; before that does nothing.
   * @returns The version that serves; null for none yet. */
  judgeShadow(symbols: readonly string[]): Promise<CurrentModel | null> {
    return this.#inTurn(() => this.#judgeShadow(symbols));
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

  async #publish(learner: Learner, barMs: number, provenance: Provenance): Promise<CurrentModel | null> {
    const { models, gate } = this.#parts;
    const state = await this.#state();
    if (state.judgedThroughMs >= barMs) return await models.current();
    if (state.shadow !== null) return await this.#judged({ ...state, judgedThroughMs: barMs });
    const champion = this.timeline.at(barMs);
    const rolledBack = await this.#rollBack(champion, barMs, provenance.track);
    if (rolledBack !== null) return rolledBack;
    const blob = learner.exportModel(modelNotes(this.#parts.schema, provenance.passport));
    const steps = await gate.judge({
      load: () => this.#parts.openModel(blob),
      learner,
      golden: provenance.golden,
      evidence: { rows: provenance.track, hasChampion: champion !== null },
    });
    const metadata = await this.#describe(blob, champion, provenance, steps);
    const { version, updates } = metadata;
    if (passed(steps)) await models.put({ metadata, blob });
    const bars = gate.shadowBars;
    const outcome = !passed(steps) ? "refused" : this.#isHeld ? "held" : bars > 0 ? "shadow" : "adopted";
    const event = await this.#announce({ version, outcome, adoptAfterMs: barMs, updates, gate: steps });
    if (event.outcome === "shadow") {
      return await this.#judged({ judgedThroughMs: barMs, shadow: { version, afterMs: barMs, bars } });
    }
    return await this.#conclude(event, { metadata, blob });
  }

  /** Serves the version before the champion again, where that has broken a bound and nobody holds it. Null if nothing is to be done. */
  async #rollBack(
    champion: string | null,
    barMs: number,
    rows: Evidence["rows"],
  ): Promise<CurrentModel | null> {
    const { models, gate } = this.#parts;
    if (champion === null || this.#isHeld) return null;
    const step = gate.rollback({ rows, hasChampion: true });
    const before = this.timeline.before(champion);
    if (step === null || before === null || !await models.has(before)) return null;
    const { updates } = (await models.get(before)).metadata;
    const verdict = {
      version: before,
      outcome: "adopted" as const,
      adoptAfterMs: barMs,
      updates,
      gate: [step],
    };
    return await this.#adopt(await this.#announce(verdict), { judgedThroughMs: barMs, shadow: null });
  }

  async #judgeShadow(symbols: readonly string[]): Promise<CurrentModel | null> {
    const { models } = this.#parts;
    const { shadow } = await this.#state();
    if (shadow === null) return await models.current();
    const decisions = await this.#shadowDecisions(symbols, shadow);
    const times = [...new Set(decisions.map(({ barMs }) => barMs))].sort((a, b) => a - b);
    if (times.length < shadow.bars) return await models.current();
    const barMs = times[shadow.bars - 1]!;
    const { metadata, blob } = await models.get(shadow.version);
    const net = this.#parts.openModel(blob);
    const step = shadowStep(net, decisions.filter((decision) => decision.barMs <= barMs));
    net.close();
    const gate = [...metadata.gate, step];
    const { version, updates } = metadata;
    const outcome = !step.passed ? "refused" : this.#isHeld ? "held" : "adopted";
    const event = await this.#announce({ version, outcome, adoptAfterMs: barMs, updates, gate });
    return await this.#conclude(event, { metadata: { ...metadata, gate }, blob });
  }

  async #adoptStored(version: string): Promise<CurrentModel> {
    const { models, archive } = this.#parts;
    if (!(await models.has(version)) && archive !== null) await models.put(await archive.get(version));
    const stored = await models.get(version);
    this.#parts.openModel(stored.blob).close();
    const [champion, state] = [await models.current(), await this.#state()];
    if (champion?.version === version) {
      await this.#judged(state); // a kill may have come before it
      return champion;
    }
    const { updates, gate } = stored.metadata;
    const adoptAfterMs = Math.max(state.judgedThroughMs, champion?.adoptAfterMs ?? 0);
    const verdict = { version, outcome: "adopted" as const, adoptAfterMs, updates, gate };
    const event = await this.#announced(verdict) ??
      await this.#announce(verdict, await this.#nextId(adoptAfterMs));
    return await this.#adopt(event, state);
  }

  /** The newest verdict, if it is this one and a kill came before what follows from it. */
  async #announced({ version, adoptAfterMs }: Omit<ModelEvent, "atMs">): Promise<ModelEvent | null> {
    const [newest] = await this.#parts.store.newest(modelEventStream(), 1);
    const { value } = newest ?? {};
    const isSame = value?.outcome === "adopted" && value.version === version &&
      value.adoptAfterMs === adoptAfterMs;
    return isSame ? value : null;
  }

  /** Held by a person, while something serves. */
  get #isHeld(): boolean {
    return this.#held !== null;
  }

  async #state(): Promise<GateState> {
    return await this.#parts.store.get(gateState()) ?? NOTHING_JUDGED;
  }

  /** Candidates' decisions come in the order of their bars, one for each bar and symbol. */
  async #shadowDecisions(
    symbols: readonly string[],
    { version, afterMs }: NonNullable<GateState["shadow"]>,
  ): Promise<ShadowDecision[]> {
    const read = symbols.map((symbol) =>
      this.#parts.store.range(shadowStream(symbol), { from: `${afterMs + 1}-0` })
    );
    return (await Promise.all(read)).flat().map(({ value }) => value).filter((each) =>
      each.version === version
    );
  }

  /** Stores a verdict. One that is there already stands. */
  async #announce(
    verdict: Omit<ModelEvent, "atMs">,
    id = `${verdict.adoptAfterMs}-0`,
  ): Promise<ModelEvent> {
    const { store, clock, log } = this.#parts;
    const event = { ...verdict, atMs: clock.nowMs() };
    const done = await store.append(modelEventStream(), id, event, { maxLength: MOST_EVENTS });
    const refusing = event.gate.find(({ passed }) => !passed);
    log.info({ version: event.version, outcome: event.outcome, reason: refusing?.reason }, "gate");
    if (done === "appended") {
      this.#parts.onVerdict?.(event);
      return event;
    }
    const [before] = await store.range(modelEventStream(), { from: id, to: id });
    return before?.value ?? event;
  }

  /** Of what a person asks for, behind the verdict on the same bar. */
  async #nextId(barMs: number): Promise<string> {
    const [newest] = await this.#parts.store.newest(modelEventStream(), 1);
    const [ms, sequence] = (newest?.id ?? "0-0").split("-").map(Number) as [number, number];
    return ms >= barMs ? `${ms}-${sequence + 1}` : `${barMs}-1`;
  }

  /** What follows from a verdict that leaves nobody in the shadow. */
  async #conclude(event: ModelEvent, model: StoredModel): Promise<CurrentModel | null> {
    const state = { judgedThroughMs: event.adoptAfterMs, shadow: null };
    const isSame = event.version === model.metadata.version;
    if (isSame && event.outcome !== "refused") await this.#parts.archive?.put(model);
    return event.outcome === "adopted" ? await this.#adopt(event, state) : await this.#judged(state);
  }

  async #adopt({ version, adoptAfterMs }: ModelEvent, state: GateState): Promise<CurrentModel> {
    const { models, log } = this.#parts;
    const champion = await models.current();
    const isDone = champion?.version === version && champion.adoptAfterMs === adoptAfterMs;
    const current = isDone
      ? champion // a kill came after it: one move counts once
      : { version, adoptAfterMs, sequence: (champion?.sequence ?? 0) + 1 };
    if (!isDone) await models.setCurrent(current);
    if (this.timeline.at(adoptAfterMs + 1) !== version) this.timeline.adopted(version, adoptAfterMs);
    await this.#judged(state);
    log.info(current, "model adopted");
    return current;
  }

  async #judged(state: GateState): Promise<CurrentModel | null> {
    await this.#parts.store.set(gateState(), state);
    return await this.#parts.models.current();
  }

  async #describe(
    blob: Uint8Array,
    parent: string | null,
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
      feed: this.#parts.feed,
      parent,
      createdMs: this.#parts.clock.nowMs(),
      updates,
      experiences,
      liveExperiences,
      learnedThroughMs,
      metrics,
      gate,
      provisional: parent === null && this.#parts.gate.asksForEvidence,
    };
  }
}

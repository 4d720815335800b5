/** Core's work: publish history, then live bars; pair consecutive decisions into experience; in lockstep wait for the
 * trainer at every barrier. Started again after a kill, it takes up what is published and goes on after the last bar and
 * the last experience. */
import type { Archivist } from "../archive/archivist.ts";
import { type BarPhase, barStream } from "../contracts/bar.ts";
import { type Experience, experienceStream } from "../contracts/experience.ts";
import { type FeedStatus, feedStatus } from "../contracts/feed_status.ts";
import { decisionId, decisionStream } from "../contracts/lane.ts";
import { type Ticket, ticketStream } from "../contracts/learning.ts";
import { missingBarsStream } from "../contracts/missing_bars.ts";
import type { Quarantined } from "../contracts/system.ts";
import { currentModel, type GateState, gateState, shadowStream } from "../contracts/model.ts";
import { SnapshotKeeper } from "../features/snapshot_keeper.ts";
import type { MakeStateBuilder } from "../features/state_builders.ts";
import type { Store } from "../redis/store.ts";
import { type Clock, until } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { BarPublisher } from "./bar_publisher.ts";
import { BootstrapProgress } from "./bootstrap_progress.ts";
import { dirtLines } from "./dirt_tally.ts";
import type { Batch, LiveBatch, Market, Reached, Room } from "./market.ts";
import { MarketLane } from "./market_lane.ts";
import { quarantineDirt } from "./quarantine_dirt.ts";
import { checkSameRun } from "./same_run.ts";

export interface MarketParts {
  readonly market: Market;
  readonly lockstep: boolean;
  /** Learning is off: no barrier waits for a verdict. */
  readonly frozen: boolean;
  /** Lanes go by each other's figures: in lockstep all of them decide a bar before the next one comes. */
  readonly sharesLimits: boolean;
  readonly account: string;
  /** Days that the features are made on, of each symbol whose days are not those of UTC. */
  readonly days: Readonly<Record<string, string>>;
  /** How many bars the slowest lane may be behind before core stops reading the feed. */
  readonly maxLeadBars: number;
  /** Told of every bar, it waits while the store is full; null where nothing is moved out of it. */
  readonly archivist: Pick<Archivist, "added"> | null;
  readonly makeStateBuilder: MakeStateBuilder;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly onProgress: (activity: string, figures: Record<string, number>) => void;
  /** Told of every bar that is put into its stream, of those that are given up, and of what goes into the quarantine. */
  readonly onPublished?: (phase: BarPhase, bars: number) => void;
  readonly onMissing?: (bars: number) => void;
  readonly onQuarantined?: (entry: Quarantined) => void;
}

/** In lockstep, core waits for the gate's verdict on a new version after so many live bars. */
export const BARRIER_EVERY_BARS = 100;

/** How often the log hears how far the history is published. */
const TELL_EVERY_MS = 10_000;
/** Published bars that are taken up at once after a restart. */
const PAGE = 5_000;
/** So many lanes make a pause of a millisecond between two reads of their decisions. */
const LANES_A_MS = 25;
const LONGEST_PAUSE_MS = 20;

export class MarketProcess {
  readonly #parts: MarketParts;
  readonly #lanes = new Map<string, MarketLane>();
  readonly #publisher: BarPublisher;
  #experiences = 0;
  #keeping: Promise<void> = Promise.resolve();
  #status: FeedStatus;
  #isKnown = false;
  /** The candidate that decides without orders; undefined where nobody has asked yet. */
  #shadow: GateState["shadow"] | undefined;

  constructor(parts: MarketParts) {
    this.#parts = parts;
    const { market, lockstep } = parts;
    this.#publisher = new BarPublisher({ ...parts, timeframe: market.timeframe });
    this.#status = {
      runId: crypto.randomUUID(),
      feed: market.name,
      note: market.note,
      state: "bootstrapping",
      symbols: [...market.symbols],
      timeframe: market.timeframe,
      bootstrapBars: market.historyBars,
      liveBars: 0,
      plannedLiveBars: market.liveBars,
      firstLiveMs: market.firstLiveMs,
      speed: market.speed,
      lockstep,
      ...(Object.keys(parts.days).length > 0 && { days: { ...parts.days } }),
    };
  }

  /** Which run this is; null until it is known whether an earlier core began it. */
  get runId(): string | null {
    return this.#isKnown ? this.#status.runId : null;
  }

  /** Why it does not publish what it should; null where it does. */
  get unreadiness(): string | null {
    return this.#status.state === "bootstrapping" ? "history is not published yet" : null;
  }

  /** Publishes the whole market; returns when every live bar is decided and paired, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, onProgress } = this.#parts;
    const before = await store.get(feedStatus());
    if (before !== null) checkSameRun(before, this.#status);
    await this.#tellDirt();
    const isBootstrapped = before !== null && (await store.newest(ticketStream(), 1)).length > 0;
    await this.#say({
      liveBars: before?.liveBars ?? 0,
      runId: before?.runId ?? this.#status.runId,
      state: isBootstrapped ? "waiting" : "bootstrapping",
    });
    this.#isKnown = true;
    await this.#takeUp(signal);
    await this.#bootstrap(signal);
    await this.#say({ state: "waiting" });
    onProgress("waiting for the gate's first verdict", {});
    const isJudged = async () => await store.get(gateState()) ?? await store.get(currentModel());
    await until(clock, "the gate's first verdict", isJudged, { signal });
    await this.#live(signal);
    if (signal.aborted) return;
    await this.#say({ state: "ended" });
    onProgress("the feed has ended", this.#figures());
  }

  /** Lists what was wrong with the market's past, and keeps what was set aside. */
  async #tellDirt(): Promise<void> {
    const { market: { dirt }, log } = this.#parts;
    for (const line of dirtLines(dirt)) log.warn({}, line);
    for (const entry of await quarantineDirt(dirt.records, this.#parts)) this.#parts.onQuarantined?.(entry);
  }

  async #say(change: Partial<FeedStatus>): Promise<void> {
    this.#status = { ...this.#status, ...change };
    await this.#parts.store.set(feedStatus(), this.#status);
  }

  #figures(): Record<string, number> {
    const { liveBars } = this.#status;
    const undecided = Math.max(0, ...[...this.#lanes.values()].map((lane) => lane.undecided));
    return { liveBars, experiences: this.#experiences, undecided, ...this.#parts.market.figures() };
  }

  #reached(): ReadonlyMap<string, Reached> {
    return new Map([...this.#lanes].map(([symbol, lane]) => [symbol, lane.reached]));
  }

  #lane(symbol: string): MarketLane {
    return this.#lanes.get(symbol)!;
  }

  /** Brings every lane to where an earlier run of core left it. */
  async #takeUp(signal: AbortSignal): Promise<void> {
    const { market, account, maxLeadBars, makeStateBuilder, store, onProgress } = this.#parts;
    const { timeframe } = market;
    for (const symbol of market.symbols) {
      const [kept] = await store.newest(experienceStream(account, symbol), 1);
      const [hole] = await store.newest(missingBarsStream(symbol, timeframe), 1);
      const [keptMs, holesUntilMs] = [kept?.value.barMs ?? -1, hole?.value.untilMs ?? -1];
      const builder = makeStateBuilder(symbol);
      const seenMs = await new SnapshotKeeper({ store, symbol, timeframe }).restore(builder, keptMs);
      const lane = new MarketLane({
        ...{ account, symbol, timeframe, builder, maxLeadBars, keptMs, holesUntilMs, seenMs },
      });
      this.#experiences += await store.length(experienceStream(account, symbol));
      this.#lanes.set(symbol, lane);
      const bars = barStream(symbol, timeframe);
      for (let after = "0-0";;) {
        const page = await store.range(bars, { after, count: PAGE });
        signal.throwIfAborted();
        await this.#keep([[symbol, page.flatMap(({ value: { phase, bar } }) => lane.add(phase, bar))]]);
        if (page.length > 0) onProgress(`taking up ${symbol}`, { bars: lane.reached.bars });
        if (page.length < PAGE) break;
        after = page.at(-1)!.id;
      }
    }
  }

  /** The first ticket says that history is complete. */
  async #bootstrap(signal: AbortSignal): Promise<void> {
    const { market, store, clock, onProgress, log } = this.#parts;
    if ((await store.newest(ticketStream(), 1)).length > 0) return;
    const published = () => [...this.#lanes.values()].reduce((sum, { reached }) => sum + reached.bars, 0);
    const of = market.historyBars * this.#lanes.size;
    const progress = new BootstrapProgress({ before: published(), of, clock });
    let toldMs = clock.monotonicMs();
    for await (const batch of market.history(this.#reached(), signal)) {
      await this.#publish("bootstrap", batch);
      const [symbol] = batch.bars.keys();
      const figures = { ...progress.figures(published()) };
      onProgress(`bootstrapping ${symbol ?? ""}`, { ...figures, ...market.figures() });
      if (clock.monotonicMs() - toldMs >= TELL_EVERY_MS) {
        log.info({ symbol, ...figures }, "bootstrapping");
        toldMs = clock.monotonicMs();
      }
      await this.#untilStored(batch, signal);
      signal.throwIfAborted();
    }
    for (const [symbol, lane] of this.#lanes) {
      await lane.keepFeatures(new SnapshotKeeper({ store, symbol, timeframe: market.timeframe }));
    }
    const lastMs = Math.max(
      ...[...this.#reached().values()].map(({ recent }) => recent.at(-1)?.openTimeMs ?? -1),
    );
    await this.#askTrainer("bootstrap", lastMs);
    log.info({ bars: market.historyBars, symbols: this.#lanes.size }, "bootstrapped");
  }

  /** Asks for a version that has learned from all that is there now; an earlier run of core may have asked already. */
  async #askTrainer(kind: Ticket["kind"], barMs: number): Promise<void> {
    const { store, account } = this.#parts;
    const steps: Record<string, number> = {};
    for (const symbol of this.#lanes.keys()) {
      const [last] = await store.newest(experienceStream(account, symbol), 1);
      if (last !== undefined) steps[symbol] = last.value.barMs;
    }
    await store.append(ticketStream(), `${barMs}-${kind === "shadow" ? 1 : 0}`, { kind, barMs, steps });
  }

  /** Puts bars in their streams, and only then through features and pairing, which take longer. */
  async #publish(phase: BarPhase, batch: Batch): Promise<void> {
    await this.#publisher.publish(phase, batch);
    if (phase === "live") {
      this.#trace(
        "bar published",
        [...batch.bars].flatMap(([symbol, bars]) => bars.map(({ openTimeMs }) => [symbol, openTimeMs])),
      );
    }
    await this.#keep(
      [...batch.bars].map(([symbol, bars]) => [
        symbol,
        bars.flatMap((bar) => this.#lane(symbol).add(phase, bar)),
      ]),
    );
  }

  /** Keeping is in order: what is kept out of order would be refused as a duplicate. */
  async #keep(
    completed: readonly (readonly [symbol: string, experiences: readonly Experience[]])[],
  ): Promise<void> {
    const { store, account } = this.#parts;
    this.#keeping = this.#keeping.then(async () => {
      const single = completed.flatMap(([symbol, [first, ...others]]) =>
        first !== undefined && others.length === 0
          ? [[experienceStream(account, symbol), `${first.barMs}-0`, first] as const]
          : []
      );
      if (single.length > 0) this.#experiences += await store.appendToEach(single);
      for (const [symbol, experiences] of completed) {
        if (experiences.length < 2) continue;
        this.#experiences += await store.appendAll(
          experienceStream(account, symbol),
          experiences.map((experience) => [`${experience.barMs}-0`, experience] as const),
        );
      }
    });
    await this.#keeping;
    this.#trace(
      "step kept",
      completed.flatMap(([symbol, experiences]) =>
        experiences.filter(({ phase }) => phase === "live").map(({ barMs }) => [symbol, barMs])
      ),
    );
  }

  #trace(message: string, bars: readonly (readonly [symbol: string, barMs: number])[]): void {
    const { account, log } = this.#parts;
    for (const [symbol, barMs] of bars) log.debug({ decision: decisionId(account, symbol, barMs) }, message);
  }

  async #live(signal: AbortSignal): Promise<void> {
    await this.#say({ state: "live" });
    const stop = new AbortController();
    const ended = AbortSignal.any([signal, stop.signal]);
    const work = [this.#publishLive(ended), this.#followDecisions(ended)];
    try {
      await Promise.race(work);
    } finally {
      stop.abort();
      await Promise.allSettled(work);
    }
  }

  async #publishLive(signal: AbortSignal): Promise<void> {
    const { market, onProgress } = this.#parts;
    const room = (symbol: string) => this.#lane(symbol).room;
    for await (const batch of market.live(this.#reached(), room, signal)) {
      await this.#untilRoom(batch, room, signal);
      await this.#publish("live", batch);
      await this.#untilStored(batch, signal);
      if (batch.liveBars !== this.#status.liveBars) await this.#say({ liveBars: batch.liveBars });
      onProgress("live", this.#figures());
      await this.#ticketsAfter(batch, signal);
    }
    await this.#untilDecided(signal);
  }

  async #untilRoom(batch: Batch, room: Room, signal: AbortSignal): Promise<void> {
    const hasRoom = () => [...batch.bars].every(([symbol, bars]) => room(symbol) >= bars.length);
    await until(this.#parts.clock, "decisions", hasRoom, { everyMs: 2, signal });
  }

  /** What is not read yet may not leave the store: where it is too much, no more is added. */
  async #untilStored({ bars }: Batch, signal: AbortSignal): Promise<void> {
    const { archivist, onProgress } = this.#parts;
    const count = [...bars.values()].reduce((sum, series) => sum + series.length, 0);
    const onFull = (keys: readonly string[]) =>
      onProgress(
        `waiting until ${keys.length === 1 ? keys[0] : `${keys.length} streams`} is read`,
        this.#figures(),
      );
    await archivist?.added(count, onFull, signal);
  }

  /** Waits until every lane has decided all its bars, and what that completes is kept. */
  async #untilDecided(signal: AbortSignal): Promise<void> {
    const isDecided = () => [...this.#lanes.values()].every((lane) => lane.isDecided);
    await until(this.#parts.clock, "decisions", isDecided, { everyMs: 2, signal });
  }

  /** In lockstep: after every so many live bars all are decided, then the gate judges the trainer's next version, then comes the next
   * bar. The same where a candidate has decided enough bars without orders. */
  async #ticketsAfter({ liveBars, openTimeMs }: LiveBatch, signal: AbortSignal): Promise<void> {
    const { market, lockstep, frozen, sharesLimits, store, clock, onProgress } = this.#parts;
    if (lockstep && sharesLimits) await this.#untilDecided(signal);
    if (!lockstep || frozen || liveBars === market.liveBars) return;
    const judged = async (isJudged: (state: GateState) => boolean) => {
      onProgress("waiting for the gate's verdict", this.#figures());
      const isThere = async () => {
        const state = await store.get(gateState());
        return state !== null && isJudged(state);
      };
      await until(clock, "the gate's verdict", isThere, { everyMs: 5, signal });
      this.#shadow = (await store.get(gateState()))?.shadow ?? null;
    };
    if (this.#shadow === undefined) this.#shadow = (await store.get(gateState()))?.shadow ?? null;
    if (liveBars % BARRIER_EVERY_BARS === 0) {
      await this.#untilDecided(signal);
      await this.#askTrainer("barrier", openTimeMs);
      await judged((state) => state.judgedThroughMs >= openTimeMs);
    }
    if (!this.#shadow || !await this.#isShadowOver(this.#shadow, signal)) return;
    await this.#askTrainer("shadow", openTimeMs);
    await judged((state) => state.shadow === null);
  }

  /** Whether the candidate has decided its bars. */
  async #isShadowOver(
    { afterMs, bars }: NonNullable<GateState["shadow"]>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, market } = this.#parts;
    await this.#untilDecided(signal);
    const decided = await Promise.all(
      market.symbols.map((symbol) => store.range(shadowStream(symbol), { from: `${afterMs + 1}-0` })),
    );
    return new Set(decided.flat().map(({ value }) => value.barMs)).size >= bars;
  }

  /** Follows the lanes' decisions and pairs them, until the signal aborts. */
  async #followDecisions(signal: AbortSignal): Promise<void> {
    const { store, account, clock } = this.#parts;
    await using reader = store.openReader();
    const lanes = new Map<string, MarketLane>();
    let positions = new Map([...this.#lanes.values()].map((lane) => {
      const stream = decisionStream(account, lane.symbol);
      lanes.set(stream.key, lane);
      return [stream, `${Math.max(0, lane.keptBeforeMs)}-0`];
    }));
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: 500, blockMs: 500, signal });
      positions = page.positions;
      const byLane = Map.groupBy(page.entries, ({ stream }) => lanes.get(stream.key)!);
      await this.#keep(
        [...byLane].map(([lane, entries]) => [lane.symbol, entries.flatMap(({ value }) => lane.pair(value))]),
      );
      for (const [lane, entries] of byLane) lane.settle(entries.at(-1)!.value.barMs);
      // A read names every stream: of many, some decisions at a time are read, not each by itself.
      const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.floor(lanes.size / LANES_A_MS));
      if (pauseMs > 0) await clock.wait(pauseMs, signal);
    }
  }
}

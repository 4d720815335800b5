/** Core's work: publish history, then live bars; pair consecutive decisions into experience; wait for the trainer where it must.
 * Started again after a kill, it takes up what is published and goes on after the last bar and the last experience. */
import type { Archivist } from "../archive/archivist.ts";
import { type BarPhase, barStream } from "../contracts/bar.ts";
import { experienceStream } from "../contracts/experience.ts";
import { type FeedStatus, feedStatus } from "../contracts/feed_status.ts";
import { decisionId, decisionStream } from "../contracts/lane.ts";
import { missingBarsStream } from "../contracts/missing_bars.ts";
import type { Quarantined } from "../contracts/system.ts";
import { SnapshotKeeper } from "../features/snapshot_keeper.ts";
import type { MakeStateBuilder } from "../features/state_builders.ts";
import type { Store } from "../redis/store.ts";
import { type Clock, until } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { BarPublisher } from "./bar_publisher.ts";
import { BootstrapProgress } from "./bootstrap_progress.ts";
import { dirtLines } from "./dirt_tally.ts";
import { ExperienceKeeper } from "./experience_keeper.ts";
import type { Batch, Market, Reached, Room } from "./market.ts";
import { MarketLane } from "./market_lane.ts";
import { quarantineDirt } from "./quarantine_dirt.ts";
import { checkSameRun } from "./same_run.ts";
import { Tickets } from "./tickets.ts";

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
  readonly #keeper: ExperienceKeeper;
  readonly #tickets: Tickets;
  #status: FeedStatus;
  #isKnown = false;

  constructor(parts: MarketParts) {
    this.#parts = parts;
    const { market, lockstep } = parts;
    this.#publisher = new BarPublisher({ ...parts, timeframe: market.timeframe });
    this.#keeper = new ExperienceKeeper(parts);
    this.#tickets = new Tickets({
      ...parts,
      untilDecided: (signal) => this.#untilDecided(signal),
      onWaiting: () => parts.onProgress("waiting for the gate's verdict", this.#figures()),
    });
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
    const { store, onProgress } = this.#parts;
    const before = await store.get(feedStatus());
    if (before !== null) checkSameRun(before, this.#status);
    await this.#tellDirt();
    const isBootstrapped = before !== null && await this.#tickets.hasFirst();
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
    await this.#tickets.untilFirstVerdict(signal);
    await this.#live(signal);
    if (signal.aborted) return;
    await this.#say({ state: "ended" });
    onProgress("the feed has ended", this.#figures());
  }

  /** Lists what was wrong with the market's past, and keeps what was set aside. */
  async #tellDirt(): Promise<void> {
    const { market: { dirt }, log } = this.#parts;
    for (const line of dirtLines(dirt)) log.warn({}, line);
    for (const { source, reason, content } of dirt.repairs) {
      log.info({ source, content }, `repaired: ${reason}`);
    }
    for (const entry of await quarantineDirt(dirt.records, this.#parts)) this.#parts.onQuarantined?.(entry);
  }

  async #say(change: Partial<FeedStatus>): Promise<void> {
    this.#status = { ...this.#status, ...change };
    await this.#parts.store.set(feedStatus(), this.#status);
  }

  #figures(): Record<string, number> {
    const { liveBars } = this.#status;
    const undecided = Math.max(0, ...[...this.#lanes.values()].map((lane) => lane.undecided));
    return { liveBars, experiences: this.#keeper.kept, undecided, ...this.#parts.market.figures() };
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
      await this.#keeper.takeUp(symbol);
      this.#lanes.set(symbol, lane);
      const bars = barStream(symbol, timeframe);
      for (let after = "0-0";;) {
        const page = await store.range(bars, { after, count: PAGE });
        signal.throwIfAborted();
        await this.#keeper.keep([[
          symbol,
          page.flatMap(({ value: { phase, bar } }) => lane.add(phase, bar)),
        ]]);
        if (page.length > 0) onProgress(`taking up ${symbol}`, { bars: lane.reached.bars });
        if (page.length < PAGE) break;
        after = page.at(-1)!.id;
      }
    }
  }

  /** The first ticket says that history is complete. */
  async #bootstrap(signal: AbortSignal): Promise<void> {
    const { market, store, clock, onProgress, log } = this.#parts;
    if (await this.#tickets.hasFirst()) return;
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
    await this.#tickets.ask("bootstrap", lastMs);
    log.info({ bars: market.historyBars, symbols: this.#lanes.size }, "bootstrapped");
  }

  /** Puts bars in their streams, and only then through features and pairing, which take longer. */
  async #publish(phase: BarPhase, batch: Batch): Promise<void> {
    await this.#publisher.publish(phase, batch);
    if (phase === "live") this.#trace(batch);
    await this.#keeper.keep(
      [...batch.bars].map(([symbol, bars]) => [
        symbol,
        bars.flatMap((bar) => this.#lane(symbol).add(phase, bar)),
      ]),
    );
  }

  #trace({ bars }: Batch): void {
    const { account, log } = this.#parts;
    for (const [symbol, series] of bars) {
      for (const { openTimeMs } of series) {
        log.debug({ decision: decisionId(account, symbol, openTimeMs) }, "bar published");
      }
    }
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
      await this.#tickets.after(batch, signal);
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
      await this.#keeper.keep(
        [...byLane].map(([lane, entries]) => [lane.symbol, entries.flatMap(({ value }) => lane.pair(value))]),
      );
      for (const [lane, entries] of byLane) lane.settle(entries.at(-1)!.value.barMs);
      // A read names every stream: of many, some decisions at a time are read, not each by itself.
      const pauseMs = Math.min(LONGEST_PAUSE_MS, Math.floor(lanes.size / LANES_A_MS));
      if (pauseMs > 0) await clock.wait(pauseMs, signal);
    }
  }
}

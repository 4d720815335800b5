/** Core's work: publish history, then live bars; pair consecutive decisions into experience; in lockstep wait for the
 * trainer at every barrier. Started again after a kill, it goes on after the last bar and the last experience. */
import { type Bar, type BarPhase, barStream } from "../contracts/bar.ts";
import { type Experience, experienceStream } from "../contracts/experience.ts";
import { type FeedStatus, feedStatus } from "../contracts/feed_status.ts";
import { decisionStream } from "../contracts/lane.ts";
import { type Ticket, ticketStream } from "../contracts/learning.ts";
import { currentModel } from "../contracts/model.ts";
import type { StateBuilder } from "../features/state_builder.ts";
import { isEntryOf, type Store } from "../redis/store.ts";
import { type Clock, until } from "../runtime/clock.ts";
import type { Log } from "../runtime/log.ts";
import { dirtFigures, dirtLines } from "./dirt_tally.ts";
import { ExperiencePairing } from "./experience_pairing.ts";
import type { Feed } from "./feed.ts";
import { paced } from "./pace.ts";
import { quarantineDirt } from "./quarantine_dirt.ts";
import type { Round, Schedule } from "./schedule.ts";

export interface MarketParts {
  readonly feed: Feed;
  readonly schedule: Schedule;
  readonly speed: number | "max";
  readonly lockstep: boolean;
  /** Learning is off: no barrier waits for a new version. */
  readonly frozen: boolean;
  readonly account: string;
  /** How many bars the slowest lane may be behind before core stops reading the feed. */
  readonly maxLeadBars: number;
  readonly makeStateBuilder: () => StateBuilder;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
  readonly onProgress: (activity: string, figures: Record<string, number>) => void;
}

/** In lockstep, core waits for a new version after so many live bars. */
export const BARRIER_EVERY_BARS = 100;

/** Steps that wait for a decision reach one bar back and two bars on; the bar that is being published comes on top. */
const BARS_BESIDE_LEAD = 8;

/** What core holds of one symbol. */
interface Lane {
  readonly symbol: string;
  readonly pairing: ExperiencePairing;
  readonly builder: StateBuilder;
  /** The last step that an earlier run of core had kept, or -1. */
  readonly keptBeforeMs: number;
  /** Open time of the last bar that is decided and whose experience is kept, or -1. */
  decidedMs: number;
  experiences: number;
  /** Keeping is in order: what is kept out of order would be refused as a duplicate. */
  keeping: Promise<void>;
}

export class MarketProcess {
  readonly #parts: MarketParts;
  readonly #lanes: Lane[] = [];
  #status: FeedStatus;
  #isKnown = false;

  constructor(parts: MarketParts) {
    this.#parts = parts;
    const { feed, schedule, speed, lockstep } = parts;
    this.#status = {
      runId: crypto.randomUUID(),
      feed: feed.name,
      note: feed.note,
      state: "bootstrapping",
      symbols: [...feed.symbols],
      timeframe: feed.timeframe,
      bootstrapBars: schedule.bootstrapRounds,
      liveBars: 0,
      plannedLiveBars: schedule.liveRounds,
      firstLiveMs: schedule.firstLiveMs,
      speed,
      lockstep,
    };
  }

  /** Which run this is; null until it is known whether an earlier core began it. */
  get runId(): string | null {
    return this.#isKnown ? this.#status.runId : null;
  }

  /** Publishes the whole feed; returns when every live bar is decided and paired, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, clock, onProgress } = this.#parts;
    const before = await store.get(feedStatus());
    if (before !== null) checkSameRun(before, this.#status);
    await this.#tellDirt();
    const publishedBefore = before?.liveBars ?? 0;
    await this.#say({ liveBars: publishedBefore, runId: before?.runId ?? this.#status.runId });
    this.#isKnown = true;
    await this.#prepareLanes();
    const lastBootstrapMs = await this.#bootstrap(signal);
    await this.#say({ state: "waiting" });
    onProgress("waiting for the first model", {});
    await until(clock, "the first model", () => store.get(currentModel()), { signal });
    await this.#live([...this.#parts.schedule.rounds(lastBootstrapMs)], publishedBefore, signal);
    if (signal.aborted) return;
    await this.#say({ state: "ended" });
    onProgress("the feed has ended", this.#figures());
  }

  /** Lists what was wrong with the feed, and keeps what was set aside. */
  async #tellDirt(): Promise<void> {
    const { feed: { dirt }, log } = this.#parts;
    for (const line of dirtLines(dirt)) log.warn({}, line);
    await quarantineDirt(dirt.records, this.#parts);
  }

  async #say(change: Partial<FeedStatus>): Promise<void> {
    this.#status = { ...this.#status, ...change };
    await this.#parts.store.set(feedStatus(), this.#status);
  }

  #figures(): Record<string, number> {
    return {
      liveBars: this.#status.liveBars,
      experiences: this.#lanes.reduce((sum, lane) => sum + lane.experiences, 0),
      ...dirtFigures(this.#parts.feed.dirt),
    };
  }

  async #prepareLanes(): Promise<void> {
    const { feed, account, store, maxLeadBars, makeStateBuilder } = this.#parts;
    for (const symbol of feed.symbols) {
      const stream = experienceStream(account, symbol);
      const [last] = await store.newest(stream, 1);
      this.#lanes.push({
        symbol,
        pairing: new ExperiencePairing({
          account,
          symbol,
          lastEmittedMs: last?.value.barMs ?? null,
          maxWaiting: maxLeadBars + BARS_BESIDE_LEAD,
        }),
        builder: makeStateBuilder(),
        keptBeforeMs: last?.value.barMs ?? -1,
        decidedMs: -1,
        experiences: await store.length(stream),
        keeping: Promise.resolve(),
      });
    }
  }

  /** Returns the open time of the last bar of history. */
  async #bootstrap(signal: AbortSignal): Promise<number> {
    const { feed, schedule, onProgress, log } = this.#parts;
    const lastMs = lastBefore(schedule);
    for (const lane of this.#lanes) {
      const series = feed.bars(lane.symbol);
      const bars = Array.from(
        { length: schedule.bootstrapBars(lane.symbol) },
        (_, index) => series.at(index),
      );
      onProgress(`bootstrapping ${lane.symbol}`, { bars: bars.length });
      await this.#publish(lane, "bootstrap", bars);
      signal.throwIfAborted();
    }
    await this.#askTrainer("bootstrap", lastMs);
    log.info({ rounds: schedule.bootstrapRounds, symbols: this.#lanes.length }, "bootstrapped");
    return lastMs;
  }

  /** Asks for a version that has learned from all that is there now; an earlier run of core may have asked already. */
  async #askTrainer(kind: Ticket["kind"], barMs: number): Promise<void> {
    const { store, account } = this.#parts;
    const steps: Record<string, number> = {};
    for (const { symbol } of this.#lanes) {
      const [last] = await store.newest(experienceStream(account, symbol), 1);
      if (last !== undefined) steps[symbol] = last.value.barMs;
    }
    await store.append(ticketStream(), `${barMs}-0`, { kind, barMs, steps });
  }

  /** Puts bars in the stream and through the lane's features and pairing; what is there already is left as it is. */
  async #publish(lane: Lane, phase: BarPhase, bars: readonly Bar[]): Promise<void> {
    const { store, feed } = this.#parts;
    await store.appendAll(
      barStream(lane.symbol, feed.timeframe),
      bars.map((bar) => [`${bar.openTimeMs}-0`, { phase, bar }] as const),
    );
    const experiences = bars.flatMap((bar) => {
      const features = lane.builder.push(bar);
      return bar.openTimeMs <= lane.keptBeforeMs
        ? []
        : lane.pairing.bar(phase, bar, features, lane.builder.atr);
    });
    await this.#keep(lane, experiences);
  }

  async #keep(lane: Lane, experiences: readonly Experience[]): Promise<void> {
    const { store, account } = this.#parts;
    lane.keeping = lane.keeping.then(async () => {
      if (experiences.length === 0) return;
      lane.experiences += await store.appendAll(
        experienceStream(account, lane.symbol),
        experiences.map((experience) => [`${experience.barMs}-0`, experience] as const),
      );
    });
    await lane.keeping;
  }

  /** @param publishedBefore So many rounds were published by an earlier run of core: they are not paced again. */
  async #live(rounds: readonly Round[], publishedBefore: number, signal: AbortSignal): Promise<void> {
    const { speed, maxLeadBars } = this.#parts;
    await this.#say({ state: "live" });
    for (const lane of this.#lanes) {
      const bars = rounds.slice(0, publishedBefore).flatMap((round) => round.bars.get(lane.symbol) ?? []);
      await this.#publish(lane, "live", bars);
    }
    const stop = new AbortController();
    const following = this.#followDecisions(AbortSignal.any([signal, stop.signal]));
    const publishing = async () => {
      let liveBars = publishedBefore;
      if (publishedBefore > 0) await this.#barrierAfter(rounds, publishedBefore, signal);
      for await (
        const round of paced(rounds.slice(publishedBefore), { speed, clock: this.#paceClock(), signal })
      ) {
        await this.#untilDecided(rounds[liveBars - maxLeadBars], signal);
        await this.#publishRound(round, ++liveBars);
        await this.#barrierAfter(rounds, liveBars, signal);
      }
      await this.#untilDecided(rounds.at(-1), signal);
    };
    try {
      await Promise.race([publishing(), following]);
    } finally {
      stop.abort();
      await following;
    }
  }

  #paceClock() {
    const { clock } = this.#parts;
    return {
      nowMs: () => clock.monotonicMs(),
      sleep: async (ms: number, signal?: AbortSignal) => {
        await clock.wait(ms, signal);
        signal?.throwIfAborted();
      },
    };
  }

  async #publishRound(round: Round, liveBars: number): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => {
      const bar = round.bars.get(lane.symbol);
      return bar === undefined ? null : this.#publish(lane, "live", [bar]);
    }));
    await this.#say({ liveBars });
    this.#parts.onProgress("live", this.#figures());
  }

  /** Waits until every lane has decided this round's bars, and what that completes is kept. */
  async #untilDecided(round: Round | undefined, signal: AbortSignal): Promise<void> {
    if (round === undefined) return;
    const decided = () =>
      this.#lanes.every((lane) => !round.bars.has(lane.symbol) || lane.decidedMs >= round.openTimeMs);
    await until(this.#parts.clock, "decisions", decided, { everyMs: 2, signal });
  }

  /** In lockstep, after every so many live bars: all are decided, then the trainer's next version, then the next bar. */
  async #barrierAfter(rounds: readonly Round[], liveBars: number, signal: AbortSignal): Promise<void> {
    const { lockstep, frozen, store, clock, onProgress } = this.#parts;
    if (!lockstep || frozen || liveBars % BARRIER_EVERY_BARS !== 0 || liveBars === rounds.length) return;
    const round = rounds[liveBars - 1];
    await this.#untilDecided(round, signal);
    onProgress("waiting for the next model", this.#figures());
    const barMs = round.openTimeMs;
    await this.#askTrainer("barrier", barMs);
    const adopted = async () => ((await store.get(currentModel()))?.adoptAfterMs ?? -1) >= barMs;
    await until(clock, "the next model", adopted, { everyMs: 5, signal });
  }

  /** Follows the lanes' decisions and pairs them, until the signal aborts. */
  async #followDecisions(signal: AbortSignal): Promise<void> {
    const { store, account } = this.#parts;
    await using reader = store.openReader();
    const lanes = new Map(this.#lanes.map((lane) => [decisionStream(account, lane.symbol), lane]));
    let positions = new Map([...lanes.keys()].map((stream) => [stream, "0-0"]));
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: 500, blockMs: 500, signal });
      positions = page.positions;
      for (const [stream, lane] of lanes) {
        const decisions = page.entries.filter((entry) => isEntryOf(entry, stream)).map((entry) =>
          entry.value
        );
        await this.#keep(lane, decisions.flatMap((decision) => lane.pairing.decision(decision)));
        lane.decidedMs = decisions.at(-1)?.barMs ?? lane.decidedMs;
      }
    }
  }
}

/** Bars of two feeds must never mix in one database. @throws {RangeError} If another run lies there. */
function checkSameRun(before: FeedStatus, now: FeedStatus): void {
  const identity = ({ feed, symbols, timeframe, bootstrapBars, lockstep }: FeedStatus) =>
    `${feed} (${symbols.join(", ")}; ${timeframe}; ${bootstrapBars} bars of history${
      lockstep ? "; lockstep" : ""
    })`;
  if (identity(before) === identity(now)) return;
  throw new RangeError(
    `Cannot publish ${identity(now)} as the database must be empty or hold the same run: it holds ${
      identity(before)
    }`,
  );
}

function lastBefore(schedule: Schedule): number {
  let lastMs = -1;
  for (const round of schedule.rounds()) {
    if (round.phase === "live") break;
    lastMs = round.openTimeMs;
  }
  return lastMs;
}

/** The learning side of the trainer: takes up experience, trains off the event loop, offers versions to the gate.
 *
 * In lockstep everything follows core's tickets and nothing else, so a run is reproducible, and a trainer that is
 * killed makes the same versions again. Otherwise experience is learned as it arrives. A checkpoint saves learning
 * again what was learned; without one, or with one that cannot be used, everything is there in the streams. */
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import {
  learnedThrough,
  learningStream,
  rewardStream,
  type Ticket,
  ticketStream,
} from "../core/contracts/learning.ts";
import type { Learner } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import type { CheckpointStore, LearningProgress } from "./checkpoint.ts";
import type { Publisher } from "./publisher.ts";
import { RewardAgent, rewardSigma } from "./reward_agent.ts";
import { stackRows } from "./stack_rows.ts";

/** How much to learn, and when to offer a version. */
export interface Pace {
  readonly bootstrapUpdates: number;
  /** Updates for a live bar, given how many bars were learned from before it, history included. */
  readonly updatesAfter: (barsSeen: number) => number;
  readonly publishEveryBars: number;
}

export interface TrainLoopParts {
  readonly learner: Learner;
  readonly makeRewardAgent: (sigma: Record<string, number>) => RewardAgent;
  readonly publisher: Publisher;
  /** Null to keep none. */
  readonly checkpoints: CheckpointStore | null;
  readonly store: Store;
  readonly feed: FeedStatus;
  readonly account: string;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each training call, for the heartbeat. */
  readonly onProgress: (activity: string, figures: Record<string, number>) => void;
}

const PAGE = 2_000;
const GOLDEN_STATES = 64;
/** So many updates run in one call: short enough to stop soon, long enough to cost nothing. */
const UPDATES_A_CALL = 250;

export class TrainLoop {
  readonly #parts: TrainLoopParts;
  /** Last experience read of each symbol. */
  readonly #positions = new Map<string, string>();
  #golden: Float32Array[] = [];
  #ticket = "0-0";
  #unpublishedBars = 0;
  #sigma: Record<string, number> = {};
  #agent: RewardAgent | null = null;
  #experiences = 0;
  #bars = 0;
  #liveExperiences = 0;
  #learnedThroughMs = 0;
  #metrics = { loss: 0, meanAbsTd: 0, meanValue: 0 };
  #updatesShown = 0;

  constructor(parts: TrainLoopParts) {
    this.#parts = parts;
    for (const symbol of parts.feed.symbols) this.#positions.set(symbol, "0-0");
  }

  /** Learns until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, feed } = this.#parts;
    const isResumed = await this.#resume();
    if (isResumed && !feed.lockstep) return await this.#learnFreely(signal);
    await using reader = store.openReader();
    let positions = new Map([[ticketStream(), this.#ticket]]);
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: 1, blockMs: 500, signal });
      positions = page.positions;
      for (const entry of page.entries) {
        const ticket = entry.value;
        if (!await this.#answer(ticket, signal)) return;
        this.#ticket = entry.id;
        await this.#keepCheckpoint();
        if (ticket.kind === "bootstrap" && !feed.lockstep) return await this.#learnFreely(signal);
      }
    }
  }

  /** Returns false if the signal came before all was learned. */
  async #answer(ticket: Ticket, signal: AbortSignal): Promise<boolean> {
    const { pace } = this.#parts;
    const experiences = await this.#readThrough(ticket.steps);
    if (ticket.kind === "bootstrap") this.#fitScale(experiences);
    const bars = await this.#takeUp(experiences);
    await this.#train(
      ticket.kind === "bootstrap" ? pace.bootstrapUpdates : this.#updatesFor(bars),
      signal,
    );
    if (signal.aborted) return false;
    await this.#offer(ticket.barMs);
    return true;
  }

  /** Every experience up to the ticket's steps that was not read yet, in time order, then by symbol: the order decides the
   * weights. */
  async #readThrough(steps: Ticket["steps"]): Promise<Experience[]> {
    const { store, account } = this.#parts;
    const read: Experience[] = [];
    for (const [symbol, after] of this.#positions) {
      const throughMs = steps[symbol];
      if (throughMs === undefined) continue;
      const to = `${throughMs}-0`;
      let position = after;
      for (;;) {
        const page = await store.range(experienceStream(account, symbol), {
          after: position,
          to,
          count: PAGE,
        });
        read.push(...page.map((entry) => entry.value));
        const last = page.at(-1);
        if (last === undefined) break;
        position = last.id;
      }
      this.#positions.set(symbol, position);
    }
    return read.sort((a, b) => a.barMs - b.barMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0));
  }

  #fitScale(experiences: readonly Experience[]): void {
    for (const symbol of this.#parts.feed.symbols) {
      this.#sigma[symbol] = rewardSigma(
        symbol,
        experiences.filter((experience) => experience.symbol === symbol),
      );
    }
    this.#agent = this.#parts.makeRewardAgent(this.#sigma);
  }

  /** Puts experience into replay and writes the rewards of live decisions. Returns how many bar times were new. */
  async #takeUp(experiences: readonly Experience[]): Promise<number> {
    const { learner, store, account } = this.#parts;
    const agent = this.#agent;
    if (agent === null) {
      throw new Error("Cannot learn as the bootstrap ticket must come first: none has come");
    }
    const before = this.#bars;
    for (const experience of experiences) {
      learner.push(agent.learnerStep(experience));
      if (experience.barMs > this.#learnedThroughMs) this.#bars++; // another symbol's step of this bar counts no second time
      this.#experiences++;
      this.#learnedThroughMs = Math.max(this.#learnedThroughMs, experience.barMs);
      this.#golden.push(experience.features);
      if (this.#golden.length > GOLDEN_STATES) this.#golden.shift();
      const reward = agent.reward(experience);
      if (reward === null) continue;
      this.#liveExperiences++;
      await store.append(rewardStream(account, experience.symbol), `${experience.barMs}-0`, reward);
    }
    return this.#bars - before;
  }

  /** Updates for the bars that were taken up last. */
  #updatesFor(bars: number): number {
    const before = this.#bars - bars;
    const { updatesAfter } = this.#parts.pace;
    return Array.from({ length: bars }, (_, bar) => updatesAfter(before + bar)).reduce((a, b) => a + b, 0);
  }

  async #train(updates: number, signal: AbortSignal): Promise<void> {
    const { learner, store, onProgress } = this.#parts;
    for (let left = updates; left > 0 && !signal.aborted; left -= UPDATES_A_CALL) {
      const stats = await learner.train(Math.min(left, UPDATES_A_CALL));
      const updatesPerSecond = stats.seconds > 0 ? stats.steps / stats.seconds : 0;
      if (stats.updates === this.#updatesShown) continue; // every batch was skipped: the figures are not numbers
      this.#updatesShown = stats.updates;
      const { loss, meanAbsTd, meanValue, gradNorm } = stats;
      this.#metrics = { loss, meanAbsTd, meanValue };
      await store.append(learningStream(), "*", {
        updates: stats.updates,
        skipped: stats.skipped,
        experiences: this.#experiences,
        liveExperiences: this.#liveExperiences,
        loss,
        meanAbsTd,
        meanValue,
        gradNorm,
        updatesPerSecond,
      }, { maxLength: 10_000 });
      onProgress("learning", {
        updates: stats.updates,
        updatesPerSecond,
        experiences: this.#experiences,
        loss,
      });
    }
  }

  async #learnFreely(signal: AbortSignal): Promise<void> {
    const { store, account, feed, pace } = this.#parts;
    await using reader = store.openReader();
    const symbolOf = new Map(feed.symbols.map((symbol) => [experienceStream(account, symbol), symbol]));
    let positions = new Map(
      [...symbolOf].map(([stream, symbol]) => [stream, this.#positions.get(symbol) ?? "0-0"]),
    );
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: PAGE, blockMs: 500, signal });
      positions = page.positions;
      if (page.entries.length === 0) continue;
      const bars = await this.#takeUp(page.entries.map((entry) => entry.value));
      await this.#train(this.#updatesFor(bars), signal);
      for (const [stream, position] of positions) this.#positions.set(symbolOf.get(stream)!, position);
      this.#unpublishedBars += bars;
      if (this.#unpublishedBars < pace.publishEveryBars || signal.aborted) continue;
      this.#unpublishedBars = 0;
      await this.#offer(this.#learnedThroughMs);
      await this.#keepCheckpoint();
    }
  }

  /** Offers what is learned to the gate; while nothing has passed it, the heartbeat says so, as nobody can trade. */
  async #offer(adoptAfterMs: number): Promise<void> {
    const { publisher, learner, onProgress } = this.#parts;
    const serving = await publisher.publish(learner, adoptAfterMs, this.#provenance());
    if (serving === null) onProgress("no model has passed the gate yet", {});
  }

  #provenance() {
    return {
      passport: { rewardSigma: this.#sigma },
      updates: this.#parts.learner.updates,
      experiences: this.#experiences,
      liveExperiences: this.#liveExperiences,
      learnedThroughMs: this.#learnedThroughMs,
      metrics: this.#metrics,
      goldenStates: stackRows(this.#golden),
    };
  }

  /** Goes on from the last checkpoint if it is of this run and the streams hold what it has learned from. */
  async #resume(): Promise<boolean> {
    const { checkpoints, learner, log, makeRewardAgent } = this.#parts;
    try {
      const checkpoint = await checkpoints?.read() ?? null;
      if (checkpoint === null) return false;
      const { progress } = checkpoint;
      await this.#checkSameRun(progress);
      await learner.restore(checkpoint.learner);
      this.#take(progress);
      this.#agent = makeRewardAgent(this.#sigma);
      log.info({ experiences: progress.experiences, updates: learner.updates }, "resumed from a checkpoint");
      return true;
    } catch (cause) {
      log.warn({ err: cause }, "cannot use the checkpoint: learning everything again");
      return false;
    }
  }

  async #checkSameRun(progress: LearningProgress): Promise<void> {
    const { store, account } = this.#parts;
    if (progress.run !== this.#run()) {
      throw new RangeError(
        `Cannot resume as the checkpoint must be of ${this.#run()}: it is of ${progress.run}`,
      );
    }
    for (const [symbol, position] of Object.entries(progress.positions)) {
      if (position === "0-0") continue;
      const [there] = await store.range(experienceStream(account, symbol), { from: position, to: position });
      if (there !== undefined) continue;
      throw new RangeError(
        `Cannot resume as experience ${symbol} ${position} must be in the stream: it is not`,
      );
    }
  }

  #take(progress: LearningProgress): void {
    for (const [symbol, position] of Object.entries(progress.positions)) {
      this.#positions.set(symbol, position);
    }
    this.#ticket = progress.ticket;
    this.#sigma = progress.sigma;
    this.#experiences = progress.experiences;
    this.#liveExperiences = progress.liveExperiences;
    this.#bars = progress.bars;
    this.#unpublishedBars = progress.unpublishedBars;
    this.#learnedThroughMs = progress.learnedThroughMs;
    this.#metrics = progress.metrics;
    this.#golden = progress.goldenStates.map((state) => Float32Array.from(state));
  }

  /** What was published is kept: a kill in between repeats the last ticket, whose version is there then. What a checkpoint
   * holds may leave Redis. */
  async #keepCheckpoint(): Promise<void> {
    const { checkpoints, learner, store, account } = this.#parts;
    await checkpoints?.write({
      learner: await learner.checkpoint(),
      progress: {
        run: this.#run(),
        ticket: this.#ticket,
        positions: Object.fromEntries(this.#positions),
        sigma: this.#sigma,
        experiences: this.#experiences,
        liveExperiences: this.#liveExperiences,
        bars: this.#bars,
        unpublishedBars: this.#unpublishedBars,
        learnedThroughMs: this.#learnedThroughMs,
        metrics: this.#metrics,
        goldenStates: this.#golden.map((state) => [...state]),
      },
    });
    await store.set(learnedThrough(account), Object.fromEntries(this.#positions));
  }

  #run(): string {
    const { feed, account } = this.#parts;
    const { symbols, timeframe, bootstrapBars, firstLiveMs, lockstep } = feed;
    return [account, feed.feed, symbols.join(","), timeframe, bootstrapBars, firstLiveMs, lockstep].join("|");
  }
}

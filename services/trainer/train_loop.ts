/** The learning side of the trainer: takes up experience, trains off the event loop, offers versions to the gate.
 *
 * In lockstep everything follows core's tickets and nothing else, so a run is reproducible, and a trainer that is
 * killed makes the same versions again. Otherwise experience is learned as it arrives. */
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { learningStream, rewardStream, type Ticket, ticketStream } from "../core/contracts/learning.ts";
import type { Learner, TrainReport } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import type { Publisher } from "./publisher.ts";
import { RewardAgent, rewardSigma } from "./reward_agent.ts";

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
  readonly #golden: Float32Array[] = [];
  #sigma: Record<string, number> = {};
  #agent: RewardAgent | null = null;
  #experiences = 0;
  #bars = 0;
  #liveExperiences = 0;
  #learnedThroughMs = 0;
  #lastStats: TrainReport | null = null;
  #updatesShown = 0;

  constructor(parts: TrainLoopParts) {
    this.#parts = parts;
    for (const symbol of parts.feed.symbols) this.#positions.set(symbol, "0-0");
  }

  /** Learns until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, feed } = this.#parts;
    await using reader = store.openReader();
    let positions = new Map([[ticketStream(), "0-0"]]);
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: 1, blockMs: 500, signal });
      positions = page.positions;
      for (const entry of page.entries) {
        const ticket = entry.value;
        await this.#answer(ticket, signal);
        if (ticket.kind === "bootstrap" && !feed.lockstep) return await this.#learnFreely(signal);
      }
    }
  }

  async #answer(ticket: Ticket, signal: AbortSignal): Promise<void> {
    const { pace } = this.#parts;
    const experiences = await this.#readThrough(ticket.steps);
    if (ticket.kind === "bootstrap") this.#fitScale(experiences);
    const bars = await this.#takeUp(experiences);
    await this.#train(
      ticket.kind === "bootstrap" ? pace.bootstrapUpdates : this.#updatesFor(bars),
      signal,
    );
    if (signal.aborted) return;
    await this.#offer(ticket.barMs);
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
    const barTimes = new Set<number>();
    for (const experience of experiences) {
      learner.push(agent.learnerStep(experience));
      barTimes.add(experience.barMs);
      this.#experiences++;
      this.#learnedThroughMs = Math.max(this.#learnedThroughMs, experience.barMs);
      this.#golden.push(experience.features);
      if (this.#golden.length > GOLDEN_STATES) this.#golden.shift();
      const reward = agent.reward(experience);
      if (reward === null) continue;
      this.#liveExperiences++;
      await store.append(rewardStream(account, experience.symbol), `${experience.barMs}-0`, reward);
    }
    this.#bars += barTimes.size;
    return barTimes.size;
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
      this.#lastStats = stats;
      const { loss, meanAbsTd, meanValue, gradNorm } = stats;
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
    let positions = new Map(
      feed.symbols.map((symbol) => [experienceStream(account, symbol), this.#positions.get(symbol) ?? "0-0"]),
    );
    let unpublished = 0;
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: PAGE, blockMs: 500, signal });
      positions = page.positions;
      if (page.entries.length === 0) continue;
      const bars = await this.#takeUp(page.entries.map((entry) => entry.value));
      await this.#train(this.#updatesFor(bars), signal);
      unpublished += bars;
      if (unpublished < pace.publishEveryBars || signal.aborted) continue;
      unpublished = 0;
      await this.#offer(this.#learnedThroughMs);
    }
  }

  /** Offers what is learned to the gate; while nothing has passed it, the heartbeat says so, as nobody can trade. */
  async #offer(adoptAfterMs: number): Promise<void> {
    const { publisher, learner, onProgress } = this.#parts;
    const serving = await publisher.publish(learner, adoptAfterMs, this.#provenance());
    if (serving === null) onProgress("no model has passed the gate yet", {});
  }

  #provenance() {
    const width = this.#golden[0]?.length ?? 0;
    const goldenStates = new Float32Array(width * this.#golden.length);
    this.#golden.forEach((state, row) => goldenStates.set(state, row * width));
    const { loss = 0, meanAbsTd = 0, meanValue = 0 } = this.#lastStats ?? {};
    return {
      passport: { rewardSigma: this.#sigma },
      updates: this.#parts.learner.updates,
      experiences: this.#experiences,
      liveExperiences: this.#liveExperiences,
      learnedThroughMs: this.#learnedThroughMs,
      metrics: { loss, meanAbsTd, meanValue },
      goldenStates,
    };
  }
}

/** The learning side of the trainer: takes up experience, trains off the event loop, offers versions to the gate.
 *
 * In lockstep everything follows core's tickets and nothing else, so a run is reproducible, and a trainer that is
 * killed makes the same versions again. Otherwise experience is learned as it arrives. A checkpoint saves learning
 * again what was learned; without one, or with one that cannot be used, everything is there in the streams. */
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import { decisionId } from "../core/contracts/lane.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { rewardStream, type Ticket, ticketStream } from "../core/contracts/learning.ts";
import type { CurrentModel } from "../core/contracts/model.ts";
import type { Point } from "../core/decisions/candidate.ts";
import type { Learner } from "../core/model/native_types.ts";
import type { Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import { CheckpointError, type CheckpointStore } from "./checkpoint.ts";
import { CheckpointKeeper } from "./checkpoint_keeper.ts";
import type { FitConfidence } from "./confidence/fit_confidence.ts";
import { byTimeThenSymbol, storedHistory } from "./history.ts";
import { learnHistory, passportOf } from "./history_learning.ts";
import { Intake } from "./intake.ts";
import { LearnerUpdates, type UpdatePace } from "./learner_updates.ts";
import type { Provenance, Publisher } from "./publisher.ts";
import { type LearnedRun, resumePoint } from "./resume_point.ts";
import type { Teacher } from "./teacher.ts";

/** How much to learn, and when to offer a version. */
export interface Pace extends UpdatePace {
  readonly bootstrapUpdates: number;
  readonly publishEveryBars: number;
}

export interface TrainLoopParts {
  readonly learner: Learner;
  /** Whether everything that could have been done is learned from, or what was done alone. */
  readonly isCounterfactual: boolean;
  readonly makeTeacher: (sigma: Record<string, number>) => Teacher;
  readonly fitConfidence: FitConfidence;
  /** Bars over which the learner's decisions are judged at most. */
  readonly horizon: number;
  /** Accounts that the gate tries a candidate on; none where its outputs tell all. */
  readonly goldenPoints: readonly Point[];
  readonly publisher: Publisher;
  /** Steps that the learner's replay may hold; to be shown. */
  readonly replayCapacity: number;
  /** Null to keep none. */
  readonly checkpoints: CheckpointStore | null;
  /** Days that the features are made on, of each symbol whose days are not those of UTC. */
  readonly days: Readonly<Record<string, string>>;
  /** The text of the network's schema. */
  readonly schema: string;
  /** Starts a learner that has no checkpoint from a stored model; null to start it afresh. */
  readonly warmStart: (() => Promise<void>) | null;
  readonly store: Store;
  readonly feed: FeedStatus;
  readonly account: string;
  readonly pace: Pace;
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each training call, for the heartbeat. */
  readonly onProgress: (activity: string, figures: Record<string, number>) => void;
  /** Told what people should know before anything is learned, in one sentence. */
  readonly onNotice: (text: string) => void;
}

const PAGE = 2_000;

export class TrainLoop {
  readonly #parts: TrainLoopParts;
  /** Last experience read of each symbol. */
  readonly #positions = new Map<string, string>();
  readonly #intake: Intake;
  readonly #updates: LearnerUpdates;
  readonly #keeper: CheckpointKeeper;
  #ticket = "0-0";
  #unpublishedBars = 0;

  constructor(parts: TrainLoopParts) {
    this.#parts = parts;
    const { learner, makeTeacher, store, account, log, feed: { symbols } } = parts;
    this.#intake = new Intake({
      learner,
      makeTeacher,
      symbols,
      onReward: async (symbol, barMs, reward) => {
        await store.append(rewardStream(account, symbol), `${barMs}-0`, reward);
        log.debug({ decision: decisionId(account, symbol, barMs) }, "reward learned");
      },
    });
    this.#updates = new LearnerUpdates({ ...parts, intake: this.#intake });
    this.#keeper = new CheckpointKeeper(parts);
    for (const symbol of symbols) this.#positions.set(symbol, "0-0");
  }

  /** Learns until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { store, feed, warmStart, publisher } = this.#parts;
    await publisher.resume();
    const isResumed = await this.#resume();
    if (!isResumed) await warmStart?.();
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
    if (ticket.kind === "shadow") {
      this.#say(await this.#parts.publisher.judgeShadow(this.#parts.feed.symbols));
      return true;
    }
    if (ticket.kind === "bootstrap") await this.#bootstrap(ticket.steps, signal);
    else {
      const experiences = await this.#readThrough(ticket.steps);
      await this.#updates.after(await this.#intake.take(experiences, true), signal);
    }
    if (signal.aborted) return false;
    await this.#offer(ticket.barMs);
    return true;
  }

  async #bootstrap(steps: Ticket["steps"], signal: AbortSignal): Promise<void> {
    const { store, account, pace, isCounterfactual, onProgress } = this.#parts;
    onProgress("reading history", {});
    const history = storedHistory(store, account, steps);
    const train = (updates: number) => this.#updates.run(updates, signal);
    await learnHistory(this.#intake, history, {
      updates: pace.bootstrapUpdates,
      isCounterfactual,
      train,
      signal,
    });
    for (const [symbol, barMs] of Object.entries(steps)) this.#positions.set(symbol, `${barMs}-0`);
  }

  /** Every experience up to the ticket's steps that was not read yet, in time order, then by symbol. */
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
    return read.sort(byTimeThenSymbol);
  }

  async #learnFreely(signal: AbortSignal): Promise<void> {
    const { store, account, feed, pace, publisher } = this.#parts;
    await using reader = store.openReader();
    const symbolOf = new Map(feed.symbols.map((symbol) => [experienceStream(account, symbol), symbol]));
    let positions = new Map(
      [...symbolOf].map(([stream, symbol]) => [stream, this.#positions.get(symbol) ?? "0-0"]),
    );
    while (!signal.aborted) {
      const page = await reader.read(positions, { count: PAGE, blockMs: 500, signal });
      positions = page.positions;
      await publisher.judgeShadow(feed.symbols);
      if (page.entries.length === 0) {
        if (this.#keeper.isDueAtRest) await this.#keepCheckpoint();
        continue;
      }
      const bars = await this.#intake.take(page.entries.map((entry) => entry.value), true);
      await this.#updates.after(bars, signal);
      // Another symbol's step of the same bar asks for no update: it counts as learned all the same.
      this.#parts.onProgress("learning", { experiences: this.#intake.counts.experiences });
      for (const [stream, position] of positions) this.#positions.set(symbolOf.get(stream)!, position);
      this.#unpublishedBars += bars;
      this.#keeper.learned(page.entries.length);
      if (this.#unpublishedBars < pace.publishEveryBars || signal.aborted) continue;
      this.#unpublishedBars = 0;
      await this.#offer(this.#intake.counts.learnedThroughMs);
      await this.#keepCheckpoint();
    }
  }

  /** Offers what is learned to the gate. */
  async #offer(barMs: number): Promise<void> {
    const { publisher, learner } = this.#parts;
    this.#say(await publisher.publish(learner, barMs, this.#provenance()));
  }

  /** While nothing has passed the gate, the heartbeat says so, as nobody can trade. */
  #say(serving: CurrentModel | null): void {
    if (serving === null) this.#parts.onProgress("no model has passed the gate yet", {});
  }

  #provenance(): Provenance {
    const { learner, fitConfidence: fit, horizon, goldenPoints, pace, days } = this.#parts;
    const { teacher, counts, goldenStates } = this.#intake;
    const passport = passportOf(this.#intake, { fit, horizon, epsilonAfter: pace.epsilonAfter, days });
    return {
      passport,
      updates: learner.updates,
      ...counts,
      metrics: {
        ...this.#updates.metrics,
        judgedPairs: teacher.pairs.judged.length,
        ...(passport.confidence !== null && { ece: passport.confidence.ece }),
      },
      golden: { states: goldenStates, points: goldenPoints },
      track: teacher.track?.rows ?? new Map(),
    };
  }

  /** Goes on from the last checkpoint if it is of this run and the streams hold what it has learned from. */
  async #resume(): Promise<boolean> {
    const { checkpoints, learner, log, onNotice } = this.#parts;
    if (checkpoints === null) return false;
    try {
      const point = await resumePoint(checkpoints, this.#parts.store, this.#run());
      if (point === null) return false;
      await learner.restore(point.learner);
      const { progress } = point;
      for (const [symbol, position] of Object.entries(progress.positions)) {
        this.#positions.set(symbol, position);
      }
      this.#ticket = progress.ticket;
      this.#unpublishedBars = progress.unpublishedBars;
      this.#updates.restore(progress.metrics);
      this.#intake.restore(progress, point.recent);
      const { experiences } = progress;
      log.info({ experiences, updates: learner.updates }, "resumed from a checkpoint");
      return true;
    } catch (cause) {
      onNotice(`${asRefusal(checkpoints.name, cause as Error)}. Everything is learned again`);
      return false;
    }
  }

  /** What was published is kept: a kill in between repeats the last ticket, whose version is there then. */
  async #keepCheckpoint(): Promise<void> {
    const { run, schema } = this.#run();
    await this.#keeper.keep({
      run,
      schema,
      ticket: this.#ticket,
      positions: Object.fromEntries(this.#positions),
      unpublishedBars: this.#unpublishedBars,
      metrics: this.#updates.metrics,
      ...this.#intake.progress(),
    });
  }

  #run(): LearnedRun {
    const { feed, account, schema, days } = this.#parts;
    const { symbols, timeframe, bootstrapBars, firstLiveMs, lockstep } = feed;
    const run = [account, feed.feed, symbols.join(","), timeframe, bootstrapBars, firstLiveMs, lockstep];
    run.push(...Object.entries(days).map((each) => each.join(" on the days of ")));
    return { run: run.join("|"), schema, account, timeframe };
  }
}

/** One sentence for the file's refusals and the learner's, whose beginning names no file. */
function asRefusal(name: string, cause: Error): string {
  if (cause instanceof CheckpointError) return cause.message;
  const rule = cause.message.replace(/^Cannot restore checkpoint as /, "");
  return `Cannot resume from ${name}${rule === cause.message ? ": " : " as "}${rule}`;
}

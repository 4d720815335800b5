/** A live lane's orders at its venue: sends what was committed, asks for what has no answer, keeps exits at rest, and writes down
 * all that becomes of them. Whoever leads the lane runs one, and any other can take over between any two of its steps.
 *
 * That an order is executed at most once follows from three things. `sending` is on disk before an order leaves, under a number that
 * one replica alone gets. An order without an answer is asked for by its id, and sent again only when the venue has not known it for
 * longer than it could be on its way. And one order is worked on at a time. */
import { BackOff } from "../../core/market/exchange/back_off.ts";
import type { Lane } from "../../core/lane/lane_step.ts";
import type { VenueSight } from "../../core/lane/venue_orders.ts";
import type { OrderIntent } from "../../core/contracts/venue.ts";
import type { TradeRules } from "../../core/account/trade_rules.ts";
import type { Arrivals, LiveAccount } from "../../core/venue/execution.ts";
import type { OrderSpec, TrackedOrder } from "../../core/venue/tracked_order.ts";
import { VenueBook, type VenueStep } from "../../core/venue/venue_book.ts";
import { isEnough, wholeLots } from "../../core/venue/venue_market.ts";
import { VenueError } from "./broker.ts";
import { OrderRecorder } from "./order_recorder.ts";
import { type Comparison, Reconciler, type ReconcilerParts } from "./reconciler.ts";
import { JournalTakenError, type VenueJournal } from "./venue_journal.ts";

export interface VenueSettings {
  /** How often resting orders are looked at. */
  readonly pollMs: number;
  /** How soon an order that is not over is asked for again. */
  readonly lookMs: number;
  /** An order that the venue has not known for so long was never there. Longer than one may be on its way. */
  readonly settleMs: number;
  /** An order that has not left so long after its bar's close is given up. */
  readonly sendWithinMs: number;
  readonly mostRetryMs: number;
}

export interface VenueDeskParts extends ReconcilerParts {
  readonly timeframeMs: number;
  /** Of a lane that has no record yet. */
  readonly opening: LiveAccount;
  readonly rules: TradeRules;
  readonly reserve: number;
  readonly isReal: boolean;
  readonly settings: VenueSettings;
  readonly journal: VenueJournal;
  /** Whether this replica leads the lane at this moment. */
  readonly leads: () => boolean;
  readonly random: () => number;
}

/** From being on disk to being signed: after a longer pause the order stays here, as another may lead by now. */
const SIGN_WITHIN_MS = 2_000;

export class VenueDesk {
  readonly #parts: VenueDeskParts;
  readonly #backOff: BackOff;
  readonly #reconciler: Reconciler;
  readonly #recorder: OrderRecorder;
  #isOpen = false;
  /** Aborts when there is something to do. */
  #roused = new AbortController();
  /** Why nothing may be ordered, beside what the book says. */
  #held: string | null = "the venue was not compared with the ledger yet";
  #isCompared = false;
  #differsSinceMs: number | null = null;
  #lookedMs = -Infinity;

  constructor(parts: VenueDeskParts) {
    this.#parts = parts;
    const { clock, random, settings: { mostRetryMs, lookMs } } = parts;
    this.#backOff = new BackOff({ firstMs: lookMs, mostMs: mostRetryMs, clock, random });
    this.#reconciler = new Reconciler(parts);
    this.#recorder = new OrderRecorder(this.#bookOf(null), parts);
  }

  get book(): VenueBook {
    return this.#recorder.book;
  }

  /** Whether nothing is left to do but to look at what rests. */
  get isIdle(): boolean {
    return this.#isCompared && this.book.nextStep() === null;
  }

  /** What the next bar applies. */
  get arrivals(): Arrivals {
    return this.book.arrivals;
  }

  /** What a decision goes by that applies `arrivals`. */
  sight({ applied }: Arrivals): VenueSight {
    const { market, reserve, isReal } = this.#parts;
    return { applied, market, reserve, isReal, held: this.#held ?? this.book.unsettled };
  }

  /** Reads what was committed and what became of it. @param lane As it was committed last. */
  async open(lane: Lane | null): Promise<void> {
    await this.#recorder.open(this.#bookOf(lane));
    [this.#isOpen, this.#isCompared] = [true, false];
    this.#rouse();
  }

  /** A bar was committed, with an order or without. */
  committed(applied: number, intent: OrderIntent | null): void {
    this.#recorder.committed(applied, intent);
    if (intent !== null) this.#rouse();
  }

  /** Works until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, log, symbol } = this.#parts;
    while (!signal.aborted) {
      try {
        await this.#work(signal);
        this.#backOff.succeed();
      } catch (cause) {
        if (cause instanceof JournalTakenError) {
          log.warn({ symbol, reason: cause.message }, "another replica was first");
          await this.#readAgain();
          continue;
        }
        this.#backOff.fail();
        const asked = cause instanceof VenueError ? cause.retryAfterMs ?? 0 : 0;
        const waitMs = Math.max(this.#backOff.restMs, asked);
        log.warn({ err: cause, symbol, waitMs }, "the venue does not do as it is asked");
        await clock.wait(waitMs, signal);
      }
    }
  }

  /** Who has the lease goes on from what the other has written; who has not does nothing more. */
  async #readAgain(): Promise<void> {
    this.#isCompared = false;
    await this.#recorder.open(this.book.anew());
  }

  async #work(signal: AbortSignal): Promise<void> {
    const { clock, settings: { pollMs, lookMs }, leads } = this.#parts;
    if (!this.#isOpen || !leads()) return await clock.wait(lookMs, signal);
    const step = this.book.nextStep();
    if (step !== null) {
      this.#isCompared = false;
      return await this.#take(step, signal);
    }
    if (!this.#isCompared) {
      await this.#lookAtResting(signal); // what was executed meanwhile is no difference
      if (this.book.nextStep() === null) await this.#compare(signal);
      return;
    }
    const waitMs = this.#lookedMs + pollMs - clock.monotonicMs();
    if (waitMs > 0) return await clock.wait(waitMs, AbortSignal.any([signal, this.#roused.signal]));
    await this.#lookAtResting(signal);
  }

  async #lookAtResting(signal: AbortSignal): Promise<void> {
    this.#lookedMs = this.#parts.clock.monotonicMs();
    for (const order of this.book.open) await this.#look(order, signal);
  }

  #take(step: VenueStep, signal: AbortSignal): Promise<void> {
    switch (step.kind) {
      case "send":
        return this.#send(step.order);
      case "look":
        return this.#look(step.order, signal);
      case "cancel":
        return this.#cancel(step.order, signal);
      case "drop":
        return this.#recorder.write(step.order, { kind: "cancelled", reason: step.reason });
    }
  }

  async #send(order: OrderSpec): Promise<void> {
    const { symbol, broker, clock, leads } = this.#parts;
    const startedMs = clock.monotonicMs();
    if (this.#isLate(order)) {
      const reason = "it could not be sent in time after its bar";
      return await this.#recorder.write(order, { kind: "cancelled", reason });
    }
    await this.#recorder.write(order, { kind: "sending", isDurable: true });
    if (!leads() || clock.monotonicMs() - startedMs > SIGN_WITHIN_MS) {
      return await this.#recorder.write(order, {
        kind: "absent",
        reason: "it took too long to be written down",
      });
    }
    try {
      await this.#recorder.learn(order, await broker.send(symbol, order));
    } catch (cause) {
      if (!(cause instanceof VenueError)) throw cause;
      const kind = KIND_OF_FAULT[cause.fault];
      await this.#recorder.write(order, { kind, reason: cause.message });
      if (cause.fault !== "refused") throw cause;
    }
  }

  /** Whether an order that a bar decided is too old to be sent for the first time; exits never are. */
  #isLate({ leg, barMs }: OrderSpec): boolean {
    const { clock, timeframeMs, settings: { sendWithinMs } } = this.#parts;
    const isOfBar = leg !== "stop" && leg !== "take" && leg !== "reconcile";
    return isOfBar && clock.nowMs() - (barMs + timeframeMs) > sendWithinMs;
  }

  async #look(order: TrackedOrder, signal: AbortSignal): Promise<void> {
    const { symbol, broker, clock, settings: { lookMs, settleMs } } = this.#parts;
    const { spec } = order;
    const answer = await broker.find(symbol, spec);
    if (answer !== null) {
      const isNews = await this.#recorder.learn(spec, answer);
      if (!isNews && !order.isResting) await clock.wait(lookMs, signal);
      return;
    }
    if (order.state === "unanswered" && this.#recorder.missingForMs(spec) > settleMs) {
      return await this.#recorder.write(spec, { kind: "absent", reason: "the venue does not know it" });
    }
    await clock.wait(lookMs, signal);
  }

  async #cancel(order: TrackedOrder, signal: AbortSignal): Promise<void> {
    const { symbol, broker, clock, settings: { lookMs } } = this.#parts;
    await broker.cancel(symbol, order.spec);
    const answer = await broker.find(symbol, order.spec);
    if (answer !== null) await this.#recorder.learn(order.spec, answer);
    if (!order.isOver) await clock.wait(lookMs, signal);
  }

  /** Once all is settled: a difference that lasts halts the account. */
  async #compare(signal: AbortSignal): Promise<void> {
    const { clock, settings: { lookMs, settleMs, pollMs } } = this.#parts;
    const comparison = await this.#reconciler.compare(this.book);
    if (comparison.agrees) {
      await this.#reconciler.publish(comparison);
      [this.#held, this.#isCompared, this.#differsSinceMs] = [null, true, null];
      const { unsettled } = this.book;
      if (unsettled !== null) await this.#reconciler.halt(unsettled); // nothing is left to do about it here
      return;
    }
    const nowMs = clock.monotonicMs();
    this.#differsSinceMs ??= nowMs;
    this.#held = this.#reconciler.describe(comparison);
    if (nowMs - this.#differsSinceMs <= settleMs) return await clock.wait(lookMs, signal); // balances may lag
    await this.#differs(comparison);
    await clock.wait(pollMs, signal);
  }

  async #differs(comparison: Comparison): Promise<void> {
    const accepted = await this.#reconciler.accepted();
    if (accepted === null) {
      await this.#reconciler.publish(comparison);
      return await this.#reconciler.halt(this.#reconciler.describe(comparison));
    }
    this.#differsSinceMs = null;
    if (accepted === "venue") {
      await this.#recorder.record(await this.#reconciler.takeOver(comparison, this.book));
      return await this.#reconciler.obeyed(comparison);
    }
    const refusal = this.book.refusedRepair;
    if (refusal === null) return await this.#repair(comparison);
    await this.#reconciler.obeyed(comparison);
    await this.#reconciler.halt(
      `${this.#reconciler.describe(comparison)}; the venue refused to change that: ${refusal}`,
    );
  }

  /** Brings the venue to the ledger; what is too little for an order, as the fee of the one before, the ledger takes over. */
  async #repair(comparison: Comparison): Promise<void> {
    const { venue, ledger, strangers } = comparison;
    const { broker, symbol, market } = this.#parts;
    for (const clientOrderId of strangers) await broker.cancel(symbol, { clientOrderId });
    const quantity = wholeLots(venue > ledger ? venue - ledger : ledger - venue, market);
    const { close } = await this.#reconciler.lastBar();
    if (isEnough(quantity, close, market)) this.book.repair(venue > ledger ? "sell" : "buy", quantity);
    else await this.#recorder.record(await this.#reconciler.takeOver(comparison, this.book));
  }

  #bookOf(lane: Lane | null): VenueBook {
    const { account, symbol, market, rules, opening } = this.#parts;
    const live = lane === null ? opening : { account: lane.account, dust: lane.venue?.dust ?? 0n };
    return new VenueBook({ account, symbol, market, rules, live, applied: lane?.venue?.applied ?? 0 });
  }

  #rouse(): void {
    this.#roused.abort();
    this.#roused = new AbortController();
  }
}

const KIND_OF_FAULT = {
  "refused": "rejected",
  "no such order": "rejected",
  "put off": "absent",
  "unclear": "unknown",
} as const;

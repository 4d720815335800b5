/** Pairs the bars of one lane, and for live bars its decisions, into steps to learn from. Pure: it computes no reward and
 * no features, and knows no Redis.
 *
 * Step t is complete when bar t+2 is there, whose open ends decision t's reward. A step of history takes its features as
 * given with the bars; a live step takes them from the decisions on t and t+1, which are what the model really saw. The
 * last two steps of history end on live bars. */
import { formatMoney, parseMoney } from "../account/money.ts";
import type { Bar, BarPhase } from "../contracts/bar.ts";
import type { Experience } from "../contracts/experience.ts";
import type { Decision } from "../contracts/lane.ts";

export interface ExperiencePairingOptions {
  readonly account: string;
  readonly symbol: string;
  /** `barMs` of the last step that was emitted before; that one and earlier ones are not emitted again. */
  readonly lastEmittedMs?: number | null;
  /** The most bars that wait for their decisions. */
  readonly maxWaiting?: number;
}

interface WaitingBar {
  readonly phase: BarPhase;
  readonly bar: Bar;
  readonly seen: Seen | null;
  decision: Decision | null;
}

/** What was known at a bar's close. */
interface Seen {
  readonly features: Float32Array;
  readonly atr: number | null;
}

export class ExperiencePairing {
  readonly #lane: string;
  readonly #account: string;
  readonly #symbol: string;
  readonly #lastEmittedMs: number;
  readonly #maxWaiting: number;
  /** Bars t, t+1, t+2, … from the first step that is not settled yet. */
  readonly #bars: WaitingBar[] = [];
  /** Decisions whose bar has not been given yet: another connection may deliver them first. */
  readonly #early: Decision[] = [];
  #lastDecisionMs = -1;
  #unpaired = 0;

  constructor({ account, symbol, lastEmittedMs = null, maxWaiting = 4_096 }: ExperiencePairingOptions) {
    if (!Number.isInteger(maxWaiting) || maxWaiting < 3) {
      throw new RangeError(`Cannot pair as maxWaiting must be a whole number from 3 on: it is ${maxWaiting}`);
    }
    this.#lane = `${account}:${symbol}`;
    this.#account = account;
    this.#symbol = symbol;
    this.#lastEmittedMs = lastEmittedMs ?? -1;
    this.#maxWaiting = maxWaiting;
  }

  /** Bars held because their step is not complete; two of them always are. */
  get waiting(): number {
    return this.#bars.length;
  }

  /** No further bar is taken until decisions have come. */
  get isFull(): boolean {
    return this.#bars.length >= this.#maxWaiting;
  }

  /** Live steps given up because a decision that they need was never made. */
  get unpaired(): number {
    return this.#unpaired;
  }

  /** Takes the next bar. @param features F_t of this bar; null while they warm up, and for live bars if core has none.
   * They are copied. @param atr Average true range at its close, where one is followed. @returns The steps that are complete by it, oldest first.
   * @throws {RangeError} If the bar is out of order, or too many bars wait. */
  bar(phase: BarPhase, bar: Bar, features: Float32Array | null, atr: number | null = null): Experience[] {
    const last = this.#bars.at(-1);
    if (last !== undefined && bar.openTimeMs <= last.bar.openTimeMs) {
      throw this.#refusal(
        `bar ${bar.openTimeMs}`,
        `it must open after the bar before: that is ${last.bar.openTimeMs}`,
      );
    }
    if (last?.phase === "live" && phase === "bootstrap") {
      throw this.#refusal(
        `bar ${bar.openTimeMs}`,
        `no bootstrap bar may follow a live one: that is ${last.bar.openTimeMs}`,
      );
    }
    if (this.isFull) {
      throw this.#refusal(
        `bar ${bar.openTimeMs}`,
        `at most ${this.#maxWaiting} bars may wait for decisions: the oldest is ${
          this.#bars[0].bar.openTimeMs
        }`,
      );
    }
    const decision = this.#takeEarly(phase, bar.openTimeMs);
    const seen = features === null ? null : { features: features.slice(), atr };
    this.#bars.push({ phase, bar, seen, decision });
    return this.#settle();
  }

  /** Takes the next decision, before or after its bar. Decisions up to `lastEmittedMs` are passed over.
   * @returns The steps that are complete by it, oldest first.
   * @throws {RangeError} If it is of another lane, out of order, or on a bar that is not there or not live. */
  decision(decision: Decision): Experience[] {
    const { barMs } = decision;
    const name = nameOf(decision);
    if (decision.account !== this.#account || decision.symbol !== this.#symbol) {
      throw this.#refusal(name, "it must be of this lane");
    }
    if (barMs <= this.#lastDecisionMs) {
      throw this.#refusal(name, `it must follow the decision before: that is on ${this.#lastDecisionMs}`);
    }
    const last = this.#bars.at(-1);
    if (barMs > Math.max(last?.bar.openTimeMs ?? -1, this.#lastEmittedMs)) {
      if (this.#early.length >= this.#maxWaiting) {
        throw this.#refusal(
          name,
          `at most ${this.#maxWaiting} decisions may wait for their bars: so many do`,
        );
      }
      this.#lastDecisionMs = barMs;
      this.#early.push(decision);
      return [];
    }
    const decided = this.#bars.find((waiting) => waiting.bar.openTimeMs === barMs);
    if (decided === undefined) {
      if (barMs <= this.#lastEmittedMs) return [];
      throw this.#refusal(
        name,
        `its bar must wait for it: bars ${this.#bars[0]?.bar.openTimeMs} to ${last?.bar.openTimeMs} do`,
      );
    }
    if (decided.phase !== "live") throw this.#refusal(name, "its bar must be live: it is bootstrap");
    this.#lastDecisionMs = barMs;
    decided.decision = decision;
    return this.#settle();
  }

  /** The decision that came before its bar, if one did. */
  #takeEarly(phase: BarPhase, openTimeMs: number): Decision | null {
    const early = this.#early[0];
    if (early === undefined || early.barMs > openTimeMs) return null;
    if (early.barMs < openTimeMs) {
      throw this.#refusal(nameOf(early), `its bar must be there: the next bar is ${openTimeMs}`);
    }
    if (phase !== "live") throw this.#refusal(nameOf(early), "its bar must be live: it is bootstrap");
    this.#early.shift();
    return early;
  }

  /** Settles steps from the oldest on, as far as what they need is there. */
  #settle(): Experience[] {
    const complete: Experience[] = [];
    while (this.#bars.length >= 3) {
      const [current, next, exit] = this.#bars;
      if (current.bar.openTimeMs <= this.#lastEmittedMs) {
        this.#bars.shift();
        continue;
      }
      const seen = this.#seenAt(current, current.phase);
      const nextSeen = this.#seenAt(next, current.phase);
      if (seen === "awaited" || nextSeen === "awaited") break;
      if (seen !== "none" && nextSeen !== "none") {
        complete.push(this.#step(current, next, exit.bar, seen, nextSeen));
      } else if (current.phase === "live") {
        this.#unpaired++;
      }
      this.#bars.shift();
    }
    return complete;
  }

  /** What was known at a bar as a step of a phase needs it. History needs no decision where core gave the features. */
  #seenAt(waiting: WaitingBar, phase: BarPhase): Seen | "awaited" | "none" {
    if (waiting.phase === "bootstrap") return waiting.seen ?? "none";
    if (phase === "bootstrap" && waiting.seen !== null) return waiting.seen;
    const { decision } = waiting;
    if (decision !== null) {
      return decision.state.length > 0
        ? { features: decision.state, atr: decision.atr }
        : waiting.seen ?? "none";
    }
    // Decisions come in order: after a later one, this bar's will not come any more.
    return waiting.bar.openTimeMs <= this.#lastDecisionMs ? "none" : "awaited";
  }

  #step(current: WaitingBar, next: WaitingBar, exit: Bar, seen: Seen, nextSeen: Seen): Experience {
    if (seen.features.length !== nextSeen.features.length) {
      throw this.#refusal(
        `step ${current.bar.openTimeMs}`,
        `both states must have the same length: they have ${seen.features.length} and ${nextSeen.features.length}`,
      );
    }
    return {
      symbol: this.#symbol,
      barMs: current.bar.openTimeMs,
      phase: current.phase,
      close: current.bar.close,
      volume: current.bar.volume,
      next: next.bar,
      exitOpen: exit.open,
      exitMs: exit.openTimeMs,
      decision: this.#outcome(current.decision, next.decision),
      atr: seen.atr,
      nextAtr: nextSeen.atr,
      features: seen.features,
      nextFeatures: nextSeen.features,
    };
  }

  /** What was decided on t and what it led to: between both accounts lie the fill of decision t and an exit after it alone. */
  #outcome(decided: Decision | null, following: Decision | null): Experience["decision"] {
    if (decided === null || following === null) return null;
    const fee = parseMoney(following.laneAccount.feesPaid) - parseMoney(decided.laneAccount.feesPaid);
    if (fee < 0n) {
      throw this.#refusal(
        nameOf(decided),
        `fees paid must not shrink: they go from ${decided.laneAccount.feesPaid} to ${following.laneAccount.feesPaid}`,
      );
    }
    return {
      id: `${this.#lane}:${decided.barMs}`,
      action: decided.action,
      size: decided.size,
      stop: decided.stop,
      take: decided.take,
      isKeep: decided.isKeep,
      chosen: decided.chosen,
      targetBefore: decided.targetBefore,
      target: decided.target,
      modelVersion: decided.modelVersion,
      order: decided.order,
      laneAccount: decided.laneAccount,
      nextLaneAccount: following.laneAccount,
      fee: formatMoney(fee),
    };
  }

  #refusal(what: string, rule: string): RangeError {
    return new RangeError(`Cannot pair ${what} of lane ${this.#lane} as ${rule}`);
  }
}

function nameOf({ account, symbol, barMs }: Decision): string {
  return `decision ${account}:${symbol}:${barMs}`;
}

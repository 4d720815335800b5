/** What core holds of one symbol: how far it is published, its features, its pairing, and which bars wait for decisions. */
import type { Bar, BarPhase } from "../contracts/bar.ts";
import type { Experience } from "../contracts/experience.ts";
import type { Decision } from "../contracts/lane.ts";
import { timeframeMs } from "../contracts/symbol.ts";
import type { SnapshotKeeper } from "../features/snapshot_keeper.ts";
import type { StateBuilder } from "../features/state_builder.ts";
import { ExperiencePairing } from "./experience_pairing.ts";
import type { Reached } from "./market.ts";

export interface MarketLaneParts {
  readonly account: string;
  readonly symbol: string;
  readonly timeframe: string;
  readonly builder: StateBuilder;
  /** How many bars its decisions may be behind. */
  readonly maxLeadBars: number;
  /** The last step that is kept, or -1. */
  readonly keptMs: number;
  /** Where the last hole ends that was recorded, or -1. */
  readonly holesUntilMs: number;
  /** The last bar that the builder has seen in a snapshot, not after the last step that is kept; -1 for none. */
  readonly seenMs: number;
}

/** Steps that wait for a decision reach one bar back and two bars on; the bar that is being published comes on top. */
const BARS_BESIDE_LEAD = 8;
/** What counts as a jump goes by the 64 moves before. */
const RECENT_BARS = 80;

export class MarketLane {
  readonly #parts: MarketLaneParts;
  readonly #pairing: ExperiencePairing;
  readonly #stepMs: number;
  /** Open times of the live bars whose decisions are not taken up, oldest first. */
  readonly #undecided: number[] = [];
  /** Open time of the last bar whose decision is taken up: it may have come before its bar did. */
  #decidedMs = -1;
  /** The last bars, oldest first. */
  readonly #recent: Bar[] = [];
  #bars = 0;
  #liveBars = 0;

  constructor(parts: MarketLaneParts) {
    const { account, symbol, timeframe, maxLeadBars, keptMs } = parts;
    this.#parts = parts;
    this.#stepMs = timeframeMs(timeframe);
    this.#pairing = new ExperiencePairing({
      account,
      symbol,
      lastEmittedMs: keptMs < 0 ? null : keptMs,
      maxWaiting: maxLeadBars + BARS_BESIDE_LEAD,
    });
  }

  get symbol(): string {
    return this.#parts.symbol;
  }

  /** The last step that an earlier run of core had kept, or -1: decisions up to it are of no use any more. */
  get keptBeforeMs(): number {
    return this.#parts.keptMs;
  }

  /** How many more live bars may be published. */
  get room(): number {
    return Math.max(0, this.#parts.maxLeadBars - this.#undecided.length);
  }

  /** Live bars whose decisions are not taken up. */
  get undecided(): number {
    return this.#undecided.length;
  }

  get isDecided(): boolean {
    return this.#undecided.length === 0;
  }

  get reached(): Reached {
    const last = this.#recent.at(-1) ?? null;
    const nextMs = Math.max(last === null ? -1 : last.openTimeMs + this.#stepMs, this.#parts.holesUntilMs);
    return {
      recent: [...this.#recent],
      nextMs: nextMs < 0 ? null : nextMs,
      bars: this.#bars,
      liveBars: this.#liveBars,
    };
  }

  /** Takes the next bar that is published. @returns The steps to keep that are complete by it. */
  add(phase: BarPhase, bar: Bar): Experience[] {
    const { builder, seenMs } = this.#parts;
    const features = bar.openTimeMs <= seenMs ? null : builder.push(bar);
    this.#recent.push(bar);
    if (this.#recent.length > RECENT_BARS) this.#recent.shift();
    this.#bars++;
    if (phase === "live") this.#liveBars++;
    if (bar.openTimeMs <= this.#parts.keptMs) return [];
    if (phase === "live" && bar.openTimeMs > this.#decidedMs) this.#undecided.push(bar.openTimeMs);
    return this.#pairing.bar(phase, bar, features, builder.atr);
  }

  /** Takes the next decision. @returns The steps to keep that are complete by it. */
  pair(decision: Decision): Experience[] {
    return this.#pairing.decision(decision);
  }

  /** Leaves its features for whoever decides first, who need not read all of history for them then. */
  async keepFeatures(keeper: SnapshotKeeper): Promise<void> {
    const last = this.#recent.at(-1);
    if (last !== undefined) await keeper.caughtUp(this.#parts.builder, this.#bars, last.openTimeMs);
  }

  /** Makes room: the bar's decision has come, and the steps that it completes are kept. */
  settle(barMs: number): void {
    this.#decidedMs = barMs;
    const waiting = this.#undecided.findIndex((openTimeMs) => openTimeMs > barMs);
    this.#undecided.splice(0, waiting < 0 ? this.#undecided.length : waiting);
  }
}

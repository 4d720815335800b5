/** One lane of a made-up run: prices, decisions, fills and reasons that look like a trader's. Pure: writes nothing. */
import type { Attribution } from "../../services/core/contracts/attribution.ts";
import type { Bar } from "../../services/core/contracts/bar.ts";
import type { Decision, Equity, Fill } from "../../services/core/contracts/lane.ts";
import type { ModelVersion } from "../../services/core/contracts/model.ts";

const FEE = 0.0003;

/** What a bar wrote, to compare the page with. */
export interface WrittenBar {
  decision: Decision;
  equity: Equity;
  fill: Fill | null;
  bar: Bar;
  /** Null where no model answered. */
  attribution: Attribution | null;
}

/** Where a bar stands. */
export interface BarPlace {
  readonly index: number;
  readonly barMs: number;
  /** The bar before. */
  readonly previousMs: number;
}

/** Where prices are drawn back to. */
const LEVEL = 2_000;

export class FixtureLane {
  readonly #account: string;
  readonly #symbol: string;
  /** In [0, 1). */
  readonly #random: () => number;
  #close: number;
  #cash = 100_000;
  #quantity = 0;
  #holdQuantity = 0;
  #peak = 100_000;
  #target = 0;
  #pending: number | null = null;
  #entry = 0;

  constructor(account: string, symbol: string, random: () => number) {
    this.#account = account;
    this.#symbol = symbol;
    this.#random = random;
    this.#close = LEVEL + 500 * random();
  }

  /** The lane's next bar. @param version The model that decides. */
  step(place: BarPlace, version: ModelVersion | null): WrittenBar {
    const { barMs } = place;
    const open = this.#close * (1 + 0.002 * (this.#random() - 0.5));
    const fill = this.#pending === null ? null : this.#fill(place, open);
    if (this.#holdQuantity === 0) this.#holdQuantity = 100_000 / (open * (1 + FEE));
    const pull = 0.0005 * Math.log(open / LEVEL); // a long run stays where prices may be
    this.#close = open * Math.exp(0.0006 - pull + 0.011 * this.#normal());
    const bar = this.#bar(barMs, open, this.#close);
    const equity = this.#cash + this.#quantity * this.#close;
    this.#peak = Math.max(this.#peak, equity);
    const marked: Equity = {
      equity: round(equity, 2),
      buyAndHold: round(this.#holdQuantity * this.#close, 2),
      position: this.#quantity * this.#close / equity,
      close: round(this.#close, 2),
      drawdown: 1 - equity / this.#peak,
    };
    const decision = this.#decide(place, version);
    const attribution = this.#attribution(decision, place);
    return { decision, equity: marked, fill, bar, attribution };
  }

  #bar(openTimeMs: number, open: number, close: number): Bar {
    const [top, bottom] = [Math.max(open, close), Math.min(open, close)];
    return {
      openTimeMs,
      open: round(open, 2),
      high: round(top * (1 + 0.004 * this.#random()) + 0.01, 2),
      low: round(bottom * (1 - 0.004 * this.#random()) - 0.01, 2),
      close: round(close, 2),
      volume: Math.round(1e6 * (1 + this.#random())),
    };
  }

  #attribution(
    { chosen, runnerUp, modelVersion, state }: Decision,
    { index }: BarPlace,
  ): Attribution | null {
    if (chosen === null || runnerUp === null || modelVersion === null) return null;
    const baseline = 0.02 * (this.#random() - 0.5);
    const weights = Float32Array.from(state, () => this.#random() - 0.5);
    // Their sum is what cost and baseline leave of the lead.
    const wanted = chosen.q - runnerUp.q + chosen.cost - runnerUp.cost - baseline;
    const sum = weights.reduce((total, weight) => total + weight, 0);
    weights[0]! += wanted - sum;
    return {
      chosen: chosen.label,
      other: runnerUp.label,
      costDifference: chosen.cost - runnerUp.cost,
      baselineDifference: baseline,
      weights,
      residual: 1e-6,
      rough: index % 5 === 4,
      steps: 64,
      modelVersion,
    };
  }

  #fill({ barMs, previousMs }: BarPlace, price: number): Fill {
    const target = this.#pending ?? 0;
    const equity = this.#cash + this.#quantity * price;
    const wanted = target * equity / (price * (1 + FEE));
    const quantity = wanted - this.#quantity;
    const fee = Math.abs(quantity) * price * FEE;
    this.#cash -= quantity * price + fee;
    this.#entry = price;
    this.#quantity = wanted;
    this.#pending = null;
    return {
      account: this.#account,
      symbol: this.#symbol,
      barMs,
      decidedAtMs: previousMs,
      side: quantity > 0 ? "buy" : "sell",
      quantity: quantity.toFixed(6),
      price: price.toFixed(2),
      fee: fee.toFixed(4),
      reason: "order",
      liquidity: "taker",
    };
  }

  #decide({ index, barMs }: BarPlace, version: ModelVersion | null): Decision {
    const refused = index % 23 === 22;
    const flips = this.#random() < 0.05 || index === 0;
    const before = this.#target;
    const target = flips && !refused ? 1 - before : before;
    const edge = 0.02 + 0.1 * this.#random();
    const costs = before === 1 ? [0.025, 0] : [0, 0.025];
    const q = target === 1 ? [0.31 - edge, 0.31] : [0.28, 0.28 - edge];
    const options = ["flat", "long"].map((label, action) => ({
      label,
      class: action,
      scalars: [],
      q: q[action],
      cost: costs[action],
    }));
    const changed = target !== before;
    const held = Math.abs(this.#quantity) > 1e-9;
    this.#target = target;
    this.#pending = changed ? target : null;
    return {
      account: this.#account,
      symbol: this.#symbol,
      barMs,
      action: refused ? null : target === 1 ? "long" : "flat",
      size: null,
      stop: null,
      take: null,
      isKeep: !refused && !changed,
      targetBefore: before,
      target,
      heads: refused ? {} : { action: q, risk: [0.71] },
      costs,
      chosen: refused ? null : options[target],
      runnerUp: refused ? null : options[1 - target],
      confidence: refused ? null : round(0.5 + 0.4 * this.#random(), 4),
      atr: null,
      verdict: refused
        ? { outcome: "refused", reason: "the model gave no finite answer" }
        : changed
        ? { outcome: "ordered", reason: `position goes to ${target * 100} %` }
        : { outcome: "kept", reason: "the target is the one before" },
      order: changed
        ? {
          decidedAtMs: barMs,
          target,
          stopDistance: null,
          takeDistance: null,
          isResize: false,
          isTrailing: false,
          limitPrice: null,
        }
        : null,
      laneAccount: {
        cash: this.#cash.toFixed(2),
        quantity: this.#quantity.toFixed(6),
        entryPrice: held ? this.#entry.toFixed(2) : "0",
        barsInTrade: 0,
        feesPaid: "0",
        borrowPaid: "0",
        stopPrice: held ? (this.#entry * 0.97).toFixed(2) : "0",
        takePrice: held ? (this.#entry * 1.06).toFixed(2) : "0",
        trailDistance: "0",
        cooldownLeft: 0,
      },
      modelVersion: refused ? null : version,
      strategy: "sp500-daily",
      runner: "local",
      replica: "inference-1",
      latencyMs: 0.6 + this.#random(),
      state: Float32Array.from({ length: 12 }, () => 4 * (this.#random() - 0.5)),
    };
  }

  #normal(): number {
    return Math.sqrt(-2 * Math.log(this.#random())) * Math.cos(2 * Math.PI * this.#random());
  }
}

function round(value: number, places: number): number {
  return Number(value.toFixed(places));
}

/** Every decision that a configuration allows, and the account that each leads to: y = plan(z, d). Pure.
 *
 * Flat and fresh entries do not depend on what is held, so they share their points: equal points are the same object, and
 * whoever collects points may tell them apart by identity. Only what is kept or resized makes new ones. */
import { costOf } from "../account/expected_cost.ts";
import type { MarketSight } from "../account/slippage.ts";
import type { TradeRules } from "../account/trade_rules.ts";
import { ACTION_TARGETS, type ActionValue } from "../config/heads.ts";
import { type Candidate, DECIDING_HEADS, type DecidingHead, type Point } from "./candidate.ts";
import type { Held, Position } from "./held.ts";
import { type Afterstate, type ScalarName, scalarsOf } from "./scalars.ts";

export interface DecisionSpaceParts {
  readonly actions: readonly ActionValue[];
  /** Values of each further head; null without it. */
  readonly sizes: readonly number[] | null;
  /** In average true ranges; null among them for none. */
  readonly stops: readonly (number | null)[] | null;
  readonly takes: readonly (number | null)[] | null;
  /** Stops follow the best price. */
  readonly isTrailing: boolean;
  readonly scalars: readonly ScalarName[];
  readonly cooldownBars: number;
  readonly stopCooldownBars: number;
  /** What trading all of the equity takes from the reward beside its costs, in the reward's unit. */
  readonly turnoverPenalty: number;
}

/** A batch of the native engine holds so many. */
export const MOST_CANDIDATES = 256;

const FLAT: Afterstate = {
  exposure: 0,
  unrealisedPnl: 0,
  barsInTrade: 0,
  stopDistance: null,
  takeDistance: null,
  cooldownShare: 0,
};

export class DecisionSpace {
  /** The values of the action head: the position classes. */
  readonly classes: readonly ActionValue[];
  /** 1, 0 or -1 of each class. */
  readonly sides: readonly number[];
  /** Of {@link Point.scalars}, in their order. */
  readonly scalarNames: readonly ScalarName[];
  /** The heads that decide, in the order of the network's outputs. */
  readonly heads: readonly { readonly name: DecidingHead; readonly size: number }[];
  /** What a flat account without a cooldown can do. */
  readonly fresh: readonly Candidate[];
  readonly #parts: DecisionSpaceParts;
  readonly #flatClass: number;
  /** By class; none for flat. */
  readonly #entries: readonly (readonly Candidate[])[];
  /** Points of flat, by what is left of a cooldown. */
  readonly #flatPoints: readonly Point[];
  /** Staying flat, by the same. */
  readonly #waits: readonly Candidate[];
  readonly #exit: Candidate;

  /** @throws {RangeError} If no action is flat, a head has no value, or an account may have more than 256 candidates. */
  constructor(parts: DecisionSpaceParts) {
    this.#parts = parts;
    this.classes = parts.actions;
    this.sides = parts.actions.map((action) => ACTION_TARGETS[action]);
    this.scalarNames = parts.scalars;
    const values = { action: parts.actions, size: parts.sizes, stop: parts.stops, take: parts.takes };
    this.heads = DECIDING_HEADS.flatMap((name) =>
      values[name] === null ? [] : [{ name, size: values[name].length }]
    );
    this.#flatClass = this.sides.indexOf(0);
    this.#flatPoints = this.#makeFlatPoints();
    this.#waits = this.#flatPoints.map((point) => this.#flatCandidate(point, true));
    this.#exit = this.#flatCandidate(this.#flatPoints[parts.cooldownBars], false);
    this.#entries = this.classes.map((_, index) => this.#makeEntries(index));
    this.fresh = this.classes.flatMap((_, index) =>
      index === this.#flatClass ? [this.#waits[0]] : this.#entries[index]
    );
    this.#check();
  }

  /** Whether candidates place stops or takes, in average true ranges. */
  get needsAtr(): boolean {
    return this.heads.some(({ name }) => name === "stop" || name === "take");
  }

  /** In bars: what `flatPoint` takes at most. */
  get longestCooldown(): number {
    return Math.max(this.#parts.cooldownBars, this.#parts.stopCooldownBars);
  }

  /** What trading all of the equity takes from the reward beside its costs, in the reward's unit. */
  get turnoverPenalty(): number {
    return this.#parts.turnoverPenalty;
  }

  /** The point of a flat account with so many decisions, from the next one on, that may not enter. Always the same object.
   * @throws {RangeError} If that is longer than the longest cooldown. */
  flatPoint(cooldownLeft: number): Point {
    const point = this.#flatPoints[cooldownLeft];
    if (point !== undefined) return point;
    throw new RangeError(
      `Cannot give a flat point as its cooldown must be 0 to ${
        this.#flatPoints.length - 1
      }: it is ${cooldownLeft}`,
    );
  }

  /** All that can be done with what is held, in the order of the action head's values, the keep first among its own. */
  candidates(held: Held): readonly Candidate[] {
    if (held.class === this.#flatClass) return held.cooldownLeft === 0 ? this.fresh : [this.keep(held)];
    return this.classes.flatMap((_, index) => {
      if (index === held.class) return [this.keep(held), ...this.#resizes(held)];
      return index === this.#flatClass ? [this.#exit] : this.#entries[index];
    });
  }

  /** Leaving it as it is. A cooldown that began under longer rules counts as the longest. */
  keep(held: Held): Candidate {
    if (held.class === this.#flatClass) {
      const left = Math.max(0, held.cooldownLeft - 1);
      return this.#waits[Math.min(left, this.#waits.length - 1)];
    }
    const action = this.classes[held.class];
    const size = this.#nearestSize(held);
    return {
      label: this.heads.length === 1 ? action : `keep ${action}`,
      action,
      size: size === null ? null : this.#parts.sizes![size],
      stop: null,
      take: null,
      isKeep: true,
      isResize: false,
      isTrailing: false,
      exposure: this.#exposureOf(held),
      point: this.#heldPoint(held),
      choices: { action: held.class, size, stop: null, take: null },
    };
  }

  /** The target that a position stands for: all in, or the nearest size. Signed. */
  targetOf(position: Position): number {
    const size = this.#nearestSize(position);
    return this.sides[position.class] * (size === null ? 1 : this.#parts.sizes![size]);
  }

  /** The account before a decision as numbers, `[1 + k]`: its side, then the scalars. Branching values read it behind the
   * features. */
  accountRow(held: Held): Float32Array {
    const longest = Math.max(1, this.#flatPoints.length - 1);
    const scalars = scalarsOf(this.scalarNames, { ...held, cooldownShare: held.cooldownLeft / longest });
    return Float32Array.of(this.sides[held.class], ...scalars);
  }

  /** What each candidate is expected to cost, in the reward's unit: the trade's costs and the penalty on turnover.
   * @param market At the close that is decided on.  @param sigma Of the symbol's rewards. */
  costs(
    held: Held,
    candidates: readonly Candidate[],
    rules: TradeRules,
    market: MarketSight,
    sigma: number,
  ): number[] {
    const before = this.#exposureOf(held);
    const { turnoverPenalty } = this.#parts;
    return candidates.map(({ exposure }) =>
      costOf(before, exposure, rules, market) / sigma + turnoverPenalty * Math.abs(exposure - before)
    );
  }

  /** The best Q with each value of each head that decides; null for values that no candidate has.
   * @param q Of each candidate. */
  headValues(candidates: readonly Candidate[], q: ArrayLike<number>): Record<string, (number | null)[]> {
    return Object.fromEntries(this.heads.map(({ name, size }) => {
      const values = Array<number | null>(size).fill(null);
      candidates.forEach(({ choices }, index) => {
        const choice = choices[name];
        if (choice !== null) values[choice] = Math.max(values[choice] ?? -Infinity, q[index]);
      });
      return [name, values];
    }));
  }

  #check(): void {
    const empty = this.heads.find(({ size }) => size === 0);
    const most = this.fresh.length + 1 + (this.#parts.sizes?.length ?? 0);
    const fault = this.#flatClass < 0
      ? `an action must be flat: they are ${this.classes.join(", ")}`
      : empty !== undefined
      ? `head ${empty.name} must have a value: it has none`
      : most > MOST_CANDIDATES
      ? `an account may have at most ${MOST_CANDIDATES}: it has ${most}`
      : null;
    if (fault !== null) throw new RangeError(`Cannot list decisions as ${fault}`);
  }

  /** Without exposure among the scalars, the network knows a position by its class alone: all in, whatever has drifted. */
  #exposureOf(held: Held): number {
    return this.scalarNames.includes("exposure") ? held.exposure : this.sides[held.class];
  }

  #point(index: number, after: Afterstate): Point {
    return { class: index, scalars: scalarsOf(this.scalarNames, after) };
  }

  #heldPoint(held: Held, changes: Partial<Held> = {}): Point {
    const shared = this.#entries[held.class][0];
    return this.scalarNames.length === 0
      ? shared.point
      : this.#point(held.class, { ...held, ...changes, cooldownShare: 0 });
  }

  #makeFlatPoints(): Point[] {
    const longest = this.longestCooldown;
    const points = Array.from(
      { length: longest + 1 },
      (_, left) => this.#point(this.#flatClass, { ...FLAT, cooldownShare: left === 0 ? 0 : left / longest }),
    );
    return this.scalarNames.includes("cooldown_left") ? points : points.fill(points[0]);
  }

  #flatCandidate(point: Point, isKeep: boolean): Candidate {
    return {
      label: "flat",
      action: "flat",
      size: null,
      stop: null,
      take: null,
      isKeep,
      isResize: false,
      isTrailing: false,
      exposure: 0,
      point,
      choices: { action: this.#flatClass, size: null, stop: null, take: null },
    };
  }

  /** The product of the other heads' values, the last one running fastest. Entries that look alike share their point. */
  #makeEntries(index: number): Candidate[] {
    const side = this.sides[index];
    if (side === 0) return [];
    const { sizes, stops, takes, isTrailing } = this.#parts;
    const points = new Map<string, Point>();
    const shared = (after: Afterstate) => {
      const point = this.#point(index, after);
      const key = point.scalars.join();
      return points.get(key) ?? points.set(key, point).get(key)!;
    };
    const indexed = <T>(values: readonly T[] | null, none: T) =>
      values === null ? [[none, null] as const] : values.map((value, at) => [value, at] as const);
    return indexed(sizes, 1).flatMap(([size, sizeIndex]) =>
      indexed(stops, null).flatMap(([stop, stopIndex]) =>
        indexed(takes, null).map(([take, takeIndex]) => ({
          label: this.#labelOf(index, size, stop, take),
          action: this.classes[index],
          size: sizes === null ? null : size,
          stop,
          take,
          isKeep: false,
          isResize: false,
          isTrailing: isTrailing && stop !== null,
          exposure: side * size,
          point: shared({ ...FLAT, exposure: side * size, stopDistance: stop, takeDistance: take }),
          choices: { action: index, size: sizeIndex, stop: stopIndex, take: takeIndex },
        }))
      )
    );
  }

  #labelOf(index: number, size: number, stop: number | null, take: number | null): string {
    const { sizes, stops, takes } = this.#parts;
    const parts = [
      sizes === null ? this.classes[index] : `${this.classes[index]} ${size}`,
      ...(stops === null ? [] : [stop === null ? "no stop" : `stop ${stop}`]),
      ...(takes === null ? [] : [take === null ? "no take" : `take ${take}`]),
    ];
    return parts.join(", ");
  }

  /** To every size but the nearest, which the keep stands for: what has only drifted is not traded back. */
  #resizes(held: Held): Candidate[] {
    const { sizes } = this.#parts;
    if (sizes === null) return [];
    const nearest = this.#nearestSize(held);
    const action = this.classes[held.class];
    return sizes.flatMap((size, index) =>
      index === nearest ? [] : [{
        label: `${action} to ${size}`,
        action,
        size,
        stop: null,
        take: null,
        isKeep: false,
        isResize: true,
        isTrailing: false,
        exposure: this.sides[held.class] * size,
        point: this.#heldPoint(held, { exposure: size, unrealisedPnl: pnlAfterResize(held, size) }),
        choices: { action: held.class, size: index, stop: null, take: null },
      }]
    );
  }

  #nearestSize({ exposure }: Position): number | null {
    const { sizes } = this.#parts;
    if (sizes === null) return null;
    const gap = (size: number) => Math.abs(size - Math.abs(exposure));
    return sizes.reduce((best, size, index) => gap(size) < gap(sizes[best]) ? index : best, 0);
  }
}

/** Adding at today's price averages the entry: to first order the profit thins out as the position grows. */
function pnlAfterResize(held: Held, size: number): number {
  const before = Math.abs(held.exposure);
  return size > before ? held.unrealisedPnl * before / size : held.unrealisedPnl;
}

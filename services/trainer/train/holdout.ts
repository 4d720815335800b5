/** How a network would have traded a stretch of history that it did not learn from. Pure: money goes through `accountStep`. */
import {
  accountStep,
  costOf,
  type CostRules,
  markEquity,
  openAccount,
} from "../../core/account/account_step.ts";
import { parseMoney } from "../../core/account/money.ts";
import type { Experience } from "../../core/contracts/experience.ts";
import { choose } from "../../core/model/choose.ts";

export interface HoldoutRules {
  /** Where the action head lies in a row of outputs. */
  readonly actionSpan: { readonly start: number; readonly end: number };
  /** Target position of each action value. */
  readonly targets: readonly number[];
  readonly costs: CostRules;
  readonly sigma: Readonly<Record<string, number>>;
}

export interface HoldoutScore {
  readonly bars: number;
  /** Log growth of equity a bar, net of costs, in basis points. */
  readonly growthBp: number;
  /** The same for buying at the first open and holding. */
  readonly buyAndHoldBp: number;
  readonly orders: number;
  /** Share of the bars with a position. */
  readonly exposure: number;
}

const CASH = parseMoney("1000000");

/** Decides every step in order, from flat, and marks the end at the last step's exit.
 * @param steps Steps of one symbol, oldest first, without a gap between them.
 * @param values W of every action of every step, `[steps, targets]` row-major. */
export function scoreHoldout(
  steps: readonly Experience[],
  values: Float32Array,
  rules: HoldoutRules,
): HoldoutScore {
  const { targets, costs } = rules;
  const [first, last] = [steps[0], steps[steps.length - 1]];
  if (first === undefined) {
    throw new RangeError("Cannot score a holdout as it must hold at least 1 step: it holds none");
  }
  if (values.length !== steps.length * targets.length) {
    throw new RangeError(
      `Cannot score a holdout as there must be ${
        steps.length * targets.length
      } values: there are ${values.length}`,
    );
  }
  const sigma = rules.sigma[first.symbol];
  const costTable = targets.map((from) => targets.map((to) => costOf(from, to, costs) / sigma));
  let account = openAccount(CASH);
  let held = targets.indexOf(0);
  let [orders, exposed] = [0, 0];
  steps.forEach((step, index) => {
    const row = values.subarray(index * targets.length, (index + 1) * targets.length);
    const { action } = choose(row, costTable[held], held);
    const order = action === held ? null : { decidedAtMs: step.barMs, target: targets[action] };
    if (order !== null) orders++;
    account = accountStep(account, order, step.next, costs).account;
    held = action;
    if (account.quantity !== 0n) exposed++;
  });
  const holding =
    accountStep(openAccount(CASH), { decidedAtMs: first.barMs, target: 1 }, first.next, costs).account;
  return {
    bars: steps.length,
    growthBp: growthBp(markEquity(account, last.exitOpen), steps.length),
    buyAndHoldBp: growthBp(markEquity(holding, last.exitOpen), steps.length),
    orders,
    exposure: exposed / steps.length,
  };
}

function growthBp(end: bigint, bars: number): number {
  return end <= 0n ? -Infinity : Math.log(Number(end) / Number(CASH)) / bars * 1e4;
}

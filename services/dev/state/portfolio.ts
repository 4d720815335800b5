/** Which account a state is shown with: a supplied one, else the run's, else one with nothing but cash; and what of it the network
 * may read. Pure. */
import { type Account, fromLaneAccount, markEquity, openAccount } from "../../core/account/account.ts";
import type { TradeRules } from "../../core/account/trade_rules.ts";
import { fromNumber, toNumber } from "../../core/account/money.ts";
import { parseYaml } from "../../core/config/load_yaml.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import { accountOf, PortfolioFile } from "../../core/config/portfolio.ts";
import type { LaneAccount } from "../../core/contracts/lane.ts";
import { type Held, heldOf } from "../../core/decisions/held.ts";
import { SCALAR_MEANINGS, type ScalarName, SCALARS } from "../../core/decisions/scalars.ts";
import { decisionSpaceOf } from "../../core/decisions/space_of.ts";
import type { StateElement } from "./state_view.ts";

export interface Portfolio {
  /** Where it is from, for people. */
  readonly from: string;
  readonly account: Account;
}

/** @param file Its name in messages.  @throws {ConfigError} With every fault, if the text is no portfolio. */
export function parsePortfolio(file: string, text: string): Portfolio {
  return { from: file, account: accountOf(parseYaml(file, text, PortfolioFile)) };
}

export function storedPortfolio(from: string, account: LaneAccount): Portfolio {
  return { from, account: fromLaneAccount(account) };
}

/** What a lane starts with. */
export function freshPortfolio(cash: number): Portfolio {
  return { from: "nowhere: flat", account: openAccount(fromNumber(cash)) };
}

export interface Measure {
  readonly close: number;
  /** Average true range at that bar; null while it warms up. */
  readonly atr: number | null;
  /** Standard deviation of the symbol's log return a bar. */
  readonly sigma: number;
}

/** An account as people read it, and as the network does. */
export interface AccountView {
  readonly from: string;
  readonly cash: number;
  readonly quantity: number;
  readonly equity: number;
  readonly entries: readonly StateElement[];
}

/** Every entry of the account, whether the configuration lists it or not.
 * @throws {RangeError} If the account cannot be: it is on a side that the action head has not, or its stop cannot be measured. */
export function viewAccount(
  { from, account }: Portfolio,
  measure: Measure,
  config: ModelConfig,
  rules: TradeRules,
): AccountView {
  const space = decisionSpaceOf({ ...config, account: ["position", ...SCALARS] }, rules);
  const held = heldOf(account, measure, space.sides);
  const [side = 0, ...scaled] = space.accountRow(held);
  const quantity = toNumber(account.quantity);
  const common = { params: {}, norm: "", timeframe: null };
  return {
    from,
    cash: toNumber(account.cash),
    quantity,
    equity: toNumber(markEquity(account, measure.close)),
    entries: [
      {
        ...common,
        ...{ name: "position", source: "account", raw: quantity, scaled: side, unit: "units" },
        ...{ range: [-1, 1], isInput: true },
      },
      ...SCALARS.map((name, index) => ({
        ...common,
        ...{ name, source: "account", raw: RAW[name](held), scaled: scaled[index]! },
        norm: SCALAR_MEANINGS[name].scaling,
        unit: SCALAR_MEANINGS[name].unit,
        range: SCALAR_MEANINGS[name].range.map((end) => Number.isFinite(end) ? end : null) as [
          number,
          number | null,
        ],
        isInput: config.account.includes(name),
      })),
    ],
  };
}

const RAW: Readonly<Record<ScalarName, (held: Held) => number | null>> = {
  exposure: ({ exposure }) => exposure,
  unrealised_pnl: ({ unrealisedPnl }) => unrealisedPnl,
  bars_in_trade: ({ barsInTrade }) => barsInTrade,
  stop_distance: ({ stopDistance }) => stopDistance,
  take_distance: ({ takeDistance }) => takeDistance,
  cooldown_left: ({ cooldownLeft }) => cooldownLeft,
};

/** What must be right of the venue before an order may leave: said at the start, all faults at once. Pure. */
import { formatMoney } from "../../core/account/money.ts";
import type { RulesOf, TradeRules } from "../../core/account/trade_rules.ts";
import { branchHeads } from "../../core/config/heads.ts";
import { ConfigError } from "../../core/config/load_yaml.ts";
import type { VenueMarket } from "../../core/venue/venue_market.ts";
import type { VenueWish } from "../../core/venue/venue_wish.ts";

/** What the venue's markets must be like. @throws {ConfigError} With every fault. */
export function checkMarkets(
  markets: ReadonlyMap<string, VenueMarket>,
  { misc: { account }, heads, rulesOf }: Pick<VenueWish, "misc" | "heads"> & { readonly rulesOf: RulesOf },
): void {
  const faults: string[] = [];
  const { stops, takes } = branchHeads(heads);
  const isSet = (distances: typeof stops) => distances?.some((distance) => distance !== null) === true;
  const lanesOf = new Map<string, string>();
  for (const [symbol, { base, quote, restsStops, restsTakes, restsBoth }] of markets) {
    if (quote !== account.currency) {
      faults.push(`${symbol} must be paid in account.currency ${account.currency}: it is paid in ${quote}`);
    }
    const other = lanesOf.get(base);
    if (other !== undefined) {
      faults.push(`${symbol} and ${other} must not both hold ${base}: nobody could tell whose it is`);
    }
    lanesOf.set(base, symbol);
    faults.push(...rulesThatDoNotHold(symbol, rulesOf(symbol)));
    if (isSet(stops) && !restsStops) {
      faults.push(`${symbol} must take stops that rest at the venue: it takes none`);
    }
    if (isSet(takes) && !restsTakes) {
      faults.push(`${symbol} must take orders for profits that rest at the venue: it takes none`);
    }
    if (isSet(stops) && isSet(takes) && !restsBoth) {
      faults.push(
        `heads must have stop or take, not both: what rests on the spot market ${symbol} holds the whole quantity`,
      );
    }
  }
  refuse(faults);
}

/** What paper can do and orders at a venue cannot yet. */
function rulesThatDoNotHold(symbol: string, { entry, maxLeverage, multiplier }: TradeRules): string[] {
  return [
    ...(entry === "market" ? [] : [`${symbol} must be entered at the market: its entry is ${entry}`]),
    ...(maxLeverage <= 1
      ? []
      : [`${symbol} must be traded without borrowing: its largest leverage is ${maxLeverage}`]),
    ...(multiplier === 1 ? [] : [`${symbol} must be counted in units: its multiplier is ${multiplier}`]),
  ];
}

/** @param cash That lanes are to begin with. @param held At the venue. @throws {ConfigError} If it is less. */
export function checkCash(cash: bigint, held: bigint, currency: string): void {
  if (held >= cash) return;
  refuse([
    `the venue must hold what new lanes start with (account.cash_per_lane), together ${
      formatMoney(cash)
    } ${currency}: ` +
    `it holds ${formatMoney(held)}`,
  ]);
}

function refuse(faults: readonly string[]): void {
  if (faults.length > 0) throw new ConfigError("the venue", faults);
}

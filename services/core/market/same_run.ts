/** Which run lies in a database, and whether what is asked for goes on with it. Pure. */
import type { FeedStatus } from "../contracts/feed_status.ts";
import type { RunTerms } from "../contracts/run_terms.ts";
import { describeSchemaDifference } from "../model/schema_hash.ts";
import { abridgedLines } from "../runtime/texts.ts";
import type { Market } from "./market.ts";

/** What of the feed's status tells one run from another. */
export type RunIdentity = Pick<
  FeedStatus,
  "feed" | "symbols" | "timeframe" | "bootstrapBars" | "plannedLiveBars" | "lockstep" | "days"
>;

/** Terms are null of a run that was begun before they were kept. */
export interface RunInDatabase {
  readonly identity: RunIdentity;
  readonly terms: RunTerms | null;
}

/** Raised where another run lies in the database. */
export class OtherRunError extends RangeError {
  override name = "OtherRunError";
}

const NAMED_DIFFERENCES = 8;

export function identityOf(
  market: Pick<Market, "name" | "symbols" | "timeframe" | "historyBars" | "liveBars">,
  lockstep: boolean,
  days: Readonly<Record<string, string>>,
): RunIdentity {
  return {
    feed: market.name,
    symbols: [...market.symbols],
    timeframe: market.timeframe,
    bootstrapBars: market.historyBars,
    plannedLiveBars: market.liveBars,
    lockstep,
    ...(Object.keys(days).length > 0 && { days: { ...days } }),
  };
}

/** Bars of two feeds must never mix in one database, nor decisions of two networks, nor money by two rules.
 * @throws {OtherRunError} With each difference, and what to do. */
export function checkSameRun(before: RunInDatabase, now: RunInDatabase): void {
  const market = describeSchemaDifference(marketText(now.identity), marketText(before.identity));
  const isOther = market.some((difference) => /^--(?:feed|symbols):/.test(difference));
  const differences = [
    ...market,
    ...differencesOf("model_config.yaml", now.terms?.schema, before.terms?.schema),
    ...(isOther ? [] : differencesOf("misc.yaml", now.terms?.rules, before.terms?.rules)), // of each market its own
  ];
  if (differences.length === 0) return;
  throw new OtherRunError(
    [
      `Cannot go on with the run in the database, ${
        describeRun(before.identity)
      }, as it must stay what it was begun as:`,
      ...abridgedLines(differences, NAMED_DIFFERENCES).map((each) => `  ${each}`),
      "Start with what that run was begun with (there), or anew in an empty database, e.g. redis://host:port/1.",
    ].join("\n"),
  );
}

/** For people: `sp500 (SPX; 1d; 180 live bars)`. */
export function describeRun(
  { feed, symbols, timeframe, ...rest }: RunIdentity & { readonly liveBars?: number },
): string {
  const bars = rest.liveBars === undefined ? "" : `; ${rest.liveBars} live bars`;
  return `${feed} (${symbols.join(", ")}; ${timeframe}${bars})`;
}

function differencesOf(file: string, here: string | undefined, there: string | undefined): string[] {
  if (here === undefined || there === undefined) return [];
  return describeSchemaDifference(here, there).map((difference) => `${file}: ${difference}`);
}

/** In the words of who gives it. A market without an end has as much history as it finds. */
function marketText({ feed, symbols, timeframe, days, ...rest }: RunIdentity): string {
  return JSON.stringify({
    "--feed": feed,
    "--symbols": symbols.join(","),
    "data.timeframe": timeframe,
    ...(rest.plannedLiveBars !== null && { "bars of history (feed.bootstrap_share)": rest.bootstrapBars }),
    "lockstep (--bars is given)": rest.lockstep,
    "days of features (instruments)": days ?? {},
  });
}

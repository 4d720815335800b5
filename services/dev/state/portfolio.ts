/** Which account a state is shown with: the stored one, else a supplied one, else one with nothing but cash. Pure. */
import { fromLaneAccount, markEquity, openAccount, toLaneAccount } from "../../core/account/account.ts";
import { fromNumber, toNumber } from "../../core/account/money.ts";
import { LaneAccount } from "../../core/contracts/lane.ts";

export interface Portfolio {
  /** Where it is from, for people. */
  readonly from: string;
  readonly account: LaneAccount;
}

export interface MarkedPortfolio extends Portfolio {
  /** At the bar's close, in the quote currency. */
  readonly equity: number;
  /** What a value depends on besides the market. The vector does not hold it: the network has an output for each target
   * position, and costs are counted from the side that is held, which is the scaled value. */
  readonly position: {
    readonly raw: number;
    readonly scaled: number;
    readonly unit: string;
    readonly range: readonly [number, number];
  };
}

/** @param file Its name in messages.  @throws {RangeError} If the text is no account. */
export function parsePortfolio(file: string, text: string): Portfolio {
  let raw: unknown;
  try {
    raw = JSON.parse(text);
  } catch (cause) {
    throw new RangeError(`Cannot use portfolio ${file} as it must be JSON: ${(cause as Error).message}`, {
      cause,
    });
  }
  const parsed = LaneAccount.safeParse(raw);
  if (parsed.success) return { from: file, account: parsed.data };
  const faults = parsed.error.issues.map(({ path, message }) =>
    `  ${path.join(".") || "the file"}: ${message}`
  );
  throw new RangeError(`Cannot use portfolio ${file} as it must be a lane's account:\n${faults.join("\n")}`);
}

export interface PortfolioChoice {
  readonly stored: Portfolio | null;
  readonly supplied: Portfolio | null;
  /** What a lane starts with. */
  readonly cash: number;
  /** To mark it at. */
  readonly close: number;
}

export function choosePortfolio({ stored, supplied, cash, close }: PortfolioChoice): MarkedPortfolio {
  const portfolio = stored ?? supplied ?? {
    from: "nowhere: flat",
    account: toLaneAccount(openAccount(fromNumber(cash))),
  };
  const account = fromLaneAccount(portfolio.account);
  const equity = toNumber(markEquity(account, close));
  const raw = equity === 0 ? 0 : toNumber(account.quantity) * close / equity;
  const position = { raw, scaled: Math.sign(raw), unit: "fraction of equity", range: [-1, 1] as const };
  return { ...portfolio, equity, position };
}

/** The account at a replayed bar, its fills, and rewards: the one that is known by then, and, on demand, what the decision of this
 * bar earned later. Pure. */
import type { Timeframe } from "../../services/core/contracts/symbol.ts";
import type { Frame } from "../history/frame.ts";
import type { Times } from "../live/times.ts";
import { Card } from "./card.tsx";
import { Fact } from "./fact.tsx";
import { decimal, money, percent, plural, price, signed, signedPercent } from "./format.ts";

interface ReplayAccountProps {
  frame: Frame;
  timeframe: Timeframe | undefined;
  times: Times;
  currency: string;
  showsOutcome: boolean;
  onOutcome: (shows: boolean) => void;
}

export function ReplayAccount(props: ReplayAccountProps) {
  const { frame, timeframe, times, currency, showsOutcome, onOutcome } = props;
  const { point, decision, trades, settled, outcome } = frame;
  const { cash, quantity, entryPrice, stopPrice, takePrice, cooldownLeft, feesPaid, borrowPaid } =
    decision.laneAccount;
  const isFlat = Number(quantity) === 0;
  const facts: [name: string, value: string][] = [
    ["Equity", `${money(point?.equity)} ${currency}`],
    ["Buy and hold", `${money(point?.buyAndHold)} ${currency}`],
    ["Position", signedPercent(point?.position, 1)],
    ["Under peak", percent(point?.drawdown)],
    ["Cash", `${money(Number(cash))} ${currency}`],
    ["Entry", isFlat ? "flat" : price(Number(entryPrice))],
    ["Stop", Number(stopPrice) === 0 ? "none" : price(Number(stopPrice))],
    ["Take", Number(takePrice) === 0 ? "none" : price(Number(takePrice))],
    ["Cooldown", cooldownLeft === 0 ? "none" : plural(cooldownLeft, "bar")],
    ["Fees paid", `${money(Number(feesPaid))} ${currency}`],
    ["Borrowing paid", `${money(Number(borrowPaid))} ${currency}`],
  ];
  return (
    <Card title="Account and reward" kind="replay-account">
      <dl class="facts thirds-facts">
        {facts.map(([name, value]) => <Fact key={name} name={name}>{value}</Fact>)}
      </dl>
      <h3>Fills on this bar</h3>
      {trades.length === 0 ? <p class="faint">None.</p> : (
        <ul>
          {trades.map(({ id, side, quantity, price: at, fee, reason, liquidity }) => (
            <li key={id}>
              {side === "buy" ? "▲ bought" : "▼ sold"} {decimal(Math.abs(quantity), 8)} at {price(at)}, fee
              {" "}
              {money(fee)} ({reason}, {liquidity})
            </li>
          ))}
        </ul>
      )}
      <h3>Reward</h3>
      <p>
        {settled === null ? <span class="faint">No decision has earned all it will by this bar.</span> : (
          <>
            The decision of {times.bar(settled.barMs, timeframe)} has earned{" "}
            <b class="settled">{signed(settled.outcome.reward, 3)}</b> σ (
            {signedPercent(settled.outcome.logReturn, 2)}) by this bar's open.
          </>
        )}
      </p>
      <label class="outcome">
        <input
          type="checkbox"
          checked={showsOutcome}
          onChange={(event) => onOutcome(event.currentTarget.checked)}
        />
        Show what this decision earned, which was not known at this bar
      </label>
      {showsOutcome && (
        <p class="outcome-text">
          {outcome === null ? "It is not known yet." : (
            <>
              <b>{signed(outcome.reward, 3)}</b> σ ({signedPercent(outcome.logReturn, 2)}, cost{" "}
              {percent(outcome.cost, 3)}), from the next open to the one after.
            </>
          )}
        </p>
      )}
    </Card>
  );
}

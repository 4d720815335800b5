/** What the lane was worth so far, beside buying and holding. */
import { Card, Empty } from "../components/card.tsx";
import { count, decimal, money, percent, plural, signedPercent } from "../components/format.ts";
import { useLane, useRecent, useShared } from "../live/page_signals.ts";

export default function LaneStatistics() {
  const { agent, hold, turnover, exposure, trades, hitRate, fees, barsPerYear } = useLane("statistics");
  const { currency } = useShared("settings");
  const [decision] = useRecent().decisions;
  const borrowing = decision === undefined ? null : Number(decision.laneAccount.borrowPaid);
  if (agent === null || hold === null) {
    return (
      <Card title="Statistics" kind="statistics">
        <Empty>They appear with the second live bar.</Empty>
      </Card>
    );
  }
  const rows: [name: string, unit: string, agent: string, hold: string][] = [
    ["Return", "total", signedPercent(agent.totalReturn), signedPercent(hold.totalReturn)],
    ["Growth", "a year", signedPercent(agent.cagr), signedPercent(hold.cagr)],
    ["Volatility", "a year", percent(agent.volatility), percent(hold.volatility)],
    ["Sharpe ratio", "a year", decimal(agent.sharpe, 2), decimal(hold.sharpe, 2)],
    ["Sortino ratio", "a year", decimal(agent.sortino, 2), decimal(hold.sortino, 2)],
    ["Max drawdown", "of peak", percent(agent.maxDrawdown), percent(hold.maxDrawdown)],
    ["Longest under peak", "bars", count(agent.longestDrawdownBars), count(hold.longestDrawdownBars)],
    ["Turnover", "× equity a year", decimal(turnover, 1), "–"],
    ["Exposure", "mean, of equity", percent(exposure), "–"],
    ["Hit rate", `of ${plural(trades, "trade")}`, percent(hitRate), "–"],
    ["Fees paid", currency, money(fees), "–"],
    ["Borrowing paid", currency, money(borrowing), "–"],
  ];
  return (
    <Card
      title="Statistics"
      kind="statistics"
      aside={
        <span title="Bars that a year has, by the market's calendar">
          {decimal(barsPerYear, 0)} bars a year
        </span>
      }
    >
      <table>
        <thead>
          <tr>
            <th scope="col">Figure</th>
            <th scope="col" class="number">Agent</th>
            <th scope="col" class="number">Buy and hold</th>
          </tr>
        </thead>
        <tbody>
          {rows.map(([name, unit, ours, theirs]) => (
            <tr key={name}>
              <th scope="row">
                {name} <small>{unit}</small>
              </th>
              <td class="number">{ours}</td>
              <td class="number">{theirs}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Card>
  );
}

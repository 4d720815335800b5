/** What was executed for the chosen symbol: the newest fills, and all of them as CSV. */
import { Card } from "../components/card.tsx";
import { type Column, DataTable, numberColumn } from "../components/data_table.tsx";
import { count, decimal, money, price } from "../components/format.ts";
import { LIMITS, type Trade } from "../live/messages.ts";
import { chart, seriesVersion, useLane, useShared } from "../live/page_signals.ts";
import { replayAddress } from "../live/replay_address.ts";
import { type Times, useTimes } from "../live/times.ts";

export default function FillTable() {
  const symbol = useLane("symbol");
  const total = useLane("tradeCount");
  const timeframe = useShared("feed")?.timeframe;
  const { currency } = useShared("settings");
  const times = useTimes();
  void seriesVersion.value;
  const fills = chart.trades.slice(-LIMITS.trades).reverse();
  return (
    <Card
      title={`Fills ${symbol}`}
      kind="fill-table"
      aside={<span>the last {count(fills.length)} of {count(total)} · CSV holds all of the run</span>}
    >
      <DataTable
        name={`fills-${symbol.replaceAll("/", "-")}`}
        rows={fills}
        columns={columnsOf({ symbol, timeframe, currency, times })}
        rowKey={({ id }) => id}
        csvHref={symbol === "" ? undefined : `/data/fills/${encodeURIComponent(symbol)}/csv`}
        filterLabel="Filter fills by text"
        empty={total > 0
          ? "Loading…"
          : "Nothing was executed yet. An order fills on the bar after its decision; stops and takes inside a bar."}
      />
    </Card>
  );
}

interface Naming {
  symbol: string;
  timeframe: string | undefined;
  currency: string;
  times: Times;
}

function columnsOf({ symbol, timeframe, currency, times }: Naming): Column<Trade>[] {
  return [
    {
      key: "bar",
      title: `Bar (${times.barZone(timeframe)})`,
      value: ({ barMs }) => times.bar(barMs, timeframe),
      cell: ({ barMs }) => <a href={replayAddress(symbol, barMs)}>{times.bar(barMs, timeframe)}</a>,
    },
    {
      key: "side",
      title: "Side",
      value: ({ side }) => side,
      cell: ({ side }) => <span class={`side-${side}`}>{side === "buy" ? "▲ bought" : "▼ sold"}</span>,
    },
    numberColumn("quantity", "Quantity", ({ quantity }) => Math.abs(quantity), (value) => decimal(value, 8)),
    numberColumn("price", `Price, ${currency}`, ({ price }) => price, price),
    numberColumn("value", `Value, ${currency}`, ({ quantity, price }) => Math.abs(quantity) * price, money),
    numberColumn("fee", `Fee, ${currency}`, ({ fee }) => fee, money),
    { key: "reason", title: "Why", value: ({ reason }) => WHY[reason] },
    { key: "liquidity", title: "Liquidity", value: ({ liquidity }) => liquidity },
  ];
}

const WHY: Readonly<Record<Trade["reason"], string>> = {
  order: "ordered by the decision before",
  stop: "stop was reached",
  take: "take was reached",
  liquidated: "margin was used up",
  reconciled: "taken over from the venue",
};

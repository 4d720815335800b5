/** Every symbol at a glance; a click shows it. Nothing where the feed has one. */
import { Card } from "../components/card.tsx";
import { money, price, signedPercent } from "../components/format.ts";
import type { OverviewRow } from "../live/messages.ts";
import { useLane, useShared } from "../live/page_signals.ts";
import { chooseSymbol } from "../live/symbol_choice.ts";

export default function SymbolOverview() {
  const rows = useShared("overview");
  const symbols = useShared("feed")?.symbols.length ?? 0;
  const chosen = useLane("symbol");
  if (symbols < 2) return null;
  return (
    <Card
      title="Symbols"
      kind="overview"
      aside={
        <span>
          {rows.length < symbols ? `the first ${rows.length} of ${symbols}` : `${symbols} lanes`}{" "}
          · close, equity, growth, ▲▼ against buy and hold
        </span>
      }
    >
      <ul class="lanes">
        {rows.map((row) => (
          <li key={row.symbol}>
            <button
              type="button"
              aria-pressed={row.symbol === chosen}
              onClick={() => chooseSymbol(row.symbol)}
            >
              <Lane row={row} />
            </button>
          </li>
        ))}
      </ul>
    </Card>
  );
}

function Lane({ row: { symbol, latest, startEquity, action, close } }: { row: OverviewRow }) {
  const position = latest?.position ?? 0;
  const side = position > 0 ? "long" : position < 0 ? "short" : "flat";
  const growth = latest === null || startEquity === null ? null : latest.equity / startEquity - 1;
  const lead = latest === null ? null : latest.equity / latest.buyAndHold - 1;
  return (
    <>
      <span class="lane-name" title={symbol}>{symbol}</span>
      <span class={`lane-side action-${side}`}>
        {side === "long" ? "▲" : side === "short" ? "▼" : "–"} {side}
      </span>
      <span class="lane-close">{price(close)}</span>
      <span class="lane-equity">{money(latest?.equity)}</span>
      <span class="lane-growth">{signedPercent(growth, 1)}</span>
      <span class="lane-lead" title="Against buying and holding">
        {lead === null ? "" : `${lead >= 0 ? "▲" : "▼"} ${signedPercent(lead, 1)}`}
      </span>
      <span class="sr-only">last decision {action ?? "none"}</span>
    </>
  );
}

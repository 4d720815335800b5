/** Chooses the symbol; nothing where the feed has one. */
import { chooseSymbol } from "../live/symbol_choice.ts";
import { useLane, useShared } from "../live/page_signals.ts";

export default function SymbolSwitch() {
  const symbols = useShared("feed")?.symbols ?? [];
  const chosen = useLane("symbol");
  if (symbols.length < 2) {
    return <div class="symbol-switch" title="Symbol">{chosen === "" ? "" : <strong>{chosen}</strong>}</div>;
  }
  return (
    <label class="symbol-switch">
      <span>Symbol</span>
      <select
        aria-label="Symbol"
        value={chosen}
        onChange={(event) => chooseSymbol(event.currentTarget.value)}
      >
        {symbols.map((symbol) => (
          <option key={symbol} value={symbol} selected={symbol === chosen}>{symbol}</option>
        ))}
      </select>
    </label>
  );
}

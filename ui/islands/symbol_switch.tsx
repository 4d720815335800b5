/** Chooses the symbol; nothing to choose where the feed has one. */
import { useKeys } from "../live/keys.ts";
import { useLane, useShared } from "../live/page_signals.ts";
import { askedSymbol, chooseSymbol } from "../live/symbol_choice.ts";

export default function SymbolSwitch() {
  const symbols = useShared("feed")?.symbols ?? [];
  const chosen = useLane("symbol");
  const step = (by: number) => {
    const next = symbols[symbols.indexOf(askedSymbol() ?? chosen) + by];
    if (next !== undefined) chooseSymbol(next);
  };
  useKeys([
    { keys: ["j", "ArrowDown"], what: "Next symbol", act: () => step(1) },
    { keys: ["k", "ArrowUp"], what: "Symbol before", act: () => step(-1) },
  ]);
  if (symbols.length < 2) {
    return <div class="symbol-switch">{chosen === "" ? "" : <strong>{chosen}</strong>}</div>;
  }
  return (
    <label class="symbol-switch">
      <span class="sr-only">Symbol</span>
      <select value={chosen} onChange={(event) => chooseSymbol(event.currentTarget.value)}>
        {symbols.map((symbol) => (
          <option key={symbol} value={symbol} selected={symbol === chosen}>{symbol}</option>
        ))}
      </select>
    </label>
  );
}

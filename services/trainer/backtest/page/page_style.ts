/** The look of the report's page, light and dark by the reader's system. Blue and orange are told apart by every kind of sight. */
export const PAGE_STYLE = `
:root { color-scheme: light dark; --ground: #eef1f6; --surface: #fff; --line: #d9e0ea; --text: #141b27; --muted: #4c5a70;
  --model: #0b62cf; --held: #a85b00; --third: #6544c4; --random: #7a8698; --good: #0b62cf; --bad: #b8320c; }
@media (prefers-color-scheme: dark) { :root { --ground: #0a0e15; --surface: #111722; --line: #232d3e; --text: #e8edf5;
  --muted: #9aa7bb; --model: #56a8ff; --held: #f0a53a; --third: #b7a1f5; --random: #7d8aa0; --good: #56a8ff; --bad: #ff7a59; } }
* { box-sizing: border-box; }
body { margin: 0; background: var(--ground); color: var(--text); font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; font-variant-numeric: tabular-nums; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 20px 60px; }
h1 { font-size: 28px; line-height: 1.2; margin: 0 0 8px; text-wrap: balance; }
h2 { font-size: 17px; margin: 0 0 10px; }
p { margin: 4px 0; }
.lead { font-size: 16px; }
.warning { border-left: 4px solid var(--held); padding: 6px 12px; margin: 12px 0; background: var(--surface); }
.muted, .tick { color: var(--muted); }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 10px; padding: 18px 20px; margin-top: 16px; }
.wide { overflow-x: auto; }
.tall { max-height: 460px; overflow-y: auto; }
.tall th { position: sticky; top: 0; background: var(--surface); }
svg { display: block; width: 100%; min-width: 700px; height: auto; }
.tick { fill: var(--muted); font-size: 12px; }
.grid { stroke: var(--line); stroke-width: 1; }
.line { fill: none; stroke-width: 1.6; stroke-linejoin: round; }
.line.model { stroke: var(--model); stroke-width: 2.2; } .line.held { stroke: var(--held); } .line.third { stroke: var(--third); }
.line.random { stroke: var(--random); stroke-dasharray: 3 3; }
.under.model { fill: var(--model); opacity: .14; stroke: none; }
.cursor { stroke: var(--muted); stroke-width: 1; }
.legend { display: flex; flex-wrap: wrap; gap: 4px 22px; margin-bottom: 6px; min-height: 24px; }
.legend b { font-weight: 600; }
.swatch { display: inline-block; width: 14px; height: 3px; border-radius: 2px; margin-right: 7px; vertical-align: middle; }
.swatch.model { background: var(--model); } .swatch.held { background: var(--held); } .swatch.third { background: var(--third); }
.swatch.random { background: var(--random); }
table { border-collapse: collapse; width: 100%; font-size: 14px; }
th, td { text-align: right; padding: 5px 10px; border-bottom: 1px solid var(--line); white-space: nowrap; vertical-align: top; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
th { font-weight: 600; color: var(--muted); }
td small { display: block; color: var(--muted); font-size: 12px; }
td.model { font-weight: 600; } td.model small { font-weight: 400; }
tbody tr:last-child td { border-bottom: none; }
.months td { padding: 5px 6px; font-size: 13px; }
.months td.total { font-weight: 600; }
.candle { stroke-width: 1; } .candle.up { stroke: var(--muted); fill: var(--surface); }
.candle.down { stroke: var(--muted); fill: var(--muted); }
.held.long { fill: var(--model); opacity: .1; } .held.short { fill: var(--held); opacity: .13; }
.mark.buy { fill: var(--good); } .mark.sell { fill: var(--bad); }
summary { cursor: pointer; padding: 6px 0; font-weight: 600; }
details + details { border-top: 1px solid var(--line); }
.gain { color: var(--good); } .loss { color: var(--bad); }
@media (max-width: 640px) { main { padding: 16px 10px 40px; } section { padding: 14px 12px; } h1 { font-size: 22px; } }
@media print { :root { color-scheme: light; } .tall { max-height: none; } section { break-inside: avoid; } }
`;

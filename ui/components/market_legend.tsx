/** What the marks of the market chart mean. */

export function MarketLegend() {
  return (
    <ul class="legend" aria-label="Marks of the chart">
      <li>
        <span class="mark fill" aria-hidden="true">▲▼</span>executed
      </li>
      <li>
        <span class="mark signal" aria-hidden="true">●</span>decided, fills later
      </li>
      <li>
        <span class="mark refused" aria-hidden="true">■</span>refused
      </li>
      <li>
        <i class="swatch long" aria-hidden="true" />long
      </li>
      <li>
        <i class="swatch short" aria-hidden="true" />short
      </li>
      <li>
        <i class="swatch cooldown" aria-hidden="true" />cooldown
      </li>
      <li>
        <i class="level entry" aria-hidden="true" />entry
      </li>
      <li>
        <i class="level stop" aria-hidden="true" />stop
      </li>
      <li>
        <i class="level take" aria-hidden="true" />take
      </li>
      <li>
        <i class="level hole" aria-hidden="true" />bars missing
      </li>
    </ul>
  );
}

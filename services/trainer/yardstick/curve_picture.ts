/** Learning curves as an SVG: one panel a yardstick, one line a seed. Pure. */
import type { Report } from "./report.ts";

const PANEL = { width: 300, height: 150, left: 36, right: 10, top: 26, bottom: 24 };
const COLUMNS = 2;
/** Lower scores are drawn at the bottom. */
const LOWEST = -0.2;
const HIGHEST = 1.1;
const COLOURS = ["#0b6e99", "#c2571a", "#3d7d3d", "#8a4fa3", "#a3343f"];

export function curvePicture(reports: readonly Report[]): string {
  const rows = Math.ceil(reports.length / COLUMNS);
  const width = COLUMNS * PANEL.width;
  const height = rows * PANEL.height;
  const panels = reports.map((report, index) =>
    `<g transform="translate(${index % COLUMNS * PANEL.width} ${
      Math.floor(index / COLUMNS) * PANEL.height
    })">${panel(report)}</g>`
  );
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="10">
<title>Score against ticks learned from: 1 is the optimum, 0 is nothing</title>
<rect width="${width}" height="${height}" fill="#fff"/>
${panels.join("\n")}
</svg>
`;
}

function panel({ yardstick, runs }: Report): string {
  const last = Math.max(1, ...runs.flatMap(({ curve }) => curve.map(({ tick }) => tick)));
  const x = (tick: number) => round(PANEL.left + tick / last * (PANEL.width - PANEL.left - PANEL.right));
  const y = (score: number) => {
    const share = (Math.min(HIGHEST, Math.max(LOWEST, score)) - LOWEST) / (HIGHEST - LOWEST);
    return round(PANEL.height - PANEL.bottom - share * (PANEL.height - PANEL.top - PANEL.bottom));
  };
  const grid = [0, 0.5, 1].map((score) =>
    `<path d="M${x(0)} ${y(score)}H${x(last)}" stroke="#ddd"/>` +
    `<text x="${PANEL.left - 5}" y="${y(score) + 3}" text-anchor="end" fill="#555">${score}</text>`
  );
  const lines = runs.map(({ curve }, index) => {
    const points = curve.map(({ tick, score }) => `${x(tick)} ${y(score)}`).join("L");
    return `<path d="M${points}" fill="none" stroke="${
      COLOURS[index % COLOURS.length]
    }" stroke-opacity="0.8"/>`;
  });
  const scores = runs.map(({ final }) => final.score).sort((a, b) => a - b);
  const label = `${yardstick.name}: ${scores[0].toFixed(3)} to ${scores[scores.length - 1].toFixed(3)}`;
  return [
    `<text x="${PANEL.left}" y="16" font-size="12">${label}</text>`,
    ...grid,
    `<text x="${x(last)}" y="${
      PANEL.height - 8
    }" text-anchor="end" fill="#555">${last} ${yardstick.unit}</text>`,
    ...lines.filter((line) => !line.startsWith('<path d="M"')),
  ].join("\n");
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

/** What the ablation found, as tables of a document and as a document for programs. Pure. */
import { type LearningRun, LEVELS } from "../learning_run.ts";
import { type Measure, MEASURES } from "../targets.ts";
import type { AblationCell } from "./ablation.ts";

const SHOWN = ["score", ...LEVELS.map((level) => `ticks to ${level * 100} %`), "earned while learning"];
/** The lines between which a document holds the tables. */
const BEGIN = "<!-- tables: written by deno task yardstick --ablation -->";
const END = "<!-- end of tables -->";

/** Puts the tables into a document, in place of those that it holds. @throws {RangeError} If it has no place for them. */
export function withTables(document: string, cells: readonly AblationCell[]): string {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new RangeError(`Cannot write the tables as the document must hold "${BEGIN}" and then "${END}"`);
  }
  return `${document.slice(0, begin + BEGIN.length)}\n\n${tablesOf(cells)}\n\n${document.slice(end)}`;
}

/** A line for those who wait. */
export function describeCell({ market, variant, runs }: AblationCell): string {
  const scores = runs.map(({ final }) => final.score.toFixed(3)).join(" ");
  const seconds = runs.reduce((sum, run) => sum + run.seconds, 0);
  return `${market}, ${variant}: ${scores} in ${seconds.toFixed(0)} s`;
}

/** A table for each market: median, and the range over seeds. */
export function tablesOf(cells: readonly AblationCell[]): string {
  const measures = SHOWN.map((name) => MEASURES.find((measure) => measure.name === name)!);
  const markets = [...new Set(cells.map(({ market }) => market))];
  return markets.map((market) => {
    const own = cells.filter((cell) => cell.market === market);
    const shown = measures.filter((measure) => own.every(({ runs }) => valuesOf(measure, runs) !== null));
    const row = (entries: readonly string[]) => `| ${entries.join(" | ")} |`;
    return [
      `**${market}**: median (worst to best) of ${own[0].runs.length}`,
      "",
      row(["variant", ...shown.map(({ name }) => name)]),
      row(["---", ...shown.map(() => "---")]),
      ...own.map(({ variant, runs }) =>
        row([variant, ...shown.map((measure) => describe(measure, valuesOf(measure, runs)!))])
      ),
    ].join("\n");
  }).join("\n\n");
}

/** Best last; null where a run has none. */
function valuesOf(measure: Measure, runs: readonly LearningRun[]): readonly number[] | null {
  const values = runs.map((run) => measure.of(run)).filter((value) => value !== null);
  if (values.length < runs.length) return null;
  return values.sort((a, b) => measure.better === "higher" ? a - b : b - a);
}

function describe({ digits }: Measure, values: readonly number[]): string {
  const show = (value: number) => value === Infinity ? "never" : value.toFixed(digits);
  const [worst, best] = [show(values[0]), show(values[values.length - 1])];
  return worst === best ? worst : `${show(medianOf(values))} (${worst} to ${best})`;
}

/** The worse of the middle two where their number is even. */
function medianOf(values: readonly number[]): number {
  return values[Math.ceil(values.length / 2) - 1];
}

/** All that is known, for `--json`. */
export function ablationDocument(cells: readonly AblationCell[]): unknown {
  return {
    cells: cells.map(({ market, variant, runs }) => ({
      market,
      variant,
      runs: runs.map(({ seed, final, ticksTo, earned, updates, seconds }) => ({
        seed,
        score: final.score,
        ticksTo: Object.fromEntries(LEVELS.map((level, index) => [level, ticksTo[index]])),
        earnedWhileLearning: earned.expected,
        updates,
        seconds,
      })),
    })),
  };
}

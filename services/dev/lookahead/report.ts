/** Says in words what the proofs found. Pure. */
import type { GoldenResult, Mismatch } from "../../core/features/proofs/golden_check.ts";
import type { Leak, PrefixResult } from "../../core/features/proofs/prefix_check.ts";
import type { WarmUpResult } from "../../core/features/proofs/warmup_check.ts";

export interface SymbolProofs {
  readonly symbol: string;
  readonly bars: number;
  /** Days that longer timeframes lie on. */
  readonly days: string;
  readonly prefix: PrefixResult;
  readonly warmUp: WarmUpResult;
}

export interface Proofs {
  readonly config: string;
  readonly feed: string;
  readonly timeframe: string;
  readonly warmupBars: number;
  /** What was wrong with the bars, a line for each rule and warning. */
  readonly dirt: readonly string[];
  readonly golden: GoldenResult;
  readonly symbols: readonly SymbolProofs[];
}

export interface Verdict {
  readonly passed: boolean;
  /** What fails, each a sentence. */
  readonly findings: readonly string[];
  /** What could not be checked, each a sentence. */
  readonly notes: readonly string[];
}

export function verdictOf(proofs: Proofs): Verdict {
  const { golden, symbols, warmupBars, dirt } = proofs;
  const findings = [
    ...symbols.flatMap(({ symbol, prefix }) => prefix.leaks.map((leak) => leakText(symbol, leak))),
    ...symbols.flatMap(({ symbol, warmUp }) => slowTexts(symbol, warmUp, warmupBars)),
    ...golden.mismatches.map(mismatchText),
  ];
  const short = symbols.filter(({ warmUp }) => warmUp.starts.length === 0);
  const notes = [
    ...dirt.map((line) => `In the bars: ${line}.`),
    ...short.map(({ symbol, bars, warmUp }) =>
      `The warm-up of ${symbol} is not checked: its ${bars} bars are too few to follow a later start for ${warmUp.followed}.`
    ),
    ...(golden.similar.length === 0 ? [] : [
      `Golden values of other parameters only: ${
        golden.similar.join(", ")
      }. Their sources are checked, their ` +
      "parameters are not.",
    ]),
  ];
  return { passed: findings.length === 0, findings, notes };
}

export function describeProofs(proofs: Proofs, { passed, findings, notes }: Verdict): string {
  const lines = [
    `${proofs.config} on ${proofs.feed}, bars of ${proofs.timeframe}`,
    ...proofs.symbols.flatMap(({ symbol, bars, days, prefix, warmUp }) => {
      const ends = prefix.cuts.length;
      const slowest = warmUp.features.reduce(
        (most, each) => each.bars !== null && each.bars > (most?.bars ?? 0) ? each : most,
        warmUp.features[0],
      );
      return [
        `  ${symbol}: ${bars} bars${days === "UTC" ? "" : `, days of ${days}`}`,
        `    prefix   ${prefix.states} states of ${ends} cut histories compared bit for bit: ` +
        (prefix.leaks.length === 0 ? "all equal" : `${prefix.leaks.length} features differ`),
        warmUp.starts.length === 0
          ? "    warm-up  not checked"
          : `    warm-up  ${warmUp.starts.length} later starts followed for ${warmUp.followed} bars: slowest is ` +
            `${slowest?.feature}, ${
              slowest?.bars ?? "never"
            } bars of the ${proofs.warmupBars} in warmup_bars`,
      ];
    }),
    `  golden   ${proofs.golden.values} values of TA-Lib and numpy on the S&P 500: ` +
    (proofs.golden.mismatches.length === 0 ? "all equal" : `${proofs.golden.mismatches.length} differ`),
    ...notes.map((note) => `  note     ${note}`),
    ...findings.map((finding) => `  FAILS    ${finding}`),
    passed
      ? "Nothing sees the future."
      : `${findings.length} findings: do not trust results of this configuration.`,
  ];
  return `${lines.join("\n")}\n`;
}

function leakText(symbol: string, leak: Leak): string {
  const { feature, openTimeMs, barsBeforeEnd, truncated, whole } = leak;
  const later = barsBeforeEnd === 0 ? "the very next bar" : `bars more than ${barsBeforeEnd} ahead`;
  return `${feature} of ${symbol} sees the future: its value at bar ${
    timeText(openTimeMs)
  } is ${truncated} when the ` +
    `history ends ${
      barsBeforeEnd === 0 ? "there" : `${barsBeforeEnd} bars later`
    }, and ${whole} when ${later} can be seen.`;
}

function slowTexts(symbol: string, { features, followed }: WarmUpResult, warmupBars: number): string[] {
  return features.filter(({ bars }) => bars === null || bars > warmupBars).map(({ feature, bars }) =>
    bars === null
      ? `${feature} of ${symbol} depends on where the history starts: a later start did not agree in ${followed} bars.`
      : `${feature} of ${symbol} needs ${bars} bars until a later start agrees: data.warmup_bars must be at least that, ` +
        `it is ${warmupBars}.`
  );
}

function mismatchText({ source, params, norm, row, here, golden }: Mismatch): string {
  return `${source} ${params}${
    norm === null ? "" : ` under ${norm}`
  } is ${here} at row ${row} of the S&P 500, where ` +
    `${golden} is right.`;
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString();
}

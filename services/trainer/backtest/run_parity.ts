/** Whether a backtest gives what a run has committed: every decision, fill and mark of equity, entry by entry. Who decided, how
 * fast, and where the network ran are no part of it. */
import { isDeepStrictEqual } from "node:util";
import type { Stream, WireFields } from "../../core/contracts/define.ts";
import { decisionStream, equityStream, fillStream } from "../../core/contracts/lane.ts";
import type { TradedBar } from "../../core/lane/lane_trader.ts";
import type { RecordedLane } from "./recorded_run.ts";

/** The first entry that differs. */
export interface RunDifference {
  readonly symbol: string;
  readonly barMs: number;
  readonly entry: "decision" | "fill" | "equity";
  /** E.g. `target: 1 in the run, 0 here`. */
  readonly what: string;
}

export interface RunParity {
  readonly decisions: number;
  readonly fills: number;
  /** Entries that differ. */
  readonly differing: number;
  readonly first: RunDifference | null;
}

/** What the same decision may differ in. */
const UNCOMPARED = ["latencyMs", "replica", "runner"];

export class RunParityCheck {
  readonly #lanes: ReadonlyMap<string, RecordedLane>;
  /** How many decisions and fills of each lane were compared. */
  readonly #seen = new Map<string, { decisions: number; fills: number }>();
  #differing = 0;
  #first: RunDifference | null = null;

  constructor(lanes: ReadonlyMap<string, RecordedLane>) {
    this.#lanes = lanes;
  }

  /** Takes the next bar of a lane. */
  see({ decision, fills, equity }: TradedBar): void {
    const { account, symbol, barMs } = decision;
    const lane = this.#lanes.get(symbol);
    const seen = this.#seen.get(symbol) ?? { decisions: 0, fills: 0 };
    this.#seen.set(symbol, seen);
    const at = { symbol, barMs };
    const recorded = lane?.decisions[seen.decisions];
    this.#compare(
      { ...at, entry: "decision" },
      recorded,
      asStored(decisionStream(account, symbol), decision),
    );
    const equityStored = asStored(equityStream(account, symbol), equity);
    this.#compare({ ...at, entry: "equity" }, lane?.equity[seen.decisions], equityStored);
    seen.decisions++;
    for (const fill of fills) {
      const stored = asStored(fillStream(account, symbol), fill);
      this.#compare({ ...at, entry: "fill" }, lane?.fills[seen.fills++], stored);
    }
  }

  /** What the run committed beyond the bars that were seen counts as differing. */
  result(): RunParity {
    let [decisions, fills, unseen] = [0, 0, 0];
    for (const [symbol, lane] of this.#lanes) {
      const seen = this.#seen.get(symbol) ?? { decisions: 0, fills: 0 };
      unseen += Math.max(0, lane.decisions.length - seen.decisions) +
        Math.max(0, lane.fills.length - seen.fills);
      decisions += seen.decisions;
      fills += seen.fills;
    }
    return { decisions, fills, differing: this.#differing + unseen, first: this.#first };
  }

  #compare(at: Omit<RunDifference, "what">, recorded: object | undefined, own: object): void {
    const what = recorded === undefined ? "it is not in the run" : differenceOf(recorded, own);
    if (what === null) return;
    this.#differing++;
    this.#first ??= { ...at, what };
  }
}

/** For people. */
export function describeParity({ decisions, fills, differing, first }: RunParity): string {
  if (differing === 0) {
    return `The run and its backtest are identical: ${decisions} decisions, ${fills} fills, and the equity of every bar.`;
  }
  const where = first === null
    ? "it has entries on bars that were not decided here"
    : `first the ${first.entry} of ${first.symbol} at ${new Date(first.barMs).toISOString()}, ${first.what}`;
  return `The run and its backtest differ in ${differing} entries: ${where}. Limits of risk are those of --misc: a run that had ` +
    "others, or was resumed under others, differs.";
}

function differenceOf(recorded: object, own: object): string | null {
  const [theirs, ours] = [recorded, own] as [Record<string, unknown>, Record<string, unknown>];
  const names = new Set([...Object.keys(theirs), ...Object.keys(ours)]);
  for (const name of names) {
    if (UNCOMPARED.includes(name) || isDeepStrictEqual(theirs[name], ours[name])) continue;
    return `${name}: ${show(theirs[name])} in the run, ${show(ours[name])} here`;
  }
  return null;
}

function show(value: unknown): string {
  const text = JSON.stringify(value instanceof Float32Array ? [...value] : value) ?? "nothing";
  return text.length > 120 ? `${text.slice(0, 117)}...` : text;
}

/** What a stream would give back: no minus zero, and the fields of the contract in their order. */
function asStored<T>(stream: Stream<T>, value: T): T & object {
  const fields: WireFields = stream.contract.encode(stream.key, value);
  const bytes = Object.entries(fields).map(([name, field]) =>
    [name, typeof field === "string" ? new TextEncoder().encode(field) : field] as const
  );
  return stream.contract.decode(stream.key, "(backtest)", new Map(bytes)) as T & object;
}

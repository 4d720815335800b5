/** Counts what was wrong with a feed's bars, and keeps what was put aside, so that each of it can be found again. */
import { DIRT_RULES, type DirtAction, type DirtRule } from "../config/dirt_config.ts";

/** Something that was put aside, or a gap, with its reason. */
export interface DirtRecord {
  readonly rule: DirtRule;
  /** `prices.csv:17`, or the feed. */
  readonly source: string;
  /** `SPX 2020-01-02T00:00:00.000Z`. */
  readonly entry: string;
  /** `jump: column close must be …: it is 7`. */
  readonly reason: string;
  /** What was put aside. */
  readonly content: string;
}

export interface DirtCount {
  repaired: number;
  /** Of `missing`: gaps that were recorded. */
  quarantined: number;
  halted: number;
  /** The first case: where, and why. */
  first: string;
}

/** What is known of a feed's dirt. */
export interface FeedDirt {
  /** Only rules that were broken. */
  readonly counts: ReadonlyMap<DirtRule, Readonly<DirtCount>>;
  readonly records: readonly DirtRecord[];
  /** The first rows that were repaired; all are counted. */
  readonly repairs: readonly DirtRecord[];
  /** Sentences for people: what is doubtful though no rule is broken, and what was halted. */
  readonly warnings: readonly string[];
}

export const CLEAN: FeedDirt = { counts: new Map(), records: [], repairs: [], warnings: [] };

/** Gaps are kept up to here; nothing is lost with the others, which are counted. */
const MOST_GAPS = 900;
const MOST_REPAIRS = 200;
const MOST_CONTENT = 2_000;

export class DirtTally implements FeedDirt {
  readonly counts = new Map<DirtRule, DirtCount>();
  readonly records: DirtRecord[] = [];
  readonly repairs: DirtRecord[] = [];
  readonly warnings: string[] = [];
  readonly #feed: string;
  readonly #mostQuarantined: number;
  #quarantined = 0;
  #gaps = 0;

  constructor(feed: string, mostQuarantined: number) {
    this.#feed = feed;
    this.#mostQuarantined = mostQuarantined;
  }

  /** Counts one case, or `times` alike that were repaired.
   * @throws {RangeError} If more is put aside than a feed may lose. */
  add(action: DirtAction, record: DirtRecord, times = 1): void {
    const { rule, source, reason } = record;
    const count = this.counts.get(rule) ??
      { repaired: 0, quarantined: 0, halted: 0, first: `${source} ${reason}` };
    this.counts.set(rule, count);
    count[action === "repair" ? "repaired" : action === "halt" ? "halted" : "quarantined"] += times;
    const kept = { ...record, content: record.content.slice(0, MOST_CONTENT) };
    if (action === "repair") {
      if (this.repairs.length < MOST_REPAIRS) this.repairs.push(kept);
      return;
    }
    const isGap = rule === "missing" && action === "quarantine";
    if (isGap && ++this.#gaps > MOST_GAPS) return;
    this.records.push(kept);
    if (!isGap && ++this.#quarantined > this.#mostQuarantined) throw this.#tooMuch();
  }

  #tooMuch(): RangeError {
    return new RangeError(
      `Cannot use ${this.#feed} as at most ${this.#mostQuarantined} of its rows may be quarantined ` +
        `(dirt.most_quarantined): one more is. So far:\n${
          dirtLines(this).map((line) => `  ${line}`).join("\n")
        }`,
    );
  }
}

/** One line for each rule that was broken and for each warning; none where all is clean. */
export function dirtLines({ counts, warnings }: FeedDirt): string[] {
  const broken = DIRT_RULES.filter((rule) => counts.has(rule));
  return [
    ...broken.map((rule) => {
      const { first, ...numbers } = counts.get(rule)!;
      const told = Object.entries(numbers).filter(([, number]) => number > 0).map(([what, number]) =>
        `${number} ${rule === "missing" && what === "quarantined" ? "recorded" : what}`
      );
      return `${told.join(", ")} as ${rule}; the first: ${first}`;
    }),
    ...warnings,
  ];
}

/** What was done, over all rules, and each rule by itself: figures of a heartbeat. Empty where all is clean. */
export function dirtFigures({ counts }: FeedDirt): Record<string, number> {
  if (counts.size === 0) return {};
  const figures: Record<string, number> = { repaired: 0, quarantined: 0, gaps: 0, halted: 0 };
  for (const [rule, { repaired, quarantined, halted }] of counts) {
    figures.repaired += repaired;
    figures[rule === "missing" ? "gaps" : "quarantined"] += quarantined;
    figures.halted += halted;
    figures[`dirt_${rule}`] = repaired + quarantined + halted;
  }
  return figures;
}

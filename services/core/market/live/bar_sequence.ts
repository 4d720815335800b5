/** Puts the closed bars of one symbol into an order without doubles and without holes that nobody knows of. Pure.
 *
 * A bar that comes before its predecessor is held. The hole is filled by asking the source, or given up at its deadline:
 * then it is handed out as missing, and what comes for it later is refused. Nothing is ever given up only because time
 * passes: as long as no later bar is there, the market may just be silent. */
import type { Bar } from "../../contracts/bar.ts";
import type { Hole, Reached } from "../market.ts";

export interface BarSequenceOptions {
  /** Length of the bars. */
  readonly stepMs: number;
  /** How long later bars wait for a hole to be filled. */
  readonly gapDeadlineMs: number;
  /** The most bars that are held. */
  readonly maxHeld: number;
  /** How many bars should come between two: fewer than the time has room for where a market closes. */
  readonly expected: (afterMs: number, beforeMs: number) => number;
}

/** Why a bar is not taken. `doubled`: it is there already, and equal. `full`: too many are held; it can be asked for. */
export interface BarRefusal {
  readonly kind: "doubled" | "differs" | "passed" | "off grid" | "full";
  readonly reason: string;
}

/** Open times to ask the source for: `[fromMs, untilMs)`. */
export interface Wanted {
  readonly fromMs: number;
  readonly untilMs: number;
}

interface Gap {
  readonly noticedMs: number;
  /** Open time of the bar after the hole. */
  readonly untilMs: number;
  readonly bars: number;
}

/** Published bars and holes that are remembered, to tell a doubled bar from one that differs. */
const REMEMBERED = 16;

export class BarSequence {
  readonly #options: BarSequenceOptions;
  #nextMs: number | null;
  /** Ascending. */
  readonly #held: Bar[] = [];
  readonly #published: Bar[] = [];
  readonly #holes: Hole[] = [];
  #gap: Gap | null = null;
  /** The source has answered for everything before this. */
  #answeredMs: number;
  /** It has done so for holes before this while the bars after them were there: it has nothing to fill them with. */
  #settledMs = -Infinity;
  #isAsking = false;

  /** @param startMs Where to start asking if nothing was published. */
  constructor(options: BarSequenceOptions, reached: Pick<Reached, "recent" | "nextMs">, startMs = 0) {
    this.#options = options;
    this.#nextMs = reached.nextMs;
    this.#answeredMs = startMs;
    this.#published.push(...reached.recent.slice(-REMEMBERED));
  }

  /** Open time of the bar that comes next; null before the first. */
  get nextMs(): number | null {
    return this.#nextMs;
  }

  get held(): number {
    return this.#held.length;
  }

  /** Whether a later bar waits for one that is not there. */
  get hasGap(): boolean {
    return this.#gap !== null;
  }

  /** Whether the source is being asked. */
  get isAsking(): boolean {
    return this.#isAsking;
  }

  /** Takes a closed bar, in whatever order. The first one ever is where the sequence begins.
   * @returns Null, or why it is not taken. */
  offer(bar: Bar, nowMs: number): BarRefusal | null {
    this.#nextMs ??= bar.openTimeMs;
    const refusal = this.#refusal(bar, this.#nextMs);
    if (refusal !== null) return refusal;
    let index = this.#held.length;
    while (index > 0 && this.#held[index - 1].openTimeMs > bar.openTimeMs) index--;
    this.#held.splice(index, 0, bar);
    this.#notice(nowMs);
    return null;
  }

  /** What the source should be asked for next; it counts as being asked until {@link answer}.
   * @param closedMs End of the last bar that can be closed.  @returns Null where there is nothing to ask for. */
  ask(closedMs: number): Wanted | null {
    const untilMs = this.#held[0]?.openTimeMs ?? closedMs;
    const nextMs = this.#nextMs ?? this.#answeredMs;
    if (this.#answeredMs >= untilMs) this.#answeredMs = nextMs; // all was asked for: from the start again
    const fromMs = Math.max(nextMs, this.#answeredMs);
    if (fromMs >= untilMs) return null;
    this.#isAsking = true;
    return { fromMs, untilMs };
  }

  /** Ends an {@link ask}, after its bars were offered.
   * @param coveredMs The source has told all that it has before this; null where it could not answer. */
  answer(coveredMs: number | null): void {
    this.#isAsking = false;
    if (coveredMs === null) return;
    this.#answeredMs = Math.max(this.#answeredMs, coveredMs);
    const last = this.#held.findLast((bar) => bar.openTimeMs <= coveredMs);
    if (last !== undefined) this.#settledMs = last.openTimeMs;
  }

  /** Whether the source has answered for everything before a time. */
  hasAnswered(untilMs: number): boolean {
    return Math.max(this.#answeredMs, this.#nextMs ?? 0) >= untilMs;
  }

  /** Hands out what is in order by now. @param most At most so many bars. */
  take(nowMs: number, most = Infinity): { bars: Bar[]; holes: Hole[] } {
    const bars: Bar[] = [];
    const holes: Hole[] = [];
    while (this.#held.length > 0 && bars.length < most) {
      if (this.#gap !== null) {
        if (nowMs < this.deadlineMs) break;
        holes.push(this.#giveUp(this.#gap));
      }
      const bar = this.#held.shift()!;
      bars.push(bar);
      this.#nextMs = bar.openTimeMs + this.#options.stepMs;
      remember(this.#published, bar);
      this.#gap = null;
      this.#notice(nowMs);
    }
    return { bars, holes };
  }

  /** When time alone lets {@link take} hand out more; Infinity where it does not. Where the source has nothing to fill a
   * hole with, the deadline runs from the later bar's end: so a hole in old history is given up at once. */
  get deadlineMs(): number {
    if (this.#gap === null || this.#isAsking) return Infinity;
    const { noticedMs, untilMs } = this.#gap;
    const { gapDeadlineMs, stepMs } = this.#options;
    return (this.#isSettled(untilMs) ? Math.min(noticedMs, untilMs + stepMs) : noticedMs) + gapDeadlineMs;
  }

  #isSettled(untilMs: number): boolean {
    return this.#settledMs >= untilMs;
  }

  #giveUp({ untilMs, bars }: Gap): Hole {
    const fromMs = this.#nextMs!;
    const { gapDeadlineMs } = this.#options;
    const why = this.#isSettled(untilMs) ? "the source was asked and has none" : "none came";
    const reason = `${why} within ${gapDeadlineMs} ms of later bars`;
    const hole = { fromMs, untilMs, bars, reason };
    remember(this.#holes, hole);
    return hole;
  }

  #notice(nowMs: number): void {
    const first = this.#held[0];
    if (first === undefined || first.openTimeMs === this.#nextMs) {
      this.#gap = null;
    } else if (this.#gap?.untilMs !== first.openTimeMs) {
      const { stepMs, expected } = this.#options;
      const untilMs = first.openTimeMs;
      const bars = expected(this.#nextMs! - stepMs, untilMs);
      this.#gap = bars === 0 ? null : { noticedMs: this.#gap?.noticedMs ?? nowMs, untilMs, bars };
    }
  }

  #refusal(bar: Bar, nextMs: number): BarRefusal | null {
    const { openTimeMs } = bar;
    const { stepMs, maxHeld } = this.#options;
    if (openTimeMs < nextMs) return this.#refusalOfPast(bar, nextMs);
    if ((openTimeMs - nextMs) % stepMs !== 0) {
      const reason = `it must open whole bars of ${stepMs} ms after ${nextMs}: it opens at ${openTimeMs}`;
      return { kind: "off grid", reason };
    }
    const there = this.#held.find((held) => held.openTimeMs === openTimeMs);
    if (there !== undefined) return compare(bar, there, "that is held");
    if (this.#held.length < maxHeld || openTimeMs < this.#held.at(-1)!.openTimeMs) return null;
    return { kind: "full", reason: `at most ${maxHeld} bars may wait: so many do` };
  }

  #refusalOfPast(bar: Bar, nextMs: number): BarRefusal {
    const { openTimeMs } = bar;
    const there = this.#published.find((published) => published.openTimeMs === openTimeMs);
    if (there !== undefined) return compare(bar, there, "that is published");
    const hole = this.#holes.find(({ fromMs, untilMs }) => openTimeMs >= fromMs && openTimeMs < untilMs);
    const reason = hole === undefined
      ? `it must not come after later bars: bars up to ${nextMs - this.#options.stepMs} are published`
      : `it must come before it is given up: bars ${hole.fromMs} to ${hole.untilMs} are recorded as missing`;
    return { kind: "passed", reason };
  }
}

function compare(bar: Bar, there: Bar, which: string): BarRefusal {
  const keys = ["open", "high", "low", "close", "volume"] as const;
  const key = keys.find((each) => bar[each] !== there[each]);
  if (key === undefined) return { kind: "doubled", reason: `it is the bar ${which}` };
  const reason = `it must equal the bar ${which}: its ${key} is ${bar[key]}, not ${there[key]}`;
  return { kind: "differs", reason };
}

function remember<T>(list: T[], item: T): void {
  list.push(item);
  if (list.length > REMEMBERED) list.shift();
}

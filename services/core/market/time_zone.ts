/** The clock of one place: what its wall shows at a moment, and the moment of what its wall showed. */

const DAY_MS = 86_400_000;
/** Days whose offset is kept: of a long history, those around the bars at hand. */
const MOST_DAYS = 20_000;

export class TimeZone {
  readonly #isUtc: boolean;
  /** Offset by UTC day; null for a day on which it changes. */
  readonly #offsets = new Map<number, number | null>();
  /** The last day on the wall that had one offset around it, and that offset. */
  #wallDay = NaN;
  #wallOffset = 0;

  /** @param name An IANA name.  @throws {RangeError} If there is no such zone. */
  constructor(readonly name: string) {
    this.#isUtc = name === "UTC";
    if (!this.#isUtc) offsetAt(name, 0);
  }

  /** What is added to UTC to get the wall clock. */
  offsetMs(utcMs: number): number {
    if (this.#isUtc) return 0;
    const day = Math.floor(utcMs / DAY_MS);
    let offset = this.#offsets.get(day);
    if (offset === undefined) {
      const first = offsetAt(this.name, day * DAY_MS);
      offset = first === offsetAt(this.name, (day + 1) * DAY_MS - 1) ? first : null;
      if (this.#offsets.size >= MOST_DAYS) this.#offsets.clear();
      this.#offsets.set(day, offset);
    }
    return offset ?? offsetAt(this.name, utcMs);
  }

  /** The moment at which the wall clock showed this. A clock that is put forward skips times: they count as much later
   * as it was put. A clock that is put back shows times twice: of the two moments, the one that goes on in the order of
   * the rows before is taken.
   * @param wallMs The wall clock as if it were UTC.  @param lastMs The row before, -1 at the start.
   * @param isFalling Whether rows have gone back in time so far. */
  utcMs(wallMs: number, lastMs: number, isFalling: boolean): number {
    if (this.#isUtc) return wallMs;
    const day = Math.floor(wallMs / DAY_MS);
    if (day === this.#wallDay) return wallMs - this.#wallOffset;
    const before = this.offsetMs(wallMs - DAY_MS);
    const after = this.offsetMs(wallMs + DAY_MS);
    if (before === after) {
      // A change on the day before or after would be seen from some of its times, and those are not kept.
      if (this.offsetMs((day - 1) * DAY_MS) === this.offsetMs((day + 2) * DAY_MS)) {
        [this.#wallDay, this.#wallOffset] = [day, before];
      }
      return wallMs - before;
    }
    const [early, late] = [wallMs - before, wallMs - after];
    const isEarly = this.offsetMs(early) === before;
    const isLate = this.offsetMs(late) === after;
    if (isEarly && isLate) {
      if (isFalling) return late < lastMs ? late : early;
      return early > lastMs ? early : late;
    }
    return isLate ? late : early;
  }
}

function offsetAt(name: string, utcMs: number): number {
  return Temporal.Instant.fromEpochMilliseconds(utcMs).toZonedDateTimeISO(name).offsetNanoseconds / 1e6;
}

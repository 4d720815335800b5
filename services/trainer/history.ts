/** A history to learn from that need not be in memory: it is read twice, some of it at a time. */
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import type { Ticket } from "../core/contracts/learning.ts";
import { BEFORE_FIRST } from "../core/redis/entry_id.ts";
import type { Store } from "../core/redis/store.ts";

export interface History {
  /** The steps of the bars after one and up to another, in order of time, then of symbol; what belongs to one bar time comes
   * together. */
  steps(afterMs: number, throughMs: number): AsyncIterable<readonly Experience[]>;
}

/** A history that is in memory. @param steps In order of time, then of symbol. */
export function memoryHistory(steps: readonly Experience[]): History {
  return {
    async *steps(afterMs, throughMs) {
      const found = steps.filter(({ barMs }) => barMs > afterMs && barMs <= throughMs);
      if (found.length > 0) yield found;
    },
  };
}

/** Steps that are in memory at once, of all symbols together. */
const STEPS_AT_ONCE = 20_000;
const LEAST_PAGE = 50;

/** What of a symbol is read and not given yet. */
interface Cursor {
  readonly symbol: string;
  readonly to: string;
  after: string;
  steps: Experience[];
  isOver: boolean;
}

/** The history in the streams of an account. @param through The last step of each symbol. */
export function storedHistory(store: Store, account: string, through: Ticket["steps"]): History {
  const page = Math.max(LEAST_PAGE, Math.floor(STEPS_AT_ONCE / Math.max(1, Object.keys(through).length)));
  const fill = async (cursor: Cursor) => {
    if (cursor.isOver || cursor.steps.length > 0) return;
    const { symbol, after, to } = cursor;
    const read = await store.range(experienceStream(account, symbol), { after, to, count: page });
    cursor.steps = read.map(({ value }) => value);
    cursor.after = read.at(-1)?.id ?? after;
    cursor.isOver = read.length < page;
  };
  return {
    async *steps(afterMs, throughMs) {
      const cursors = Object.entries(through).map(([symbol, lastMs]): Cursor => ({
        symbol,
        to: `${Math.min(lastMs, throughMs)}-0`,
        after: afterMs < 0 ? BEFORE_FIRST : `${afterMs}-0`,
        steps: [],
        isOver: Math.min(lastMs, throughMs) <= afterMs,
      }));
      for (;;) {
        for (const cursor of cursors) await fill(cursor);
        const left = cursors.filter(({ steps }) => steps.length > 0);
        if (left.length === 0) return;
        // Up to here every symbol's steps are known.
        const knownMs = Math.min(...left.map(({ steps, isOver }) => isOver ? Infinity : steps.at(-1)!.barMs));
        yield left.flatMap((cursor) => taken(cursor, knownMs)).sort(byTimeThenSymbol);
      }
    },
  };
}

function taken(cursor: Cursor, throughMs: number): Experience[] {
  const end = cursor.steps.findIndex(({ barMs }) => barMs > throughMs);
  return cursor.steps.splice(0, end < 0 ? cursor.steps.length : end);
}

/** The order decides the weights. */
export function byTimeThenSymbol(a: Experience, b: Experience): number {
  return a.barMs - b.barMs || (a.symbol < b.symbol ? -1 : a.symbol > b.symbol ? 1 : 0);
}

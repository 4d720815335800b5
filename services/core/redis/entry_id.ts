/** The ids of stream entries: `<milliseconds>-<sequence>`, ordered as numbers, not as text. Pure. */

export interface EntryId {
  readonly ms: number;
  readonly sequence: number;
}

/** Lies before every entry: reading after it reads from the start. */
export const BEFORE_FIRST = "0-0";

/** @throws {RangeError} If it is not `<ms>-<n>` of whole numbers up to 2^53 − 1. */
export function parseEntryId(id: string): EntryId {
  const match = /^([0-9]{1,16})-([0-9]{1,16})$/.exec(id);
  const ms = Number(match?.[1]);
  const sequence = Number(match?.[2]);
  if (!Number.isSafeInteger(ms) || !Number.isSafeInteger(sequence)) {
    throw new RangeError(`Cannot use an entry id as it must be <ms>-<n>: it is ${id}`);
  }
  return { ms, sequence };
}

/** Negative if `a` comes before `b`, 0 if they are the same. */
export function compareEntryIds(a: EntryId, b: EntryId): number {
  return a.ms - b.ms || a.sequence - b.sequence;
}

export function formatEntryId(id: EntryId): string {
  return `${id.ms}-${id.sequence}`;
}

/** Checks an id before it is written. @throws {RangeError} If it is malformed or `0-0`, which no entry may have. */
export function checkNewEntryId(key: string, id: string): EntryId {
  const parsed = parseEntryId(id);
  if (parsed.ms === 0 && parsed.sequence === 0) {
    throw new RangeError(`Cannot append to ${key} as an entry id must come after 0-0: it is ${id}`);
  }
  return parsed;
}

/** @throws {RangeError} If the ids do not ascend: the server would drop the later ones as duplicates. */
export function checkAscending(key: string, ids: Iterable<string>): void {
  let last: string | undefined;
  for (const id of ids) {
    const parsed = checkNewEntryId(key, id);
    if (last !== undefined && compareEntryIds(parseEntryId(last), parsed) >= 0) {
      throw new RangeError(`Cannot append to ${key} as ids must ascend: ${id} follows ${last}`);
    }
    last = id;
  }
}

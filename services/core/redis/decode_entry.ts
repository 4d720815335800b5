/** Turns what a stream or map holds into values, and reports what breaks its contract. Knows no Redis client. */
import { ContractError, type DocumentMap, type Stream } from "../contracts/define.ts";
import type { Entry, OnBadEntry } from "./store.ts";

const CONTENT_LIMIT = 2000;

/** One stream entry as it lies in the store. */
export interface RawEntry {
  readonly id: string;
  readonly fields: ReadonlyMap<string, Uint8Array>;
}

/** Returns null and reports the entry if it breaks its contract. */
export function decodeEntry<T>(stream: Stream<T>, raw: RawEntry, onBadEntry: OnBadEntry): Entry<T> | null {
  try {
    return { stream, id: raw.id, value: stream.contract.decode(stream.key, raw.id, raw.fields) };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    onBadEntry({ key: stream.key, id: raw.id, reason: error.message, content: contentOf(raw) });
    return null;
  }
}

/** Returns the good fields of a map and reports the others. */
export function decodeFields<T>(
  map: DocumentMap<T>,
  fields: Iterable<readonly [name: string, text: string]>,
  onBadEntry: OnBadEntry,
): Map<string, T> {
  const values = new Map<string, T>();
  for (const [name, text] of fields) {
    try {
      values.set(name, map.contract.decode(map.key, text));
    } catch (error) {
      if (!(error instanceof ContractError)) throw error;
      onBadEntry({ key: map.key, id: name, reason: error.message, content: text.slice(0, CONTENT_LIMIT) });
    }
  }
  return values;
}

/** Plain text first; of vectors, just the size. */
function contentOf(raw: RawEntry): string {
  const parts: string[] = [];
  for (const [name, bytes] of raw.fields) {
    const head = new TextDecoder().decode(bytes.subarray(0, CONTENT_LIMIT));
    // deno-lint-ignore no-control-regex -- control characters are what tells a vector from text
    const isText = !/[\x00-\x08\x0e-\x1f\ufffd]/.test(head);
    parts.push(isText ? `${name}=${head}` : `${name}=(${bytes.byteLength} bytes)`);
  }
  return parts.join(" ").slice(0, CONTENT_LIMIT);
}

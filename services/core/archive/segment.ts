/** A run of stream entries as one compressed file: what was trimmed from Redis, field by field as it lay there. Pure.
 *
 * Gzip of: magic, number of entries; of each entry its id, the number of its fields, and each field's name and bytes.
 * Every text and value is preceded by its length; numbers are 32 bits, little-endian. Gzip's checksum covers it all. */
import { gunzipSync, gzipSync } from "node:zlib";
import type { RawEntry } from "../redis/decode_entry.ts";

/** Raised for a file that is not a whole segment. */
export class SegmentError extends Error {
  override name = "SegmentError";
}

const MAGIC = "RLTSEG01";
/** Fast, and small enough: the text of neighbouring entries is much alike. */
const LEVEL = 1;

export function encodeSegment(entries: readonly RawEntry[]): Uint8Array {
  const writer = new Writer(entries);
  writer.text(MAGIC);
  writer.number(entries.length);
  for (const { id, fields } of entries) {
    writer.text(id);
    writer.number(fields.size);
    for (const [name, value] of fields) {
      writer.text(name);
      writer.bytes(value);
    }
  }
  return gzipSync(writer.finish(), { level: LEVEL });
}

/** @param file Its name in messages.  @throws {SegmentError} If the bytes are not a whole segment. */
export function decodeSegment(file: string, bytes: Uint8Array): RawEntry[] {
  const reader = new Reader(file, unzip(file, bytes));
  const magic = reader.text();
  if (magic !== MAGIC) throw refusal(file, `it must begin with ${MAGIC}: it begins with ${show(magic)}`);
  const entries = Array.from({ length: reader.number() }, () => {
    const id = reader.text();
    const fields = new Map<string, Uint8Array>();
    for (let left = reader.number(); left > 0; left--) fields.set(reader.text(), reader.bytes());
    return { id, fields };
  });
  if (reader.rest > 0) {
    throw refusal(file, `it must end with its last entry: ${reader.rest} bytes follow`);
  }
  return entries;
}

function unzip(file: string, bytes: Uint8Array): Uint8Array {
  try {
    const { buffer, byteOffset, byteLength } = gunzipSync(bytes);
    return new Uint8Array(buffer, byteOffset, byteLength); // its slices are plain arrays
  } catch (cause) {
    throw refusal(file, `it must be gzip: ${(cause as Error).message}`, cause);
  }
}

function refusal(file: string, rule: string, cause?: unknown): SegmentError {
  return new SegmentError(`Cannot read ${file} as ${rule}`, { cause });
}

function show(text: string): string {
  return JSON.stringify(text.slice(0, 20));
}

class Writer {
  readonly #target: Uint8Array;
  readonly #view: DataView;
  readonly #encoder = new TextEncoder();
  #at = 0;

  constructor(entries: readonly RawEntry[]) {
    let room = 64; // magic, count and their lengths
    for (const { id, fields } of entries) {
      room += id.length + 8;
      for (const [name, value] of fields) room += 3 * name.length + value.length + 8; // UTF-8 takes three bytes at most
    }
    this.#target = new Uint8Array(room);
    this.#view = new DataView(this.#target.buffer);
  }

  number(value: number): void {
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  text(text: string): void {
    const { written } = this.#encoder.encodeInto(text, this.#target.subarray(this.#at + 4));
    this.number(written);
    this.#at += written;
  }

  bytes(bytes: Uint8Array): void {
    this.number(bytes.length);
    this.#target.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  finish(): Uint8Array {
    return this.#target.subarray(0, this.#at);
  }
}

class Reader {
  readonly #file: string;
  readonly #source: Uint8Array;
  readonly #view: DataView;
  readonly #decoder = new TextDecoder();
  #at = 0;

  constructor(file: string, source: Uint8Array) {
    this.#file = file;
    this.#source = source;
    this.#view = new DataView(source.buffer, source.byteOffset, source.byteLength);
  }

  get rest(): number {
    return this.#source.length - this.#at;
  }

  number(): number {
    this.#require(4);
    const value = this.#view.getUint32(this.#at, true);
    this.#at += 4;
    return value;
  }

  text(): string {
    return this.#decoder.decode(this.#take());
  }

  /** A copy, so that one entry does not keep the whole segment in memory. */
  bytes(): Uint8Array {
    return this.#take().slice();
  }

  #take(): Uint8Array {
    const length = this.number();
    this.#require(length);
    this.#at += length;
    return this.#source.subarray(this.#at - length, this.#at);
  }

  #require(length: number): void {
    if (length <= this.rest) return;
    throw refusal(this.#file, `it must hold ${length} more bytes at ${this.#at}: it holds ${this.rest}`);
  }
}

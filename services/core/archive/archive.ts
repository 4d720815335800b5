/** Where stream entries lie that Redis no longer holds: files that replay, restart and the page read. One process writes
 * (core), any may read; a segment is there whole or not at all. */
import { join } from "node:path";
import { compareEntryIds, type EntryId, formatEntryId, parseEntryId } from "../redis/entry_id.ts";
import type { RawEntry } from "../redis/decode_entry.ts";
import { decodeSegment, encodeSegment, SegmentError } from "./segment.ts";

/** Entries in order of their ids, in files of their stream's folder; a file's name says which it holds, and how many. */
export interface Archive {
  /** Adds the entries that follow the last archived one. @throws {RangeError} If they do not. */
  append(key: string, entries: readonly RawEntry[]): Promise<void>;
  /** The id of the last archived entry of a stream; null if there is none. */
  lastId(key: string): Promise<string | null>;
  /** How many entries of a stream are archived. */
  count(key: string): Promise<number>;
  /** Entries between two ids, both inclusive, oldest first. At most about `count`: whole segments are read.
   * @throws {SegmentError} If a file is damaged. */
  range(key: string, from: EntryId, to: EntryId, count: number): Promise<RawEntry[]>;
  /** The last `count` entries, oldest first. */
  newest(key: string, count: number): Promise<RawEntry[]>;
}

interface Segment {
  readonly file: string;
  readonly first: EntryId;
  readonly last: EntryId;
  readonly count: number;
}

/** What a folder held when it was last listed, and when it had last changed then. */
interface Listing {
  readonly changedMs: number;
  /** In order of their ids. */
  readonly segments: readonly Segment[];
}

/** A file system's clock may stand still for so long: a folder that was listed sooner after its last change may have changed since
 * without showing it. */
const CLOCK_STEP_MS = 100;
const SUFFIX = ".segment.gz";
const NAME = /^([0-9]+-[0-9]+)_([0-9]+-[0-9]+)_([0-9]+)\.segment\.gz$/;

export class FolderArchive implements Archive {
  readonly #folder: string;
  readonly #listings = new Map<string, Listing>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  async append(key: string, entries: readonly RawEntry[]): Promise<void> {
    const [first, last] = [entries[0], entries.at(-1)];
    if (first === undefined || last === undefined) return;
    const before = await this.lastId(key);
    if (before !== null && compareEntryIds(parseEntryId(first.id), parseEntryId(before)) <= 0) {
      throw new RangeError(
        `Cannot archive ${key} as entries must follow ${before}, the last one: ${first.id} does not`,
      );
    }
    const folder = this.#folderOf(key);
    await Deno.mkdir(folder, { recursive: true });
    const draft = join(folder, `.draft-${Deno.pid}`);
    using file = await Deno.open(draft, { write: true, create: true, truncate: true });
    await writeWhole(file, encodeSegment(entries));
    await file.sync(); // what is trimmed from Redis lies here alone
    await Deno.rename(draft, join(folder, `${first.id}_${last.id}_${entries.length}${SUFFIX}`));
    await syncFolder(folder); // and so does its name
    if (before === null) await syncFolder(this.#folder); // that of the stream's own folder
  }

  async lastId(key: string): Promise<string | null> {
    const last = (await this.#segments(key)).at(-1);
    return last === undefined ? null : formatEntryId(last.last);
  }

  async count(key: string): Promise<number> {
    return (await this.#segments(key)).reduce((sum, { count }) => sum + count, 0);
  }

  async range(key: string, from: EntryId, to: EntryId, count: number): Promise<RawEntry[]> {
    const found: RawEntry[] = [];
    for (const segment of await this.#segments(key)) {
      if (compareEntryIds(segment.last, from) < 0) continue;
      if (compareEntryIds(segment.first, to) > 0 || found.length >= count) break;
      for (const entry of await this.#read(segment)) {
        const id = parseEntryId(entry.id);
        if (compareEntryIds(id, from) >= 0 && compareEntryIds(id, to) <= 0) found.push(entry);
      }
    }
    return found;
  }

  async newest(key: string, count: number): Promise<RawEntry[]> {
    let found: RawEntry[] = [];
    for (const segment of (await this.#segments(key)).toReversed()) {
      if (found.length >= count) break;
      found = [...await this.#read(segment), ...found];
    }
    return found.slice(Math.max(0, found.length - count));
  }

  async #read({ file }: Segment): Promise<RawEntry[]> {
    return decodeSegment(file, await Deno.readFile(file));
  }

  /** In order of their ids. A folder is listed again only if it has changed: a long history has thousands of files. */
  async #segments(key: string): Promise<readonly Segment[]> {
    const folder = this.#folderOf(key);
    try {
      const changedMs = Number((await Deno.stat(folder)).mtime);
      const known = this.#listings.get(key);
      if (known?.changedMs === changedMs) return known.segments;
      const segments: Segment[] = [];
      const listedMs = Date.now();
      for await (const { name } of Deno.readDir(folder)) {
        if (name.endsWith(SUFFIX)) segments.push(segmentOf(folder, name));
      }
      segments.sort((a, b) => compareEntryIds(a.first, b.first));
      if (listedMs - changedMs > CLOCK_STEP_MS) this.#listings.set(key, { changedMs, segments });
      return segments;
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return [];
      throw cause;
    }
  }

  /** Keys hold colons and braces, which not every file system takes. */
  #folderOf(key: string): string {
    return join(this.#folder, encodeURIComponent(key));
  }
}

/** The archive of the run that is going on: each run has a folder of its own, as ids are bars and come again in the next. */
export class RunArchive implements Archive {
  readonly #root: string;
  readonly #runId: () => string | null | Promise<string | null>;
  #known: { readonly id: string; readonly archive: Archive } | null = null;

  /** @param runId Asked at every call; null while there is no run, whose archive is empty. */
  constructor(root: string, runId: () => string | null | Promise<string | null>) {
    this.#root = root;
    this.#runId = runId;
  }

  async append(key: string, entries: readonly RawEntry[]): Promise<void> {
    const archive = await this.#current();
    if (archive === null) {
      throw new RangeError(`Cannot archive ${key} as a run must be going on: there is none`);
    }
    await archive.append(key, entries);
  }

  async lastId(key: string): Promise<string | null> {
    return await (await this.#current())?.lastId(key) ?? null;
  }

  async count(key: string): Promise<number> {
    return await (await this.#current())?.count(key) ?? 0;
  }

  async range(key: string, from: EntryId, to: EntryId, count: number): Promise<RawEntry[]> {
    return await (await this.#current())?.range(key, from, to, count) ?? [];
  }

  async newest(key: string, count: number): Promise<RawEntry[]> {
    return await (await this.#current())?.newest(key, count) ?? [];
  }

  async #current(): Promise<Archive | null> {
    const id = await this.#runId();
    if (id === null) return null;
    if (this.#known?.id !== id) this.#known = { id, archive: new FolderArchive(join(this.#root, id)) };
    return this.#known.archive;
  }
}

function segmentOf(folder: string, name: string): Segment {
  const file = join(folder, name);
  const [, first, last, count] = NAME.exec(name) ?? [];
  if (first === undefined || last === undefined) {
    throw new SegmentError(`Cannot read ${file} as its name must be FIRST_LAST_COUNT${SUFFIX}`);
  }
  return { file, first: parseEntryId(first), last: parseEntryId(last), count: Number(count) };
}

/** A file's name is on disk only when its folder is. */
async function syncFolder(path: string): Promise<void> {
  using folder = await Deno.open(path);
  await folder.sync();
}

async function writeWhole(file: Deno.FsFile, bytes: Uint8Array): Promise<void> {
  for (let sent = 0; sent < bytes.length;) sent += await file.write(bytes.subarray(sent));
}

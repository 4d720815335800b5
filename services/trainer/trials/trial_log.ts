/** Remembers every try on bars that were to tell something: whoever tries often enough finds what looks good, so how often counts.
 * One file a try, so that several may be written at once; backtests and trainings count alike. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";
import type { Feed } from "../../core/market/feed.ts";
import { sharpeOf } from "../../core/metrics/performance.ts";
import { barsIn, type Span } from "../backtest/span.ts";
import { SeenBars, seenBars, seesAgain } from "./seen_bars.ts";

export const Trial = z.strictObject({
  /** Equal where models, rules, bars and every return are: the same try made again is no other one. */
  id: z.string(),
  kind: z.enum(["backtest", "training"]),
  /** For people. */
  what: z.string(),
  atMs: z.number(),
  seen: z.array(SeenBars),
  /** A bar. */
  sharpe: z.number(),
});
export type Trial = z.infer<typeof Trial>;

/** What a try was made of, and what came of it. */
export interface Attempt {
  readonly kind: Trial["kind"];
  readonly what: string;
  /** Everything beside the bars that its result depends on: models and rules. */
  readonly rules: unknown;
  readonly seen: readonly SeenBars[];
  /** One a bar. */
  readonly returns: readonly number[];
}

/** As earlier versions kept them, in one file for each set of bars. */
const OlderTrial = z.strictObject({ id: z.string(), what: z.string(), returns: z.array(z.number()) });
const OLDER = /^[0-9a-f]{16}\.jsonl$/;

/** The oldest go beyond it; by then it is plain that nothing is proven. */
const MOST_TRIALS = 2_000;
/** Returns are kept for so many bars at most; without them overfitting is not judged. */
const MOST_RETURNS = 20_000;

export function trialOf({ kind, what, rules, seen, returns }: Attempt, atMs: number): Trial {
  const id = createHash("sha256").update(JSON.stringify({ kind, rules, seen, returns })).digest("hex");
  return { id: id.slice(0, 16), kind, what, atMs, seen: [...seen], sharpe: sharpeOf(returns) };
}

/** What a folder remembers of some bars. */
export interface EarlierTrials {
  /** Those that have seen one of them or more, oldest first. */
  readonly trials: readonly Trial[];
  /** Files of an earlier version that do not tell which bars they are of, and are not of exactly these. */
  readonly unplaced: number;
}

export class TrialLog {
  readonly #folder: string;

  /** @param folder It has to be there. */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** A file that cannot be read is passed over. */
  async earlier(feed: Feed, span: Span): Promise<EarlierTrials> {
    const names = (await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => name)).sort();
    const own = seenBars(feed, span);
    const trials: Trial[] = [];
    for (const name of names.filter((name) => name.endsWith(".json"))) {
      const trial = Trial.safeParse(await readJson(join(this.#folder, name)));
      if (trial.success && seesAgain(trial.data.seen, own, feed)) trials.push(trial.data);
    }
    trials.sort((a, b) => a.atMs - b.atMs);
    const older = names.filter((name) => OLDER.test(name));
    const name = older.length === 0 ? null : `${olderName(feed, span)}.jsonl`;
    if (name === null || !older.includes(name)) return { trials, unplaced: older.length };
    return { trials: [...await this.#older(name), ...trials], unplaced: older.length - 1 };
  }

  /** Null where they were too many to be kept. */
  async returnsOf({ id }: Trial): Promise<readonly number[] | null> {
    const returns = z.array(z.number()).safeParse(await readJson(join(this.#returns, `${id}.json`)));
    return returns.success ? returns.data : null;
  }

  /** Keeps a try; one that was made before changes nothing. */
  async add(trial: Trial, returns: readonly number[]): Promise<void> {
    const path = join(this.#folder, `${trial.id}.json`);
    if (await readJson(path) !== null) return;
    if (returns.length <= MOST_RETURNS) {
      await Deno.mkdir(this.#returns, { recursive: true });
      await writeWhole(join(this.#returns, `${trial.id}.json`), returns);
    }
    await writeWhole(path, trial);
    await this.#removeOldest();
  }

  get #returns(): string {
    return join(this.#folder, "returns");
  }

  async #removeOldest(): Promise<void> {
    const names = await Array.fromAsync(Deno.readDir(this.#folder), ({ name }) => name);
    const kept = names.filter((name) => name.endsWith(".json"));
    if (kept.length <= MOST_TRIALS) return;
    const aged = await Promise.all(kept.map(async (name) => ({
      name,
      atMs: (await Deno.stat(join(this.#folder, name))).mtime?.getTime() ?? 0,
    })));
    for (const { name } of aged.toSorted((a, b) => a.atMs - b.atMs).slice(0, kept.length - MOST_TRIALS)) {
      await Deno.remove(join(this.#folder, name));
      await Deno.remove(join(this.#returns, name)).catch(() => {});
    }
  }

  async #older(name: string): Promise<Trial[]> {
    const lines = (await Deno.readTextFile(join(this.#folder, name))).split("\n");
    return lines.flatMap((line) => {
      const older = OlderTrial.safeParse(parsed(line));
      if (!older.success) return [];
      const { id, what, returns } = older.data;
      return [{ id, kind: "backtest" as const, what, atMs: 0, seen: [], sharpe: sharpeOf(returns) }];
    });
  }
}

/** As earlier versions named a set of bars: by all of their times and closes. */
export function olderName(feed: Feed, span: Span): string {
  const hash = createHash("sha256");
  for (const symbol of feed.symbols) {
    for (const { openTimeMs, close } of barsIn(feed, symbol, span)) hash.update(`${openTimeMs} ${close}\n`);
  }
  return hash.digest("hex").slice(0, 16);
}

/** Null for what is not there, and for what is no JSON. */
async function readJson(path: string): Promise<unknown> {
  try {
    return parsed(await Deno.readTextFile(path));
  } catch (cause) {
    if (cause instanceof Deno.errors.NotFound) return null;
    throw cause;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

async function writeWhole(path: string, document: unknown): Promise<void> {
  const draft = `${path}.${crypto.randomUUID()}`;
  await Deno.writeTextFile(draft, JSON.stringify(document));
  await Deno.rename(draft, path);
}

/** Compares what two runs of the same bars left behind, entry by entry: all but who did it, when, and how fast. */
import { barStream } from "../../core/contracts/bar.ts";
import { attributionStream } from "../../core/contracts/attribution.ts";
import type { Document, Stream } from "../../core/contracts/define.ts";
import { experienceStream } from "../../core/contracts/experience.ts";
import type { FeedStatus } from "../../core/contracts/feed_status.ts";
import { decisionStream, equityStream, fillStream, laneRecord } from "../../core/contracts/lane.ts";
import { learnedThrough, rewardStream, ticketStream } from "../../core/contracts/learning.ts";
import { missingBarsStream } from "../../core/contracts/missing_bars.ts";
import { currentModel, gateState, modelEventStream, modelMetadata } from "../../core/contracts/model.ts";
import { accountTotal } from "../../core/contracts/risk.ts";
import { type Quarantined, quarantineStream } from "../../core/contracts/system.ts";
import { compareEntryIds, parseEntryId } from "../../core/redis/entry_id.ts";
import type { Entry, Store } from "../../core/redis/store.ts";
import { type Difference, firstDifference } from "./first_difference.ts";

/** The first entry that is not as in the run without kills. */
export interface DifferingEntry extends Difference {
  readonly key: string;
  readonly id: string;
}

export interface Comparison {
  /** Entries compared, by what they are. */
  readonly compared: Record<string, number>;
  readonly differing: number;
  readonly first: DifferingEntry | null;
}

const PAGE = 500;
/** What may differ: who, when, how fast. */
const PASSING = new Set(["latencyMs", "replica", "fence", "atMs", "createdMs"]);

/** @param reference The run without kills. */
export async function compareRuns(
  reference: Store,
  run: Store,
  account: string,
  { symbols, timeframe }: Pick<FeedStatus, "symbols" | "timeframe">,
): Promise<Comparison> {
  const tally = new Tally(reference, run);
  for (const symbol of symbols) {
    await tally.stream("bars", barStream(symbol, timeframe));
    await tally.stream("missing bars", missingBarsStream(symbol, timeframe));
    await tally.stream("decisions", decisionStream(account, symbol));
    await tally.stream("fills", fillStream(account, symbol));
    await tally.stream("equity", equityStream(account, symbol));
    await tally.stream("experience", experienceStream(account, symbol));
    await tally.stream("rewards", rewardStream(account, symbol));
    // Under load the oldest are dropped: what both explain is compared.
    await tally.stream("attributions", attributionStream(account, symbol), { shared: true });
    await tally.document("lane records", laneRecord(account, symbol));
  }
  await tally.stream("tickets", ticketStream());
  await tally.stream("verdicts", modelEventStream());
  for (const { value } of await reference.range(modelEventStream())) {
    await tally.document("models", modelMetadata(value.version));
  }
  await tally.document("gate", gateState());
  await tally.document("current model", currentModel());
  await tally.document("positions of learning", learnedThrough(account));
  const total = accountTotal(account);
  const [expected, actual] = [await reference.entries(total), await run.entries(total)];
  const [putAside, put] = [await reference.range(quarantineStream()), await run.range(quarantineStream())];
  tally.entry("quarantine", quarantineStream().key, "", reasonsOf(putAside), reasonsOf(put));
  tally.entry("account total", total.key, "", Object.fromEntries(expected), Object.fromEntries(actual));
  return tally;
}

class Tally implements Comparison {
  readonly compared: Record<string, number> = {};
  differing = 0;
  first: DifferingEntry | null = null;
  readonly #reference: Store;
  readonly #run: Store;

  constructor(reference: Store, run: Store) {
    this.#reference = reference;
    this.#run = run;
  }

  async stream<T>(what: string, stream: Stream<T>, { shared = false } = {}): Promise<void> {
    const actual = entriesOf(this.#run, stream);
    let other = await actual.next();
    for await (const { id, value } of entriesOf(this.#reference, stream)) {
      for (; !other.done && isBefore(other.value.id, id); other = await actual.next()) {
        if (!shared) this.entry(what, stream.key, other.value.id, undefined, other.value.value);
      }
      const isThere = !other.done && other.value.id === id;
      if (isThere || !shared) {
        this.entry(what, stream.key, id, value, isThere ? other.value!.value : undefined);
      }
      if (isThere) other = await actual.next();
    }
    for (; !other.done && !shared; other = await actual.next()) {
      this.entry(what, stream.key, other.value.id, undefined, other.value.value);
    }
  }

  async document<T>(what: string, document: Document<T>): Promise<void> {
    const [expected, actual] = [await this.#reference.get(document), await this.#run.get(document)];
    if (expected !== null || actual !== null) this.entry(what, document.key, "", expected, actual);
  }

  /** @param expected Undefined where it is in the other run alone. */
  entry(what: string, key: string, id: string, expected: unknown, actual: unknown): void {
    this.compared[what] = (this.compared[what] ?? 0) + 1;
    const difference = firstDifference(lasting(expected), lasting(actual));
    if (difference === null) return;
    this.differing++;
    this.first ??= { key, id, ...difference };
  }
}

/** Ids are the server's, and the order is that of processes that know nothing of each other. */
function reasonsOf(entries: readonly Entry<Quarantined>[]): string[] {
  return entries.map(({ value: { process, source, entry, reason } }) =>
    `${process} ${source} ${entry}: ${reason}`
  )
    .sort();
}

async function* entriesOf<T>(store: Store, stream: Stream<T>): AsyncGenerator<Entry<T>, undefined> {
  for (let after = "0-0";;) {
    const page = await store.range(stream, { after, count: PAGE });
    yield* page;
    if (page.length < PAGE) return;
    after = page.at(-1)!.id;
  }
}

function lasting(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([field]) => !PASSING.has(field)));
}

function isBefore(a: string, b: string): boolean {
  return compareEntryIds(parseEntryId(a), parseEntryId(b)) < 0;
}

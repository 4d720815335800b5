/** What core tells: bars in, holes, experience, how far others lag behind, and what Redis and the archive hold. */
import { Counter, type Registry } from "prom-client";
import type { BarPhase } from "../contracts/bar.ts";
import type { ServerMemory } from "../redis/server_memory.ts";
import { readCounter, readGauge, readGauges } from "./metric_makers.ts";

/** What is read when somebody asks. */
export interface MarketFacts {
  /** Of the heartbeat. */
  readonly figures: () => Readonly<Record<string, number>>;
  readonly memory: () => Promise<ServerMemory | null>;
  readonly archived: () => number;
}

const DIRT = "dirt_";

export class MarketMetrics {
  readonly #bars: Counter;
  readonly #missing: Counter;

  constructor(registry: Registry, facts: MarketFacts) {
    const registers = [registry];
    this.#bars = new Counter({
      name: "rltrader_bars_published_total",
      help:
        "Bars that this process has put into their streams: history to learn from, or live ones to decide on.",
      labelNames: ["phase"],
      registers,
    });
    for (const phase of ["bootstrap", "live"]) this.#bars.inc({ phase }, 0);
    this.#missing = new Counter({
      name: "rltrader_bars_missing_total",
      help: "Bars that never came and were given up.",
      registers,
    });
    declareFacts(registry, facts);
  }

  published(phase: BarPhase, bars: number): void {
    this.#bars.inc({ phase }, bars);
  }

  missed(bars: number): void {
    this.#missing.inc(bars);
  }
}

function declareFacts(registry: Registry, { figures, memory, archived }: MarketFacts): void {
  readGauge(registry, {
    name: "rltrader_feed_live_bars",
    help: "Live bars of each symbol so far, by this core and those before it.",
  }, () => figures().liveBars ?? null);
  readGauge(registry, {
    name: "rltrader_experiences",
    help: "Steps of experience of all lanes, archived ones included.",
  }, () => figures().experiences ?? null);
  readGauges(
    registry,
    {
      name: "rltrader_dirty_rows",
      help: "Rows of the feed that broke a rule and were repaired or put aside.",
      label: "rule",
    },
    () =>
      new Map(
        Object.entries(figures()).flatMap(([name, value]) =>
          name.startsWith(DIRT) ? [[name.slice(DIRT.length), value] as const] : []
        ),
      ),
  );
  readGauge(registry, {
    name: "rltrader_undecided_bars",
    help: "Live bars that were published and not decided yet, of the symbol that has the most.",
  }, () => figures().undecided ?? null);
  let asked: Promise<ServerMemory | null> | null = null;
  /** The two gauges of one scrape share an answer. */
  const once = () => asked ??= memory().finally(() => asked = null);
  readGauge(
    registry,
    { name: "rltrader_redis_memory_bytes", help: "Memory that Redis takes." },
    async () => (await once())?.usedBytes ?? null,
  );
  readGauge(registry, {
    name: "rltrader_redis_memory_limit_bytes",
    help: "What Redis may take before it refuses writes; absent where it has no limit.",
  }, async () => (await once())?.limitBytes ?? null);
  readCounter(registry, {
    name: "rltrader_archived_entries_total",
    help: "Entries that this process has moved from Redis into the archive.",
  }, archived);
}

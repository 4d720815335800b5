/** A chaos run: for each way to run the system one run without kills, and then rounds of the same bars with kills, until there were
 * enough; every round must leave behind what the run without kills did. */
import { join } from "node:path";
import { type FeedStatus, feedStatus } from "../../core/contracts/feed_status.ts";
import { learnedThrough } from "../../core/contracts/learning.ts";
import { currentModel } from "../../core/contracts/model.ts";
import type { Store } from "../../core/redis/store.ts";
import { until } from "../../core/runtime/clock.ts";
import type { RunChoices } from "../process_plan.ts";
import { type Balance, checkBalance } from "./balance.ts";
import { ChaosSystem, type Machine } from "./chaos_system.ts";
import { compareRuns } from "./compare_runs.ts";
import { firstDifference } from "./first_difference.ts";
import {
  frequentPointsOf,
  KillPlan,
  type KillPoint,
  nameOf,
  pointsOf,
  type SeenCommands,
} from "./kill_plan.ts";
import { KillRound } from "./kill_round.ts";
import { type KillRecord, KillWatch } from "./kill_watch.ts";
import {
  isSound,
  type RoundResult,
  type Variant,
  type VariantResult,
  VARIANTS,
  withRound,
} from "./variants.ts";

/** From so many kills on every point of what often changes something has to be hit. */
const COVERING_KILLS = 200;
/** Rounds without a new point after which a point is taken for out of reach. */
const IDLE_ROUNDS = 3;
const SETTLE_MS = 20_000;
const SYMBOLS = 4;

export interface ChaosChoices {
  readonly kills: number;
  readonly seed: number;
  /** Live bars of each symbol in a round. */
  readonly bars: number;
  readonly config: string;
  readonly misc: string;
  readonly account: string;
  readonly cashPerLane: string;
}

export interface ChaosResult {
  readonly variants: readonly VariantResult[];
  /** Every point of every command that was seen. */
  readonly points: readonly KillPoint[];
  readonly missed: readonly KillPoint[];
  /** Those of them where something is changed often: a run with so many kills may not miss one. */
  readonly owed: readonly KillPoint[];
}

export interface ChaosParts {
  readonly choices: ChaosChoices;
  readonly machine: Machine;
  /** Of this run: logs and databases of what went wrong stay there. */
  readonly folder: string;
  readonly signal: AbortSignal;
  readonly onRound: (text: string) => void;
  readonly onKill: (record: KillRecord, done: number) => void;
}

export function isFaultless({ variants, owed }: ChaosResult): boolean {
  return owed.length === 0 && variants.every(isSound);
}

export class ChaosRun {
  readonly #parts: ChaosParts;
  readonly #points = new Map<string, KillPoint>();
  /** Names of points where something is changed often. */
  readonly #frequent = new Set<string>();
  readonly #hit = new Set<string>();
  #kills = 0;
  #frozen: string | undefined;

  constructor(parts: ChaosParts) {
    this.#parts = parts;
  }

  /** Runs every variant, or up to the first that is not sound. @throws {Error} If a system stands still. */
  async run(): Promise<ChaosResult> {
    const { kills } = this.#parts.choices;
    const variants: VariantResult[] = [];
    let share = 0;
    for (const [index, variant] of VARIANTS.entries()) {
      const before = Math.round(kills * share);
      share += variant.share;
      const result = await this.#variant(variant, index, Math.round(kills * share) - before);
      variants.push(result);
      if (!isSound(result)) break;
    }
    const points = [...this.#points.values()];
    const missed = points.filter((point) => !this.#hit.has(nameOf(point)));
    const owed = kills < COVERING_KILLS ? [] : missed.filter((point) => this.#frequent.has(nameOf(point)));
    return { variants, points, missed, owed };
  }

  async #variant(variant: Variant, index: number, kills: number): Promise<VariantResult> {
    const { choices, folder, onRound } = this.#parts;
    const name = variant.name.replace(" ", "-");
    onRound(`${variant.name}: a run without kills`);
    const watch = this.#watch(variant);
    await using reference = await this.#start(variant, join(folder, `${name}-reference`), watch);
    await this.#round(reference, watch).run(null, 0);
    const seen = watch.seen();
    for (const point of pointsOf(seen)) this.#points.set(nameOf(point), point);
    for (const point of frequentPointsOf(seen)) this.#frequent.add(nameOf(point));
    if (variant.learns) this.#frozen = (await reference.store.get(currentModel()))?.version;
    let result: VariantResult = {
      ...{ name: variant.name, learns: variant.learns, rounds: 0, kills: [], compared: {} },
      ...{ differing: 0, first: null, deaths: reference.deaths },
      balance: await this.#balance(reference.store),
    };
    const isCovering = choices.kills >= COVERING_KILLS;
    for (let idle = 0; isSound(result);) {
      const owed = this.#owed(variant, seen);
      const uncovered = isCovering && idle < IDLE_ROUNDS ? owed.length : 0;
      const left = Math.max(kills - result.kills.length, uncovered);
      if (left <= 0) break;
      const round = result.rounds + 1;
      onRound(`${variant.name}: round ${round}, ${left} kills to go`);
      const points = result.kills.length < kills ? this.#open(variant, seen) : owed;
      const plan = new KillPlan([choices.seed, index, round], seen, points, left);
      const path = join(folder, `${name}-${round}`);
      result = withRound(result, await this.#killed(variant, plan, left, reference.store, path));
      if (isSound(result)) await Deno.remove(path, { recursive: true });
      idle = this.#owed(variant, seen).length < owed.length ? 0 : idle + 1;
    }
    return result;
  }

  /** One round with kills. @param path Its folder. */
  async #killed(
    variant: Variant,
    plan: KillPlan,
    kills: number,
    reference: Store,
    path: string,
  ): Promise<RoundResult> {
    const watch = this.#watch(variant);
    await using system = await this.#start(variant, path, watch);
    await this.#round(system, watch).run(plan, kills);
    await this.#settled(reference, system.store);
    const { account } = this.#parts.choices;
    return {
      kills: watch.kills,
      comparison: await compareRuns(reference, system.store, account, await feedOf(reference)),
      balance: await this.#balance(system.store),
      deaths: system.deaths,
    };
  }

  #watch(variant: Variant): KillWatch {
    const symbols = Array.from({ length: SYMBOLS }, (_, index) => `A-${index + 1}`);
    return new KillWatch(symbols, variant.runner === "trainer", (record) => {
      if (record.point !== null) this.#hit.add(nameOf(record.point));
      this.#parts.onKill(record, ++this.#kills);
    });
  }

  #round(system: ChaosSystem, watch: KillWatch): KillRound {
    const { machine: { clock }, signal } = this.#parts;
    return new KillRound({ system, watch, clock, signal });
  }

  /** The points that a variant covers and that no kill has hit yet. */
  #open({ covers }: Variant, seen: readonly SeenCommands[]): KillPoint[] {
    return pointsOf(seen).filter((point) => covers.includes(point.role) && !this.#hit.has(nameOf(point)));
  }

  /** Those of them where something is changed often. */
  #owed(variant: Variant, seen: readonly SeenCommands[]): KillPoint[] {
    return this.#open(variant, seen).filter((point) => this.#frequent.has(nameOf(point)));
  }

  async #start(variant: Variant, folder: string, watch: KillWatch): Promise<ChaosSystem> {
    const { machine, signal } = this.#parts;
    const system = await ChaosSystem.start(machine, this.#choicesOf(variant), folder, watch, signal);
    watch.system = system;
    return system;
  }

  #choicesOf({ runner, learns }: Variant): RunChoices {
    const { bars, seed, config, misc } = this.#parts.choices;
    return {
      feed: `synthetic:A:${Math.max(2_500, Math.ceil(bars / 0.8))}`,
      symbols: String(SYMBOLS),
      columns: undefined,
      speed: "max",
      bars: String(bars),
      seed: String(seed),
      runner,
      frozenModel: learns ? undefined : this.#frozen,
      warmStart: undefined,
      tradesAtVenue: false,
      live: false,
      lockstep: learns,
      config,
      misc,
      uiPort: 0,
      isUiPortWished: false,
    };
  }

  async #balance(store: Store): Promise<Balance> {
    const { account, cashPerLane } = this.#parts.choices;
    return await checkBalance(store, account, (await feedOf(store)).symbols, cashPerLane);
  }

  /** Until the trainer has written down how far it is: nobody waits for that. What is never so is found by the comparison. */
  async #settled(reference: Store, run: Store): Promise<void> {
    const { machine: { clock }, choices: { account }, signal } = this.#parts;
    const document = learnedThrough(account);
    const startedMs = clock.monotonicMs();
    await until(clock, "the trainer", async () => {
      const [expected, actual] = [await reference.get(document), await run.get(document)];
      return firstDifference(expected, actual) === null || clock.monotonicMs() - startedMs > SETTLE_MS;
    }, { signal });
  }
}

async function feedOf(store: Store): Promise<FeedStatus> {
  const feed = await store.get(feedStatus());
  if (feed === null) throw new Error("Cannot compare as a run must have a feed: it has none");
  return feed;
}

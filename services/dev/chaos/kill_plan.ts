/** Which kills a round shall see, and when: drawn from the seed alone. Pure. */
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { isGreeting, isWrite } from "./command_kind.ts";
import { type Victim, VICTIMS } from "./chaos_system.ts";
import type { Side } from "./kill_proxy.ts";

export type ProcessRole = "core" | "inference" | "trainer";

/** A place on the way of a command: whose command, which, on which side of Redis, and who dies there. */
export interface KillPoint {
  readonly role: ProcessRole;
  readonly kind: string;
  readonly side: Side;
  readonly victim: "process" | "redis";
}

/** Commands that a run without kills has seen of a process, by kind. */
export interface SeenCommands {
  readonly role: ProcessRole;
  readonly kind: string;
  /** Before the first commit, and from it on. */
  readonly early: number;
  readonly late: number;
}

/** A kill when the `nth` command of a kind passes. */
export interface PointKill {
  readonly point: KillPoint;
  readonly nth: number;
}

/** A kill at any moment. */
export interface RandomKill {
  readonly victim: Victim;
  readonly afterMs: number;
  /** A second one while the first is not yet recovered from. */
  readonly second: { readonly victim: Victim; readonly afterMs: number } | null;
}

/** So many commands of a kind pass before a kill at most. */
const MOST_PASSING = 40;
/** What passes less often in a whole run may be missed. */
const RARE = 20;
const LEAST_PATIENCE = 600;
const LONGEST_WAIT_MS = 400;
const SECOND_SHARE = 0.2;
/** Of the kills where there is no room for all points. */
const RANDOM_SHARE = 1 / 3;

export function nameOf({ role, kind, side, victim }: KillPoint): string {
  return `${victim === "redis" ? "redis" : role} ${side} ${role}'s ${kind}`;
}

/** Every point of the commands that were seen. Redis dies at those that change it. */
export function pointsOf(seen: readonly SeenCommands[]): KillPoint[] {
  return seen.filter(({ kind }) => !isGreeting(kind)).flatMap(({ role, kind }) =>
    (["before", "after"] as const).flatMap((side) => [
      { role, kind, side, victim: "process" as const },
      ...(isWrite(kind) ? [{ role, kind, side, victim: "redis" as const }] : []),
    ])
  );
}

/** Those of commands that change something, and that a run sends often enough to be hit in a few rounds. A kill beside a read is as
 * one at any moment. */
export function frequentPointsOf(seen: readonly SeenCommands[]): KillPoint[] {
  return pointsOf(seen.filter(({ kind, late }) => isWrite(kind) && late >= RARE));
}

export class KillPlan {
  readonly #random: SeededRandom;
  readonly #seen: ReadonlyMap<string, SeenCommands>;
  readonly #left: number;
  #queue: KillPoint[];
  readonly #misses: Map<KillPoint, number>;

  /** @param points Those that are still to be hit.  @param kills How many there is room for. */
  constructor(
    name: readonly number[],
    seen: readonly SeenCommands[],
    points: readonly KillPoint[],
    kills: number,
  ) {
    this.#random = new SeededRandom(...name);
    this.#seen = new Map(seen.map((commands) => [`${commands.role} ${commands.kind}`, commands]));
    this.#left = kills;
    this.#misses = new Map(points.map((point) => [point, 0]));
    this.#queue = this.#shuffled(points).sort((a, b) => rankOf(a) - rankOf(b));
  }

  /** Bars that may be committed before a point is given up for now: what comes seldom takes its time. */
  patience(point: KillPoint): number {
    const commits = this.#seen.get("inference FCALL commit")?.late ?? 0;
    return Math.max(LEAST_PATIENCE, 2 * commits / Math.max(1, this.#seenOf(point).late));
  }

  /** The points that were not hit. */
  get queue(): readonly KillPoint[] {
    return this.#queue;
  }

  /** Whether a process has to start for it to be sent. What is sent at a start and hardly ever again is waited for and started for
   * by turns. */
  needsStart(point: KillPoint): boolean {
    const turns = this.#seenOf(point).late > 0;
    return this.#isOfStart(point) && !(turns && this.#misses.get(point)! % 2 === 0);
  }

  /** The next kill. @param done Kills so far.  @param early Whether no bar is committed yet: then only points that are passed early.
   * Null where there is none. */
  next(done: number, early: boolean): PointKill | RandomKill | null {
    const point = this.#queue.find((point) => early ? this.#isOfStart(point) : !this.#isOnce(point));
    const room = Math.max(1, this.#left - done);
    const share = room > this.#queue.length ? 1 - this.#queue.length / room : RANDOM_SHARE;
    const isRandom = !early && this.#random.uniform() < share;
    if (point === undefined || isRandom) return early ? null : this.#randomKill();
    const passing = this.#seenOf(point);
    const most = Math.min(MOST_PASSING, Math.floor((early ? passing.early : passing.late) / 50));
    return { point, nth: 1 + Math.floor(this.#random.uniform() * Math.max(1, most)) };
  }

  /** Its turn comes again once all others had theirs. @param early As it was asked for. */
  missed(point: KillPoint, early: boolean): void {
    if (!early) this.#misses.set(point, this.#misses.get(point)! + 1);
    this.#queue = [...this.#queue.filter((other) => other !== point), point];
  }

  hit(point: KillPoint): void {
    this.#queue = this.#queue.filter((other) => other !== point);
  }

  #seenOf({ role, kind }: KillPoint): SeenCommands {
    return this.#seen.get(`${role} ${kind}`)!;
  }

  #isOfStart(point: KillPoint): boolean {
    const { early, late } = this.#seenOf(point);
    return early > 0 && late < RARE;
  }

  /** A restart does not pass it: it comes up with a new run alone. */
  #isOnce(point: KillPoint): boolean {
    return this.#seenOf(point).late === 0 && this.#misses.get(point)! > 0;
  }

  #randomKill(): RandomKill {
    const draw = () => ({ victim: this.#pick(VICTIMS), afterMs: this.#random.uniform() * LONGEST_WAIT_MS });
    return { ...draw(), second: this.#random.uniform() < SECOND_SHARE ? draw() : null };
  }

  #pick<T>(values: readonly T[]): T {
    return values[Math.floor(this.#random.uniform() * values.length)]!;
  }

  #shuffled<T>(values: readonly T[]): T[] {
    const drawn = values.map((value) => [this.#random.uniform(), value] as const);
    return drawn.sort(([a], [b]) => a - b).map(([, value]) => value);
  }
}

/** Where there is no room for all points, those matter most that money and learning pass. */
function rankOf({ kind }: KillPoint): number {
  if (kind === "FCALL commit") return 0;
  if (kind.includes(" system:")) return 3;
  return isWrite(kind) ? 1 : 2;
}

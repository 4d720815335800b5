/** What a round knows of its system by what passes the proxies: which commands there are, who leads which symbol, when a kill is
 * due, and when what it broke works again. */
import { type ChaosSystem, type ProcessName, roleOf, type Victim, type Watch } from "./chaos_system.ts";
import { committedSymbol } from "./command_kind.ts";
import { type KillPoint, nameOf, type PointKill, type SeenCommands } from "./kill_plan.ts";
import type { Passing, Side } from "./kill_proxy.ts";

/** One kill, as it happened. */
export interface KillRecord {
  readonly victim: Victim;
  /** The point that it was for; null for one at a random moment. */
  readonly point: KillPoint | null;
  /** Something else was not yet recovered from. */
  readonly isSecond: boolean;
  /** From the kill until what it broke works again; null where the feed ended before that, or nothing was decided yet. */
  recoveryMs: number | null;
}

interface Recovery {
  readonly record: KillRecord;
  readonly killedMs: number;
  /** What has to be seen. */
  readonly wanted: Set<string>;
}

export class KillWatch implements Watch {
  readonly kills: KillRecord[] = [];
  readonly #symbols: readonly string[];
  readonly #isServing: boolean;
  readonly #onKill: (record: KillRecord) => void;
  readonly #early = new Map<string, number>();
  readonly #late = new Map<string, number>();
  readonly #leaders = new Map<string, ProcessName>();
  readonly #recoveries = new Set<Recovery>();
  #due: { readonly kill: PointKill; left: number } | null = null;
  #commits = 0;
  system: ChaosSystem | null = null;

  /** @param isServing Whether the trainer answers every decision.  @param onKill Told of each kill once it is over. */
  constructor(symbols: readonly string[], isServing: boolean, onKill: (record: KillRecord) => void) {
    this.#symbols = symbols;
    this.#isServing = isServing;
    this.#onKill = onKill;
  }

  /** Bars committed so far, over all symbols. */
  get commits(): number {
    return this.#commits;
  }

  get isRecovering(): boolean {
    return this.#recoveries.size > 0;
  }

  /** What is awaited, for the message that it does not come. */
  get awaited(): string {
    return [...this.#recoveries].map(({ record, wanted }) =>
      `${[...wanted].join(", ")} after ${describeKill(record)}`
    ).join("; ");
  }

  seen(): SeenCommands[] {
    const names = [...new Set([...this.#early.keys(), ...this.#late.keys()])].sort();
    return names.map((name) => {
      const [role, ...kind] = name.split(" ");
      const [early, late] = [this.#early.get(name) ?? 0, this.#late.get(name) ?? 0];
      return { role: role as SeenCommands["role"], kind: kind.join(" "), early, late };
    });
  }

  /** Kills when the point's command has passed so often. Null takes it back. */
  arm(kill: PointKill | null): void {
    this.#due = kill === null ? null : { kill, left: kill.nth };
  }

  get isArmed(): boolean {
    return this.#due !== null;
  }

  /** @returns False where the victim does not run just now. */
  kill(victim: Victim, point: KillPoint | null = null): boolean {
    const wanted = this.#wantedAfter(victim);
    const killedMs = performance.now();
    if (!this.system!.kill(victim)) return false;
    const record: KillRecord = { victim, point, isSecond: this.isRecovering, recoveryMs: null };
    this.kills.push(record);
    if (wanted.size > 0) this.#recoveries.add({ record, killedMs, wanted });
    else this.#onKill(record);
    return true;
  }

  /** Gives up what is not recovered from: no bar is left to do it on. */
  endRecoveries(): void {
    for (const { record } of this.#recoveries) this.#onKill(record);
    this.#recoveries.clear();
  }

  isLast(process: ProcessName, { kind }: Passing, side: Side): boolean {
    const role = roleOf(process);
    if (side === "before") {
      const counts = this.#commits === 0 ? this.#early : this.#late;
      counts.set(`${role} ${kind}`, (counts.get(`${role} ${kind}`) ?? 0) + 1);
    }
    const due = this.#due;
    if (due === null) return false;
    const { point } = due.kill;
    if (point.role !== role || point.kind !== kind || point.side !== side || --due.left > 0) return false;
    this.#due = null;
    return this.kill(point.victim === "redis" ? "redis" : process, point);
  }

  onReply(process: ProcessName, { kind, args, connectedMs }: Passing, reply: Uint8Array): void {
    const signs = [`${process} ${kind}`];
    if (kind === "FCALL commit" && isCommitted(reply)) {
      const symbol = committedSymbol(args);
      this.#leaders.set(symbol, process);
      this.#commits++;
      signs.push(`commit of ${symbol}`);
    }
    for (const recovery of this.#recoveries) {
      const { record, killedMs, wanted } = recovery;
      const isOld = connectedMs < killedMs && (record.victim === "redis" || record.victim === process);
      if (isOld) continue;
      for (const sign of signs) wanted.delete(sign);
      if (wanted.size > 0) continue;
      this.#recoveries.delete(recovery);
      record.recoveryMs = performance.now() - killedMs;
      this.#onKill(record);
    }
  }

  /** What shows that a victim's work goes on. Before the first commit there is no work to wait for. */
  #wantedAfter(victim: Victim): Set<string> {
    if (this.#commits === 0) return new Set();
    if (victim === "core") return new Set(["core XADD market:bars:*:*"]);
    if (victim === "trainer") {
      return new Set([`trainer ${this.#isServing ? "XADD model:results:*" : "HSET system:heartbeats"}`]);
    }
    const orphaned = victim === "redis"
      ? this.#symbols
      : this.#symbols.filter((symbol) => this.#leaders.get(symbol) === victim);
    return orphaned.length === 0
      ? new Set([`${victim} FCALL renew`])
      : new Set(orphaned.map((symbol) => `commit of ${symbol}`));
  }
}

export function describeKill({ victim, point }: KillRecord): string {
  if (point === null) return `${victim} at a random moment`;
  return point.victim === "redis" ? nameOf(point) : nameOf(point).replace(point.role, victim);
}

function isCommitted(reply: Uint8Array): boolean {
  return reply.length < 64 && new TextDecoder().decode(reply).includes("committed");
}

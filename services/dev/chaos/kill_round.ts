/** One round: a whole run of a system from its start to the end of its feed, with the kills that a plan asks for. */
import { type Clock, until } from "../../core/runtime/clock.ts";
import { type ChaosSystem, PROCESSES, roleOf } from "./chaos_system.ts";
import type { KillPlan, PointKill, ProcessRole, RandomKill } from "./kill_plan.ts";
import type { KillWatch } from "./kill_watch.ts";

/** A start is over after that, and a wait for anything else. */
const START_MS = 4_000;
const WAIT_MS = 30_000;
/** Longer than anything takes that works. */
const DEADLINE_MS = 60_000;
const POLL_MS = 5;

export class KillRound {
  readonly #system: ChaosSystem;
  readonly #watch: KillWatch;
  readonly #clock: Clock;
  readonly #signal: AbortSignal;
  readonly #stop = new AbortController();
  #isEnded = false;

  constructor(parts: { system: ChaosSystem; watch: KillWatch; clock: Clock; signal: AbortSignal }) {
    this.#system = parts.system;
    this.#watch = parts.watch;
    this.#clock = parts.clock;
    this.#signal = AbortSignal.any([parts.signal, this.#stop.signal]);
  }

  /** Runs to the feed's end. @param plan Null to kill nothing.  @param kills How many at most.
   * @throws {Error} If the system stands still. */
  async run(plan: KillPlan | null, kills: number): Promise<void> {
    try {
      await Promise.all([this.#followEnd(), plan === null ? null : this.#killAll(plan, kills)]);
    } finally {
      this.#stop.abort(new Error("the round is over"));
    }
    this.#watch.endRecoveries();
  }

  async #killAll(plan: KillPlan, kills: number): Promise<void> {
    const { kills: done } = this.#watch;
    while (done.length < kills && !this.#isEnded) {
      const early = this.#watch.commits === 0;
      const kill = plan.next(done.length, early);
      if (kill === null) {
        await this.#until("the first commit", () => this.#watch.commits > 0);
        continue;
      }
      if ("point" in kill) await this.#atPoint(plan, kill, early);
      else await this.#atRandom(kill);
      await this.#until("recovery", () => !this.#watch.isRecovering);
    }
  }

  /** Waits for the point's command; where a process sends it at its start alone, it is made to start. */
  async #atPoint(plan: KillPlan, kill: PointKill, early: boolean): Promise<void> {
    const starts = early || plan.needsStart(kill.point);
    if (starts && !early) this.#watch.kill(this.#oneOf(kill.point.role));
    const { commits, kills: { length } } = this.#watch;
    const startedMs = this.#clock.monotonicMs();
    this.#watch.arm(kill);
    await this.#until("its moment", () => {
      const isOver = this.#watch.commits > (early ? 0 : commits + plan.patience(kill.point)) ||
        this.#clock.monotonicMs() - startedMs > (starts ? START_MS : WAIT_MS);
      return !this.#watch.isArmed || isOver;
    });
    this.#watch.arm(null);
    if (this.#watch.kills.slice(length).some(({ point }) => point === kill.point)) plan.hit(kill.point);
    else plan.missed(kill.point, early);
  }

  async #atRandom({ victim, afterMs, second }: RandomKill): Promise<void> {
    await this.#clock.wait(afterMs, this.#signal);
    if (this.#isEnded) return;
    this.#watch.kill(victim);
    if (second === null) return;
    await this.#clock.wait(second.afterMs, this.#signal);
    if (!this.#isEnded) this.#watch.kill(second.victim);
  }

  #oneOf(role: ProcessRole) {
    return PROCESSES.find((process) => roleOf(process) === role)!;
  }

  /** Until it is so, or the feed has ended. */
  async #until(what: string, condition: () => boolean): Promise<void> {
    const told = () => this.#watch.awaited === "" ? what : `${what} (${this.#watch.awaited})`;
    const startedMs = this.#clock.monotonicMs();
    await until(this.#clock, what, () => {
      if (this.#clock.monotonicMs() - startedMs > DEADLINE_MS) {
        throw new Error(`The system stands still: it waits for ${told()}`);
      }
      return this.#isEnded || condition();
    }, { everyMs: POLL_MS, signal: this.#signal });
  }

  async #followEnd(): Promise<void> {
    let [steps, sinceMs] = [-1, 0];
    await until(this.#clock, "the feed's end", async () => {
      const reached = this.#watch.commits + this.#watch.kills.length;
      if (reached !== steps) [steps, sinceMs] = [reached, this.#clock.monotonicMs()];
      if (this.#clock.monotonicMs() - sinceMs > DEADLINE_MS) {
        throw new Error(`The system stands still: nothing was committed for ${DEADLINE_MS / 1_000} s`);
      }
      return await this.#system.isEnded();
    }, { everyMs: 50, signal: this.#signal });
    this.#isEnded = true;
  }
}

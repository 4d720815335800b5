/** What no bar tells of a run's decisions, from its commits: under which control and with how old data each was made, and why nobody
 * answered where no model did. What a limit has halted, a replay finds by itself too. */
import type { Control } from "../../core/contracts/control.ts";
import type { Decision } from "../../core/contracts/lane.ts";
import type { LaneTrader, RuledBar, TradedBar } from "../../core/lane/lane_trader.ts";
import type { Outside } from "../../core/lane/risk_desk.ts";
import type { RecordedRun } from "./recorded_run.ts";

/** How a verdict tells a halt: since a bar where a limit broke, since a time where a person halted. */
const HALT =
  /(closes what is held: )?trading is halted since (?:bar (?<bar>.+?)|(?<time>.+?) UTC): (?<reason>.+)$/s;

export class RunInputs {
  readonly #decisions: ReadonlyMap<string, ReadonlyMap<number, Decision>>;
  readonly #last: Control | null;
  /** By revision, as far as they are known. */
  readonly #controls = new Map<number, Control>();

  constructor({ lanes, control }: Pick<RecordedRun, "lanes" | "control">) {
    this.#last = control;
    this.#decisions = new Map(
      [...lanes].map(([symbol, { decisions }]) =>
        [symbol, new Map(decisions.map((decision) => [decision.barMs, decision]))] as const
      ),
    );
  }

  /** Null for a bar that the run has not decided. */
  decisionAt(symbol: string, barMs: number): Decision | null {
    return this.#decisions.get(symbol)?.get(barMs) ?? null;
  }

  outsideOf({ outside, verdict }: Decision): Pick<Outside, "control" | "dataAgeMs"> {
    const { control: revision, dataAgeMs = null } = outside ?? {};
    return { dataAgeMs, control: revision === undefined ? null : this.#control(revision, verdict.reason) };
  }

  /** Takes a control that a limit has brought about in the replay. */
  limited(control: Control): void {
    this.#controls.set(control.revision, control);
  }

  #control(revision: number, verdict: string): Control {
    const known = this.#controls.get(revision);
    const control = known?.by === "risk limit"
      ? known
      : revision === this.#last?.revision
      ? this.#last
      : toldControl(revision, verdict, known ?? null, this.#before(revision));
    this.#controls.set(revision, control);
    return control;
  }

  #before(revision: number): Control | null {
    const earlier = [...this.#controls.values()].filter((each) => each.revision < revision);
    return earlier.toSorted((a, b) => b.revision - a.revision)[0] ?? null;
  }
}

/** What a verdict tells of the control that it was made under. While an account is halted, every verdict says so. */
function toldControl(
  revision: number,
  verdict: string,
  known: Control | null,
  before: Control | null,
): Control {
  const resumes = before?.resumes ?? 0;
  const told = HALT.exec(verdict);
  if (told === null) {
    const changes = revision - (before?.revision ?? 0);
    return {
      revision,
      state: "trading",
      flatten: false,
      reason: "resumed",
      by: "command line",
      atMs: 0,
      barMs: null,
      resumes: resumes + Math.ceil(changes / 2), // a halt between two resumes may have met no bar
    };
  }
  const { bar, time, reason } = told.groups!;
  const sinceMs = Date.parse(`${(bar ?? time)!.replace(" ", "T")}${/ /.test((bar ?? time)!) ? "Z" : ""}`);
  return {
    revision,
    state: "halted",
    flatten: told[1] !== undefined || known?.flatten === true,
    reason: reason!,
    by: bar === undefined ? "command line" : "risk limit",
    atMs: bar === undefined ? sinceMs : 0,
    barMs: bar === undefined ? null : sinceMs,
    resumes,
  };
}

/** Executes what was ruled; where no model answered in the run, for the reason that the run gives.
 * @param recorded Null where there is no run. */
export function executeAsRecorded(
  trader: LaneTrader,
  ruled: RuledBar,
  outside: Outside,
  recorded: Decision | null,
): TradedBar {
  const traded = trader.execute(ruled, outside);
  if (recorded === null || recorded.modelVersion !== null) return traded;
  const own = ruled.ruling.choice.reason;
  const { reason } = traded.decision.verdict;
  if (ruled.ruling.answer !== null || !reason.endsWith(own)) return traded; // e.g. a halt speaks instead
  const toldBefore = reason.slice(0, reason.length - own.length);
  if (!recorded.verdict.reason.startsWith(toldBefore)) return traded;
  const silence = recorded.verdict.reason.slice(toldBefore.length);
  return trader.execute(
    { ...ruled, ruling: { choice: { candidate: null, reason: silence }, answer: null } },
    outside,
  );
}

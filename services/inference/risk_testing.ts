/** A lane whose decisions a test scripts or draws, with limits, in a world of its own. */
import { FREE as NO_COSTS } from "../core/account/account_testing.ts";
import { type Bar, barStream } from "../core/contracts/bar.ts";
import type { Control } from "../core/contracts/control.ts";
import type { Decision, Fill } from "../core/contracts/lane.ts";
import { decisionStream, equityStream, fillStream } from "../core/contracts/lane.ts";
import { DecisionSpace } from "../core/decisions/decision_space.ts";
import { loadedModel, NO_RULES, STRATEGY } from "../core/lane/lane_testing.ts";
import type { ModelRunner } from "../core/lane/model_runner.ts";
import type { Strategy } from "../core/lane/strategy.ts";
import type { RiskLimits, RiskRules } from "../core/risk/risk_rules.ts";
import { fakeModel } from "../core/testing/fake_network.ts";
import type { ControlWatch } from "./control_watch.ts";
import type { InferenceAgent, InferenceAgentParts } from "./inference_agent.ts";
import { ACCOUNT, DAY_MS, HISTORY, TIMEFRAME, World } from "./inference_testing.ts";

/** Open time of the first live bar. */
export const FIRST_MS = (HISTORY + 1) * DAY_MS;
const MODEL = await loadedModel(fakeModel([[0, 0], [0, 0], [0, 0], [0, 0]], { SPX: 0.01 }));

/** Both sides, two sizes: entries, exits, resizes and reversals; everything is free. */
export const FREE: Strategy = {
  ...STRATEGY,
  rulesOf: () => NO_COSTS,
  space: new DecisionSpace({
    actions: ["flat", "long", "short"],
    sizes: [0.5, 1],
    stops: null,
    takes: null,
    isTrailing: false,
    scalars: ["exposure"],
    cooldownBars: 0,
    stopCooldownBars: 0,
    turnoverPenalty: 0,
  }),
  heads: [{ name: "action", size: 3 }, { name: "size", size: 2 }],
};

export function rulesWith(
  lane: Partial<RiskLimits>,
  changes: Partial<Omit<RiskRules, "lane" | "portfolio">> & { readonly portfolio?: Partial<RiskLimits> } = {},
): RiskRules {
  const { portfolio = {}, ...rest } = changes;
  return {
    ...NO_RULES,
    ...rest,
    lane: { ...NO_RULES.lane, ...lane },
    portfolio: { ...NO_RULES.portfolio, ...portfolio },
  };
}

/** Says how good the account after each thing that can be done is; what is best is done. */
export type Taste = (point: { readonly side: -1 | 0 | 1; readonly exposure: number }, bar: number) => number;

/** Wants a position of this size, whatever it costs. */
const wanting = (exposure: number): Taste => (point) =>
  1_000 - 1e6 * Math.abs(point.side * point.exposure - exposure);

/** One symbol in one account; bars are numbered from the first live one. */
export class RiskLane {
  readonly world: World;
  readonly controls: ControlWatch;
  #agent: InferenceAgent;
  #taste: Taste = wanting(0);
  #bars = 0;
  readonly #stepMs: number;

  private constructor(
    world: World,
    controls: ControlWatch,
    agent: InferenceAgent,
    at: { readonly stepMs: number; readonly bars: number },
  ) {
    this.world = world;
    this.controls = controls;
    this.#agent = agent;
    this.#stepMs = at.stepMs;
    this.#bars = at.bars;
  }

  /** In a world where the lane has traded, another process goes on with it. @param stepMs From one live bar to the next. */
  static async start(
    risk: RiskRules,
    { world = new World(), stepMs = DAY_MS, changes = {} }: {
      readonly world?: World;
      readonly stepMs?: number;
      readonly changes?: Partial<InferenceAgentParts>;
    } = {},
  ): Promise<RiskLane> {
    const controls = world.controls();
    let lane: RiskLane | null = null;
    const runner: ModelRunner = {
      name: "local",
      run: (_model, { points }) =>
        Promise.resolve({
          outputs: new Float32Array(5),
          values: Float32Array.from(points, (point) => lane!.#valueOf(point)),
        }),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const strategy = { ...FREE, risk };
    const currentModel = () => Promise.resolve(MODEL);
    const parts = { strategy, controls, runner, currentModel, ...changes };
    const agent = await world.agent(await world.lead(), parts);
    await world.publish(1, HISTORY, HISTORY);
    await agent.resume();
    const last = await world.ledger.load(ACCOUNT, "SPX");
    const bars = last === null ? 0 : (last.barMs - FIRST_MS) / stepMs + 1;
    return lane = new RiskLane(world, controls, agent, { stepMs, bars });
  }

  /** The next bar: opens and closes at these prices. @returns What was decided on it. */
  async bar(price: number, taste?: Taste | number, open = price): Promise<Decision> {
    if (taste !== undefined) this.#taste = typeof taste === "number" ? wanting(taste) : taste;
    const published = { phase: "live", bar: this.#next(open, price) } as const;
    await this.world.store.append(
      barStream("SPX", TIMEFRAME),
      `${published.bar.openTimeMs}-0`,
      published,
    );
    const decision = await this.#agent.onBar(published);
    if (decision === null) throw new Error(`bar ${this.#bars} was not decided`);
    return decision;
  }

  async halt(changes: Partial<Control> = {}): Promise<void> {
    await this.steer({ state: "halted", reason: "a test", ...changes });
  }

  async resume(): Promise<void> {
    const control = await this.world.ledger.control(ACCOUNT);
    await this.steer({
      state: "trading",
      reason: "go on",
      flatten: false,
      resumes: (control?.resumes ?? 0) + 1,
    });
  }

  /** As another process does it: the lane's own copy does not know yet. */
  async steer(changes: Partial<Control>): Promise<void> {
    const control = await this.world.ledger.control(ACCOUNT);
    const next: Control = {
      state: "halted",
      flatten: false,
      reason: "a test",
      by: "command line",
      atMs: this.world.clock.nowMs(),
      barMs: null,
      resumes: control?.resumes ?? 0,
      ...changes,
      revision: (control?.revision ?? 0) + 1,
    };
    if (!await this.world.ledger.steer(ACCOUNT, next)) throw new Error("somebody else steered");
  }

  async fills(): Promise<Fill[]> {
    return (await this.world.store.range(fillStream(ACCOUNT, "SPX"))).map(({ value }) => value);
  }

  async decisions(): Promise<Decision[]> {
    return (await this.world.store.range(decisionStream(ACCOUNT, "SPX"))).map(({ value }) => value);
  }

  /** At the close of each bar. */
  async equities(): Promise<number[]> {
    return (await this.world.store.range(equityStream(ACCOUNT, "SPX"))).map(({ value }) => value.equity);
  }

  #valueOf(point: { readonly class: number; readonly scalars: Float32Array }): number {
    const side = FREE.space.sides[point.class] as -1 | 0 | 1;
    return this.#taste({ side, exposure: Math.abs(point.scalars[0]) }, this.#bars);
  }

  #next(open: number, close: number): Bar {
    const openTimeMs = FIRST_MS + this.#bars++ * this.#stepMs;
    return { openTimeMs, open, high: Math.max(open, close), low: Math.min(open, close), close, volume: 1 };
  }
}

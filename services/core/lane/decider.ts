/** Decides what to do with an account after a bar: asks the model, weighs all that can be done. Commits nothing. */
import type { Account } from "../account/account.ts";
import type { WeighedOption } from "../contracts/lane.ts";
import type { Candidate } from "../decisions/candidate.ts";
import { type Held, heldOf } from "../decisions/held.ts";
import { optionOf, weighAfterstates, weighBranches, type Weighing, withChoice } from "../decisions/weigh.ts";
import { SeededRandom } from "../market/seeded_random.ts";
import { NotFiniteError } from "../model/choose.ts";
import { headSpan } from "../model/head_outputs.ts";
import type { QNetAddon } from "../model/native_types.ts";
import type { Choice } from "./action_executor.ts";
import type { LoadedModel } from "./loaded_model.ts";
import { type ModelRunner, NoAnswerError } from "./model_runner.ts";
import type { Strategy } from "./strategy.ts";

export interface DeciderParts {
  readonly symbol: string;
  readonly strategy: Strategy;
  readonly runner: ModelRunner;
  readonly confidenceAt: QNetAddon["confidenceAt"];
}

/** What is known at a bar's close. */
export interface Sight {
  readonly barMs: number;
  readonly close: number;
  readonly volume: number;
  /** Null while the features warm up. */
  readonly state: Float32Array | null;
  /** Average true range in price units. */
  readonly atr: number | null;
  readonly account: Account;
}

/** What the model said of it. */
export interface Answer {
  readonly weighing: Weighing;
  /** All that the network read but the accounts to value. */
  readonly inputs: Float32Array;
  readonly outputs: Float32Array;
  readonly chosen: WeighedOption;
  readonly runnerUp: WeighedOption | null;
  readonly confidence: number | null;
}

export interface Ruling {
  readonly choice: Choice;
  /** Null where the choice has no candidate. */
  readonly answer: Answer | null;
}

/** Names the random stream of explorations. */
const EXPLORING = 41;

export class Decider {
  readonly #parts: DeciderParts;

  constructor(parts: DeciderParts) {
    this.#parts = parts;
  }

  /** Never rejects for want of a model, an answer or a number: no order follows then. */
  async decide(sight: Sight, model: LoadedModel | null): Promise<Ruling> {
    const { symbol, strategy } = this.#parts;
    const refused = (reason: string): Ruling => ({ choice: { candidate: null, reason }, answer: null });
    if (sight.state === null) return refused("the features are still warming up");
    if (model === null) return refused("no model has passed the gate yet");
    const sigma = model.passport.rewardSigma[symbol];
    if (sigma === undefined) return refused(`model ${model.version} was not trained on ${symbol}`);
    const { needsAtr, sides } = strategy.space;
    if (needsAtr && sight.atr === null) return refused("stops cannot be measured as no price has moved");
    if (strategy.rulesOf(symbol).slippage.model === "atr_share" && sight.atr === null) {
      return refused("slippage cannot be measured as no price has moved");
    }
    const { account } = sight;
    const known = needsAtr ? account : { ...account, stopPrice: 0n, takePrice: 0n }; // exits of earlier rules
    const held = heldOf(known, { ...sight, sigma }, sides);
    try {
      return await this.#weigh(sight, sight.state, model, held, sigma);
    } catch (cause) {
      if (cause instanceof NoAnswerError || cause instanceof NotFiniteError) return refused(cause.message);
      throw cause;
    }
  }

  async #weigh(
    sight: Sight,
    state: Float32Array,
    model: LoadedModel,
    held: Held,
    sigma: number,
  ): Promise<Ruling> {
    const { barMs } = sight;
    const { symbol, strategy, runner } = this.#parts;
    const { space, rulesOf, heads, value } = strategy;
    const candidates = space.candidates(held);
    const row = value === "branching" ? space.accountRow(held) : null;
    const inputs = row === null ? state : Float32Array.of(...state, ...row);
    const asksForPoints = row === null && space.scalarNames.length > 0;
    const points = asksForPoints ? candidates.map(({ point }) => point) : [];
    const { outputs, values } = await runner.run(model, { symbol, barMs, state: inputs, points });
    const outputsOf = (name: string) => {
      const { start, end } = headSpan(heads, name);
      return outputs.subarray(start, end);
    };
    const greedy = row !== null
      ? weighBranches(
        space,
        candidates,
        Object.fromEntries(space.heads.map(({ name }) => [name, outputsOf(name)])),
      )
      : weighAfterstates(
        space,
        candidates,
        asksForPoints ? values : classValues(candidates, outputsOf("action")),
        space.costs(held, candidates, rulesOf(symbol), sight, sigma),
      );
    const { weighing, reason } = this.#explore(greedy, barMs, model.passport.epsilon);
    const runnerUp = weighing.runnerUp;
    return {
      choice: { candidate: candidates[weighing.chosen], reason },
      answer: {
        weighing,
        inputs,
        outputs,
        chosen: optionOf(weighing, weighing.chosen, row ?? undefined),
        runnerUp: runnerUp === null ? null : optionOf(weighing, runnerUp, row ?? undefined),
        confidence: this.#confidenceOf(weighing, model),
      },
    };
  }

  /** The same bar draws the same again, whoever decides it. */
  #explore(greedy: Weighing, barMs: number, epsilon: number): { weighing: Weighing; reason: string } {
    const { candidates, q, chosen } = greedy;
    const { symbol, strategy } = this.#parts;
    if (epsilon > 0) {
      const letters = Array.from(symbol, (letter) => letter.codePointAt(0)!);
      const random = new SeededRandom(EXPLORING, strategy.seed, barMs, ...letters);
      if (random.uniform() < epsilon) {
        const drawn = Math.floor(random.uniform() * candidates.length);
        return { weighing: withChoice(greedy, drawn), reason: "drawn at random, to explore" };
      }
    }
    const margin = Math.abs(q[chosen] - q[candidates.findIndex(({ isKeep }) => isKeep)]);
    return { weighing: greedy, reason: `Q is ${margin.toPrecision(3)} above keeping, net of cost` };
  }

  #confidenceOf({ q, chosen, runnerUp }: Weighing, { passport }: LoadedModel): number | null {
    const { confidence } = passport;
    if (confidence === null || runnerUp === null) return null;
    const [scores, probabilities] = [confidence.scores, confidence.probabilities];
    return this.#parts.confidenceAt(
      Float64Array.from(scores),
      Float64Array.from(probabilities),
      q[chosen] - q[runnerUp],
    );
  }
}

/** Without scalars, W depends on the position class alone, which is an output each. */
function classValues(candidates: readonly Candidate[], outputs: Float32Array): number[] {
  return candidates.map(({ point }) => outputs[point.class] ?? NaN);
}

/** What tests of markets with stops share. */
import { loadModelConfig } from "../../../core/config/model_config.ts";
import { stopDecisions } from "./stop_decisions.ts";
import { makeStopMarket } from "./stop_markets.ts";
import { StopScorer } from "./stop_scorer.ts";

const CONFIG = new URL("../../../../docs/model_config.yaml", import.meta.url).pathname;

export const STOP_DECISIONS = stopDecisions(await loadModelConfig(CONFIG));

/** Scores on a market of this name. */
export function scorerOf(name: string): StopScorer {
  return new StopScorer(makeStopMarket(name), STOP_DECISIONS);
}

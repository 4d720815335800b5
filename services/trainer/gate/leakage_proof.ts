/** The leakage step on what a run was given. The beginning of a history never changes, so what is proven on all of it is not
 * proven again with every candidate. */
import type { Instrument } from "../../core/config/instruments_config.ts";
import type { ModelConfig } from "../../core/config/model_config.ts";
import type { FeedStatus } from "../../core/contracts/feed_status.ts";
import type { GateStep } from "../../core/contracts/model.ts";
import type { Store } from "../../core/redis/store.ts";
import { leakageStep, provenBars, statesUnderProof } from "./leakage_step.ts";
import { learnedHistories } from "./learned_histories.ts";

export interface LeakageProofParts {
  /** Sees the archive too. */
  readonly store: Store;
  readonly account: string;
  readonly feed: Pick<FeedStatus, "symbols" | "timeframe">;
  readonly config: ModelConfig;
  readonly instruments: readonly Readonly<Instrument>[];
}

export function leakageProof({ store, account, feed, config, instruments }: LeakageProofParts) {
  const { warmup_bars: warmupBars } = config.data;
  const count = provenBars(warmupBars);
  let proven: GateStep | null = null;
  return async (): Promise<GateStep> => {
    if (proven !== null) return proven;
    const histories = await learnedHistories(store, { account, ...feed, count });
    const step = leakageStep(histories, statesUnderProof(config, instruments), warmupBars);
    const isWhole = histories.every(({ bars }) => bars.length === count);
    if (step.passed && isWhole) proven = step;
    return step;
  };
}

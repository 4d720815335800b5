/** Makes the agent of each lane that a replica gains, of what all its lanes share. */
import type { MakeStateBuilder } from "../core/features/state_builders.ts";
import { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import type { ModelRunner } from "../core/lane/model_runner.ts";
import type { Store } from "../core/redis/store.ts";
import { InferenceAgent, type InferenceAgentParts } from "./inference_agent.ts";
import type { LeadershipParts } from "./leadership.ts";
import { ShadowObserver } from "./shadow_observer.ts";
import type { ShadowWatch } from "./shadow_watch.ts";
import type { Venue } from "./venue/open_venue.ts";

/** What is a lane's own. */
type OwnParts = "symbol" | "fence" | "store" | "snapshots" | "builder" | "runner" | "shadow" | "venue";

export interface LaneAgentsParts extends Omit<InferenceAgentParts, OwnParts> {
  readonly store: Store;
  /** Reads the bars back to the first one. */
  readonly history: Store;
  readonly makeStateBuilder: MakeStateBuilder;
  readonly makeRunner: () => ModelRunner;
  readonly shadows: Pick<ShadowWatch, "current">;
  /** Null on paper. */
  readonly venue: Pick<Venue, "desk"> | null;
}

export function laneAgents(parts: LaneAgentsParts): LeadershipParts["makeAgent"] {
  const { store, history, strategy, confidenceAt, makeStateBuilder, makeRunner, shadows, venue } = parts;
  return (symbol, fence, leads) => {
    const runner = makeRunner();
    const opened = venue?.desk(symbol, leads);
    const agent = new InferenceAgent({
      ...parts,
      ...{ symbol, fence, runner },
      store: history,
      snapshots: new SnapshotKeeper({ store, symbol, timeframe: strategy.timeframe }),
      builder: makeStateBuilder(symbol),
      shadow: new ShadowObserver({ symbol, strategy, confidenceAt, store, watch: shadows }),
      venue: opened?.desk,
    });
    const dispose = async () => {
      await opened?.[Symbol.asyncDispose]();
      await runner[Symbol.asyncDispose]();
    };
    return { agent, [Symbol.asyncDispose]: dispose };
  };
}

/** Where a run can go on: a checkpoint that is its own, and the experience that later steps reach back to. */
import { type Experience, experienceStream } from "../core/contracts/experience.ts";
import { type Timeframe, timeframeMs } from "../core/contracts/symbol.ts";
import { describeSchemaDifference } from "../core/model/schema_hash.ts";
import type { Store } from "../core/redis/store.ts";
import {
  type Checkpoint,
  CheckpointError,
  type CheckpointStore,
  type LearningProgress,
} from "./checkpoint.ts";
import { OLDEST_TRADE } from "./virtual_trades.ts";

/** Which run a checkpoint has to be of. */
export interface LearnedRun {
  readonly run: string;
  /** The text of the network's schema. */
  readonly schema: string;
  readonly account: string;
  readonly timeframe: Timeframe;
}

export interface ResumePoint extends Checkpoint {
  /** The last experience that was learned from, of each symbol in its order: as much as virtual trades and n steps look back. */
  readonly recent: readonly Experience[];
}

/** Differences that a message names. */
const NAMED_DIFFERENCES = 3;

/** Null if there is no checkpoint. The learner's part is left for the learner to check.
 * @throws {CheckpointError} If the checkpoint is broken, of another run or network, or the streams have lost what it learned from. */
export async function resumePoint(
  checkpoints: CheckpointStore,
  store: Store,
  own: LearnedRun,
): Promise<ResumePoint | null> {
  const checkpoint = await checkpoints.read();
  if (checkpoint === null) return null;
  const refuse = (rule: string) => new CheckpointError(`Cannot resume from ${checkpoints.name} as ${rule}`);
  const { progress } = checkpoint;
  if (progress.run !== own.run) throw refuse(`it must be of ${own.run}: it is of ${progress.run}`);
  if (progress.schema !== own.schema) {
    throw refuse(`it must be of this network: ${differences(own, progress)}`);
  }
  const recent: Experience[] = [];
  for (const [symbol, position] of Object.entries(progress.positions)) {
    if (position === "0-0") continue;
    const read = await recentOf(store, own, symbol, position);
    if (read.at(-1)?.id !== position) {
      throw refuse(`experience ${symbol} ${position} must be in the stream: it is not`);
    }
    recent.push(...read.map(({ value }) => value));
  }
  return { ...checkpoint, recent };
}

function differences(own: LearnedRun, progress: LearningProgress): string {
  const all = describeSchemaDifference(own.schema, progress.schema);
  const named = all.slice(0, NAMED_DIFFERENCES).join("; ");
  return all.length > NAMED_DIFFERENCES ? `${named}; and ${all.length - NAMED_DIFFERENCES} more` : named;
}

/** The last entries up to a position; as streams are read forwards, a span is doubled until it holds enough of them. */
async function recentOf(store: Store, { account, timeframe }: LearnedRun, symbol: string, position: string) {
  const stream = experienceStream(account, symbol);
  const endMs = parseInt(position);
  for (let spanMs = 2 * OLDEST_TRADE * timeframeMs(timeframe);; spanMs *= 2) {
    const from = Math.max(0, endMs - spanMs);
    const entries = await store.range(stream, { from: `${from}-0`, to: position });
    if (entries.length >= OLDEST_TRADE || from === 0) return entries.slice(-OLDEST_TRADE);
  }
}

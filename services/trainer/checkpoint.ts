/** A checkpoint of the trainer: the learner's own bytes, and what the train loop knows beside them. One file, written
 * whole or not at all: magic, length of the header, header (JSON), learner. */
import { z } from "zod";
import { SymbolName } from "../core/contracts/symbol.ts";
import { PairsState } from "./confidence/decision_pairs.ts";
import { TrackState } from "./gate/track_record.ts";

const EntryId = z.string().regex(/^[0-9]+-[0-9]+$/, { error: "must be a stream id" });
const count = z.int().nonnegative();

/** How far a run has been learned. */
export const LearningProgress = z.strictObject({
  /** Which run this is: a checkpoint of another one is of no use. */
  run: z.string(),
  /** The text of the network's schema. */
  schema: z.string(),
  /** The last ticket that was answered. */
  ticket: EntryId,
  /** The last experience that was taken up, by symbol. */
  positions: z.record(SymbolName, EntryId),
  /** Scale of the rewards, by symbol. */
  sigma: z.record(SymbolName, z.number().positive()),
  experiences: count,
  liveExperiences: count,
  bars: count,
  /** Bars learned from since the last version. */
  unpublishedBars: count,
  learnedThroughMs: count,
  metrics: z.strictObject({ loss: z.number(), meanAbsTd: z.number(), meanValue: z.number() }),
  /** The last states that were seen, for the gate. */
  goldenStates: z.array(z.array(z.number())),
  /** How often decisions were right, and those that are still followed. */
  pairs: PairsState,
  /** What its decisions earned, beside the champion's. */
  track: TrackState,
});
export type LearningProgress = z.infer<typeof LearningProgress>;

export interface Checkpoint {
  readonly progress: LearningProgress;
  readonly learner: Uint8Array;
}

/** Where the trainer keeps its last checkpoint. */
export interface CheckpointStore {
  /** Names it in messages. */
  readonly name: string;
  /** Null if there is none. @throws {CheckpointError} If what is there is not a whole checkpoint. */
  read(): Promise<Checkpoint | null>;
  write(checkpoint: Checkpoint): Promise<void>;
}

/** Raised for bytes that are not a whole checkpoint. */
export class CheckpointError extends Error {
  override name = "CheckpointError";
}

const MAGIC = "RLTC0001";
const HEADER_AT = MAGIC.length + 4;

/** What stands before the learner's bytes. */
export function checkpointHead(progress: LearningProgress): Uint8Array<ArrayBuffer> {
  const header = new TextEncoder().encode(JSON.stringify(LearningProgress.parse(progress)));
  const bytes = new Uint8Array(HEADER_AT + header.length);
  new TextEncoder().encodeInto(MAGIC, bytes);
  new DataView(bytes.buffer).setUint32(MAGIC.length, header.length, true);
  bytes.set(header, HEADER_AT);
  return bytes;
}

/** The learner's part is checked by the learner. @throws {CheckpointError} Naming the file and what is wrong. */
export function decodeCheckpoint(path: string, bytes: Uint8Array): Checkpoint {
  const refuse = (rule: string) => new CheckpointError(`Cannot resume from ${path} as ${rule}`);
  const magic = new TextDecoder().decode(bytes.subarray(0, MAGIC.length));
  if (magic !== MAGIC) throw refuse(`it must begin with ${MAGIC}: it begins with ${JSON.stringify(magic)}`);
  const length = bytes.length < HEADER_AT
    ? Infinity
    : new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  if (HEADER_AT + length > bytes.length) {
    throw refuse(`it must hold its whole header: it has ${bytes.length} bytes`);
  }
  const header = new TextDecoder().decode(bytes.subarray(HEADER_AT, HEADER_AT + length));
  let progress: unknown;
  try {
    progress = JSON.parse(header);
  } catch (cause) {
    throw refuse(`its header must be JSON: ${(cause as Error).message}`);
  }
  const checked = LearningProgress.safeParse(progress);
  if (!checked.success) {
    throw refuse(
      checked.error.issues.map(({ path: at, message }) => `${at.join(".")} ${message}`).join("; "),
    );
  }
  return { progress: checked.data, learner: bytes.subarray(HEADER_AT + length) };
}

/** One file; each write replaces it by a rename. */
export class CheckpointFile implements CheckpointStore {
  readonly name: string;

  constructor(path: string) {
    this.name = path;
  }

  async read(): Promise<Checkpoint | null> {
    try {
      return decodeCheckpoint(this.name, await Deno.readFile(this.name));
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return null;
      throw cause;
    }
  }

  /** The learner's bytes may be half a gigabyte: they are written as they are. */
  async write({ progress, learner }: Checkpoint): Promise<void> {
    const draft = `${this.name}.draft`;
    await Deno.writeFile(draft, checkpointHead(progress));
    await Deno.writeFile(draft, learner, { append: true });
    await Deno.rename(draft, this.name);
  }
}

/** Reads what a model's own bytes say of its confidence, without an engine: the header of a safetensors file is JSON. */
import { ModelPassport } from "../../services/core/contracts/model.ts";
import type { Reliability } from "./run_views.ts";

const LENGTH_BYTES = 8;
/** No header of ours comes near it. */
const MOST_HEADER_BYTES = 16e6;

/** Null where nothing was fitted. @throws {RangeError} If the bytes are no such file, or hold no valid passport. */
export function reliabilityOf(blob: Uint8Array): Reliability | null {
  const { passport = "null" } = headerMetadata(blob);
  const parsed = ModelPassport.safeParse(JSON.parse(passport));
  if (!parsed.success) {
    throw new RangeError(
      `Cannot read a model as it must hold a passport: ${parsed.error.issues[0]?.message}`,
    );
  }
  const { confidence } = parsed.data;
  if (confidence === null) return null;
  const { ece, horizon, fittedOn, reliability } = confidence;
  return { ece, horizon, fittedOn, reliability };
}

/** The texts that a safetensors file carries beside its tensors. */
function headerMetadata(blob: Uint8Array): Record<string, string> {
  const view = new DataView(blob.buffer, blob.byteOffset, blob.byteLength);
  const length = blob.length < LENGTH_BYTES ? NaN : Number(view.getBigUint64(0, true));
  if (!(length <= Math.min(blob.length - LENGTH_BYTES, MOST_HEADER_BYTES))) {
    throw new RangeError(
      `Cannot read a model as its header must lie within its ${blob.length} bytes: it has ${length}`,
    );
  }
  const header = new TextDecoder().decode(blob.subarray(LENGTH_BYTES, LENGTH_BYTES + length));
  return (JSON.parse(header) as { __metadata__?: Record<string, string> }).__metadata__ ?? {};
}

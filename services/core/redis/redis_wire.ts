/** Between contracts and what ioredis sends and returns. */
import { Buffer } from "node:buffer";
import type { WireFields } from "../contracts/define.ts";
import type { RawEntry } from "./decode_entry.ts";

/** Stream entries as XRANGE and XREAD return them: each with its fields as name, value, name, value. */
export type RawReply = readonly (readonly [id: Buffer, fields: readonly Buffer[]])[];

/** Field names and values as XADD takes them; vectors without a copy. */
export function wireArguments(fields: WireFields): (string | Buffer)[] {
  return Object.entries(fields).flatMap(([name, value]) => [
    name,
    typeof value === "string" ? value : bufferOver(value),
  ]);
}

export function rawEntries(reply: RawReply): RawEntry[] {
  return reply.map(([id, parts]) => {
    const fields = new Map<string, Uint8Array>();
    for (let index = 0; index + 1 < parts.length; index += 2) {
      fields.set(parts[index]!.toString(), parts[index + 1]!);
    }
    return { id: id.toString(), fields };
  });
}

/** The same bytes as the Buffer that ioredis wants; no copy. */
export function bufferOver(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

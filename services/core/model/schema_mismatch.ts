/** Says in what a stored network differs from that of a configuration, and what can be done about it. Pure. */
import { abridgedLines } from "../runtime/texts.ts";
import { modelFileMetadata } from "./model_file.ts";
import { describeSchemaDifference, hashOf } from "./schema_hash.ts";

/** So many differences are named; another feature at the beginning moves all that follow. */
const NAMED = 5;

/** For people. @param schema The text of the configuration's schema.
 * @returns Null where the network is that of the configuration, and where the bytes are no model file. */
export function schemaMismatch(blob: Uint8Array, schema: string): string | null {
  const [notes, hash] = [notesOf(blob), hashOf(schema)];
  if (notes === null || notes.schema_hash === hash) return null;
  const differences = notes.schema === undefined
    ? [
      "it is too old to say in what; features, account, heads, network, reward, value and data.timeframe all count",
    ]
    : describeSchemaDifference(schema, notes.schema).map((each) => each.replace(/ there$/, " in the model"));
  return [
    `Cannot use this model as its network must be that of the configuration, of schema ${hash}: it is of ${notes.schema_hash}.`,
    ...abridgedLines(differences, NAMED).map((each) => `  ${each}`),
    "Use it with the configuration that it was learned with (--config), or begin a new one with what it knows (--warm-start).",
  ].join("\n");
}

function notesOf(blob: Uint8Array): Readonly<Record<string, string>> | null {
  try {
    return modelFileMetadata(blob);
  } catch (cause) {
    if (cause instanceof RangeError) return null;
    throw cause;
  }
}

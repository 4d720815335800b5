import assert from "node:assert/strict";
import { parseYaml } from "../config/load_yaml.ts";
import { ModelConfig } from "../config/model_config.ts";
import { schemaHash, schemaText } from "./schema_hash.ts";
import { schemaMismatch } from "./schema_mismatch.ts";

const TEXT = await Deno.readTextFile(new URL("../../../docs/model_config.yaml", import.meta.url));
const configWith = (from = "", to = "") =>
  parseYaml("model_config.yaml", TEXT.replace(from, to), ModelConfig);

/** A model file without tensors. */
function fileOf(notes: Record<string, string>): Uint8Array {
  const header = new TextEncoder().encode(JSON.stringify({ __metadata__: notes }));
  const bytes = new Uint8Array(8 + header.length);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
  bytes.set(header, 8);
  return bytes;
}

const learnedWith = (config: ModelConfig) =>
  fileOf({ schema: schemaText(config), schema_hash: schemaHash(config) });

Deno.test("schemaMismatch() names the fields that differ, and what can be done", () => {
  const [here, there] = [
    configWith("[flat, long]", "[flat, long, short]"),
    configWith("{period: 14}", "{period: 21}"),
  ];
  assert.equal(
    schemaMismatch(learnedWith(there), here),
    `Cannot use this model as its network must be that of the configuration, of schema ${
      schemaHash(here)
    }: it is of ` +
      `${schemaHash(there)}.\n` +
      "  features[12].params.period: 14 here, 21 in the model\n" +
      '  heads[0].values[2]: "short" here, nothing in the model\n' +
      "Use it with the configuration that it was learned with (--config), or begin a new one with what it knows (--warm-start).",
  );
  assert.equal(schemaMismatch(learnedWith(here), here), null);
});

Deno.test("schemaMismatch() names the first few, and counts the rest", () => {
  const here = configWith();
  const turned = { ...here, features: [...here.features].reverse() };
  const lines = schemaMismatch(learnedWith(turned), here)!.split("\n");
  assert.equal(lines.length, 8);
  assert.match(lines[6]!, /^ {2}and \d+ more$/);
});

Deno.test("schemaMismatch() says what counts where a model does not tell, and nothing of what is no model file", () => {
  const old = fileOf({ schema_hash: "0123456789abcdef" });
  assert.match(
    schemaMismatch(old, configWith())!,
    /\n {2}it is too old to say in what; features, account, heads,/,
  );
  assert.equal(schemaMismatch(new Uint8Array(3), configWith()), null);
});

import assert from "node:assert/strict";
import { schemaDoc } from "./schema_doc.ts";

const DOC = new URL("../../../docs/dynamic_qnetwork_schema.md", import.meta.url);

Deno.test("docs/dynamic_qnetwork_schema.md is what the schemas say (run services/core/config/schema_doc.ts)", async () => {
  assert.equal(await Deno.readTextFile(DOC), schemaDoc());
});

Deno.test("schemaDoc() says what every field of both files does", () => {
  const fields = schemaDoc().split("\n").filter((line) =>
    /^\| `[a-z].*\| (constant|choice|string|number|whole)/.test(line)
  );
  assert.ok(fields.length > 40, `${fields.length} fields`);
  for (const line of fields) assert.match(line, /\. +\||\. +\| [^|]+\|$/, line);
});

import assert from "node:assert/strict";
import { selectPresent, splitSymbols } from "./symbol_selection.ts";

Deno.test("splitSymbols() splits a comma list and keeps its order", () => {
  assert.deepEqual(splitSymbols("B, A"), ["B", "A"]);
  assert.equal(splitSymbols(null), null);
});

Deno.test("splitSymbols() refuses empty and doubled names", () => {
  assert.throws(() => splitSymbols("A,,B"), /names with commas between: it is "A,,B"/);
  assert.throws(() => splitSymbols(""), /names with commas between: it is ""/);
  assert.throws(() => splitSymbols("A,B,A"), /given once: A is in "A,B,A" twice/);
});

Deno.test("selectPresent() gives all symbols, or those asked for in the order asked for", () => {
  assert.deepEqual(selectPresent("csv:x", null, ["A", "B", "C"]), ["A", "B", "C"]);
  assert.deepEqual(selectPresent("csv:x", "C,A", ["A", "B", "C"]), ["C", "A"]);
  assert.deepEqual(selectPresent("csv:x", "600000", ["600000"]), ["600000"], "a name of digits is a name");
});

Deno.test("selectPresent() lists what there is when a symbol is missing", () => {
  assert.throws(() => selectPresent("csv:x", "A,Z", ["A", "B"]), {
    name: "RangeError",
    message: "Cannot take --symbols Z as each must be in the feed: csv:x holds A, B",
  });
  assert.throws(() => selectPresent("sp500", "8", ["SPX"]), {
    message: "Cannot take --symbols 8 as a number of symbols works only with synthetic:NAME: sp500 holds SPX",
  });
  const many = Array.from({ length: 23 }, (_, index) => `S${index}`);
  assert.throws(() => selectPresent("csv:x", "Z", many), /S19 and 3 more$/);
});

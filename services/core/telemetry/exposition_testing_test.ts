import assert from "node:assert/strict";
import { parseExposition, sumOf, valueOf } from "./exposition_testing.ts";

const GOOD = `# HELP rltrader_a_total What it counts.
# TYPE rltrader_a_total counter
rltrader_a_total{rule="q\\"\\\\\\n",b="x"} 3
rltrader_a_total{rule="r",b="x"} 4

# HELP rltrader_b_seconds How long.
# TYPE rltrader_b_seconds histogram
rltrader_b_seconds_bucket{le="0.1"} 1
rltrader_b_seconds_bucket{le="+Inf"} 2
rltrader_b_seconds_sum 5.5
rltrader_b_seconds_count 2
`;

Deno.test("parseExposition() reads families, labels with escapes, and histograms", () => {
  const families = parseExposition(GOOD);
  assert.equal(valueOf(families, "rltrader_a_total", { rule: 'q"\\\n' }), 3);
  assert.equal(sumOf(families, "rltrader_a_total"), 7);
  assert.equal(families.get("rltrader_b_seconds")!.samples.length, 4);
  assert.throws(() => valueOf(families, "rltrader_a_total", { rule: "z" }), /must be told/);
});

Deno.test("parseExposition() refuses what breaks the format or its conventions, naming the line", () => {
  const faults: [find: string, put: string, rule: RegExp][] = [
    ["\nrltrader_b_seconds_count 2\n", "\nrltrader_b_seconds_count 2", /must end with a line feed/],
    ["What it counts.", "", /must say what it means/],
    ["rltrader_a_total counter", "rltrader_a_total gauge", /must end in _total/],
    ["counter", "meter", /type must be known/],
    [" 3\n", " three\n", /value must be a number/],
    ['rule="r",b="x"', 'rule="r"b="x"', /divided by commas/],
    ['rule="r",b="x"', 'b="x",b="x"', /given once/],
    ['{rule="r",b="x"}', '{rule="q\\"\\\\\\n",b="x"}', /each sample must be told once/],
    ['rltrader_a_total{rule="r"', 'rltrader_c_total{rule="r"', /belong to its family/],
    ["} 4", "} -4", /must not be negative/],
    ['le="+Inf"} 2', 'le="+Inf"} 3', /buckets must rise to \+Inf/],
    ['le="0.1"} 1', 'le="0.1"} 9', /buckets must rise/],
  ];
  for (const [find, put, rule] of faults) {
    assert.ok(GOOD.includes(find), find);
    assert.throws(() => parseExposition(GOOD.replace(find, put)), rule, put);
  }
  assert.throws(() => parseExposition(GOOD.replaceAll("rltrader_b_seconds", "rltrader_b_ms")), /base unit/);
  assert.throws(() => parseExposition(GOOD.replaceAll("rltrader_a", "other_a")), /must begin with rltrader_/);
});

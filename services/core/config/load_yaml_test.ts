import assert from "node:assert/strict";
import { z } from "zod";
import { ConfigError, loadYaml, parseYaml } from "./load_yaml.ts";

const Schema = z.strictObject({
  count: z.int().min(1).max(9).default(3),
  share: z.number().gt(0).optional(),
  kind: z.enum(["a", "b"]),
  list: z.array(z.strictObject({ size: z.int() })).max(2).default([]),
});
const faultsIn = (text: string): readonly string[] => {
  try {
    parseYaml("some.yaml", text, Schema);
  } catch (error) {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.file, "some.yaml");
    return error.faults;
  }
  return [];
};

Deno.test("parseYaml() fills defaults in and freezes the result all the way down", () => {
  const config = parseYaml("some.yaml", "kind: a\nlist: [{size: 1}]", Schema);
  assert.deepEqual(config, { count: 3, kind: "a", list: [{ size: 1 }] });
  assert.ok(Object.isFrozen(config) && Object.isFrozen(config.list) && Object.isFrozen(config.list[0]));
});

Deno.test("parseYaml() names line, path, rule and value of every fault at once", () => {
  assert.deepEqual(
    faultsIn("count: 12\nshare: .nan\nkind: c\nlist:\n  - size: 1\n  - {size: x, sice: 2}\nother: 1\n"),
    [
      "line 1: count must be <= 9: it is 12",
      "line 2: share must be of type number: it is NaN",
      'line 3: kind must be one of a, b: it is "c"',
      'line 6: list[1].size must be of type number: it is "x"',
      "line 6: list[1].sice must not be there: no such field is known",
      "line 7: other must not be there: no such field is known",
    ],
  );
  assert.deepEqual(faultsIn("count: 1.5\nkind: a\nlist: [{size: 1}, {size: 2}, {size: 3}]"), [
    "line 1: count must be a whole number: it is 1.5",
    'line 3: list must have <= 2 entries: it is [{"size":1},{"size":2},{"size":3}]',
  ]);
});

Deno.test("parseYaml() says where a missing field should be", () => {
  assert.deepEqual(faultsIn("list:\n  - {}"), [
    "line 1: kind must be one of a, b: it is missing",
    "line 2: list[0].size must be of type number: it is missing",
  ]);
  assert.match(faultsIn("")[0] ?? "", /the file must be of type object: it is null/);
});

Deno.test("parseYaml() refuses doubled keys, bad syntax and several documents, with their lines", () => {
  assert.deepEqual(faultsIn("kind: a\nkind: b"), ["line 2: Map keys must be unique"]);
  assert.match(faultsIn("kind: a\nlist: [1")[0] ?? "", /^line 2: Flow sequence/);
  assert.match(faultsIn("kind: a\n---\nkind: b")[0] ?? "", /multiple documents/);
});

Deno.test("parseYaml() refuses aliases that explode and texts that are too long", () => {
  const bomb = ["a: &a [x, x, x, x, x, x, x, x, x, x]"];
  for (const [name, before] of [["b", "a"], ["c", "b"], ["d", "c"]]) {
    bomb.push(`${name}: &${name} [${Array(10).fill(`*${before}`).join(", ")}]`);
  }
  assert.match(faultsIn(bomb.join("\n"))[0] ?? "", /aliases must be few/);
  assert.match(faultsIn(" ".repeat(1_000_001))[0] ?? "", /at most 1000000 characters/);
});

Deno.test("parseYaml() refuses tags that it does not know, and aliases within what they name", () => {
  assert.deepEqual(faultsIn("kind: !secret a"), ["line 1: Unresolved tag: !secret"]);
  for (const text of ["kind: &a [*a]", "kind: a\nlist: &a {size: *a}"]) {
    assert.match(
      faultsIn(text)[0] ?? "",
      /^its aliases must be few and known, and none within what it names: .+$/,
    );
  }
});

Deno.test("parseYaml() lists two hundred faults, and counts the others", () => {
  const faults = faultsIn(
    ["kind: a", ...Array.from({ length: 250 }, (_, index) => `k${index}: 1`)].join("\n"),
  );
  assert.equal(faults.length, 201);
  assert.deepEqual(faults.slice(-2), [
    "line 201: k199 must not be there: no such field is known",
    "and 50 faults more",
  ]);
  assert.equal(
    faultsIn("kind: !a b\n" + Array.from({ length: 250 }, (_, i) => `k${i}: !a 1`).join("\n"))
      .length,
    201,
  );
});

Deno.test("loadYaml() names a file that is not there", async () => {
  await assert.rejects(loadYaml("/nowhere/x.yaml", Schema), {
    name: "ConfigError",
    message: /nowhere.*readable file/s,
  });
});

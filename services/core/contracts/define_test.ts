import assert from "node:assert/strict";
import fc from "fast-check";
import { z } from "zod";
import { DOCUMENT_SAMPLES, STREAM_SAMPLES } from "./contract_samples_testing.ts";
import {
  ContractError,
  declaredKeys,
  defineDocument,
  defineStream,
  float32,
  type Stream,
  type WireFields,
} from "./define.ts";

const access = { write: ["core"], read: ["ui"] } as const;

/** The fields of an entry as a server gives them back. */
function stored(fields: WireFields): Map<string, Uint8Array> {
  const bytes = (value: string | Uint8Array) =>
    typeof value === "string" ? new TextEncoder().encode(value) : value;
  return new Map(Object.entries(fields).map(([name, value]) => [name, bytes(value)]));
}

function withJson(stream: Stream<unknown>, value: Record<string, unknown>, json: unknown) {
  return stored({ ...stream.contract.encode(stream.key, value), json: JSON.stringify(json) });
}

/** Fields that entries from before they were there are read without. */
const LATER_FIELDS: Readonly<Record<string, readonly string[]>> = {
  experience: ["volume", "exitMs"],
  fills: ["liquidity"],
};

for (const { stream, key, value } of STREAM_SAMPLES) {
  const { contract } = stream;
  Deno.test(`${contract.name} stream has its key, and an entry comes back as it was written`, () => {
    assert.equal(stream.key, key);
    assert.deepEqual(contract.decode(key, "1-0", stored(contract.encode(key, value))), value);
  });

  Deno.test(`${contract.name} stream refuses an entry with an unknown, a missing or a broken field, naming it`, () => {
    const plain = JSON.parse(contract.encode(key, value).json as string) as Record<string, unknown>;
    assert.throws(
      () => contract.decode(key, "7-1", withJson(stream, value, { ...plain, extra: 5 })),
      (error) =>
        error instanceof ContractError && error.message.startsWith(`Cannot read ${key} entry 7-1 as `) &&
        error.message.includes("extra"),
    );
    for (const field of Object.keys(plain)) {
      const { [field]: _gone, ...rest } = plain;
      const isLater = LATER_FIELDS[contract.name]?.includes(field) === true;
      if (isLater) contract.decode(key, "7-1", withJson(stream, value, rest));
      const broken = [["missing", rest], ['"odd"', { ...plain, [field]: [{ odd: 1 }] }]] as const;
      for (const [held, json] of isLater ? broken.slice(1) : broken) {
        assert.throws(
          () => contract.decode(key, "7-1", withJson(stream, value, json)),
          (error) =>
            error instanceof ContractError && error.key === key && error.entry === "7-1" &&
            error.message.includes(`field ${field}`) && error.message.includes(held),
          `${field} ${held}`,
        );
      }
    }
  });
}

for (const { document, key, value } of DOCUMENT_SAMPLES) {
  const { contract } = document;
  Deno.test(`${contract.name} document has its key, and comes back as it was written`, () => {
    assert.equal(document.key, key);
    assert.deepEqual(contract.decode(key, contract.encode(key, value)), value);
  });

  Deno.test(`${contract.name} document refuses an unknown or a missing field, naming it`, () => {
    for (const [name, broken] of [["extra", { ...value, extra: 5 }], [Object.keys(value)[0], {}]] as const) {
      assert.throws(
        () => contract.decode(key, JSON.stringify(broken)),
        (error) =>
          error instanceof ContractError && error.message.includes(`Cannot read ${key} entry (value)`) &&
          error.message.includes(name),
      );
    }
  });
}

const sampleStream = defineStream(
  "samples",
  access,
  (name: string) => `samples:${name}`,
  z.strictObject({ count: z.int().min(1), at: z.strictObject({ price: z.number() }), state: float32(2) }),
);
const stream = sampleStream("a");
const good = { count: 1, at: { price: 2 }, state: Float32Array.of(1, 2) };

Deno.test("Stream.encode() names key, field, rule and value of what it does not write", () => {
  assert.throws(() => stream.contract.encode(stream.key, { ...good, count: 0 }), (error) => {
    assert.ok(error instanceof TypeError);
    assert.match(error.message, /^Cannot write samples:a as field count: .*>=1.*: it is 0$/);
    return true;
  });
  assert.throws(
    () => stream.contract.encode(stream.key, { ...good, at: { price: NaN } }),
    /field at\.price: .*: it is NaN$/,
  );
  assert.throws(
    () => stream.contract.encode(stream.key, { ...good, state: Float32Array.of(1) }),
    /field state: must be 2 float32 values/,
  );
});

Deno.test("Stream.encode() names every fault, and cuts what it shows", () => {
  const odd = { count: 0, at: { price: "x".repeat(500) }, state: good.state };
  assert.throws(() => stream.contract.encode(stream.key, odd as unknown as typeof good), (error) => {
    const { message } = error as Error;
    assert.match(message, /field count: .*; field at\.price: /);
    assert.ok(message.length < 300, message);
    return true;
  });
});

Deno.test("Stream.decode() refuses fields that are no JSON object, unknown, or cut vectors", () => {
  const decode = (fields: WireFields) => () => stream.contract.decode(stream.key, "3-0", stored(fields));
  const fields = stream.contract.encode(stream.key, good);
  assert.throws(
    decode({ state: fields.state }),
    /samples:a entry 3-0 as field json must be there: it is missing/,
  );
  assert.throws(decode({ ...fields, json: "{" }), /entry 3-0 as its text must be JSON/);
  assert.throws(decode({ ...fields, json: "[1]" }), /field json must hold an object: it holds \[1\]/);
  assert.throws(decode({ ...fields, json: "null" }), /field json must hold an object: it holds null/);
  assert.throws(decode({ ...fields, other: "1" }), /field other is not in its contract/);
  assert.throws(
    decode({ ...fields, state: new Uint8Array(7) }),
    /field state must hold whole float32 values: it holds 7 bytes/,
  );
  assert.throws(decode({ ...fields, state: new Uint8Array(12) }), /field state: must be 2 float32 values/);
  assert.throws(decode({ json: fields.json }), /field state: must be 2 float32 values: it is missing/);
});

Deno.test("Stream.decode() takes a vector that lies at an odd offset of a larger buffer", () => {
  const fields = stream.contract.encode(stream.key, good);
  const larger = new Uint8Array(9);
  larger.set(fields.state as Uint8Array, 1);
  const read = stream.contract.decode(stream.key, "1-0", stored({ ...fields, state: larger.subarray(1) }));
  assert.deepEqual(read, good);
});

Deno.test("float32() vectors come back bit for bit, also of a part of a buffer", () => {
  fc.assert(fc.property(fc.float32Array({ minLength: 2, maxLength: 2 }), (values) => {
    const part = new Float32Array([9, ...values]).subarray(1);
    const fields = stored(stream.contract.encode(stream.key, { ...good, state: part }));
    const read = stream.contract.decode(stream.key, "1-0", fields).state;
    assert.deepEqual(new Uint32Array(read.slice().buffer), new Uint32Array(values.slice().buffer));
  }));
});

Deno.test("Document.decode() names its key when its text is no JSON", () => {
  const settings = defineDocument("settings", access, () => "settings", z.strictObject({ a: z.int() }))();
  assert.throws(
    () => settings.contract.decode("settings", "nonsense"),
    /Cannot read settings entry \(value\) as its text must be JSON/,
  );
  assert.throws(() => settings.contract.decode("settings", "3"), /the entry: .*: it is 3/);
});

Deno.test("declaredKeys() holds the pattern of every contract, parts as *", () => {
  const patterns = declaredKeys().map(({ pattern }) => pattern);
  assert.ok(patterns.includes("samples:*"));
  for (const { key } of [...STREAM_SAMPLES, ...DOCUMENT_SAMPLES]) {
    const matching = patterns.filter((pattern) =>
      new RegExp(`^${pattern.split("*").map((part) => part.replace(/[{}]/g, "\\$&")).join(".+")}$`).test(key)
    );
    assert.ok(matching.length > 0, key);
  }
});

/** How a contract is declared: one schema gives the type, the key, the wire format and the access rights.
 * Pure and browser-safe: knows no Redis client.
 *
 * Wire format of a stream entry: one field `json` with every plain value, and one raw little-endian float32 field for
 * each `float32()` member, so that vectors cost no parsing. A document is one JSON string. */
import { z } from "zod";

/** Who meets in Redis: our processes, and external ones that put ticks in (`feed`). Each has its own user with just the
 * rights that the contracts give it. */
export type Role = "core" | "trainer" | "inference" | "ui" | "dev" | "feed";

/** Who writes and who reads; the Redis ACL is generated from this. */
export interface Access {
  readonly write: readonly Role[];
  readonly read: readonly Role[];
  /** Who may drop old entries of a stream, and nothing else, without being its writer. */
  readonly trim?: readonly Role[];
}

/** The fields of one stream entry as Redis holds them. */
export type WireFields = Record<string, string | Uint8Array>;

/** Raised when stored data break their contract; names the key, the entry, the field, the rule and the value. */
export class ContractError extends Error {
  constructor(readonly key: string, readonly entry: string, reason: string) {
    super(`Cannot read ${key} entry ${entry} as ${reason}`);
    this.name = "ContractError";
  }
}

const binary = new WeakSet<z.ZodType>();

/** A vector of float32, stored raw. @param length The fixed length, if there is one. */
export function float32(length?: number): z.ZodType<Float32Array> {
  const schema = z.custom<Float32Array>(
    (value) => value instanceof Float32Array && (length === undefined || value.length === length),
    { error: length === undefined ? "must be float32 values" : `must be ${length} float32 values` },
  );
  binary.add(schema);
  return schema;
}

type ObjectSchema = z.ZodObject<z.ZodRawShape>;

/** A family of streams with one schema; `define(...)` of the family gives the stream of one key. */
export interface StreamContract<T = unknown> {
  readonly name: string;
  readonly access: Access;
  encode(key: string, value: T): WireFields;
  /** @throws {ContractError} If the fields are not a valid entry. */
  decode(key: string, id: string, fields: ReadonlyMap<string, Uint8Array>): T;
}

/** One stream: a key and what its entries are. */
export interface Stream<T> {
  readonly key: string;
  readonly contract: StreamContract<T>;
}

/** One JSON value under a key, or under one field of a hash when `field` is set. */
export interface DocumentContract<T = unknown> {
  readonly name: string;
  readonly access: Access;
  encode(key: string, value: T): string;
  /** @throws {ContractError} If the text is not a valid document. */
  decode(key: string, text: string): T;
}
export interface Document<T> {
  readonly key: string;
  readonly contract: DocumentContract<T>;
}
/** A hash whose every field holds one document. */
export interface DocumentMap<T> {
  readonly key: string;
  readonly contract: DocumentContract<T>;
}

/** A key pattern with its rights, from which ACL rules are made. `*` matches any text. */
export interface KeyAccess {
  readonly pattern: string;
  readonly access: Access;
}
const registry: KeyAccess[] = [];

/** Every key pattern that the loaded contracts declare. */
export function declaredKeys(): readonly KeyAccess[] {
  return registry;
}

/** Declares a key that holds no contract document (a lease table, a model's bytes). */
export function defineKey<A extends string[]>(
  access: Access,
  key: (...parts: A) => string,
): (...parts: A) => string {
  registry.push({ pattern: patternOf(key), access });
  return key;
}

/** Declares a family of streams. @param key Makes the key from its parts. */
export function defineStream<S extends ObjectSchema, A extends string[]>(
  name: string,
  access: Access,
  key: (...parts: A) => string,
  schema: S,
): (...parts: A) => Stream<z.infer<S>> {
  const vectors = Object.entries(schema.shape).filter(([, member]) => binary.has(member as z.ZodType));
  const vectorNames = new Set(vectors.map(([field]) => field));
  const contract: StreamContract<z.infer<S>> = {
    name,
    access,
    encode(streamKey, value) {
      const plain: Record<string, unknown> = {};
      const fields: WireFields = {};
      for (const [field, member] of Object.entries(check(schema, value, "write", streamKey, "(new)"))) {
        if (member instanceof Float32Array) fields[field] = bytesOf(member);
        else plain[field] = member;
      }
      return { json: JSON.stringify(plain), ...fields };
    },
    decode(streamKey, id, fields) {
      const json = fields.get("json");
      if (json === undefined) {
        throw new ContractError(streamKey, id, "field json must be there: it is missing");
      }
      const value = parseJson(streamKey, id, new TextDecoder().decode(json));
      if (typeof value !== "object" || value === null || Array.isArray(value)) {
        throw new ContractError(streamKey, id, `field json must hold an object: it holds ${show(value)}`);
      }
      const entry: Record<string, unknown> = { ...value };
      for (const [field, bytes] of fields) {
        if (field === "json") continue;
        if (!vectorNames.has(field)) {
          throw new ContractError(streamKey, id, `field ${field} is not in its contract`);
        }
        entry[field] = floatsOf(streamKey, id, field, bytes);
      }
      return check(schema, entry, "read", streamKey, id);
    },
  };
  registry.push({ pattern: patternOf(key), access });
  return (...parts: A) => ({ key: key(...parts), contract });
}

/** Declares a family of JSON documents. */
export function defineDocument<S extends z.ZodType, A extends string[]>(
  name: string,
  access: Access,
  key: (...parts: A) => string,
  schema: S,
): (...parts: A) => Document<z.infer<S>> {
  const contract: DocumentContract<z.infer<S>> = {
    name,
    access,
    encode: (documentKey, value) => JSON.stringify(check(schema, value, "write", documentKey, "(new)")),
    decode: (documentKey, text) =>
      check(schema, parseJson(documentKey, "(value)", text), "read", documentKey, "(value)"),
  };
  registry.push({ pattern: patternOf(key), access });
  return (...parts: A) => ({ key: key(...parts), contract });
}

function patternOf<A extends string[]>(key: (...parts: A) => string): string {
  return key(...Array<string>(key.length).fill("*") as A);
}

function check<S extends z.ZodType>(
  schema: S,
  value: unknown,
  verb: string,
  key: string,
  entry: string,
): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const faults = result.error.issues.map((issue) => {
    const at = issue.path.length === 0 ? "the entry" : `field ${issue.path.join(".")}`;
    const held = issue.path.reduce<unknown>(
      (inner, part) => (inner as Record<PropertyKey, unknown> | undefined)?.[part],
      value,
    );
    return `${at}: ${issue.message}: it is ${show(held)}`;
  });
  if (verb === "read") throw new ContractError(key, entry, faults.join("; "));
  throw new TypeError(`Cannot write ${key} as ${faults.join("; ")}`);
}

function parseJson(key: string, id: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ContractError(key, id, `its text must be JSON: ${(cause as Error).message}`);
  }
}

function bytesOf(values: Float32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

function floatsOf(key: string, id: string, field: string, bytes: Uint8Array): Float32Array {
  if (bytes.byteLength % 4 !== 0) {
    throw new ContractError(
      key,
      id,
      `field ${field} must hold whole float32 values: it holds ${bytes.byteLength} bytes`,
    );
  }
  return new Float32Array(new Uint8Array(bytes).buffer);
}

function show(value: unknown): string {
  const text = value === undefined ? "missing" : typeof value === "number"
    ? String(value) // JSON has no NaN
    : JSON.stringify(value) ?? String(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}

/** What a model's own bytes say beside its weights, and how it is written into them. Pure. */
import type { ModelPassport } from "../core/contracts/model.ts";

/** The metadata that the engine stores, as JSON. @param schema The schema's text, by which another network may be started from it. */
export function modelNotes(schema: string, passport: ModelPassport): string {
  return JSON.stringify({ passport: JSON.stringify(passport), schema });
}

/** The schema's text of a stored model; null for one that was made before models had it.
 * @param metadata Of the opened network, as JSON. */
export function schemaOf(metadata: string): string | null {
  const { schema } = JSON.parse(metadata) as { schema?: unknown };
  return typeof schema === "string" ? schema : null;
}

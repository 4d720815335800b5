/** What a run tells the other commands of its checkout about itself, in a file of its folder. Holds no secret. */
import { join } from "node:path";
import { z } from "zod";

export const RunDescription = z.strictObject({
  /** Of its supervisor, for people: whether it lives is told by its lock alone. */
  pid: z.int().positive(),
  startedMs: z.int().nonnegative(),
  feed: z.string(),
  /** Empty until core has told them. */
  symbols: z.array(z.string()),
  account: z.string(),
  /** `host:port/database` of its Redis; null until there is one. */
  server: z.string().nullable(),
  /** The address of a Redis that the user named and that asks for no password; null for any other. */
  url: z.string().nullable(),
});
export type RunDescription = z.infer<typeof RunDescription>;

const FILE = "run.json";

/** Replaces the one that is there, whole or not at all. @param folder Of the run. */
export async function writeRunDescription(folder: string, description: RunDescription): Promise<void> {
  const path = join(folder, FILE);
  await Deno.writeTextFile(`${path}.new`, `${JSON.stringify(description, null, 2)}\n`);
  await Deno.rename(`${path}.new`, path);
}

/** Null where there is none that can be read, as in a folder of an older version. */
export async function readRunDescription(folder: string): Promise<RunDescription | null> {
  try {
    return RunDescription.parse(JSON.parse(await Deno.readTextFile(join(folder, FILE))));
  } catch {
    return null;
  }
}

/** What may be told of a Redis that the user named: where it is, and its address unless there is a secret in it. */
export function describeServer(address: string): { readonly server: string; readonly url: string | null } {
  const { hostname, port, pathname, username, password } = new URL(address);
  const database = pathname.replace("/", "");
  return {
    server: `${hostname}:${port || "6379"}/${database || "0"}`,
    url: username === "" && password === "" ? address : null,
  };
}

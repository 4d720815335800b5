/** The runs of `deno task dev` that live in this checkout: the one place that says which there are and where their Redis is. */
import { join } from "node:path";
import { readDevAddress } from "./private_redis.ts";
import { readRunDescription, type RunDescription } from "./run_description.ts";
import { isAlive, runNames } from "./run_folder.ts";

export interface LivingRun {
  /** Of its folder: what `--run` takes. */
  readonly name: string;
  readonly path: string;
  /** Null where it cannot be read. */
  readonly description: RunDescription | null;
  /** The address of its Redis; null where it has none yet, and where it would hold a secret of the user's. */
  readonly url: string | null;
}

/** Newest first. @param root Usually `.rltrader/runs`. */
export async function livingRuns(root: string): Promise<LivingRun[]> {
  const runs: LivingRun[] = [];
  for (const name of await runNames(root)) {
    const path = join(root, name);
    if (!await isAlive(path)) continue;
    const description = await readRunDescription(path);
    const url = description?.url ?? await readDevAddress(join(path, "redis"));
    runs.push({ name, path, description, url });
  }
  return runs;
}

/** For people: `2026-01-03T12-30-05-4711 (sp500, SPX, account paper)`. */
export function describeRun({ name, description }: Pick<LivingRun, "name" | "description">): string {
  if (description === null) return name;
  const { feed, symbols, account } = description;
  const traded = symbols.length > SHOWN ? [...symbols.slice(0, SHOWN), "…"] : symbols;
  return `${name} (${[feed, ...traded].join(", ")}; account ${account})`;
}

const SHOWN = 4;

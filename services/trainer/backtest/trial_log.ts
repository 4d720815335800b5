/** Remembers what was tried on the same bars, in one file for each set of bars: whoever tries often enough finds something that
 * looks good, so that how often counts. */
import { createHash } from "node:crypto";
import { join } from "node:path";
import { z } from "zod";

/** One backtest. */
export const Trial = z.strictObject({
  /** The same models under the same rules are the same trial. */
  id: z.string(),
  /** For people. */
  what: z.string(),
  /** One a bar. */
  returns: z.array(z.number()),
});
export type Trial = z.infer<typeof Trial>;

/** Those beyond it are not kept; by then it is plain that nothing is proven. */
const MOST_TRIALS = 500;

/** Names a set of bars by all of their times and closes. */
export function barsId(series: Iterable<{ readonly openTimeMs: number; readonly close: number }>): string {
  const hash = createHash("sha256");
  for (const { openTimeMs, close } of series) hash.update(`${openTimeMs} ${close}\n`);
  return hash.digest("hex").slice(0, 16);
}

export class TrialLog {
  readonly #folder: string;
  readonly #path: string;

  /** @param bars As {@link barsId} gives them. */
  constructor(folder: string, bars: string) {
    this.#folder = folder;
    this.#path = join(folder, `${bars}.jsonl`);
  }

  /** Keeps a trial, and gives all of the same bars, this one last. A line that cannot be read is passed over. */
  async add(trial: Trial): Promise<readonly Trial[]> {
    const before = (await this.#read()).filter(({ id, returns }) =>
      id !== trial.id && returns.length === trial.returns.length
    );
    const trials = [...before.slice(-MOST_TRIALS + 1), trial];
    await Deno.mkdir(this.#folder, { recursive: true });
    const draft = `${this.#path}.${crypto.randomUUID()}`;
    await Deno.writeTextFile(draft, trials.map((each) => `${JSON.stringify(each)}\n`).join(""));
    await Deno.rename(draft, this.#path);
    return trials;
  }

  async #read(): Promise<Trial[]> {
    let text: string;
    try {
      text = await Deno.readTextFile(this.#path);
    } catch (cause) {
      if (cause instanceof Deno.errors.NotFound) return [];
      throw cause;
    }
    return text.split("\n").flatMap((line) => {
      try {
        return [Trial.parse(JSON.parse(line))];
      } catch {
        return [];
      }
    });
  }
}

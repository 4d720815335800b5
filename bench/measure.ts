// deno-lint-ignore-file no-console -- a bench prints its table
/** Timing and tables for the benches. */

/** One line of a report: a name, then numbers or text by column. */
export type Row = Readonly<Record<string, string | number>>;

/** Something to time; a promise is awaited, as a caller would have to. */
export type Call = () => void | PromiseLike<unknown>;

/** Runs all contenders in turn, round after round, for about as long each, so that a busy machine slows them alike.
 * @param contenders One call, by name.  @param roundMs How long one contender runs in one round.
 * @returns Median µs per call, by name. */
export async function medianMicros<Name extends string>(
  contenders: Readonly<Record<Name, Call>>,
  roundMs = 2,
  rounds = 101,
): Promise<Record<Name, number>> {
  const names = Object.keys(contenders) as Name[];
  const calls = {} as Record<Name, number>;
  const times = {} as Record<Name, number[]>;
  for (const name of names) {
    times[name] = [];
    calls[name] = 1;
    // Warms up, too. The best of three, so that an interruption is not taken for slowness.
    const best = async () => {
      const trials = [0, 0, 0];
      for (const trial of trials.keys()) trials[trial] = await time(contenders[name], calls[name]);
      return Math.min(...trials);
    };
    while (await best() < roundMs) calls[name] *= 2;
  }
  for (let round = 0; round < rounds; round++) {
    for (const name of names) {
      times[name].push(await time(contenders[name], calls[name]) * 1000 / calls[name]);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times[name])])) as Record<Name, number>;
}

/** Milliseconds of so many calls. */
async function time(call: Call, calls: number): Promise<number> {
  const start = performance.now();
  for (let index = 0; index < calls; index++) {
    const pending = call();
    if (pending !== undefined) await pending;
  }
  return performance.now() - start;
}

/** The middle value. @param values At least one. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

/** Two decimals are more than a shared machine can tell apart. */
export function round(value: number): number {
  return Math.round(value * 100) / 100;
}

/** Prints rows as a table, or as one JSON object with `--json`. */
export function report(title: string, rows: readonly Row[], failures: readonly string[]): void {
  if (Deno.args.includes("--json")) {
    console.log(JSON.stringify({ title, rows, failures }));
    return;
  }
  console.log(title);
  console.table(rows);
  for (const failure of failures) console.error(failure);
}

/** Random numbers in [-1, 1) from a seed: mulberry32. */
export function randomFloats(seed: number, length: number): Float32Array<ArrayBuffer> {
  let state = seed;
  return Float32Array.from({ length }, () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 31 - 1;
  });
}

/** The path of an addon, from the environment. @throws {Error} If the variable is not set. */
export function addonPath(variable: "RLTRADER_ADDON_INFERENCE" | "RLTRADER_ADDON_TRAINER"): string {
  const path = Deno.env.get(variable);
  if (!path) throw new Error(`Cannot measure as ${variable} must name the addon's file: it is not set`);
  return path;
}

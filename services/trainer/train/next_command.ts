/** The command that decides with a trained model, with every option that its bars and its network need. Pure. */

/** Options of the training, as they were given or by default. */
export interface TrainedWith {
  readonly feed: string;
  readonly symbols?: string | undefined;
  readonly columns?: string | undefined;
  readonly seed: string;
  readonly config: string;
  readonly misc: string;
  readonly "model-archive": string;
}

/** What `deno task dev` does without being told, and so needs no word. */
const BY_DEFAULT: TrainedWith = {
  feed: "sp500",
  seed: "1",
  config: "docs/model_config.yaml",
  misc: "docs/misc.yaml",
  "model-archive": ".rltrader/models",
};

/** `deno task dev` decides with models of its own folder alone; one of another is tested. */
export function nextCommand(version: string, options: TrainedWith): string {
  const isElsewhere = options["model-archive"] !== BY_DEFAULT["model-archive"];
  const names = ["feed", "symbols", "columns", "config", "misc"] as const;
  const isDrawn = options.feed.startsWith("synthetic:"); // the seed is the feed's own there
  const needed = [
    ...names,
    ...(isDrawn ? ["seed" as const] : []),
    ...(isElsewhere ? ["model-archive" as const] : []),
  ].flatMap((name) => {
    const value = options[name];
    return value === undefined || value === BY_DEFAULT[name] ? [] : [`--${name}`, quoted(value)];
  });
  return ["deno task", isElsewhere ? "backtest" : "dev", "--model", version, ...needed].join(" ");
}

/** As a shell takes it for one word. */
function quoted(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}

/** The command line of `deno task backtest`. */
import { feedOptions } from "../../core/market/feed_options.ts";
import { versionFault } from "../../core/model/resolve_version.ts";
import { mustBe, type Options } from "../../core/runtime/command_line.ts";
import { addonOptions } from "../../core/runtime/process_options.ts";
import { cudaOption } from "../learner_config.ts";

export const BACKTEST_OPTIONS = {
  feed: { help: `${feedOptions.feed.help} Default: sp500.`, value: "FEED" },
  symbols: feedOptions.symbols,
  columns: feedOptions.columns,
  model: {
    help: "A stored version, or train: learn from the bars before those that are tested. Default: train.",
    value: "VERSION|train",
    check: (text: string) => {
      const fault = text === "train" ? null : versionFault(text);
      return fault === null ? null : fault.replace("must be", "must be train,");
    },
  },
  "replay-models": {
    help:
      "Decide a run's own bars again, each with the version that its commit names, and compare: a folder of .rltrader/runs, " +
      "last for the newest, or the address of its Redis.",
    value: "RUN",
  },
  from: {
    help: "First bar that is decided. Default: where `deno task dev` would begin to decide.",
    value: "DATE",
  },
  to: { help: "Last bar that is decided. Default: the last one.", value: "DATE" },
  bars: { help: "Decide so many bars of each symbol at most.", value: "N", check: mustBe.integer(3) },
  "train-until": {
    help: "With train: learn from nothing from here on. Default: from.",
    value: "DATE",
  },
  folds: {
    help: "With train: walk forward in so many folds, each by a model of all that came before it.",
    value: "N",
    default: "1",
    check: mustBe.integer(1, 1_000),
  },
  embargo: {
    help: "With train: leave out so many bars before each fold, beside those whose reward reaches into it.",
    value: "BARS",
    default: "0",
    check: mustBe.integer(0, 1_000_000),
  },
  "fee-bps": {
    help: "Commission in basis points a side, of takers and makers, instead of the configured ones.",
    value: "BPS",
    check: (text: string) =>
      Number(text) >= 0 && Number(text) <= 1_000 ? null : "must be a number from 0 to 1000",
  },
  seed: { ...feedOptions.seed, help: "Seed of weights, draws, resampling and a synthetic feed." },
  report: {
    help: "Write a page with curves, trades and months: one file that needs nothing else.",
    value: "PATH",
  },
  entries: { help: "Write every decision, fill and equity, one JSON document a line.", value: "PATH" },
  json: { help: "Print all figures and curves as one JSON document on stdout." },
  "model-archive": { help: "Folder of stored versions. Default: .rltrader/models.", value: "PATH" },
  trials: {
    help:
      "Folder that remembers what was tried on which bars, by backtest and train. Default: .rltrader/trials.",
    value: "PATH",
  },
  archive: { help: "With an address: folder of what has left that Redis.", value: "PATH" },
  ...cudaOption,
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...addonOptions,
  config: { help: "The model's configuration. Default: docs/model_config.yaml.", value: "PATH" },
  misc: { help: "Everything else that is configured. Default: docs/misc.yaml.", value: "PATH" },
} as const;

/** Paths in them are absolute where the rest of the program sees them. */
export type BacktestOptions = Options<typeof BACKTEST_OPTIONS> & {
  readonly config: string;
  readonly misc: string;
  readonly "model-archive": string;
  readonly trials: string;
};

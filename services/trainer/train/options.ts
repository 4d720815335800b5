/** The command line of `deno task train`. */
import { feedOptions } from "../../core/market/feed_options.ts";
import { versionFault } from "../../core/model/resolve_version.ts";
import { mustBe, type Options } from "../../core/runtime/command_line.ts";
import { addonOptions, configOptions } from "../../core/runtime/process_options.ts";
import { cudaOption } from "../learner_config.ts";

const share = (text: string) => Number(text) > 0 && Number(text) < 1 ? null : "must be above 0 and below 1";
export const TRAIN_OPTIONS = {
  ...feedOptions,
  steps: {
    help: "Updates of the network.",
    value: "N",
    default: "6000",
    check: mustBe.integer(1, 100_000_000),
  },
  seed: {
    help: "Seed of weights, draws and a synthetic feed.",
    value: "N",
    default: "1",
    check: mustBe.integer(0, 4_294_967_295),
  },
  "validation-share": {
    help: "The share of the history before the evidence, to choose the best model by.",
    value: "SHARE",
    default: "0.2",
    check: share,
  },
  "evidence-share": {
    help:
      "The last share of the history: the gate alone sees it. Every try that has seen some of it, by train or backtest, makes the " +
      "next one harder to pass.",
    value: "SHARE",
    default: "0.1",
    check: share,
  },
  champion: {
    help:
      "A version of the archive that it has to beat on the evidence. Default: it has to beat staying flat.",
    value: "VERSION",
    check: versionFault,
  },
  "evaluate-every": {
    help: "Updates between two evaluations.",
    value: "N",
    default: "250",
    check: mustBe.integer(1),
  },
  patience: {
    help: "Evaluations without a better one before it ends early.",
    value: "N",
    default: "12",
    check: mustBe.integer(1),
  },
  "warm-start": {
    help: "Begin with what this version of the archive has learned; features and heads may differ.",
    value: "VERSION",
    check: versionFault,
  },
  trials: {
    help: "Folder that remembers what was tried on which bars, by backtest and train.",
    value: "PATH",
    default: ".rltrader/trials",
  },
  "model-archive": { help: "Folder that takes the best model.", value: "PATH", default: ".rltrader/models" },
  ...cudaOption,
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  ...addonOptions,
  ...configOptions,
  json: { help: "Print the curve and the model as one JSON document on stdout." },
} as const;

export type TrainOptions = Options<typeof TRAIN_OPTIONS>;

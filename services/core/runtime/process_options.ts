/** Options that several processes and commands share. */
import type { OptionSpecs } from "./command_line.ts";

/** Of everything that reads the configuration. */
export const configOptions = {
  config: { help: "The model's configuration.", value: "PATH", default: "docs/model_config.yaml" },
  misc: { help: "Everything else that is configured.", value: "PATH", default: "docs/misc.yaml" },
} as const satisfies OptionSpecs;

/** Of every process that reads what Redis no longer holds; core alone writes there. */
export const archiveOption = {
  archive: {
    help: "Folder of what was moved out of Redis; without it everything stays there.",
    value: "PATH",
  },
} as const satisfies OptionSpecs;

/** Of every process that a supervisor starts. */
export const parentOption = {
  "end-with-parent": { help: "Stop when standard input closes, as it does when the supervisor dies." },
} as const satisfies OptionSpecs;

/** Of everything that runs the network. */
export const addonOptions = {
  "inference-addon": { help: "The fused engine's addon.", value: "PATH", default: "inference.node" },
} as const satisfies OptionSpecs;

/** Both configuration files of a process, with the faults of both at once. */
import { ConfigError } from "./load_yaml.ts";
import { loadMiscConfig, type MiscConfig } from "./misc.ts";
import { loadModelConfig, type ModelConfig } from "./model_config.ts";

export interface Configs {
  /** What the network sees, decides and learns. */
  readonly config: ModelConfig;
  /** Money, costs and the running of the system. */
  readonly misc: MiscConfig;
}

/** @param files Their paths, as the options name them.
 * @throws {ConfigError} With every fault of both, each with file, line, path, rule and value. */
export async function loadConfigs(
  files: { readonly config: string; readonly misc: string },
): Promise<Configs> {
  const [config, misc] = await Promise.allSettled([
    loadModelConfig(files.config),
    loadMiscConfig(files.misc),
  ]);
  if (config.status === "fulfilled" && misc.status === "fulfilled") {
    return { config: config.value, misc: misc.value };
  }
  const causes = [config, misc].flatMap((each) => each.status === "rejected" ? [each.reason] : []);
  throw causes.every((cause) => cause instanceof ConfigError) ? ConfigError.ofAll(causes) : causes[0];
}

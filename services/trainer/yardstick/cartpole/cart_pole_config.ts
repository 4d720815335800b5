/** cart_pole.yaml: how CartPole is learned. Its parts are those of docs/model_config.yaml. */
import { z } from "zod";
import { type Frozen, loadYaml } from "../../../core/config/load_yaml.ts";
import { ModelConfig } from "../../../core/config/model_config.ts";

const CartPoleConfig = z.strictObject({
  network: ModelConfig.shape.network,
  learner: ModelConfig.shape.learner,
});
export type CartPoleConfig = Frozen<z.output<typeof CartPoleConfig>>;

/** @throws {ConfigError} With every fault. */
export function loadCartPoleConfig(file: string): Promise<CartPoleConfig> {
  return loadYaml(file, CartPoleConfig);
}

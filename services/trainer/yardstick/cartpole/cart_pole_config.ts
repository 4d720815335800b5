/** cart_pole.yaml: how CartPole is learned. The learner's part is that of docs/model_config.yaml. */
import { z } from "zod";
import { type Frozen, loadYaml } from "../../../core/config/load_yaml.ts";
import { ModelConfig } from "../../../core/config/model_config.ts";

const CartPoleConfig = z.strictObject({
  network: ModelConfig.shape.network,
  learner: ModelConfig.shape.learner,
  /** Chance of a random action: max(floor, 1 / (1 + steps / halving)). */
  exploration: z.strictObject({ halving: z.number().gt(0), floor: z.number().min(0).max(1) }),
});
export type CartPoleConfig = Frozen<z.output<typeof CartPoleConfig>>;

/** @throws {ConfigError} With every fault. */
export function loadCartPoleConfig(file: string): Promise<CartPoleConfig> {
  return loadYaml(file, CartPoleConfig);
}

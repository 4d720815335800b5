/** A model that decisions can be made with: its open network, and what its bytes say beside the weights. */
import { ModelPassport } from "../contracts/model.ts";
import type { QNet } from "../model/native_types.ts";

export interface LoadedModel {
  readonly version: string;
  readonly net: QNet;
  readonly passport: ModelPassport;
  /** It has beaten nothing but staying flat; absent where nobody has said. */
  readonly provisional?: boolean;
}

/** @param openNet Throws if the bytes are no model of the expected schema.
 * @throws {Error} If the bytes are no model, or hold no valid passport. */
export function loadModel(
  version: string,
  blob: Uint8Array,
  openNet: (blob: Uint8Array) => QNet,
): LoadedModel {
  const net = openNet(blob);
  try {
    return { version, net, passport: readPassport(net) };
  } catch (cause) {
    net.close();
    throw cause;
  }
}

/** @throws {Error} If the model holds no valid passport. */
export function readPassport(net: Pick<QNet, "metadata">): ModelPassport {
  const { passport = "null" } = JSON.parse(net.metadata) as Record<string, string>;
  return ModelPassport.parse(JSON.parse(passport));
}

/** Opens networks that a configuration can decide with: of its schema, and learned on the days that its features are made on. */
import type { Instrument } from "../config/instruments_config.ts";
import type { ModelConfig } from "../config/model_config.ts";
import type { ModelPassport } from "../contracts/model.ts";
import { daysMeaning } from "../features/state_builders.ts";
import { UTC_DAYS } from "../market/session_days.ts";
import type { QNet, QNetAddon } from "../model/native_types.ts";
import { schemaHash } from "../model/schema_hash.ts";
import { schemaMismatch } from "../model/schema_mismatch.ts";
import { readPassport } from "./loaded_model.ts";

type Instruments = readonly Readonly<Instrument>[];

/** @throws {RangeError} If the model is of another schema, with what differs, or has learned on other days.
 * @throws {Error} If the bytes are no model. */
export type OpenNet = (blob: Uint8Array) => QNet;

export function netOpener(
  { QNet }: { readonly QNet: Pick<QNetAddon["QNet"], "fromBytes"> },
  config: ModelConfig,
  instruments: Instruments,
): OpenNet {
  const hash = schemaHash(config);
  const open = (blob: Uint8Array): QNet => {
    try {
      return QNet.fromBytes(blob, hash);
    } catch (cause) {
      const mismatch = schemaMismatch(blob, config);
      throw mismatch === null ? cause : new RangeError(mismatch, { cause });
    }
  };
  return (blob) => {
    const net = open(blob);
    try {
      checkDays(readPassport(net), config, instruments);
      return net;
    } catch (cause) {
      net.close();
      throw cause;
    }
  };
}

/** @throws {RangeError} If a model has learned on other days than those that the configuration's features are made on. */
export function checkDays(
  { rewardSigma, days }: Pick<ModelPassport, "rewardSigma" | "days">,
  config: ModelConfig,
  instruments: Instruments,
): void {
  for (const symbol of Object.keys(rewardSigma)) {
    const learned = days[symbol] ?? UTC_DAYS.name;
    const here = daysMeaning(config, instruments, symbol);
    if (learned === here) continue;
    throw new RangeError(
      `Cannot use this model as the days of ${symbol} must be those that it has learned on, ${learned}: ` +
        `they are ${here} (instruments in misc.yaml)`,
    );
  }
}

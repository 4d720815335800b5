/** How each process is started: its program, its options, and only the Deno permissions that it needs. */
import { join } from "node:path";
import { feedPath } from "../core/market/feed_options.ts";

/** What the user chose for a run. */
export interface RunChoices {
  readonly feed: string;
  readonly symbols: string | undefined;
  readonly columns: string | undefined;
  readonly speed: string;
  readonly bars: string | undefined;
  readonly seed: string;
  readonly runner: string;
  readonly frozenModel: string | undefined;
  /** The stored version that learning begins with. */
  readonly warmStart: string | undefined;
  readonly lockstep: boolean;
  /** Whether orders go to an exchange. */
  readonly tradesAtVenue: boolean;
  /** Real money was asked for. */
  readonly live: boolean;
  readonly config: string;
  readonly misc: string;
  /** Port of the page. */
  readonly uiPort: number;
  /** The user wished for that port and no other; else the next free one will do. */
  readonly isUiPortWished: boolean;
}

/** Where things are. */
export interface Places {
  /** The checkout. */
  readonly root: string;
  /** `host:port` of Redis. */
  readonly redisHost: string;
  readonly modelArchive: string;
  /** Folder of the trainer's checkpoint. */
  readonly checkpoints: string;
  /** Folder of what Redis no longer holds. */
  readonly archive: string;
  /** `host:port` that each process tells its metrics on; null for nowhere. */
  readonly metrics: string | null;
}

/** So many are tried behind the configured one before any that is free. */
const FURTHER_PORTS = 9;

/** Permissions and options after `deno run`. */
export type DenoArgs = readonly string[];

export function coreArgs(choices: RunChoices, places: Places): DenoArgs {
  const { feed, symbols, columns, speed, bars, seed, config, misc } = choices;
  const path = feedPath(feed);
  return [
    ...permissions(places, {
      read: [config, misc, places.archive, join(places.root, "node_modules"), ...path === null ? [] : [path]],
      write: [places.archive],
      // Only ccxt knows where an exchange is.
      ...(feed.startsWith("ccxt:") ? { net: "anywhere" } : {}),
    }),
    join(places.root, "services/core/main.ts"),
    "--end-with-parent",
    ...[`--feed=${feed}`, `--speed=${speed}`, `--seed=${seed}`, `--config=${config}`, `--misc=${misc}`],
    `--archive=${places.archive}`,
    ...(symbols === undefined ? [] : [`--symbols=${symbols}`]),
    ...(columns === undefined ? [] : [`--columns=${columns}`]),
    ...(bars === undefined ? [] : [`--bars=${bars}`]),
    ...(choices.lockstep ? ["--lockstep"] : []),
    ...(choices.frozenModel === undefined ? [] : ["--frozen"]),
  ];
}

export function trainerArgs(
  choices: RunChoices,
  places: Places,
  addons: { inference: string; trainer: string },
): DenoArgs {
  const { seed, config, misc, frozenModel, warmStart } = choices;
  return [
    ...permissions(places, {
      read: [config, misc, places.modelArchive, places.checkpoints, places.archive],
      write: [places.modelArchive, places.checkpoints],
      ffi: [addons.inference, addons.trainer],
    }),
    join(places.root, "services/trainer/main.ts"),
    "--end-with-parent",
    ...[`--seed=${seed}`, `--config=${config}`, `--misc=${misc}`, `--model-archive=${places.modelArchive}`],
    ...[`--inference-addon=${addons.inference}`, `--trainer-addon=${addons.trainer}`],
    `--checkpoint=${join(places.checkpoints, "trainer.checkpoint")}`,
    `--archive=${places.archive}`,
    ...(frozenModel === undefined ? [] : [`--model=${frozenModel}`]),
    ...(warmStart === undefined ? [] : [`--warm-start=${warmStart}`]),
  ];
}

export function inferenceArgs(choices: RunChoices, places: Places, addon: string, id: string): DenoArgs {
  const { config, misc, runner, tradesAtVenue, live } = choices;
  return [
    ...permissions(places, {
      read: [
        ...[config, misc, places.archive, join(places.root, "services/core/redis")],
        ...(tradesAtVenue ? [join(places.root, "node_modules")] : []),
      ],
      ffi: [addon],
      ...(tradesAtVenue ? { net: "anywhere" } : {}), // only ccxt knows where an exchange is
    }),
    join(places.root, "services/inference/main.ts"),
    "--end-with-parent",
    ...[
      `--id=${id}`,
      `--runner=${runner}`,
      `--config=${config}`,
      `--misc=${misc}`,
      `--inference-addon=${addon}`,
      `--archive=${places.archive}`,
    ],
    ...(live ? ["--live"] : []),
  ];
}

export function uiArgs(choices: RunChoices, places: Places): DenoArgs {
  const { uiPort, isUiPortWished } = choices;
  const further = isUiPortWished ? 0 : FURTHER_PORTS;
  const ports = Array.from({ length: 1 + further }, (_, index) => uiPort + index);
  return [
    ...permissions(places, {
      read: [join(places.root, "ui"), choices.config, choices.misc, places.archive],
      net: [...ports, ...isUiPortWished ? [] : [0]].map((port) => `127.0.0.1:${port}`),
    }),
    join(places.root, "ui/main.ts"),
    "--end-with-parent",
    ...[`--port=${uiPort}`, `--config=${choices.config}`, `--misc=${choices.misc}`],
    ...(isUiPortWished ? [] : [`--further-ports=${further}`]),
    `--archive=${places.archive}`,
  ];
}

function permissions(
  places: Places,
  needs: {
    read: readonly string[];
    write?: readonly string[];
    net?: readonly string[] | "anywhere";
    ffi?: readonly string[];
  },
): DenoArgs {
  const net = [places.redisHost, ...(places.metrics === null ? [] : [places.metrics]), ...needs.net ?? []];
  return [
    "run",
    "--no-prompt",
    "--cached-only",
    `--config=${join(places.root, "deno.json")}`,
    "--allow-env",
    "--allow-sys=hostname",
    needs.net === "anywhere" ? "--allow-net" : `--allow-net=${net.join(",")}`,
    `--allow-read=${needs.read.join(",")}`,
    ...(needs.write === undefined ? [] : [`--allow-write=${needs.write.join(",")}`]),
    ...(needs.ffi === undefined ? [] : [`--allow-ffi=${needs.ffi.join(",")}`]),
  ];
}

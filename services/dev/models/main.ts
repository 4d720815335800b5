/** `deno task models`: which versions there are, what is known of one, and which one serves. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { versionFault } from "../../core/model/resolve_version.ts";
import type { Store } from "../../core/redis/store.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { listed, runsToSteer } from "../control/runs_to_steer.ts";
import { NoRunError, type OpenRun } from "../open_run.ts";
import { openRecorded } from "../state/open_recorded.ts";
import {
  describeCandidate,
  describeModel,
  describeModels,
  describeRefused,
  describeServed,
} from "./describe_models.ts";
import {
  eventsOf,
  type KnownModel,
  knownModels,
  learnedOn,
  meantVersion,
  type ModelPlaces,
  placeOf,
  refusedCandidates,
} from "./known_models.ts";
import { describePruned, pruneModels } from "./prune_models.ts";
import { promote, release, rollBack } from "./serve_model.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const LONGEST_REASON = 500;

const OPTIONS = {
  folder: { help: "Folder of stored models. Default: .rltrader/models of the checkout.", value: "PATH" },
  last: { help: "list: so many of the newest.", value: "N", default: "20", check: mustBe.integer(1) },
  refused: { help: "list: the candidates that the gate has refused, which are not stored, and why." },
  keep: { help: "prune: so many of the newest.", value: "N", default: "20", check: mustBe.integer(0) },
  "although-refused": { help: "promote: also a version that the gate has refused." },
  run: {
    help:
      "The run, by its folder's name, such as 2026-01-31T09-30-00-4711. list and show: also one that has ended.",
    value: "NAME",
  },
  reason: {
    help: "promote, rollback, release: why, for everyone who asks.",
    value: "TEXT",
    default: "by hand",
    check: (text: string) =>
      text.length <= LONGEST_REASON ? null : `must have at most ${LONGEST_REASON} characters`,
  },
  json: { help: "One JSON document on stdout." },
} as const;

const SUMMARY = `Lists models and says which one serves.

  list              every version of the run and of the folder, the newest first
  show VERSION      all that is known of one; its bytes are checked. Of a refused candidate: the gate's verdict
  promote VERSION   serve this one and hold it: candidates are judged and stored, and not taken up
  rollback          the same with the version that served in this run before the current one; again, and it is back
  release           let candidates take over again
  prune             remove old versions from the folder; what the run knows and what these have replaced stays

A VERSION may be the first 6 or more of its 16 digits. Talks to the Redis of REDIS_URL, else to the \`deno task dev\` that lives
in this checkout; list, show and prune do without, and ask the last run that has ended for what the gate has refused.`;

const FOR_PEOPLE = [
  UsageError,
  ConfigError,
  RangeError,
  NoRunError,
  ModelStoreError,
  RedisUnavailableError,
  RedisRefusedError,
];

type Opts = Options<typeof OPTIONS>;

async function main(args: readonly string[]): Promise<number> {
  try {
    if (args.includes("--help")) {
      writeText(
        Deno.stdout,
        helpText("models", SUMMARY, OPTIONS).replace("models [options]", "models COMMAND [options]"),
      );
      return 0;
    }
    const [name, ...rest] = args;
    const command = COMMANDS.find((known) => known === name);
    if (command === undefined) {
      throw new UsageError(
        `Cannot run as the command must be one of ${COMMANDS.join(", ")}: it is ${name ?? "missing"}`,
      );
    }
    const version = command === "show" || command === "promote" ? typedVersion(rest.shift()) : "";
    const options = parseOptions(rest, OPTIONS);
    const told = await run(command, version, options);
    writeText(Deno.stdout, `${options.json ? JSON.stringify(told.document, null, 2) : told.text}\n`);
    return 0;
  } catch (cause) {
    const isForPeople = FOR_PEOPLE.some((type) => cause instanceof type);
    writeText(Deno.stderr, `${isForPeople ? (cause as Error).message : Deno.inspect(cause)}\n`);
    return 1;
  }
}

const COMMANDS = ["list", "show", "promote", "rollback", "release", "prune"] as const;
type Command = typeof COMMANDS[number];

/** @throws {UsageError} If it is no version, nor the beginning of one. */
function typedVersion(text: string | undefined): string {
  const fault = text === undefined ? "must be given" : versionFault(text);
  if (fault === null) return text!;
  throw new UsageError(`Cannot run as VERSION ${fault}: it is ${text ?? "missing"}`);
}

/** An answer, for programs and for people. */
interface Told {
  readonly document: unknown;
  readonly text: string;
}

async function run(command: Command, version: string, options: Opts): Promise<Told> {
  const path = options.folder === undefined
    ? join(ROOT, ".rltrader/models")
    : resolve(Deno.env.get("INIT_CWD") ?? Deno.cwd(), options.folder);
  const folder = new FolderModelStore(path);
  if (command === "list" || command === "show" || command === "prune") {
    const asksGate = options.refused || command === "show" || options.run !== undefined;
    await using opened = await openRunIfAny(options.run) ??
      (asksGate ? await openEndedRun(options.run) : null);
    const name = opened === null ? path : `${opened.where} or in ${path}`;
    const places = { store: opened?.store ?? null, folder, name };
    if (command === "show") return await show(places, await meantVersion(version, places));
    const shown = Number(options.last);
    if (command === "list") {
      return options.refused ? await listRefused(places, shown) : await list(places, shown);
    }
    const pruned = await pruneModels(places, Number(options.keep));
    return { document: pruned, text: describePruned(pruned) };
  }
  await using opened = await openOnly(options.run);
  const { store, server } = opened;
  const run = { store, server, folder, name: `Redis at ${server} or in ${path}`, clock: systemClock };
  const { reason } = options;
  const served = command === "promote"
    ? await promote(run, {
      version: await meantVersion(version, run),
      reason,
      althoughRefused: options["although-refused"],
    })
    : command === "rollback"
    ? await rollBack(run, reason)
    : await release(run, reason);
  return { document: served, text: describeServed(served) };
}

/** The run that is meant, where several live. */
async function openOnly(name: string | undefined): Promise<OpenRun> {
  const { chosen } = await runsToSteer(ROOT, (variable) => Deno.env.get(variable), name);
  const [run, ...others] = chosen;
  if (others.length === 0) return await run!.open();
  throw new UsageError(
    `Cannot choose a run as --run must say which one: these live${
      listed(chosen.map(({ living }) => living!))
    }`,
  );
}

/** A run that is only read. */
interface ReadRun extends AsyncDisposable {
  readonly store: Store;
  /** For people. */
  readonly where: string;
}

/** Null where it does not run: the folder is there without. */
async function openRunIfAny(name: string | undefined): Promise<ReadRun | null> {
  try {
    const { chosen: [newest] } = await runsToSteer(ROOT, (variable) => Deno.env.get(variable), name);
    const run = await newest!.open();
    return {
      store: run.store,
      where: `Redis at ${run.server}`,
      [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
    };
  } catch (cause) {
    if (cause instanceof NoRunError) return null;
    throw cause;
  }
}

/** One that has ended, whose verdicts are on disk; null where there is none, unless it is named. */
async function openEndedRun(name: string | undefined): Promise<ReadRun | null> {
  try {
    const run = await openRecorded(ROOT, name ?? "last", Deno.env.toObject());
    return run === null ? null : {
      store: run.store,
      where: name === undefined ? "the last run" : `the run ${name}`,
      [Symbol.asyncDispose]: () => run[Symbol.asyncDispose](),
    };
  } catch (cause) {
    if (cause instanceof RangeError && name === undefined) return null;
    throw cause;
  }
}

async function list(places: ModelPlaces, most: number): Promise<Told> {
  const { models, faults } = await knownModels(places);
  for (const fault of faults) writeText(Deno.stderr, `${fault}\n`);
  const unreadable = { learnedOn: "its bytes are broken" };
  const shown = await Promise.all(
    models.slice(0, most).map((model) =>
      withLearned(model, places).catch((cause) => {
        if (cause instanceof ModelStoreError) return { ...model, ...unreadable };
        throw cause;
      })
    ),
  );
  return { document: shown, text: describeModels(shown, models.length - shown.length) };
}

async function listRefused(places: ModelPlaces, most: number): Promise<Told> {
  if (places.store === null) {
    throw new NoRunError(
      "Cannot list what the gate has refused as a run must be there, living or ended: there is none",
    );
  }
  const refused = await refusedCandidates(places);
  const shown = refused.slice(0, most);
  return { document: shown, text: describeRefused(shown, refused.length - shown.length) };
}

/** Reads the bytes too, so that what is shown is what is there. */
async function show(places: ModelPlaces, version: string): Promise<Told> {
  const known = places.store === null ? [] : await eventsOf(places.store);
  const events = known.filter((event) => event.version === version);
  const model = (await knownModels(places)).models.find(({ metadata }) => metadata.version === version);
  if (model === undefined && events.length > 0) {
    return { document: { version, events }, text: describeCandidate(version, events) };
  }
  await (await placeOf(version, places)).get(version);
  if (model === undefined) throw new ModelStoreError(`Cannot show ${version} as it must be known: it is not`);
  const shown = await withLearned(model, places);
  return { document: { ...shown, events }, text: describeModel(shown, events) };
}

async function withLearned(model: KnownModel, places: ModelPlaces) {
  return { ...model, learnedOn: await learnedOn(model, places) };
}

if (import.meta.main) Deno.exit(await main(Deno.args));

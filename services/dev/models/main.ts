/** `deno task models`: which versions there are, what is known of one, and which one serves. */
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { ConfigError } from "../../core/config/load_yaml.ts";
import { FolderModelStore } from "../../core/model/folder_model_store.ts";
import { ModelStoreError } from "../../core/model/model_store.ts";
import { RedisRefusedError, RedisUnavailableError } from "../../core/redis/connection_errors.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { NoRunError, type OpenRun, openRun } from "../open_run.ts";
import { describeModel, describeModels, describeServed } from "./describe_models.ts";
import { checkVersion, eventsOf, knownModels, type ModelPlaces, placeOf } from "./known_models.ts";
import { describePruned, pruneModels } from "./prune_models.ts";
import { promote, release, rollBack } from "./serve_model.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const LONGEST_REASON = 500;

const OPTIONS = {
  folder: { help: "Folder of stored models. Default: .rltrader/models of the checkout.", value: "PATH" },
  last: { help: "list: so many of the newest.", value: "N", default: "20", check: mustBe.integer(1) },
  keep: { help: "prune: so many of the newest.", value: "N", default: "20", check: mustBe.integer(0) },
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
  show VERSION      all that is known of one; its bytes are checked
  promote VERSION   serve this one and hold it: candidates are judged and stored, and not taken up
  rollback          the same with the version that the current one has replaced
  release           let candidates take over again
  prune             remove old versions from the folder; what the run knows and what these have replaced stays

Talks to the Redis of REDIS_URL, else to the newest \`deno task dev\` of this checkout; list, show and prune do without.`;

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
    const takesVersion = command === "show" || command === "promote";
    const version = takesVersion ? checkVersion(rest.shift()) : "";
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
    await using opened = await openRunIfAny();
    const name = opened === null ? path : `Redis at ${opened.server} or in ${path}`;
    const places = { store: opened?.store ?? null, folder, name };
    if (command === "list") return await list(places, Number(options.last));
    if (command === "show") return await show(places, version);
    const pruned = await pruneModels(places, Number(options.keep));
    return { document: pruned, text: describePruned(pruned) };
  }
  await using opened = await openRun(ROOT, (name) => Deno.env.get(name));
  const { store, server } = opened;
  const run = { store, server, folder, name: `Redis at ${server} or in ${path}`, clock: systemClock };
  const { reason } = options;
  const served = command === "promote"
    ? await promote(run, version, reason)
    : command === "rollback"
    ? await rollBack(run, reason)
    : await release(run, reason);
  return { document: served, text: describeServed(served) };
}

/** Null where nothing runs: the folder is there without. */
async function openRunIfAny(): Promise<OpenRun | null> {
  try {
    return await openRun(ROOT, (name) => Deno.env.get(name));
  } catch (cause) {
    if (cause instanceof NoRunError) return null;
    throw cause;
  }
}

async function list(places: ModelPlaces, shown: number): Promise<Told> {
  const { models, faults } = await knownModels(places);
  for (const fault of faults) writeText(Deno.stderr, `${fault}\n`);
  return { document: models.slice(0, shown), text: describeModels(models, shown) };
}

/** Reads the bytes too, so that what is shown is what is there. */
async function show(places: ModelPlaces, version: string): Promise<Told> {
  await (await placeOf(version, places)).get(version);
  const model = (await knownModels(places)).models.find(({ metadata }) => metadata.version === version);
  if (model === undefined) throw new ModelStoreError(`Cannot show ${version} as it must be known: it is not`);
  const events = places.store === null
    ? []
    : (await eventsOf(places.store)).filter((event) => event.version === version);
  return { document: { ...model, events }, text: describeModel(model, events) };
}

if (import.meta.main) Deno.exit(await main(Deno.args));

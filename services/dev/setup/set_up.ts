/** Obtains what the system needs, each thing in a step of its own; what is there already is passed over. */
import { buildAddon } from "./addon_build.ts";
import type { AddonKind } from "./addon_sources.ts";
import { type LibTorch, locateLibTorch } from "./libtorch.ts";
import { obtainLibTorch } from "./libtorch_step.ts";
import { locateAddon, type LocatedAddons, rustcVersion } from "./locate.ts";
import { type PlannedWork, preflight } from "./preflight.ts";
import { locateRedisServer, obtainRedisServer, type RedisServer } from "./redis_server.ts";
import type { SetupContext } from "./setup_context.ts";
import { SetupError } from "./setup_error.ts";
import { type OnProgress, SetupStep, type StepReport } from "./setup_step.ts";

export type SetupTarget = "libtorch" | "redis" | "inference-addon" | "trainer-addon";

export interface SetupOptions {
  /** The trainer addon brings LibTorch with it. */
  readonly want: readonly SetupTarget[];
  readonly onProgress: OnProgress;
}

/** What was wanted, each thing as soon as it is there. A thing that was not wanted resolves to `undefined`. */
export interface SetupRun {
  readonly redisServer: Promise<RedisServer | undefined>;
  readonly libtorch: Promise<LibTorch | undefined>;
  readonly inferenceAddon: Promise<string | undefined>;
  readonly trainerAddon: Promise<string | undefined>;
  /** Settles when every step has; rejects with the first failure, which ends the other steps. */
  readonly all: Promise<SetupResult>;
}

export interface SetupResult {
  readonly redisServer: RedisServer | undefined;
  readonly libtorch: LibTorch | undefined;
  readonly inferenceAddon: string | undefined;
  readonly trainerAddon: string | undefined;
}

interface Found extends LocatedAddons {
  readonly redis: RedisServer | undefined;
}

/** Starts at once. `context.signal` ends every child process; what is finished stays in the cache.
 * Each promise rejects with a {@link SetupError} where the user can repair the fault. */
export function setUp(context: SetupContext, options: SetupOptions): SetupRun {
  const ended = new AbortController();
  const signal = context.signal ? AbortSignal.any([context.signal, ended.signal]) : ended.signal;
  const steps = new SetupSteps({ ...context, signal }, options);
  const run = steps.start();
  const all = Promise.all([run.redisServer, run.libtorch, run.inferenceAddon, run.trainerAddon])
    .then(([redisServer, libtorch, inferenceAddon, trainerAddon]) => {
      return { redisServer, libtorch, inferenceAddon, trainerAddon };
    });
  const settled = all.catch(async (error) => {
    ended.abort(error);
    await Promise.allSettled(Object.values(run));
    throw error;
  });
  for (const promise of [...Object.values(run), all, settled]) promise.catch(() => {});
  return { ...run, all: settled };
}

class SetupSteps {
  readonly #want: ReadonlySet<SetupTarget>;
  readonly #steps: Readonly<Record<SetupTarget, SetupStep>>;

  readonly #preflight: SetupStep;

  constructor(private readonly context: SetupContext, options: SetupOptions) {
    this.#want = new Set(
      options.want.includes("trainer-addon") ? [...options.want, "libtorch"] : options.want,
    );
    this.#preflight = new SetupStep("preflight", "Tools and room", options.onProgress, context.signal);
    const step = (name: SetupTarget, title: string) =>
      new SetupStep(name, title, this.#want.has(name) ? options.onProgress : () => {}, context.signal);
    this.#steps = {
      redis: step("redis", "Redis server"),
      "inference-addon": step("inference-addon", "Inference addon"),
      libtorch: step("libtorch", "LibTorch"),
      "trainer-addon": step("trainer-addon", "Trainer addon"),
    };
  }

  start(): Omit<SetupRun, "all"> {
    const found = this.#locateAndCheck();
    const redisServer = this.#obtain("redis", found, ({ redis }) => redis, describeServer, obtainRedisServer);
    const libtorch = this.#obtain(
      "libtorch",
      found,
      (there) => there.libtorch,
      describeLibTorch,
      obtainLibTorch,
    );
    const inferenceAddon = this.#obtain(
      "inference-addon",
      found,
      ({ inference }) => inference.path,
      String,
      (context, report) => buildFrom(context, "inference", undefined, report),
    );
    const trainerAddon = this.#trainerAddon(found, libtorch, inferenceAddon);
    return { redisServer, libtorch, inferenceAddon, trainerAddon };
  }

  /** Looks at what is there; only when something is missing, checks that it can be obtained. */
  async #locateAndCheck(): Promise<Found> {
    let work: PlannedWork | undefined;
    try {
      const found = await this.#locate();
      work = this.#workFor(found);
      if (!Object.values(work).some(Boolean)) return found;
      return await this.#preflight.run(async () => {
        await preflight(this.context, work!);
        return found;
      });
    } catch (error) {
      if (!work) this.#preflight.fail(error);
      throw error;
    }
  }

  async #locate(): Promise<Found> {
    const { context } = this;
    const addons = this.#want.has("inference-addon") || this.#want.has("trainer-addon");
    const [rustc, libtorch, redis] = await Promise.all([
      addons ? rustcVersion(context) : undefined,
      this.#want.has("libtorch")
        ? locateLibTorch(context.environment, context.cache, context.build)
        : undefined,
      this.#want.has("redis") ? locateRedisServer(context) : undefined,
    ]);
    const [inference, trainer] = await Promise.all([
      locateAddon(context, "inference", rustc, undefined),
      locateAddon(context, "trainer", rustc, libtorch),
    ]);
    return { rustc, libtorch, redis, inference, trainer };
  }

  #workFor(found: Found): PlannedWork {
    const libtorch = this.#want.has("libtorch") && !found.libtorch;
    const trainer = this.#want.has("trainer-addon") && !found.trainer.path;
    const inference = this.#want.has("inference-addon") && !found.inference.path;
    const redis = this.#want.has("redis") && !found.redis;
    return { download: redis || libtorch, libtorch, addons: trainer || inference, cppCompiler: trainer };
  }

  async #obtain<T>(
    name: SetupTarget,
    located: Promise<Found>,
    there: (found: Found) => T | undefined,
    describe: (thing: T) => string,
    obtain: (context: SetupContext, report: StepReport) => Promise<T>,
  ): Promise<T | undefined> {
    if (!this.#want.has(name)) return undefined;
    const thing = there(await located);
    if (thing !== undefined) {
      this.#steps[name].skip(describe(thing));
      return thing;
    }
    return await this.#run(name, describe, (report) => obtain(this.context, report));
  }

  async #trainerAddon(
    located: Promise<Found>,
    obtaining: Promise<LibTorch | undefined>,
    inferenceAddon: Promise<unknown>,
  ): Promise<string | undefined> {
    const name = "trainer-addon";
    if (!this.#want.has(name)) return undefined;
    const found = await located;
    if (found.trainer.path) {
      this.#steps[name].skip(found.trainer.path);
      return found.trainer.path;
    }
    const libtorch = await this.#needed(obtaining, "needs LibTorch");
    // Cargo builds one thing at a time in one target folder, and inference is wanted first.
    await this.#needed(inferenceAddon, "the inference addon failed");
    // A LibTorch that was fetched just now may be one that the addon was built with before.
    const before = await locateAddon(this.context, "trainer", found.rustc, libtorch);
    if (before.path) {
      this.#steps[name].skip(before.path);
      return before.path;
    }
    return await this.#run(name, String, (report) => buildFrom(this.context, "trainer", libtorch, report));
  }

  async #needed<T>(promise: Promise<T>, otherwise: string): Promise<T> {
    try {
      return await promise;
    } catch (error) {
      this.#steps["trainer-addon"].stop(otherwise);
      throw error;
    }
  }

  async #run<T>(
    name: SetupTarget,
    describe: (thing: T) => string,
    body: (report: StepReport) => Promise<T>,
  ): Promise<T> {
    return await this.#steps[name].run(async (report) => {
      try {
        const thing = await body(report);
        report.update({ detail: describe(thing) });
        return thing;
      } catch (error) {
        throw this.#explained(error);
      }
    });
  }

  #explained(error: unknown): unknown {
    if (error instanceof Error && /ENOSPC|No space left|os error 28/.test(error.message)) {
      return new SetupError(
        `Cannot go on as the disk of the cache must not be full: ${this.context.cache.root} is on one that is`,
        "free some space there, or export RLTRADER_CACHE=/a/folder/on/another/disk",
        { cause: error },
      );
    }
    if (error instanceof DOMException && error.name === "TimeoutError") {
      return new SetupError(
        "Cannot go on as every step must end in time: a child process did not",
        "start again; what is finished is kept",
        { cause: error },
      );
    }
    return error;
  }
}

async function buildFrom(
  context: SetupContext,
  kind: AddonKind,
  libtorch: LibTorch | undefined,
  report: StepReport,
): Promise<string> {
  const rustc = await rustcVersion(context);
  if (!rustc) throw new SetupError(`Cannot build as rustc must run: it does not`, "deno task doctor");
  return await buildAddon(context, { kind, rustc, libtorch }, report);
}

function describeServer(server: RedisServer): string {
  return server.route === "REDIS_URL" ? "named by REDIS_URL" : `${server.version}, ${server.path}`;
}

function describeLibTorch(libtorch: LibTorch): string {
  return `${libtorch.dir} (${libtorch.route})`;
}

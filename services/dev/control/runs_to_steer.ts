/** The runs that a halt or a resume is for: the one in the Redis of REDIS_URL, one that is named, or all that live in the checkout. */
import { join } from "node:path";
import { describeRun, type LivingRun, livingRuns } from "../living_runs.ts";
import { NoRunError, type OpenRun, openRun } from "../open_run.ts";
import { describeServer } from "../run_description.ts";

export interface RunToSteer {
  /** Null for one that no `deno task dev` of this checkout is known to run. */
  readonly living: LivingRun | null;
  /** @throws {NoRunError} If its Redis cannot be reached from here. */
  open(): Promise<OpenRun>;
}

export interface RunsToSteer {
  readonly chosen: readonly RunToSteer[];
  /** Runs of the checkout that are left as they are. */
  readonly others: readonly LivingRun[];
}

type GetVariable = (name: string) => string | undefined;

/** @param root The checkout.  @param name What `--run` says.
 * @throws {NoRunError} If nothing lives here, or not what was named, and REDIS_URL is not set. */
export async function runsToSteer(
  root: string,
  getVariable: GetVariable,
  name: string | undefined,
): Promise<RunsToSteer> {
  const living = await livingRuns(join(root, ".rltrader/runs"));
  const url = getVariable("REDIS_URL");
  if (name !== undefined) {
    const named = living.filter((run) => run.name === name);
    if (named.length === 0) {
      const known = living.length === 0 ? "none lives" : `these live:${listed(living)}`;
      throw new NoRunError(`Cannot find the run ${name} as --run must name one that lives here: ${known}`);
    }
    return { chosen: [toSteer(named[0], getVariable)], others: living.filter((run) => run !== named[0]) };
  }
  if (url) {
    const { server } = describeServer(url);
    const isOther = ({ description }: LivingRun) => description === null || description.server !== server;
    const own = living.find((run) => !isOther(run)) ?? null;
    return {
      chosen: [{ living: own, open: () => openRun(url, getVariable) }],
      others: living.filter(isOther),
    };
  }
  if (living.length === 0) {
    throw new NoRunError(
      "Cannot find a run as REDIS_URL must name its Redis, or `deno task dev` must run from this checkout with a Redis of its own: " +
        "neither is so",
    );
  }
  return { chosen: living.map((run) => toSteer(run, getVariable)), others: [] };
}

function toSteer(living: LivingRun, getVariable: GetVariable): RunToSteer {
  return {
    living,
    open: async () => {
      if (living.url !== null) return await openRun(living.url, getVariable);
      const server = living.description?.server ?? null;
      throw new NoRunError(
        `Cannot reach ${describeRun(living)} as its Redis must be known: ` +
          (server === null ? "it has none yet" : `${server} asks for a password; name it with REDIS_URL`),
      );
    },
  };
}

/** One run a line. */
export function listed(runs: readonly LivingRun[]): string {
  return runs.map((run) => `\n  ${describeRun(run)}`).join("");
}

/** `deno task yardstick`: the product's own learner on markets whose optimum is known. */
import { ConfigError } from "../../core/config/load_yaml.ts";
import { loadModelConfig } from "../../core/config/model_config.ts";
import { EngineError, openTrainerEngine } from "../../core/model/engine.ts";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { ABLATION_MARKETS, runAblation } from "./ablation/ablation.ts";
import { ablationDocument, describeCell, tablesOf, withTables } from "./ablation/ablation_report.ts";
import { loadCartPoleConfig } from "./cartpole/cart_pole_config.ts";
import { curvePicture } from "./curve_picture.ts";
import { LearnerMaker } from "./learner_maker.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { inParallel } from "./in_parallel.ts";
import type { LearningRun } from "./learning_run.ts";
import { makeMarket, MARKET_NAMES } from "./markets.ts";
import { type ParameterName, PARAMETERS, type Parameters } from "./parameters.ts";
import { documentOf, missesOf, type Report, reportOf, tableOf } from "./report.ts";
import { makeYardstick, YARDSTICK_NAMES, yardstickHas } from "./yardsticks.ts";

const SUMMARY =
  "Measures the product's own learner on markets with a computable optimum: score 1 is the optimum, 0 is " +
  "nothing.\nExits with 1 if a target is missed.";
const PICTURE = "docs/yardstick.svg";
const ABLATION_DOCUMENT = "docs/ablation.md";
const ABLATION_TICKS = 6_000;
const PARAMETER_NAMES = Object.keys(PARAMETERS) as ParameterName[];

const OPTIONS = {
  market: {
    help: `all, or a comma list of ${YARDSTICK_NAMES.join(", ")}.`,
    value: "NAMES",
    default: "all",
    check: (text: string) =>
      marketsOf(text).every((name) => YARDSTICK_NAMES.includes(name))
        ? null
        : `must be all, or of ${YARDSTICK_NAMES.join(", ")}`,
  },
  seeds: { help: "How many seeds, from 1 on.", value: "N", default: "5", check: mustBe.integer(1, 1_000) },
  ticks: {
    help: "Ticks to learn from. Default: 6000, CartPole 50000.",
    value: "N",
    check: mustBe.integer(150, 1_000_000),
  },
  ...Object.fromEntries(
    Object.entries(PARAMETERS).map(([name, { help, above, below }]) => [name, {
      help: `${help}.`,
      value: "X",
      check: (text: string) =>
        Number(text) > above && Number(text) < below
          ? null
          : `must be a number above ${Math.max(0, above)} and below ${below}`,
    }]),
  ) as Record<ParameterName, { help: string; value: string; check: (text: string) => string | null }>,
  parallel: { help: "Learners at a time.", value: "N", default: "2", check: mustBe.integer(1, 64) },
  config: { help: "The model's configuration.", value: "PATH", default: "docs/model_config.yaml" },
  "cart-pole": {
    help: "How CartPole is learned.",
    value: "PATH",
    default: "services/trainer/yardstick/cartpole/cart_pole.yaml",
  },
  "trainer-addon": { help: "The learner's addon.", value: "PATH", default: "trainer.node" },
  picture: { help: `Draw the learning curves to ${PICTURE}.` },
  json: { help: "Print one JSON document on stdout instead of the table." },
  "no-targets": { help: "Report only: compare with no targets." },
  ablation: {
    help: `Compare a DQN, its extensions and the product piece by piece instead, on ${
      ABLATION_MARKETS.join(", ")
    } unless --market says others; writes ${ABLATION_DOCUMENT}.`,
  },
} as const;

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) return writeText(Deno.stdout, helpText("yardstick", SUMMARY, OPTIONS)), 0;
  const options = parseOptions(args, OPTIONS);
  const markets = marketsOf(options.market);
  const parameters = parametersOf(options, markets);
  const maker = new LearnerMaker(
    await loadModelConfig(options.config),
    openTrainerEngine(options["trainer-addon"]),
  );
  return options.ablation
    ? await ablate(options, markets, parameters, maker)
    : await measure(options, markets, parameters, maker);
}

type MainOptions = Options<typeof OPTIONS>;

/** Measures the learner, and returns the exit code. */
async function measure(
  options: MainOptions,
  markets: readonly string[],
  parameters: Parameters,
  maker: LearnerMaker,
): Promise<number> {
  const cartPole = await loadCartPoleConfig(options["cart-pole"]);
  const reports: Report[] = [];
  for (const name of markets) {
    const yardstick = makeYardstick(name, parameters, { maker, cartPole });
    writeText(Deno.stderr, `${yardstick.line}\n`);
    const seeds = Array.from({ length: Number(options.seeds) }, (_, index) => index + 1);
    const runs = await inParallel(seeds, Number(options.parallel), async (seed) => {
      const run = await yardstick.run(seed, Number(options.ticks ?? yardstick.usualTicks));
      writeText(Deno.stderr, `${describeRun(run)}\n`);
      return run;
    });
    reports.push(reportOf(yardstick, runs));
  }
  const withTargets = !options["no-targets"];
  const text = options.json ? JSON.stringify(documentOf(reports), null, 2) : tableOf(reports, withTargets);
  writeText(Deno.stdout, `${text}\n`);
  if (options.picture) await Deno.writeTextFile(PICTURE, curvePicture(reports));
  const misses = withTargets ? missesOf(reports) : 0;
  if (misses > 0) writeText(Deno.stderr, `${misses} target${misses === 1 ? " is" : "s are"} missed\n`);
  return misses > 0 ? 1 : 0;
}

/** Compares variants, and writes what it found on the usual markets. */
async function ablate(
  options: MainOptions,
  chosen: readonly string[],
  parameters: Parameters,
  maker: LearnerMaker,
): Promise<number> {
  const isUsual = options.market === OPTIONS.market.default;
  const markets = isUsual ? ABLATION_MARKETS : chosen;
  const other = markets.find((name) => !MARKET_NAMES.includes(name));
  if (other !== undefined) {
    throw new UsageError(
      `Cannot ablate on ${other} as it must be a market without stops: ${MARKET_NAMES.join(", ")}`,
    );
  }
  const document = await Deno.readTextFile(ABLATION_DOCUMENT);
  const cells = await runAblation({
    maker,
    markets: markets.map((name) => makeMarket(name, parameters)),
    seeds: Number(options.seeds),
    ticks: Number(options.ticks ?? ABLATION_TICKS),
    parallel: Number(options.parallel),
    onCell: (cell) => writeText(Deno.stderr, `${describeCell(cell)}\n`),
  });
  if (isUsual) await Deno.writeTextFile(ABLATION_DOCUMENT, withTables(document, cells));
  writeText(
    Deno.stdout,
    `${options.json ? JSON.stringify(ablationDocument(cells), null, 2) : tablesOf(cells)}\n`,
  );
  return 0;
}

function marketsOf(text: string): readonly string[] {
  return text === "all" ? YARDSTICK_NAMES : [...new Set(text.split(","))];
}

/** @throws {UsageError} If no chosen market has a given parameter. */
function parametersOf(
  options: Readonly<Partial<Record<ParameterName, string>>>,
  markets: readonly string[],
): Parameters {
  const given = PARAMETER_NAMES.filter((name) => options[name] !== undefined);
  for (const name of given) {
    if (markets.some((market) => yardstickHas(market, name))) continue;
    throw new UsageError(
      `Cannot take --${name} as a chosen market must have it: chosen are ${markets.join(", ")}`,
    );
  }
  return Object.fromEntries(given.map((name) => [name, Number(options[name])]));
}

function describeRun({ seed, final, ticksTo, updates, seconds }: LearningRun): string {
  const reached = ticksTo.at(-1);
  return `  seed ${seed}: ${final.score.toFixed(3)}, ${
    reached === null ? "95 % not reached" : `95 % after ${reached} ticks`
  }, ${updates} updates in ${seconds.toFixed(1)} s`;
}

if (import.meta.main) {
  try {
    Deno.exit(await main(Deno.args));
  } catch (error) {
    const isPlain = error instanceof UsageError || error instanceof ConfigError ||
      error instanceof EngineError || error instanceof RangeError;
    writeText(Deno.stderr, `${isPlain ? error.message : Deno.inspect(error)}\n`);
    Deno.exit(error instanceof UsageError ? 2 : 1);
  }
}

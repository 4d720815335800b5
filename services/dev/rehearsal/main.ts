/** `deno task rehearse`: builds every image, pushes it with our script to a registry of its own, and runs the whole system from
 * what was pushed, as the manifests say, in namespaces of this machine, until enough bars are decided. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { helpText, mustBe, type Options, parseOptions, UsageError } from "../../core/runtime/command_line.ts";
import { systemClock } from "../../core/runtime/clock.ts";
import { writeText } from "../../core/runtime/write_text.ts";
import { machineContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { basesOf, checkMachine } from "./bases.ts";
import { run } from "./command.ts";
import { PodNetwork } from "./pod_network.ts";
import { Rehearsal } from "./pods.ts";
import { dropImages, registryForRehearsal, sizeMb, sizesOf } from "./registry.ts";
import { type RehearsalReport, reportText } from "./report.ts";
import { makeStandIns } from "./stand_ins.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url)).replace(/\/$/, "");
const OPTIONS = {
  bars: { help: "Bars to decide.", value: "N", default: "300", check: mustBe.integer(1) },
  "stand-ins": { help: "Make the base images by debootstrap, where they cannot be pulled." },
  overlay: {
    help: "Folder in k3s/overlays; gpu needs a GPU, and tls a certificate that only deploying makes.",
    value: "local|keda",
    default: "local",
    check: mustBe.oneOf("local", "keda"),
  },
  json: { help: "At the end print one JSON document on stdout." },
  inside: {
    help: "For this program's own use: runs what lies in the folder, inside the node's network.",
    value: "PATH",
  },
} as const;
const TAG = "rehearsal";
/** Of the image that starts most often. */
const MOST_MB_OVER_BASE = 150;

/** What the second half gets of the first. */
interface Plan {
  readonly manifests: string;
  readonly secrets: string;
  readonly network: string;
}

async function main(args: readonly string[]): Promise<number> {
  if (args.includes("--help")) {
    writeText(
      Deno.stdout,
      helpText(
        "rehearse",
        "Builds, pushes and runs the images as the cluster would. Needs Linux and root.",
        OPTIONS,
      ),
    );
    return 0;
  }
  const options = parseOptions(args, OPTIONS);
  if (options.inside !== undefined) {
    writeText(Deno.stdout, JSON.stringify(await runInside(options.inside, Number(options.bars))));
    return 0;
  }
  const report = await rehearse(options);
  writeText(Deno.stdout, options.json ? `${JSON.stringify(report, null, 2)}\n` : reportText(report));
  return report.pods.every(({ exit }) => exit === 0) ? 0 : 1;
}

async function rehearse(options: Options<typeof OPTIONS>): Promise<RehearsalReport> {
  const context = machineContext(ROOT, Deno.env.toObject());
  await checkMachine(context.environment, options["stand-ins"]);
  await using resources = new AsyncDisposableStack();
  const folder = await Deno.makeTempDir({ prefix: "rehearsal-" });
  resources.defer(() => Deno.remove(folder, { recursive: true }));
  if (options["stand-ins"]) await makeStandIns(context, await basesOf(ROOT), show);
  const registry = resources.use(await registryForRehearsal(folder));
  resources.defer(() => dropImages(registry, TAG));
  const where = [`--registry=${registry.host}`, `--tag=${TAG}`, `--overlay=${options.overlay}`];
  const startedMs = systemClock.monotonicMs();
  const env: Record<string, string> = options["stand-ins"] ? { BUILDAH_ISOLATION: "chroot" } : {};
  await run(join(ROOT, "k3s/push_all_to_local_registry.sh"), [...where, "--builder=buildah"], { env, show });
  const builtSeconds = Math.round((systemClock.monotonicMs() - startedMs) / 1_000);
  const images = await sizesOf(registry, TAG);
  const overMb = images.find(({ name }) => name === "inference")!.sizeMb -
    await sizeMb((await basesOf(ROOT)).debian);
  if (overMb >= MOST_MB_OVER_BASE) {
    throw new Error(
      `Cannot call the image of inference small as it must be less than ${MOST_MB_OVER_BASE} MB over its base: it is ${overMb}`,
    );
  }
  const manifests = await run(join(ROOT, "k3s/deploy_rltrader_k3s.sh"), [...where, "--dry-run"]);
  const secrets = await run(Deno.execPath(), [
    "run",
    "--no-prompt",
    join(ROOT, "services/dev/cluster/main.ts"),
  ]);
  const network = resources.use(await PodNetwork.create(`rl${Deno.pid}`));
  await Deno.writeTextFile(
    join(folder, "plan.json"),
    JSON.stringify({ manifests, secrets, network: network.name } satisfies Plan),
  );
  const inside = [
    Deno.execPath(),
    "run",
    "-A",
    fileURLToPath(import.meta.url),
    `--inside=${folder}`,
    `--bars=${options.bars}`,
  ];
  const ran = JSON.parse(
    await run("nsenter", [`--net=${network.pathOf(network.node)}`, ...inside], { showErrors: show }),
  );
  return { builtSeconds, images, ...ran };
}

async function runInside(
  folder: string,
  bars: number,
): Promise<Omit<RehearsalReport, "builtSeconds" | "images">> {
  const plan = JSON.parse(await Deno.readTextFile(join(folder, "plan.json"))) as Plan;
  await using network = PodNetwork.of(plan.network);
  await using rehearsal = new Rehearsal({ ...plan, folder, network, say: show });
  try {
    return await rehearsal.run(bars);
  } catch (cause) {
    show(await rehearsal.lastLines());
    throw cause;
  }
}

function show(text: string): void {
  writeText(Deno.stderr, text);
}

if (import.meta.main) {
  Deno.addSignalListener("SIGINT", () => {}); // what it runs gets it, too, and ends: then everything is put away
  try {
    Deno.exit(await main(Deno.args));
  } catch (cause) {
    const forPeople = cause instanceof SetupError || cause instanceof UsageError;
    show(`${forPeople ? cause.message : Deno.inspect(cause)}\n`);
    Deno.exit(1);
  }
}

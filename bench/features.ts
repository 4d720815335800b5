/** The default features, a bar at a time, after histories of 10³ to 10⁶ bars, against indicatorts' functions over the
 * last 250 bars for six indicators alone, as one would call them without streaming:
 * `deno run -A bench/features.ts [--json]`. Fails if a bar takes too long, or longer after a longer history. */
import { atr, bb, macd, rsi, sma, stoch } from "indicatorts";
import { loadModelConfig } from "../services/core/config/model_config.ts";
import type { Bar } from "../services/core/contracts/bar.ts";
import type { FeatureConfig } from "../services/core/features/feature_config.ts";
import { StateBuilder } from "../services/core/features/state_builder.ts";
import { SessionDays } from "../services/core/market/session_days.ts";
import { medianMicros, randomFloats, report, round } from "./measure.ts";

const CONFIG = new URL("../docs/model_config.yaml", import.meta.url).pathname;
const HISTORIES = [1_000, 10_000, 100_000, 1_000_000];
const MOST_MICROS = 40;
/** Of the shortest history's time: what two measurements of one thing differ by on a shared machine. */
const FLAT = 1.25;
const WINDOW = 250;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;

const { features, data } = await loadModelConfig(CONFIG);
const contenders: Record<string, () => void> = {};
for (const history of HISTORIES) {
  const builder = new StateBuilder(features as readonly FeatureConfig[], data.warmup_bars, data.timeframe);
  const next = bars();
  for (let index = 0; index < history; index++) builder.push(next());
  contenders[`after ${history} bars`] = () => void builder.push(next());
}
contenders["on hourly bars, half of them on days of New York"] = daily();
contenders[`indicatorts, six over ${WINDOW} bars`] = wholeArrays();

const micros = await medianMicros(contenders);
const [shortest] = Object.values(micros);
const rows = Object.entries(micros).map(([name, each]) => ({
  name,
  "µs a bar": round(each),
  "of the shortest": round(each / shortest),
}));
const streaming = Object.entries(micros).slice(0, HISTORIES.length + 1);
const failures = streaming.flatMap(([name, each]) => [
  ...(each > MOST_MICROS
    ? [`Missed: ${name}: a bar must take at most ${MOST_MICROS} µs, it takes ${round(each)}`]
    : []),
  ...(each > FLAT * shortest
    ? [`Missed: ${name}: a bar must take what it took before, it takes ${round(each / shortest)} times that`]
    : []),
]);
report(`${features.length} features of docs/model_config.yaml, one bar`, rows, failures);
if (failures.length > 0) Deno.exitCode = 1;

/** Days of a market that reverts, without an end. */
function bars(): () => Bar {
  const moves = randomFloats(1, 4_096);
  let [index, close] = [0, 100];
  return () => {
    const open = close;
    close = 100 + 0.99 * (close - 100) + moves[index % moves.length];
    const [high, low] = [Math.max(open, close) + 0.1, Math.min(open, close) - 0.1];
    return { openTimeMs: DAY_MS * index++, open, high, low, close, volume: 1_000 + index % 97 };
  };
}

/** Every other feature on the days of an exchange whose clock is put. */
function daily(): () => void {
  const onDays = (features as readonly FeatureConfig[]).map((feature, index) =>
    index % 2 === 0 ? feature : { ...feature, timeframe: "1d" }
  );
  const days = new SessionDays("America/New_York", "17:00");
  const builder = new StateBuilder(onDays, 0, "1h", { days });
  const next = bars();
  let hour = 0;
  return () => void builder.push({ ...next(), openTimeMs: HOUR_MS * hour++ });
}

function wholeArrays(): () => void {
  const next = bars();
  const last = Array.from({ length: WINDOW }, next);
  return () => {
    last.shift();
    last.push(next());
    const [highs, lows, closings] = [
      last.map((bar) => bar.high),
      last.map((bar) => bar.low),
      last.map((bar) => bar.close),
    ];
    sma(closings);
    rsi(closings);
    macd(closings);
    bb(closings);
    atr(highs, lows, closings);
    stoch(highs, lows, closings);
  };
}

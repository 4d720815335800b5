/** The market process: publishes history and live bars, and pairs decisions into experience. */
import { loadMiscConfig } from "./config/misc.ts";
import { loadModelConfig } from "./config/model_config.ts";
import { StateBuilder } from "./features/state_builder.ts";
import { MarketProcess } from "./market/market_process.ts";
import { openMarket } from "./market/open_market.ts";
import { mustBe } from "./runtime/command_line.ts";
import { configOptions, runProcess } from "./runtime/process.ts";

const options = {
  feed: {
    help: "sp500, csv:PATH, synthetic:NAME, ticks:redis or ccxt:EXCHANGE.",
    value: "FEED",
    default: "sp500",
  },
  symbols: { help: "How many (synthetic), or a comma list.", value: "N|LIST" },
  speed: { help: "Live bars a second, or max.", value: "BARS_PER_S", default: "2", check: mustBe.speed },
  bars: { help: "Stop after so many live bars.", value: "N", check: mustBe.integer(1) },
  seed: { help: "Seed of a synthetic feed.", value: "N", default: "1", check: mustBe.integer(0) },
  lockstep: { help: "Wait for the trainer's next version every 100 live bars." },
  frozen: { help: "Nobody learns: never wait for a version." },
  ...configOptions,
} as const;

await runProcess(
  Deno,
  { name: "core", summary: "The market process of RL Trader.", options },
  async (context) => {
    const { feed: spec, symbols, speed, bars, seed, lockstep, frozen } = context.options;
    const config = await loadModelConfig(context.options.config);
    const misc = await loadMiscConfig(context.options.misc);
    const { timeframe, warmup_bars: warmupBars } = config.data;
    const market = await openMarket(spec, {
      symbols: symbols ?? null,
      seed: Number(seed),
      readFile: Deno.readFile,
      timeframe,
      warmupBars,
      speed: speed === "max" ? "max" : Number(speed),
      liveBars: bars === undefined ? null : Number(bars),
      lockstep,
      misc,
      store: context.store,
      clock: context.clock,
      log: context.log,
      quarantine: context.quarantine,
    });
    const core = new MarketProcess({
      market,
      lockstep,
      frozen,
      account: misc.account.name,
      maxLeadBars: misc.feed.max_lead_bars,
      makeStateBuilder: () => new StateBuilder(config.features, warmupBars, timeframe),
      store: context.store,
      clock: context.clock,
      log: context.log,
      onProgress: context.say,
    });
    await core.run(context.signal);
    await context.untilStopped();
  },
);

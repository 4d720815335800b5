/** The market process: publishes history and live bars, and pairs decisions into experience. */
import { loadMiscConfig } from "./config/misc.ts";
import { loadModelConfig } from "./config/model_config.ts";
import { StateBuilder } from "./features/state_builder.ts";
import { MarketProcess } from "./market/market_process.ts";
import { feedOptions, openNamedFeed } from "./market/feed_options.ts";
import { checkHistory, Schedule } from "./market/schedule.ts";
import { mustBe } from "./runtime/command_line.ts";
import { configOptions, runProcess } from "./runtime/process.ts";

const options = {
  ...feedOptions,
  speed: { help: "Live bars a second, or max.", value: "BARS_PER_S", default: "2", check: mustBe.speed },
  bars: { help: "Stop after so many live bars.", value: "N", check: mustBe.integer(1) },
  lockstep: { help: "Wait for the trainer's next version every 100 live bars." },
  frozen: { help: "Nobody learns: never wait for a version." },
  ...configOptions,
} as const;

await runProcess(
  Deno,
  { name: "core", summary: "The market process of RL Trader.", options },
  async (context) => {
    const { speed, bars, lockstep, frozen } = context.options;
    const config = await loadModelConfig(context.options.config);
    const misc = await loadMiscConfig(context.options.misc);
    const feed = await openNamedFeed(context.options, misc, Deno);
    const schedule = new Schedule(feed, {
      bootstrapShare: misc.feed.bootstrap_share,
      liveBars: bars === undefined ? null : Number(bars),
    });
    checkHistory(feed, schedule, config.data.timeframe, config.data.warmup_bars);
    const market = new MarketProcess({
      feed,
      schedule,
      speed: speed === "max" ? "max" : Number(speed),
      lockstep,
      frozen,
      account: misc.account.name,
      maxLeadBars: misc.feed.max_lead_bars,
      makeStateBuilder: () =>
        new StateBuilder(config.features, config.data.warmup_bars, config.data.timeframe),
      store: context.store,
      clock: context.clock,
      log: context.log,
      onProgress: context.say,
    });
    await market.run(context.signal);
    await context.untilStopped();
  },
);

/** The market process: publishes history and live bars, and pairs decisions into experience. */
import { RunArchive } from "./archive/archive.ts";
import { readingArchive } from "./archive/archived_store.ts";
import { Archivist } from "./archive/archivist.ts";
import { archivablesOf } from "./archive/read_through.ts";
import { needsAtr } from "./config/heads.ts";
import { loadMiscConfig } from "./config/misc.ts";
import { loadModelConfig } from "./config/model_config.ts";
import { StateBuilder } from "./features/state_builder.ts";
import { MarketProcess } from "./market/market_process.ts";
import { marketOptions, openMarket } from "./market/open_market.ts";
import { mustBe } from "./runtime/command_line.ts";
import { archiveOption, configOptions, runProcess } from "./runtime/process.ts";
import { serverMemory } from "./redis/server_memory.ts";
import { MarketMetrics } from "./telemetry/market_metrics.ts";

const options = {
  ...marketOptions,
  speed: { help: "Live bars a second, or max.", value: "BARS_PER_S", default: "2", check: mustBe.speed },
  bars: { help: "Stop after so many live bars.", value: "N", check: mustBe.integer(1) },
  lockstep: { help: "Wait for the trainer's next version every 100 live bars." },
  frozen: { help: "Nobody learns: never wait for a version." },
  ...archiveOption,
  ...configOptions,
} as const;

await runProcess(
  Deno,
  { name: "core", summary: "The market process of RL Trader.", options },
  async (context) => {
    const { speed, bars, lockstep, frozen } = context.options;
    const config = await loadModelConfig(context.options.config);
    const misc = await loadMiscConfig(context.options.misc);
    const { timeframe, warmup_bars: warmupBars } = config.data;
    const market = await openMarket(context.options, {
      ...{ timeframe, warmupBars, lockstep, misc, files: Deno },
      speed: speed === "max" ? "max" : Number(speed),
      liveBars: bars === undefined ? null : Number(bars),
      store: context.store,
      clock: context.clock,
      log: context.log,
      quarantine: context.quarantine,
    });
    let archivist: Archivist | null = null;
    const metrics = new MarketMetrics(context.metrics, {
      figures: () => context.report.figures,
      memory: () => serverMemory(context.redis).catch(() => null),
      archived: () => archivist?.archived ?? 0,
    });
    const core: MarketProcess = new MarketProcess({
      market,
      lockstep,
      frozen,
      account: misc.account.name,
      maxLeadBars: misc.feed.max_lead_bars,
      makeStateBuilder: () =>
        new StateBuilder(config.features, warmupBars, timeframe, { atr: needsAtr(config.heads) }),
      store: readingArchive(context.store, context.options.archive, () => core.runId, {
        onBadEntry: context.quarantine,
        isDurable: true,
      }),
      clock: context.clock,
      log: context.log,
      onProgress: context.say,
      onPublished: (phase, count) => metrics.published(phase, count),
      onMissing: (count) => metrics.missed(count),
      onQuarantined: context.countQuarantined,
    });
    context.readyUnless(() => core.unreadiness);
    const archive = context.options.archive;
    if (archive !== undefined) {
      const { store, clock, log, signal } = context;
      const run = { account: misc.account.name, symbols: market.symbols, timeframe };
      archivist = new Archivist({
        store,
        archive: new RunArchive(archive, () => core.runId),
        archivables: () => archivablesOf(store, run),
        budgetBytes: misc.archive.redis_mb * 1e6,
        everyMs: misc.archive.every_ms,
        clock,
        log,
      });
      void archivist.run(signal);
    }
    await core.run(context.signal);
    await context.untilStopped();
  },
);

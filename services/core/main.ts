/** The market process: publishes history and live bars, and pairs decisions into experience. */
import { RunArchive } from "./archive/archive.ts";
import { readingArchive } from "./archive/archived_store.ts";
import { Archivist } from "./archive/archivist.ts";
import { archivablesOf } from "./archive/read_through.ts";
import { checkShortable } from "./config/instruments_config.ts";
import { loadConfigs } from "./config/load_configs.ts";
import { rememberedDays, stateBuilders } from "./features/state_builders.ts";
import { riskRules } from "./config/risk.ts";
import { MarketProcess } from "./market/market_process.ts";
import { marketOptions, openMarket } from "./market/open_market.ts";
import { hasLimits } from "./risk/risk_rules.ts";
import { serverMemoryNow } from "./redis/server_memory.ts";
import { mustBe } from "./runtime/command_line.ts";
import { runProcess } from "./runtime/process.ts";
import { archiveOption, configOptions } from "./runtime/process_options.ts";
import { forgetSilentProcesses } from "./runtime/silent_processes.ts";
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
    const { config, misc } = await loadConfigs(context.options);
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
    checkShortable(config.heads.action.values, misc.instruments, market.symbols);
    const { archive } = context.options;
    const account = misc.account.name;
    const run = { account, symbols: market.symbols, timeframe, frozen };
    const archivist = archive === undefined ? null : new Archivist({
      store: context.store,
      archive: new RunArchive(archive, () => core.runId),
      archivables: () => archivablesOf(context.store, run),
      budgetBytes: misc.archive.redis_mb * 1e6,
      everyMs: misc.archive.every_ms,
      clock: context.clock,
      log: context.log,
    });
    const metrics = new MarketMetrics(context.metrics, {
      figures: () => context.report.figures,
      memory: () => serverMemoryNow(context.redis, context.clock),
      archived: () => archivist?.archived ?? 0,
    });
    const core: MarketProcess = new MarketProcess({
      market,
      lockstep,
      frozen,
      sharesLimits: market.symbols.length > 1 && hasLimits(riskRules(misc.risk).portfolio),
      account,
      archivist,
      maxLeadBars: misc.feed.max_lead_bars,
      days: rememberedDays(config, misc.instruments, market.symbols),
      makeStateBuilder: stateBuilders(config, misc),
      store: readingArchive(context.store, archive, () => core.runId, {
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
    if (archivist !== null) void archivist.run(context.signal);
    void forgetSilentProcesses(context, context.signal);
    await core.run(context.signal);
    await context.untilStopped();
  },
);

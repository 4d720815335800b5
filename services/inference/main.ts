/** An inference replica: stateless. Leads some symbols, decides their bars, commits; another can take over at any bar. */
import { readingArchive } from "../core/archive/archived_store.ts";
import { checkShortable } from "../core/config/instruments_config.ts";
import { loadMiscConfig } from "../core/config/misc.ts";
import { loadModelConfig } from "../core/config/model_config.ts";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { decisionId } from "../core/contracts/lane.ts";
import { SnapshotKeeper } from "../core/features/snapshot_keeper.ts";
import { stateBuilders } from "../core/features/state_builders.ts";
import { LocalRunner } from "../core/lane/model_runner.ts";
import { netOpener } from "../core/lane/net_opener.ts";
import { strategyOf } from "../core/lane/strategy.ts";
import { openInferenceEngine } from "../core/model/engine.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { RedisLedger } from "../core/redis/redis_ledger.ts";
import { haltReason } from "../core/risk/loss_limits.ts";
import { until } from "../core/runtime/clock.ts";
import { mustBe } from "../core/runtime/command_line.ts";
import { DecisionMetrics } from "../core/telemetry/decision_metrics.ts";
import { runProcess } from "../core/runtime/process.ts";
import { addonOptions, archiveOption, configOptions } from "../core/runtime/process_options.ts";
import { ControlWatch } from "./control_watch.ts";
import { DecisionExplainer } from "./decision_explainer.ts";
import { InferenceAgent } from "./inference_agent.ts";
import { Leadership } from "./leadership.ts";
import { MeasuredLedger } from "./measured_ledger.ts";
import { ModelWatcher } from "./model_watcher.ts";
import { ShadowObserver } from "./shadow_observer.ts";
import { ShadowWatch } from "./shadow_watch.ts";
import { TrainerRunner } from "./trainer_runner.ts";
import { openVenue } from "./venue/open_venue.ts";

const options = {
  runner: {
    help: "Where the network runs: in this process, or in the trainer.",
    value: "local|trainer",
    default: "local",
    check: mustBe.oneOf("local", "trainer"),
  },
  live: { help: "Trade real money, where misc.yaml says so too." },
  ...addonOptions,
  ...archiveOption,
  ...configOptions,
} as const;
/** How often the control is looked at for showing it: decisions go by the ledger's word, not by this. */
const CONTROL_POLL_MS = 500;

await runProcess(
  Deno,
  { name: "inference", summary: "An inference replica of RL Trader.", options },
  async (context) => {
    const { store, clock, log, signal, id } = context;
    const config = await loadModelConfig(context.options.config);
    const misc = await loadMiscConfig(context.options.misc);
    const addon = openInferenceEngine(context.options["inference-addon"]);
    const { confidenceAt } = addon;
    const figures = {
      decisions: 0,
      models: 0,
      symbols: 0,
      latencyMs: 0,
      explained: 0,
      unexplained: 0,
      halted: 0,
    };
    let explainer: DecisionExplainer | null = null;
    const metrics = new DecisionMetrics(context.metrics, {
      figures: () => figures,
      model: () =>
        watcher.model === null ? null : { version: watcher.model.version, strategy: config.strategy },
      unexplained: () => explainer?.waiting ?? 0,
    });
    let renewedMs = -Infinity;
    const ledger = new MeasuredLedger({
      ledger: new RedisLedger({ connection: context.redis }),
      clock,
      onAnswer: (...answer) => metrics.answered(...answer),
      onRenewed: () => renewedMs = clock.monotonicMs(),
    });
    const openModel = netOpener(addon, config, misc.instruments);
    const models = new RedisModelStore(store);
    const shadows = new ShadowWatch({ store, models, openModel, log });
    const watcher = new ModelWatcher({
      models,
      openModel,
      log,
      onRefused: (version, reason) => context.quarantine({ key: "model", id: version, reason, content: "" }),
    });
    context.readyUnless(() => context.report.activity);
    context.say("waiting for the feed", {});
    const feed = await until(clock, "the feed", () => store.get(feedStatus()), { signal });
    checkShortable(config.heads.action.values, misc.instruments, feed.symbols);
    const strategy = strategyOf(config, misc, feed.timeframe);
    context.say("opening the venue", {});
    await using venue = await openVenue({
      ...{ misc, heads: config.heads, feed, strategy, replica: id, redis: context.redis, ledger, clock, log },
      isLive: context.options.live,
      keys: context.environment.venueKeys,
      onBadEntry: context.quarantine,
    });
    if (venue !== null) log.info({ venue: venue.label }, "orders go to the venue");
    context.say("waiting for history", {});
    const hasHistory = async () => (await store.get(feedStatus()))?.state !== "bootstrapping";
    await until(clock, "history", hasHistory, { signal }); // what nobody follows yet may move into the archive
    const history = readingArchive(store, context.options.archive, () => feed.runId, {
      onBadEntry: context.quarantine,
      isDurable: true,
    });
    context.say("waiting for the gate's first verdict", {});
    const refresh = () => Promise.all([watcher.refresh(), shadows.refresh()]);
    const isJudged = async () => (await refresh(), shadows.isJudged || watcher.model !== null);
    await until(clock, "the gate's first verdict", isJudged, { signal });

    const makeStateBuilder = stateBuilders(config, misc);
    const currentModel = async () => {
      if (feed.lockstep) await refresh();
      return watcher.model;
    };
    const account = misc.account.name;
    /** What it does, unless it may not trade: then why, and since when. */
    const say = (activity: string) => {
      const control = controls.current;
      context.say(control?.state === "halted" ? haltReason(control) : activity, figures);
    };
    const controls = new ControlWatch({
      account,
      ledger,
      clock,
      log,
      everyMs: CONTROL_POLL_MS,
      onChange: (control) => {
        figures.halted = control?.state === "halted" ? 1 : 0;
        say("deciding");
      },
    });
    await controls.refresh();
    explainer = new DecisionExplainer({
      strategy,
      store,
      modelOf: (version) => watcher.opened(version),
      isDeciding: () => leadership.isDeciding,
      clock,
      log,
      onCount: (counts) => Object.assign(figures, counts),
    });
    const leadership: Leadership = new Leadership({
      account,
      replica: id,
      symbols: feed.symbols,
      timeframe: feed.timeframe,
      ttlMs: misc.lease.ttl_ms,
      renewMs: misc.lease.renew_ms,
      store,
      ledger,
      clock,
      log,
      makeAgent: (symbol, fence, leads) => {
        const runner = context.options.runner === "local"
          ? new LocalRunner()
          : new TrainerRunner({ store, clock, deadlineMs: misc.runner.deadline_ms, signal });
        const opened = venue?.desk(symbol, leads);
        const agent = new InferenceAgent({
          account,
          symbol,
          replica: id,
          fence,
          strategy,
          store: history,
          snapshots: new SnapshotKeeper({ store, symbol, timeframe: feed.timeframe }),
          ledger,
          builder: makeStateBuilder(symbol),
          runner,
          confidenceAt,
          controls,
          isRealTime: feed.plannedLiveBars === null,
          shadow: new ShadowObserver({ symbol, strategy, confidenceAt, store, watch: shadows }),
          currentModel,
          venue: opened?.desk,
          clock,
        });
        const dispose = async () => {
          await opened?.[Symbol.asyncDispose]();
          await runner[Symbol.asyncDispose]();
        };
        return { agent, [Symbol.asyncDispose]: dispose };
      },
      onDecision: (decision) => {
        figures.decisions++;
        figures.models = watcher.loads;
        figures.latencyMs = decision.latencyMs;
        const { symbol, barMs, action, verdict, modelVersion, latencyMs } = decision;
        log.debug(
          {
            decision: decisionId(account, symbol, barMs),
            action,
            outcome: verdict.outcome,
            modelVersion,
            latencyMs,
          },
          "decided",
        );
        say("deciding");
        explainer?.add(decision);
      },
      onLeading: (symbols) => {
        figures.symbols = symbols.length;
        say(symbols.length === 0 ? "leading no symbol" : `leading ${symbols.join(", ")}`);
      },
    });
    // One that leads nothing, as others lead all, is as ready as they are: it takes over when they are gone.
    context.readyUnless(() =>
      clock.monotonicMs() - renewedMs <= misc.lease.ttl_ms ? null : "its leases are not renewed"
    );
    const followModels = async () => {
      while (!signal.aborted) {
        await refresh().catch((cause) => log.warn({ err: cause }, "cannot look for a model"));
        await clock.wait(misc.model_poll_ms, signal);
      }
    };
    say("leading no symbol");
    void followModels();
    void controls.run(signal);
    void explainer.run(signal);
    await leadership.run(signal);
  },
);

/** An inference replica: stateless. Leads some symbols, decides their bars, commits; another can take over at any bar. */
import { readingArchive } from "../core/archive/archived_store.ts";
import { checkShortable } from "../core/config/instruments_config.ts";
import { loadConfigs } from "../core/config/load_configs.ts";
import { type FeedStatus, feedStatus } from "../core/contracts/feed_status.ts";
import { type Decision, decisionId } from "../core/contracts/lane.ts";
import { stateBuilders } from "../core/features/state_builders.ts";
import { LocalRunner } from "../core/lane/model_runner.ts";
import { netOpener } from "../core/lane/net_opener.ts";
import { strategyOf } from "../core/lane/strategy.ts";
import { openInferenceEngine } from "../core/model/engine.ts";
import { RedisModelStore } from "../core/model/redis_model_store.ts";
import { RedisLedger } from "../core/redis/redis_ledger.ts";
import type { Store } from "../core/redis/store.ts";
import { until } from "../core/runtime/clock.ts";
import { mustBe } from "../core/runtime/command_line.ts";
import type { Log } from "../core/runtime/log.ts";
import { runProcess } from "../core/runtime/process.ts";
import type { ProcessContext } from "../core/runtime/process_context.ts";
import { addonOptions, archiveOption, configOptions } from "../core/runtime/process_options.ts";
import { DecisionMetrics } from "../core/telemetry/decision_metrics.ts";
import { ControlWatch } from "./control_watch.ts";
import { DecisionExplainer } from "./decision_explainer.ts";
import { FollowedModels } from "./followed_models.ts";
import { laneAgents } from "./lane_agents.ts";
import { Leadership } from "./leadership.ts";
import { MeasuredLedger } from "./measured_ledger.ts";
import { ReplicaReport } from "./replica_report.ts";
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
    const { config, misc } = await loadConfigs(context.options);
    const account = misc.account.name;
    const addon = openInferenceEngine(context.options["inference-addon"]);
    const report = new ReplicaReport(context.say);
    const models = new FollowedModels({
      ...{ store, clock, log, everyMs: misc.model_poll_ms },
      models: new RedisModelStore(store),
      openModel: netOpener(addon, config, misc.instruments),
      onRefused: (version, reason) => context.quarantine({ key: "model", id: version, reason, content: "" }),
    });
    let explainer: DecisionExplainer | null = null;
    const metrics = new DecisionMetrics(context.metrics, {
      figures: () => report.figures,
      model: () => {
        const { model } = models.serving;
        return model === null ? null : { version: model.version, strategy: config.strategy };
      },
      unexplained: () => explainer?.waiting ?? 0,
    });
    let renewedMs = -Infinity;
    const ledger = new MeasuredLedger({
      ledger: new RedisLedger({ connection: context.redis }),
      clock,
      onAnswer: (...answer) => metrics.answered(...answer),
      onRenewed: () => renewedMs = clock.monotonicMs(),
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
    await untilItMayDecide(context, models);
    const controls = new ControlWatch({
      ...{ account, ledger, clock, log },
      everyMs: CONTROL_POLL_MS,
      onChange: (control) => report.steered(control),
    });
    await controls.refresh();
    explainer = new DecisionExplainer({
      ...{ strategy, store, clock, log },
      modelOf: (version) => models.serving.opened(version),
      isDeciding: () => leadership.isDeciding,
      onCount: (counts) => Object.assign(report.figures, counts),
    });
    const leadership: Leadership = new Leadership({
      ...{ account, store, ledger, clock, log },
      replica: id,
      symbols: feed.symbols,
      timeframe: feed.timeframe,
      ttlMs: misc.lease.ttl_ms,
      renewMs: misc.lease.renew_ms,
      makeAgent: laneAgents({
        ...{ account, strategy, store, ledger, controls, venue, clock },
        replica: id,
        history: historyOf(context, feed),
        confidenceAt: addon.confidenceAt,
        makeStateBuilder: stateBuilders(config, misc),
        makeRunner: () =>
          context.options.runner === "local"
            ? new LocalRunner()
            : new TrainerRunner({ store, clock, deadlineMs: misc.runner.deadline_ms, signal }),
        isRealTime: feed.plannedLiveBars === null,
        shadows: models.shadow,
        currentModel: async () => {
          if (feed.lockstep) await models.refresh();
          return models.serving.model;
        },
      }),
      onDecision: (decision) => {
        traceDecision(log, decision);
        report.decided(decision.latencyMs, models.serving.loads);
        explainer?.add(decision);
      },
      onLeading: (symbols) => report.leads(symbols),
    });
    // One that leads nothing, as others lead all, is as ready as they are: it takes over when they are gone.
    context.readyUnless(() =>
      clock.monotonicMs() - renewedMs <= misc.lease.ttl_ms ? null : "its leases are not renewed"
    );
    report.leads([]);
    void models.run(signal);
    void controls.run(signal);
    void explainer.run(signal);
    await leadership.run(signal);
  },
);

/** Waits for the end of history, as what nobody follows yet may move into the archive, and for the gate's first verdict. */
async function untilItMayDecide(
  { store, clock, signal, say }: ProcessContext<typeof options>,
  models: FollowedModels,
): Promise<void> {
  say("waiting for history", {});
  const hasHistory = async () => (await store.get(feedStatus()))?.state !== "bootstrapping";
  await until(clock, "history", hasHistory, { signal });
  say("waiting for the gate's first verdict", {});
  await until(clock, "the gate's first verdict", () => models.isJudged(), { signal });
}

/** Streams back to their first entry. */
function historyOf(
  { store, options: { archive }, quarantine }: ProcessContext<typeof options>,
  { runId }: FeedStatus,
): Store {
  return readingArchive(store, archive, () => runId, { onBadEntry: quarantine, isDurable: true });
}

function traceDecision(log: Log, decision: Decision): void {
  const { account, symbol, barMs, action, verdict: { outcome }, modelVersion, latencyMs } = decision;
  const name = decisionId(account, symbol, barMs);
  log.debug({ decision: name, action, outcome, modelVersion, latencyMs }, "decided");
}

/** Keeps up to date what the pages Learning, Models and System show, reading only what is new. */
import { learningStream } from "../../services/core/contracts/learning.ts";
import { logStream, quarantineStream } from "../../services/core/contracts/system.ts";
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { Entry } from "../../services/core/redis/store.ts";
import { quarantineRule } from "../../services/core/telemetry/quarantine_rule.ts";
import type { DashboardState } from "./dashboard_state.ts";
import { ModelsReader } from "./models_reader.ts";
import { type LearningCurve, type LearningReport, RUN_LIMITS } from "./run_views.ts";
import { StreamTail } from "./stream_tail.ts";
import { readSystem, type SystemSources } from "./system_reader.ts";

export class RunReader {
  readonly #sources: Omit<SystemSources, "sawNewest">;
  readonly #state: DashboardState;
  readonly #clock: Clock;
  /** The newest entry of each stream, and since when. */
  readonly #newest = new Map<string, { id: string | null; seenMs: number | null }>();
  readonly #models = new ModelsReader();
  readonly #learning = new StreamTail(learningStream(), RUN_LIMITS.learningReports);
  readonly #quarantine = new StreamTail(quarantineStream(), RUN_LIMITS.quarantined);
  readonly #log = new StreamTail(logStream(), RUN_LIMITS.logLines);

  constructor(sources: Omit<SystemSources, "sawNewest">, state: DashboardState, clock: Clock) {
    this.#sources = sources;
    this.#state = state;
    this.#clock = clock;
  }

  async poll(): Promise<void> {
    const { store } = this.#sources;
    const feed = this.#state.shared.feed;
    const [isLearned, isQuarantined, isLogged, models, system] = await Promise.all([
      this.#learning.poll(store),
      this.#quarantine.poll(store),
      this.#log.poll(store),
      this.#models.read(store, feed?.symbols ?? []),
      readSystem({ ...this.#sources, sawNewest: (key, id) => this.#sawNewest(key, id) }, feed),
    ]);
    if (isLearned) this.#state.set("learningCurve", curveOf(this.#learning.entries.map(reportOf)));
    if (isQuarantined) {
      this.#state.set(
        "quarantined",
        this.#quarantine.entries.map(({ id, value }) => ({ id, ...value, rule: quarantineRule(value) }))
          .reverse(),
      );
    }
    if (isLogged) {
      this.#state.set("log", this.#log.entries.map(({ id, value }) => ({ id, ...value })).reverse());
    }
    this.#state.set("models", models);
    this.#state.set("system", system);
  }

  #sawNewest(key: string, id: string | null): number | null {
    const before = this.#newest.get(key);
    const seenMs = before === undefined ? null : before.id === id ? before.seenMs : this.#clock.nowMs();
    this.#newest.set(key, { id, seenMs });
    return seenMs;
  }
}

function reportOf({ id, value }: Entry<Omit<LearningReport, "id">>): LearningReport {
  return { id, ...value };
}

/** As many points as fit, evenly spaced: every 2nd, 4th, … report, so that points stay where they are as reports come. */
export function curveOf(reports: readonly LearningReport[]): LearningCurve {
  let stride = 1;
  while (reports.length / stride > RUN_LIMITS.learningPoints) stride *= 2;
  const last = reports.length - 1;
  return {
    count: reports.length,
    stride,
    points: reports.filter((_, index) => index % stride === 0 || index === last),
    recent: reports.slice(-RUN_LIMITS.recentReports).reverse(),
  };
}

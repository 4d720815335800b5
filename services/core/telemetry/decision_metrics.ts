/** What an inference replica tells: what it has committed and how long that took, what it leads, and which model decides. */
import { Counter, Gauge, Histogram, type Registry } from "prom-client";
import { Fill, Verdict } from "../contracts/lane.ts";
import type { Commit, CommitResult } from "../redis/ledger.ts";
import { readCounter, readGauge } from "./metric_makers.ts";

/** What is read when somebody asks. */
export interface DecisionFacts {
  /** Of the heartbeat. */
  readonly figures: () => Readonly<Record<string, number>>;
  /** Version and strategy that decide now; null for none. */
  readonly model: () => { readonly version: string; readonly strategy: string } | null;
  /** Decisions that wait for their reasons. */
  readonly unexplained: () => number;
}

const OUTCOMES = Verdict.shape.outcome.options;
const REASONS = Fill.shape.reason.options;
const REFUSALS = ["version", "fence", "control", "store"] as const;
const COMMIT_BUCKETS = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2];
const DECISION_BUCKETS = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.25, 2];

export class DecisionMetrics {
  readonly #decisions: Counter;
  readonly #orders: Counter;
  readonly #fills: Counter;
  readonly #refused: Counter;
  readonly #commitSeconds: Histogram;
  readonly #decisionSeconds: Histogram;

  constructor(registry: Registry, facts: DecisionFacts) {
    const registers = [registry];
    const counter = (name: string, help: string, label?: string, values: readonly string[] = []) => {
      const made = new Counter({ name, help, registers, labelNames: label === undefined ? [] : [label] });
      for (const value of values) made.inc({ [label!]: value }, 0);
      return made;
    };
    const histogram = (name: string, help: string, buckets: number[]) =>
      new Histogram({ name, help, buckets, registers });
    this.#decisions = counter(
      "rltrader_decisions_total",
      "Decisions that this replica has committed, by what the executor did: ordered, changed by a limit, kept, refused.",
      "outcome",
      OUTCOMES,
    );
    this.#orders = counter("rltrader_orders_total", "Orders among them.");
    this.#fills = counter(
      "rltrader_fills_total",
      "Fills that it has committed, by what caused them: an order, a stop, a take.",
      "reason",
      REASONS,
    );
    this.#refused = counter(
      "rltrader_commits_refused_total",
      "Commits that the ledger refused, by the rule that they broke; under another control the bar is decided again.",
      "rule",
      REFUSALS,
    );
    this.#commitSeconds = histogram(
      "rltrader_commit_seconds",
      "From handing in a commit to the ledger's answer.",
      COMMIT_BUCKETS,
    );
    this.#decisionSeconds = histogram(
      "rltrader_decision_seconds",
      "From taking up a bar to handing in its commit.",
      DECISION_BUCKETS,
    );
    declareFacts(registry, facts);
  }

  /** Counts what the ledger has said of a commit. @param seconds How long it took. */
  answered({ decision, fills }: Commit, result: CommitResult, seconds: number): void {
    this.#commitSeconds.observe(seconds);
    if (result.outcome === "refused") this.#refused.inc({ rule: result.rule });
    if (result.outcome !== "committed") return;
    this.#decisions.inc({ outcome: decision.verdict.outcome });
    if (decision.order !== null) this.#orders.inc();
    for (const { reason } of fills) this.#fills.inc({ reason });
    this.#decisionSeconds.observe(decision.latencyMs / 1_000);
  }
}

function declareFacts(registry: Registry, { figures, model, unexplained }: DecisionFacts): void {
  const ofFigure = (name: string, help: string, figure: string) =>
    readGauge(registry, { name, help }, () => figures()[figure] ?? null);
  const counterOf = (name: string, help: string, figure: string) =>
    readCounter(registry, { name, help }, () => figures()[figure] ?? 0);
  ofFigure("rltrader_leases_held", "Symbols that this replica leads.", "symbols");
  ofFigure("rltrader_halted", "1 while the account may not trade.", "halted");
  counterOf("rltrader_model_loads_total", "Versions that it has taken up.", "models");
  counterOf("rltrader_explained_total", "Decisions that it has told the reasons of.", "explained");
  counterOf("rltrader_unexplained_total", "Decisions whose reasons it has dropped.", "unexplained");
  readGauge(registry, {
    name: "rltrader_explanations_waiting",
    help: "Decisions that wait for their reasons.",
  }, unexplained);
  new Gauge({
    name: "rltrader_model_info",
    help: "Always 1: the version that decides here, and its strategy.",
    labelNames: ["version", "strategy"],
    registers: [registry],
    collect() {
      this.reset();
      const decides = model();
      if (decides !== null) this.set({ ...decides }, 1);
    },
  });
}

/** The one calm line that `dev` shows: bar, position, equity against buy-and-hold, model, decisions a second; first of all, that
 * trading is halted. */
import { barStream } from "../core/contracts/bar.ts";
import { controlDocument } from "../core/contracts/control.ts";
import type { FeedStatus } from "../core/contracts/feed_status.ts";
import { feedStatus } from "../core/contracts/feed_status.ts";
import { decisionStream, equityStream } from "../core/contracts/lane.ts";
import { currentModel, modelEventStream } from "../core/contracts/model.ts";
import { logStream, quarantineStream } from "../core/contracts/system.ts";
import { isEndless } from "../core/market/open_market.ts";
import { BootstrapProgress } from "../core/market/bootstrap_progress.ts";
import type { Store } from "../core/redis/store.ts";
import { haltReason } from "../core/risk/loss_limits.ts";
import type { Clock } from "../core/runtime/clock.ts";
import { type TextSink, writeText } from "../core/runtime/write_text.ts";
import { describeVerdict } from "./describe_verdict.ts";
import { heldNow } from "./models/known_models.ts";
import { ahead, money, whole } from "./summary.ts";
import { isAlarming, undecidedReason } from "./undecided.ts";

/** The part of `Deno.stderr` that is used. */
export interface Terminal extends TextSink {
  isTerminal(): boolean;
  /** Width in characters. */
  columns(): number;
}

const TERMINAL_EVERY_MS = 500;
const CALM_EVERY_MS = 10_000;
/** What the trainer cannot use is told so often; the page shows all. */
const MOST_NOTICES = 5;

export interface LiveLineParts {
  readonly store: Store;
  readonly account: string;
  readonly clock: Clock;
  readonly terminal: Terminal;
  /** The run ends with its feed. */
  readonly endsWithFeed: boolean;
}

export class LiveLine {
  readonly #store: Store;
  readonly #account: string;
  readonly #clock: Clock;
  readonly #terminal: Terminal;
  readonly #endsWithFeed: boolean;
  #progress: BootstrapProgress | null = null;
  #lastDecisions: { count: number; atMs: number } | null = null;
  #shown = "";
  /** The terminal stands in the line, which is written over. */
  #isOpen = false;
  /** The line without its rate. */
  #said = "";
  #state = "";
  #notices = 0;
  readonly #undecided = new Set<string>();
  readonly #warned = new Set<string>();
  #lastLog = "0-0";
  #lastQuarantined = "0-0";
  #lastVerdict = "0-0";

  constructor(parts: LiveLineParts) {
    this.#store = parts.store;
    this.#account = parts.account;
    this.#clock = parts.clock;
    this.#terminal = parts.terminal;
    this.#endsWithFeed = parts.endsWithFeed;
  }

  /** Takes what the store holds so far for told, as that of a run that is gone on with. */
  async passOver(): Promise<void> {
    const [[notice], [verdict], [line]] = await Promise.all([
      this.#store.newest(quarantineStream(), 1),
      this.#store.newest(modelEventStream(), 1),
      this.#store.newest(logStream(), 1),
    ]);
    this.#lastLog = line?.id ?? this.#lastLog;
    this.#lastQuarantined = notice?.id ?? this.#lastQuarantined;
    this.#lastVerdict = verdict?.id ?? this.#lastVerdict;
  }

  /** Shows the line until the signal aborts, and once more then: what came last is told however short the run was. */
  async run(signal: AbortSignal): Promise<void> {
    const inPlace = this.#terminal.isTerminal();
    while (!signal.aborted) {
      await this.#show(inPlace);
      await this.#clock.wait(inPlace ? TERMINAL_EVERY_MS : CALM_EVERY_MS, signal);
    }
    await this.#show(inPlace, true);
    if (this.#isOpen) this.#write("\n");
  }

  /** @param isLast How fast it goes is of no interest any more. */
  async #show(inPlace: boolean, isLast = false): Promise<void> {
    await this.#tellNotices();
    await this.#tellVerdicts();
    const feed = await this.#store.get(feedStatus());
    if (feed === null) return;
    await this.#tellUndecided(feed);
    if (isEndless(feed.feed)) await this.#tellWarnings();
    const said = await this.#line(feed);
    if (isLast && said === this.#said) return;
    const rate = isLast ? null : await this.#rate(feed);
    const line = rate === null ? said : `${said}  ${rate.toFixed(1)} decisions/s`;
    this.#said = said;
    // A line that wraps could not be written over.
    if (inPlace) this.#write(`\r${line.slice(0, this.#terminal.columns() - 1)}\x1b[K`);
    else if (line !== this.#shown) this.#write(`${line}\n`);
    this.#shown = line;
    this.#isOpen = inPlace;
    if (feed.state !== this.#state) this.#announce(feed, inPlace);
  }

  /** Tells what the trainer could not use, such as a checkpoint of another network, and which model a replica could not. */
  async #tellNotices(): Promise<void> {
    if (this.#notices >= MOST_NOTICES) return;
    const entries = await this.#store.range(quarantineStream(), { after: this.#lastQuarantined, count: 100 });
    this.#lastQuarantined = entries.at(-1)?.id ?? this.#lastQuarantined;
    const told = entries.filter(({ value: { process, source } }) =>
      process === "trainer" || source === "model"
    );
    for (const { value } of told) {
      if (this.#notices++ < MOST_NOTICES) this.say(`  ${value.process}: ${value.reason}`);
    }
  }

  /** Tells once of each kind of trouble that core has with a market without an end, such as an exchange that does not answer. */
  async #tellWarnings(): Promise<void> {
    const entries = await this.#store.range(logStream(), { after: this.#lastLog, count: 500 });
    this.#lastLog = entries.at(-1)?.id ?? this.#lastLog;
    for (const { value: { process, level, message, fields } } of entries) {
      if (process !== "core" || level === "info" || this.#warned.has(message)) continue;
      if (this.#warned.size >= MOST_NOTICES) return;
      this.#warned.add(message);
      const reason = reasonIn(fields);
      this.say(`  core: ${message}${reason === null ? "" : `: ${reason}`}`);
    }
  }

  /** Tells once of each reason for which a model that serves decides nothing. */
  async #tellUndecided({ symbols }: FeedStatus): Promise<void> {
    for (const symbol of symbols) {
      if (this.#undecided.size >= MOST_NOTICES) return;
      const [newest] = await this.#store.newest(decisionStream(this.#account, symbol), 1);
      const reason = newest === undefined ? null : undecidedReason(newest.value);
      if (reason === null || !isAlarming(reason) || this.#undecided.has(reason)) continue;
      this.#undecided.add(reason);
      this.say(`  ${symbol}: no decision, as ${reason}`);
    }
  }

  /** Tells what the gate made of each candidate, and why; what nobody judged is not told. */
  async #tellVerdicts(): Promise<void> {
    const entries = await this.#store.range(modelEventStream(), { after: this.#lastVerdict, count: 100 });
    this.#lastVerdict = entries.at(-1)?.id ?? this.#lastVerdict;
    for (const { value } of entries) {
      if (value.gate.length > 0) this.say(`  ${describeVerdict(value)}`);
    }
  }

  /** Prints something above the line. */
  say(text: string): void {
    if (!this.#terminal.isTerminal()) return this.#write(`${text}\n`);
    this.#write(`\r\x1b[K${text}\n`);
    this.#said = ""; // the line is to be written again
    this.#isOpen = false;
  }

  #announce(feed: FeedStatus, inPlace: boolean): void {
    this.#state = feed.state;
    if (feed.state !== "ended") return;
    if (inPlace) this.#write("\n");
    this.#isOpen = false;
    const next = this.#endsWithFeed ? "." : "; everything stays up. Ctrl-C stops it.";
    this.#write(`The feed has ended after ${whole(feed.liveBars)} live bars${next}\n`);
  }

  async #line(feed: FeedStatus): Promise<string> {
    if (feed.state === "bootstrapping") return `  ${feed.feed}: ${await this.#history(feed)}`;
    if (feed.state === "waiting") {
      return `  ${feed.feed}: ${
        whole(feed.bootstrapBars)
      } bars of history to learn from, first model to come`;
    }
    let [equity, buyAndHold, exposure] = [0, 0, 0];
    let barMs = 0;
    for (const symbol of feed.symbols) {
      const [last] = await this.#store.newest(equityStream(this.#account, symbol), 1);
      if (last === undefined) continue;
      equity += last.value.equity;
      buyAndHold += last.value.buyAndHold;
      exposure += last.value.position * last.value.equity;
      barMs = Math.max(barMs, Number(last.id.split("-")[0]));
    }
    if (equity === 0) return `  ${feed.feed}: first live bars`;
    const model = await this.#store.get(currentModel());
    const control = await this.#store.get(controlDocument(this.#account));
    const parts = [
      ...(control?.state === "halted" ? [haltReason(control).replace("trading is halted", "HALTED")] : []),
      new Date(barMs).toISOString().slice(0, 16).replace("T00:00", ""),
      `${Math.round(exposure / equity * 100)} % invested`,
      `equity ${money(equity)}`,
      `buy and hold ${money(buyAndHold)} (${ahead(equity, buyAndHold)})`,
      `model ${model?.version.slice(0, 8) ?? "none"}${await heldNow(this.#store) === null ? "" : " (held)"}`,
    ];
    return `  ${parts.join("  ")}`;
  }

  async #history({ symbols, timeframe, bootstrapBars }: FeedStatus): Promise<string> {
    let published = 0;
    for (const symbol of symbols) published += await this.#store.length(barStream(symbol, timeframe));
    const of = bootstrapBars * symbols.length;
    this.#progress ??= new BootstrapProgress({ before: published, of, clock: this.#clock });
    const { bars, percent, barsPerSecond, secondsLeft, ...figures } = this.#progress.figures(published);
    const rate = secondsLeft === undefined
      ? ""
      : `, ${whole(barsPerSecond)} bars/s, ${whole(secondsLeft)} s left`;
    return `reading history: ${whole(bars)} of ${whole(figures.of)} bars (${percent} %)${rate}`;
  }

  /** Decisions a second since the last call; null before there are two figures. */
  async #rate({ state, symbols }: FeedStatus): Promise<number | null> {
    if (state === "bootstrapping" || state === "waiting") return null;
    let count = 0;
    for (const symbol of symbols) count += await this.#store.length(decisionStream(this.#account, symbol));
    if (count === 0) return null;
    const atMs = this.#clock.monotonicMs();
    const last = this.#lastDecisions;
    this.#lastDecisions = { count, atMs };
    return last === null || atMs <= last.atMs ? null : (count - last.count) / (atMs - last.atMs) * 1_000;
  }

  #write(text: string): void {
    writeText(this.#terminal, text);
  }
}

/** @param fields Of a log line; cut ones may be no JSON any more. */
function reasonIn(fields: string): string | null {
  try {
    const { reason } = JSON.parse(fields) as { readonly reason?: unknown };
    return typeof reason === "string" ? reason : null;
  } catch {
    return null;
  }
}

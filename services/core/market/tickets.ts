/** What core asks of the trainer: a first model of history, and in lockstep a verdict at every barrier. */
import { experienceStream } from "../contracts/experience.ts";
import { type Ticket, ticketStream } from "../contracts/learning.ts";
import { currentModel, type GateState, gateState, shadowStream } from "../contracts/model.ts";
import type { Store } from "../redis/store.ts";
import { type Clock, until } from "../runtime/clock.ts";
import type { LiveBatch, Market } from "./market.ts";

export interface TicketsParts {
  readonly market: Pick<Market, "symbols" | "liveBars">;
  readonly account: string;
  readonly lockstep: boolean;
  /** Learning is off: no barrier waits for a verdict. */
  readonly frozen: boolean;
  /** Lanes go by each other's figures: in lockstep all of them decide a bar before the next one comes. */
  readonly sharesLimits: boolean;
  readonly store: Store;
  readonly clock: Clock;
  /** Waits until every lane has decided all its bars, and what that completes is kept. */
  readonly untilDecided: (signal: AbortSignal) => Promise<void>;
  /** Told when it waits for a verdict. */
  readonly onWaiting: () => void;
}

/** In lockstep, core waits for the gate's verdict on a new version after so many live bars. */
export const BARRIER_EVERY_BARS = 100;

export class Tickets {
  readonly #parts: TicketsParts;
  /** The candidate that decides without orders; undefined where nobody has asked yet. */
  #shadow: GateState["shadow"] | undefined;

  constructor(parts: TicketsParts) {
    this.#parts = parts;
  }

  /** Whether the first ticket is out, which says that history is complete. */
  async hasFirst(): Promise<boolean> {
    return (await this.#parts.store.newest(ticketStream(), 1)).length > 0;
  }

  /** Asks for a version that has learned from all that is there now; an earlier run of core may have asked already. */
  async ask(kind: Ticket["kind"], barMs: number): Promise<void> {
    const { market, store, account } = this.#parts;
    const steps: Record<string, number> = {};
    for (const symbol of market.symbols) {
      const [last] = await store.newest(experienceStream(account, symbol), 1);
      if (last !== undefined) steps[symbol] = last.value.barMs;
    }
    await store.append(ticketStream(), `${barMs}-${kind === "shadow" ? 1 : 0}`, { kind, barMs, steps });
  }

  /** Waits until a candidate was judged, or a model serves that came without it. */
  async untilFirstVerdict(signal: AbortSignal): Promise<void> {
    const { store, clock } = this.#parts;
    const isJudged = async () => await store.get(gateState()) ?? await store.get(currentModel());
    await until(clock, "the gate's first verdict", isJudged, { signal });
  }

  /** In lockstep: after every so many live bars all are decided, then the gate judges the trainer's next version, then comes the next
   * bar. The same where a candidate has decided enough bars without orders. */
  async after({ liveBars, openTimeMs }: LiveBatch, signal: AbortSignal): Promise<void> {
    const { market, lockstep, frozen, sharesLimits, untilDecided } = this.#parts;
    if (lockstep && sharesLimits) await untilDecided(signal);
    if (!lockstep || frozen || liveBars === market.liveBars) return;
    if (this.#shadow === undefined) this.#shadow = (await this.#state())?.shadow ?? null;
    if (liveBars % BARRIER_EVERY_BARS === 0) {
      await untilDecided(signal);
      await this.ask("barrier", openTimeMs);
      await this.#untilJudged((state) => state.judgedThroughMs >= openTimeMs, signal);
    }
    if (!this.#shadow || !await this.#isShadowOver(this.#shadow, signal)) return;
    await this.ask("shadow", openTimeMs);
    await this.#untilJudged((state) => state.shadow === null, signal);
  }

  async #untilJudged(isJudged: (state: GateState) => boolean, signal: AbortSignal): Promise<void> {
    this.#parts.onWaiting();
    const judged = async () => {
      const state = await this.#state();
      return state !== null && isJudged(state) ? state : null;
    };
    const { shadow } = await until(this.#parts.clock, "the gate's verdict", judged, { everyMs: 5, signal });
    this.#shadow = shadow;
  }

  /** Whether the candidate has decided its bars. */
  async #isShadowOver(
    { afterMs, bars }: NonNullable<GateState["shadow"]>,
    signal: AbortSignal,
  ): Promise<boolean> {
    const { store, market, untilDecided } = this.#parts;
    await untilDecided(signal);
    const decided = await Promise.all(
      market.symbols.map((symbol) => store.range(shadowStream(symbol), { from: `${afterMs + 1}-0` })),
    );
    return new Set(decided.flat().map(({ value }) => value.barMs)).size >= bars;
  }

  #state(): Promise<GateState | null> {
    return this.#parts.store.get(gateState());
  }
}

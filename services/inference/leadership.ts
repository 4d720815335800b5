/** Which symbols this replica leads: keeps its leases, starts an agent for each symbol it gains, drops those it loses,
 * and gives each agent its bars in order. */
import { barStream, type PublishedBar } from "../core/contracts/bar.ts";
import type { Stream } from "../core/contracts/define.ts";
import type { Decision } from "../core/contracts/lane.ts";
import type { Ledger } from "../core/redis/ledger.ts";
import { type Entry, isEntryOf, type Store } from "../core/redis/store.ts";
import type { Clock } from "../core/runtime/clock.ts";
import type { Log } from "../core/runtime/log.ts";
import { type InferenceAgent, LaneLostError } from "./inference_agent.ts";

export interface LeadershipParts {
  readonly account: string;
  readonly replica: string;
  readonly symbols: readonly string[];
  readonly timeframe: string;
  readonly ttlMs: number;
  readonly renewMs: number;
  readonly store: Store;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly log: Log;
  /** @param leads Whether the symbol is led at the moment, as far as this machine's clock can tell. */
  readonly makeAgent: (
    symbol: string,
    fence: number,
    leads: () => boolean,
  ) => { agent: InferenceAgent } & AsyncDisposable;
  readonly onDecision: (decision: Decision) => void;
  readonly onLeading: (symbols: readonly string[]) => void;
}

interface Lane extends AsyncDisposable {
  readonly symbol: string;
  readonly fence: number;
  readonly agent: InferenceAgent;
  readonly stream: Stream<PublishedBar>;
  position: string;
}

/** Bars taken at once from each stream: the lease is renewed beside this, so it may take a while. */
const BARS_AT_ONCE = 64;
/** Lanes brought up to date at once, enough to hide the round trips. */
const LANES_AT_ONCE = 4;

export class Leadership {
  readonly #parts: LeadershipParts;
  readonly #lanes = new Map<string, Lane>();
  #held: ReadonlyMap<string, number> = new Map();
  /** By the monotonic clock: no lease lasts longer than since its renewal was asked for. */
  #heldUntilMs = -Infinity;
  /** Symbols whose lanes are being brought up to date, and for which fence. */
  readonly #joining = new Map<string, number>();
  #joined: Promise<unknown> = Promise.resolve();
  #fault: { readonly cause: unknown } | null = null;
  #deciding = 0;
  /** Aborts when other leases are held, so that nobody waits for bars of the old ones. */
  #regrouped = new AbortController();

  constructor(parts: LeadershipParts) {
    this.#parts = parts;
  }

  /** Whether a lane has bars at hand that are not yet decided. */
  get isDeciding(): boolean {
    return this.#deciding > 0;
  }

  /** Leads until the signal aborts, then hands its leases back. */
  async run(signal: AbortSignal): Promise<void> {
    const { account, replica, ledger } = this.#parts;
    const stop = new AbortController();
    const renewing = this.#keepRenewing(AbortSignal.any([signal, stop.signal]));
    try {
      await this.#keepDeciding(signal);
    } finally {
      stop.abort(); // who cannot decide must not hold the leases
      await renewing;
      await this.#joined;
      for (const symbol of [...this.#lanes.keys()]) await this.#drop(symbol);
      await ledger.releaseLeases({ account, replica });
    }
  }

  async #keepRenewing(signal: AbortSignal): Promise<void> {
    const { account, replica, symbols, ttlMs, renewMs, ledger, clock, log } = this.#parts;
    while (!signal.aborted) {
      try {
        const askedMs = clock.monotonicMs();
        const held = await ledger.renewLeases({ account, replica, symbols, ttlMs });
        if (!hasSameLeases(held, this.#held)) this.#regrouped.abort();
        this.#held = held;
        this.#heldUntilMs = askedMs + ttlMs;
      } catch (cause) {
        log.error({ err: cause }, "cannot renew the leases");
      }
      await clock.wait(renewMs, signal);
    }
  }

  async #keepDeciding(signal: AbortSignal): Promise<void> {
    const { store, renewMs, clock } = this.#parts;
    await using reader = store.openReader();
    let regrouped = AbortSignal.any([signal, this.#regrouped.signal]);
    while (!signal.aborted) {
      if (this.#fault !== null) throw this.#fault.cause;
      if (regrouped.aborted) {
        this.#regrouped = new AbortController();
        regrouped = AbortSignal.any([signal, this.#regrouped.signal]);
      }
      await this.#follow(signal);
      if (this.#lanes.size === 0) {
        await clock.wait(20, signal);
        continue;
      }
      const positions = new Map([...this.#lanes.values()].map((lane) => [lane.stream, lane.position]));
      const page = await reader.read(positions, { count: BARS_AT_ONCE, blockMs: renewMs, signal: regrouped });
      const lanes = [...this.#lanes.values()];
      await Promise.all(lanes.map((lane) => {
        const entries = page.entries.filter((entry) => isEntryOf(entry, lane.stream));
        return this.#decide(lane, entries, page.positions.get(lane.stream), signal);
      }));
    }
  }

  /** Brings the lanes in line with the leases held. New ones join beside the others, which go on deciding. */
  async #follow(signal: AbortSignal): Promise<void> {
    let hasLost = false;
    for (const [symbol, lane] of this.#lanes) {
      if (this.#held.get(symbol) === lane.fence) continue;
      await this.#drop(symbol);
      hasLost = true;
    }
    if (hasLost) this.#parts.onLeading([...this.#lanes.keys()]);
    const gained = [...this.#held].filter(([symbol, fence]) =>
      !this.#lanes.has(symbol) && this.#joining.get(symbol) !== fence
    );
    if (gained.length === 0) return;
    for (const [symbol, fence] of gained) this.#joining.set(symbol, fence);
    const joining = this.#joinAll(gained, signal).catch((cause) => this.#fault = { cause });
    this.#joined = Promise.all([this.#joined, joining]);
  }

  /** Brings lanes up to date and lets them decide, those first for which a bar is waiting. */
  async #joinAll(
    gained: readonly (readonly [symbol: string, fence: number])[],
    signal: AbortSignal,
  ): Promise<void> {
    const waiting = await Promise.all(gained.map(([symbol]) => this.#isWaiting(symbol)));
    const queue = [
      ...gained.filter((_, index) => waiting[index]),
      ...gained.filter((_, index) => !waiting[index]),
    ];
    const join = async () => {
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
        const [symbol, fence] = next;
        const isHeld = () => !signal.aborted && this.#held.get(symbol) === fence;
        if (isHeld()) await this.#join(symbol, fence, isHeld);
        if (this.#joining.get(symbol) === fence) this.#joining.delete(symbol);
      }
    };
    try {
      await Promise.all(Array.from({ length: LANES_AT_ONCE }, join));
    } finally {
      this.#regrouped.abort(); // a failure is looked at there, too
    }
    this.#parts.onLeading([...this.#lanes.keys()]);
  }

  async #join(symbol: string, fence: number, isHeld: () => boolean): Promise<void> {
    const { timeframe, makeAgent, log } = this.#parts;
    const made = makeAgent(symbol, fence, () => this.#leads(symbol, fence));
    const position = await made.agent.resume();
    if (!isHeld()) return await made[Symbol.asyncDispose]();
    this.#lanes.set(symbol, {
      symbol,
      fence,
      agent: made.agent,
      stream: barStream(symbol, timeframe),
      position,
      [Symbol.asyncDispose]: () => made[Symbol.asyncDispose](),
    });
    this.#regrouped.abort(); // its bars are to be read from now on
    log.info({ symbol, fence, after: position }, "leading");
  }

  async #isWaiting(symbol: string): Promise<boolean> {
    const { account, timeframe, store, ledger } = this.#parts;
    const [[newest], record] = await Promise.all([
      store.newest(barStream(symbol, timeframe), 1),
      ledger.load(account, symbol),
    ]);
    return newest !== undefined && newest.value.phase === "live" &&
      newest.value.bar.openTimeMs > (record?.barMs ?? -1);
  }

  #leads(symbol: string, fence: number): boolean {
    return this.#held.get(symbol) === fence && this.#parts.clock.monotonicMs() < this.#heldUntilMs;
  }

  async #decide(
    lane: Lane,
    entries: readonly Entry<PublishedBar>[],
    position: string | undefined,
    signal: AbortSignal,
  ): Promise<void> {
    this.#deciding++;
    try {
      for (const { id, value } of entries) {
        if (signal.aborted || this.#held.get(lane.symbol) !== lane.fence) return;
        const decision = await lane.agent.onBar(value);
        lane.position = id;
        if (decision !== null) this.#parts.onDecision(decision);
      }
      if (position !== undefined) lane.position = position;
    } catch (cause) {
      if (!(cause instanceof LaneLostError)) throw cause;
      this.#parts.log.warn({ symbol: lane.symbol, reason: cause.message }, "lane lost");
      this.#held = new Map([...this.#held].filter(([symbol]) => symbol !== lane.symbol)); // until it is renewed
      await this.#drop(lane.symbol);
      this.#parts.onLeading([...this.#lanes.keys()]);
    } finally {
      this.#deciding--;
    }
  }

  async #drop(symbol: string): Promise<void> {
    const lane = this.#lanes.get(symbol);
    this.#lanes.delete(symbol);
    await lane?.[Symbol.asyncDispose]();
    this.#parts.log.info({ symbol }, "no longer leading");
  }
}

function hasSameLeases(a: ReadonlyMap<string, number>, b: ReadonlyMap<string, number>): boolean {
  return a.size === b.size && [...a].every(([symbol, fence]) => b.get(symbol) === fence);
}

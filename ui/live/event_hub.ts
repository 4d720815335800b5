/** Sends the state to every page: one delta for all pages of a symbol, encoded once, at most ten times a second.
 *
 * A page that does not keep up is skipped, and gets a whole snapshot when it has caught up; one that stays behind is dropped
 * and reconnects. So no queue grows, and what a page shows is never older than it must be. */
import type { Clock } from "../../services/core/runtime/clock.ts";
import type { DashboardState, PageNeeds } from "./dashboard_state.ts";
import type { LaneHistory } from "./lane_history.ts";
import { BEAT_MS, type Delta, type LaneView, type LiveMessage, type SharedView } from "./messages.ts";

const TICK_MS = 100;
const QUEUE = 16;
const DROP_AFTER_MS = 30_000;
/** A delta with more points than this is larger than a snapshot. */
const DELTA_POINTS = 2_000;
const MAX_PAGES = 200;

interface Page {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** When it fell behind; null while it keeps up. */
  behindMs: number | null;
}

/** What every page of one address and symbol has been sent. */
interface Channel {
  readonly key: string;
  readonly needs: PageNeeds;
  readonly asked: string | null;
  readonly pages: Set<Page>;
  lane: LaneHistory;
  epoch: number;
  points: number;
  trades: number;
  view: Partial<LaneView>;
  versions: Map<keyof SharedView, number>;
  sentMs: number;
}

export class EventHub implements Disposable {
  readonly #state: DashboardState;
  readonly #clock: Clock;
  readonly #channels = new Map<string, Channel>();
  #timer: ReturnType<typeof setInterval> | null = null;
  #closed = false;

  constructor(state: DashboardState, clock: Clock) {
    this.#state = state;
    this.#clock = clock;
  }

  get pageCount(): number {
    return [...this.#channels.values()].reduce((sum, channel) => sum + channel.pages.size, 0);
  }

  hasRoom(): boolean {
    return !this.#closed && this.pageCount < MAX_PAGES;
  }

  /** The event stream of one page; its first event is a snapshot. */
  subscribe(needs: PageNeeds, asked: string | null): ReadableStream<Uint8Array> {
    let leave = () => {};
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const channel = this.#channel(needs, asked);
        this.#send(channel);
        const page: Page = { controller, behindMs: null };
        channel.pages.add(page);
        leave = () => this.#drop(channel, page);
        controller.enqueue(encode("retry: 1000\n\n"));
        controller.enqueue(encodeMessage(this.#state.snapshot(needs, asked, this.#clock.nowMs())));
        this.#timer ??= setInterval(() => this.tick(), TICK_MS);
      },
      cancel: () => leave(),
    }, new CountQueuingStrategy({ highWaterMark: QUEUE }));
  }

  /** Sends what changed. */
  tick(): void {
    for (const channel of this.#channels.values()) this.#send(channel);
  }

  /** Ends every stream; the pages say that they reconnect. */
  [Symbol.dispose](): void {
    this.#closed = true;
    for (const channel of [...this.#channels.values()]) {
      for (const page of [...channel.pages]) {
        this.#drop(channel, page);
        close(page);
      }
    }
  }

  #channel(needs: PageNeeds, asked: string | null): Channel {
    // An address may ask for anything: what the feed does not have shares the channel of the default symbol.
    const known = asked !== null && this.#state.knows(asked) ? asked : null;
    const key = JSON.stringify([needs.parts, needs.followsLane, known]);
    const found = this.#channels.get(key);
    if (found !== undefined) return found;
    const channel: Channel = { key, needs, asked: known, pages: new Set(), ...this.#sentNow(needs, known) };
    this.#channels.set(key, channel);
    return channel;
  }

  #drop(channel: Channel, page: Page): void {
    channel.pages.delete(page);
    if (channel.pages.size === 0) this.#channels.delete(channel.key);
    if (this.#channels.size === 0 && this.#timer !== null) {
      clearInterval(this.#timer);
      this.#timer = null;
    }
  }

  #sentNow(needs: PageNeeds, asked: string | null): Omit<Channel, "key" | "needs" | "asked" | "pages"> {
    const lane = this.#state.lane(this.#state.resolve(asked));
    const nowMs = this.#clock.nowMs();
    return {
      lane,
      epoch: lane.epoch,
      points: lane.series.count,
      trades: lane.tradeCount,
      view: lane.view(nowMs),
      versions: new Map(needs.parts.map((part) => [part, this.#state.versionOf(part)])),
      sentMs: nowMs,
    };
  }

  #send(channel: Channel): void {
    const message = this.#message(channel);
    const nowMs = this.#clock.nowMs();
    const bytes = message === null ? null : encodeMessage(message);
    for (const page of [...channel.pages]) {
      const room = page.controller.desiredSize ?? 0;
      if (page.behindMs !== null) {
        if (room >= QUEUE) {
          page.behindMs = null;
          page.controller.enqueue(encodeMessage(this.#state.snapshot(channel.needs, channel.asked, nowMs)));
        } else if (nowMs - page.behindMs > DROP_AFTER_MS) {
          this.#drop(channel, page);
          close(page);
        }
      } else if (bytes !== null) {
        if (room > 0) page.controller.enqueue(bytes);
        else page.behindMs = nowMs;
      }
    }
  }

  /** What the channel's pages have not been told, which then counts as told; null if that is nothing. */
  #message(channel: Channel): LiveMessage | null {
    const nowMs = this.#clock.nowMs();
    const { needs, lane, epoch, points: from, trades: tradeCount, view, versions, sentMs } = channel;
    Object.assign(channel, this.#sentNow(needs, channel.asked), { sentMs });
    const points = needs.followsLane ? channel.lane.pointsAfter(from) : [];
    const trades = needs.followsLane ? channel.lane.tradesAfter(tradeCount) : [];
    const moved = channel.lane !== lane || channel.epoch !== epoch;
    if (moved || points === null || trades === null || points.length > DELTA_POINTS) {
      channel.sentMs = nowMs;
      return this.#state.snapshot(channel.needs, channel.asked, nowMs);
    }
    const delta: Delta = {
      kind: "delta",
      serverMs: nowMs,
      from: needs.followsLane ? from : 0,
      points,
      trades,
    };
    const shared = needs.parts.filter((part) => channel.versions.get(part) !== versions.get(part));
    if (shared.length > 0) {
      delta.shared = this.#state.pick(shared);
    }
    const changed = Object.entries(channel.view).filter(([part, value]) => {
      const told = view[part as keyof LaneView];
      return value !== told && JSON.stringify(value) !== JSON.stringify(told);
    });
    if (changed.length > 0) delta.lane = Object.fromEntries(changed);
    if (shared.length + changed.length + points.length + trades.length === 0 && nowMs - sentMs < BEAT_MS) {
      return null;
    }
    channel.sentMs = nowMs;
    return delta;
  }
}

function close({ controller }: Page): void {
  try {
    controller.close();
  } catch {
    // The page left by itself.
  }
}

function encode(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

function encodeMessage(message: LiveMessage): Uint8Array {
  return encode(`data: ${JSON.stringify(message)}\n\n`);
}

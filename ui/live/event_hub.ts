/** Sends the state to every page: one delta for all pages of an address and symbol, encoded once, at most fifty times a second.
 *
 * An event's id is a cursor: the last stream entries that it knows. A page that comes back with one is told what followed, and
 * gets a whole snapshot only where that is no longer held. A page that does not keep up is skipped, and gets a snapshot when it has
 * caught up; one that stays behind is dropped and reconnects. So no queue grows, and what a page shows is never older than it
 * must be. */
import type { Clock } from "../../services/core/runtime/clock.ts";
import { type Cursor, formatCursor, parseCursor } from "./cursor.ts";
import type { DashboardState, PageNeeds } from "./dashboard_state.ts";
import type { LaneHistory } from "./lane_history.ts";
import { BEAT_MS, type Delta, type LaneView, type LiveMessage, type SharedView } from "./messages.ts";

const TICK_MS = 20;
const QUEUE = 64;
const DROP_AFTER_MS = 30_000;
/** A delta with more entries than this is larger than a snapshot. */
const DELTA_ENTRIES = 2_000;
const MAX_PAGES = 200;
/** A page that comes back to a server which has just started waits so long for it to have read what there is. */
const CATCH_UP_MS = 5_000;

interface Page {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** Up to where it has heard already. */
  readonly heard: Cursor | null;
  /** When it came, while it has been sent nothing yet; else null. */
  waitingMs: number | null;
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
  laneVersion: number;
  cursor: Cursor;
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

  /** The event stream of one page. @param lastId The id of the last event that it has heard, if it comes back. */
  subscribe(
    needs: PageNeeds,
    asked: string | null,
    lastId: string | null = null,
  ): ReadableStream<Uint8Array> {
    let leave = () => {};
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const channel = this.#channel(needs, asked);
        this.#send(channel);
        const page: Page = {
          controller,
          heard: parseCursor(lastId),
          waitingMs: this.#clock.nowMs(),
          behindMs: null,
        };
        channel.pages.add(page);
        leave = () => this.#drop(channel, page);
        controller.enqueue(encode("retry: 1000\n\n"));
        this.#greet(channel, page);
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
      laneVersion: lane.version,
      cursor: this.#state.cursor(asked),
      view: lane.view(nowMs),
      versions: new Map(needs.parts.map((part) => [part, this.#state.versionOf(part)])),
      sentMs: nowMs,
    };
  }

  /** The first event of a page; one that comes back waits until the state has been read. */
  #greet({ needs, asked, cursor }: Channel, page: Page): void {
    const nowMs = this.#clock.nowMs();
    const { heard } = page;
    if (heard !== null && !this.#state.isCaughtUp && nowMs - (page.waitingMs ?? 0) < CATCH_UP_MS) return;
    const resumed = heard === null ? null : this.#state.resume(needs, asked, heard, nowMs);
    const message = resumed ?? this.#state.snapshot(needs, asked, nowMs);
    page.waitingMs = null;
    page.controller.enqueue(encodeMessage(message, cursor));
  }

  #send(channel: Channel): void {
    const nowMs = this.#clock.nowMs();
    const message = this.#message(channel, nowMs);
    const bytes = message === null ? null : encodeMessage(message, channel.cursor);
    for (const page of [...channel.pages]) {
      const room = page.controller.desiredSize ?? 0;
      if (page.waitingMs !== null) this.#greet(channel, page);
      else if (page.behindMs !== null) {
        if (room >= QUEUE) {
          page.behindMs = null;
          const { needs, asked, cursor } = channel;
          page.controller.enqueue(encodeMessage(this.#state.snapshot(needs, asked, nowMs), cursor));
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
  #message(channel: Channel, nowMs: number): LiveMessage | null {
    const { needs, lane, epoch, laneVersion, cursor: told, view, versions, sentMs } = channel;
    const { parts, followsLane } = needs;
    const now = this.#state.lane(this.#state.resolve(channel.asked));
    const shared = parts.filter((part) => this.#state.versionOf(part) !== versions.get(part));
    const isQuiet = now === lane && now.version === laneVersion && shared.length === 0;
    if (isQuiet && nowMs - sentMs < BEAT_MS) return null;
    Object.assign(channel, this.#sentNow(needs, channel.asked));
    const isNew = channel.lane !== lane || channel.epoch !== epoch || channel.cursor.runId !== told.runId;
    const news = followsLane && !isNew ? channel.lane.after(told.ids) : null;
    if (isNew || (followsLane && (news === null || sizeOf(news) > DELTA_ENTRIES))) {
      return this.#state.snapshot(needs, channel.asked, nowMs);
    }
    const delta: Delta = { kind: "delta", serverMs: nowMs, after: formatCursor(told), ...(news ?? {}) };
    if (shared.length > 0) delta.shared = this.#state.pick(shared);
    const changed = Object.entries(channel.view).filter(([part, value]) => {
      const before = view[part as keyof LaneView];
      return value !== before && JSON.stringify(value) !== JSON.stringify(before);
    });
    if (changed.length > 0) delta.lane = Object.fromEntries(changed);
    return delta;
  }
}

function sizeOf(news: Record<string, readonly unknown[]>): number {
  return Object.values(news).reduce((sum, entries) => sum + entries.length, 0);
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

function encodeMessage(message: LiveMessage, cursor: Cursor): Uint8Array {
  return encode(`id: ${formatCursor(cursor)}\ndata: ${JSON.stringify(message)}\n\n`);
}

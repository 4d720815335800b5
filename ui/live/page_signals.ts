/** Where widgets read what they show. In the browser: one signal for each part of the view, so that a widget renders again
 * only when its own part changed. On the server: the view of this very request, from a context. */
import { type Signal, signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import { emptySeries } from "./equity_series.ts";
import type { DocumentView, LaneSeries, LaneView, RecentDecisions, SharedView } from "./messages.ts";

/** The view that a request renders; null in the browser. */
export const RequestView = createContext<DocumentView | null>(null);

/** `live` = events arrive; `stale` = connected, but nothing was heard for too long. */
export type Connection = "connecting" | "live" | "reconnecting" | "stale";

type Signals<T> = { readonly [K in keyof T]: Signal<T[K]> };

/** Browser only, as is everything below. */
export const connection = signal<Connection>("connecting");
/** The server's clock, once a second. */
export const serverNowMs = signal(0);
/** Counts the changes of `chart`, which is changed in place. */
export const seriesVersion = signal(0);
export const chart: LaneSeries = { series: emptySeries(), trades: [], bars: [], marks: [], holes: [] };

let document: DocumentView | null = null;
let shared: Partial<Signals<SharedView>> = {};
let lane: Signals<LaneView> | null = null;
const recent = signal<RecentDecisions>({ decisions: [], reasons: [] });

/** Makes the signals from the view that the page was rendered with. */
export function installView(view: DocumentView): void {
  document = view;
  shared = signalsOf(view.shared) as Partial<Signals<SharedView>>;
  lane = signalsOf(view.lane);
  recent.value = view.recent;
  serverNowMs.value = view.serverMs;
}

export function applyShared(change: Partial<SharedView>): void {
  apply(shared, change);
}

export function applyLane(change: Partial<LaneView>): void {
  if (lane !== null) apply(lane, change);
}

export function applyRecent(change: (held: RecentDecisions) => RecentDecisions): void {
  recent.value = change(recent.peek());
}

/** One part of what is the same for every symbol; the page must have asked for it. */
export function useShared<K extends keyof SharedView>(part: K): SharedView[K] {
  const view = useContext(RequestView);
  const found = view === null ? shared[part]?.value : view.shared[part];
  if (found === undefined) {
    throw new Error(`Cannot show ${part} as the page must list it among its parts: it does not`);
  }
  return found as SharedView[K];
}

/** Where the page stands among the others. */
export function usePage(): Pick<DocumentView, "page" | "pages"> {
  return useContext(RequestView) ?? must(document);
}

/** One part of the chosen symbol's lane. */
export function useLane<K extends keyof LaneView>(part: K): LaneView[K] {
  const view = useContext(RequestView);
  return view === null ? must(lane)[part].value : view.lane[part];
}

/** Whether nothing is heard of the server or of Redis: then nobody can tell how things are now. */
export function useIsLost(): boolean {
  const redis = useShared("redis").state;
  return redis !== "connected" || connection.value === "stale" || connection.value === "reconnecting";
}

/** The chosen symbol's newest decisions, and why. */
export function useRecent(): RecentDecisions {
  return useContext(RequestView)?.recent ?? recent.value;
}

/** The server's time. */
export function useNowMs(): number {
  const view = useContext(RequestView);
  return view === null ? serverNowMs.value : view.serverMs;
}

function signalsOf<T extends object>(view: T): Signals<T> {
  return Object.fromEntries(
    Object.entries(view).map(([part, value]) => [part, signal(value)]),
  ) as unknown as Signals<T>;
}

function apply<T extends object>(signals: Partial<Signals<T>>, change: Partial<T>): void {
  for (const part of Object.keys(change) as (keyof T)[]) {
    const held: Signal<T[keyof T]> | undefined = signals[part];
    if (held !== undefined) held.value = change[part] as T[keyof T];
  }
}

function must<T>(signals: T | null): T {
  if (signals === null) throw new Error("Cannot read the view as installView() must come first: it did not");
  return signals;
}

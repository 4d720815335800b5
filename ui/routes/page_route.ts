/** What a page of the dashboard is: its address, its place in the navigation, what it follows and what it shows. */
import type { ComponentType } from "preact";
import type { SharedView } from "../live/messages.ts";

export interface PageRoute {
  /** Its address without parameters, e.g. `/replay`. */
  readonly path: string;
  /** Further addresses of the same page, as Hono matches them, e.g. `/replay/:symbol/:bar`. */
  readonly deepPaths?: readonly string[];
  /** Its word in the navigation and in the title. */
  readonly name: string;
  /** The letter after `g` that leads here. */
  readonly key: string;
  /** Parts of the shared view that it needs beside {@link FRAME_PARTS}; the event stream carries no others. */
  readonly parts: readonly (keyof SharedView)[];
  /** It shows one symbol: the frame has a switch then, and the event stream carries the lane's series. */
  readonly followsLane: boolean;
  /** It has the switch, but not the series. */
  readonly showsSymbol?: boolean;
  /** What lies in the frame, drawn on the server; its islands come to life in the browser. */
  readonly Body: ComponentType;
}

/** What every page needs: the header's parts. */
export const FRAME_PARTS: readonly (keyof SharedView)[] = [
  "settings",
  "redis",
  "strategy",
  "feed",
  "setup",
  "processes",
];

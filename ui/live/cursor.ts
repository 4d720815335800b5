/** How far a page has heard: the ids of the last stream entries that it was sent, in one text that serves as the id of its events.
 * With it a page that lost its connection goes on where it was, at this server or at the next. Pure. */

/** The streams of a lane, in the order of the text. */
export const TRACKS = ["bars", "points", "trades", "decisions", "reasons", "holes"] as const;
export type TrackName = typeof TRACKS[number];

export interface Cursor {
  /** Of which run the ids are. */
  readonly runId: string;
  readonly symbol: string;
  readonly ids: Readonly<Record<TrackName, string>>;
}

const ID = /^[0-9]{1,16}-[0-9]{1,16}$/;
const LONGEST = 400;

export function formatCursor({ runId, symbol, ids }: Cursor): string {
  return [runId, encodeURIComponent(symbol), ...TRACKS.map((name) => ids[name])].join("~");
}

/** Null where the text is no cursor: a page then gets everything. */
export function parseCursor(text: string | null): Cursor | null {
  if (text === null || text.length > LONGEST) return null;
  const [runId, symbol, ...ids] = text.split("~");
  if (runId === undefined || symbol === undefined || ids.length !== TRACKS.length) return null;
  if (!ids.every((id) => ID.test(id)) || !/^[\w.%-]*$/.test(symbol)) return null;
  return {
    runId,
    symbol: decodedOrEmpty(symbol),
    ids: Object.fromEntries(TRACKS.map((name, index) => [name, ids[index]!])) as Record<TrackName, string>,
  };
}

function decodedOrEmpty(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return "";
  }
}

/** Addresses of replay: `/replay/<symbol>/<bar>`, the bar by its open time in milliseconds, or by its date. Pure. */

export function replayAddress(symbol: string, barMs: number): string {
  return `/replay/${encodeURIComponent(symbol)}/${barMs}`;
}

/** The bar of an address that names this symbol; null where it names none. */
export function parseReplayBar(path: string, symbol: string): number | null {
  const [, page, name, bar] = path.split("/");
  if (page !== "replay" || name !== encodeURIComponent(symbol) || bar === undefined) return null;
  return parseBar(decodeURIComponent(bar));
}

/** @param text Milliseconds, `2017-10-26`, or `2017-10-26T14:30`; UTC.  @returns Null if it is none of these. */
export function parseBar(text: string): number | null {
  if (/^[0-9]{1,15}$/.test(text)) return Number(text);
  const [, date, time] = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})Z?)?$/.exec(text) ?? [];
  const ms = date === undefined ? NaN : Date.parse(`${date}T${time ?? "00:00"}:00Z`);
  return Number.isFinite(ms) && ms >= 0 ? ms : null;
}

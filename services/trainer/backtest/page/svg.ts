/** What every chart of the page is drawn with: scales, ticks, paths, and texts that cannot break out. Pure. */

/** Maps a value to a pixel. */
export type Scale = (value: number) => number;

export function scale(from: number, to: number, start: number, end: number): Scale {
  const span = to - from || 1;
  return (value) => start + (value - from) / span * (end - start);
}

/** Round values from the lowest to the highest, about as many as wanted. */
export function ticks(low: number, high: number, wanted: number): number[] {
  const rough = (high - low || Math.abs(high) || 1) / wanted;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 2.5, 5, 10].map((each) => each * power).find((each) => each >= rough)!;
  const first = Math.ceil(low / step - 1e-9);
  const count = Math.floor(high / step + 1e-9) - first + 1;
  return Array.from(
    { length: Math.max(0, count) },
    (_, index) => Number(((first + index) * step).toPrecision(12)),
  );
}

/** A path through points; coordinates to a tenth of a pixel. */
export function path(points: Iterable<readonly [x: number, y: number]>): string {
  const parts: string[] = [];
  for (const [x, y] of points) parts.push(`${parts.length === 0 ? "M" : "L"}${px(x)} ${px(y)}`);
  return parts.join("");
}

export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

export function escape(text: string): string {
  return text.replace(
    /[&<>"']/g,
    (letter) => ({ "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;" })[letter]!,
  );
}

const DAY_MS = 86_400_000;
const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

/** Where a calendar unit begins between two times, and what it is called: years, months, days or hours, by what fits. */
export function timeTicks(fromMs: number, toMs: number, most: number): { ms: number; label: string }[] {
  const years = (toMs - fromMs) / (365.25 * DAY_MS);
  if (years > 4) {
    const step = [1, 2, 5, 10, 20, 50].find((each) => years / each <= most) ?? 100;
    return calendar(fromMs, toMs, (year) => year % step === 0 ? [[0, String(year)]] : []);
  }
  if (years * 12 > 2) {
    const step = [1, 2, 3, 6].find((each) => years * 12 / each <= most) ?? 12;
    return calendar(
      fromMs,
      toMs,
      (year) =>
        MONTHS.flatMap((name, month) =>
          month % step === 0 ? [[month, month === 0 ? String(year) : name] as [number, string]] : []
        ),
    );
  }
  const unitMs = (toMs - fromMs) / DAY_MS > 2 ? DAY_MS : DAY_MS / 24;
  const step = unitMs * Math.max(1, Math.ceil((toMs - fromMs) / unitMs / most));
  const first = Math.ceil(fromMs / step) * step;
  return Array.from({ length: Math.max(0, Math.floor((toMs - first) / step) + 1) }, (_, index) => {
    const ms = first + index * step;
    const at = new Date(ms).toISOString();
    return {
      ms,
      label: unitMs === DAY_MS
        ? `${Number(at.slice(8, 10))} ${MONTHS[Number(at.slice(5, 7)) - 1]}`
        : at.slice(11, 16),
    };
  });
}

function calendar(
  fromMs: number,
  toMs: number,
  of: (year: number) => [month: number, label: string][],
): { ms: number; label: string }[] {
  const [first, last] = [fromMs, toMs].map((ms) => new Date(ms).getUTCFullYear()) as [number, number];
  return Array.from({ length: last - first + 1 }, (_, index) => first + index)
    .flatMap((year) => of(year).map(([month, label]) => ({ ms: Date.UTC(year, month), label })))
    .filter(({ ms }) => ms >= fromMs && ms <= toMs);
}

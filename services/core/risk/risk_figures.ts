/** How figures of limits are written for people. Pure. */

/** `3.2 %`, with two places at most. */
export function percent(share: number): string {
  return `${Number((share * 100).toFixed(2))} %`;
}

/** A share beyond its limit: rounded up, so that it reads as beyond it. */
export function percentBeyond(share: number): string {
  return `${Math.ceil(Number((share * 1e4).toFixed(6))) / 100} %`;
}

/** `12,500.5`, with two places at most. */
export function amount(value: number): string {
  return value.toLocaleString("en-US", { maximumFractionDigits: 2 });
}

/** `1 order`, `2 orders`. */
export function counted(count: number, what: string): string {
  return `${count} ${what}${count === 1 ? "" : "s"}`;
}

/** `2020-03-16`, or with the time of day where the bar does not open at midnight. */
export function moment(ms: number): string {
  return new Date(ms).toISOString().slice(0, 16).replace("T00:00", "").replace("T", " ");
}

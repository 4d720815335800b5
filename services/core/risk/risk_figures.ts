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

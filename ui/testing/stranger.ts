/** Figures of a lane as a stranger computes them: from raw entries, by formulas written down here again, with none of our code. */
import type { RawRedis } from "./raw_redis.ts";

interface RawDecision {
  readonly barMs: number;
  readonly action: string | null;
  readonly heads: Record<string, (number | null)[]>;
  readonly confidence: number | null;
  readonly chosen: { label: string; q: number } | null;
  readonly runnerUp: { label: string; q: number } | null;
  readonly verdict: { outcome: string; reason: string };
  readonly modelVersion: string | null;
  readonly latencyMs: number;
}

interface RawFill {
  readonly barMs: number;
  readonly side: "buy" | "sell";
  readonly quantity: string;
  readonly price: string;
  readonly fee: string;
}

export interface StrangersFigures {
  readonly totalReturn: number;
  readonly holdReturn: number;
  readonly sharpe: number;
  readonly maxDrawdown: number;
  readonly exposure: number;
  readonly fees: number;
  readonly turnover: number;
}

const YEAR_MS = 365.2425 * 86_400_000;

export class Stranger {
  readonly #raw: RawRedis;
  readonly #account: string;
  readonly #symbol: string;

  constructor(raw: RawRedis, symbol: string, account = "paper") {
    this.#raw = raw;
    this.#account = account;
    this.#symbol = symbol;
  }

  /** Oldest first. */
  async decisions(): Promise<RawDecision[]> {
    return await this.#read("decisions") as unknown as RawDecision[];
  }

  async equity(): Promise<{ equity: number; buyAndHold: number; position: number; drawdown: number }[]> {
    return await this.#read("equity") as never;
  }

  async fills(): Promise<RawFill[]> {
    return await this.#read("fills") as never;
  }

  /** Floats of a raw field of one entry. */
  async floats(stream: "decisions" | "attribution", barMs: number, field: string): Promise<number[]> {
    const key = this.#key(stream);
    const [entry] = await this.#raw.client.xrangeBuffer(key, `${barMs}-0`, `${barMs}-0`);
    const fields = entry![1];
    const at = fields.findIndex((name) => name.toString() === field);
    const bytes = new Uint8Array(fields[at + 1]!);
    return [...new Float32Array(bytes.buffer, 0, bytes.byteLength / 4)];
  }

  /** Bar times of the equity stream. */
  async times(): Promise<number[]> {
    const entries = await this.#raw.newest(this.#key("equity"), 1e6);
    return entries.map(({ id }) => Number(id.split("-")[0])).reverse();
  }

  async figures(): Promise<StrangersFigures> {
    const [curve, times, fills] = await Promise.all([this.equity(), this.times(), this.fills()]);
    const equity = curve.map((point) => point.equity);
    const returns = equity.slice(1).map((value, index) => value / equity[index]! - 1);
    const mean = returns.reduce((a, b) => a + b, 0) / returns.length;
    const variance = returns.reduce((a, b) => a + (b - mean) ** 2, 0) / (returns.length - 1);
    const years = (times.at(-1)! - times[0]!) / YEAR_MS;
    const perYear = (times.length - 1) / years;
    let [peak, deepest] = [0, 0];
    for (const value of equity) {
      peak = Math.max(peak, value);
      deepest = Math.max(deepest, 1 - value / peak);
    }
    const traded = fills.reduce((sum, fill) => sum + Math.abs(Number(fill.quantity) * Number(fill.price)), 0);
    return {
      totalReturn: equity.at(-1)! / equity[0]! - 1,
      holdReturn: curve.at(-1)!.buyAndHold / curve[0]!.buyAndHold - 1,
      sharpe: mean / Math.sqrt(variance) * Math.sqrt(perYear),
      maxDrawdown: deepest,
      exposure: curve.reduce((sum, { position }) => sum + Math.abs(position), 0) / curve.length,
      fees: fills.reduce((sum, { fee }) => sum + Number(fee), 0),
      turnover: traded / (equity.reduce((a, b) => a + b, 0) / equity.length) / years,
    };
  }

  async #read(stream: string): Promise<Record<string, unknown>[]> {
    return (await this.#raw.newest(this.#key(stream), 1e6)).map(({ value }) => value).reverse();
  }

  #key(stream: string): string {
    return `{${this.#account}}:${stream}:${this.#symbol}`;
  }
}

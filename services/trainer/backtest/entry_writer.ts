/** Writes what a backtest would have committed, one JSON document a line: the same decisions, fills and equity that the streams
 * of a run hold. */
import type { TradedBar } from "../../core/lane/lane_trader.ts";
import { writeText } from "../../core/runtime/write_text.ts";

/** Lines that are gathered before they are written. */
const GATHERED = 500;

export class EntryWriter implements Disposable {
  readonly #file: Deno.FsFile;
  #lines: string[] = [];
  #fault: string | null = null;

  /** @param path Replaced if it is there. */
  constructor(path: string) {
    this.#file = Deno.openSync(path, { write: true, create: true, truncate: true });
  }

  /** Why not all is written; null where it is. A full disk costs no backtest its figures. */
  get fault(): string | null {
    return this.#fault;
  }

  write({ decision, fills, equity }: TradedBar): void {
    const { symbol, barMs } = decision;
    this.#line({ decision: { ...decision, state: [...decision.state] } });
    for (const fill of fills) this.#line({ fill });
    this.#line({ equity: { symbol, barMs, ...equity } });
  }

  /** Writes what was gathered. */
  flush(): void {
    const text = this.#lines.map((line) => `${line}\n`).join("");
    this.#lines = [];
    if (this.#fault !== null) return;
    try {
      writeText(this.#file, text);
    } catch (cause) {
      this.#fault = (cause as Error).message;
    }
  }

  [Symbol.dispose](): void {
    this.flush();
    this.#file.close();
  }

  #line(entry: object): void {
    this.#lines.push(JSON.stringify(entry));
    if (this.#lines.length >= GATHERED) this.flush();
  }
}

/** Where the lines of a process's log go: out, into Redis, and into a count. */
import type { ProcessMetrics } from "../telemetry/process_metrics.ts";
import { LogShipper } from "./log_shipper.ts";

export class LogLines {
  readonly shipper = new LogShipper();
  #metrics: Pick<ProcessMetrics, "logged"> | null = null;
  readonly #print: (line: string) => void;

  constructor(print: (line: string) => void) {
    this.#print = print;
  }

  countIn(metrics: Pick<ProcessMetrics, "logged">): void {
    this.#metrics = metrics;
  }

  take(line: string): void {
    this.#print(line);
    const level = this.shipper.take(line);
    if (level !== null) this.#metrics?.logged(level);
  }
}

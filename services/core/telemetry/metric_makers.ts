/** Metrics that are read when somebody asks: what a process counts anyway is counted once, and told in several places. */
import { Counter, Gauge, type Registry } from "prom-client";

/** A name of our own, and what it means. */
export interface MetricSpec {
  /** `rltrader_…`, in base units; a counter ends in `_total`. */
  readonly name: string;
  readonly help: string;
}
/** A value by the value of the metric's label. */
export type Labelled = ReadonlyMap<string, number>;

/** Exports a number that may rise and fall. @param read Null where there is nothing to tell: then there is no sample. */
export function readGauge(
  registry: Registry,
  spec: MetricSpec,
  read: () => number | null | Promise<number | null>,
): void {
  new Gauge({
    ...spec,
    registers: [registry],
    async collect() {
      const value = await read();
      if (value === null || Number.isNaN(value)) this.remove();
      else this.set(value);
    },
  });
}

/** Exports one number for each value of a label. */
export function readGauges(
  registry: Registry,
  spec: MetricSpec & { readonly label: string },
  read: () => Labelled | Promise<Labelled>,
): void {
  const { label, ...rest } = spec;
  new Gauge({
    ...rest,
    labelNames: [label],
    registers: [registry],
    async collect() {
      const values = await read();
      this.reset();
      for (const [name, value] of values) this.set({ [label]: name }, value);
    },
  });
}

/** Exports a number that only rises while the process lives, and is counted elsewhere. */
export function readCounter(registry: Registry, spec: MetricSpec, read: () => number): void {
  new Counter({
    ...spec,
    registers: [registry],
    collect() {
      this.reset();
      this.inc(read());
    },
  });
}

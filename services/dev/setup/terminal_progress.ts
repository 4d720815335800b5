/** Shows the steps of the set-up: lines that update in place on a terminal, calm lines elsewhere. */
import { type TextSink, writeText } from "../../core/runtime/write_text.ts";
import type { StepProgress } from "./setup_step.ts";

/** The part of `Deno.stderr` that is used. */
export interface TerminalSink extends TextSink {
  isTerminal(): boolean;
}

const CALM_EVERY_SECONDS = 10;
const FRAME_MS = 100;
const DEFAULT_COLUMNS = 80;

export class TerminalProgress {
  readonly #running = new Map<string, StepProgress>();
  readonly #said = new Map<string, { state: StepProgress["state"]; seconds: number }>();
  readonly #inPlace: boolean;
  #drawnLines = 0;
  #drawnMs = -Infinity;

  constructor(
    private readonly sink: TerminalSink,
    private readonly nowMs: () => number = () => performance.now(),
    private readonly columns: () => number = () => DEFAULT_COLUMNS,
  ) {
    this.#inPlace = sink.isTerminal();
  }

  /** Takes every report of every step. */
  readonly show = (step: StepProgress): void => {
    if (this.#inPlace) this.#showInPlace(step);
    else this.#showCalm(step);
  };

  #showInPlace(step: StepProgress): void {
    if (step.state === "waiting") return;
    if (step.state === "running") {
      this.#running.set(step.name, step);
      if (this.nowMs() - this.#drawnMs >= FRAME_MS) this.#redraw([]);
      return;
    }
    this.#running.delete(step.name);
    this.#redraw([lineFor(step)]);
  }

  #showCalm(step: StepProgress): void {
    if (step.state === "waiting") return;
    const said = this.#said.get(step.name);
    if (said?.state === step.state && step.seconds - said.seconds < CALM_EVERY_SECONDS) return;
    this.#said.set(step.name, { state: step.state, seconds: step.seconds });
    this.#write(`${lineFor(step)}\n`);
  }

  /** @param finished Lines that stay, above those that are redrawn. */
  #redraw(finished: readonly string[]): void {
    this.#drawnMs = this.nowMs();
    const width = Math.max(20, (this.columns() || DEFAULT_COLUMNS) - 1);
    const running = [...this.#running.values()].map((step) => lineFor(step).slice(0, width));
    const up = this.#drawnLines > 0 ? `\x1b[${this.#drawnLines}A` : "";
    const lines = [...finished, ...running].map((line) => `${line}\x1b[K\n`).join("");
    this.#write(`${up}\r${lines}\x1b[J`);
    this.#drawnLines = running.length;
  }

  #write(text: string): void {
    writeText(this.sink, text);
  }
}

export function lineFor(step: StepProgress): string {
  const words = { waiting: "waits", running: "…", done: "ready", skipped: "there", failed: "FAILED" };
  const size = step.state === "running" && step.totalBytes
    ? `${megabytes(step.doneBytes ?? 0)}/${megabytes(step.totalBytes)} MB`
    : "";
  const seconds = step.seconds >= 0.05 ? `${step.seconds.toFixed(step.seconds < 10 ? 1 : 0)} s` : "";
  const word = step.state === "failed" && step.error === undefined ? "stopped" : words[step.state];
  // An error is told once and whole by the caller.
  return [`  ${step.title.padEnd(16)}${word}`, size, seconds, step.detail].filter(Boolean).join(
    "  ",
  );
}

function megabytes(bytes: number): string {
  return (bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0);
}

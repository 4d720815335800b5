/** Puts a process's log lines into Redis too, so that the page can show the last minutes of all processes together. It never holds
 * anybody up: what comes faster than Redis takes it is dropped and counted, and the log itself has it. */
import { LOG_LENGTH, type LogLine, logStream } from "../contracts/system.ts";
import type { Store } from "../redis/store.ts";
import { levelOf } from "./log.ts";

/** Lines that may wait; in an outage the newest are worth most. */
const MOST_WAITING = 500;
const MOST_FIELDS = 2_000;

export class LogShipper {
  readonly #waiting: LogLine[] = [];
  #store: Store | null = null;
  #sending: Promise<void> | null = null;
  #dropped = 0;

  /** Lines that Redis did not get. */
  get dropped(): number {
    return this.#dropped;
  }

  /** Takes a line as pino writes it. @returns Its level; null for one that is not kept. */
  take(line: string): LogLine["level"] | null {
    const parsed = parseLine(line);
    if (parsed === null) return null;
    this.#waiting.push(parsed);
    if (this.#waiting.length > MOST_WAITING) {
      this.#waiting.shift();
      this.#dropped++;
    }
    this.#send();
    return parsed.level;
  }

  /** Sends what waits, and all that follows. */
  sendTo(store: Store): void {
    this.#store = store;
    this.#send();
  }

  /** Resolves when nothing waits any more, or the store is closed. */
  async flushed(): Promise<void> {
    while (this.#sending !== null) await this.#sending;
  }

  #send(): void {
    if (this.#store === null || this.#sending !== null || this.#waiting.length === 0) return;
    this.#sending = this.#sendAll(this.#store).finally(() => {
      this.#sending = null;
      this.#send(); // what came as the last one was on its way
    });
  }

  /** A store that is closed, or refuses, ends it: nobody is told, as telling would be another line. */
  async #sendAll(store: Store): Promise<void> {
    for (let line = this.#waiting.shift(); line !== undefined; line = this.#waiting.shift()) {
      try {
        await store.append(logStream(), "*", line, { maxLength: LOG_LENGTH });
      } catch {
        this.#dropped++;
      }
    }
  }
}

function parseLine(text: string): LogLine | null {
  const known = levelOf(text);
  if (known === null) return null;
  const { level: _level, time, process, msg, ...fields } = JSON.parse(text) as Record<string, unknown>;
  return {
    process: String(process),
    level: known,
    message: String(msg ?? ""),
    fields: JSON.stringify(fields).slice(0, MOST_FIELDS),
    atMs: Date.parse(String(time)),
  };
}

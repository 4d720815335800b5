/** One supervised operating-system process: started in a session of its own (Ctrl-C reaches only the supervisor),
 * restarted with back-off, its output in a file. */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import type { Clock } from "../core/runtime/clock.ts";

export interface ChildSpec {
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly logPath: string;
}

/** A process that keeps dying soon after its start is given up. */
export class ChildGaveUpError extends Error {
  override name = "ChildGaveUpError";
}

const FIRST_BACK_OFF_MS = 100;
const LONGEST_BACK_OFF_MS = 5_000;
/** A process that lived so long has started well: its back-off begins anew. */
const SETTLED_MS = 5_000;
const QUICK_DEATHS = 5;
const KILL_AFTER_MS = 3_000;

export class Child {
  readonly #spec: ChildSpec;
  readonly #clock: Clock;
  readonly #onRestart: (name: string, reason: string) => void;
  readonly #stop = new AbortController();
  #process: ChildProcess | null = null;
  #isRunning = false;
  #isKilled = false;
  #ended: Promise<void> = Promise.resolve();
  #restarts = 0;

  constructor(spec: ChildSpec, clock: Clock, onRestart: (name: string, reason: string) => void) {
    this.#spec = spec;
    this.#clock = clock;
    this.#onRestart = onRestart;
  }

  get name(): string {
    return this.#spec.name;
  }

  get restarts(): number {
    return this.#restarts;
  }

  get pid(): number | undefined {
    return this.#process?.pid;
  }

  /** Starts it and keeps it running. @returns Rejects with {@link ChildGaveUpError} when it keeps dying. */
  run(): Promise<void> {
    this.#ended = this.#keepRunning();
    return this.#ended;
  }

  /** Asks it to end, and makes it end after 3 s. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#signal("SIGTERM");
    const timer = setTimeout(() => this.#signal("SIGKILL"), KILL_AFTER_MS);
    await this.#ended.catch(() => {});
    clearTimeout(timer);
  }

  /** Kills it, as a test of what follows: it is started again at once, and its death does not count against it.
   * @returns False where it does not run just now. */
  kill(): boolean {
    if (!this.#isRunning) return false;
    this.#isKilled = true;
    this.#signal("SIGKILL");
    return true;
  }

  /** Not by `ChildProcess.kill()`: Deno takes a process for ended once it has sent a signal, and sends no second one. */
  #signal(name: "SIGTERM" | "SIGKILL"): void {
    if (!this.#isRunning || this.#process?.pid === undefined) return;
    try {
      Deno.kill(this.#process.pid, name);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause; // it has just ended
    }
  }

  async #keepRunning(): Promise<void> {
    let quickDeaths = 0;
    while (!this.#stop.signal.aborted) {
      const startedMs = this.#clock.monotonicMs();
      const end = await this.#runOnce();
      if (this.#stop.signal.aborted) return;
      if (this.#isKilled) {
        this.#isKilled = false;
        continue;
      }
      quickDeaths = this.#clock.monotonicMs() - startedMs > SETTLED_MS ? 0 : quickDeaths + 1;
      if (quickDeaths >= QUICK_DEATHS) {
        throw new ChildGaveUpError(
          `Cannot keep ${this.name} running as it must live longer than ${SETTLED_MS / 1_000} s: ` +
            `it ended ${QUICK_DEATHS} times (${end})\n${await this.#lastWords()}`,
        );
      }
      this.#restarts++;
      this.#onRestart(this.name, end);
      const backOffMs = Math.min(FIRST_BACK_OFF_MS * 2 ** Math.max(0, quickDeaths - 1), LONGEST_BACK_OFF_MS);
      await this.#clock.wait(backOffMs, this.#stop.signal);
    }
  }

  #runOnce(): Promise<string> {
    const { program, args, env, logPath } = this.#spec;
    const log = openSync(logPath, "a");
    const { promise, resolve } = Promise.withResolvers<string>();
    const child = spawn(program, args, { detached: true, env: { ...env }, stdio: ["pipe", log, log] });
    this.#process = child;
    this.#isRunning = true;
    const end = (reason: string) => {
      this.#isRunning = false;
      resolve(reason);
    };
    child.once("error", (error) => end(error.message));
    child.once("exit", (code, signal) => end(signal === null ? `exit code ${code}` : `signal ${signal}`));
    if (this.#stop.signal.aborted) this.#signal("SIGTERM");
    return promise.finally(() => closeSync(log));
  }

  /** The end of its log, for the message that it was given up. */
  async #lastWords(): Promise<string> {
    const text = await Deno.readTextFile(this.#spec.logPath).catch(() => "");
    const plain = text.trimEnd().split("\n").filter((line) => !line.startsWith("{"));
    const lines = [...new Set(plain)].slice(-8);
    return `${lines.map((line) => `  ${line}`).join("\n")}\nThe whole log: ${this.#spec.logPath}`;
  }
}

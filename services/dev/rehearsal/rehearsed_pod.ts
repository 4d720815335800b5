/** One container of a manifest, run from its own image by an OCI runtime, and probed as the manifest says. */
import { join } from "node:path";
import type { Container, Probe } from "../cluster/manifests/manifest.ts";
import { systemClock, until } from "../../core/runtime/clock.ts";
import { run } from "./command.ts";

export interface PodParts {
  /** `inference-0`. */
  readonly name: string;
  readonly container: Container;
  /** The image's own; null for none. */
  readonly healthCheck: readonly string[] | null;
  readonly address: string;
  /** Of the OCI bundle. */
  readonly bundle: string;
  /** Where the runtime keeps what it runs. */
  readonly statePath: string;
  readonly logPath: string;
  readonly graceSeconds: number;
  readonly onExit: (name: string, code: number) => void;
}

const EVERY_MS = 50;

export class RehearsedPod {
  readonly #parts: PodParts;
  readonly #startedMs = systemClock.monotonicMs();
  readonly #process: Deno.ChildProcess;
  readonly #log: Promise<void>;
  #isStopping = false;
  #hasEnded = false;

  private constructor(parts: PodParts, config: object) {
    this.#parts = parts;
    Deno.writeTextFileSync(join(parts.bundle, "config.json"), JSON.stringify(config));
    this.#process = new Deno.Command("runc", {
      args: [...this.#root, "run", "--bundle", parts.bundle, parts.name],
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#log = this.#writeLog();
    void this.#process.status.then(({ code }) => {
      this.#hasEnded = true;
      if (!this.#isStopping) parts.onExit(parts.name, code);
    });
  }

  static start(parts: PodParts, config: object): RehearsedPod {
    return new RehearsedPod(parts, config);
  }

  get #root(): string[] {
    return ["--root", this.#parts.statePath];
  }

  get name(): string {
    return this.#parts.name;
  }

  get address(): string {
    return this.#parts.address;
  }

  /** Waits for a probe. @returns Milliseconds from the start to its first success; null where the manifest has none. */
  async passes(
    kind: "startupProbe" | "livenessProbe" | "readinessProbe",
    deadlineMs: number,
  ): Promise<number | null> {
    const probe = this.#parts.container[kind];
    if (probe === undefined) return null;
    const passes = () => {
      if (!this.#hasEnded) return this.#succeeds(probe);
      throw new Error(`Cannot go on as ${this.name} must live: it has ended`);
    };
    await until(systemClock, `the ${kind} of ${this.name}`, passes, {
      everyMs: EVERY_MS,
      deadlineMs,
    });
    return Math.round(systemClock.monotonicMs() - this.#startedMs);
  }

  /** Runs a shell command in it, as its user. */
  async shell(command: string): Promise<{ code: number; stdout: string }> {
    return await this.#exec(["sh", "-c", command]);
  }

  /** What the image's own check says; null where it has none. */
  async isHealthy(): Promise<boolean | null> {
    const { healthCheck } = this.#parts;
    return healthCheck === null ? null : (await this.#exec(healthCheck)).code === 0;
  }

  /** Most resident memory so far, of its first process, in megabytes. */
  async peakMb(): Promise<number> {
    const { pid } = JSON.parse(await run("runc", [...this.#root, "state", this.name])) as {
      pid: number;
    };
    const status = await Deno.readTextFile(`/proc/${pid}/status`);
    return Math.round(Number(/^VmHWM:\s+(\d+) kB$/m.exec(status)![1]) / 1024);
  }

  /** Asks it to end as the cluster does, and makes it after its grace. */
  async stop(): Promise<{ ms: number; code: number }> {
    this.#isStopping = true;
    const startedMs = systemClock.monotonicMs();
    await this.#signal("TERM");
    const late = setTimeout(() => void this.#signal("KILL"), this.#parts.graceSeconds * 1_000);
    const { code } = await this.#process.status;
    clearTimeout(late);
    await this.#log;
    return { ms: Math.round(systemClock.monotonicMs() - startedMs), code };
  }

  async #exec(command: readonly string[]): Promise<{ code: number; stdout: string }> {
    const { code, stdout } = await new Deno.Command("runc", {
      args: [...this.#root, "exec", this.name, ...command],
      stdin: "null",
      stderr: "null",
    }).output();
    return { code, stdout: new TextDecoder().decode(stdout).trim() };
  }

  async #signal(name: "TERM" | "KILL"): Promise<void> {
    await run("runc", [...this.#root, "kill", this.name, name]).catch(() => {}); // it has just ended
  }

  async #succeeds({ httpGet, tcpSocket, exec }: Probe): Promise<boolean> {
    const portOf = (port: string | number) =>
      typeof port === "number"
        ? port
        : this.#parts.container.ports!.find(({ name }) => name === port)!.containerPort;
    if (exec !== undefined) return (await this.#exec(exec.command)).code === 0;
    try {
      if (httpGet !== undefined) {
        const url = `http://${this.address}:${portOf(httpGet.port)}${httpGet.path}`;
        const response = await fetch(url, { signal: AbortSignal.timeout(3_000) });
        await response.body?.cancel();
        return response.ok;
      }
      using _ = await Deno.connect({ hostname: this.address, port: portOf(tcpSocket!.port) });
      return true;
    } catch {
      return false; // not yet
    }
  }

  async #writeLog(): Promise<void> {
    using file = await Deno.open(this.#parts.logPath, { create: true, write: true, append: true });
    const follow = async (stream: ReadableStream<Uint8Array>) => {
      for await (const bytes of stream) await file.write(bytes);
    };
    await Promise.all([follow(this.#process.stdout), follow(this.#process.stderr)]);
  }
}

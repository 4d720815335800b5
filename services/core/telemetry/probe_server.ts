/** What Prometheus and the cluster ask of a process: `/metrics`, `/healthz` (it is alive) and `/readyz` (it can do its work). */
import type { Registry } from "prom-client";
import type { ListenAddress } from "../config/environment.ts";

export interface ProbeParts {
  readonly address: ListenAddress;
  /** `Deno.serve`. */
  readonly serve: typeof Deno.serve;
  readonly registry: Registry;
  /** Who answers, for people. */
  readonly process: string;
  readonly id: string;
  readonly startedMs: number;
  readonly nowMs: () => number;
  /** What it is doing, in a few words. */
  readonly activity: () => string;
  /** Why it is not ready; null where it is. */
  readonly notReady: () => string | null;
}

const NO_STORE = { "cache-control": "no-store" };

export class ProbeServer implements AsyncDisposable {
  readonly #parts: ProbeParts;
  readonly #http: Deno.HttpServer<Deno.NetAddr>;

  private constructor(parts: ProbeParts) {
    this.#parts = parts;
    const { host, port } = parts.address;
    this.#http = parts.serve(
      { hostname: host, port, onListen: () => {} },
      (request) => this.#answer(request),
    );
  }

  /** Answers from now on. @throws {Error} If the address is not free. */
  static listen(parts: ProbeParts): ProbeServer {
    try {
      return new ProbeServer(parts);
    } catch (cause) {
      if (!(cause instanceof Deno.errors.AddrInUse)) throw cause;
      const { host, port } = parts.address;
      throw new Error(
        `Cannot serve metrics as RLTRADER_METRICS must name a free port: on ${host}:${port} another program listens`,
        { cause },
      );
    }
  }

  get url(): string {
    const { hostname, port } = this.#http.addr;
    return `http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#http.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    if (request.method !== "GET" && request.method !== "HEAD") {
      return new Response("Only GET and HEAD.\n", { status: 405, headers: { allow: "GET, HEAD" } });
    }
    const { registry, process, id, startedMs, nowMs, activity, notReady } = this.#parts;
    const who = { process, id, activity: activity() };
    switch (new URL(request.url).pathname) {
      case "/metrics":
        return new Response(await registry.metrics(), {
          headers: { ...NO_STORE, "content-type": registry.contentType },
        });
      case "/healthz":
        return Response.json({ status: "alive", ...who, upSeconds: (nowMs() - startedMs) / 1_000 }, {
          headers: NO_STORE,
        });
      case "/readyz": {
        const reason = notReady();
        return Response.json({ status: reason === null ? "ready" : "not ready", ...who, reason }, {
          status: reason === null ? 200 : 503,
          headers: NO_STORE,
        });
      }
      default:
        return new Response("There are /metrics, /healthz and /readyz.\n", { status: 404 });
    }
  }
}

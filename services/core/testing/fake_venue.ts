/** The trading side of an exchange on this machine: Binance's signed endpoints over HTTP, which ccxt's own code talks to, and which
 * misbehave on demand. Its books are a {@link FakeMatching}; prices and market data are no part of it. */
import { createHmac } from "node:crypto";
import { formatMoney } from "../account/money.ts";
import { describeOrder, describeTrade, FakeMatching, MatchingError } from "./fake_matching.ts";

/** What is asked of it. */
export type Endpoint = "send" | "find" | "cancel" | "openOrders" | "trades" | "account";

/** What goes wrong: `… after` has done what was asked, `… before` has not. */
export type VenueMischief =
  | "time-out before"
  | "time-out after"
  | "server error before"
  | "server error after"
  | "disconnect after"
  | "too many requests"
  | "banned"
  | "unknown order"
  | "doubled"
  | "last trade missing";

export interface FakeVenueOptions {
  /** The true time. */
  readonly nowMs: () => number;
}

export const FAKE_KEYS = { key: "k-0123456789", secret: "s-9876543210", password: null };
/** How long Binance takes a signed request by default, and how far ahead of its clock. */
const RECEIVE_WINDOW_MS = 5_000;
const AHEAD_MS = 1_000;

export class FakeVenue implements AsyncDisposable {
  readonly books: FakeMatching;
  readonly #nowMs: () => number;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #held: (() => void)[] = [];
  readonly #mischief: { readonly at: Endpoint; readonly what: VenueMischief }[] = [];
  /** What was asked so far. */
  readonly asked: Endpoint[] = [];
  /** How far its clock is ahead. */
  skewMs = 0;
  /** Answers nothing but 503. */
  isOut = false;
  /** Is told of each question before it is answered. */
  onAsked: (endpoint: Endpoint) => void = () => {};

  constructor({ nowMs }: FakeVenueOptions) {
    this.#nowMs = nowMs;
    this.books = new FakeMatching(nowMs);
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  /** What ccxt calls its private API. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/api/v3`;
  }

  /** What goes wrong with the next question of this kind that nothing else goes wrong with. */
  misbehave(at: Endpoint, ...what: readonly VenueMischief[]): void {
    for (const each of what) this.#mischief.push({ at, what: each });
  }

  /** Whether all that was to go wrong has. */
  get isGood(): boolean {
    return this.#mischief.length === 0;
  }

  /** Nothing goes wrong any more. */
  behave(): void {
    this.#mischief.length = 0;
    this.isOut = false;
  }

  /** Gives the answers that time-outs have held back, long after anybody waits for them. */
  answerLate(): void {
    for (const release of this.#held.splice(0)) release();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.answerLate();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    const text = request.method === "POST" ? await request.text() : url.search.slice(1);
    const query = new URLSearchParams(text);
    const endpoint = endpointOf(request.method, url.pathname);
    if (endpoint === null) return refusal(404, -1100, `there is no ${request.method} ${url.pathname}`);
    this.asked.push(endpoint);
    this.onAsked(endpoint);
    if (this.isOut) return new Response("<html>503</html>", { status: 503 });
    const unsigned = this.#check(request, text, query);
    if (unsigned !== null) return unsigned;
    const planned = this.#mischief.findIndex(({ at }) => at === endpoint);
    const mischief = planned < 0 ? null : this.#mischief.splice(planned, 1)[0].what;
    return await this.#misbehave(mischief, () => this.#do(endpoint, query));
  }

  /** @returns Null for a request that is signed as it must be. */
  #check(request: Request, text: string, query: URLSearchParams): Response | null {
    const [signed, signature] = text.split("&signature=");
    const expected = createHmac("sha256", FAKE_KEYS.secret).update(signed).digest("hex");
    if (request.headers.get("X-MBX-APIKEY") !== FAKE_KEYS.key) return refusal(401, -2015, "Invalid API-key.");
    if (signature !== expected) return refusal(400, -1022, "Signature for this request is not valid.");
    const ageMs = this.#nowMs() + this.skewMs - Number(query.get("timestamp"));
    const windowMs = Number(query.get("recvWindow") ?? RECEIVE_WINDOW_MS);
    return ageMs > windowMs || ageMs < -AHEAD_MS
      ? refusal(400, -1021, "Timestamp for this request is outside of the recvWindow.")
      : null;
  }

  async #misbehave(mischief: VenueMischief | null, act: () => unknown): Promise<Response> {
    switch (mischief) {
      case "time-out before":
        return await this.#hold(() => new Response("late", { status: 504 }));
      case "time-out after": {
        const answer = respond(act);
        return await this.#hold(() => answer);
      }
      case "server error before":
        return new Response("<html>502</html>", { status: 502 });
      case "server error after":
        respond(act);
        return new Response("<html>502</html>", { status: 502 });
      case "disconnect after":
        respond(act);
        return new Response("[", { headers: { "content-length": "1000" } });
      case "too many requests":
        return refusal(429, -1003, "Too many requests.", { "retry-after": "2" });
      case "banned":
        return refusal(418, -1003, "Way too many requests; IP banned.", { "retry-after": "60" });
      case "unknown order":
        return refusal(400, -2013, "Order does not exist.");
      case "doubled":
        return respond(() => [act()].flat().flatMap((each) => [each, each]));
      case "last trade missing":
        return respond(() => [act()].flat().slice(0, -1));
      case null:
        return respond(act);
    }
  }

  async #hold(answer: () => Response): Promise<Response> {
    await new Promise<void>((resolve) => this.#held.push(resolve));
    return answer();
  }

  #do(endpoint: Endpoint, query: URLSearchParams): unknown {
    const { books } = this;
    const symbol = query.get("symbol") ?? "";
    const name = query.get("origClientOrderId") ?? "";
    switch (endpoint) {
      case "send":
        return describeOrder(books.place({
          symbol,
          clientOrderId: query.get("newClientOrderId") ?? "",
          side: query.get("side") as "BUY" | "SELL",
          type: query.get("type") ?? "",
          quantity: query.get("quantity") ?? "0",
          stopPrice: query.get("stopPrice"),
        }));
      case "find": {
        const order = books.find(symbol, name);
        if (order === undefined) throw new MatchingError(-2013, "Order does not exist.");
        return describeOrder(order);
      }
      case "cancel":
        return describeOrder(books.cancel(symbol, name));
      case "openOrders":
        return books.open(symbol).map(describeOrder);
      case "trades": {
        const [orderId, fromId] = [query.get("orderId"), Number(query.get("fromId") ?? 0)];
        const limit = Number(query.get("limit") ?? 500);
        return books.trades.filter((trade) => String(trade.orderId) === orderId && trade.id >= fromId)
          .slice(0, limit).map(describeTrade);
      }
      case "account":
        return {
          accountType: "SPOT",
          balances: [...books.balances].map(([asset, amount]) => ({
            asset,
            free: formatMoney(amount - books.locked(asset)),
            locked: formatMoney(books.locked(asset)),
          })),
        };
    }
  }
}

function endpointOf(method: string, path: string): Endpoint | null {
  const name = path.split("/").at(-1);
  if (name === "order") return ORDER_METHODS[method] ?? null;
  return name === "myTrades" ? "trades" : name === "openOrders" || name === "account" ? name : null;
}

function respond(act: () => unknown): Response {
  try {
    return Response.json(act());
  } catch (cause) {
    if (cause instanceof MatchingError) return refusal(400, cause.code, cause.message);
    throw cause;
  }
}

function refusal(status: number, code: number, msg: string, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ code, msg }), {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}

const ORDER_METHODS: Readonly<Record<string, Endpoint>> = { POST: "send", GET: "find", DELETE: "cancel" };

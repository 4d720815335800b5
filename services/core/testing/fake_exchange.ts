/** An exchange on this machine that speaks Binance's spot protocol, by HTTP and websocket, and misbehaves on demand. ccxt's
 * own code talks to it. Its candles follow from their time alone, so anybody can tell what they must be. */
import type { Bar } from "../contracts/bar.ts";

export const STEP_MS = 60_000;

/** What may go wrong with a question. */
export type Fault = "time-out" | "too many requests" | "server error" | "nonsense" | "disconnect";

/** How candles are listed. */
export type Listing = "plain" | "doubled" | "unordered";

interface Client {
  readonly socket: WebSocket;
  /** `btcusdt@kline_1m`. */
  readonly streams: Set<string>;
}

const JSON_TYPE = { headers: { "content-type": "application/json" } };
const MARKETS = ["BTC/USDT", "ETH/USDT"];

/** A candle of a market once it is over. */
export function candleAt(market: string, openTimeMs: number): Bar {
  const index = openTimeMs / STEP_MS;
  const open = 100 + MARKETS.indexOf(market) * 50 + index % 11;
  return { openTimeMs, open, high: open + 2, low: open - 1, close: open + 1, volume: 10 + index % 3 };
}

export class FakeExchange implements AsyncDisposable {
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #nowMs: () => number;
  readonly #held: (() => void)[] = [];
  readonly #clients = new Set<Client>();
  #toldMs: number;
  /** Paths of the questions so far. */
  readonly questions: string[] = [];
  /** What goes wrong with the next questions, in their order; `fine` lets one through. */
  readonly faults: (Fault | "fine")[] = [];
  listing: Listing = "plain";
  /** Candles that it does not have, as `BTC/USDT 1700000040000`. */
  readonly absent = new Set<string>();
  /** Candles that it has wrong by REST, as they might be while its servers do not agree. */
  readonly wrong = new Set<string>();
  /** Ids of markets that it does not answer for. */
  readonly refused = new Set<string>();
  /** How far its clock is ahead. */
  skewMs = 0;
  /** Its websockets say nothing. */
  isMute = false;
  /** It takes no websocket. */
  isRefusing = false;

  /** @param nowMs The true time. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#toldMs = nowMs();
    this.#server = Deno.serve(
      { hostname: "127.0.0.1", port: 0, onListen() {} },
      (request) => this.#answer(request),
    );
  }

  /** Its time. */
  nowMs(): number {
    return this.#nowMs() + this.skewMs;
  }

  get sockets(): number {
    return [...this.#clients].filter(({ streams }) => streams.size > 0).length;
  }

  /** What ccxt's Binance needs to find it. */
  get overrides(): Record<string, unknown> {
    const base = `http://127.0.0.1:${this.#server.addr.port}`;
    const live = { public: `${base}/api/v3`, ws: { spot: `${base.replace("http", "ws")}/stream/ws` } };
    const urls = { api: { ...live, public: `${base}/real/v3` }, test: live };
    return { urls, rateLimit: 1, options: { fetchMarkets: { types: ["spot"] } } };
  }

  /** Tells its websockets what has happened since the last time: each candle's end, and the one that is open. */
  tell(): void {
    const fromMs = Math.floor(this.#toldMs / STEP_MS) * STEP_MS;
    this.#toldMs = this.#nowMs();
    for (const market of MARKETS) {
      for (let openMs = fromMs; openMs <= this.nowMs(); openMs += STEP_MS) {
        if (!this.absent.has(`${market} ${openMs}`)) this.sendCandle(market, this.#candle(market, openMs));
      }
    }
  }

  sendCandle(market: string, bar: Bar): void {
    const { openTimeMs, open, high, low, close, volume } = bar;
    const s = idOf(market);
    const k = {
      s,
      i: "1m",
      t: openTimeMs,
      o: `${open}`,
      h: `${high}`,
      l: `${low}`,
      c: `${close}`,
      v: `${volume}`,
    };
    this.#send(`${s.toLowerCase()}@kline_1m`, { e: "kline", E: this.nowMs(), s, k });
  }

  sendTrade(market: string, id: number, timeMs: number, price: number, size: number): void {
    const s = idOf(market);
    const trade = {
      e: "trade",
      E: this.nowMs(),
      T: timeMs,
      s,
      t: id,
      p: `${price}`,
      q: `${size}`,
      m: false,
      M: true,
    };
    this.#send(`${s.toLowerCase()}@trade`, trade);
  }

  /** Ends every connection without a word. */
  dropSockets(): void {
    for (const { socket } of this.#clients) socket.close();
    this.#clients.clear();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const release of this.#held) release();
    this.dropSockets();
    await this.#server.shutdown();
  }

  #send(stream: string, message: object): void {
    if (this.isMute) return;
    for (const { socket, streams } of this.#clients) {
      if (streams.has(stream) && socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
    }
  }

  async #answer(request: Request): Promise<Response> {
    const url = new URL(request.url);
    if (request.headers.get("upgrade") === "websocket") return this.#connect(request);
    this.questions.push(url.pathname + url.search);
    const fault = this.faults.shift() ?? "fine";
    if (fault !== "fine") return await this.#fail(fault);
    if (this.refused.has(url.searchParams.get("symbol") ?? "")) {
      return new Response(`{"code":-1121,"msg":"Invalid symbol."}`, { status: 400, ...JSON_TYPE });
    }
    const name = url.pathname.split("/").at(-1);
    if (name === "time") return Response.json({ serverTime: this.nowMs() });
    if (name === "exchangeInfo") return Response.json({ timezone: "UTC", symbols: MARKETS.map(marketInfo) });
    if (name === "klines") return Response.json(this.#candles(url.searchParams));
    return new Response(`{"code":-1100,"msg":"there is no ${name}"}`, { status: 404, ...JSON_TYPE });
  }

  async #fail(fault: Fault): Promise<Response> {
    switch (fault) {
      case "time-out":
        await new Promise<void>((resolve) => this.#held.push(resolve));
        return new Response("too late", { status: 504 });
      case "too many requests":
        return new Response(`{"code":-1003,"msg":"Too many requests."}`, { status: 429, ...JSON_TYPE });
      case "server error":
        return new Response("<html>502 Bad Gateway</html>", { status: 502 });
      case "nonsense":
        return new Response("<html>Please wait</html>", { status: 200 });
      case "disconnect":
        return new Response("[", { headers: { "content-length": "1000" } });
    }
  }

  #connect(request: Request): Response {
    if (this.isRefusing) return new Response("no", { status: 503 });
    const { socket, response } = Deno.upgradeWebSocket(request);
    const client: Client = { socket, streams: new Set() };
    this.#clients.add(client);
    socket.onmessage = ({ data }) => {
      const { method, params, id } = JSON.parse(data);
      if (method === "SUBSCRIBE") { for (const stream of params) client.streams.add(stream); }
      socket.send(JSON.stringify({ result: null, id }));
    };
    socket.onclose = () => this.#clients.delete(client);
    socket.onerror = () => this.#clients.delete(client);
    return response;
  }

  /** Candles from a time on, the open one included, as Binance lists them. */
  #candles(query: URLSearchParams): unknown[] {
    const market = MARKETS.find((each) => idOf(each) === query.get("symbol"))!;
    const [fromMs, limit] = [Number(query.get("startTime")), Number(query.get("limit"))];
    const rows: unknown[] = [];
    for (let openMs = Math.ceil(fromMs / STEP_MS) * STEP_MS; openMs <= this.nowMs(); openMs += STEP_MS) {
      if (rows.length === limit) break;
      if (this.absent.has(`${market} ${openMs}`)) continue;
      const { open, high, low, close, volume } = this.#candle(market, openMs);
      const said = this.wrong.has(`${market} ${openMs}`) ? -close : close;
      rows.push([
        openMs,
        ...[open, high, low, said, volume].map(String),
        openMs + STEP_MS - 1,
        "1",
        1,
        "1",
        "1",
        "0",
      ]);
    }
    if (this.listing === "doubled") return rows.flatMap((row) => [row, row]);
    return this.listing === "unordered" ? rows.reverse() : rows;
  }

  /** As it is by now: an open candle has not reached its high, and half of its volume. */
  #candle(market: string, openMs: number): Bar {
    const bar = candleAt(market, openMs);
    const isOver = this.nowMs() >= openMs + STEP_MS;
    return isOver ? bar : { ...bar, high: bar.open, close: bar.open, volume: bar.volume / 2 };
  }
}

function idOf(market: string): string {
  return market.replace("/", "");
}

function marketInfo(market: string): object {
  const [baseAsset, quoteAsset] = market.split("/");
  return {
    symbol: idOf(market),
    status: "TRADING",
    baseAsset,
    quoteAsset,
    isSpotTradingAllowed: true,
    permissions: ["SPOT"],
    orderTypes: ["LIMIT", "MARKET", "STOP_LOSS", "TAKE_PROFIT"],
    filters: [
      { filterType: "PRICE_FILTER", tickSize: "0.01" },
      { filterType: "LOT_SIZE", stepSize: "0.00001", minQty: "0.00001" },
      { filterType: "NOTIONAL", minNotional: "5" },
    ],
  };
}

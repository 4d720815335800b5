/** The books of a made-up spot exchange: balances, orders and trades of one account, as Binance keeps them. Orders at the market
 * fill at once at the price that the test has set; stops and takes rest, hold their quantity, and fill when the price reaches them.
 *
 * As at Binance, a client order id is taken only as long as its order is open: an order that is sent twice is executed twice. */
import { formatMoney, multiplyDown, multiplyUp, parseMoney } from "../account/money.ts";

/** Units of 1e-8. */
export interface Trade {
  readonly id: number;
  readonly orderId: number;
  readonly symbol: string;
  readonly isBuyer: boolean;
  readonly price: bigint;
  readonly quantity: bigint;
  readonly fee: bigint;
  readonly feeAsset: string;
  readonly timeMs: number;
}

export interface PlacedOrder {
  readonly orderId: number;
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly side: "BUY" | "SELL";
  readonly type: string;
  readonly quantity: bigint;
  readonly stopPrice: bigint;
  readonly timeMs: number;
  status: "NEW" | "PARTIALLY_FILLED" | "FILLED" | "CANCELED" | "EXPIRED";
  executed: bigint;
  paid: bigint;
}

/** An answer as Binance words it. */
export class MatchingError extends Error {
  constructor(readonly code: number, message: string) {
    super(message);
  }
}

export interface OrderRequest {
  readonly symbol: string;
  readonly clientOrderId: string;
  readonly side: "BUY" | "SELL";
  readonly type: string;
  readonly quantity: string;
  readonly stopPrice: string | null;
}

const LOT = parseMoney("0.00001");
const LEAST_NOTIONAL = parseMoney("5");
/** 0.1 %. */
const FEE = parseMoney("0.001");
const QUOTE = "USDT";

export class FakeMatching {
  readonly balances = new Map<string, bigint>();
  readonly orders: PlacedOrder[] = [];
  readonly trades: Trade[] = [];
  /** In how many trades an order at the market is filled. */
  pieces = 1;
  /** Trades of an order that wait until {@link fillRest}. */
  heldBack = 0;
  /** Takes fees in this asset instead of what was bought. */
  feeAsset: string | null = null;
  readonly #prices = new Map<string, bigint>();
  readonly #nowMs: () => number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** @param symbol As `BTCUSDT`. */
  setPrice(symbol: string, price: string): void {
    const now = parseMoney(price);
    this.#prices.set(symbol, now);
    for (const order of this.orders) {
      if (order.symbol !== symbol || order.stopPrice === 0n || order.status !== "NEW") continue;
      const falls = isFalling(order);
      if (falls ? now <= order.stopPrice : now >= order.stopPrice) this.#fill(order, order.quantity);
    }
  }

  balance(asset: string): bigint {
    return this.balances.get(asset) ?? 0n;
  }

  /** What open orders hold of an asset. */
  locked(asset: string): bigint {
    return this.orders.filter(({ status, symbol, stopPrice }) =>
      status === "NEW" && stopPrice > 0n && baseOf(symbol) === asset
    )
      .reduce((sum, { quantity }) => sum + quantity, 0n);
  }

  place(request: OrderRequest): PlacedOrder {
    const { symbol, clientOrderId, side, type } = request;
    const [quantity, stopPrice] = [parseMoney(request.quantity), parseMoney(request.stopPrice ?? "0")];
    const price = this.#prices.get(symbol) ?? 0n;
    if (this.orders.some((order) => order.clientOrderId === clientOrderId && isOpen(order))) {
      throw new MatchingError(-2010, "Duplicate order sent.");
    }
    if (quantity < LOT || quantity % LOT !== 0n) throw new MatchingError(-1013, "Filter failure: LOT_SIZE");
    if (multiplyDown(quantity, stopPrice || price) < LEAST_NOTIONAL) {
      throw new MatchingError(-1013, "Filter failure: NOTIONAL");
    }
    this.#checkFunds(symbol, side, quantity, price);
    const order: PlacedOrder = {
      orderId: 1_000 + this.orders.length,
      ...{ symbol, clientOrderId, side, type, quantity, stopPrice },
      timeMs: this.#nowMs(),
      status: "NEW",
      executed: 0n,
      paid: 0n,
    };
    if (stopPrice > 0n && (isFalling(order) ? price <= stopPrice : price >= stopPrice)) {
      throw new MatchingError(-2010, "Stop price would trigger immediately.");
    }
    this.orders.push(order);
    if (stopPrice === 0n) this.#fillInPieces(order);
    return order;
  }

  /** The last order of a name. */
  find(symbol: string, clientOrderId: string): PlacedOrder | undefined {
    return this.orders.findLast((order) => order.symbol === symbol && order.clientOrderId === clientOrderId);
  }

  cancel(symbol: string, clientOrderId: string): PlacedOrder {
    const order = this.find(symbol, clientOrderId);
    if (order === undefined || !isOpen(order)) throw new MatchingError(-2011, "Unknown order sent.");
    order.status = "CANCELED";
    return order;
  }

  open(symbol: string): PlacedOrder[] {
    return this.orders.filter((order) => order.symbol === symbol && isOpen(order));
  }

  /** Fills what was held back. */
  fillRest(): void {
    for (const order of this.orders) {
      if (order.status === "PARTIALLY_FILLED") this.#fill(order, order.quantity - order.executed);
    }
  }

  #checkFunds(symbol: string, side: "BUY" | "SELL", quantity: bigint, price: bigint): void {
    const base = baseOf(symbol);
    const isCovered = side === "BUY"
      ? multiplyUp(quantity, price) <= this.balance(QUOTE)
      : quantity <= this.balance(base) - this.locked(base);
    if (!isCovered) throw new MatchingError(-2010, "Account has insufficient balance for requested action.");
  }

  #fillInPieces(order: PlacedOrder): void {
    const lots = order.quantity / LOT;
    const pieces = lots < BigInt(this.pieces) ? lots : BigInt(this.pieces);
    const now = pieces - BigInt(Math.min(this.heldBack, Number(pieces) - 1));
    for (let piece = 0n; piece < now; piece++) {
      const isLast = piece === pieces - 1n;
      this.#fill(order, isLast ? order.quantity - order.executed : (lots / pieces) * LOT);
    }
  }

  #fill(order: PlacedOrder, quantity: bigint): void {
    const { symbol, side, orderId } = order;
    const price = this.#prices.get(symbol)!;
    const base = baseOf(symbol);
    const notional = multiplyUp(quantity, price);
    const isBuyer = side === "BUY";
    const feeAsset = this.feeAsset ?? (isBuyer ? base : QUOTE);
    const fee = multiplyUp(isBuyer ? quantity : notional, FEE);
    this.#move(base, isBuyer ? quantity : -quantity);
    this.#move(QUOTE, isBuyer ? -notional : notional);
    this.#move(feeAsset, -fee);
    order.executed += quantity;
    order.paid += notional;
    order.status = order.executed === order.quantity ? "FILLED" : "PARTIALLY_FILLED";
    const id = this.trades.length + 1;
    this.trades.push({
      ...{ id, orderId, symbol, isBuyer, price, quantity, fee, feeAsset },
      timeMs: this.#nowMs(),
    });
  }

  #move(asset: string, amount: bigint): void {
    this.balances.set(asset, this.balance(asset) + amount);
  }
}

export function describeOrder(order: PlacedOrder): object {
  return {
    symbol: order.symbol,
    orderId: order.orderId,
    clientOrderId: order.clientOrderId,
    transactTime: order.timeMs,
    time: order.timeMs,
    price: "0",
    origQty: formatMoney(order.quantity),
    executedQty: formatMoney(order.executed),
    cummulativeQuoteQty: formatMoney(order.paid),
    status: order.status,
    timeInForce: "GTC",
    type: order.type,
    side: order.side,
    stopPrice: formatMoney(order.stopPrice),
  };
}

export function describeTrade(trade: Trade): object {
  return {
    symbol: trade.symbol,
    id: trade.id,
    orderId: trade.orderId,
    price: formatMoney(trade.price),
    qty: formatMoney(trade.quantity),
    quoteQty: formatMoney(multiplyUp(trade.quantity, trade.price)),
    commission: formatMoney(trade.fee),
    commissionAsset: trade.feeAsset,
    time: trade.timeMs,
    isBuyer: trade.isBuyer,
    isMaker: false,
    isBestMatch: true,
  };
}

function isOpen({ status }: PlacedOrder): boolean {
  return status === "NEW" || status === "PARTIALLY_FILLED";
}

/** Whether it is reached from above: a stop of what is held, or a buy below the price. */
function isFalling({ side, type }: PlacedOrder): boolean {
  return (side === "SELL") === (type === "STOP_LOSS");
}

function baseOf(symbol: string): string {
  return symbol.slice(0, -QUOTE.length);
}

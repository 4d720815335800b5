/** A venue on loopback with ccxt between, and a lane's desk on it; on a clock that the test moves. */
import { parseMoney } from "../../core/account/money.ts";
import { FakeExchange } from "../../core/testing/fake_exchange.ts";
import { FAKE_KEYS, FakeVenue } from "../../core/testing/fake_venue.ts";
import { clientOrderId } from "../../core/venue/client_order_id.ts";
import type { OrderSpec } from "../../core/venue/tracked_order.ts";
import { CcxtBroker } from "./ccxt_broker.ts";

export const SYMBOL = "BTC/USDT";

/** An order at the market, or, with a trigger, one that rests. */
export function orderOf(barMs: number, changes: Partial<OrderSpec> = {}): OrderSpec {
  const { leg = "entry" } = changes;
  return {
    barMs,
    leg,
    clientOrderId: clientOrderId({ account: "main", symbol: SYMBOL, barMs, leg }),
    side: "buy",
    quantity: "0.5",
    trigger: null,
    exits: null,
    ...changes,
  };
}

/** What ccxt needs to find both. */
export function ccxtOverrides(exchange: FakeExchange, venue: FakeVenue): Record<string, unknown> {
  const { urls, ...others } = exchange.overrides as { urls: { api: object; test: object } };
  const withOrders = { ...urls.test, private: venue.url };
  return { ...others, urls: { api: { ...urls.api, private: venue.url }, test: withOrders } };
}

export interface OpenedVenue extends AsyncDisposable {
  readonly exchange: FakeExchange;
  readonly venue: FakeVenue;
  readonly broker: CcxtBroker;
}

/** A made-up account with 100,000 USDT at a price of 100. Its time is that of this machine, as ccxt signs by it.
 * @param ccxt More of ccxt's options. */
export async function openFakeVenue(
  timeoutMs = 300,
  ccxt: Readonly<Record<string, unknown>> = {},
): Promise<OpenedVenue> {
  await using opening = new AsyncDisposableStack();
  const exchange = opening.use(new FakeExchange(Date.now));
  const venue = opening.use(new FakeVenue({ nowMs: Date.now }));
  venue.books.balances.set("USDT", parseMoney("100000"));
  venue.books.setPrice("BTCUSDT", "100");
  const broker = opening.use(
    await CcxtBroker.open({
      exchange: "binance",
      sandbox: true,
      timeoutMs,
      receiveWindowMs: 5_000,
      keys: FAKE_KEYS,
      overrides: { ...ccxtOverrides(exchange, venue), ...ccxt },
    }),
  );
  const resources = opening.move();
  return { exchange, venue, broker, [Symbol.asyncDispose]: () => resources.disposeAsync() };
}

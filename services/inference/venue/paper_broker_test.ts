import { parseMoney } from "../../core/account/money.ts";
import { FakeMatching } from "../../core/testing/fake_matching.ts";
import { testBrokerConformance } from "./broker_conformance_testing.ts";
import { PaperBroker } from "./paper_broker_testing.ts";

testBrokerConformance("PaperBroker", () => {
  const books = new FakeMatching(() => 0);
  books.balances.set("USDT", parseMoney("100000"));
  books.setPrice("BTCUSDT", "100");
  const broker = new PaperBroker(books);
  return Promise.resolve({ broker, books, [Symbol.asyncDispose]: () => broker[Symbol.asyncDispose]() });
});

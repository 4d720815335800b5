/** Limits and the kill switch through the agent, the account and the ledger together. */
import assert from "node:assert/strict";
import { controlDocument } from "../core/contracts/control.ts";
import type { Decision } from "../core/contracts/lane.ts";
import { accountTotal } from "../core/contracts/risk.ts";
import type { Commit, CommitResult } from "../core/redis/ledger.ts";
import { MemoryLedger } from "../core/redis/memory_ledger.ts";
import { totalOf } from "../core/risk/risk_testing.ts";
import { LaneLostError } from "./inference_agent.ts";
import { ACCOUNT, DAY_MS, World } from "./inference_testing.ts";
import { FIRST_MS, FREE, RiskLane, rulesWith } from "./risk_testing.ts";

const said = ({ verdict, order }: Decision) => [verdict.outcome, order?.target ?? null, verdict.reason];
const outcome = ({ verdict, order }: Decision) => [verdict.outcome, order?.target ?? null];

Deno.test("InferenceAgent cuts an order to its limit, and fills no more", async () => {
  const lane = await RiskLane.start(rulesWith({ maxNotional: 20_000, maxPosition: 0.4 }));
  const decision = await lane.bar(100, 1);
  assert.match(decision.verdict.reason, /; cut from 100 % to 20 % of equity: position limit is 20,000$/);
  assert.deepEqual([decision.target, decision.order?.target, decision.size], [0.2, 0.2, 1]);
  await lane.bar(130, 1, 125);
  const [fill] = await lane.fills();
  assert.deepEqual([fill.quantity, fill.price], ["160", "125"]);
  const held = await lane.bar(130, 1);
  assert.deepEqual(outcome(held), ["refused", null], "no room for more");
});

Deno.test("InferenceAgent refuses new risk after a daily loss until the next UTC day, and lets what is held go", async () => {
  const hour = 3_600_000;
  const lane = await RiskLane.start(rulesWith({ maxDailyLoss: 0.03 }), { stepMs: 6 * hour });
  await lane.bar(100, 0.5); // 00:00
  await lane.bar(100, 0.5); // 06:00: 500 pieces
  const lost = await lane.bar(93.6, 1); // 12:00: 3,200 of 100,000
  assert.deepEqual(said(lost), ["refused", null, "daily loss 3.2 % is over the limit of 3 %"]);
  assert.deepEqual(outcome(await lane.bar(93.6, 0)), ["ordered", 0]); // 18:00
  assert.deepEqual(outcome(await lane.bar(93.6, 1)), ["ordered", 1], "another day");
});

Deno.test("InferenceAgent turns a reversal into an exit where new risk is refused", async () => {
  const lane = await RiskLane.start(rulesWith({ maxDailyTurnover: 1.2 }));
  await lane.bar(100, 1);
  const turned = await lane.bar(100, -1);
  assert.deepEqual(said(turned), [
    "changed",
    0,
    "closes and enters nothing: turnover of the day would be 200,000, over the limit of 120,000",
  ]);
  assert.deepEqual([turned.action, turned.target], ["short", 0]);
  const out = await lane.bar(100, 0);
  assert.equal(out.laneAccount.quantity, "0");
});

Deno.test("InferenceAgent lets one order in ten minutes add risk, by bar time", async () => {
  const lane = await RiskLane.start(rulesWith({ maxOrdersPerMinute: 0.1 }), { stepMs: 60_000 });
  const wants = [1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1];
  const orders = [];
  for (const want of wants) orders.push((await lane.bar(100, want)).order?.target ?? null);
  assert.deepEqual(orders, [1, 0, null, null, null, null, null, null, null, null, null, 1]);
});

Deno.test("InferenceAgent halts the account with the bar that broke a limit, and says so from then on", async () => {
  const lane = await RiskLane.start(rulesWith({ maxDrawdown: 0.2 }, { onDrawdown: "halt" }));
  await lane.bar(100, 1);
  await lane.bar(100);
  await lane.bar(110);
  const broken = await lane.bar(80, 0); // 80,000 of 110,000
  const why = "SPX: drawdown 27.28 % is over the limit of 20 %";
  assert.deepEqual(said(broken), ["refused", null, `trading is halted since bar ${dayOf(3)}: ${why}`]);
  const control = await lane.world.ledger.control(ACCOUNT);
  assert.deepEqual(
    [control?.state, control?.flatten, control?.by, control?.reason, control?.barMs],
    ["halted", false, "risk limit", why, FIRST_MS + 3 * DAY_MS],
  );
  const after = await lane.bar(200, 0);
  assert.deepEqual(said(after), said(broken), "a recovery does not lift it");
  assert.ok(Number(after.laneAccount.quantity) > 0, "and what is held is kept");
});

Deno.test("InferenceAgent closes what is held by an order of the same commit where a breach flattens", async () => {
  const lane = await RiskLane.start(rulesWith({ maxDailyLoss: 0.1 }, { onDailyLoss: "flatten" }));
  await lane.bar(100, 1);
  await lane.bar(100);
  const broken = await lane.bar(88);
  assert.deepEqual(said(broken), [
    "changed",
    0,
    `closes what is held: trading is halted since bar ${
      dayOf(2)
    }: SPX: daily loss 12 % is over the limit of 10 %`,
  ]);
  const out = await lane.bar(90, 1, 87);
  assert.deepEqual([out.laneAccount.cash, out.laneAccount.quantity], ["87000", "0"]);
  assert.deepEqual(outcome(out), ["refused", null]);
});

Deno.test("InferenceAgent obeys a halt that comes between its decision and its commit", async () => {
  const world = new World();
  let commits = 0;
  const ledger = new class extends MemoryLedger {
    override async commit(commit: Commit): Promise<CommitResult> {
      if (++commits === 2) await lane.halt({ reason: "just in time" });
      return await super.commit(commit);
    }
  }({ keyspace: world.keyspace });
  const lane: RiskLane = await RiskLane.start(rulesWith({}), { world, changes: { ledger } });
  await lane.bar(100, 0);
  const halted = await lane.bar(100, 1);
  assert.equal(commits, 3, "the second bar was committed at its second try");
  assert.deepEqual(outcome(halted), ["refused", null]);
  assert.match(halted.verdict.reason, /^trading is halted since .* UTC: just in time$/);
  assert.deepEqual(halted.outside, { control: 1 });
  assert.equal((await lane.decisions()).length, 2);
});

Deno.test("InferenceAgent stays halted through a restart, flattens, and counts losses anew after a resume", async () => {
  const world = new World();
  const rules = rulesWith({ maxDrawdown: 0.3 }, { onDrawdown: "halt" });
  const lane = await RiskLane.start(rules, { world });
  await lane.bar(100, 1);
  await lane.bar(100);
  await lane.halt();
  assert.deepEqual(outcome(await lane.bar(90, 0)), ["refused", null]);

  const again = await RiskLane.start(rules, { world }); // of a new process: it has not looked at the control yet
  assert.deepEqual(outcome(await again.bar(80, 0)), ["refused", null]);
  await again.steer({ flatten: true });
  assert.deepEqual(outcome(await again.bar(75, 1)), ["changed", 0]);
  const flat = await again.bar(75, 1);
  assert.deepEqual([flat.laneAccount.quantity, ...outcome(flat)], ["0", "refused", null]);

  await again.resume();
  assert.deepEqual(outcome(await again.bar(75, 1)), ["ordered", 1], "25 % below the peak of before");
  await again.bar(75);
  assert.deepEqual(outcome(await again.bar(60)), ["kept", null], "20 % below the one since");
  const [before, after] = (await again.decisions()).slice(-2);
  assert.deepEqual([before.outside, after.outside], [{ control: 3 }, { control: 3 }]);
});

Deno.test("InferenceAgent acts on no stale bar of a market in real time, and records how old it was", async () => {
  const world = new World();
  const rules = rulesWith({ maxDrawdown: 0.1 }, { staleAfterMs: 60_000, onDrawdown: "halt" });
  let nowMs = FIRST_MS + DAY_MS + 60_000;
  const clock = { nowMs: () => nowMs, monotonicMs: () => 0, wait: () => Promise.resolve() };
  const lane = await RiskLane.start(rules, { world, changes: { isRealTime: true, clock } });
  const fresh = await lane.bar(100, 1);
  assert.deepEqual([...outcome(fresh), fresh.outside?.dataAgeMs], ["ordered", 1, 60_000]);
  nowMs += DAY_MS + 1;
  const old = await lane.bar(50, 0);
  assert.deepEqual(said(old), [
    "refused",
    null,
    "the bar ended 60001 ms ago by the clock, over the limit of 60000 ms",
  ]);
  assert.equal(await world.ledger.control(ACCOUNT), null, "an old price breaks no limit");
});

Deno.test("InferenceAgent holds the account's limits by what other lanes have committed", async () => {
  const world = new World();
  const portfolio = { maxPosition: 0.5, maxDrawdown: 0.1 };
  const lane = await RiskLane.start(rulesWith({}, { portfolio, onDrawdown: "refuse" }), { world });
  const total = accountTotal(ACCOUNT);
  const other = { dayMs: FIRST_MS, equity: 100_000, dayStartEquity: 100_000 };
  await world.store.setField(total, "BTC", totalOf(other, { held: 60_000, barMs: FIRST_MS - 1 }));
  const cut = await lane.bar(100, 1);
  assert.match(
    cut.verdict.reason,
    /cut from 100 % to 40 % .*: the account's position limit is 50 % of equity, of which other lanes hold 60,000$/,
  );
  assert.deepEqual([cut.outside?.account?.equity, cut.outside?.account?.heldElsewhere], [200_000, 60_000]);
  await lane.bar(100, 0);
  await world.store.setField(total, "BTC", totalOf({ ...other, equity: 70_000 }));
  const { before: _, ...before } = (await world.ledger.totals(ACCOUNT)).get("SPX")!;
  const broken = await lane.bar(100, 1);
  assert.deepEqual(said(broken), ["refused", null, "the account's drawdown 15 % is over the limit of 10 %"]);
  const stored = await world.ledger.totals(ACCOUNT);
  assert.equal(stored.get("SPX")?.accountPeak, 200_000);
  assert.deepEqual(stored.get("SPX")?.before, before, "what it was a bar before is kept beside it");
});

Deno.test("InferenceAgent refuses new risk in a state that is at its clips", async () => {
  const risk = rulesWith({}, { maxClippedShare: 0.5 });
  const strategy = { ...FREE, risk, clips: [null, 2.6] }; // a window of 8 knows no z beyond 2.646
  const lane = await RiskLane.start(risk, { changes: { strategy } });
  for (let bar = 0; bar < 10; bar++) await lane.bar(100 + bar % 2, 0);
  assert.deepEqual(said(await lane.bar(10, 1)), [
    "refused",
    null,
    "1 of 1 features are at their clip, over the limit of 50 %",
  ]);
  assert.deepEqual(outcome(await lane.bar(10, 1)), ["ordered", 1]);
});

Deno.test("InferenceAgent does not trade under a control that cannot be read", async () => {
  const world = new World();
  const lane = await RiskLane.start(rulesWith({}), { world });
  await world.store.setBytes(controlDocument(ACCOUNT).key, new TextEncoder().encode("{"));
  await assert.rejects(lane.bar(100, 1), (cause) => {
    assert.ok(cause instanceof LaneLostError);
    assert.match(cause.message, /control:\{paper\} must hold a control/);
    return true;
  });
  assert.deepEqual(await lane.decisions(), []);
});

function dayOf(bar: number): string {
  return new Date(FIRST_MS + bar * DAY_MS).toISOString().slice(0, 10);
}

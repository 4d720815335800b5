/** What holds after any bars, under any limits, whatever the network wants; checked from what was committed alone. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { fromLaneAccount, openAccount, toLaneAccount } from "../core/account/account.ts";
import { accountStep } from "../core/account/account_step.ts";
import { FREE as NO_COSTS } from "../core/account/account_testing.ts";
import { parseMoney } from "../core/account/money.ts";
import { barStream } from "../core/contracts/bar.ts";
import type { Bar } from "../core/contracts/bar.ts";
import type { Decision, Fill } from "../core/contracts/lane.ts";
import type { RiskRules } from "../core/risk/risk_rules.ts";
import { ACCOUNT, TIMEFRAME, World } from "./inference_testing.ts";
import { FIRST_MS, FREE, RiskLane, rulesWith } from "./risk_testing.ts";

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** Half of the limits are none, so that the others come to act. */
const orNull = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: null, freq: 2 });
const action = fc.constantFrom("refuse" as const, "halt" as const, "flatten" as const);

const rules = fc.record({
  maxPosition: orNull(fc.constantFrom(0.3, 0.5, 1)),
  maxNotional: orNull(fc.constantFrom(20_000, 70_000)),
  maxOrdersPerMinute: orNull(fc.constantFrom(0.001, 0.01, 1)),
  maxDailyTurnover: orNull(fc.constantFrom(0.6, 1.5, 4)),
  maxDailyLoss: orNull(fc.constantFrom(0.02, 0.1)),
  maxDrawdown: orNull(fc.constantFrom(0.05, 0.3)),
  onDailyLoss: action,
  onDrawdown: action,
}).map(({ onDailyLoss, onDrawdown, ...lane }) => rulesWith(lane, { onDailyLoss, onDrawdown }));

const change = fc.noBias(fc.integer({ min: -100, max: 100 })).map((thousandths) => thousandths / 1_000);
const bars = fc.array(
  fc.record({
    gap: change,
    move: change,
    seed: fc.noBias(fc.nat(1_000)),
    event: fc.constantFrom(
      "halt",
      "flatten",
      "resume",
      "resume",
      "resume",
      "restart",
      ...Array<null>(24).fill(null),
    ),
  }),
  { minLength: 10, maxLength: 60 },
);

interface Run {
  readonly rules: RiskRules;
  readonly bars: readonly Bar[];
  readonly decisions: readonly Decision[];
  readonly equities: readonly number[];
  readonly fills: readonly Fill[];
  /** Bars before which trading was resumed. */
  readonly resumes: ReadonlySet<number>;
}

async function live(
  risk: RiskRules,
  steps: typeof bars extends fc.Arbitrary<infer T> ? T : never,
): Promise<Run> {
  const world = new World();
  let lane = await RiskLane.start(risk, { world, stepMs: 4 * HOUR });
  let price = 100;
  const resumes = new Set<number>();
  for (const [index, { gap, move, seed, event }] of steps.entries()) {
    if (event === "halt" || event === "flatten") await lane.halt({ flatten: event === "flatten" });
    if (event === "resume") {
      await lane.resume();
      resumes.add(index);
    }
    if (event === "restart") lane = await RiskLane.start(risk, { world, stepMs: 4 * HOUR });
    const open = price * (1 + gap);
    price = open * (1 + move);
    await lane.bar(price, ({ side, exposure }) => (seed * 7919 + side * 104_729 + exposure * 1e4) % 97, open);
  }
  const published = await world.store.range(barStream("SPX", TIMEFRAME), { from: `${FIRST_MS}-0` });
  return {
    rules: risk,
    bars: published.map(({ value }) => value.bar),
    decisions: await lane.decisions(),
    equities: await lane.equities(),
    fills: await lane.fills(),
    resumes,
  };
}

/** Whether an order leads to a larger position or to another side. */
function addsRisk({ order, laneAccount }: Decision, close: number, equity: number): boolean {
  if (order === null || order.target === 0) return false;
  const held = Number(laneAccount.quantity) * close / equity;
  return !order.isResize || Math.abs(order.target) > Math.abs(held);
}

const dayOf = (ms: number) => Math.floor(ms / DAY);

Deno.test("InferenceAgent's account is that of accountStep() by its orders alone: what was refused changed nothing", async () => {
  await fc.assert(
    fc.asyncProperty(rules, bars, async (risk, steps) => {
      const run = await live(risk, steps);
      let account = openAccount(parseMoney(FREE.cash));
      let pending: Decision["order"] = null;
      for (const [index, decision] of run.decisions.entries()) {
        account = accountStep(account, pending, run.bars[index], NO_COSTS).account;
        assert.deepEqual(decision.laneAccount, toLaneAccount(account));
        pending = decision.order;
        const { outcome, reason } = decision.verdict;
        assert.equal(pending === null, outcome === "refused" || outcome === "kept");
        assert.ok(reason.length > 0);
      }
    }),
    { numRuns: 60 },
  );
});

Deno.test("InferenceAgent's limits hold after any bars, orders, halts, resumes and restarts", async () => {
  await fc.assert(
    fc.asyncProperty(rules, bars, async (risk, steps) => {
      const run = await live(risk, steps);
      run.decisions.forEach((decision, index) => {
        if (addsRisk(decision, run.bars[index].close, run.equities[index])) checkIncrease(run, index);
      });
    }),
    { numRuns: 150 },
  );
});

/** An order that adds risk, by the figures that the streams tell. */
function checkIncrease(run: Run, index: number): void {
  const { rules: { lane: limits }, bars, decisions, equities, fills, resumes } = run;
  const [{ order, barMs, laneAccount }, equity, bar] = [decisions[index], equities[index], bars[index]];
  const wanted = Math.abs(order!.target);
  assert.ok(wanted <= (limits.maxPosition ?? 1) + 1e-12, `position ${wanted}`);
  assert.ok(wanted * equity <= (limits.maxNotional ?? Infinity) * (1 + 1e-9), `notional ${wanted * equity}`);

  const start = [...resumes].filter((resumed) => resumed <= index).at(-1) ?? 0;
  const cash = Number(FREE.cash);
  const peak = Math.max(...equities.slice(start, index + 1), start === 0 ? cash : 0);
  assert.ok(1 - equity / peak <= (limits.maxDrawdown ?? 1) + 1e-8, `drawdown from ${peak} to ${equity}`);
  const firstToday = bars.findIndex(({ openTimeMs }) => dayOf(openTimeMs) === dayOf(barMs));
  const dayStart = firstToday === 0 ? cash : equities[firstToday - 1];
  const lossFrom = start >= firstToday && start > 0 ? equities[start] : dayStart;
  assert.ok(1 - equity / lossFrom <= (limits.maxDailyLoss ?? 1) + 1e-8, `loss from ${lossFrom} to ${equity}`);

  const traded = fills
    .filter((fill) => fill.barMs <= barMs && dayOf(fill.decidedAtMs ?? fill.barMs) === dayOf(barMs))
    .reduce((sum, { quantity, price }) => sum + Math.abs(Number(quantity)) * Number(price), 0);
  const held = Number(fromLaneAccount(laneAccount).quantity) / 1e8 * bar.close / equity;
  const planned = Math.abs(order!.target - held) * equity;
  const most = (limits.maxDailyTurnover ?? Infinity) * lossFrom;
  assert.ok(traded + planned <= most * (1 + 1e-9), `turnover ${traded} and ${planned} of ${most}`);

  if (limits.maxOrdersPerMinute !== null) {
    const windowMs = 60_000 * Math.max(1, 1 / limits.maxOrdersPerMinute);
    const before = decisions.slice(0, index).filter((other) =>
      other.order !== null && other.barMs > barMs - windowMs
    );
    assert.equal(before.length, 0, "orders within the window");
  }
}

Deno.test("InferenceAgent halts within the bar: from a halt to the resume nothing is ordered but the way out", async () => {
  await fc.assert(
    fc.asyncProperty(rules, bars, async (risk, steps) => {
      const { decisions } = await live(risk, steps);
      let isHalted = false;
      decisions.forEach((decision, index) => {
        const { event } = steps[index];
        if (event === "halt" || event === "flatten") isHalted = true;
        if (event === "resume") isHalted = false;
        if (decision.verdict.reason.includes("trading is halted")) isHalted = true; // by a limit
        if (!isHalted) return;
        assert.match(decision.verdict.reason, /trading is halted since/);
        assert.equal(decision.order?.target ?? 0, 0);
      });
    }),
    { numRuns: 100 },
  );
});

Deno.test("InferenceAgent decides the same under limits wherever another process takes over", async () => {
  await fc.assert(
    fc.asyncProperty(rules, bars, async (risk, steps) => {
      const calm = steps.map((step) => ({ ...step, event: null }));
      const cut = steps.map((step) => ({ ...step, event: step.event === null ? null : "restart" as const }));
      const [whole, parts] = [await live(risk, calm), await live(risk, cut)];
      assert.deepEqual(parts, whole);
    }),
    { numRuns: 40 },
  );
});

Deno.test("InferenceAgent keeps the figures of its account in the total that other lanes read", async () => {
  await fc.assert(
    fc.asyncProperty(rules, bars, async (risk, steps) => {
      const world = new World();
      const lane = await RiskLane.start(risk, { world });
      for (const { move } of steps) await lane.bar(100 * (1 + move), move > 0 ? 1 : -0.5);
      const total = (await world.ledger.totals(ACCOUNT)).get("SPX")!;
      const record = (await world.ledger.load(ACCOUNT, "SPX"))!;
      assert.deepEqual(total.risk, record.state.risk);
      assert.equal(total.risk.equity, (await lane.equities()).at(-1));
      const close = 100 * (1 + steps.at(-1)!.move);
      const held = Math.abs(Number(record.state.account.quantity)) * close;
      const ordered = Math.abs(record.state.pending?.target ?? 0) * total.risk.equity;
      assert.ok(Math.abs(total.held - Math.max(held, ordered)) < 1e-4);
    }),
    { numRuns: 20 },
  );
});

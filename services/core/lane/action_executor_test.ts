import assert from "node:assert/strict";
import { DecisionSpace } from "../decisions/decision_space.ts";
import { controlAt } from "../redis/ledger_samples_testing.ts";
import type { RiskScope } from "../risk/loss_limits.ts";
import { execute, type RiskSight, type Situation } from "./action_executor.ts";
import { NO_RULES } from "./lane_testing.ts";

const SPACE = new DecisionSpace({
  actions: ["flat", "long", "short"],
  sizes: [0.5, 1],
  stops: [null, 2],
  takes: null,
  isTrailing: false,
  scalars: ["exposure", "stop_distance", "cooldown_left"],
  cooldownBars: 3,
  stopCooldownBars: 3,
  turnoverPenalty: 0,
});
const LONG = {
  class: 1,
  exposure: 0.52,
  unrealisedPnl: 1,
  barsInTrade: 2,
  stopDistance: 1,
  takeDistance: null,
  cooldownLeft: 0,
};
/** A day's start of 100,000, and nothing lost, traded or held elsewhere. */
const BOOK = {
  equity: 100_000,
  dayStartEquity: 100_000,
  peakEquity: 100_000,
  traded: 0,
  recentOrders: 0,
  heldElsewhere: 0,
};
const SIGHT: RiskSight = {
  rules: NO_RULES,
  scopes: [],
  losses: [],
  control: null,
  dataAgeMs: null,
  clipped: null,
};
const FLAT: Situation = {
  barMs: 77,
  close: 100,
  entry: "market",
  target: 0,
  exposure: 0,
  equity: 100_000,
  cooldownLeft: 0,
  atr: 1.5,
  risk: SIGHT,
};
const HOLDING: Situation = { ...FLAT, target: 0.5, exposure: 0.52 };
/** A lane with these limits. */
const lane = (limits: Partial<RiskScope["limits"]>, book: Partial<RiskScope["book"]> = {}): RiskScope => ({
  whose: "",
  book: { ...BOOK, ...book },
  limits: { ...NO_RULES.lane, ...limits },
});
const facing = (situation: Situation, risk: Partial<RiskSight>): Situation => ({
  ...situation,
  risk: { ...SIGHT, ...risk },
});
const candidate = (label: string, candidates = SPACE.fresh) => {
  const found = candidates.find((each) => each.label === label);
  assert.ok(found, label);
  return found;
};

Deno.test("execute() orders what is chosen, named by its bar, with the stop in price units", () => {
  const entry = candidate("short 0.5, stop 2");
  assert.deepEqual(execute({ candidate: entry, reason: "Q is above" }, FLAT), {
    target: -0.5,
    order: {
      decidedAtMs: 77,
      target: -0.5,
      stopDistance: 3,
      takeDistance: null,
      isResize: false,
      isTrailing: false,
      limitPrice: null,
    },
    verdict: { outcome: "ordered", reason: "Q is above" },
  });
});

Deno.test("execute() orders exits and resizes without a stop of their own", () => {
  const held = SPACE.candidates(LONG);
  const situation = { ...FLAT, target: 0.5 };
  const exit = execute({ candidate: candidate("flat", held), reason: "out" }, situation);
  assert.deepEqual(exit.order, {
    decidedAtMs: 77,
    target: 0,
    stopDistance: null,
    takeDistance: null,
    isResize: false,
    isTrailing: false,
    limitPrice: null,
  });
  const resize = execute({ candidate: candidate("long to 1", held), reason: "more" }, situation);
  assert.deepEqual([resize.target, resize.order?.target, resize.order?.isResize], [1, 1, true]);
  assert.deepEqual(resize.order?.stopDistance, null);
});

Deno.test("execute() orders nothing for a keep: no rebalancing of what has drifted", () => {
  const keep = candidate("keep long", SPACE.candidates(LONG));
  const { order, target, verdict } = execute({ candidate: keep, reason: "x" }, { ...FLAT, target: 0.5 });
  assert.deepEqual([order, target, verdict.outcome], [null, 0.5, "kept"]);
});

Deno.test("execute() without an answer keeps what is held: it never means position 0", () => {
  for (const target of [0, 1, -1]) {
    assert.deepEqual(execute({ candidate: null, reason: "the trainer is silent" }, { ...FLAT, target }), {
      target,
      order: null,
      verdict: { outcome: "refused", reason: "the trainer is silent" },
    });
  }
});

Deno.test("execute() refuses to enter in a cooldown, and says how long it lasts", () => {
  const entry = execute({ candidate: candidate("long 1, no stop"), reason: "x" }, {
    ...FLAT,
    cooldownLeft: 2,
  });
  assert.deepEqual([entry.order, entry.target, entry.verdict], [null, 0, {
    outcome: "refused",
    reason: "nothing may be entered for 2 more bars after an exit",
  }]);
  const wait = execute({ candidate: candidate("flat"), reason: "x" }, { ...FLAT, cooldownLeft: 1 });
  assert.deepEqual(wait.verdict, {
    outcome: "kept",
    reason: "nothing may be entered for 1 more bar after an exit",
  });
});

Deno.test("execute() refuses a stop without an average true range", () => {
  const entry = candidate("long 1, stop 2");
  assert.throws(() => execute({ candidate: entry, reason: "x" }, { ...FLAT, atr: null }), {
    name: "RangeError",
    message: "Cannot order long 1, stop 2 as the average true range must be positive: it is null",
  });
});

Deno.test("execute() cuts an order to the largest position, and says from what to what", () => {
  const wanted = { candidate: candidate("short 1, stop 2"), reason: "Q is above" };
  const { order, target, verdict } = execute(wanted, facing(FLAT, { scopes: [lane({ maxPosition: 0.4 })] }));
  assert.deepEqual([target, order?.target, order?.stopDistance], [-0.4, -0.4, 3]);
  assert.deepEqual(verdict, {
    outcome: "changed",
    reason: "Q is above; cut from 100 % to 40 % of equity: position limit is 40 % of equity",
  });
  const within = execute(wanted, facing(FLAT, { scopes: [lane({ maxPosition: 1, maxNotional: 100_000 })] }));
  assert.deepEqual([within.verdict.outcome, within.order?.target], ["ordered", -1]);
});

Deno.test("execute() cuts to the tightest limit of lane and account, less what other lanes hold", () => {
  const scopes = [
    lane({ maxPosition: 0.9, maxNotional: 70_000 }),
    {
      ...lane({ maxPosition: 0.5 }, { equity: 200_000, heldElsewhere: 40_000 }),
      whose: "the account's ",
    },
  ];
  const { order, verdict } = execute(
    { candidate: candidate("long 1, no stop"), reason: "x" },
    facing(FLAT, { scopes }),
  );
  assert.equal(order?.target, 0.6); // half of 200,000, less 40,000, of 100,000
  assert.match(
    verdict.reason,
    /: the account's position limit is 50 % of equity, of which other lanes hold 40,000$/,
  );
});

Deno.test("execute() enters nothing where there is no room, and cuts no resize below what is held", () => {
  const full = { scopes: [lane({ maxNotional: 50_000 }, { heldElsewhere: 60_000 })] };
  const entry = execute({ candidate: candidate("long 1, no stop"), reason: "x" }, facing(FLAT, full));
  assert.deepEqual([entry.order, entry.target, entry.verdict], [null, 0, {
    outcome: "refused",
    reason: "position limit is 50,000, of which other lanes hold 60,000",
  }]);
  const more = { candidate: candidate("long to 1", SPACE.candidates(LONG)), reason: "x" };
  const tight = execute(more, facing(HOLDING, { scopes: [lane({ maxPosition: 0.5 })] }));
  assert.deepEqual([tight.order, tight.target, tight.verdict.outcome], [null, 0.5, "refused"]);
  const wide = execute(more, facing(HOLDING, { scopes: [lane({ maxPosition: 0.75 })] }));
  assert.deepEqual([wide.order?.target, wide.order?.isResize, wide.verdict.outcome], [0.75, true, "changed"]);
});

Deno.test("execute() lets no more orders add risk in a minute than allowed", () => {
  const entry = { candidate: candidate("long 1, no stop"), reason: "x" };
  const after = (recentOrders: number, maxOrdersPerMinute: number) =>
    execute(entry, facing(FLAT, { scopes: [lane({ maxOrdersPerMinute }, { recentOrders })] })).verdict;
  assert.equal(after(1, 2).outcome, "ordered");
  assert.deepEqual(after(2, 2), {
    outcome: "refused",
    reason: "limit is 2 orders in 1 minute, and 2 came before",
  });
  assert.deepEqual(after(1, 0.1), {
    outcome: "refused",
    reason: "limit is 1 order in 10 minutes, and 1 came before",
  });
});

Deno.test("execute() counts what a reversal trades on both sides in the turnover of the day", () => {
  const turn = { candidate: candidate("short 1, no stop", SPACE.candidates(LONG)), reason: "x" };
  const traded = (amount: number) =>
    execute(turn, facing(HOLDING, { scopes: [lane({ maxDailyTurnover: 2 }, { traded: amount })] }));
  assert.equal(traded(48_000).verdict.outcome, "ordered"); // 48,000 and 152,000 are the limit
  const over = traded(48_001);
  assert.deepEqual([over.order?.target, over.target, over.verdict], [0, 0, {
    outcome: "changed",
    reason: "closes and enters nothing: turnover of the day would be 200,001, over the limit of 200,000",
  }]);
});

Deno.test("execute() names every reason against an order that adds risk", () => {
  const risk: Partial<RiskSight> = {
    rules: { staleAfterMs: null, maxClippedShare: 0.5 },
    clipped: { count: 8, of: 15 },
    losses: ["daily loss 3.2 % is over the limit of 3 %"],
    scopes: [lane({ maxOrdersPerMinute: 1 }, { recentOrders: 1 })],
  };
  const { verdict, order } = execute(
    { candidate: candidate("long 1, no stop"), reason: "x" },
    facing(FLAT, risk),
  );
  assert.deepEqual([order, verdict], [null, {
    outcome: "refused",
    reason: "8 of 15 features are at their clip, over the limit of 50 %; " +
      "daily loss 3.2 % is over the limit of 3 %; limit is 1 order in 1 minute, and 1 came before",
  }]);
});

Deno.test("execute() lets an order that lowers risk through, whatever the limits say", () => {
  const risk: Partial<RiskSight> = {
    rules: { staleAfterMs: null, maxClippedShare: 0.5 },
    clipped: { count: 15, of: 15 },
    losses: ["drawdown 60 % is over the limit of 50 %"],
    scopes: [lane({ maxPosition: 0.01, maxOrdersPerMinute: 1, maxDailyTurnover: 0.1 }, {
      recentOrders: 5,
      traded: 1e9,
    })],
  };
  const held = SPACE.candidates({ ...LONG, exposure: 1.3 });
  const situation = facing({ ...HOLDING, exposure: 1.3, target: 1 }, risk);
  const exit = execute({ candidate: candidate("flat", held), reason: "out" }, situation);
  assert.deepEqual([exit.order?.target, exit.verdict.outcome], [0, "ordered"]);
  const less = execute({ candidate: candidate("long to 0.5", held), reason: "less" }, situation);
  assert.deepEqual([less.order?.target, less.verdict.outcome], [0.5, "ordered"]);
});

Deno.test("execute() acts on no bar that is older by the clock than allowed, not even to leave", () => {
  const rules = { staleAfterMs: 60_000, maxClippedShare: null };
  const exit = { candidate: candidate("flat", SPACE.candidates(LONG)), reason: "out" };
  const old = execute(exit, facing(HOLDING, { rules, dataAgeMs: 60_001 }));
  assert.deepEqual([old.order, old.target, old.verdict], [null, 0.5, {
    outcome: "refused",
    reason: "the bar ended 60001 ms ago by the clock, over the limit of 60000 ms",
  }]);
  for (const dataAgeMs of [60_000, -5, null]) {
    assert.equal(execute(exit, facing(HOLDING, { rules, dataAgeMs })).verdict.outcome, "ordered");
  }
});

Deno.test("execute() orders nothing while trading is halted, and says since when and why", () => {
  const control = controlAt(3, {
    reason: "SPX: drawdown 51 % is over the limit of 50 %",
    barMs: Date.UTC(2020, 2, 16),
  });
  const why = "trading is halted since bar 2020-03-16: SPX: drawdown 51 % is over the limit of 50 %";
  const held = SPACE.candidates(LONG);
  for (const label of ["flat", "long to 1", "short 1, stop 2"]) {
    const { order, target, verdict } = execute(
      { candidate: candidate(label, held), reason: "x" },
      facing(HOLDING, { control }),
    );
    assert.deepEqual([order, target, verdict], [null, 0.5, { outcome: "refused", reason: why }]);
  }
  const keep = execute(
    { candidate: candidate("keep long", held), reason: "x" },
    facing(HOLDING, { control }),
  );
  assert.deepEqual(keep.verdict, { outcome: "kept", reason: why });
  const byHand = controlAt(1, { atMs: Date.UTC(2026, 10, 25, 14, 5), reason: "maintenance" });
  const { verdict } = execute({ candidate: null, reason: "no model" }, facing(FLAT, { control: byHand }));
  assert.equal(verdict.reason, "trading is halted since 2026-11-25 14:05 UTC: maintenance");
});

Deno.test("execute() closes what is held where a halt asks for it, without a model and on old data too", () => {
  const control = controlAt(1, { flatten: true, atMs: Date.UTC(2026, 10, 25), reason: "get out" });
  const risk = { control, dataAgeMs: 1e9, rules: { staleAfterMs: 1, maxClippedShare: null } };
  const out = execute({ candidate: null, reason: "no model has passed the gate yet" }, facing(HOLDING, risk));
  assert.deepEqual(out, {
    target: 0,
    order: {
      decidedAtMs: 77,
      target: 0,
      stopDistance: null,
      takeDistance: null,
      isResize: false,
      isTrailing: false,
      limitPrice: null,
    },
    verdict: {
      outcome: "changed",
      reason: "closes what is held: trading is halted since 2026-11-25 UTC: get out",
    },
  });
  const flat = execute({ candidate: candidate("long 1, no stop"), reason: "x" }, facing(FLAT, risk));
  assert.deepEqual([flat.order, flat.verdict.outcome], [null, "refused"]);
});

Deno.test("execute() trades again once a halt is over", () => {
  const control = controlAt(2, { state: "trading", resumes: 1 });
  const { verdict } = execute(
    { candidate: candidate("long 1, no stop"), reason: "x" },
    facing(FLAT, { control }),
  );
  assert.deepEqual(verdict, { outcome: "ordered", reason: "x" });
});

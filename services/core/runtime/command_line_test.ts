import assert from "node:assert/strict";
import { helpText, mustBe, parseOptions, UsageError } from "./command_line.ts";

const specs = {
  feed: { help: "Where bars come from.", value: "FEED", default: "sp500" },
  bars: { help: "Stop after so many.", value: "N", check: mustBe.integer(1, 500) },
  lockstep: { help: "Wait for the trainer." },
} as const;

function faultsOf(...args: string[]): string {
  try {
    parseOptions(args, specs);
  } catch (error) {
    assert.ok(error instanceof UsageError);
    return error.message;
  }
  throw new Error(`no fault in ${args.join(" ")}`);
}

Deno.test("parseOptions() gives defaults, values and flags", () => {
  assert.deepEqual(parseOptions([], specs), { feed: "sp500", bars: undefined, lockstep: false });
  assert.deepEqual(parseOptions(["--bars", "3", "--lockstep", "--feed=csv:a=b"], specs), {
    feed: "csv:a=b",
    bars: "3",
    lockstep: true,
  });
});

Deno.test("parseOptions() refuses an option that is repeated, as nobody knows which one is meant", () => {
  assert.match(faultsOf("--bars=3", "--bars", "4"), /\n {2}--bars must be given once: it is given 2 times\n/);
  assert.match(
    faultsOf("--lockstep", "--lockstep", "--lockstep"),
    /--lockstep must be given once: it is given 3 times/,
  );
});

Deno.test("parseOptions() refuses options that contradict each other", () => {
  const contradicting = { ...specs, fast: { help: "Wait for nobody.", excludes: ["lockstep"] } } as const;
  assert.throws(
    () => parseOptions(["--fast", "--lockstep"], contradicting),
    /has 1 fault:\n {2}--fast and --lockstep must not be given together: both are\n/,
  );
  assert.equal(parseOptions(["--fast"], contradicting).fast, true);
});

Deno.test("parseOptions() names every fault in one message", () => {
  const message = faultsOf("--bars=501", "--fed=x", "stray", "--feed=");
  assert.match(message, /^Cannot start as the command line has 4 faults:\n/);
  assert.match(message, /--bars must be a whole number from 1 to 500: it is 501/);
  assert.match(message, /--fed is not an option/);
  assert.match(message, /stray is not an option/);
  assert.match(message, /--feed needs a value: FEED/);
  assert.match(message, /See --help\.$/);
});

Deno.test("parseOptions() refuses an option without its value", () => {
  assert.match(faultsOf("--bars"), /has 1 fault:\n {2}--bars needs a value: N/);
});

Deno.test("parseOptions() refuses a value for a flag, which would be passed over", () => {
  assert.match(faultsOf("--lockstep=false"), /--lockstep takes no value: it has false/);
});

Deno.test("parseOptions() refuses names that every object has", () => {
  assert.match(faultsOf("--constructor"), /--constructor is not an option/);
});

Deno.test("mustBe.integer() takes whole numbers of its range alone", () => {
  const check = mustBe.integer(1, 16);
  for (const text of ["1", "16", "007"]) assert.equal(check(text), null, text);
  for (const text of ["0", "17", "1.5", "1e1", "-1", " 1", "", "x", "9".repeat(30)]) {
    assert.equal(check(text), "must be a whole number from 1 to 16", text);
  }
  assert.equal(mustBe.integer(0)("-1"), "must be a whole number from 0");
});

Deno.test("mustBe.speed() takes max and positive numbers", () => {
  for (const text of ["max", "2", "0.5", "1e3"]) assert.equal(mustBe.speed(text), null, text);
  for (const text of ["0", "-1", "fast", "Infinity", "NaN", ""]) {
    assert.equal(mustBe.speed(text), "must be max or bars a second above 0", text);
  }
});

Deno.test("mustBe.oneOf() names the choices", () => {
  const check = mustBe.oneOf("local", "trainer");
  assert.equal(check("trainer"), null);
  assert.equal(check("Local"), "must be one of local, trainer");
});

Deno.test("helpText() shows every option with its value, its default and --help", () => {
  const text = helpText("dev", "Runs it.", specs);
  assert.match(text, /^Runs it\.\n\nUsage: deno task dev \[options\]\n/);
  assert.match(text, /--feed FEED +Where bars come from\. Default: sp500\.\n/);
  assert.match(text, /--lockstep +Wait for the trainer\.\n/);
  assert.match(text, /--help +Print this and stop\.\n$/);
});

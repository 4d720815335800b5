import assert from "node:assert/strict";
import { checkShortable, instrumentOf, Instruments } from "./instruments_config.ts";
import { parseYaml } from "./load_yaml.ts";

Deno.test("instrumentOf() gives the first instrument whose pattern fits the whole symbol", () => {
  const instruments = Instruments.parse([
    { symbols: "BTC/*", calendar: "24x7" },
    { symbols: "A.B", calendar: "weekdays", timezone: "America/New_York" },
    { symbols: "*-X" },
    { symbols: "*" },
  ]);
  const index = (symbol: string) => instruments.indexOf(instrumentOf(instruments, symbol)!);
  assert.deepEqual(["BTC/USDT", "A.B", "AxB", "SPX-X", "SPX-XY"].map(index), [0, 1, 3, 2, 3]);
  assert.deepEqual(instruments[3], {
    symbols: "*",
    calendar: "from-data",
    timezone: "UTC",
    session_start: "00:00",
    tick: 1e-8,
    lot: 1e-8,
    min_notional: 0,
    multiplier: 1,
    shortable: true,
  });
  assert.equal(instrumentOf([], "SPX"), undefined);
});

Deno.test("Instruments refuse a time zone or a calendar that there is none of", () => {
  assert.throws(
    () => parseYaml("misc.yaml", "- {symbols: A, timezone: Mars/Olympus, calendar: always}", Instruments),
    {
      message: /calendar must be one of 24x7, weekdays, from-data.*\n.*timezone must be an IANA time zone/s,
    },
  );
});

Deno.test("Instruments refuse a tick of nothing, and a lot that its multiplier makes finer than money", () => {
  const faults = (text: string) => () => parseYaml("misc.yaml", text, Instruments);
  assert.throws(faults("- {symbols: A, tick: 0}"), { message: /\[0\]\.tick must be >= 1e-8: it is 0/ });
  assert.throws(faults("- {symbols: A, lot: 0.0000001, multiplier: 0.01}"), {
    message: /\[0\]\.lot must be, times its multiplier, a multiple of 0\.00000001 units: it is 1e-7/,
  });
  assert.equal(
    parseYaml("misc.yaml", "- {symbols: A, lot: 0.001, multiplier: 0.00001}", Instruments).length,
    1,
  );
});

Deno.test("Instruments refuse steps without end like any other fault, with its line", () => {
  for (
    const [value, least] of [["1e20", "<= 1000000000: it is 100000000000000000000"], [
      ".inf",
      "of type number",
    ]]
  ) {
    assert.throws(() => parseYaml("misc.yaml", `- {symbols: A, lot: ${value}}`, Instruments), {
      name: "ConfigError",
      message: new RegExp(`line 1: \\[0\\]\\.lot must be ${least}`),
    });
  }
});

Deno.test("Instruments refuse one that never counts, as another before it takes all of its symbols", () => {
  const faults = (text: string) => () => parseYaml("misc.yaml", text, Instruments);
  assert.throws(
    faults('- {symbols: "B*"}\n- {symbols: "BT*", tick: -1}\n- {symbols: ETH}\n- {symbols: ETH}'),
    {
      message:
        /has 3 faults:\n.*tick must be >= 1e-8.*\n +line 2: \[1\]\.symbols must come before B\*, which takes all of its symbols: it is "BT\*"\n.*must come before ETH/,
    },
  );
  assert.throws(faults('- {symbols: "*"}\n- {symbols: A}'), { message: /must come before \*, which/ });
  assert.equal(
    parseYaml("misc.yaml", '- {symbols: "BTC*"}\n- {symbols: "B*"}\n- {symbols: "*"}', Instruments).length,
    3,
  );
});

Deno.test("checkShortable() refuses shorts of what cannot be sold short, naming each symbol", () => {
  const instruments = Instruments.parse([{ symbols: "A*", shortable: false }]);
  assert.throws(() => checkShortable(["flat", "short"], instruments, ["AB", "B", "A"]), {
    name: "ConfigError",
    message:
      /as it has 2 faults:\n.* short for AB, whose instrument is not shortable: they are flat, short\n.* short for A,/,
  });
  checkShortable(["flat", "long"], instruments, ["AB"]);
  checkShortable(["flat", "short"], instruments, ["B"]);
});

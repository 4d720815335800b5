import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { FeatureConfig } from "../../core/features/feature_config.ts";
import { checkGolden } from "../../core/features/proofs/golden_check.ts";
import { scaledByAll, shiftedByOne } from "../../core/features/proofs/planted_leaks_testing.ts";
import { checkPrefix } from "../../core/features/proofs/prefix_check.ts";
import { productRaw, productStates, type UnderProof } from "../../core/features/proofs/under_proof.ts";
import { checkWarmUp } from "../../core/features/proofs/warmup_check.ts";
import { sp500Bars } from "../../core/features/testdata/sp500.ts";
import { describeProofs, type Proofs, verdictOf } from "./report.ts";

const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const rsi = FeatureConfig.parse({
  name: "my_rsi",
  source: "rsi",
  params: { period: 14 },
  norm: { kind: "rolling_z", window: 100 },
});
const WARMUP_BARS = 400;

/** What the command would find if the product computed states this way. */
function proofsOf(plant: (honest: UnderProof) => UnderProof, warmupBars = WARMUP_BARS): Proofs {
  const bars = sp500Bars().slice(0, 2000);
  const states = plant(productStates([rsi], 0, "1d"));
  return {
    config: "mine.yaml",
    feed: "sp500",
    timeframe: "1d",
    warmupBars,
    dirt: [],
    golden: checkGolden(
      [rsi],
      sp500Bars(),
      (feature, what) =>
        plant(what === "raw" ? productRaw(feature, "1d") : productStates([feature], 0, "1d")),
    ),
    symbols: [{
      symbol: "SPX",
      bars: bars.length,
      days: "UTC",
      prefix: checkPrefix(states, bars, warmupBars),
      warmUp: checkWarmUp([states], bars, warmupBars),
    }],
  };
}

Deno.test("verdictOf() passes honest features", () => {
  const proofs = proofsOf((honest) => honest);
  const verdict = verdictOf(proofs);
  assert.deepEqual(verdict, { passed: true, findings: [], notes: [] });
  assert.match(describeProofs(proofs, verdict), /all equal[^]*slowest is my_rsi[^]*Nothing sees the future/);
});

for (const [name, plant] of Object.entries({ shiftedByOne, scaledByAll })) {
  Deno.test(`verdictOf() names a feature that leaks by ${name}, in every proof`, () => {
    const { passed, findings } = verdictOf(proofsOf(plant));
    assert.equal(passed, false);
    const text = findings.join("\n");
    assert.match(text, /my_rsi of SPX sees the future: its value at bar 20\d\d-/);
    assert.match(text, /my_rsi of SPX depends on where the history starts/);
    assert.match(text, /rsi \{"period":14\} is [-\d.e]+ at row 560 of the S&P 500, where [-\d.]+ is right/);
  });
}

Deno.test("verdictOf() says when warmup_bars is too short for what was measured", () => {
  const { passed, findings } = verdictOf(proofsOf((honest) => honest, 200));
  assert.equal(passed, false);
  assert.match(findings.join("\n"), /my_rsi of SPX needs \d+ bars until a later start agrees: .* it is 200/);
});

Deno.test("verdictOf() notes what it could not check", () => {
  const other = { ...rsi, params: { period: 9 } };
  const proofs: Proofs = {
    ...proofsOf((honest) => honest),
    dirt: ["2 quarantined as jump; the first: x.csv:7 jump: it is far"],
    golden: checkGolden([other], sp500Bars()),
    symbols: [{
      symbol: "X",
      bars: 500,
      days: "UTC",
      prefix: { cuts: [450], states: 10, leaks: [] },
      warmUp: { starts: [], followed: 650, features: [] },
    }],
  };
  const { passed, notes } = verdictOf(proofs);
  assert.equal(passed, true);
  assert.match(
    notes.join("\n"),
    /^In the bars: 2 quarantined as jump; [^]*warm-up of X is not checked: its 500 bars[^]*other parameters only: my_rsi\./,
  );
});

async function lookahead(...args: string[]) {
  const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["run", "-A", "services/dev/lookahead/main.ts", ...args],
    cwd: ROOT,
  }).output();
  return { code, stdout: new TextDecoder().decode(stdout), stderr: new TextDecoder().decode(stderr) };
}

Deno.test("lookahead passes the default configuration, with one JSON document on stdout", async () => {
  const { code, stdout, stderr } = await lookahead("--json", "--bars", "1500");
  assert.equal(code, 0, stderr);
  const document = JSON.parse(stdout);
  assert.equal(document.passed, true);
  assert.equal(document.symbols[0].bars, 1500);
  assert.equal(document.golden.similar.length, 0);
  assert.match(stderr, /Nothing sees the future/);
});

Deno.test("lookahead proves features on a user's own dirty file, and notes its dirt", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const rows = sp500Bars().slice(-1_200).map(({ openTimeMs, open, high, low, close, volume }) =>
      [new Date(openTimeMs).toISOString().slice(0, 10), open, high, low, close, volume].join(",")
    );
    const [one, two, three, ...rest] = rows.toReversed();
    const lines = ["Datum,open,high,low,close,volume", one, two, three, three, `${three},9`, ...rest];
    await Deno.writeTextFile(`${folder}/mine.csv`, lines.join("\n"));
    const { code, stdout, stderr } = await lookahead(`--feed=csv:${folder}`, "--columns=time=Datum");
    assert.equal(code, 0, stderr);
    assert.match(stdout, /mine: 1200 bars[^]*Nothing sees the future/);
    assert.match(stdout, /note {5}In the bars: 1 quarantined as unreadable; the first: .*mine\.csv:6 /);
    assert.match(stdout, /1 repaired as doubled;.*\n.*1200 repaired as unordered; the first: .*mine\.csv:3 /);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("lookahead ends with 2 where it cannot run, and says why", async () => {
  const { code, stdout, stderr } = await lookahead("--bars", "300", "--json");
  assert.equal(code, 2);
  assert.equal(stdout, "");
  assert.match(stderr, /must have at least 502 bars .* it has 300/);
});

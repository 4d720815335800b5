import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";
import { loadConfigs } from "../../core/config/load_configs.ts";
import { MiscConfig } from "../../core/config/misc.ts";
import { termsOf } from "../../core/market/terms_of_run.ts";
import { feedFrom } from "./backtest_testing.ts";
import { checkTerms } from "./check_terms.ts";

const DOCS = fileURLToPath(new URL("../../../docs/", import.meta.url));
const { config, misc } = await loadConfigs({
  config: `${DOCS}model_config.yaml`,
  misc: `${DOCS}misc.yaml`,
});
const feed = feedFrom({ X: [1, 2, 3] });
const terms = termsOf({ feed: feed.name, seed: "7" }, config, misc, feed.symbols);
const dearer = MiscConfig.parse({ costs: { taker_bps: 9 } });

Deno.test("checkTerms() passes the rules that the run had, whatever made its bars, and a run that kept none", () => {
  checkTerms({ feed, terms }, config, misc);
  checkTerms({ feed, terms: null }, config, dearer);
});

Deno.test("checkTerms() names each rule of money that differs", () => {
  assert.throws(
    () => checkTerms({ feed, terms }, config, { ...misc, costs: { ...misc.costs, taker_bps: 9 } }),
    {
      name: "RangeError",
      message:
        `Cannot replay the run of ${feed.name} as money must go by the rules that it was begun with:\n` +
        `  misc.yaml: costs.taker_bps: 9 here, ${misc.costs.taker_bps} there\n` +
        "Replay it with the --misc of that run (there).",
    },
  );
});

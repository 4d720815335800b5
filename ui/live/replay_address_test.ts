import { equal } from "node:assert/strict";
import { parseBar, parseReplayBar, replayAddress } from "./replay_address.ts";

Deno.test("parseReplayBar() reads what replayAddress() writes, for a symbol with a slash too", () => {
  equal(parseReplayBar(replayAddress("BTC/USDT", 1508976000000), "BTC/USDT"), 1508976000000);
  equal(parseReplayBar("/replay/SPX/1508976000000", "BTC/USDT"), null);
  equal(parseReplayBar("/replay", "SPX"), null);
});

Deno.test("parseBar() takes dates, and nothing that is none", () => {
  equal(parseBar("2017-10-26"), Date.UTC(2017, 9, 26));
  equal(parseBar("2017-10-26T14:30Z"), Date.UTC(2017, 9, 26, 14, 30));
  for (const bad of ["", "2017-13-45", "-5", "1e9", "../../etc", "9".repeat(40)]) equal(parseBar(bad), null);
});

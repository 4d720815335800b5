import { equal } from "node:assert/strict";
import { csvOf } from "./csv.ts";

Deno.test("csvOf() quotes what would break a row, and leaves gaps empty", () => {
  equal(
    csvOf(["a", "b"], [["x,y", 1.5], ['say "no"', null], ["two\nlines", -0.25]]),
    'a,b\r\n"x,y",1.5\r\n"say ""no""",\r\n"two\nlines",-0.25\r\n',
  );
});

Deno.test("csvOf() writes no text that a spreadsheet would take for a formula", () => {
  equal(
    csvOf(["reason"], [["=HYPERLINK(1)"], ["@x"], ["-1+1"], ["-1.5"]]),
    "reason\r\n'=HYPERLINK(1)\r\n'@x\r\n'-1+1\r\n-1.5\r\n",
  );
});

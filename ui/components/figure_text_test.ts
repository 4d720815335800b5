import { deepEqual } from "node:assert/strict";
import { figureName, figureText } from "./figure_text.ts";

Deno.test("figureName() and figureText() write names of the code as a person would, with their unit", () => {
  const told = (name: string, value: number) => `${figureName(name)} ${figureText(name, value)}`;
  deepEqual(
    [
      told("goldenStates", 64),
      told("championGrowth", -0.03072),
      told("betterThanChampion", 1),
      told("latencyMs", 0.384),
      told("meanAbsTd", 0.3254),
      told("ece", 0.0261),
      told("dirt_not_positive", 12),
      told("somethingNew", 1234.5),
    ],
    [
      "golden states 64",
      "champion growth −3.07 %",
      "better than champion 100.00 %",
      "latency 0.3840 ms",
      "mean |TD| 0.3254 σ",
      "ECE 2.61 %",
      "dirt not positive 12",
      "something new 1,235",
    ],
  );
});

/** The values of all candidate decisions of one state from Deno, against the floor: one forward of the same network, which any
 * decision needs: `deno run -A bench/candidates.ts [--json]`. Fails if the candidates take longer than they may. */
import { openInferenceEngine } from "../services/core/model/engine.ts";
import { addonPath, medianMicros, randomFloats, report, round, type Row } from "./measure.ts";
import { UNTRAINED, untrainedLearner } from "./untrained_learner.ts";

const inference = openInferenceEngine(addonPath("RLTRADER_ADDON_INFERENCE"));

const MOST_MICROS = 10;
const INPUTS = 30;
const TRUNK = [32];
const CLASSES = 3;
const SCALARS = 5;
const HIDDEN = 16;
/** A flat account's one, a trade's with some sizes, stops and takes each way. */
const CANDIDATES = [1, 27, 256];
/** The number of candidates that {@link MOST_MICROS} is meant for. */
const REQUIRED_OF = 27;
/** Different states have their zeros behind a ReLU in different places. */
const STATES = 64;

const learner = untrainedLearner({
  inputs: INPUTS,
  trunk: TRUNK,
  heads: [{ name: "action", kind: "value", size: CLASSES }],
  account: { scalars: SCALARS, hidden: HIDDEN },
});
const net = inference.QNet.fromBytes(learner.exportModel("{}"), UNTRAINED);
const states = Array.from(
  { length: STATES },
  (_, seed) => randomFloats(seed, INPUTS).map((value) => 2 * value),
);

const rows: Row[] = [];
const failures: string[] = [];
for (const count of CANDIDATES) {
  const classes = Uint8Array.from({ length: count }, (_, index) => index % CLASSES);
  const scalars = randomFloats(STATES + count, count * SCALARS);
  const values = new Float32Array(count);
  const row = new Float32Array(net.outputs);
  let [turn, floorTurn] = [0, 0];
  const micros = await medianMicros({
    candidates: () => net.evaluate(states[turn++ % STATES], classes, scalars, values),
    floor: () => net.forward(states[floorTurn++ % STATES], row),
  });
  if (count === REQUIRED_OF && micros.candidates > MOST_MICROS) {
    failures.push(
      `${count} candidates must take at most ${MOST_MICROS} µs: they take ${round(micros.candidates)}`,
    );
  }
  rows.push({
    candidates: count,
    "values µs": round(micros.candidates),
    "forward floor µs": round(micros.floor),
    "values ÷ floor": round(micros.candidates / micros.floor),
    "required µs": count === REQUIRED_OF ? MOST_MICROS : "-",
  });
}
net.close();
learner.close();
const layers = [INPUTS, ...TRUNK, CLASSES].join("-");
report(
  `Candidate decisions of one state from Deno, ${layers} with ${SCALARS} account scalars through ${HIDDEN} units, medians, one thread`,
  rows,
  failures,
);
if (failures.length > 0) Deno.exit(1);

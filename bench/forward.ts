/** Forward passes from Deno on the same weights, one thread each: the fused engine, LibTorch through the trainer's addon, and
 * onnxruntime-node: `deno run -A bench/forward.ts [--json]`. Fails if the fused engine misses its lead at batch 1.
 *
 * onnxruntime-node (290 MB) is installed by this bench into `onnxruntime/`, so that nobody has it who only trades. */
import { createRequire } from "node:module";
import { openInferenceEngine } from "../services/core/model/engine.ts";
import { denseLayers, onnxModel } from "./onnx.ts";
import { addonPath, medianMicros, randomFloats, report, round, type Row } from "./measure.ts";
import { UNTRAINED, untrainedLearner } from "./untrained_learner.ts";

/** What is used of onnxruntime-node. */
interface OnnxRuntime {
  readonly Tensor: new (type: "float32", data: Float32Array, shape: readonly number[]) => unknown;
  readonly InferenceSession: {
    create(file: Uint8Array, options: object): Promise<{
      run(
        feeds: Readonly<Record<string, unknown>>,
      ): Promise<Readonly<Record<string, { readonly data: Float32Array }>>>;
    }>;
  };
}

const ort = await openOnnxRuntime();
const inference = openInferenceEngine(addonPath("RLTRADER_ADDON_INFERENCE"));

const OUTPUTS = 3;
/** `lead`: how many times faster than onnxruntime-node the fused engine must be at batch 1. */
const SHAPES = [{ inputs: 32, trunk: [128, 128], lead: 5 }, {
  inputs: 64,
  trunk: [256, 256, 256],
  lead: 2.5,
}];
const BATCHES = [1, 1024];

const rows: Row[] = [];
const failures: string[] = [];
for (const { inputs, trunk, lead } of SHAPES) {
  const learner = untrainedLearner({
    inputs,
    trunk,
    heads: [{ name: "action", kind: "value", size: OUTPUTS }],
  });
  const file = learner.exportModel("{}");
  const fused = inference.QNet.fromBytes(file, UNTRAINED);
  const names = [...trunk.map((_, index) => `trunk.${index}`), "head.action"];
  const session = await ort.InferenceSession.create(onnxModel(denseLayers(file, names)), {
    intraOpNumThreads: 1,
    interOpNumThreads: 1,
    executionMode: "sequential",
    graphOptimizationLevel: "all",
  });
  for (const batch of BATCHES) {
    const features = randomFloats(7, batch * inputs);
    const out = new Float32Array(batch * OUTPUTS);
    const feeds = { x: new ort.Tensor("float32", features, [batch, inputs]) };

    fused.forward(features, out);
    const { y } = await session.run(feeds);
    requireEqual("onnxruntime-node", out, y.data);
    requireEqual("tch", out, learner.forward(features));

    const micros = await medianMicros({
      fused: () => fused.forward(features, out),
      tch: () => void learner.forward(features),
      ort: () => session.run(feeds),
    });
    const net = [inputs, ...trunk, OUTPUTS].join("-");
    const ratio = micros.ort / micros.fused;
    if (batch === 1 && ratio < lead) {
      failures.push(`${net} batch 1: the fused engine must lead by ${lead}: it leads by ${ratio.toFixed(2)}`);
    }
    rows.push({
      net,
      batch,
      "fused µs": round(micros.fused),
      "tch µs": round(micros.tch),
      "onnxruntime µs": round(micros.ort),
      "tch ÷ fused": round(micros.tch / micros.fused),
      "onnxruntime ÷ fused": round(ratio),
      required: batch === 1 ? lead : "-",
    });
  }
  fused.close();
  learner.close();
}
report(
  `Forward pass from Deno, medians, one thread, fused with ${JSON.parse(inference.engineInfo()).simd}`,
  rows,
  failures,
);
if (failures.length > 0) Deno.exit(1);

async function openOnnxRuntime(): Promise<OnnxRuntime> {
  const folder = new URL("onnxruntime/", import.meta.url);
  const install = new Deno.Command(Deno.execPath(), { args: ["install", "--frozen"], cwd: folder });
  const { success, stderr } = await install.output();
  if (!success) {
    throw new Error(`Cannot compare as onnxruntime-node must install: ${new TextDecoder().decode(stderr)}`);
  }
  return createRequire(new URL("anchor.js", folder))("onnxruntime-node");
}

function requireEqual(engine: string, ours: Float32Array, theirs: Float32Array): void {
  ours.forEach((value, index) => {
    if (Math.abs(value - theirs[index]) > 1e-5 * (1 + Math.abs(value))) {
      throw new Error(
        `Cannot compare as ${engine} must give the same output ${index}: ${value} and ${theirs[index]}`,
      );
    }
  });
}

import assert from "node:assert/strict";
import { dirname, join } from "node:path";
import { checkRepository } from "./import_direction.ts";
import { blankNonCode, importsIn } from "./source_scan.ts";

/** Checks a repository that holds just these files. @returns "file:line offending" of each violation. */
async function violationsIn(files: Record<string, string>): Promise<string[]> {
  const root = await Deno.makeTempDir();
  try {
    for (const [name, text] of Object.entries({ "deno.json": "{}", ...files })) {
      await Deno.mkdir(dirname(join(root, name)), { recursive: true });
      await Deno.writeTextFile(join(root, name), text);
    }
    return (await checkRepository(root)).map(({ file, line, offending }) => `${file}:${line} ${offending}`);
  } finally {
    await Deno.remove(root, { recursive: true });
  }
}

Deno.test("checkRepository() accepts what the layers allow", async () => {
  const accepted = {
    "services/core/contracts/bar.ts": 'import { z } from "zod"; import { a } from "./define.ts";',
    "services/core/market/feed.ts":
      'import { Bar } from "../contracts/bar.ts"; import "../runtime/clock.ts";',
    "services/trainer/train_loop.ts": 'export { x } from "../core/model/engine.ts";',
    "services/trainer/main.ts": 'const url = Deno.env.get("REDIS_URL"); Deno.exit(1);',
    "services/core/model/engine.ts": "process.dlopen(module, path);",
    "services/core/market/feed_test.ts": 'import { fake } from "../testing/fake_feed.ts"; Deno.env.get("X");',
    "services/core/testing/fake_feed.ts": 'import { b } from "./more_testing.ts";',
    "ui/routes/page.ts": 'import { s } from "../../services/core/model/redis_model_store.ts";',
    "ui/islands/chart.tsx": "export default () => <p>It doesn't say Deno.env or import './x'</p>;",
    "bench/latency.ts": 'import "../services/trainer/train_loop.ts"; Deno.exit(0);',
    "native/addon-trainer/Cargo.toml": '[dependencies]\nlearner.workspace = true\nnapi = "3"\n',
    "bench/peer.ts": 'import { createRequire } from "node:module"; createRequire(import.meta.url)("a-peer");',
    "native/addons_test.ts": 'import "../services/core/model/engine.ts";',
    "native/border/Cargo.toml": "[dependencies]\nnapi.workspace = true\nqnet.workspace = true\n",
    "native/learner/Cargo.toml": '[dependencies]\nqnet.workspace = true\ntch = "0.26"\n',
  };
  assert.deepEqual(await violationsIn(accepted), []);
});

const planted: Record<string, [string, string, string]> = {
  "contracts that import core": [
    "services/core/contracts/a.ts",
    'import "../redis/store.ts";',
    "../redis/store.ts",
  ],
  "core that imports a service": [
    "services/core/market/a.ts",
    'import "../../trainer/a.ts";',
    "../../trainer/a.ts",
  ],
  "services that import each other": [
    "services/trainer/a.ts",
    'export * from "../inference/a.ts";',
    "../inference/a.ts",
  ],
  "dev that imports a service": ["services/dev/a.ts", 'await import("../trainer/a.ts");', "../trainer/a.ts"],
  "a type import": ["services/inference/a.ts", 'import type { T } from "../dev/a.ts";', "../dev/a.ts"],
  "an import over several lines": [
    "services/inference/a.ts",
    'import {\n  a,\n  b,\n} from "../dev/a.ts";',
    "../dev/a.ts",
  ],
  "the UI that imports the engine": [
    "ui/routes/a.ts",
    'import { e } from "../../services/core/model/engine.ts";',
    "../../services/core/model/engine.ts",
  ],
  "an import of bench": ["services/core/a.ts", 'import "../../bench/a.ts";', "../../bench/a.ts"],
  "testing code in a source": ["services/core/a/a.ts", 'import "../testing/a.ts";', "../testing/a.ts"],
  "a _testing file in a source": ["services/core/a/a.ts", 'import "./b_testing.ts";', "./b_testing.ts"],
  "Deno.env outside main.ts": ["services/core/config/environment.ts", 'Deno.env.get("A");', "Deno.env"],
  "process.env outside main.ts": ["services/core/a.ts", "const a = process.env.A;", "process.env"],
  "Deno.exit outside main.ts": ["services/trainer/a.ts", "if (bad) Deno.exit(1);", "Deno.exit"],
  "a signal handler outside main.ts": [
    "ui/a.ts",
    'Deno.addSignalListener("SIGINT", f);',
    "Deno.addSignalListener",
  ],
  "an addon opened elsewhere": ["services/inference/a.ts", "process.dlopen(m, p);", "process.dlopen"],
  "an addon opened in a measurement": ["bench/a.ts", "process.dlopen(m, p);", "process.dlopen"],
  "an addon imported": ["services/inference/a.ts", 'import "./a.node";', "./a.node"],
  "a package from an address": [
    "services/core/a.ts",
    'import "https://example.org/a.ts";',
    "https://example.org/a.ts",
  ],
  "a source in an unknown folder": [
    "elsewhere/a.ts",
    'import "../services/core/a.ts";',
    "../services/core/a.ts",
  ],
  "an engine that depends on an addon": [
    "native/learner/Cargo.toml",
    "[dependencies]\naddon-trainer.workspace = true",
    "addon-trainer",
  ],
  "an engine that depends on the addons' border": [
    "native/qnet/Cargo.toml",
    "[dependencies]\nborder.workspace = true",
    "border",
  ],
  "qnet that depends on tch": ["native/qnet/Cargo.toml", '[dev-dependencies]\ntch = "0.26"', "tch"],
  "qnet that depends on tch by a table": [
    "native/qnet/Cargo.toml",
    '[dependencies.tch]\nversion = "0.26"',
    "tch",
  ],
};

for (const [name, [file, source, offending]] of Object.entries(planted)) {
  Deno.test(`checkRepository() refuses ${name}`, async () => {
    const found = await violationsIn({ [file]: `\n${source}\n` });
    assert.equal(found.length, 1, found.join("; "));
    assert.match(found[0]!, new RegExp(`^${RegExp.escape(file)}:[2-4] ${RegExp.escape(offending)}$`));
  });
}

Deno.test("checkRepository() follows the import map's names for our own files", async () => {
  const map = JSON.stringify({ imports: { "@core/": "./services/core/", zod: "npm:zod@4" } });
  const found = await violationsIn({
    "deno.json": map,
    "ui/a.ts": 'import "@core/model/engine.ts"; import "zod";',
  });
  assert.deepEqual(found, ["ui/a.ts:1 @core/model/engine.ts"]);
});

Deno.test("importsIn() takes no word in a comment, string, template or regular expression for an import", () => {
  const source = [
    '// import "a";',
    '/* import "b"; */',
    "const s = 'import \"c\"';",
    'const t = `import "d" ${ `${x}` } from "e"`;',
    'const r = /import "f"/; const half = a / b; import "real";',
  ].join("\n");
  assert.deepEqual(importsIn(source), [{ specifier: "real", line: 5 }]);
});

Deno.test("blankNonCode() keeps length and lines, and the code inside a template", () => {
  const source = 'const a = `x ${Deno.env.get("K")} y`; // Deno.exit\nconst b = "Deno.exit";';
  const blanked = blankNonCode(source);
  assert.equal(blanked.length, source.length);
  assert.equal(blanked.split("\n").length, 2);
  assert.match(blanked, /Deno\.env/);
  assert.doesNotMatch(blanked, /Deno\.exit/);
});

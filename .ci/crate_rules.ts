/** The direction of dependencies in the Cargo workspace: addons depend on engines, never the reverse. */
import type { Violation } from "./import_rules.ts";
import { dependencyNames } from "../services/dev/setup/cargo_manifest.ts";

interface CrateRule {
  readonly crates: RegExp;
  readonly mustNotUse: RegExp;
  readonly rule: string;
}

/** `border` is what the addons share on their side. */
const FACES = /^(?:addon-.*|border)$/;
const ENGINES = /^(?!addon-|border$)/;

const CRATE_RULES: readonly CrateRule[] = [
  { crates: ENGINES, mustNotUse: FACES, rule: "engine crates never depend on addons" },
  { crates: ENGINES, mustNotUse: /^napi\b/, rule: "only addons know Node-API" },
  { crates: FACES, mustNotUse: /^addon-/, rule: "addons do not depend on each other" },
  {
    crates: /^(?:qnet|border|addon-inference)$/,
    mustNotUse: /^(?:tch|torch-sys|learner)$/,
    rule: "qnet and the inference addon need no LibTorch",
  },
];

/** @param crate The folder of the crate in the workspace.
 * @param file Its Cargo.toml, relative to the repository. */
export function checkCrate(crate: string, file: string, manifest: string): Violation[] {
  return dependencyNames(manifest).flatMap(({ name, line }) =>
    CRATE_RULES.filter(({ crates, mustNotUse }) => crates.test(crate) && mustNotUse.test(name))
      .map(({ rule }) => ({ file, line, rule, offending: name }))
  );
}

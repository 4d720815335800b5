/** Finds the version that a person means: whole, or the beginning that a terminal or a page shows of it. Pure. */
import { ModelVersion } from "../contracts/model.ts";
import { ModelStoreError } from "./model_store.ts";

/** As the shortest that is shown anywhere. */
const LEAST_DIGITS = 6;
const TYPED = new RegExp(`^(?:m-)?([0-9a-f]{${LEAST_DIGITS},16})$`);

/** What is wrong with a typed version, or null: a check for an option. */
export function versionFault(text: string): string | null {
  return TYPED.test(text)
    ? null
    : `must be m- and 16 hex digits, or the first ${LEAST_DIGITS} or more of them`;
}

/** A whole version is given as it is, known or not.
 * @param text E.g. `m-42141712`. @param known Every version that it may mean. @param place Where they are, for messages.
 * @throws {RangeError} If it is no version. @throws {ModelStoreError} If it begins none of them, or several. */
export function resolveVersion(text: string, known: Iterable<ModelVersion>, place: string): ModelVersion {
  const digits = TYPED.exec(text)?.[1];
  if (digits === undefined) {
    throw new RangeError(`Cannot use a version as it ${versionFault(text)}: it is ${text}`);
  }
  const start = `m-${digits}`;
  if (ModelVersion.safeParse(start).success) return start;
  const meant = [...new Set(known)].filter((version) => version.startsWith(start)).sort();
  if (meant.length === 1) return meant[0]!;
  throw new ModelStoreError(
    meant.length === 0
      ? `Cannot find model ${text} as a version in ${place} must begin with it: none does`
      : `Cannot tell which model ${text} is as one version alone in ${place} must begin with it: ${
        meant.join(", ")
      } do`,
  );
}

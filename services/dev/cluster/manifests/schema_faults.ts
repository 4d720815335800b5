/** Holds manifests against the API's own schemas, in which no field may be that the API does not know. */
import { Ajv2020 } from "ajv/dist/2020.js";
import { basename, join } from "node:path";
import type { Manifest } from "./manifest.ts";

/** Kinds of others, whose schemas are not among the API's. */
const FOREIGN = /^keda\.sh\//;

/** @param folder The schemas of one release: `deployment-apps-v1.json`, … @returns What breaks them, with file path. */
export async function schemaFaults(manifests: readonly Manifest[], folder: string): Promise<string[]> {
  const loadSchema = (uri: string) => readSchema(join(folder, basename(uri)));
  const ajv = new Ajv2020({ strict: false, validateFormats: false, allErrors: true, loadSchema });
  const faults: string[] = [];
  for (const manifest of manifests.filter(({ apiVersion }) => !FOREIGN.test(apiVersion))) {
    const schema = await loadSchema(schemaName(manifest));
    const validate = (schema.$id && ajv.getSchema(schema.$id)) || await ajv.compileAsync(schema);
    if (validate(manifest) === true) continue;
    for (const { instancePath, message, params } of validate.errors ?? []) {
      faults.push(
        `${manifest.kind}/${manifest.metadata.name}${instancePath} ${message}: ${JSON.stringify(params)}`,
      );
    }
  }
  return faults;
}

/** `apps/v1` and `Deployment` → `deployment-apps-v1.json`. */
function schemaName({ apiVersion, kind }: Manifest): string {
  const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
  return [kind.toLowerCase(), group!.split(".")[0], version].filter((part) => part !== "").join("-") +
    ".json";
}

async function readSchema(path: string): Promise<{ readonly $id?: string }> {
  return JSON.parse(await Deno.readTextFile(path));
}

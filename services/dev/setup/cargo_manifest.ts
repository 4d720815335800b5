/** Reads what the set-up and the import lint ask of a Cargo.toml: sections, keys and raw values. Not a TOML parser:
 * multi-line values are not joined, as the workspace's manifests have none where these two look. */

export interface ManifestEntry {
  readonly section: string;
  /** With dots as written: `qnet.workspace`. */
  readonly key: string;
  readonly value: string;
  /** From 1. */
  readonly line: number;
}

export function parseManifest(text: string): ManifestEntry[] {
  const entries: ManifestEntry[] = [];
  let section = "";
  for (const [index, raw] of text.split("\n").entries()) {
    const line = raw.trim();
    const header = /^\[+\s*([^\]]+?)\s*\]+/.exec(line);
    if (header) {
      section = header[1]!;
      continue;
    }
    const pair = /^("?[\w.-]+"?)\s*=\s*(.+)$/.exec(line);
    if (pair) entries.push({ section, key: pair[1]!.replaceAll('"', ""), value: pair[2]!, line: index + 1 });
  }
  return entries;
}

/** The crates that a manifest depends on, tests included, under the names that its keys give them. */
export function dependencyNames(text: string): { name: string; line: number }[] {
  return parseManifest(text).flatMap(({ section, key, line }) => {
    const table = /(?:^|\.)(?:dev-|build-)?dependencies(?:\.(.+))?$/.exec(section);
    if (!table || section.startsWith("workspace")) return [];
    return [{ name: table[1] ?? key.split(".")[0]!, line }];
  });
}

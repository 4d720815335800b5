/** What an image is made of, as a CycloneDX document: npm packages, crates, LibTorch, each with its version and hash.
 * The packages of Debian are not in it: every scanner reads them from the image's own list. Pure. */
import type { Lock } from "./packages.ts";

export interface Component {
  readonly type: "library" | "application";
  readonly name: string;
  readonly version: string;
  /** `pkg:npm/zod@4.6.7`: what scanners look up. */
  readonly purl: string;
  readonly hashes?: readonly { readonly alg: "SHA-256" | "SHA-512"; readonly content: string }[];
}

/** @param name What the components are parts of. */
export function bomOf(name: string, components: readonly Component[]): object {
  return {
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: { component: { type: "application", name } },
    components: components.toSorted((a, b) => a.purl < b.purl ? -1 : a.purl > b.purl ? 1 : 0),
  };
}

/** The packages of a lock file; a package that stands in it twice, with other peers, is told once. */
export function npmComponents({ npm = {} }: Lock): Component[] {
  const components = Object.entries(npm).map(([key, { integrity }]): Component => {
    const [, name, version] = /^((?:@[^/]+\/)?[^@]+)@([^_]+)/.exec(key)!;
    return {
      type: "library",
      name: name!,
      version: version!,
      purl: `pkg:npm/${name!.replace("@", "%40")}@${version}`,
      hashes: [{ alg: "SHA-512", content: fromBase64(integrity.replace("sha512-", "")) }],
    };
  });
  return [...new Map(components.map((component) => [component.purl, component])).values()];
}

/** @param tree What `cargo tree --prefix none` prints: `name v1.2.3 …` a line; what lies in the checkout is ours and left out.
 * @param lock Cargo.lock, for the hashes. */
export function crateComponents(tree: string, lock: string): Component[] {
  const checksums = new Map(
    [...lock.matchAll(/name = "([^"]+)"\nversion = "([^"]+)"\nsource = "[^"]+"\nchecksum = "([0-9a-f]+)"/g)]
      .map(([, name, version, checksum]) => [`${name}@${version}`, checksum!]),
  );
  const crates = new Set(
    [...tree.matchAll(/^(\S+) v(\S+)(?! \(\/)/gm)].map(([, name, version]) => `${name}@${version}`),
  );
  return [...crates].filter((crate) => checksums.has(crate)).map((crate) => {
    const [name, version] = crate.split("@");
    const hashes = [{ alg: "SHA-256" as const, content: checksums.get(crate)! }];
    return { type: "library", name: name!, version: version!, purl: `pkg:cargo/${crate}`, hashes };
  });
}

function fromBase64(text: string): string {
  return Uint8Array.fromBase64(text).toHex();
}

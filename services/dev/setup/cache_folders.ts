/** Where the set-up keeps what it obtains: one cache per user, outside the clone, keyed by version and hash. */
import { isAbsolute, join } from "node:path";
import type { Environment } from "./run_command.ts";
import { SetupError } from "./setup_error.ts";

export class CacheFolders {
  constructor(readonly root: string) {}

  readonly libtorch = (key: string): string => join(this.root, "libtorch", `2.13.0-cpu-${key}`);
  readonly redis = (key: string): string => join(this.root, "redis", `valkey-9.1.2-${key}`);
  readonly cargoTarget = (rustcVersion: string): string =>
    join(this.root, "cargo-target", fileNameOf(rustcVersion));
  readonly addon = (kind: string, hash: string): string => join(this.root, "addons", `${kind}-${hash}`);
  /** Data that only tests read. */
  readonly testData = (key: string): string => join(this.root, "test-data", key);
  /** A tool that only checks use. */
  readonly tool = (name: string, key: string): string => join(this.root, "tools", `${name}-${key}`);
  readonly downloads = (): string => join(this.root, "downloads");
  readonly lock = (name: string): string => join(this.root, "locks", `${name}.lock`);
  /** The importable PyTorch that was found last, so that a later start need not ask Python. */
  readonly pythonTorchRecord = (): string => join(this.root, "libtorch", "python.json");
}

/** `$RLTRADER_CACHE`, else `$XDG_CACHE_HOME/rltrader`, else `~/.cache/rltrader`.
 * @throws {SetupError} If none of them is set, or the one that is set is a relative path. */
export function cacheFoldersFrom(environment: Environment): CacheFolders {
  const own = environment.RLTRADER_CACHE;
  const xdg = environment.XDG_CACHE_HOME;
  const root = own || (xdg && join(xdg, "rltrader")) ||
    (environment.HOME && join(environment.HOME, ".cache", "rltrader"));
  if (!root) {
    throw new SetupError(
      "Cannot choose a cache folder as RLTRADER_CACHE, XDG_CACHE_HOME or HOME must be set: none is",
      "export RLTRADER_CACHE=/some/folder",
    );
  }
  if (!isAbsolute(root)) {
    throw new SetupError(
      `Cannot use the cache folder as its path must be absolute: it is ${root}`,
      'export RLTRADER_CACHE="$PWD/cache", or any other absolute path',
    );
  }
  return new CacheFolders(root);
}

function fileNameOf(version: string): string {
  return version.replaceAll(/[^\w.+-]+/g, "-");
}

/** Follows a cargo build: how many crates are done, and which are being compiled. */
import { probe, type SetupContext } from "./setup_context.ts";
import type { Environment } from "./run_command.ts";

interface Metadata {
  readonly packages: readonly { id: string; name: string }[];
  readonly resolve: { nodes: readonly { id: string; dependencies: readonly string[] }[] } | null;
}

interface CargoMessage {
  readonly reason: string;
  readonly package_id?: string;
  readonly target?: { kind: readonly string[] };
  readonly filenames?: readonly string[];
}

const METADATA_DEADLINE_MS = 5 * 60_000;

export class BuildProgress {
  /** The shared library of the wanted crate, once cargo has made it. */
  library: string | undefined;
  readonly #done = new Set<string>();
  readonly #started = new Set<string>();
  #note: string | undefined;

  /** @param names Every crate of the build: its package id and its name. */
  constructor(private readonly names: ReadonlyMap<string, string>, private readonly crate: string) {}

  /** Asks cargo for the crates of the build; without an answer the count is not shown. */
  static async forCrate(
    context: SetupContext,
    environment: Environment,
    crate: string,
  ): Promise<BuildProgress> {
    const args = ["metadata", "--format-version=1", "--locked", `--filter-platform=${context.build.target}`];
    const options = { environment, workingDir: context.nativeDir, deadlineMs: METADATA_DEADLINE_MS };
    const { code, stdout } = await probe(context, "cargo", args, options);
    return new BuildProgress(code === 0 ? cratesOf(JSON.parse(stdout) as Metadata, crate) : new Map(), crate);
  }

  /** Takes one line of `--message-format=json-render-diagnostics`. */
  takeMessage(line: string): void {
    if (!line.startsWith("{")) return;
    const message = JSON.parse(line) as CargoMessage;
    if (message.reason !== "compiler-artifact" || message.package_id === undefined) return;
    const kinds = message.target?.kind ?? [];
    if (kinds.includes("custom-build")) return;
    this.#done.add(message.package_id);
    const name = this.names.get(message.package_id);
    if (name !== undefined) this.#started.delete(name);
    if (kinds.includes("cdylib") && (name === undefined || name === this.crate)) {
      this.library = message.filenames?.find((file) => /\.(so|dylib|dll)$/.test(file));
    }
  }

  /** Takes one line of cargo's own report. @returns Whether it was progress rather than a diagnostic. */
  takeStatus(line: string): boolean {
    const [, verb, rest] =
      /^\s*(Compiling|Fresh|Downloading|Downloaded|Updating|Locking|Blocking|Finished)\b (.*)$/
        .exec(line) ?? [];
    if (verb === undefined || rest === undefined) return false;
    if (verb === "Compiling") this.#started.add(rest.split(" ")[0]!);
    this.#note = verb === "Downloading" || verb === "Blocking" ? `${verb.toLowerCase()} ${rest}` : undefined;
    return true;
  }

  text(): string {
    if (this.#note !== undefined) return this.#note;
    const known = [...this.#done].filter((id) => this.names.has(id)).length;
    const count = this.names.size > 0 ? `${known} of ${this.names.size} crates` : `${this.#done.size} crates`;
    const now = [...this.#started].slice(0, 3).join(", ");
    return now === "" ? count : `${count}, now ${now}`;
  }
}

/** The crates that `crate` reaches, itself included. */
function cratesOf(metadata: Metadata, crate: string): Map<string, string> {
  const names = new Map(metadata.packages.map(({ id, name }) => [id, name]));
  const edges = new Map(metadata.resolve?.nodes.map(({ id, dependencies }) => [id, dependencies]) ?? []);
  const reached = new Map<string, string>();
  const open = [...names].filter(([, name]) => name === crate).map(([id]) => id);
  for (let id = open.pop(); id !== undefined; id = open.pop()) {
    if (reached.has(id)) continue;
    reached.set(id, names.get(id)!);
    open.push(...edges.get(id) ?? []);
  }
  return reached;
}

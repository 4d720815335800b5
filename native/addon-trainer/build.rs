//! Node-API link settings, where the addon looks for LibTorch (beside itself, as shipped, then where it was built), and the
//! version of LibTorch that it was built against.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    napi_build::setup();
    let macos = std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system == "macos");
    let origin = if macos { "@loader_path" } else { "$ORIGIN" };
    let mut folders = vec![origin.to_owned(), format!("{origin}/libtorch/lib")];
    let mut version = None;
    if let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        version = libtorch_version(&Path::new(&folder).join("../include/torch/headeronly/version.h"));
        folders.push(folder);
    }
    for folder in folders {
        println!("cargo:rustc-cdylib-link-arg=-Wl,-rpath,{folder}");
    }
    println!("cargo:rustc-env=RLT_LIBTORCH_VERSION={}", version.as_deref().unwrap_or("unknown"));
}

/// `major.minor.patch` from LibTorch's own header.
fn libtorch_version(header: &Path) -> Option<String> {
    let header = std::fs::read_to_string(header).ok()?;
    let part = |name: &str| {
        let prefix = format!("#define TORCH_VERSION_{name} ");
        header.lines().find_map(|line| line.strip_prefix(&prefix)).map(str::trim)
    };
    Some(format!("{}.{}.{}", part("MAJOR")?, part("MINOR")?, part("PATCH")?))
}

//! Node-API link settings, where the addon looks for LibTorch (beside itself, as shipped, then where it was built), and the
//! version of LibTorch that it was built against.

use std::path::Path;

fn main() {
    println!("cargo:rerun-if-env-changed=LIBTORCH");
    napi_build::setup();
    let mut folders = String::from("$ORIGIN:$ORIGIN/libtorch/lib");
    let mut version = None;
    if let Ok(folder) = std::env::var("DEP_TCH_LIBTORCH_LIB") {
        version = libtorch_version(&Path::new(&folder).join("../include/torch/headeronly/version.h"));
        folders = format!("{folders}:{folder}");
    }
    println!("cargo:rustc-cdylib-link-arg=-Wl,-rpath,{folders}");
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

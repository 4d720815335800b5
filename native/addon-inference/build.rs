//! Node-API link settings.

fn main() {
    napi_build::setup();
}

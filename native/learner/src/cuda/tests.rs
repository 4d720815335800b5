use super::*;

/// A library that every machine has, in the place of a driver.
const SOME_DRIVER: &str = "libc.so.6";
const NO_DRIVER: &str = "libno-such-driver.so.1";

fn config(extra: &str) -> LearnerConfig {
    LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":2,"trunk":[4],"heads":[{{"name":"v","kind":"value","size":2}}]}},"schema_hash":"h","seed":1,
        "replay_capacity":1,"max_afterstates":1,"max_points":1,"max_candidates":1{extra}}}"#
    ))
    .unwrap()
}

/// A folder of its own that holds a file of the library's name and nothing in it.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("rltrader-cuda-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join(LIBRARY), "").unwrap();
        Self(folder)
    }

    fn json(&self) -> String {
        format!(r#","cuda_libraries":"{}""#, self.0.display())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

#[test]
fn libtorch_folder_holds_libtorch() {
    tch::set_num_threads(1);
    assert!(libtorch_folder().unwrap().join(LIBTORCH).is_file());
}

#[test]
fn a_demanded_gpu_names_the_missing_library() {
    let error = placed(&config(r#","device":"cuda","cuda_libraries":"/no/such/folder""#), SOME_DRIVER).unwrap_err();
    assert_eq!(error.code(), "RLT_CONFIG");
    let expected = "Cannot use learner configuration as device `cuda` must be there: the library /no/such/folder/libtorch_cuda.so is missing";
    assert_eq!(error.to_string(), expected);
    // Beside the LibTorch that runs this test there is none.
    let text = placed(&config(r#","device":"cuda""#), SOME_DRIVER).unwrap_err().to_string();
    let folder = libtorch_folder().unwrap();
    assert!(text.ends_with(&format!("the library {} is missing", folder.join(LIBRARY).display())), "{text}");
}

#[test]
fn a_demanded_gpu_names_the_missing_driver() {
    let folder = Folder::new("driver");
    let text = placed(&config(&format!(r#","device":"cuda"{}"#, folder.json())), NO_DRIVER).unwrap_err().to_string();
    assert!(text.contains("device `cuda` must be there: the driver is missing: ") && text.contains(NO_DRIVER), "{text}");
    assert!(!text.contains("the library"), "{text}");
    let text = placed(&config(r#","device":"cuda","cuda_libraries":"/none""#), NO_DRIVER).unwrap_err().to_string();
    assert!(text.contains("the library /none/libtorch_cuda.so is missing; device `cuda`") && text.contains(NO_DRIVER), "{text}");
}

#[test]
fn a_demanded_gpu_names_a_library_that_does_not_load() {
    let folder = Folder::new("load");
    let text =
        placed(&config(&format!(r#","device":"cuda","engine":"tch"{}"#, folder.json())), SOME_DRIVER).unwrap_err().to_string();
    assert!(text.contains("libtorch_cuda.so does not load: ") && text.contains("file too short"), "{text}");
}

#[test]
fn auto_falls_back_to_the_cpu_and_says_why() {
    let cases = [
        ("", EngineKind::Fused, NO_DRIVER),
        (r#","engine":"tch""#, EngineKind::Tch, NO_DRIVER),
        (r#","engine":"fused""#, EngineKind::Fused, "the engine `fused` runs on the CPU"),
        (r#","device":"cpu""#, EngineKind::Fused, "the configuration says `cpu`"),
        (r#","device":"cpu","engine":"tch""#, EngineKind::Tch, "the configuration says `cpu`"),
    ];
    for (extra, engine, reason) in cases {
        let (placement, placed) = placed(&config(extra), NO_DRIVER).unwrap();
        assert_eq!((placement.device, placed), ("cpu", (engine, Device::Cpu)), "{extra}");
        assert!(placement.reason.contains(reason), "{extra}: {placement:?}");
    }
}

//! Finds LibTorch's CUDA libraries beside a LibTorch that was built without, and loads them.
//!
//! LibTorch asks once in a process whether it has CUDA, so the library must be there before the first question. Where it is missing,
//! or the driver is, nothing is loaded and nothing is asked, and a later call may find it.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use libloading::os::unix::{Library, RTLD_GLOBAL, RTLD_NOW};
use tch::{Device, Kind, Tensor};

use crate::{DeviceKind, EngineKind, LearnerConfig, LearnerError};

const LIBRARY: &str = "libtorch_cuda.so";
const LIBTORCH: &str = "libtorch_cpu.so";
const DRIVER: &str = "libcuda.so.1";
const GPU: Device = Device::Cuda(0);

/// Where LibTorch computes, and why not elsewhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// `cpu` or `cuda`.
    pub device: &'static str,
    /// Why it is not the GPU; empty if it is.
    pub reason: String,
}

/// What the last learner was told, and whether the libraries are loaded.
static PLACED: Mutex<Option<Placement>> = Mutex::new(None);
static LOADED: Mutex<Option<Result<(), String>>> = Mutex::new(None);

/// Where the last learner of this process computes; before the first one, where one would that asks for nothing.
pub fn placement() -> Placement {
    let placed = PLACED.lock().unwrap_or_else(PoisonError::into_inner).clone();
    placed.unwrap_or_else(|| match look(None, DRIVER) {
        Ok(_) => on_gpu(),
        Err(missing) => on_cpu(&missing.join("; ")),
    })
}

/// Chooses engine and device of a learner.
///
/// # Errors
/// [`LearnerError::Config`] if the GPU is demanded and a library or the driver is missing.
pub(crate) fn place(config: &LearnerConfig) -> Result<(EngineKind, Device), LearnerError> {
    let (placement, placed) = placed(config, DRIVER)?;
    *PLACED.lock().unwrap_or_else(PoisonError::into_inner) = Some(placement);
    Ok(placed)
}

fn placed(config: &LearnerConfig, driver: &str) -> Result<(Placement, (EngineKind, Device)), LearnerError> {
    let reason = match (config.device, config.engine) {
        (DeviceKind::Cpu, _) => "the configuration says `cpu`".to_owned(),
        (DeviceKind::Auto, EngineKind::Fused) => "the engine `fused` runs on the CPU".to_owned(),
        _ => match look(config.cuda_libraries.as_deref().map(Path::new), driver).and_then(|library| load(&library)) {
            Ok(()) => return Ok((on_gpu(), (EngineKind::Tch, GPU))),
            Err(missing) if config.device == DeviceKind::Cuda => {
                let faults = missing.into_iter().map(|missing| format!("device `cuda` must be there: {missing}")).collect();
                return Err(LearnerError::Config { faults });
            }
            Err(missing) => missing.join("; "),
        },
    };
    let engine = if config.engine == EngineKind::Tch { EngineKind::Tch } else { EngineKind::Fused };
    Ok((on_cpu(&reason), (engine, Device::Cpu)))
}

fn on_gpu() -> Placement {
    Placement { device: "cuda", reason: String::new() }
}

fn on_cpu(reason: &str) -> Placement {
    Placement { device: "cpu", reason: reason.to_owned() }
}

/// The library in the folder, or beside LibTorch, once it and the driver are there; or everything that is missing.
fn look(folder: Option<&Path>, driver: &str) -> Result<PathBuf, Vec<String>> {
    let mut missing = Vec::new();
    let folder = folder.map(Path::to_owned).or_else(libtorch_folder).unwrap_or_default();
    let library = folder.join(LIBRARY);
    if !library.is_file() {
        missing.push(format!("the library {} is missing", library.display()));
    }
    // SAFETY: the driver's library may be opened and closed at any time.
    if let Err(error) = unsafe { Library::open(Some(driver), RTLD_NOW) } {
        missing.push(format!("the driver is missing: {}", said(&error)));
    }
    if missing.is_empty() { Ok(library) } else { Err(missing) }
}

/// Loads the library for the rest of the process and lets LibTorch try the GPU; the outcome stays.
fn load(library: &Path) -> Result<(), Vec<String>> {
    let mut loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
    if loaded.is_none() {
        // SAFETY: LibTorch's own library, made to be loaded beside the one that is; its initialisers register the backend.
        match unsafe { Library::open(Some(library), RTLD_NOW | RTLD_GLOBAL) } {
            Ok(library) => {
                // Never closed: LibTorch keeps pointers into it.
                let _ = library.into_raw();
                let tried = Tensor::f_zeros([1], (Kind::Float, GPU)).map_err(LearnerError::torch("use the GPU"));
                *loaded = Some(tried.map(drop).map_err(|error| error.to_string()));
            }
            Err(error) => return Err(vec![format!("the library {} does not load: {}", library.display(), said(&error))]),
        }
    }
    loaded.clone().unwrap_or(Ok(())).map_err(|missing| vec![missing])
}

/// What the system said.
fn said(error: &libloading::Error) -> String {
    error.source().map_or_else(|| error.to_string(), ToString::to_string)
}

/// Where the LibTorch of this process lies.
fn libtorch_folder() -> Option<PathBuf> {
    let maps = std::fs::read_to_string("/proc/self/maps").ok()?;
    let path =
        maps.lines().find_map(|line| line.find('/').map(|at| Path::new(&line[at..])).filter(|path| path.ends_with(LIBTORCH)))?;
    path.parent().map(Path::to_owned)
}

#[cfg(test)]
mod tests;

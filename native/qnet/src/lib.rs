//! The network of RL Trader without LibTorch: its shape, its flat weights, its file format, its CPU forward, the passes that
//! train it, the reasons for its outputs, and how sure a decision is.
//!
//! Knows sizes and heads; knows no feature name, no stream and no meaning of a head.

mod account;
mod attribution;
mod backprop;
mod confidence;
mod error;
mod fold;
mod forward;
mod init;
mod kernel;
mod layout;
mod model;
mod spec;
#[cfg(test)]
mod testing;
mod values;

pub use account::{AccountGradient, AccountPart, AccountPoint};
pub use attribution::{Afterstate, Attribution, Attributor, MAX_STEPS, TOLERANCE};
pub use backprop::{Backprop, Panels};
pub use confidence::{Confidence, MAX_OUTCOMES, MIN_OUTCOMES, ReliabilityBin, confidence_at, fit_confidence};
pub use error::EngineError;
pub use forward::{FusedNet, MAX_POINTS, first_non_finite};
pub use init::init_weights;
pub use kernel::{AdamStep, simd_name};
pub use layout::{AccountSlots, Layer, Layout, TensorSlot};
pub use model::{FORMAT, Model, RESERVED_METADATA};
pub use spec::{AccountSpec, Head, HeadKind, MAX_HEAD_SIZE, MAX_SCALARS, MAX_TRUNK_DEPTH, MAX_WIDTH, NetSpec};
pub use values::{ValueMap, mean_of};

//! Learns the value of accounts after a decision, `W(F, y)`, from counterfactual steps: replay, TD targets, and two engines for the
//! backward pass and the optimiser, one of plain Rust and one on LibTorch.
//!
//! Knows sizes, classes and costs; knows no feature name, no stream and no meaning of a class.

mod batch;
mod checkpoint;
mod config;
mod cuda;
mod engine;
mod error;
mod learn;
mod loss;
mod prior;
mod priorities;
mod replay;
mod step;
mod sum_tree;
pub mod td;
#[cfg(test)]
mod testing;
mod valuer;
mod warm_start;

pub use checkpoint::{Checkpoint, Draft};
pub use config::{DeviceKind, EngineKind, LearnerConfig, LearningRateDecay, Loss, Sampling, Target, ValueKind};
pub use cuda::{Placement, placement};
pub use engine::Network;
pub use error::LearnerError;
pub use learn::{Learner, Totals, Update};
pub use replay::Replay;
pub use step::{MAX_SPAN, Step};
pub use warm_start::WarmStart;

//! Learns the value of accounts after a decision, `W(F, y)`, from counterfactual steps: replay, TD targets, backward pass and
//! optimiser on LibTorch.
//!
//! Knows sizes, classes and costs; knows no feature name, no stream and no meaning of a class.

mod adam;
mod batch;
mod config;
mod error;
mod learn;
mod network;
mod replay;
mod step;
pub mod td;

pub use config::{LearnerConfig, LearningRateDecay, Loss, Target};
pub use error::LearnerError;
pub use learn::{Learner, Totals, Update};
pub use network::Network;
pub use replay::Replay;
pub use step::Step;

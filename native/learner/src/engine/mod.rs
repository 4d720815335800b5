//! Two engines behind one interface: plain Rust, which is faster, and LibTorch, which it is held against.

mod fused;
mod network;
mod torch;
mod torch_adam;

pub use network::Network;

use std::fmt::Debug;

use qnet::{Layout, init_weights};
use tch::Device;

use crate::prior::Prior;
use crate::{EngineKind, LearnerConfig, LearnerError};

/// Weights of both networks, optimiser and memory of one learner. Knows outputs and slopes; knows no loss and no replay.
pub(crate) trait Engine: Debug + Send {
    /// Computes what the losses need from the rows `F_t`, then `F_t+1`, and keeps what [`Engine::backward`] needs of the former.
    fn forward(&mut self, features: &[f32], outputs: &mut Outputs) -> Result<(), LearnerError>;

    /// Keeps the gradient for the slopes by the raw outputs of `F_t` and by the account part's own weights, plus the prior's pull;
    /// returns its Euclidean norm.
    fn backward(&mut self, slope: &[f32], account: &[f32], prior: Prior) -> Result<f64, LearnerError>;

    /// One Adam step (Kingma & Ba 2015, algorithm 1) with `scale` times the kept gradient.
    fn step(&mut self, scale: f64, rate: f64) -> Result<(), LearnerError>;

    /// Moves the target network this share of the way to the online network; 1 copies it.
    fn follow(&mut self, share: f64) -> Result<(), LearnerError>;

    /// Raw rows of the online network, `[B, inputs]` → `[B, raw outputs]`, B > 0, and its account part's own weights.
    fn predict(&self, features: &[f32]) -> Result<Predicted, LearnerError>;

    /// Copies out everything that later updates depend on.
    fn save(&self, state: &mut State) -> Result<(), LearnerError>;

    /// Goes on from a saved state of the same shape.
    fn load(&mut self, state: &State) -> Result<(), LearnerError>;

    /// The kept gradient.
    #[cfg(test)]
    fn gradient(&self) -> Vec<f32>;
}

/// Host copies of what the networks gave, `[rows, raw outputs]`, kept from batch to batch.
#[derive(Debug, Default)]
pub(crate) struct Outputs {
    /// Online network at `F_t` and, for double Q-learning, at `F_t+1` below.
    pub(crate) online: Vec<f32>,
    /// Target network at `F_t+1`.
    pub(crate) target: Vec<f32>,
    /// The account part's own weights in both networks, the tail of the flat array; empty without one.
    pub(crate) online_account: Vec<f32>,
    pub(crate) target_account: Vec<f32>,
}

impl Outputs {
    pub(crate) fn new(config: &LearnerConfig) -> Self {
        let len = config.batch_steps * config.net.raw_outputs();
        Self { online: vec![0.0; if config.double { 2 * len } else { len }], target: vec![0.0; len], ..Self::default() }
    }
}

/// Host copies of what the online network gave.
#[derive(Debug, Default)]
pub(crate) struct Predicted {
    /// `[rows, raw outputs]`.
    pub(crate) raw: Vec<f32>,
    /// The account part's own weights.
    pub(crate) account: Vec<f32>,
}

/// Weights in [`Layout`] order and Adam's running means.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct State {
    pub(crate) weights: Vec<f32>,
    pub(crate) target: Vec<f32>,
    pub(crate) means: Vec<f32>,
    pub(crate) squares: Vec<f32>,
    /// Steps that Adam's corrections count.
    pub(crate) steps: u64,
}

impl State {
    /// Both networks at these weights, Adam fresh.
    pub(crate) fn fresh(weights: Vec<f32>) -> Self {
        let zeros = vec![0.0; weights.len()];
        Self { target: weights.clone(), means: zeros.clone(), squares: zeros, weights, steps: 0 }
    }
}

impl EngineKind {
    /// As in the configuration.
    pub fn name(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Tch => "tch",
            Self::Fused => "fused",
        }
    }
}

/// An engine on a device with fresh weights from the seed, and these weights.
pub(crate) fn build(
    config: &LearnerConfig,
    (kind, device): (EngineKind, Device),
) -> Result<(Box<dyn Engine>, State), LearnerError> {
    let state = State::fresh(init_weights(&Layout::new(&config.net)?, config.seed));
    let engine: Box<dyn Engine> = match kind {
        EngineKind::Tch => Box::new(torch::Torch::new(config, &state, device)?),
        EngineKind::Auto | EngineKind::Fused => Box::new(fused::Fused::new(config, &state)?),
    };
    Ok((engine, state))
}

#[cfg(test)]
mod tests;

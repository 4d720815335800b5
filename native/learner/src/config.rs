//! What the learner is told, checked as a whole: every fault in one error.

use std::collections::BTreeMap;

use qnet::NetSpec;
use serde::{Deserialize, Serialize};

use crate::LearnerError;
use crate::prior::Prior;

mod checks;
mod sizes;

/// Which error is minimised between `W(F, y)` and its target.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// e². Keeps the mean of noisy rewards; the default.
    #[default]
    Squared,
    /// e²/2 up to 1, |e| − 1/2 beyond (Huber 1964).
    Huber,
}

/// What computes the updates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EngineKind {
    /// Plain Rust on the CPU, LibTorch on the GPU: the fastest.
    #[default]
    Auto,
    /// LibTorch: the reference.
    Tch,
    /// Plain Rust.
    Fused,
}

/// Where LibTorch computes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DeviceKind {
    /// The GPU if LibTorch's CUDA libraries and a driver are there, else the CPU; with [`EngineKind::Fused`] the CPU.
    #[default]
    Auto,
    /// The CPU.
    Cpu,
    /// The GPU, or an error that names what is missing.
    Cuda,
}

/// What the outputs of the value heads are values of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ValueKind {
    /// `W(F, y)` of the account after a decision, one value head (Sutton & Barto 2018, section 6.8).
    #[default]
    Afterstate,
    /// `Q(F, d)` of a decision, one value head for each branch of it (Tavakoli et al. 2018).
    Branching,
}

/// How the target network follows the online network.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Target {
    /// A copy every so many updates.
    Periodic {
        /// Updates between two copies.
        every: u64,
    },
    /// A step towards it after each update.
    Soft {
        /// Share of the way, in (0, 1].
        tau: f64,
    },
}

/// How the learning rate falls with the number of updates; it never knows the length of the run.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum LearningRateDecay {
    /// It stays.
    #[default]
    None,
    /// `max(floor, learning_rate / (1 + updates / halving))`.
    Harmonic {
        /// Updates after which the rate has halved.
        halving: f64,
        /// The rate never falls below.
        floor: f64,
    },
}

/// How a batch is drawn from the replay, with replacement.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Sampling {
    /// Every step alike.
    #[default]
    Uniform,
    /// In proportion to a power of the step's last error (Schaul et al. 2016).
    Prioritised {
        /// Power of the error, in [0, 1]; 0 draws every step alike.
        alpha: f64,
        /// Power of the importance weights at the start, in [0, 1].
        beta_start: f64,
        /// Updates until that power is 1, which corrects the losses in full.
        beta_updates: u64,
    },
}

/// Everything that a learner is told.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LearnerConfig {
    /// The network.
    pub net: NetSpec,
    /// Hash of the schema that models are stamped with and must carry.
    pub schema_hash: String,
    /// The same seed, pushes and calls give the same weights, bit for bit.
    pub seed: u64,
    /// What the values are values of.
    #[serde(default)]
    pub value: ValueKind,
    /// Where LibTorch computes.
    #[serde(default)]
    pub device: DeviceKind,
    /// Folder of LibTorch's CUDA libraries; none for the folder of LibTorch itself.
    #[serde(default)]
    pub cuda_libraries: Option<String>,
    /// What computes the updates. Both engines draw the same batches and compute the same formulas; the last bits differ.
    #[serde(default)]
    pub engine: EngineKind,
    /// Discount of one bar, in [0, 1).
    #[serde(default = "defaults::gamma")]
    pub gamma: f64,
    /// Choose the next candidate with the online network, value it with the target network (van Hasselt et al. 2016).
    #[serde(default = "defaults::double")]
    pub double: bool,
    /// Error of a value head without quantiles. Regression heads always use the squared error, quantiles the quantile Huber loss.
    #[serde(default)]
    pub loss: Loss,
    /// Adam's step size.
    #[serde(default = "defaults::learning_rate")]
    pub learning_rate: f64,
    /// How the step size falls.
    #[serde(default)]
    pub learning_rate_decay: LearningRateDecay,
    /// Adam's memory of the gradient, in [0, 1).
    #[serde(default = "defaults::adam_beta1")]
    pub adam_beta1: f64,
    /// Adam's memory of the squared gradient, in [0, 1).
    #[serde(default = "defaults::adam_beta2")]
    pub adam_beta2: f64,
    /// Adam's guard against division by zero.
    #[serde(default = "defaults::adam_eps")]
    pub adam_eps: f64,
    /// Steps in one batch, drawn with replacement; all their afterstates are learned from.
    #[serde(default = "defaults::batch_steps")]
    pub batch_steps: usize,
    /// How the target network follows.
    #[serde(default = "defaults::target")]
    pub target: Target,
    /// Largest Euclidean norm of the gradient of all weights; a longer one is scaled down.
    #[serde(default = "defaults::grad_clip")]
    pub grad_clip: f64,
    /// Strength of a Gaussian prior on the weights: they are pulled to 0 by this over the number of steps held, so that the pull
    /// fades as data come in. 0 for none.
    #[serde(default)]
    pub weight_prior: f64,
    /// How many times as strongly at most the weights of an input are pulled, the more the smaller they are against those of the
    /// input with the greatest ones, from 1 on; 1 pulls all alike.
    #[serde(default = "defaults::relevance_limit")]
    pub relevance_limit: f64,
    /// Updates that were not finite, in a row, after which the learner goes back to where it last computed finite numbers.
    #[serde(default = "defaults::rollback_after")]
    pub rollback_after: u64,
    /// How batches are drawn.
    #[serde(default)]
    pub replay: Sampling,
    /// Steps held; the oldest is overwritten.
    pub replay_capacity: usize,
    /// Most afterstates of one step; with branching, most active branches.
    pub max_afterstates: usize,
    /// Most different afterstates that the next decisions of one step lead to, 1..=256.
    pub max_points: usize,
    /// Most next candidates of one afterstate; with branching, of one branch.
    pub max_candidates: usize,
    /// Weight of each regression head's loss; a head that is not named weighs 1.
    #[serde(default)]
    pub head_loss_weights: BTreeMap<String, f64>,
}

mod defaults {
    use super::Target;

    pub(super) fn gamma() -> f64 {
        0.95
    }
    pub(super) fn double() -> bool {
        true
    }
    pub(super) fn learning_rate() -> f64 {
        1e-3
    }
    pub(super) fn adam_beta1() -> f64 {
        0.9
    }
    pub(super) fn adam_beta2() -> f64 {
        0.999
    }
    pub(super) fn adam_eps() -> f64 {
        1e-8
    }
    pub(super) fn batch_steps() -> usize {
        256
    }
    pub(super) fn target() -> Target {
        Target::Periodic { every: 100 }
    }
    pub(super) fn grad_clip() -> f64 {
        10.0
    }
    pub(super) fn relevance_limit() -> f64 {
        1.0
    }
    pub(super) fn rollback_after() -> u64 {
        10
    }
}

impl LearnerConfig {
    /// Parses and validates a JSON configuration.
    ///
    /// # Errors
    /// [`LearnerError::Config`] with every broken rule.
    pub fn from_json(json: &str) -> Result<Self, LearnerError> {
        let config: Self = serde_json::from_str(json)
            .map_err(|error| LearnerError::Config { faults: vec![format!("it must be a learner configuration: {error}")] })?;
        config.validate()?;
        Ok(config)
    }

    /// Checks every rule.
    ///
    /// # Errors
    /// [`LearnerError::Config`] with every broken rule, those of the network included.
    pub fn validate(&self) -> Result<(), LearnerError> {
        let mut faults: Vec<String> = self.net.faults().into_iter().map(|fault| format!("net: {fault}")).collect();
        self.check_numbers(&mut faults);
        self.check_sizes(&mut faults);
        self.check_heads(&mut faults);
        self.check_values(&mut faults);
        if faults.is_empty() { Ok(()) } else { Err(LearnerError::Config { faults }) }
    }

    /// Power of the importance weights at a number of updates; it rises evenly.
    pub fn beta_at(&self, updates: u64) -> f64 {
        match self.replay {
            Sampling::Uniform => 0.0,
            Sampling::Prioritised { beta_start, beta_updates, .. } => {
                beta_start + (1.0 - beta_start) * (updates as f64 / beta_updates as f64).min(1.0)
            }
        }
    }

    /// How the weights are pulled to 0 with so many steps held: by the slope of `weight_prior / 2 · |w|²`, spread over them as the
    /// losses are.
    pub(crate) fn prior_at(&self, held: usize) -> Prior {
        Prior { pull: self.weight_prior / held.max(1) as f64, relevance_limit: self.relevance_limit }
    }

    /// Step size at a number of updates.
    pub fn learning_rate_at(&self, updates: u64) -> f64 {
        match self.learning_rate_decay {
            LearningRateDecay::None => self.learning_rate,
            LearningRateDecay::Harmonic { halving, floor } => (self.learning_rate / (1.0 + updates as f64 / halving)).max(floor),
        }
    }
}

//! What the learner is told, checked as a whole: every fault in one error.

use std::collections::BTreeMap;

use qnet::{HeadKind, NetSpec};
use serde::{Deserialize, Serialize};

use crate::LearnerError;

/// Classes are bytes.
const MAX_CLASSES: usize = 256;
/// Most memory that a replay may take.
const MAX_REPLAY_BYTES: usize = 8 << 30;

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
    /// The fastest for this machine.
    #[default]
    Auto,
    /// LibTorch: the reference.
    Tch,
    /// Plain Rust.
    Fused,
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
    /// What computes the updates. Both engines draw the same batches and compute the same formulas; the last bits differ.
    #[serde(default)]
    pub engine: EngineKind,
    /// Discount, in [0, 1).
    #[serde(default = "defaults::gamma")]
    pub gamma: f64,
    /// Choose the next candidate with the online network, value it with the target network (van Hasselt et al. 2016).
    #[serde(default = "defaults::double")]
    pub double: bool,
    /// Error of the value head. Regression heads always use the squared error.
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
    /// Updates that were not finite, in a row, after which the learner goes back to where it last computed finite numbers.
    #[serde(default = "defaults::rollback_after")]
    pub rollback_after: u64,
    /// How batches are drawn.
    #[serde(default)]
    pub replay: Sampling,
    /// Steps held; the oldest is overwritten.
    pub replay_capacity: usize,
    /// Most afterstates of one step.
    pub max_afterstates: usize,
    /// Most next candidates of one afterstate.
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
        if faults.is_empty() { Ok(()) } else { Err(LearnerError::Config { faults }) }
    }

    fn check_numbers(&self, faults: &mut Vec<String>) {
        let mut require = |name: &str, value: f64, holds: bool, rule: &str| {
            if !holds {
                faults.push(format!("{name} must be {rule}: it is {value}"));
            }
        };
        for (name, value) in [("gamma", self.gamma), ("adam_beta1", self.adam_beta1), ("adam_beta2", self.adam_beta2)] {
            require(name, value, (0.0..1.0).contains(&value), "in [0, 1)");
        }
        let positive = [("learning_rate", self.learning_rate), ("adam_eps", self.adam_eps), ("grad_clip", self.grad_clip)];
        for (name, value) in positive {
            require(name, value, value > 0.0 && value.is_finite(), "positive and finite");
        }
        let prior = self.weight_prior;
        require("weight_prior", prior, (0.0..=1e6).contains(&prior), "in [0, 1000000]");
        match self.target {
            Target::Periodic { every } => require("target.every", every as f64, every > 0, "at least 1"),
            Target::Soft { tau } => require("target.tau", tau, tau > 0.0 && tau <= 1.0, "in (0, 1]"),
        }
        require("rollback_after", self.rollback_after as f64, self.rollback_after > 0, "at least 1");
        if let Sampling::Prioritised { alpha, beta_start, beta_updates } = self.replay {
            require("replay.alpha", alpha, (0.0..=1.0).contains(&alpha), "in [0, 1]");
            require("replay.beta_start", beta_start, (0.0..=1.0).contains(&beta_start), "in [0, 1]");
            require("replay.beta_updates", beta_updates as f64, beta_updates > 0, "at least 1");
        }
        if let LearningRateDecay::Harmonic { halving, floor } = self.learning_rate_decay {
            require("learning_rate_decay.halving", halving, halving > 0.0 && halving.is_finite(), "positive and finite");
            let in_range = floor > 0.0 && floor <= self.learning_rate;
            require("learning_rate_decay.floor", floor, in_range, "in (0, learning_rate]");
        }
    }

    fn check_sizes(&self, faults: &mut Vec<String>) {
        let sizes = [
            ("batch_steps", self.batch_steps, 1 << 20),
            ("replay_capacity", self.replay_capacity, u32::MAX as usize),
            ("max_afterstates", self.max_afterstates, 1 << 16),
            ("max_candidates", self.max_candidates, 1 << 16),
        ];
        for (name, value, limit) in sizes {
            if !(1..=limit).contains(&value) {
                faults.push(format!("{name} must be 1..={limit}: it is {value}"));
            }
        }
        let bytes = self.step_bytes().and_then(|step| step.checked_mul(self.replay_capacity));
        if bytes.is_none_or(|bytes| bytes > MAX_REPLAY_BYTES) {
            let actual = bytes.map_or("more than can be counted".into(), |bytes| format!("{bytes} bytes"));
            faults.push(format!("the replay must fit {MAX_REPLAY_BYTES} bytes: it needs {actual}"));
        }
        if self.schema_hash.is_empty() {
            faults.push("schema_hash must not be empty: it is \"\"".into());
        }
    }

    fn check_heads(&self, faults: &mut Vec<String>) {
        let classes = self.net.value_range().len();
        if classes > MAX_CLASSES {
            faults.push(format!("the value head must have at most {MAX_CLASSES} outputs: it has {classes}"));
        }
        for (name, weight) in &self.head_loss_weights {
            if !(0.0..=1e6).contains(weight) {
                faults.push(format!("head_loss_weights.{name} must be in [0, 1000000]: it is {weight}"));
            }
            if !self.net.heads.iter().any(|head| head.kind == HeadKind::Regression && head.name == *name) {
                faults.push(format!("head_loss_weights must name regression heads: it names `{name}`"));
            }
        }
    }

    /// Memory of one step in the replay; none if it overflows.
    fn step_bytes(&self) -> Option<usize> {
        let candidates = self.max_afterstates.checked_mul(self.max_candidates)?.checked_mul(5)?;
        let afterstates = self.max_afterstates.checked_mul(10)?;
        let rows = self.net.inputs.checked_mul(8)?.checked_add(self.net.regressions().checked_mul(4)?)?;
        // The tree of priorities has at most four numbers for each step.
        let priorities = if self.replay == Sampling::Uniform { 0 } else { 32 };
        candidates.checked_add(afterstates)?.checked_add(rows)?.checked_add(priorities)
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

    /// How strongly the weights are pulled to 0 with so many steps held: the slope of `weight_prior / 2 · |w|²`, spread over them
    /// as the losses are.
    pub fn pull_at(&self, held: usize) -> f64 {
        self.weight_prior / held.max(1) as f64
    }

    /// Step size at a number of updates.
    pub fn learning_rate_at(&self, updates: u64) -> f64 {
        match self.learning_rate_decay {
            LearningRateDecay::None => self.learning_rate,
            LearningRateDecay::Harmonic { halving, floor } => (self.learning_rate / (1.0 + updates as f64 / halving)).max(floor),
        }
    }
}

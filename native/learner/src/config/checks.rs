//! The rules of a configuration. Each check adds what it finds, so that one error lists all.

use qnet::HeadKind;

use super::{DeviceKind, EngineKind, LearnerConfig, LearningRateDecay, Sampling, Target, ValueKind};

/// Classes and points are bytes.
const MAX_CLASSES: usize = 256;
/// Most memory that a replay may take.
const MAX_REPLAY_BYTES: usize = 8 << 30;

impl LearnerConfig {
    pub(super) fn check_numbers(&self, faults: &mut Vec<String>) {
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
        let limit = self.relevance_limit;
        require("relevance_limit", limit, (1.0..=1e6).contains(&limit), "in [1, 1000000]");
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

    pub(super) fn check_sizes(&self, faults: &mut Vec<String>) {
        let sizes = [
            ("batch_steps", self.batch_steps, 1 << 20),
            ("replay_capacity", self.replay_capacity, u32::MAX as usize),
            ("max_afterstates", self.max_afterstates, 1 << 16),
            ("max_points", self.max_points, MAX_CLASSES),
            ("max_candidates", self.max_candidates, 1 << 16),
        ];
        for (name, value, limit) in sizes {
            if !(1..=limit).contains(&value) {
                faults.push(format!("{name} must be 1..={limit}: it is {value}"));
            }
        }
        let bytes = self.replay_bytes();
        if bytes.is_none_or(|bytes| bytes > MAX_REPLAY_BYTES) {
            let actual = bytes.map_or("more than can be counted".into(), |bytes| format!("{bytes} bytes"));
            faults.push(format!("the replay must fit {MAX_REPLAY_BYTES} bytes: it needs {actual}"));
        }
        if self.schema_hash.is_empty() {
            faults.push("schema_hash must not be empty: it is \"\"".into());
        }
    }

    pub(super) fn check_heads(&self, faults: &mut Vec<String>) {
        for (name, weight) in &self.head_loss_weights {
            if !(0.0..=1e6).contains(weight) {
                faults.push(format!("head_loss_weights.{name} must be in [0, 1000000]: it is {weight}"));
            }
            if !self.net.heads.iter().any(|head| head.kind == HeadKind::Regression && head.name == *name) {
                faults.push(format!("head_loss_weights must name regression heads: it names `{name}`"));
            }
        }
    }

    pub(super) fn check_values(&self, faults: &mut Vec<String>) {
        let classes = self.net.classes();
        if classes > MAX_CLASSES {
            faults.push(format!("the value heads must have at most {MAX_CLASSES} outputs: they have {classes}"));
        }
        let heads = || self.net.heads.iter().filter(|head| head.kind == HeadKind::Value);
        match self.value {
            ValueKind::Afterstate if heads().count() > 1 => {
                faults.push(format!("value `afterstate` must have one value head: it has {}", heads().count()));
            }
            ValueKind::Branching if self.net.account.is_some() => {
                faults.push("value `branching` must have no account part: it has one".into());
            }
            ValueKind::Branching => {
                let quantiles: Vec<_> = heads().map(|head| head.quantiles).collect();
                if quantiles.windows(2).any(|pair| pair[0] != pair[1]) {
                    faults.push(format!("value `branching` must have as many quantiles in each head: it has {quantiles:?}"));
                }
            }
            ValueKind::Afterstate => {}
        }
        if self.engine == EngineKind::Fused && self.device == DeviceKind::Cuda {
            faults.push("engine `fused` must run on device `cpu` or `auto`: it is told `cuda`".into());
        }
    }
}

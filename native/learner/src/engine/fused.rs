//! The engine in plain Rust. An update takes no memory.

use std::ops::Range;

use qnet::{AdamStep, Backprop, Layout, NetSpec, Panels};

use super::{Engine, Outputs, Predicted, State};
use crate::prior::Prior;
use crate::{LearnerConfig, LearnerError};

/// See [`qnet::Backprop`].
#[derive(Debug)]
pub(super) struct Fused {
    net: NetSpec,
    double: bool,
    betas: [f64; 2],
    eps: f64,
    /// Where the weights that meet the inputs lie, and the account part's own.
    first: Range<usize>,
    account: Range<usize>,
    state: State,
    gradient: Vec<f32>,
    /// Of the weights of each input.
    norms: Vec<f32>,
    /// `F_t+1`, shared by both networks.
    next: Panels,
    passes: Backprop,
}

impl Fused {
    pub(super) fn new(config: &LearnerConfig, state: &State) -> Result<Self, LearnerError> {
        let layout = Layout::new(&config.net)?;
        let first = &layout.layers()[0];
        Ok(Self {
            net: config.net.clone(),
            double: config.double,
            betas: [config.adam_beta1, config.adam_beta2],
            eps: config.adam_eps,
            first: first.weight..first.weight + first.outputs * first.inputs,
            account: layout.tail(),
            state: state.clone(),
            gradient: vec![0.0; state.weights.len()],
            norms: vec![0.0; config.net.inputs],
            next: Panels::zeroed(config.net.inputs, config.batch_steps),
            passes: Backprop::new(&config.net, config.batch_steps)?,
        })
    }
}

impl Engine for Fused {
    fn forward(&mut self, features: &[f32], outputs: &mut Outputs) -> Result<(), LearnerError> {
        outputs.online_account.clear();
        outputs.online_account.extend_from_slice(&self.state.weights[self.account.clone()]);
        outputs.target_account.clear();
        outputs.target_account.extend_from_slice(&self.state.target[self.account.clone()]);
        let (now, next) = features.split_at(features.len() / 2);
        let (online_now, online_next) = outputs.online.split_at_mut(outputs.target.len());
        self.next.load(next)?;
        self.passes.forward_keeping(&self.state.weights, now, online_now)?;
        if self.double {
            self.passes.forward(&self.state.weights, &self.next, online_next)?;
        }
        Ok(self.passes.forward(&self.state.target, &self.next, &mut outputs.target)?)
    }

    fn backward(&mut self, slope: &[f32], account: &[f32], prior: Prior) -> Result<f64, LearnerError> {
        self.passes.backward(&self.state.weights, slope, &mut self.gradient)?;
        self.gradient[self.account.clone()].copy_from_slice(account);
        prior.add(&mut self.gradient, &self.state.weights, self.first.clone(), &mut self.norms);
        Ok(self.passes.norm(&self.gradient))
    }

    fn step(&mut self, scale: f64, rate: f64) -> Result<(), LearnerError> {
        let State { weights, means, squares, steps, .. } = &mut self.state;
        *steps += 1;
        let [correction1, correction2] = self.betas.map(|beta| 1.0 - beta.powf(*steps as f64));
        let step = AdamStep {
            scale: scale as f32,
            mean: (1.0 - self.betas[0]) as f32,
            square: (1.0 - self.betas[1]) as f32,
            // m̂ / (√v̂ + eps) with the step size and both corrections inside the divisor.
            root: (correction1 / (rate * correction2.sqrt())) as f32,
            guard: (correction1 * self.eps / rate) as f32,
        };
        self.passes.adam(step, weights, &self.gradient, means, squares);
        Ok(())
    }

    fn follow(&mut self, share: f64) -> Result<(), LearnerError> {
        if share < 1.0 {
            self.passes.follow(&mut self.state.target, &self.state.weights, share as f32);
        } else {
            self.state.target.copy_from_slice(&self.state.weights);
        }
        Ok(())
    }

    fn predict(&self, features: &[f32]) -> Result<Predicted, LearnerError> {
        let rows = features.len() / self.net.inputs;
        let mut x = Panels::zeroed(self.net.inputs, rows);
        x.load(features)?;
        let mut raw = vec![0.0; rows * self.net.raw_outputs()];
        // One row's memory is enough: nothing is kept.
        Backprop::new(&self.net, 1)?.forward(&self.state.weights, &x, &mut raw)?;
        Ok(Predicted { raw, account: self.state.weights[self.account.clone()].to_vec() })
    }

    fn save(&self, state: &mut State) -> Result<(), LearnerError> {
        state.weights.copy_from_slice(&self.state.weights);
        state.target.copy_from_slice(&self.state.target);
        state.means.copy_from_slice(&self.state.means);
        state.squares.copy_from_slice(&self.state.squares);
        state.steps = self.state.steps;
        Ok(())
    }

    fn load(&mut self, state: &State) -> Result<(), LearnerError> {
        self.state.clone_from(state);
        Ok(())
    }

    #[cfg(test)]
    fn gradient(&self) -> Vec<f32> {
        self.gradient.clone()
    }
}

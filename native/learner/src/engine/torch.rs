//! The engine on LibTorch: the reference.

use tch::{Device, Kind, TchError, Tensor};

use super::network::{Network, upload};
use super::torch_adam::TorchAdam;
use super::{Engine, Outputs, Predicted, State};
use crate::prior::{Prior, TINY};
use crate::{LearnerConfig, LearnerError};

/// Networks as flat tensors on one device; one thread, so that sums are reproducible.
#[derive(Debug)]
pub(super) struct Torch {
    device: Device,
    double: bool,
    inputs: i64,
    online: Network,
    target: Network,
    gradient: Network,
    adam: TorchAdam,
    /// Inputs of the online network's layers, from the last forward.
    kept: Vec<Tensor>,
    steps: i64,
}

impl Torch {
    pub(super) fn new(config: &LearnerConfig, state: &State, device: Device) -> Result<Self, LearnerError> {
        tch::set_num_threads(1);
        let [online, target, gradient] =
            [&state.weights, &state.target, &state.means].map(|flat| Network::on(&config.net, flat, device));
        let online = online?;
        Ok(Self {
            device,
            double: config.double,
            inputs: config.net.inputs as i64,
            adam: TorchAdam::new(config, &online.flat).map_err(LearnerError::torch("build optimiser"))?,
            online,
            target: target?,
            gradient: gradient?,
            kept: Vec::new(),
            steps: config.batch_steps as i64,
        })
    }

    fn run_forward(&mut self, features: &[f32], outputs: &mut Outputs) -> Result<(), TchError> {
        copy_out(&self.online.account, &mut outputs.online_account)?;
        copy_out(&self.target.account, &mut outputs.target_account)?;
        let rows = upload(features, self.device)?.f_view([-1, self.inputs])?;
        let next = rows.f_narrow(0, self.steps, self.steps)?;
        // One pass over both halves serves the prediction and, for double Q-learning, the choice; the gradient is of the first half.
        let now = if self.double { rows } else { rows.f_narrow(0, 0, self.steps)? };
        let (online, kept) = self.online.forward_keeping(&now)?;
        self.kept = kept;
        copy_out(&online, &mut outputs.online)?;
        copy_out(&self.target.forward(&next)?, &mut outputs.target)
    }

    fn run_backward(&mut self, slope: &[f32], account: &[f32], prior: Prior) -> Result<f64, TchError> {
        let slope = upload(slope, self.device)?.f_view([self.steps, -1])?;
        self.online.backward(&self.kept, slope, &self.gradient)?;
        self.gradient.account.f_copy_(&Tensor::f_from_slice(account)?)?;
        if prior.pull > 0.0 {
            self.add_prior(prior)?;
        }
        self.gradient.flat.f_norm()?.f_double_value(&[])
    }

    /// As [`Prior::add`].
    fn add_prior(&mut self, prior: Prior) -> Result<(), TchError> {
        let _ = self.gradient.flat.f_add_(&self.online.flat.f_mul_scalar(prior.pull)?)?;
        if prior.tells_inputs_apart() {
            let weights = self.online.first();
            let norms = weights.f_square()?.f_sum_dim_intlist(&[0_i64][..], false, Kind::Float)?.f_add_scalar(f64::from(TINY))?;
            let more = norms.f_max()?.f_div(&norms)?.f_clamp_max(prior.relevance_limit)?.f_add_scalar(-1.0)?;
            let pulled = weights.f_mul(&more)?.f_mul_scalar(prior.pull)?;
            let _ = self.gradient.first().f_add_(&pulled)?;
        }
        Ok(())
    }

    fn run_follow(&mut self, share: f64) -> Result<(), TchError> {
        if share < 1.0 {
            let _ = self.target.flat.f_lerp_(&self.online.flat, share)?;
            Ok(())
        } else {
            self.target.flat.f_copy_(&self.online.flat)
        }
    }

    fn pairs<'a>(&'a self, state: &'a mut State) -> [(&'a Tensor, &'a mut Vec<f32>); 4] {
        [
            (&self.online.flat, &mut state.weights),
            (&self.target.flat, &mut state.target),
            (&self.adam.mean, &mut state.means),
            (&self.adam.square, &mut state.squares),
        ]
    }
}

impl Engine for Torch {
    fn forward(&mut self, features: &[f32], outputs: &mut Outputs) -> Result<(), LearnerError> {
        tch::set_num_threads(1);
        self.run_forward(features, outputs).map_err(LearnerError::torch("train"))
    }

    fn backward(&mut self, slope: &[f32], account: &[f32], prior: Prior) -> Result<f64, LearnerError> {
        self.run_backward(slope, account, prior).map_err(LearnerError::torch("train"))
    }

    fn step(&mut self, scale: f64, rate: f64) -> Result<(), LearnerError> {
        let mut run = || {
            if scale < 1.0 {
                let _ = self.gradient.flat.f_mul_scalar_(scale)?;
            }
            self.adam.step(&mut self.online.flat, &self.gradient.flat, rate)
        };
        run().map_err(LearnerError::torch("train"))
    }

    fn follow(&mut self, share: f64) -> Result<(), LearnerError> {
        self.run_follow(share).map_err(LearnerError::torch("train"))
    }

    fn predict(&self, features: &[f32]) -> Result<Predicted, LearnerError> {
        tch::set_num_threads(1);
        let mut predicted = Predicted::default();
        let mut run = || {
            copy_out(&self.online.forward_rows(features)?, &mut predicted.raw)?;
            copy_out(&self.online.account, &mut predicted.account)
        };
        run().map_err(LearnerError::torch("run forward"))?;
        Ok(predicted)
    }

    fn save(&self, state: &mut State) -> Result<(), LearnerError> {
        for (tensor, values) in self.pairs(state) {
            copy_out(tensor, values).map_err(LearnerError::torch("save state"))?;
        }
        state.steps = self.adam.steps;
        Ok(())
    }

    fn load(&mut self, state: &State) -> Result<(), LearnerError> {
        let pairs = [
            (&mut self.online.flat, &state.weights),
            (&mut self.target.flat, &state.target),
            (&mut self.adam.mean, &state.means),
            (&mut self.adam.square, &state.squares),
        ];
        for (tensor, values) in pairs {
            let mut run = || tensor.f_copy_(&Tensor::f_from_slice(values)?);
            run().map_err(LearnerError::torch("load state"))?;
        }
        self.adam.steps = state.steps;
        Ok(())
    }

    #[cfg(test)]
    fn gradient(&self) -> Vec<f32> {
        self.gradient.weights().unwrap()
    }
}

fn copy_out(from: &Tensor, to: &mut Vec<f32>) -> Result<(), TchError> {
    to.resize(from.numel(), 0.0);
    if to.is_empty() { Ok(()) } else { from.f_copy_data(to, from.numel()) }
}

//! Adam on one flat tensor, in place.

use tch::{TchError, Tensor};

use crate::LearnerConfig;

/// Adam (Kingma & Ba 2015, algorithm 1).
#[derive(Debug)]
pub(super) struct TorchAdam {
    beta1: f64,
    beta2: f64,
    eps: f64,
    pub(super) steps: u64,
    pub(super) mean: Tensor,
    pub(super) square: Tensor,
    scratch: Tensor,
}

impl TorchAdam {
    pub(super) fn new(config: &LearnerConfig, weights: &Tensor) -> Result<Self, TchError> {
        let zeros = || weights.f_zeros_like();
        Ok(Self {
            beta1: config.adam_beta1,
            beta2: config.adam_beta2,
            eps: config.adam_eps,
            steps: 0,
            mean: zeros()?,
            square: zeros()?,
            scratch: zeros()?,
        })
    }

    /// `weights −= rate · m̂ / (√v̂ + eps)`.
    pub(super) fn step(&mut self, weights: &mut Tensor, gradient: &Tensor, rate: f64) -> Result<(), TchError> {
        self.steps += 1;
        let [correction1, correction2] = [self.beta1, self.beta2].map(|beta| 1.0 - beta.powf(self.steps as f64));
        let _ = self.mean.f_lerp_(gradient, 1.0 - self.beta1)?;
        let _ = gradient.f_square_out(&self.scratch)?;
        let _ = self.square.f_lerp_(&self.scratch, 1.0 - self.beta2)?;
        let _ = self.square.f_sqrt_out(&self.scratch)?;
        // m / (√v · a + b) with the step size and both corrections inside a and b: one division over the array.
        let _ = self.scratch.f_mul_scalar_(-correction1 / (rate * correction2.sqrt()))?;
        let _ = self.scratch.f_add_scalar_(-correction1 * self.eps / rate)?;
        let _ = weights.f_addcdiv_(&self.mean, &self.scratch)?;
        Ok(())
    }
}

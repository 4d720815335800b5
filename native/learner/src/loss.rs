//! From outputs and a batch to losses and slopes: the same for both engines.

use std::ops::Range;

use qnet::HeadKind;

use crate::batch::Batch;
use crate::engine::Outputs;
use crate::td::{afterstate_target, loss_and_slope};
use crate::{LearnerConfig, Loss, Update};

/// Losses of one batch; the memory is kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Losses {
    steps: usize,
    width: usize,
    values: Range<usize>,
    heads: Vec<RegressionHead>,
    regressions: usize,
    gamma: f32,
    double: bool,
    loss: Loss,
    /// The loss's derivative by the online network's outputs at `F_t`, `[steps, width]`.
    pub(crate) slope: Vec<f32>,
    /// Mean |target − W| of each step's afterstates.
    pub(crate) errors: Vec<f32>,
}

#[derive(Debug)]
struct RegressionHead {
    /// In an output row.
    outputs: Range<usize>,
    /// In a row of regression targets.
    targets: Range<usize>,
    weight: f64,
}

impl Losses {
    pub(crate) fn new(config: &LearnerConfig) -> Self {
        let mut heads = Vec::new();
        let mut first = 0;
        for (head, outputs) in config.net.head_ranges().filter(|(head, _)| head.kind == HeadKind::Regression) {
            let weight = config.head_loss_weights.get(&head.name).copied().unwrap_or(1.0);
            heads.push(RegressionHead { outputs, targets: first..first + head.size, weight });
            first += head.size;
        }
        Self {
            steps: config.batch_steps,
            width: config.net.outputs(),
            values: config.net.value_range(),
            heads,
            regressions: first,
            gamma: config.gamma as f32,
            double: config.double,
            loss: config.loss,
            slope: vec![0.0; config.batch_steps * config.net.outputs()],
            errors: vec![0.0; config.batch_steps],
        }
    }

    /// Mean weighted loss over the batch's afterstates plus the weighted mean squared errors of the regression heads. Leaves the
    /// derivative in `slope`, the steps' errors in `errors`.
    pub(crate) fn measure(&mut self, batch: &Batch, outputs: &Outputs) -> Update {
        let Outputs { online, target } = outputs;
        self.slope.fill(0.0);
        self.errors.fill(0.0);
        let value_outputs = |row: usize| row * self.width + self.values.start..row * self.width + self.values.end;
        let [mut loss, mut abs_td, mut value] = [0.0_f64; 3];
        let count = batch.afterstates.len().max(1) as f64;
        for drawn in &batch.afterstates {
            let valuing = &target[value_outputs(drawn.row)];
            let choosing = if self.double { &online[value_outputs(self.steps + drawn.row)] } else { valuing };
            let (start, end) = drawn.candidates;
            let goal = afterstate_target(
                drawn.reward,
                self.gamma,
                drawn.terminal,
                choosing,
                valuing,
                &batch.candidate_classes[start..end],
                &batch.candidate_costs[start..end],
            );
            let output = drawn.row * self.width + self.values.start + usize::from(drawn.class);
            let (error, derivative) = loss_and_slope(self.loss, online[output], goal);
            let weight = f64::from(batch.weights[drawn.row]);
            self.slope[output] += (weight * f64::from(derivative) / count) as f32;
            let distance = (goal - online[output]).abs();
            self.errors[drawn.row] += distance / drawn.siblings as f32;
            loss += weight * f64::from(error);
            abs_td += f64::from(distance);
            value += f64::from(online[output]);
        }
        let regression_loss = self.measure_regressions(batch, online);
        Update {
            applied: false,
            loss: loss / count + regression_loss,
            mean_abs_td: abs_td / count,
            mean_value: value / count,
            grad_norm: 0.0,
            regression_loss,
        }
    }

    fn measure_regressions(&mut self, batch: &Batch, online: &[f32]) -> f64 {
        let width = self.width;
        let mut total = 0.0;
        for head in &self.heads {
            let pairs = || {
                batch.regression_targets.chunks_exact(self.regressions.max(1)).enumerate().flat_map(|(row, goals)| {
                    let outputs = head.outputs.clone().map(move |output| (row, row * width + output));
                    outputs.zip(goals[head.targets.clone()].iter().copied()).filter(|(_, goal)| !goal.is_nan())
                })
            };
            let count = pairs().count().max(1) as f64;
            for ((row, output), goal) in pairs() {
                let weight = head.weight * f64::from(batch.weights[row]);
                let error = f64::from(online[output]) - f64::from(goal);
                total += weight * error * error / count;
                self.slope[output] = (weight * 2.0 * error / count) as f32;
            }
        }
        total
    }
}

#[cfg(test)]
mod tests;

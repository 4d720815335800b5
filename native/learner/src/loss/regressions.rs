//! The losses of the regression heads.

use std::ops::Range;

use qnet::HeadKind;

use crate::LearnerConfig;

/// The regression heads of a network and their weights.
#[derive(Debug)]
pub(super) struct Regressions {
    heads: Vec<RegressionHead>,
    /// Outputs of all of them.
    targets: usize,
}

#[derive(Debug)]
struct RegressionHead {
    /// In a raw output row.
    outputs: Range<usize>,
    /// In a row of regression targets.
    targets: Range<usize>,
    weight: f64,
}

impl Regressions {
    pub(super) fn new(config: &LearnerConfig) -> Self {
        let mut heads = Vec::new();
        let mut first = 0;
        for (head, outputs) in config.net.raw_ranges().filter(|(head, _)| head.kind == HeadKind::Regression) {
            let weight = config.head_loss_weights.get(&head.name).copied().unwrap_or(1.0);
            heads.push(RegressionHead { outputs, targets: first..first + head.size, weight });
            first += head.size;
        }
        Self { heads, targets: first }
    }

    /// The weighted sum of the heads' mean squared errors at raw rows of `width` outputs, where a target is not NaN; each row's
    /// part times its weight. Overwrites its derivative in `slope`.
    pub(super) fn measure(&self, targets: &[f32], weights: &[f32], width: usize, online: &[f32], slope: &mut [f32]) -> f64 {
        let mut total = 0.0;
        for head in &self.heads {
            let pairs = || {
                targets.chunks_exact(self.targets.max(1)).enumerate().flat_map(|(row, goals)| {
                    let outputs = head.outputs.clone().map(move |output| (row, row * width + output));
                    outputs.zip(goals[head.targets.clone()].iter().copied()).filter(|(_, goal)| !goal.is_nan())
                })
            };
            let count = pairs().count().max(1) as f64;
            for ((row, output), goal) in pairs() {
                let weight = head.weight * f64::from(weights[row]);
                let error = f64::from(online[output]) - f64::from(goal);
                total += weight * error * error / count;
                slope[output] = (weight * 2.0 * error / count) as f32;
            }
        }
        total
    }
}

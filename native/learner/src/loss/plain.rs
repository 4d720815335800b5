//! The same losses where a value is one number that lies in the output row as it is, as with most networks: for small ones the way
//! through points and quantiles would take longer than the network itself. A test holds both against each other.

use std::ops::Range;

use qnet::HeadKind;

use super::now::Sums;
use crate::batch::{Batch, Drawn};
use crate::engine::Outputs;
use crate::td::{afterstate_target, best_candidate, discount, loss_and_slope};
use crate::{LearnerConfig, Loss, ValueKind};

/// What the short way needs to know.
#[derive(Debug)]
pub(super) struct Plain {
    steps: usize,
    width: usize,
    /// Where the values lie in an output row.
    values: Range<usize>,
    gamma: f64,
    double: bool,
    loss: Loss,
    /// By the choosing network, of each point of the step at hand.
    means: Vec<f32>,
}

impl Plain {
    /// None for a network that has an account part, dueling, quantiles or branches.
    pub(super) fn new(config: &LearnerConfig) -> Option<Self> {
        let mut heads = config.net.raw_ranges().filter(|(head, _)| head.kind == HeadKind::Value);
        let (head, values) = heads.next()?;
        let is_plain = heads.next().is_none() && !head.dueling && head.quantiles == 1 && config.net.account.is_none();
        (is_plain && config.value == ValueKind::Afterstate).then(|| Self {
            steps: config.batch_steps,
            width: config.net.raw_outputs(),
            values,
            gamma: config.gamma,
            double: config.double,
            loss: config.loss,
            means: vec![0.0; config.max_points],
        })
    }

    /// Adds the steps' parts to the sums, to the slopes by the output rows and to the steps' errors.
    pub(super) fn measure(
        &mut self,
        batch: &Batch,
        outputs: &Outputs,
        count: f64,
        sums: &mut Sums,
        (slope, errors): (&mut [f32], &mut [f32]),
    ) {
        let values = |rows: usize| rows * self.width + self.values.start..rows * self.width + self.values.end;
        for (row, drawn) in batch.rows.iter().enumerate() {
            let valuing = &outputs.target[values(row)];
            let choosing = if self.double { &outputs.online[values(self.steps + row)] } else { valuing };
            let (now, slope) = (&outputs.online[values(row)], &mut slope[values(row)]);
            let Drawn { span, afterstates, points, lists, .. } = drawn;
            let points = &batch.point_classes[points.clone()];
            let means = &mut self.means[..points.len()];
            means.iter_mut().zip(points).for_each(|(mean, class)| *mean = choosing[usize::from(*class)]);
            let weight = f64::from(batch.weights[row]);
            let (discount, siblings) = (discount(self.gamma, *span), afterstates.len() as f32);
            for (at, list) in afterstates.clone().zip(&batch.lists[lists.clone()]) {
                let (candidates, costs) = (&batch.candidate_points[list.clone()], &batch.candidate_costs[list.clone()]);
                let best = if batch.terminals[at] == 1 { None } else { best_candidate(means, candidates, costs) };
                let next = best.map(|best| (&valuing[usize::from(points[usize::from(candidates[best])])], costs[best]));
                let mut goal = [0.0];
                afterstate_target(
                    batch.rewards[at],
                    discount,
                    next.map(|(value, cost)| (std::slice::from_ref(value), cost)),
                    &mut goal,
                );
                let [goal] = goal;
                let class = usize::from(batch.classes[at]);
                let (error, derivative) = loss_and_slope(self.loss, now[class], goal);
                slope[class] += (weight * f64::from(derivative) / count) as f32;
                let distance = (goal - now[class]).abs();
                errors[row] += distance / siblings;
                sums.loss += weight * f64::from(error);
                sums.abs_td += f64::from(distance);
                sums.value += f64::from(now[class]);
            }
        }
    }
}

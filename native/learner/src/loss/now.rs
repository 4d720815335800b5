//! What the afterstates of one step are worth now, against their targets.

use qnet::mean_of;

use crate::td::{loss_and_slope, quantile_huber};
use crate::valuer::{Point, Row, Slopes};
use crate::{Loss, ValueKind};

/// Sums over the afterstates of a batch; with branching, the means of each transition's branches.
#[derive(Debug, Default)]
pub(super) struct Sums {
    pub(super) loss: f64,
    pub(super) abs_td: f64,
    pub(super) value: f64,
}

/// How much one afterstate counts.
#[derive(Debug, Clone, Copy)]
pub(super) struct Share {
    /// In the sums: 1; with branching, one of the active branches.
    sums: f64,
    /// Factor on the loss in the sums.
    weight: f64,
    /// What the sums will be divided by.
    count: f64,
    /// In its step's error.
    error: f32,
}

impl Share {
    /// For one of so many afterstates of a step.
    pub(super) fn new(value: ValueKind, siblings: usize, weight: f32, count: f64) -> Self {
        let sums = match value {
            ValueKind::Afterstate => 1.0,
            ValueKind::Branching => 1.0 / siblings as f64,
        };
        Self { sums, weight: f64::from(weight) * sums, count, error: siblings as f32 }
    }
}

/// Learns the afterstates of one step.
#[derive(Debug)]
pub(super) struct Now<'a> {
    pub(super) row: Row<'a>,
    pub(super) loss: Loss,
    pub(super) share: Share,
    pub(super) by_quantiles: &'a mut [f32],
    pub(super) slopes: Slopes<'a>,
    pub(super) error: &'a mut f32,
    pub(super) sums: &'a mut Sums,
}

impl Now<'_> {
    /// Adds one afterstate's loss and slopes, given the quantiles of its target.
    pub(super) fn learn(&mut self, point: Point<'_>, goal: &[f32]) {
        let predicted = self.row.quantiles(point);
        let error = match (predicted, goal) {
            (&[prediction], &[goal]) => {
                let (error, derivative) = loss_and_slope(self.loss, prediction, goal);
                self.by_quantiles[0] = derivative;
                error
            }
            _ => quantile_huber(predicted, goal, self.by_quantiles),
        };
        let value = mean_of(predicted);
        let distance = (mean_of(goal) - value).abs();
        let Share { sums, weight, count, error: siblings } = self.share;
        *self.error += distance / siblings;
        self.sums.loss += weight * f64::from(error);
        self.sums.abs_td += sums * f64::from(distance);
        self.sums.value += sums * f64::from(value);
        for slope in &mut *self.by_quantiles {
            *slope = (weight * f64::from(*slope) / count) as f32;
        }
        self.row.backward(point, self.by_quantiles, &mut self.slopes);
    }
}

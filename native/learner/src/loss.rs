//! From outputs and a batch to losses and slopes: the same for both engines.

mod next;
mod now;
mod plain;
mod regressions;

use next::Next;
use now::{Now, Share, Sums};
use plain::Plain;
use qnet::{AccountGradient, EngineError, Layout};
use regressions::Regressions;

use crate::batch::Batch;
use crate::engine::Outputs;
use crate::td::{afterstate_target, branching_target, discount};
use crate::valuer::{Points, Slopes, Valuer};
use crate::{LearnerConfig, Loss, Update, ValueKind};

/// Losses of one batch; the memory is kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Losses {
    steps: usize,
    width: usize,
    scalars: usize,
    gamma: f64,
    double: bool,
    value: ValueKind,
    loss: Loss,
    regressions: Regressions,
    /// The short way, for networks that allow it.
    plain: Option<Plain>,
    online: Valuer,
    next: Next,
    goal: Vec<f32>,
    /// Slopes by the quantiles of one point, by the values of one row, and by the account part's own weights.
    by_quantiles: Vec<f32>,
    by_values: Vec<f32>,
    by_account: Option<AccountGradient>,
    /// The loss's derivative by the online network's raw outputs at `F_t`, `[steps, width]`.
    pub(crate) slope: Vec<f32>,
    /// The same by the account part's own weights, the tail of the flat array; empty without one.
    pub(crate) account_slope: Vec<f32>,
    /// Mean |target − W| of each step's afterstates.
    pub(crate) errors: Vec<f32>,
}

impl Losses {
    /// For a configuration.
    ///
    /// # Errors
    /// [`EngineError::Spec`].
    pub(crate) fn new(config: &LearnerConfig) -> Result<Self, EngineError> {
        let online = Valuer::new(&config.net)?;
        let width = config.net.raw_outputs();
        Ok(Self {
            steps: config.batch_steps,
            width,
            scalars: config.net.scalars(),
            gamma: config.gamma,
            double: config.double,
            value: config.value,
            loss: config.loss,
            regressions: Regressions::new(config),
            plain: Plain::new(config),
            next: Next::new(config)?,
            goal: vec![0.0; online.width()],
            by_quantiles: vec![0.0; online.width()],
            by_values: vec![0.0; online.map().width()],
            by_account: online.gradient(),
            slope: vec![0.0; config.batch_steps * width],
            account_slope: vec![0.0; Layout::new(&config.net)?.tail().len()],
            errors: vec![0.0; config.batch_steps],
            online,
        })
    }

    /// Mean weighted loss over the batch's afterstates plus the weighted mean squared errors of the regression heads. Leaves the
    /// derivative in `slope` and `account_slope`, the steps' errors in `errors`.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub(crate) fn measure(&mut self, batch: &Batch, outputs: &Outputs) -> Result<Update, EngineError> {
        self.slope.fill(0.0);
        self.errors.fill(0.0);
        self.online.load(&outputs.online_account)?;
        self.next.load(&outputs.target_account)?;
        if let Some(gradient) = &mut self.by_account {
            gradient.clear();
        }
        let count = match self.value {
            ValueKind::Afterstate => batch.classes.len(),
            ValueKind::Branching => batch.rows.iter().filter(|drawn| !drawn.afterstates.is_empty()).count(),
        };
        let count = count.max(1) as f64;
        let mut sums = Sums::default();
        if let Some(plain) = &mut self.plain {
            plain.measure(batch, outputs, count, &mut sums, (&mut self.slope, &mut self.errors));
        } else {
            (0..batch.rows.len()).for_each(|row| self.measure_row(batch, outputs, row, count, &mut sums));
        }
        if let Some(gradient) = &self.by_account {
            gradient.store(&mut self.account_slope)?;
        }
        let targets = &batch.regression_targets;
        let regression_loss = self.regressions.measure(targets, &batch.weights, self.width, &outputs.online, &mut self.slope);
        Ok(Update {
            applied: false,
            loss: sums.loss / count + regression_loss,
            mean_abs_td: sums.abs_td / count,
            mean_value: sums.value / count,
            grad_norm: 0.0,
            regression_loss,
        })
    }

    /// Adds one drawn step's part to the sums and to the slopes.
    fn measure_row(&mut self, batch: &Batch, outputs: &Outputs, row: usize, count: f64, sums: &mut Sums) {
        let Self { width, online, next, goal, .. } = self;
        let drawn = &batch.rows[row];
        if drawn.afterstates.is_empty() {
            return;
        }
        self.by_values.fill(0.0);
        let at = |row: usize| row * *width..(row + 1) * *width;
        let choosing = if self.double { Some(online.row(&outputs.online[at(self.steps + row)])) } else { None };
        let points = Points::new(&batch.point_classes, &batch.point_scalars, drawn.points.clone(), self.scalars);
        let mut next = next.row(&outputs.target[at(row)], choosing, points);
        let own = Points::new(&batch.classes, &batch.scalars, drawn.afterstates.clone(), self.scalars);
        let mut now = Now {
            row: online.row(&outputs.online[at(row)]),
            loss: self.loss,
            share: Share::new(self.value, own.len(), batch.weights[row], count),
            by_quantiles: &mut self.by_quantiles,
            slopes: Slopes { raw: &mut self.slope[at(row)], values: &mut self.by_values, account: self.by_account.as_mut() },
            error: &mut self.errors[row],
            sums,
        };
        let discount = discount(self.gamma, drawn.span);
        let lists = batch.lists[drawn.lists.clone()]
            .iter()
            .map(|list| (&batch.candidate_points[list.clone()], &batch.candidate_costs[list.clone()]));
        let mut outcomes = drawn.outcomes.clone().map(|outcome| (batch.rewards[outcome], batch.terminals[outcome] == 1));
        match self.value {
            ValueKind::Afterstate => {
                for (index, ((reward, terminal), (candidates, costs))) in outcomes.zip(lists).enumerate() {
                    let best = if terminal { None } else { next.best(candidates, costs) };
                    afterstate_target(reward, discount, best, goal);
                    now.learn(own.at(index), goal);
                }
            }
            ValueKind::Branching => {
                let (reward, terminal) = outcomes.next().unwrap_or_default();
                let branches = if terminal { 0 } else { next.sum_best(lists, goal) };
                branching_target(reward, discount, branches, goal);
                (0..own.len()).for_each(|index| now.learn(own.at(index), goal));
            }
        }
        online.combine_back(&self.by_values, &mut self.slope[at(row)]);
    }
}

#[cfg(test)]
mod tests;

//! A training run off the event loop, and what it reports.

use std::time::Instant;

use border::{Fault, guard};
use napi::{Env, Task};
use napi_derive::napi;

use crate::shared::Reservation;

/// What a training run did. Means are over the applied updates, NaN if there was none.
#[napi(object)]
pub struct TrainReport {
    /// Batches drawn.
    pub steps: u32,
    /// Batches skipped because loss or gradient were not finite.
    pub skipped: u32,
    /// Times that the learner went back to its last good snapshot.
    pub rollbacks: u32,
    /// Mean of what was minimised.
    pub loss: f64,
    /// Mean |target − W|.
    pub mean_abs_td: f64,
    /// Mean W.
    pub mean_value: f64,
    /// Mean Euclidean norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Mean weighted loss of the regression heads.
    pub regression_loss: f64,
    /// Updates applied since the learner was made.
    pub updates: f64,
    /// Duration of the run.
    pub seconds: f64,
}

/// A run to do, or why it may not start: a promise rejects, it does not throw.
pub struct TrainTask(pub(crate) Result<Run, Fault>);

/// A reserved run; the reservation ends with it.
pub(crate) struct Run {
    pub(crate) reserved: Reservation,
    pub(crate) steps: u32,
}

impl Run {
    fn train(&self) -> Result<TrainReport, Fault> {
        let shared = self.reserved.shared();
        let start = Instant::now();
        let totals = || shared.with_learner("train", |learner| Ok(learner.totals()));
        let before = totals()?;
        let mut sums = [0.0; 5];
        let mut applied = 0;
        for _ in 0..self.steps {
            let update = shared.train_once()?;
            if update.applied {
                applied += 1;
                let values = [update.loss, update.mean_abs_td, update.mean_value, update.grad_norm, update.regression_loss];
                sums.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
        }
        let after = totals()?;
        let [loss, mean_abs_td, mean_value, grad_norm, regression_loss] = sums.map(|sum| sum / f64::from(applied));
        Ok(TrainReport {
            steps: self.steps,
            skipped: self.steps - applied,
            rollbacks: (after.rollbacks - before.rollbacks) as u32,
            loss,
            mean_abs_td,
            mean_value,
            grad_norm,
            regression_loss,
            updates: after.updates as f64,
            seconds: start.elapsed().as_secs_f64(),
        })
    }
}

impl Task for TrainTask {
    type Output = Result<TrainReport, Fault>;
    type JsValue = TrainReport;

    fn compute(&mut self) -> napi::Result<Self::Output> {
        Ok(guard("train", || {
            // Taken out, so that the reservation has ended when the promise settles.
            let run = std::mem::replace(&mut self.0, Err(Fault::closed("train", "run")))?;
            run.train()
        }))
    }

    fn resolve(&mut self, env: Env, output: Self::Output) -> napi::Result<Self::JsValue> {
        output.map_err(|fault| fault.into_rejection(env))
    }
}

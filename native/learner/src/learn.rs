//! The learner: draw, target, loss, gradient, step.

use std::collections::BTreeMap;
use std::ops::Range;

use qnet::{EngineError, HeadKind, Layout, Model, first_non_finite, init_weights};
use tch::{TchError, Tensor};

use crate::adam::Adam;
use crate::batch::Batch;
use crate::td::{afterstate_target, loss_and_slope};
use crate::{LearnerConfig, LearnerError, Network, Replay, Target};

/// What one batch showed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Update {
    /// Whether the weights changed; not so when loss or gradient were not finite.
    pub applied: bool,
    /// What was minimised: value loss and weighted regression losses.
    pub loss: f64,
    /// Mean |target − W| over the afterstates.
    pub mean_abs_td: f64,
    /// Mean W over the afterstates.
    pub mean_value: f64,
    /// Euclidean norm of the gradient before clipping.
    pub grad_norm: f64,
    /// Sum of the weighted regression losses.
    pub regression_loss: f64,
}

/// Counts since the learner was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Totals {
    /// Updates applied.
    pub updates: u64,
    /// Batches skipped because loss or gradient were not finite.
    pub skipped: u64,
}

/// A network that learns; see [`Learner::update`].
#[derive(Debug)]
pub struct Learner {
    config: LearnerConfig,
    online: Network,
    target: Network,
    gradient: Network,
    adam: Adam,
    batch: Batch,
    heads: Vec<RegressionHead>,
    values: Range<usize>,
    totals: Totals,
    outputs: Outputs,
}

#[derive(Debug)]
struct RegressionHead {
    /// In an output row.
    outputs: Range<usize>,
    /// In a row of regression targets.
    targets: Range<usize>,
    weight: f64,
}

/// Host copies, kept from batch to batch.
#[derive(Debug, Default)]
struct Outputs {
    online: Vec<f32>,
    target: Vec<f32>,
    slope: Vec<f32>,
}

impl Learner {
    /// A learner with fresh weights from the configuration's seed. Makes LibTorch use one thread, so that sums are reproducible.
    ///
    /// # Errors
    /// [`LearnerError::Config`], [`LearnerError::Torch`].
    pub fn new(config: LearnerConfig) -> Result<Self, LearnerError> {
        config.validate()?;
        tch::set_num_threads(1);
        let weights = init_weights(&Layout::new(&config.net)?, config.seed);
        let mut heads = Vec::new();
        let mut first = 0;
        for (head, outputs) in config.net.head_ranges().filter(|(head, _)| head.kind == HeadKind::Regression) {
            let weight = config.head_loss_weights.get(&head.name).copied().unwrap_or(1.0);
            heads.push(RegressionHead { outputs, targets: first..first + head.size, weight });
            first += head.size;
        }
        let [online, target, gradient] = [(); 3].map(|()| Network::new(&config.net, &weights));
        let online = online?;
        let adam = Adam::new(&config, &online.flat).map_err(LearnerError::torch("build optimiser"))?;
        let (values, batch) = (config.net.value_range(), Batch::new(&config));
        let (totals, outputs) = (Totals::default(), Outputs::default());
        Ok(Self { config, online, target: target?, gradient: gradient?, adam, batch, heads, values, totals, outputs })
    }

    /// The configuration.
    pub fn config(&self) -> &LearnerConfig {
        &self.config
    }

    /// Counts since the learner was made.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Draws the next batch and copies it, so that the replay can be used by others during [`Learner::update`].
    ///
    /// # Errors
    /// [`LearnerError::Empty`].
    pub fn draw(&mut self, replay: &Replay) -> Result<(), LearnerError> {
        self.batch.draw(replay)
    }

    /// Learns from the drawn batch: mean loss over its afterstates plus the weighted mean squared errors of the regression heads,
    /// gradient scaled down to `grad_clip`, one Adam step, target network. Loss or gradient that are not finite change nothing and
    /// are counted.
    ///
    /// # Errors
    /// [`LearnerError::Empty`] without a drawn batch, [`LearnerError::Torch`].
    pub fn update(&mut self) -> Result<Update, LearnerError> {
        if self.batch.features.is_empty() {
            return Err(LearnerError::Empty);
        }
        tch::set_num_threads(1);
        let update = self.update_weights().map_err(LearnerError::torch("train"));
        self.batch.clear();
        update
    }

    fn update_weights(&mut self) -> Result<Update, TchError> {
        let steps = self.config.batch_steps;
        let inputs = self.config.net.inputs as i64;
        let rows = Tensor::f_from_slice(&self.batch.features)?.f_view([-1, inputs])?;
        let next = rows.f_narrow(0, steps as i64, steps as i64)?;
        // One pass over both halves serves the prediction and, for double Q-learning, the choice; the gradient is of the first half.
        let now = if self.config.double { rows } else { rows.f_narrow(0, 0, steps as i64)? };
        let (online, kept) = self.online.forward_keeping(&now)?;
        copy_out(&online, &mut self.outputs.online)?;
        copy_out(&self.target.forward(&next)?, &mut self.outputs.target)?;
        let mut update = self.losses();
        if update.loss.is_finite() {
            let slope = Tensor::f_from_slice(&self.outputs.slope)?.f_view([steps as i64, -1])?;
            self.online.backward(&kept, slope, &self.gradient)?;
            update.grad_norm = self.gradient.flat.f_norm()?.f_double_value(&[])?;
            update.applied = update.grad_norm.is_finite();
        }
        if update.applied {
            self.apply(update.grad_norm)?;
        } else {
            self.totals.skipped += 1;
        }
        Ok(update)
    }

    /// Losses, and their derivative by the outputs in `outputs.slope`.
    fn losses(&mut self) -> Update {
        let width = self.config.net.outputs();
        let steps = self.config.batch_steps;
        let gamma = self.config.gamma as f32;
        let Outputs { online, target, slope } = &mut self.outputs;
        slope.clear();
        slope.resize(steps * width, 0.0);
        let value_outputs = |row: usize| row * width + self.values.start..row * width + self.values.end;
        let [mut loss, mut abs_td, mut value] = [0.0_f64; 3];
        let count = self.batch.afterstates.len().max(1) as f64;
        for drawn in &self.batch.afterstates {
            let valuing = &target[value_outputs(drawn.row)];
            let choosing = if self.config.double { &online[value_outputs(steps + drawn.row)] } else { valuing };
            let (start, end) = drawn.candidates;
            let goal = afterstate_target(
                drawn.reward,
                gamma,
                drawn.terminal,
                choosing,
                valuing,
                &self.batch.candidate_classes[start..end],
                &self.batch.candidate_costs[start..end],
            );
            let output = drawn.row * width + self.values.start + usize::from(drawn.class);
            let (error, derivative) = loss_and_slope(self.config.loss, online[output], goal);
            slope[output] += (f64::from(derivative) / count) as f32;
            loss += f64::from(error);
            abs_td += f64::from((goal - online[output]).abs());
            value += f64::from(online[output]);
        }
        let regression_loss = self.regression_losses();
        Update {
            applied: false,
            loss: loss / count + regression_loss,
            mean_abs_td: abs_td / count,
            mean_value: value / count,
            grad_norm: 0.0,
            regression_loss,
        }
    }

    fn regression_losses(&mut self) -> f64 {
        let width = self.config.net.outputs();
        let targets = self.config.net.regressions();
        let Outputs { online, slope, .. } = &mut self.outputs;
        let mut total = 0.0;
        for head in &self.heads {
            let pairs = || {
                self.batch.regression_targets.chunks_exact(targets.max(1)).enumerate().flat_map(|(row, goals)| {
                    let outputs = head.outputs.clone().map(move |output| row * width + output);
                    outputs.zip(goals[head.targets.clone()].iter().copied()).filter(|(_, goal)| !goal.is_nan())
                })
            };
            let count = pairs().count().max(1) as f64;
            for (output, goal) in pairs() {
                let error = f64::from(online[output]) - f64::from(goal);
                total += head.weight * error * error / count;
                slope[output] = (head.weight * 2.0 * error / count) as f32;
            }
        }
        total
    }

    fn apply(&mut self, norm: f64) -> Result<(), TchError> {
        if norm > self.config.grad_clip {
            let _ = self.gradient.flat.f_mul_scalar_(self.config.grad_clip / norm)?;
        }
        let rate = self.config.learning_rate_at(self.totals.updates);
        self.adam.step(&mut self.online.flat, &self.gradient.flat, rate)?;
        self.totals.updates += 1;
        match self.config.target {
            Target::Periodic { every } if self.totals.updates.is_multiple_of(every) => {
                self.target.flat.f_copy_(&self.online.flat)?;
            }
            Target::Periodic { .. } => {}
            Target::Soft { tau } => {
                let _ = self.target.flat.f_lerp_(&self.online.flat, tau)?;
            }
        }
        Ok(())
    }

    /// All heads of the online network, `[B, inputs]` → `[B, outputs]`.
    ///
    /// # Errors
    /// [`EngineError::Shape`], [`EngineError::NonFinite`], [`LearnerError::Torch`].
    pub fn forward(&self, features: &[f32]) -> Result<Vec<f32>, LearnerError> {
        let inputs = self.config.net.inputs;
        if !features.len().is_multiple_of(inputs) {
            let expected = format!("a multiple of {inputs}");
            return Err(EngineError::Shape { what: "features", expected, actual: features.len() }.into());
        }
        if let Some(index) = first_non_finite(features) {
            return Err(EngineError::NonFinite { what: "features", index, actual: features[index].to_string() }.into());
        }
        let mut out = Vec::new();
        if !features.is_empty() {
            tch::set_num_threads(1);
            let mut run = || copy_out(&self.online.forward_rows(features)?, &mut out);
            run().map_err(LearnerError::torch("run forward"))?;
        }
        Ok(out)
    }

    /// The online network as a model, with the caller's notes in its metadata.
    ///
    /// # Errors
    /// As [`Model::new`], or [`LearnerError::Torch`].
    pub fn export(&self, notes: BTreeMap<String, String>) -> Result<Model, LearnerError> {
        let weights = self.online.weights().map_err(LearnerError::torch("export model"))?;
        Ok(Model::new(self.config.net.clone(), self.config.schema_hash.clone(), weights, notes)?)
    }

    /// Takes a model's weights over, into the online and the target network; Adam starts afresh. Counts go on.
    ///
    /// # Errors
    /// [`EngineError::SchemaMismatch`] or [`EngineError::ModelFormat`] if the model is of another schema or shape,
    /// [`LearnerError::Torch`]. A refused model changes nothing.
    pub fn import(&mut self, model: &Model) -> Result<(), LearnerError> {
        if model.schema_hash() != self.config.schema_hash {
            let expected = self.config.schema_hash.clone();
            return Err(EngineError::SchemaMismatch { expected, actual: model.schema_hash().to_owned() }.into());
        }
        if *model.spec() != self.config.net {
            let [expected, actual] = [self.config.net.to_json(), model.spec().to_json()];
            return Err(EngineError::ModelFormat { what: "spec".into(), expected, actual }.into());
        }
        let online = Network::new(&self.config.net, model.weights())?;
        let target = Network::new(&self.config.net, model.weights())?;
        self.adam = Adam::new(&self.config, &online.flat).map_err(LearnerError::torch("import model"))?;
        (self.online, self.target) = (online, target);
        Ok(())
    }
}

fn copy_out(from: &Tensor, to: &mut Vec<f32>) -> Result<(), TchError> {
    to.resize(from.numel(), 0.0);
    from.f_copy_data(to, from.numel())
}

#[cfg(test)]
mod tests;

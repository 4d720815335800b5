//! The learner: draw, target, loss, gradient, step.

use std::collections::BTreeMap;

use qnet::{EngineError, Model};
use serde::{Deserialize, Serialize};

use crate::batch::Batch;
use crate::checkpoint::{Header, recorded};
use crate::cuda;
use crate::engine::{self, Engine, Outputs, State};
use crate::loss::Losses;
use crate::warm_start::transfer;
use crate::{Checkpoint, Draft, EngineKind, LearnerConfig, LearnerError, Replay, Target, WarmStart};

mod predict;

/// Applied updates between two snapshots to go back to.
const SNAPSHOT_EVERY: u64 = 100;

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
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Totals {
    /// Updates applied.
    pub updates: u64,
    /// Batches skipped because loss or gradient were not finite.
    pub skipped: u64,
    /// Times that the learner went back to its last snapshot.
    pub rollbacks: u64,
}

/// A network that learns; see [`Learner::update`].
#[derive(Debug)]
pub struct Learner {
    config: LearnerConfig,
    kind: EngineKind,
    engine: Box<dyn Engine>,
    batch: Batch,
    outputs: Outputs,
    losses: Losses,
    totals: Totals,
    recovery: Recovery,
}

/// Where to go back to, and when.
#[derive(Debug)]
struct Recovery {
    /// Before an update whose loss and gradient were finite.
    good: State,
    /// Updates applied since then.
    age: u64,
    /// Updates skipped since the last applied one.
    skipped: u64,
}

impl Learner {
    /// A learner with fresh weights from the configuration's seed.
    ///
    /// # Errors
    /// [`LearnerError::Config`], also if the GPU is demanded and missing; [`LearnerError::Torch`].
    pub fn new(config: LearnerConfig) -> Result<Self, LearnerError> {
        config.validate()?;
        let placed = cuda::place(&config)?;
        let (engine, good) = engine::build(&config, placed)?;
        Ok(Self {
            kind: placed.0,
            engine,
            batch: Batch::new(&config),
            outputs: Outputs::new(&config),
            losses: Losses::new(&config)?,
            totals: Totals::default(),
            recovery: Recovery { good, age: 0, skipped: 0 },
            config,
        })
    }

    /// The configuration.
    pub fn config(&self) -> &LearnerConfig {
        &self.config
    }

    /// The engine that `auto` or the configuration chose.
    pub fn engine(&self) -> EngineKind {
        self.kind
    }

    #[cfg(test)]
    pub(crate) fn engine_ref(&self) -> &dyn Engine {
        &*self.engine
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
        self.batch.draw(replay, self.config.beta_at(self.totals.updates))
    }

    /// Gives the errors that the last update found back to the replay, whose priorities they are; without priorities, nothing.
    pub fn prioritise(&self, replay: &mut Replay) {
        replay.learned(&self.batch.slots, &self.losses.errors, self.batch.pushed);
    }

    /// Learns from the drawn batch: mean loss over its afterstates plus the weighted mean squared errors of the regression heads
    /// plus the weights' prior, gradient scaled down to `grad_clip`, one Adam step, target network. Loss or gradient that are not finite change nothing and
    /// are counted; after `rollback_after` of them in a row the learner goes back to its last snapshot, which was taken where both
    /// were finite. Counts and draws go on.
    ///
    /// # Errors
    /// [`LearnerError::Empty`] without a drawn batch, [`LearnerError::Torch`].
    pub fn update(&mut self) -> Result<Update, LearnerError> {
        if self.batch.features.is_empty() {
            return Err(LearnerError::Empty);
        }
        let update = self.update_weights();
        self.batch.clear();
        update
    }

    fn update_weights(&mut self) -> Result<Update, LearnerError> {
        self.engine.forward(&self.batch.features, &mut self.outputs)?;
        let mut update = self.losses.measure(&self.batch, &self.outputs)?;
        if update.loss.is_finite() {
            update.grad_norm = self.backward()?;
            update.applied = update.grad_norm.is_finite();
        }
        if update.applied {
            self.apply(update.grad_norm)?;
        } else {
            self.skip()?;
        }
        Ok(update)
    }

    fn backward(&mut self) -> Result<f64, LearnerError> {
        let prior = self.config.prior_at(self.batch.held);
        self.engine.backward(&self.losses.slope, &self.losses.account_slope, prior)
    }

    fn apply(&mut self, norm: f64) -> Result<(), LearnerError> {
        if self.recovery.age >= SNAPSHOT_EVERY {
            self.engine.save(&mut self.recovery.good)?;
            self.recovery.age = 0;
        }
        let scale = if norm > self.config.grad_clip { self.config.grad_clip / norm } else { 1.0 };
        self.engine.step(scale, self.config.learning_rate_at(self.totals.updates))?;
        self.totals.updates += 1;
        self.recovery.age += 1;
        self.recovery.skipped = 0;
        match self.config.target {
            Target::Periodic { every } if self.totals.updates.is_multiple_of(every) => self.engine.follow(1.0),
            Target::Periodic { .. } => Ok(()),
            Target::Soft { tau } => self.engine.follow(tau),
        }
    }

    fn skip(&mut self) -> Result<(), LearnerError> {
        self.totals.skipped += 1;
        self.recovery.skipped += 1;
        if self.recovery.skipped >= self.config.rollback_after {
            self.engine.load(&self.recovery.good)?;
            self.totals.rollbacks += 1;
            (self.recovery.age, self.recovery.skipped) = (0, 0);
        }
        Ok(())
    }

    /// The online network as a model, with the caller's notes in its metadata.
    ///
    /// # Errors
    /// As [`Model::new`], or [`LearnerError::Torch`].
    pub fn export(&self, notes: BTreeMap<String, String>) -> Result<Model, LearnerError> {
        let state = self.state()?;
        Ok(Model::new(self.config.net.clone(), self.config.schema_hash.clone(), state.weights, notes)?)
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
        self.engine.load(&State::fresh(model.weights().to_vec()))?;
        // The model becomes the place to go back to once it has given finite numbers.
        self.recovery.age = SNAPSHOT_EVERY;
        Ok(())
    }

    /// Takes over what a model of another schema has learned, into both networks: `inputs` says where each input lay in the model,
    /// `outputs` where each output of a head did, −1 for a new one. Columns of new inputs become 0, new outputs stay as they are, and
    /// so does what has changed otherwise. Adam starts afresh. Counts go on.
    ///
    /// # Errors
    /// [`EngineError::ModelFormat`] if the trunk's widths differ or a map does not fit, [`LearnerError::Torch`]. A refused model
    /// changes nothing.
    pub fn warm_start(
        &mut self,
        model: &Model,
        inputs: &[i32],
        outputs: &BTreeMap<String, Vec<i32>>,
    ) -> Result<WarmStart, LearnerError> {
        let mut weights = self.state()?.weights;
        let done = transfer(&self.config.net, model, inputs, outputs, &mut weights)?;
        self.engine.load(&State::fresh(weights))?;
        self.recovery.age = SNAPSHOT_EVERY;
        Ok(done)
    }

    /// Copies out everything that later updates depend on, between two updates. A drawn batch is not part of it.
    ///
    /// # Errors
    /// [`LearnerError::Torch`].
    pub fn checkpoint(&self, replay: &Replay) -> Result<Draft, LearnerError> {
        let state = self.state()?;
        let Recovery { good, age, skipped } = &self.recovery;
        let header = Header {
            config: recorded(&self.config),
            totals: self.totals,
            age: *age,
            skipped: *skipped,
            adam_steps: [state.steps, good.steps],
            drawn: self.batch.drawn(),
            held: replay.len(),
            next: replay.next(),
            greatest_priority: replay.priorities().map(|priorities| priorities.greatest().to_bits()),
        };
        Draft::new(&header, [&state, good], replay)
    }

    /// Goes on from a checkpoint of this learner's configuration: with the same engine, later updates give the bits that they would
    /// have given without the interruption.
    ///
    /// # Errors
    /// [`LearnerError::Torch`].
    pub fn restore(&mut self, checkpoint: Checkpoint, replay: &mut Replay) -> Result<(), LearnerError> {
        let Checkpoint { header, state, good, replay: held } = checkpoint;
        self.engine.load(&state)?;
        self.batch.go_on_at(header.drawn);
        self.totals = header.totals;
        self.recovery = Recovery { good, age: header.age, skipped: header.skipped };
        *replay = held;
        Ok(())
    }

    pub(crate) fn state(&self) -> Result<State, LearnerError> {
        let mut state = self.recovery.good.clone();
        self.engine.save(&mut state)?;
        Ok(state)
    }
}

#[cfg(test)]
mod gradient_tests;
#[cfg(test)]
mod tests;

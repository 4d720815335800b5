//! The class `Learner` that JavaScript sees.

use std::collections::BTreeMap;
use std::sync::Arc;

use border::{Arg, Fault, RLT_ARGUMENT, Result, guard};
use learner::{LearnerConfig, MAX_SPAN, Step};
use napi::bindgen_prelude::{AsyncTask, Buffer, Float32Array};
use napi_derive::napi;
use qnet::Model;

use crate::checkpoint::{CheckpointTask, RestoreTask};
use crate::integers::Integers;
use crate::shared::{Shared, from_learner};
use crate::train::{Run, TrainTask};

/// Most updates of one call of `train`.
const MAX_TRAIN_STEPS: u32 = 1_000_000;

/// A learner; training runs on another thread.
#[napi]
pub struct Learner {
    shared: Arc<Shared>,
}

#[napi]
impl Learner {
    /// A learner with fresh weights.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_CONFIG`, `RLT_ENGINE`.
    #[napi(constructor)]
    pub fn new(config_json: Arg<'_>) -> Result<Self> {
        let shared = guard("make learner", || {
            let config = LearnerConfig::from_json(&config_json.text("configJson")?).map_err(from_learner)?;
            Shared::new(config).map_err(from_learner)
        })?;
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Adds a step to the replay.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_STEP`, `RLT_CLOSED`.
    #[napi]
    pub fn push(&self, step: Arg<'_>) -> Result<()> {
        Ok(guard("push step", || {
            let field = |key| step.property("step", key);
            // A getter runs JavaScript, which may take a buffer away: all are asked before any memory is looked at.
            let features = field(c"features")?;
            let next_features = field(c"nextFeatures")?;
            let span = field(c"span")?;
            let classes = field(c"classes")?;
            let scalars = field(c"scalars")?;
            let rewards = field(c"rewards")?;
            let terminals = field(c"terminals")?;
            let point_classes = field(c"pointClasses")?;
            let point_scalars = field(c"pointScalars")?;
            let candidate_offsets = field(c"candidateOffsets")?;
            let candidate_points = field(c"candidatePoints")?;
            let candidate_costs = field(c"candidateCosts")?;
            let regression_targets = field(c"regressionTargets")?;
            let step = Step {
                features: features.floats("features")?,
                next_features: next_features.floats("nextFeatures")?,
                span: span.optional_count("span", MAX_SPAN)?.unwrap_or(1),
                classes: classes.bytes("classes")?,
                scalars: scalars.floats("scalars")?,
                rewards: rewards.floats("rewards")?,
                terminals: terminals.bytes("terminals")?,
                point_classes: point_classes.bytes("pointClasses")?,
                point_scalars: point_scalars.floats("pointScalars")?,
                candidate_offsets: candidate_offsets.words("candidateOffsets")?,
                candidate_points: candidate_points.bytes("candidatePoints")?,
                candidate_costs: candidate_costs.floats("candidateCosts")?,
                regression_targets: regression_targets.floats("regressionTargets")?,
            };
            self.shared.with_replay("push step", |replay| replay.push(&step).map_err(from_learner))
        })?)
    }

    /// Learns from so many batches, off the event loop. Rejects with `RLT_BUSY` while another run lasts.
    #[napi]
    pub fn train(&self, steps: Arg<'_>) -> AsyncTask<TrainTask> {
        let run = guard("train", || {
            let steps = steps.count("steps", MAX_TRAIN_STEPS)?;
            Ok(Run { reserved: self.shared.reserve("train")?, steps })
        });
        AsyncTask::new(TrainTask(run))
    }

    /// All heads of the online network for each row.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CLOSED`, `RLT_ENGINE`.
    #[napi]
    pub fn forward(&self, features: Arg<'_>) -> Result<Float32Array> {
        let out = guard("run forward", || {
            let features = features.floats("features")?;
            self.shared.with_learner("run forward", |learner| learner.forward(features).map_err(from_learner))
        })?;
        Ok(Float32Array::new(out))
    }

    /// `W(F, y)` by the online network of afterstates y, each at one of the rows F.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_CLOSED`, `RLT_ENGINE`.
    #[napi]
    pub fn evaluate(&self, features: Arg<'_>, row_of_point: Arg<'_>, classes: Arg<'_>, scalars: Arg<'_>) -> Result<Float32Array> {
        let out = guard("evaluate", || {
            let features = features.floats("features")?;
            let rows = row_of_point.words("rowOfPoint")?;
            let (classes, scalars) = (classes.bytes("classes")?, scalars.floats("scalars")?);
            self.shared
                .with_learner("evaluate", |learner| learner.evaluate(features, rows, classes, scalars).map_err(from_learner))
        })?;
        Ok(Float32Array::new(out))
    }

    /// The online network as a model file; the same weights and notes give the same bytes.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_MODEL_FORMAT` for a reserved metadata key, `RLT_CLOSED`, `RLT_ENGINE`.
    #[napi]
    pub fn export_model(&self, metadata_json: Arg<'_>) -> Result<Buffer> {
        let bytes = guard("export model", || {
            let notes: BTreeMap<String, String> =
                serde_json::from_str(&metadata_json.text("metadataJson")?).map_err(|error| {
                    Fault::new(RLT_ARGUMENT, format!("Cannot export model as metadataJson must be an object of strings: {error}"))
                })?;
            let model = self.shared.with_learner("export model", |learner| learner.export(notes).map_err(from_learner))?;
            Ok(model.to_bytes()?)
        })?;
        Ok(bytes.into())
    }

    /// Goes on from a model's weights; Adam starts afresh.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_MODEL_*`, `RLT_SCHEMA_MISMATCH`, `RLT_BUSY`, `RLT_CLOSED`, `RLT_ENGINE`.
    #[napi]
    pub fn import_model(&self, blob: Arg<'_>) -> Result<()> {
        Ok(guard("import model", || {
            self.shared.refuse_while_training("import model")?;
            let model = Model::from_bytes(blob.bytes("blob")?, None)?;
            self.shared.with_learner("import model", |learner| learner.import(&model).map_err(from_learner))
        })?)
    }

    /// Takes over what a model of another schema has learned; Adam starts afresh. Returns JSON: what was taken over, by tensor names.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_MODEL_*`, `RLT_BUSY`, `RLT_CLOSED`, `RLT_ENGINE`.
    #[napi]
    pub fn warm_start(&self, blob: Arg<'_>, input_map: Integers, output_maps_json: Arg<'_>) -> Result<String> {
        Ok(guard("warm-start", || {
            self.shared.refuse_while_training("warm-start")?;
            let model = Model::from_bytes(blob.bytes("blob")?, None)?;
            let inputs = input_map.into_values("inputMap")?;
            let text = output_maps_json.optional_text("outputMapsJson")?.unwrap_or_else(|| "{}".into());
            let outputs: BTreeMap<String, Vec<i32>> = serde_json::from_str(&text).map_err(|error| {
                let rule = "Cannot warm-start as outputMapsJson must be an object of lists of whole numbers";
                Fault::new(RLT_ARGUMENT, format!("{rule}: {error}"))
            })?;
            let done = self
                .shared
                .with_learner("warm-start", |learner| learner.warm_start(&model, &inputs, &outputs).map_err(from_learner))?;
            Ok(serde_json::json!(done).to_string())
        })?)
    }

    /// Everything that later updates depend on, off the event loop.
    #[napi]
    pub fn checkpoint(&self) -> AsyncTask<CheckpointTask> {
        AsyncTask::new(CheckpointTask(Ok(Arc::clone(&self.shared))))
    }

    /// Goes on from a checkpoint, off the event loop. Rejects with `RLT_BUSY` while a training run lasts.
    #[napi]
    pub fn restore(&self, blob: Arg<'_>) -> AsyncTask<RestoreTask> {
        AsyncTask::new(RestoreTask(guard("restore checkpoint", || {
            let bytes = blob.bytes("blob")?;
            let reserved = self.shared.reserve("restore checkpoint")?;
            // JavaScript may change its array while the promise is pending.
            Ok((reserved, bytes.to_vec()))
        })))
    }

    /// What computes the updates: `fused` or `tch`.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn engine(&self) -> Result<&'static str> {
        Ok(self.shared.with_learner("read engine", |learner| Ok(learner.engine().name()))?)
    }

    /// Updates applied since the learner was made.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn updates(&self) -> Result<f64> {
        Ok(self.shared.with_learner("read updates", |learner| Ok(learner.totals().updates as f64))?)
    }

    /// Steps that the replay holds.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn replayed(&self) -> Result<u32> {
        Ok(self.shared.with_replay("read replayed", |replay| Ok(replay.len() as u32))?)
    }

    /// Frees all memory; a running training rejects, every later call fails with `RLT_CLOSED`. Closing twice is fine.
    #[napi]
    pub fn close(&self) {
        self.shared.close();
    }
}

/// Versions, where LibTorch computes and why there, and threads, as JSON.
#[napi]
pub fn engine_info() -> String {
    let placement = learner::placement();
    serde_json::json!({
        "version": env!("CARGO_PKG_VERSION"),
        "libtorch": env!("RLT_LIBTORCH_VERSION"),
        "device": placement.device,
        "reason": placement.reason,
        "threads": 1,
    })
    .to_string()
}

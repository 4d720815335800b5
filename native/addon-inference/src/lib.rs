//! The Node-API face of `qnet`: converts, decides nothing. Holds no LibTorch.

mod confidence;

use border::{Arg, Fault, RLT_ARGUMENT, RLT_ENGINE, Result, guard, memory};
pub use confidence::{Bin, Confidence, confidence_at, fit_confidence};
use napi_derive::napi;
use qnet::{Afterstate, Attributor, FusedNet, MAX_STEPS, Model, TOLERANCE};

/// A network ready to run in this process.
#[napi]
pub struct QNet {
    open: Option<Loaded>,
}

/// How well the weights of [`QNet::attribute`] explain a difference.
#[napi(object, object_from_js = false)]
pub struct Explained {
    /// The difference of the values at the baseline.
    pub baseline: f64,
    /// What the weights miss, ≥ 0.
    pub residual: f64,
    /// Points of the path that were evaluated.
    pub steps: u32,
    /// The residual is above the tolerance.
    pub rough: bool,
}

struct Loaded {
    net: FusedNet,
    attributor: Attributor,
    spec: String,
    metadata: String,
}

#[napi]
impl QNet {
    /// Refuses: a network comes from a file.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, always.
    #[napi(constructor)]
    pub fn new() -> Result<Self> {
        Err(Fault::new(RLT_ARGUMENT, "Cannot make network as it must come from QNet.fromBytes: it came from `new`").into())
    }

    /// Loads a model file; checks format, checksum, weights and, if given, the schema hash.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_MODEL_*`, `RLT_SCHEMA_MISMATCH`, `RLT_SPEC`, `RLT_NON_FINITE`.
    #[napi(factory)]
    pub fn from_bytes(blob: Arg<'_>, expected_schema_hash: Arg<'_>) -> Result<Self> {
        let loaded = guard("load model", || {
            let expected = expected_schema_hash.optional_text("expectedSchemaHash")?;
            let model = Model::from_bytes(blob.bytes("blob")?, expected.as_deref())?;
            let metadata = serde_json::to_string(&model.metadata())
                .map_err(|error| Fault::new(RLT_ENGINE, format!("Cannot write metadata as JSON: {error}")))?;
            Ok(Loaded {
                net: FusedNet::from_model(&model)?,
                attributor: Attributor::new(model.spec(), model.weights())?,
                spec: model.spec().to_json(),
                metadata,
            })
        })?;
        Ok(Self { open: Some(loaded) })
    }

    /// The network's declaration as JSON.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn spec(&self) -> Result<&str> {
        Ok(&self.loaded("read spec")?.spec)
    }

    /// The file's metadata as a JSON object of strings.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn metadata(&self) -> Result<&str> {
        Ok(&self.loaded("read metadata")?.metadata)
    }

    /// Width of a feature row.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn inputs(&self) -> Result<u32> {
        Ok(self.loaded("read inputs")?.net.inputs() as u32)
    }

    /// Width of an output row.
    ///
    /// # Errors
    /// `RLT_CLOSED`.
    #[napi(getter)]
    pub fn outputs(&self) -> Result<u32> {
        Ok(self.loaded("read outputs")?.net.outputs() as u32)
    }

    /// All heads for each row of `features`, written to `out`.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CLOSED`.
    #[napi]
    pub fn forward(&mut self, features: Arg<'_>, out: Arg<'_>) -> Result<()> {
        let open = self.open.as_mut();
        Ok(guard("run forward", || {
            let loaded = open.ok_or_else(|| Fault::closed("run forward", "network"))?;
            let features = features.floats("features")?;
            let out = out.floats_mut("out", &[memory(features)])?;
            Ok(loaded.net.forward(features, out)?)
        })?)
    }

    /// `W(F, y)` of each afterstate at `features`, written to `out`.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_CLOSED`.
    #[napi]
    pub fn evaluate(&mut self, features: Arg<'_>, classes: Arg<'_>, scalars: Arg<'_>, out: Arg<'_>) -> Result<()> {
        let open = self.open.as_mut();
        Ok(guard("evaluate", || {
            let loaded = open.ok_or_else(|| Fault::closed("evaluate", "network"))?;
            let (features, scalars) = (features.floats("features")?, scalars.floats("scalars")?);
            let classes = classes.bytes("classes")?;
            let out = out.floats_mut("out", &[memory(features), memory(classes), memory(scalars)])?;
            Ok(loaded.net.evaluate(features, classes, scalars, out)?)
        })?)
    }

    /// Why one afterstate is worth more than another at `features`: one number for each feature, then one for each scalar, written
    /// to `weights`.
    ///
    /// # Errors
    /// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_HEAD`, `RLT_CLOSED`.
    #[napi]
    #[allow(clippy::too_many_arguments, reason = "plain arguments spare JavaScript an object for each call")]
    pub fn attribute(
        &mut self,
        features: Arg<'_>,
        chosen: Arg<'_>,
        chosen_scalars: Arg<'_>,
        other: Arg<'_>,
        other_scalars: Arg<'_>,
        weights: Arg<'_>,
        max_steps: Arg<'_>,
    ) -> Result<Explained> {
        let open = self.open.as_mut();
        Ok(guard("attribute", || {
            let loaded = open.ok_or_else(|| Fault::closed("attribute", "network"))?;
            let features = features.floats("features")?;
            let chosen = Afterstate { class: chosen.index("chosen")?, scalars: chosen_scalars.floats("chosenScalars")? };
            let other = Afterstate { class: other.index("other")?, scalars: other_scalars.floats("otherScalars")? };
            let read = [features, chosen.scalars, other.scalars].map(memory);
            let weights = weights.floats_mut("weights", &read)?;
            let max_steps = max_steps.optional_count("maxSteps", MAX_STEPS as u32)?.map_or(MAX_STEPS, |steps| steps as usize);
            let found = loaded.attributor.attribute(features, [chosen, other], weights, max_steps, TOLERANCE)?;
            Ok(Explained { baseline: found.baseline, residual: found.residual, steps: found.steps as u32, rough: found.rough })
        })?)
    }

    /// Frees the weights; every later call fails with `RLT_CLOSED`. Closing twice is fine.
    #[napi]
    pub fn close(&mut self) {
        self.open = None;
    }

    fn loaded(&self, action: &str) -> Result<&Loaded, Fault> {
        self.open.as_ref().ok_or_else(|| Fault::closed(action, "network"))
    }
}

/// The addon's version and the instruction set it uses here, as JSON.
#[napi]
pub fn engine_info() -> String {
    serde_json::json!({ "version": env!("CARGO_PKG_VERSION"), "simd": qnet::simd_name() }).to_string()
}

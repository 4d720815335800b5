//! The forward pass: all layers in one call, on memory that is set aside once.

use crate::backprop::expect;
use crate::fold::Folded;
use crate::kernel::{Lines, PackedLayer, Simd};
use crate::{AccountPart, EngineError, Model, NetSpec};

/// Most afterstates in one call.
pub const MAX_POINTS: usize = 256;

/// Rows that go through all layers together, so that their activations stay in the cache.
const BLOCK: usize = 48;

/// A network ready to run on the CPU. A call allocates nothing, and a row gives the same bits alone and in a batch.
#[derive(Debug, Clone)]
pub struct FusedNet {
    spec: NetSpec,
    outputs: usize,
    /// Where the value of each class lies in an output row.
    classes: Vec<usize>,
    account: Option<AccountPart>,
    layers: Vec<PackedLayer>,
    widths: Vec<usize>,
    simd: Simd,
    scratch: [Lines; 2],
    positions: Vec<u32>,
    values: Vec<f32>,
    /// The account part's hidden layer.
    hidden: Lines,
}

impl FusedNet {
    /// Prepares flat weights (see [`Layout`]) for this processor.
    ///
    /// # Errors
    /// [`EngineError::Spec`], [`EngineError::Shape`] for the wrong number of weights, [`EngineError::NonFinite`].
    pub fn new(spec: &NetSpec, weights: &[f32]) -> Result<Self, EngineError> {
        Self::with_simd(spec, weights, Simd::detect())
    }

    /// Prepares a loaded model for this processor.
    ///
    /// # Errors
    /// As [`FusedNet::new`].
    pub fn from_model(model: &Model) -> Result<Self, EngineError> {
        Self::new(model.spec(), model.weights())
    }

    fn with_simd(spec: &NetSpec, weights: &[f32], simd: Simd) -> Result<Self, EngineError> {
        let outputs = spec.outputs();
        let Folded { layers, weights, classes, mut account } = Folded::new(spec, weights, outputs)?;
        if let Some(account) = &mut account {
            account.run_on(simd);
        }
        let widths = layers.iter().map(|layer| layer.outputs).collect();
        let layers: Vec<_> = layers.iter().map(|layer| PackedLayer::pack(layer, &weights)).collect();
        let widest = layers.iter().map(PackedLayer::padded).max().unwrap_or(0);
        let longest = layers.iter().map(PackedLayer::inputs).max().unwrap_or(0);
        Ok(Self {
            spec: spec.clone(),
            outputs,
            classes,
            hidden: Lines::zeroed(account.as_ref().map_or(0, AccountPart::room)),
            account,
            layers,
            widths,
            simd,
            scratch: [Lines::zeroed(BLOCK * widest), Lines::zeroed(BLOCK * widest)],
            positions: vec![0; longest],
            values: vec![0.0; longest],
        })
    }

    /// The declaration.
    pub fn spec(&self) -> &NetSpec {
        &self.spec
    }

    /// Width of a feature row.
    pub fn inputs(&self) -> usize {
        self.spec.inputs
    }

    /// Width of an output row.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// All heads for each row: features `[B, inputs]` row-major → out `[B, outputs]`. B = 0 does nothing.
    ///
    /// # Errors
    /// [`EngineError::Shape`] unless both hold the same number of whole rows; [`EngineError::NonFinite`] with the first bad
    /// feature, or with the first bad output if the sums overflow. `out` is unspecified after an error.
    pub fn forward(&mut self, features: &[f32], out: &mut [f32]) -> Result<(), EngineError> {
        let inputs = self.inputs();
        if !features.len().is_multiple_of(inputs) {
            let expected = format!("a multiple of {inputs}");
            return Err(EngineError::Shape { what: "features", expected, actual: features.len() });
        }
        let rows = features.len() / inputs;
        if out.len() != rows * self.outputs {
            return Err(EngineError::Shape { what: "out", expected: (rows * self.outputs).to_string(), actual: out.len() });
        }
        check_finite("features", features)?;
        if rows == 1 {
            self.forward_row(features);
            out.copy_from_slice(&self.scratch[0].floats()[..self.outputs]);
        } else {
            let blocks = features.chunks(BLOCK * inputs).zip(out.chunks_mut(BLOCK * self.outputs));
            for (features, out) in blocks {
                self.forward_block(features, out);
            }
        }
        check_finite("outputs", out)
    }

    /// `W(F, y)` of afterstates: features `[inputs]`, classes `[n]`, scalars `[n, scalars]` row-major → out `[n]`, n ≤
    /// [`MAX_POINTS`]. A class counts the outputs of all value heads, in order. The features go through the network once. An afterstate
    /// gives the same bits alone and among others; n = 0 does nothing.
    ///
    /// # Errors
    /// [`EngineError::Shape`]; [`EngineError::Head`] for a class that does not exist; [`EngineError::NonFinite`] with the first bad
    /// feature or scalar, or with the first bad value if the sums overflow. `out` is unspecified after an error.
    pub fn evaluate(&mut self, features: &[f32], classes: &[u8], scalars: &[f32], out: &mut [f32]) -> Result<(), EngineError> {
        let count = classes.len();
        if count > MAX_POINTS {
            return Err(EngineError::Shape { what: "classes", expected: format!("at most {MAX_POINTS}"), actual: count });
        }
        expect("features", self.inputs(), features.len())?;
        expect("scalars", count * self.spec.scalars(), scalars.len())?;
        expect("out", count, out.len())?;
        check_finite("features", features)?;
        check_finite("scalars", scalars)?;
        if let Some(index) = classes.iter().position(|class| usize::from(*class) >= self.classes.len()) {
            let (limit, actual) = (self.classes.len(), usize::from(classes[index]));
            return Err(EngineError::Head { what: format!("classes[{index}]"), limit, actual });
        }
        if count == 0 {
            return Ok(());
        }
        self.forward_row(features);
        let row = self.scratch[0].floats();
        for (value, &class) in out.iter_mut().zip(classes) {
            *value = row[self.classes[usize::from(class)]];
        }
        if let Some(account) = &self.account {
            let pre = &row[self.outputs..self.widths[self.widths.len() - 1]];
            account.evaluate(pre, (classes, scalars), &mut self.hidden.floats_mut()[..account.room()], out);
        }
        check_finite("outputs", out)
    }

    /// Leaves the last layer's row at the start of the first scratch.
    fn forward_row(&mut self, features: &[f32]) {
        let Self { layers, widths, simd, scratch: [scratch, _], positions, values, .. } = self;
        let activations = scratch.floats_mut();
        let last = layers.len() - 1;
        let mut count = keep_nonzero(features, positions, values);
        for (index, layer) in layers.iter().enumerate() {
            simd.one_row(layer, (&positions[..count], &values[..count]), activations, index < last);
            if index < last {
                count = keep_nonzero(&activations[..widths[index]], positions, values);
            }
        }
    }

    fn forward_block(&mut self, features: &[f32], out: &mut [f32]) {
        let inputs = self.inputs();
        let Self { layers, simd, scratch: [from, to], outputs, .. } = self;
        let rows = features.len() / inputs;
        let last = layers.len() - 1;
        for (index, layer) in layers.iter().enumerate() {
            if index == 0 {
                simd.many_rows(layer, features, inputs, rows, to.floats_mut(), index < last);
            } else {
                simd.many_rows(layer, from.floats(), layers[index - 1].padded(), rows, to.floats_mut(), index < last);
            }
            std::mem::swap(from, to);
        }
        let padded = layers[last].padded();
        for (row, out) in from.floats().chunks_exact(padded).zip(out.chunks_exact_mut(*outputs)) {
            out.copy_from_slice(&row[..*outputs]);
        }
    }
}

/// Writes the positions and values of what is not zero to the front of the two arrays, without a branch; returns how many.
fn keep_nonzero(row: &[f32], positions: &mut [u32], values: &mut [f32]) -> usize {
    let positions = &mut positions[..row.len()];
    let values = &mut values[..row.len()];
    let mut count = 0;
    for (position, &value) in row.iter().enumerate() {
        // `count <= position`, so this stays inside both arrays.
        positions[count] = position as u32;
        values[count] = value;
        count += usize::from(value != 0.0);
    }
    count
}

/// The first NaN or infinity.
pub fn first_non_finite(values: &[f32]) -> Option<usize> {
    const EXPONENT: u32 = 0x7f80_0000;
    // Without an early exit the loop vectorises; the search runs only when something was found.
    let bad = values.iter().fold(false, |bad, value| bad | (value.to_bits() & EXPONENT == EXPONENT));
    if bad { values.iter().position(|value| !value.is_finite()) } else { None }
}

pub(crate) fn check_finite(what: &'static str, values: &[f32]) -> Result<(), EngineError> {
    match first_non_finite(values) {
        None => Ok(()),
        Some(index) => Err(EngineError::NonFinite { what, index, actual: values[index].to_string() }),
    }
}

#[cfg(test)]
mod tests;

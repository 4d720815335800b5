//! Weights rearranged so that the kernels read whole cache lines in order.

use crate::Layer;

/// Outputs in one panel: sixteen floats are one cache line.
pub(crate) const LANES: usize = 16;

/// Floats in whole, aligned cache lines.
#[derive(Debug, Clone)]
pub(crate) struct Lines(Vec<Line>);

#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct Line([f32; LANES]);

impl Lines {
    /// Room for at least `len` floats, all zero.
    pub(crate) fn zeroed(len: usize) -> Self {
        Self(vec![Line([0.0; LANES]); len.div_ceil(LANES)])
    }

    pub(crate) fn floats(&self) -> &[f32] {
        // SAFETY: `Line` is `repr(C)` over sixteen floats and 64 bytes long, so lines are contiguous floats without padding.
        unsafe { std::slice::from_raw_parts(self.0.as_ptr().cast(), self.0.len() * LANES) }
    }

    pub(crate) fn floats_mut(&mut self) -> &mut [f32] {
        // SAFETY: as in `floats`; the borrow of `self` is exclusive.
        unsafe { std::slice::from_raw_parts_mut(self.0.as_mut_ptr().cast(), self.0.len() * LANES) }
    }
}

/// One layer in panels of sixteen outputs: weight (output o, input k) lies at `(o / 16 * inputs + k) * 16 + o % 16`.
/// Outputs beyond the real ones have zero weights and bias.
#[derive(Debug, Clone)]
pub(crate) struct PackedLayer {
    inputs: usize,
    panels: usize,
    weights: Lines,
    bias: Lines,
}

impl PackedLayer {
    /// Rearranges one layer of the flat array.
    pub(crate) fn pack(layer: &Layer, flat: &[f32]) -> Self {
        let panels = layer.outputs.div_ceil(LANES);
        let mut weights = Lines::zeroed(panels * layer.inputs * LANES);
        let mut bias = Lines::zeroed(panels * LANES);
        let rows = flat[layer.weight..layer.weight + layer.outputs * layer.inputs].chunks_exact(layer.inputs);
        for (output, row) in rows.enumerate() {
            let start = output / LANES * layer.inputs * LANES + output % LANES;
            for (slot, &weight) in weights.floats_mut()[start..].iter_mut().step_by(LANES).zip(row) {
                *slot = weight;
            }
        }
        bias.floats_mut()[..layer.outputs].copy_from_slice(&flat[layer.bias..layer.bias + layer.outputs]);
        Self { inputs: layer.inputs, panels, weights, bias }
    }

    /// Inputs of the layer.
    pub(crate) const fn inputs(&self) -> usize {
        self.inputs
    }

    /// Panels of sixteen outputs.
    pub(crate) const fn panels(&self) -> usize {
        self.panels
    }

    /// Outputs, padded to whole panels.
    pub(crate) const fn padded(&self) -> usize {
        self.panels * LANES
    }

    /// `[panels, inputs, 16]`.
    pub(crate) fn weights(&self) -> &[f32] {
        self.weights.floats()
    }

    /// `[padded]`.
    pub(crate) fn bias(&self) -> &[f32] {
        self.bias.floats()
    }
}

//! Training on the CPU: forward, backward and Adam over flat arrays in [`Layout`] order, on memory that is set aside once.
//!
//! Knows no loss: the caller turns outputs into slopes between forward and backward. Rows of outputs are raw ones, see
//! [`NetSpec`]; the account part's own weights are not used and their gradient is left alone.

use std::ops::Range;

use crate::kernel::{AdamStep, LANES, Lines, Simd};
use crate::{EngineError, Layer, Layout, NetSpec};

/// Panels that go through all layers together, so that their activations stay in the cache: as many as the widest lanes take at once.
const BLOCK: usize = 2;

/// Rows in panels of sixteen: value (unit u, row r) lies at `(r / 16 * width + u) * 16 + r % 16`. Missing rows are zero.
#[derive(Debug, Clone)]
pub struct Panels {
    width: usize,
    rows: usize,
    lines: Lines,
}

impl Panels {
    /// Room for `rows` rows of `width` units.
    pub fn zeroed(width: usize, rows: usize) -> Self {
        Self { width, rows, lines: Lines::zeroed(rows.next_multiple_of(LANES) * width) }
    }

    fn count(&self) -> usize {
        self.rows.div_ceil(LANES)
    }

    /// The value of one unit in one row.
    pub(crate) fn at(&self, unit: usize, row: usize) -> f32 {
        self.block(&(row / LANES..row / LANES + 1))[unit * LANES + row % LANES]
    }

    /// All panels, some at a time.
    fn blocks(&self) -> impl Iterator<Item = Range<usize>> + use<> {
        let count = self.count();
        (0..count).step_by(BLOCK).map(move |first| first..count.min(first + BLOCK))
    }

    fn block(&self, panels: &Range<usize>) -> &[f32] {
        let line = self.width * LANES;
        &self.lines.floats()[panels.start * line..panels.end * line]
    }

    fn block_mut(&mut self, panels: &Range<usize>) -> &mut [f32] {
        let line = self.width * LANES;
        &mut self.lines.floats_mut()[panels.start * line..panels.end * line]
    }

    fn all(&self) -> &[f32] {
        self.block(&(0..self.count()))
    }

    /// Takes rows over, `[rows, width]` row-major.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn load(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        self.load_on(Simd::detect(), rows)
    }

    fn load_on(&mut self, simd: Simd, rows: &[f32]) -> Result<(), EngineError> {
        expect("rows", self.rows * self.width, rows.len())?;
        simd.load_rows(self.width, rows, self.lines.floats_mut());
        Ok(())
    }
}

/// A network's training passes over a fixed number of rows. The weights stay with the caller.
#[derive(Debug, Clone)]
pub struct Backprop {
    layers: Vec<Layer>,
    len: usize,
    simd: Simd,
    /// Inputs of each layer, as the last [`Backprop::forward_keeping`] found them.
    kept: Vec<Panels>,
    /// Slopes by the outputs of each layer.
    slopes: Vec<Panels>,
    turned: Lines,
    scratch: [Lines; 2],
}

impl Backprop {
    /// Sets the memory aside for rows of this network.
    ///
    /// # Errors
    /// [`EngineError::Spec`].
    pub fn new(spec: &NetSpec, rows: usize) -> Result<Self, EngineError> {
        Self::with_simd(spec, rows, Simd::detect())
    }

    pub(crate) fn with_simd(spec: &NetSpec, rows: usize, simd: Simd) -> Result<Self, EngineError> {
        let layout = Layout::new(spec)?;
        Ok(Self { simd, ..Self::of_layers(layout.layers().to_vec(), layout.len(), rows) })
    }

    /// Of layers inside a flat array of this length.
    pub(crate) fn of_layers(layers: Vec<Layer>, len: usize, rows: usize) -> Self {
        let longest = layers.iter().map(|layer| layer.inputs.next_multiple_of(LANES)).max().unwrap_or(0);
        let widest = layers.iter().map(|layer| layer.outputs).max().unwrap_or(0);
        Self {
            kept: layers.iter().map(|layer| Panels::zeroed(layer.inputs, rows)).collect(),
            slopes: layers.iter().map(|layer| Panels::zeroed(layer.outputs, rows)).collect(),
            turned: Lines::zeroed(longest * rows.next_multiple_of(LANES)),
            scratch: [Lines::zeroed(BLOCK * widest * LANES), Lines::zeroed(BLOCK * widest * LANES)],
            len,
            layers,
            simd: Simd::detect(),
        }
    }

    /// A raw row for each row of `x`, to `out` `[rows, outputs]` row-major.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn forward(&mut self, weights: &[f32], x: &Panels, out: &mut [f32]) -> Result<(), EngineError> {
        expect("weights", self.len, weights.len())?;
        expect("the width of x", self.layers[0].inputs, x.width)?;
        let outputs = self.layers[self.layers.len() - 1].outputs;
        expect("out", x.rows * outputs, out.len())?;
        let last = self.layers.len() - 1;
        let [from, to] = &mut self.scratch;
        for (panels, out) in x.blocks().zip(out.chunks_mut(BLOCK * outputs * LANES)) {
            for (index, layer) in self.layers.iter().enumerate() {
                let x = if index == 0 { x.block(&panels) } else { from.floats() };
                self.simd.outputs(layer, weights, panels.len(), x, to.floats_mut(), index < last);
                std::mem::swap(from, to);
            }
            store_rows(from.floats(), outputs, out);
        }
        Ok(())
    }

    /// As [`Backprop::forward`] for `[rows, inputs]` row-major, and keeps what [`Backprop::backward`] needs.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn forward_keeping(&mut self, weights: &[f32], rows: &[f32], out: &mut [f32]) -> Result<(), EngineError> {
        expect("weights", self.len, weights.len())?;
        self.kept[0].load_on(self.simd, rows)?;
        let last = self.layers.len() - 1;
        let outputs = self.layers[last].outputs;
        expect("out", self.kept[0].rows * outputs, out.len())?;
        for (panels, out) in self.kept[0].blocks().zip(out.chunks_mut(BLOCK * outputs * LANES)) {
            for (index, layer) in self.layers.iter().enumerate() {
                let (before, after) = self.kept.split_at_mut(index + 1);
                let x = before[index].block(&panels);
                let out = match after.first_mut() {
                    Some(next) => next.block_mut(&panels),
                    None => self.scratch[0].floats_mut(),
                };
                self.simd.outputs(layer, weights, panels.len(), x, out, index < last);
            }
            store_rows(self.scratch[0].floats(), outputs, out);
        }
        Ok(())
    }

    /// Overwrites `gradient`, but for [`Layout::tail`], with the derivative by all weights, given the loss's derivative by the outputs,
    /// `[rows, outputs]`, at the rows and weights of the last [`Backprop::forward_keeping`].
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn backward(&mut self, weights: &[f32], slope: &[f32], gradient: &mut [f32]) -> Result<(), EngineError> {
        expect("weights", self.len, weights.len())?;
        expect("gradient", self.len, gradient.len())?;
        self.spread(weights, slope)?;
        for (index, layer) in self.layers.iter().enumerate() {
            let kept = &self.kept[index];
            self.simd.units_to_lanes(kept.width, kept.all(), self.turned.floats_mut());
            self.simd.weight_slopes(layer, kept.count(), self.slopes[index].all(), self.turned.floats(), gradient);
        }
        Ok(())
    }

    /// Overwrites `out` with the derivative by the inputs of each row; else as [`Backprop::backward`].
    /// `ones` holds 1 in every place: the inputs, unlike what a `ReLU` gave, let every slope through.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub(crate) fn backward_to_inputs(
        &mut self,
        weights: &[f32],
        slope: &[f32],
        ones: &Panels,
        out: &mut Panels,
    ) -> Result<(), EngineError> {
        expect("weights", self.len, weights.len())?;
        for panels in [ones, &*out] {
            expect("the width of the inputs", self.layers[0].inputs, panels.width)?;
            expect("the rows of the inputs", self.kept[0].rows, panels.rows)?;
        }
        self.spread(weights, slope)?;
        let all = 0..out.count();
        self.simd.input_slopes(&self.layers[0], weights, all.len(), self.slopes[0].all(), ones.all(), out.block_mut(&all));
        Ok(())
    }

    /// Brings the slopes by the last outputs down to the outputs of the first layer.
    fn spread(&mut self, weights: &[f32], slope: &[f32]) -> Result<(), EngineError> {
        let last = self.layers.len() - 1;
        self.slopes[last].load_on(self.simd, slope)?;
        for panels in self.kept[0].blocks() {
            for index in (1..=last).rev() {
                let (before, after) = self.slopes.split_at_mut(index);
                let (slopes, x, out) =
                    (after[0].block(&panels), self.kept[index].block(&panels), before[index - 1].block_mut(&panels));
                self.simd.input_slopes(&self.layers[index], weights, panels.len(), slopes, x, out);
            }
        }
        Ok(())
    }

    /// Euclidean norm.
    pub fn norm(&self, values: &[f32]) -> f64 {
        self.simd.sum_of_squares(values).sqrt()
    }

    /// `weights −= mean / (√square · root + guard)` with both running means brought up to date (Kingma & Ba 2015, algorithm 1,
    /// its corrections inside `root` and `guard`). All arrays have one length.
    pub fn adam(&self, step: AdamStep, weights: &mut [f32], gradient: &[f32], means: &mut [f32], squares: &mut [f32]) {
        self.simd.adam(step, weights, gradient, means, squares);
    }

    /// `target += share · (weights − target)`.
    pub fn follow(&self, target: &mut [f32], weights: &[f32], share: f32) {
        self.simd.follow(target, weights, share);
    }
}

/// Panels `[rows / 16, width, 16]` as rows `[rows, width]`.
fn store_rows(panels: &[f32], width: usize, rows: &mut [f32]) {
    for (rows, panel) in rows.chunks_mut(width * LANES).zip((0..).step_by(width * LANES)) {
        let panel = &panels[panel..panel + width * LANES];
        for (lane, row) in rows.chunks_mut(width).enumerate() {
            for (unit, value) in row.iter_mut().enumerate() {
                *value = panel[unit * LANES + lane];
            }
        }
    }
}

pub(crate) fn expect(what: &'static str, expected: usize, actual: usize) -> Result<(), EngineError> {
    if actual == expected { Ok(()) } else { Err(EngineError::Shape { what, expected: expected.to_string(), actual }) }
}

#[cfg(test)]
mod tests;

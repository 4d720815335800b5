//! Training on the CPU: forward, backward and Adam over flat arrays in [`Layout`] order, on memory that is set aside once.
//!
//! Knows no loss: the caller turns outputs into slopes between forward and backward. Rows of outputs are raw ones, see
//! [`NetSpec`]; the account part's own weights are not used and their gradient is left alone.

use std::ops::Range;

use crate::kernel::{AdamStep, LANES, Lines, Simd};
use crate::{EngineError, Layer, Layout, NetSpec};

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
        self.panel(row / LANES)[unit * LANES + row % LANES]
    }

    fn span(&self, panel: usize) -> Range<usize> {
        panel * self.width * LANES..(panel + 1) * self.width * LANES
    }

    fn panel(&self, panel: usize) -> &[f32] {
        &self.lines.floats()[self.span(panel)]
    }

    fn panel_mut(&mut self, panel: usize) -> &mut [f32] {
        let span = self.span(panel);
        &mut self.lines.floats_mut()[span]
    }

    fn all(&self) -> &[f32] {
        &self.lines.floats()[..self.count() * self.width * LANES]
    }

    /// Takes rows over, `[rows, width]` row-major.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn load(&mut self, rows: &[f32]) -> Result<(), EngineError> {
        expect("rows", self.rows * self.width, rows.len())?;
        let (width, block) = (self.width, self.width * LANES);
        for (panel, rows) in self.lines.floats_mut().chunks_exact_mut(block).zip(rows.chunks(block)) {
            for (lane, row) in rows.chunks_exact(width).enumerate() {
                for (line, &value) in panel.chunks_exact_mut(LANES).zip(row) {
                    line[lane] = value;
                }
            }
        }
        Ok(())
    }

    fn store_panel(panel: &[f32], width: usize, rows: &mut [f32]) {
        for (lane, row) in rows.chunks_exact_mut(width).enumerate() {
            for (value, line) in row.iter_mut().zip(panel.chunks_exact(LANES)) {
                *value = line[lane];
            }
        }
    }

    /// Writes the units into the lanes, `[width / 16, rows, 16]`: the form in which weights meet rows.
    fn turn(&self, turned: &mut [f32]) {
        let padded = self.count() * LANES;
        for (panel, lines) in self.all().chunks_exact(self.width * LANES).enumerate() {
            for (index, units) in lines.chunks(LANES * LANES).enumerate() {
                let block = &mut turned[(index * padded + panel * LANES) * LANES..][..LANES * LANES];
                for (unit, line) in units.as_chunks::<LANES>().0.iter().enumerate() {
                    for (lane, &value) in line.iter().enumerate() {
                        block[lane * LANES + unit] = value;
                    }
                }
            }
        }
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
            scratch: [Lines::zeroed(widest * LANES), Lines::zeroed(widest * LANES)],
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
        for (panel, out) in out.chunks_mut(outputs * LANES).enumerate() {
            for (index, layer) in self.layers.iter().enumerate() {
                let x = if index == 0 { x.panel(panel) } else { from.floats() };
                self.simd.outputs(layer, weights, x, to.floats_mut(), index < last);
                std::mem::swap(from, to);
            }
            Panels::store_panel(&from.floats()[..outputs * LANES], outputs, out);
        }
        Ok(())
    }

    /// As [`Backprop::forward`] for `[rows, inputs]` row-major, and keeps what [`Backprop::backward`] needs.
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn forward_keeping(&mut self, weights: &[f32], rows: &[f32], out: &mut [f32]) -> Result<(), EngineError> {
        expect("weights", self.len, weights.len())?;
        self.kept[0].load(rows)?;
        let last = self.layers.len() - 1;
        let outputs = self.layers[last].outputs;
        expect("out", self.kept[0].rows * outputs, out.len())?;
        for (panel, out) in out.chunks_mut(outputs * LANES).enumerate() {
            for (index, layer) in self.layers.iter().enumerate() {
                let (before, after) = self.kept.split_at_mut(index + 1);
                let x = before[index].panel(panel);
                match after.first_mut() {
                    Some(next) => self.simd.outputs(layer, weights, x, next.panel_mut(panel), true),
                    None => self.simd.outputs(layer, weights, x, self.scratch[0].floats_mut(), false),
                }
            }
            Panels::store_panel(&self.scratch[0].floats()[..outputs * LANES], outputs, out);
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
            self.kept[index].turn(self.turned.floats_mut());
            self.simd.weight_slopes(layer, self.slopes[index].all(), self.turned.floats(), gradient);
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
        for panel in 0..self.kept[0].count() {
            let slopes = self.slopes[0].panel(panel);
            self.simd.input_slopes(&self.layers[0], weights, slopes, ones.panel(panel), out.panel_mut(panel));
        }
        Ok(())
    }

    /// Brings the slopes by the last outputs down to the outputs of the first layer.
    fn spread(&mut self, weights: &[f32], slope: &[f32]) -> Result<(), EngineError> {
        let last = self.layers.len() - 1;
        self.slopes[last].load(slope)?;
        for panel in 0..self.kept[0].count() {
            for index in (1..=last).rev() {
                let (before, after) = self.slopes.split_at_mut(index);
                let (slopes, x) = (after[0].panel(panel), self.kept[index].panel(panel));
                self.simd.input_slopes(&self.layers[index], weights, slopes, x, before[index - 1].panel_mut(panel));
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

pub(crate) fn expect(what: &'static str, expected: usize, actual: usize) -> Result<(), EngineError> {
    if actual == expected { Ok(()) } else { Err(EngineError::Shape { what, expected: expected.to_string(), actual }) }
}

#[cfg(test)]
mod tests;

//! Why one output is above another: integrated gradients (Sundararajan et al. 2017) on a straight path from the all-zero row,
//! which is the mean of scaled features.
//!
//! A `ReLU` network is linear between its kinks, so the slope in the middle of a piece of the path is exact unless a kink lies
//! inside. What a piece gets wrong is known from the outputs at its ends; only the worst pieces are halved.

use crate::backprop::{Backprop, Panels, expect};
use crate::forward::check_finite;
use crate::{EngineError, Layout, NetSpec};

/// Most points of the path that are evaluated unless the caller wants fewer.
pub const MAX_STEPS: usize = 1024;
/// Largest residual, as a share of what is explained.
pub const TOLERANCE: f64 = 0.01;

/// Rows evaluated together: one panel.
const ROWS: usize = 16;
/// The path starts in fifteen pieces, so that their sixteen ends are one panel.
const FIRST_PIECES: usize = ROWS - 1;
/// The smallest difference that is worth explaining to a share of itself; below, rounding decides.
const SMALLEST_DIFFERENCE: f64 = 1e-4;

/// How well the weights explain a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribution {
    /// The difference of the outputs at the baseline.
    pub baseline: f64,
    /// |Σ weights − (difference at the features − difference at the baseline)|.
    pub residual: f64,
    /// Points of the path at which the gradient was taken.
    pub steps: usize,
    /// The residual is above the tolerance: the steps ran out.
    pub rough: bool,
}

/// A piece of the path, in shares of the features, with the difference of the outputs at three of its points.
#[derive(Debug, Clone, Copy)]
struct Piece {
    start: f64,
    width: f64,
    at_start: f64,
    at_middle: f64,
    at_end: f64,
    /// Where its gradient lies.
    row: usize,
    /// What its gradient gets wrong, ≥ 0; zero within rounding.
    error: f64,
}

impl Piece {
    fn new(start: f64, width: f64, [at_start, at_end]: [f64; 2]) -> Self {
        Self { start, width, at_start, at_middle: 0.0, at_end, row: 0, error: 0.0 }
    }

    fn halves(&self) -> [Self; 2] {
        let width = self.width / 2.0;
        let left = Self::new(self.start, width, [self.at_start, self.at_middle]);
        [left, Self::new(self.start + width, width, [self.at_middle, self.at_end])]
    }
}

/// Explains differences between outputs of one network; memory grows to what the hardest question took and is kept.
#[derive(Debug, Clone)]
pub struct Attributor {
    inputs: usize,
    outputs: usize,
    weights: Vec<f32>,
    passes: Backprop,
    points: Vec<f32>,
    out: Vec<f32>,
    slope: Vec<f32>,
    ones: Panels,
    slopes: Panels,
    pieces: Vec<Piece>,
    /// The gradient of each piece, `[pieces, inputs]`.
    gradients: Vec<f32>,
}

impl Attributor {
    /// Prepares flat weights (see [`Layout`]).
    ///
    /// # Errors
    /// [`EngineError::Spec`], [`EngineError::Shape`] for the wrong number of weights.
    pub fn new(spec: &NetSpec, weights: &[f32]) -> Result<Self, EngineError> {
        expect("weights", Layout::new(spec)?.len(), weights.len())?;
        let (inputs, outputs) = (spec.inputs, spec.outputs());
        let mut ones = Panels::zeroed(inputs, ROWS);
        ones.load(&vec![1.0; ROWS * inputs])?;
        Ok(Self {
            inputs,
            outputs,
            weights: weights.to_vec(),
            passes: Backprop::new(spec, ROWS)?,
            points: vec![0.0; ROWS * inputs],
            out: vec![0.0; ROWS * outputs],
            slope: vec![0.0; ROWS * outputs],
            ones,
            slopes: Panels::zeroed(inputs, ROWS),
            pieces: Vec::new(),
            gradients: Vec::new(),
        })
    }

    /// Shares out how output `chosen` exceeds output `other` at `features` `[inputs]`, less by how much it does at the baseline:
    /// one weight for each feature, to `weights` `[inputs]`. Halves pieces of the path until their errors are below
    /// `tolerance · max(|what is explained|, 1e-4)`, or `max_steps` (at least 1) gradients were taken.
    ///
    /// # Errors
    /// [`EngineError::Shape`]; [`EngineError::NonFinite`] for features, or where outputs or gradients overflow;
    /// [`EngineError::Head`] for an output that does not exist. `weights` are unspecified after an error.
    pub fn attribute(
        &mut self,
        features: &[f32],
        [chosen, other]: [usize; 2],
        weights: &mut [f32],
        max_steps: usize,
        tolerance: f64,
    ) -> Result<Attribution, EngineError> {
        expect("features", self.inputs, features.len())?;
        expect("weights", self.inputs, weights.len())?;
        check_finite("features", features)?;
        for (what, actual) in [("chosen", chosen), ("other", other)] {
            if actual >= self.outputs {
                return Err(EngineError::Head { what: what.into(), limit: self.outputs, actual });
            }
        }
        let pair = [chosen, other];
        let max_steps = max_steps.max(1);
        self.slope.fill(0.0);
        for row in self.slope.chunks_exact_mut(self.outputs) {
            row[chosen] += 1.0;
            row[other] -= 1.0;
        }
        let mut steps = self.divide(features, pair, max_steps.min(FIRST_PIECES))?;
        let baseline = self.pieces[0].at_start;
        let explained = self.pieces[steps - 1].at_end - baseline;
        let allowed = tolerance * explained.abs().max(SMALLEST_DIFFERENCE);
        while self.pieces.iter().map(|piece| piece.error).sum::<f64>() > allowed {
            let taken = self.halve_worst(features, pair, (max_steps - steps).min(ROWS) / 2)?;
            if taken == 0 {
                break;
            }
            steps += taken;
        }
        self.sum(features, weights);
        check_finite("gradients", weights)?;
        let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let residual = (sum - explained).abs();
        Ok(Attribution { baseline, residual, steps, rough: residual > allowed })
    }

    /// Starts with equal pieces, and takes their gradients. Returns how many.
    fn divide(&mut self, features: &[f32], pair: [usize; 2], count: usize) -> Result<usize, EngineError> {
        let ends: [f64; ROWS] = std::array::from_fn(|index| index.min(count) as f64 / count as f64);
        let at_ends = self.outputs_at(features, pair, &ends)?;
        self.pieces.clear();
        self.pieces.extend((0..count).map(|index| Piece {
            row: index,
            ..Piece::new(ends[index], ends[index + 1] - ends[index], [at_ends[index], at_ends[index + 1]])
        }));
        self.take_gradients(features, pair, 0)?;
        Ok(count)
    }

    /// Halves up to `most` pieces, the worst first; returns how many gradients that took.
    fn halve_worst(&mut self, features: &[f32], pair: [usize; 2], most: usize) -> Result<usize, EngineError> {
        let most = most.min(self.pieces.len());
        if most == 0 {
            return Ok(0);
        }
        let first = self.pieces.len() - most;
        self.pieces.select_nth_unstable_by(first, |a, b| a.error.total_cmp(&b.error));
        for index in first..first + most {
            let [left, right] = self.pieces[index].halves();
            self.pieces[index] = Piece { row: self.pieces[index].row, ..left };
            self.pieces.push(Piece { row: self.pieces.len(), ..right });
        }
        self.take_gradients(features, pair, first)?;
        Ok(2 * most)
    }

    /// Takes the gradients in the middle of the pieces from `first` on, at most sixteen, and their errors.
    fn take_gradients(&mut self, features: &[f32], pair: [usize; 2], first: usize) -> Result<(), EngineError> {
        let middle = |piece: &Piece| piece.start + piece.width / 2.0;
        let points: [f64; ROWS] = std::array::from_fn(|index| self.pieces.get(first + index).map_or(0.0, middle));
        let at_points = self.outputs_at(features, pair, &points)?;
        self.passes.backward_to_inputs(&self.weights, &self.slope, &self.ones, &mut self.slopes)?;
        let needed = self.pieces.len() * self.inputs;
        if self.gradients.len() < needed {
            self.gradients.resize(needed, 0.0);
        }
        for (index, piece) in self.pieces[first..].iter_mut().enumerate() {
            let gradient = &mut self.gradients[piece.row * self.inputs..][..self.inputs];
            let mut slope = 0.0;
            for (unit, (value, &feature)) in gradient.iter_mut().zip(features).enumerate() {
                *value = self.slopes.at(unit, index);
                slope += f64::from(*value) * f64::from(feature);
            }
            piece.at_middle = at_points[index];
            let error = (piece.at_end - piece.at_start - piece.width * slope).abs();
            let rounding = 8.0 * f64::from(f32::EPSILON) * piece.at_start.abs().max(piece.at_end.abs());
            piece.error = if error > rounding { error } else { 0.0 };
        }
        Ok(())
    }

    /// By how much `chosen` exceeds `other` at these shares of the features.
    fn outputs_at(
        &mut self,
        features: &[f32],
        [chosen, other]: [usize; 2],
        shares: &[f64; ROWS],
    ) -> Result<[f64; ROWS], EngineError> {
        for (row, share) in self.points.chunks_exact_mut(self.inputs).zip(shares) {
            for (value, &feature) in row.iter_mut().zip(features) {
                *value = (share * f64::from(feature)) as f32;
            }
        }
        self.passes.forward_keeping(&self.weights, &self.points, &mut self.out)?;
        check_finite("outputs", &self.out)?;
        let difference = |row: &[f32]| f64::from(row[chosen]) - f64::from(row[other]);
        Ok(std::array::from_fn(|row| difference(&self.out[row * self.outputs..][..self.outputs])))
    }

    /// weight = feature · Σ width · gradient.
    fn sum(&self, features: &[f32], weights: &mut [f32]) {
        for (unit, (weight, &feature)) in weights.iter_mut().zip(features).enumerate() {
            let slope: f64 =
                self.pieces.iter().map(|piece| piece.width * f64::from(self.gradients[piece.row * self.inputs + unit])).sum();
            *weight = (slope * f64::from(feature)) as f32;
        }
    }
}

#[cfg(test)]
mod tests;

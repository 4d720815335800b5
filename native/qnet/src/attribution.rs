//! Why one afterstate is worth more than another: integrated gradients (Sundararajan et al. 2017) on a straight path from the all-zero
//! row, which is the mean of scaled features, and from scalars of zero. Position classes stay as they are.
//!
//! A `ReLU` network is linear between its kinks, so the slope in the middle of a piece of the path is exact unless a kink lies
//! inside. What a piece gets wrong is known from the values at its ends; only the worst pieces are halved.

mod passes;

use passes::{Passes, ROWS};

use crate::backprop::expect;
use crate::forward::check_finite;
use crate::{EngineError, NetSpec};

/// Most points of the path that are evaluated unless the caller wants fewer.
pub const MAX_STEPS: usize = 1024;
/// Largest residual, as a share of what is explained.
pub const TOLERANCE: f64 = 0.01;

/// The path starts in fifteen pieces, so that their sixteen ends are one panel.
const FIRST_PIECES: usize = ROWS - 1;
/// The smallest difference that is worth explaining to a share of itself; below, rounding decides.
const SMALLEST_DIFFERENCE: f64 = 1e-4;

/// How well the weights explain a difference.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Attribution {
    /// The difference of the values at the baseline.
    pub baseline: f64,
    /// |Σ weights − (difference at the end of the path − difference at the baseline)|.
    pub residual: f64,
    /// Points of the path at which the gradient was taken.
    pub steps: usize,
    /// The residual is above the tolerance: the steps ran out.
    pub rough: bool,
}

/// A position class and the scalars of an account right after a decision.
#[derive(Debug, Clone, Copy)]
pub struct Afterstate<'a> {
    /// Counts the outputs of all value heads, in order.
    pub class: usize,
    /// `[scalars]`; empty without an account part.
    pub scalars: &'a [f32],
}

/// What is explained: by how much the first afterstate is worth more than the second.
#[derive(Debug, Clone, Copy)]
struct Question<'a> {
    features: &'a [f32],
    pair: [Afterstate<'a>; 2],
}

/// A piece of the path, in shares of its length, with the difference of the values at three of its points.
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

/// Explains differences between afterstates under one network; memory grows to what the hardest question took and is kept.
#[derive(Debug, Clone)]
pub struct Attributor {
    inputs: usize,
    scalars: usize,
    passes: Passes,
    pieces: Vec<Piece>,
    /// The gradient of each piece by the features, then by each scalar times that scalar, `[pieces, inputs + scalars]`.
    gradients: Vec<f32>,
}

impl Attributor {
    /// Prepares flat weights (see [`crate::Layout`]).
    ///
    /// # Errors
    /// [`EngineError::Spec`], [`EngineError::Shape`] for the wrong number of weights, [`EngineError::NonFinite`].
    pub fn new(spec: &NetSpec, weights: &[f32]) -> Result<Self, EngineError> {
        let passes = Passes::new(spec, weights)?;
        Ok(Self { inputs: spec.inputs, scalars: spec.scalars(), passes, pieces: Vec::new(), gradients: Vec::new() })
    }

    /// Shares out how `chosen` exceeds `other` at `features` `[inputs]`, less by how much it does at the baseline: one weight for
    /// each feature and one for each scalar, which counts for both afterstates, to `weights` `[inputs + scalars]`. Halves pieces of
    /// the path until their errors are below `tolerance · max(|what is explained|, 1e-4)`, or `max_steps` (at least 1) gradients
    /// were taken.
    ///
    /// # Errors
    /// [`EngineError::Shape`]; [`EngineError::NonFinite`] for features and scalars, or where values or gradients overflow;
    /// [`EngineError::Head`] for a class that does not exist. `weights` are unspecified after an error.
    pub fn attribute(
        &mut self,
        features: &[f32],
        [chosen, other]: [Afterstate<'_>; 2],
        weights: &mut [f32],
        max_steps: usize,
        tolerance: f64,
    ) -> Result<Attribution, EngineError> {
        self.check(features, [("chosen", chosen), ("other", other)])?;
        expect("weights", self.width(), weights.len())?;
        let question = Question { features, pair: [chosen, other] };
        let max_steps = max_steps.max(1);
        self.passes.ask(&question);
        let mut steps = self.divide(&question, max_steps.min(FIRST_PIECES))?;
        let baseline = self.pieces[0].at_start;
        let explained = self.pieces[steps - 1].at_end - baseline;
        let allowed = tolerance * explained.abs().max(SMALLEST_DIFFERENCE);
        while self.pieces.iter().map(|piece| piece.error).sum::<f64>() > allowed {
            let taken = self.halve_worst(&question, (max_steps - steps).min(ROWS) / 2)?;
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

    fn check(&self, features: &[f32], pair: [(&'static str, Afterstate<'_>); 2]) -> Result<(), EngineError> {
        expect("features", self.inputs, features.len())?;
        check_finite("features", features)?;
        for (what, afterstate) in pair {
            let (limit, actual) = (self.passes.classes(), afterstate.class);
            if actual >= limit {
                return Err(EngineError::Head { what: what.into(), limit, actual });
            }
        }
        for (what, (_, afterstate)) in ["chosenScalars", "otherScalars"].into_iter().zip(pair) {
            expect(what, self.scalars, afterstate.scalars.len())?;
            check_finite(what, afterstate.scalars)?;
        }
        Ok(())
    }

    /// Of a gradient.
    fn width(&self) -> usize {
        self.inputs + self.scalars
    }

    /// Starts with equal pieces, and takes their gradients. Returns how many.
    fn divide(&mut self, question: &Question<'_>, count: usize) -> Result<usize, EngineError> {
        let ends: [f64; ROWS] = std::array::from_fn(|index| index.min(count) as f64 / count as f64);
        let at_ends = self.passes.differences(question, &ends)?;
        self.pieces.clear();
        self.pieces.extend((0..count).map(|index| Piece {
            row: index,
            ..Piece::new(ends[index], ends[index + 1] - ends[index], [at_ends[index], at_ends[index + 1]])
        }));
        self.take_gradients(question, 0)?;
        Ok(count)
    }

    /// Halves up to `most` pieces, the worst first; returns how many gradients that took.
    fn halve_worst(&mut self, question: &Question<'_>, most: usize) -> Result<usize, EngineError> {
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
        self.take_gradients(question, first)?;
        Ok(2 * most)
    }

    /// Takes the gradients in the middle of the pieces from `first` on, at most sixteen, and their errors.
    fn take_gradients(&mut self, question: &Question<'_>, first: usize) -> Result<(), EngineError> {
        let middle = |piece: &Piece| piece.start + piece.width / 2.0;
        let points: [f64; ROWS] = std::array::from_fn(|index| self.pieces.get(first + index).map_or(0.0, middle));
        let at_points = self.passes.differences(question, &points)?;
        self.passes.slopes(question)?;
        let width = self.width();
        let needed = self.pieces.len() * width;
        if self.gradients.len() < needed {
            self.gradients.resize(needed, 0.0);
        }
        for (index, piece) in self.pieces[first..].iter_mut().enumerate() {
            let gradient = &mut self.gradients[piece.row * width..][..width];
            self.passes.gradient(index, question, gradient);
            let (by_features, by_scalars) = gradient.split_at(self.inputs);
            let products =
                by_features.iter().zip(question.features).map(|(slope, feature)| f64::from(*slope) * f64::from(*feature));
            let slope = products.chain(by_scalars.iter().map(|share| f64::from(*share))).fold(0.0, |sum, product| sum + product);
            piece.at_middle = at_points[index];
            let error = (piece.at_end - piece.at_start - piece.width * slope).abs();
            let rounding = 8.0 * f64::from(f32::EPSILON) * piece.at_start.abs().max(piece.at_end.abs());
            piece.error = if error > rounding { error } else { 0.0 };
        }
        Ok(())
    }

    /// weight = feature · Σ width · gradient; of scalars the gradient already holds the factor.
    fn sum(&self, features: &[f32], weights: &mut [f32]) {
        let factors = features.iter().map(|feature| f64::from(*feature)).chain(std::iter::repeat(1.0));
        for (unit, (weight, factor)) in weights.iter_mut().zip(factors).enumerate() {
            let gradient = |piece: &Piece| f64::from(self.gradients[piece.row * (self.inputs + self.scalars) + unit]);
            let slope: f64 = self.pieces.iter().map(|piece| piece.width * gradient(piece)).sum();
            *weight = (slope * factor) as f32;
        }
    }
}

#[cfg(test)]
mod tests;

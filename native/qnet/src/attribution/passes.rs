//! The network on sixteen points of a path at once: differences between two afterstates, and their slopes.

use super::{Afterstate, Question};
use crate::backprop::{Backprop, Panels};
use crate::fold::Folded;
use crate::forward::check_finite;
use crate::kernel::Lines;
use crate::{EngineError, NetSpec};

/// Points evaluated together: one panel.
pub(super) const ROWS: usize = 16;

/// Forward and backward on memory that is set aside once. The backward pass is at the points of the last forward pass.
#[derive(Debug, Clone)]
pub(super) struct Passes {
    inputs: usize,
    /// Width of a row of the last matrix, and where its part for the account begins.
    width: usize,
    hidden: usize,
    net: Folded,
    backprop: Backprop,
    points: Vec<f32>,
    out: Vec<f32>,
    /// By the rows of the last matrix.
    slope: Vec<f32>,
    ones: Panels,
    by_features: Panels,
    account: Account,
}

/// What the account part needs beside its weights.
#[derive(Debug, Clone)]
struct Account {
    /// Scalars at one point, or the slopes by them.
    scalars: Vec<f32>,
    /// Hidden layers and their slopes of both afterstates at each point, `[points, 2, room]`.
    hidden: Lines,
    slopes: Lines,
}

impl Passes {
    pub(super) fn new(spec: &NetSpec, weights: &[f32]) -> Result<Self, EngineError> {
        let means = spec.heads.iter().map(|head| head.size).sum();
        let net = Folded::new(spec, weights, means)?;
        let (inputs, width) = (spec.inputs, means + spec.hidden_range().len());
        let room = net.account.as_ref().map_or(0, |account| 2 * ROWS * account.room());
        let account = Account { scalars: vec![0.0; spec.scalars()], hidden: Lines::zeroed(room), slopes: Lines::zeroed(room) };
        let mut ones = Panels::zeroed(inputs, ROWS);
        ones.load(&vec![1.0; ROWS * inputs])?;
        Ok(Self {
            inputs,
            width,
            hidden: means,
            backprop: Backprop::of_layers(net.layers.clone(), net.weights.len(), ROWS),
            net,
            points: vec![0.0; ROWS * inputs],
            out: vec![0.0; ROWS * width],
            slope: vec![0.0; ROWS * width],
            ones,
            by_features: Panels::zeroed(inputs, ROWS),
            account,
        })
    }

    pub(super) fn classes(&self) -> usize {
        self.net.classes.len()
    }

    /// Prepares the slopes by the values of the classes, which are the same at all points.
    pub(super) fn ask(&mut self, question: &Question<'_>) {
        self.slope.fill(0.0);
        for row in self.slope.chunks_exact_mut(self.width) {
            for (sign, afterstate) in [1.0, -1.0].into_iter().zip(question.pair) {
                row[self.net.classes[afterstate.class]] += sign;
            }
        }
    }

    /// By how much the first afterstate exceeds the second at these shares of features and scalars.
    pub(super) fn differences(&mut self, question: &Question<'_>, shares: &[f64; ROWS]) -> Result<[f64; ROWS], EngineError> {
        for (row, share) in self.points.chunks_exact_mut(self.inputs).zip(shares) {
            scale(question.features, *share, row);
        }
        self.backprop.forward_keeping(&self.net.weights, &self.points, &mut self.out)?;
        check_finite("outputs", &self.out)?;
        let mut values = [[0.0; 2]; ROWS];
        for (index, values) in values.iter_mut().enumerate() {
            for (which, (value, afterstate)) in values.iter_mut().zip(question.pair).enumerate() {
                *value = self.value(index, which, afterstate, shares[index]);
            }
        }
        check_finite("outputs", values.as_flattened())?;
        Ok(values.map(|[chosen, other]| f64::from(chosen) - f64::from(other)))
    }

    /// The value of an afterstate at one point, as `FusedNet` computes it; keeps its hidden layer.
    fn value(&mut self, index: usize, which: usize, afterstate: Afterstate<'_>, share: f64) -> f32 {
        let row = &self.out[index * self.width..][..self.width];
        let mut value = row[self.net.classes[afterstate.class]];
        if let Some(part) = &self.net.account {
            let hidden = &mut self.account.hidden.floats_mut()[(2 * index + which) * part.room()..][..part.room()];
            scale(afterstate.scalars, share, &mut self.account.scalars);
            part.forward(&row[self.hidden..], &self.account.scalars, hidden);
            part.add_values(afterstate.class..afterstate.class + 1, hidden, std::slice::from_mut(&mut value));
        }
        value
    }

    /// Takes the slopes at all points of the last [`Passes::differences`].
    pub(super) fn slopes(&mut self, question: &Question<'_>) -> Result<(), EngineError> {
        if let Some(part) = &self.net.account {
            let room = part.room();
            let pairs = self.account.slopes.floats_mut().chunks_exact_mut(2 * room);
            let kept = self.account.hidden.floats().chunks_exact(2 * room);
            for ((row, slopes), hidden) in self.slope.chunks_exact_mut(self.width).zip(pairs).zip(kept) {
                let ([chosen, other], [slope, slope_of_other]) = (question.pair, split(slopes, room));
                part.slope(chosen.class, &hidden[..room], 1.0, slope);
                part.slope(other.class, &hidden[room..], -1.0, slope_of_other);
                for (by_unit, (a, b)) in row[self.hidden..].iter_mut().zip(slope.iter().zip(slope_of_other)) {
                    *by_unit = *a + *b;
                }
            }
        }
        self.backprop.backward_to_inputs(&self.net.weights, &self.slope, &self.ones, &mut self.by_features)
    }

    /// The gradient at one point: by the features, then by each scalar times that scalar, of both afterstates together.
    pub(super) fn gradient(&mut self, index: usize, question: &Question<'_>, gradient: &mut [f32]) {
        let (by_features, by_scalars) = gradient.split_at_mut(self.inputs);
        for (unit, slope) in by_features.iter_mut().enumerate() {
            *slope = self.by_features.at(unit, index);
        }
        if let Some(part) = &self.net.account {
            let slopes = &self.account.slopes.floats()[2 * index * part.room()..][..2 * part.room()];
            let (slope, slope_of_other) = slopes.split_at(part.room());
            let [chosen, other] = question.pair;
            part.slopes_by_scalars(slope, by_scalars);
            part.slopes_by_scalars(slope_of_other, &mut self.account.scalars);
            let of_other = other.scalars.iter().zip(&self.account.scalars).map(|(scalar, slope)| scalar * slope);
            for ((share, scalar), of_other) in by_scalars.iter_mut().zip(chosen.scalars).zip(of_other) {
                *share = scalar * *share + of_other;
            }
        }
    }
}

fn split(slopes: &mut [f32], room: usize) -> [&mut [f32]; 2] {
    let (first, second) = slopes.split_at_mut(room);
    [first, second]
}

fn scale(values: &[f32], share: f64, scaled: &mut [f32]) {
    for (scaled, &value) in scaled.iter_mut().zip(values) {
        *scaled = (share * f64::from(value)) as f32;
    }
}

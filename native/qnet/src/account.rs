//! The account part: what the scalars of an account add to the value of its position class,
//! `g = D · max(A · h + c + B · s, 0)`, one afterstate at a time.
//!
//! A raw output row already holds `A · h + c`: the part of the hidden layer that all afterstates of one row share.

use std::ops::Range;

use crate::backprop::expect;
use crate::kernel::{LANE, Lines, Simd};
use crate::{EngineError, Head, NetSpec};

/// The account part's own weights, arranged for the processor.
#[derive(Debug, Clone)]
pub struct AccountPart {
    sizes: Sizes,
    weights: Arranged,
    simd: Simd,
}

/// Slopes by the account part's own weights, summed over afterstates.
#[derive(Debug, Clone)]
pub struct AccountGradient {
    sizes: Sizes,
    slopes: Arranged,
    /// By the hidden layer of the afterstate at hand.
    hidden: Lines,
}

/// An afterstate, as [`AccountPart::backward`] needs it.
#[derive(Debug, Clone)]
pub struct AccountPoint<'a> {
    /// Where the quantiles of its class lie in a row of values; see [`crate::ValueMap::quantiles`].
    pub values: Range<usize>,
    /// `[scalars]`.
    pub scalars: &'a [f32],
    /// What [`AccountPart::forward`] left, `[room]`.
    pub hidden: &'a [f32],
}

#[derive(Debug, Clone, Copy)]
struct Sizes {
    scalars: usize,
    hidden: usize,
    /// `hidden` in whole lanes.
    room: usize,
    values: usize,
}

/// Weights of the scalars in columns, `[scalars, room]`, and of the values in rows, `[values, room]`; zero beyond `hidden`.
#[derive(Debug, Clone)]
struct Arranged {
    columns: Lines,
    rows: Lines,
}

impl Sizes {
    fn of(spec: &NetSpec, values: usize) -> Option<Self> {
        let account = spec.account?;
        let room = account.hidden.next_multiple_of(LANE);
        Some(Self { scalars: account.scalars, hidden: account.hidden, room, values })
    }

    fn arranged(&self) -> Arranged {
        Arranged { columns: Lines::zeroed(self.scalars * self.room), rows: Lines::zeroed(self.values * self.room) }
    }

    fn tail(&self) -> usize {
        self.hidden * (self.scalars + self.values)
    }
}

impl AccountPart {
    /// The account part of a network, all weights zero; none if it has none.
    ///
    /// # Errors
    /// [`EngineError::Spec`].
    pub fn new(spec: &NetSpec) -> Result<Option<Self>, EngineError> {
        spec.validate()?;
        Ok(Self::giving(spec, spec.value_heads().map(Head::values).sum()))
    }

    /// As [`AccountPart::new`] for so many values.
    pub(crate) fn giving(spec: &NetSpec, values: usize) -> Option<Self> {
        let sizes = Sizes::of(spec, values)?;
        Some(Self { sizes, weights: sizes.arranged(), simd: Simd::detect() })
    }

    pub(crate) fn run_on(&mut self, simd: Simd) {
        self.simd = simd;
    }

    /// Takes weights over: the tail of the flat array, see [`crate::Layout::tail`].
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn load(&mut self, tail: &[f32]) -> Result<(), EngineError> {
        expect("account weights", self.sizes.tail(), tail.len())?;
        let Sizes { scalars, hidden, room, .. } = self.sizes;
        let (by_scalars, by_values) = tail.split_at(hidden * scalars);
        let columns = self.weights.columns.floats_mut();
        for (unit, row) in by_scalars.chunks_exact(scalars).enumerate() {
            for (scalar, &weight) in row.iter().enumerate() {
                columns[scalar * room + unit] = weight;
            }
        }
        let rows = self.weights.rows.floats_mut().chunks_exact_mut(room);
        rows.zip(by_values.chunks_exact(hidden)).for_each(|(to, from)| to[..hidden].copy_from_slice(from));
        Ok(())
    }

    /// Number of scalars.
    pub fn scalars(&self) -> usize {
        self.sizes.scalars
    }

    /// Floats that the hidden layer of one afterstate takes: its width in whole lanes.
    pub fn room(&self) -> usize {
        self.sizes.room
    }

    /// Overwrites `hidden` `[room]` with the hidden layer of one afterstate, from its part of a raw row (see
    /// [`NetSpec::hidden_range`]) and its scalars `[scalars]`.
    ///
    /// # Panics
    /// If a length differs.
    pub fn forward(&self, pre: &[f32], scalars: &[f32], hidden: &mut [f32]) {
        let Sizes { room, scalars: count, hidden: width, .. } = self.sizes;
        assert_eq!((pre.len(), scalars.len(), hidden.len()), (width, count, room), "pre, scalars and hidden of the account part");
        self.simd.account_hidden(pre, self.columns(), scalars, hidden);
    }

    /// Adds to the quantiles of a class what the scalars add to them.
    pub fn add_values(&self, at: Range<usize>, hidden: &[f32], quantiles: &mut [f32]) {
        self.simd.account_values(self.rows(at), hidden, quantiles);
    }

    /// Adds to the value of each afterstate, of one row and of these classes, what its scalars add to it. `kept` `[room]` is
    /// overwritten. For parts whose values are classes.
    pub fn evaluate(&self, pre: &[f32], (classes, scalars): (&[u8], &[f32]), kept: &mut [f32], out: &mut [f32]) {
        let weights = (self.columns(), self.rows(0..self.sizes.values));
        self.simd.account_evaluate(weights, pre, (classes, scalars), kept, out);
    }

    /// From the slopes by an afterstate's quantiles: adds to `by_pre` the slopes by its part of the raw row, and to `gradient` those
    /// by the account part's weights.
    pub fn backward(&self, point: &AccountPoint<'_>, by_quantiles: &[f32], by_pre: &mut [f32], gradient: &mut AccountGradient) {
        let AccountPoint { values, scalars, hidden } = point;
        let AccountGradient { slopes, hidden: slope, .. } = gradient;
        let room = self.sizes.room;
        let slope = &mut slope.floats_mut()[..room];
        let by_rows = &mut slopes.rows.floats_mut()[values.start * room..values.end * room];
        let slopes = (slopes.columns.floats_mut(), by_rows);
        self.simd.account_backward(self.rows(values.clone()), (hidden, scalars), by_quantiles, slope, slopes);
        by_pre.iter_mut().zip(&*slope).for_each(|(pre, slope)| *pre += slope);
    }

    /// Overwrites `slope` `[room]` with the slope of `factor` times one value by the hidden layer before its `ReLU`.
    pub(crate) fn slope(&self, value: usize, hidden: &[f32], factor: f32, slope: &mut [f32]) {
        self.simd.account_slope(self.rows(value..value + 1), hidden, &[factor], slope);
    }

    /// Overwrites `by_scalars` `[scalars]` with the slopes by them, given that by the hidden layer before its `ReLU`.
    pub(crate) fn slopes_by_scalars(&self, slope: &[f32], by_scalars: &mut [f32]) {
        by_scalars.fill(0.0);
        self.simd.account_values(self.columns(), slope, by_scalars);
    }

    fn columns(&self) -> &[f32] {
        &self.weights.columns.floats()[..self.sizes.scalars * self.sizes.room]
    }

    fn rows(&self, at: Range<usize>) -> &[f32] {
        &self.weights.rows.floats()[at.start * self.sizes.room..at.end * self.sizes.room]
    }
}

impl AccountGradient {
    /// No slopes yet.
    pub fn new(part: &AccountPart) -> Self {
        let sizes = part.sizes;
        Self { sizes, slopes: sizes.arranged(), hidden: Lines::zeroed(sizes.room) }
    }

    /// Forgets all slopes.
    pub fn clear(&mut self) {
        self.slopes.columns.floats_mut().fill(0.0);
        self.slopes.rows.floats_mut().fill(0.0);
    }

    /// Overwrites the tail of a flat gradient; see [`crate::Layout::tail`].
    ///
    /// # Errors
    /// [`EngineError::Shape`].
    pub fn store(&self, tail: &mut [f32]) -> Result<(), EngineError> {
        expect("account gradient", self.sizes.tail(), tail.len())?;
        let Sizes { scalars, hidden, room, .. } = self.sizes;
        let (by_scalars, by_values) = tail.split_at_mut(hidden * scalars);
        let columns = self.slopes.columns.floats();
        for (unit, row) in by_scalars.chunks_exact_mut(scalars).enumerate() {
            for (scalar, slope) in row.iter_mut().enumerate() {
                *slope = columns[scalar * room + unit];
            }
        }
        let rows = self.slopes.rows.floats().chunks_exact(room);
        by_values.chunks_exact_mut(hidden).zip(rows).for_each(|(to, from)| to.copy_from_slice(&from[..hidden]));
        Ok(())
    }
}

#[cfg(test)]
mod tests;

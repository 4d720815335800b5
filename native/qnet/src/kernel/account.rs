//! The account part's passes for one afterstate, in lanes of eight. Nothing is fused, so all instructions give the same bits.

use super::lane::{Eight, Lane};

/// Floats in one lane.
pub(crate) const LANE: usize = 8;

/// `hidden = max(pre + Σ columns[j] · scalars[j], 0)`; beyond `pre`, where the columns are zero, 0. `columns` are as long as
/// `hidden`, which is whole lanes. NaN stays NaN.
#[inline(always)]
pub(super) fn hidden<L: Lane>(pre: &[f32], columns: &[f32], scalars: &[f32], hidden: &mut [f32]) {
    let room = hidden.len();
    for at in (0..room).step_by(LANE) {
        let sum = add_scaled::<L::Eight>(load_padded(pre, at), columns, [room, at], scalars);
        store(sum.relu(), hidden, at);
    }
}

/// `values += rows · hidden`; each row is as long as `hidden`.
#[inline(always)]
pub(super) fn add_values<L: Lane>(rows: &[f32], hidden: &[f32], values: &mut [f32]) {
    for (value, row) in values.iter_mut().zip((0..).step_by(hidden.len())) {
        let mut sums = L::Eight::splat(0.0);
        for at in (0..hidden.len()).step_by(LANE) {
            sums = sums.add_rounded(load(rows, row + at), load(hidden, at));
        }
        *value += sums.sum();
    }
}

/// Adds to the value of each afterstate what its scalars add to it. Each column and row is as long as `padded`, which is whole lanes
/// and overwritten.
#[inline(always)]
pub(super) fn evaluate<L: Lane>(
    (columns, rows): (&[f32], &[f32]),
    pre: &[f32],
    (classes, scalars): (&[u8], &[f32]),
    padded: &mut [f32],
    out: &mut [f32],
) {
    let room = padded.len();
    for at in (0..room).step_by(LANE) {
        store::<L::Eight>(load_padded(pre, at), padded, at);
    }
    let count = columns.len() / room;
    for (index, (value, &class)) in out.iter_mut().zip(classes).enumerate() {
        let (scalars, row) = (&scalars[index * count..][..count], usize::from(class) * room);
        let mut sums = L::Eight::splat(0.0);
        for at in (0..room).step_by(LANE) {
            let hidden = add_scaled::<L::Eight>(load(padded, at), columns, [room, at], scalars).relu();
            sums = sums.add_rounded(load(rows, row + at), hidden);
        }
        *value += sums.sum();
    }
}

/// `slope`, by the hidden layer before its `ReLU`, of the values whose slopes are given.
#[inline(always)]
pub(super) fn hidden_slope<L: Lane>(rows: &[f32], hidden: &[f32], by_values: &[f32], slope: &mut [f32]) {
    let room = hidden.len();
    for at in (0..room).step_by(LANE) {
        let sum = add_scaled::<L::Eight>(L::Eight::splat(0.0), rows, [room, at], by_values);
        store(sum.where_positive(load(hidden, at)), slope, at);
    }
}

/// As [`hidden_slope`], and adds the slopes by the columns and by these rows to `by_columns` and `by_rows`.
#[inline(always)]
pub(super) fn backward<L: Lane>(
    rows: &[f32],
    (hidden, scalars): (&[f32], &[f32]),
    by_values: &[f32],
    slope: &mut [f32],
    (by_columns, by_rows): (&mut [f32], &mut [f32]),
) {
    hidden_slope::<L>(rows, hidden, by_values, slope);
    let room = hidden.len();
    for at in (0..room).step_by(LANE) {
        add_outer::<L::Eight>(by_columns, [room, at], load(slope, at), scalars);
        add_outer::<L::Eight>(by_rows, [room, at], load(hidden, at), by_values);
    }
}

/// `rows[r * across + at ..] += lane · factors[r]`.
#[inline(always)]
fn add_outer<E: Eight>(rows: &mut [f32], [across, at]: [usize; 2], lane: E, factors: &[f32]) {
    for (&factor, row) in factors.iter().zip((at..).step_by(across)) {
        store(load::<E>(rows, row).add_rounded(lane, E::splat(factor)), rows, row);
    }
}

/// `sum + Σ_r rows[r * across + at ..] · factors[r]`.
#[inline(always)]
fn add_scaled<E: Eight>(mut sum: E, rows: &[f32], [across, at]: [usize; 2], factors: &[f32]) -> E {
    for (&factor, row) in factors.iter().zip((at..).step_by(across)) {
        sum = sum.add_rounded(load(rows, row), E::splat(factor));
    }
    sum
}

#[inline(always)]
fn load<E: Eight>(from: &[f32], at: usize) -> E {
    let lane = &from[at..at + LANE];
    // SAFETY: the slice holds eight floats.
    unsafe { E::load(lane.as_ptr()) }
}

/// Zeros beyond the end.
#[inline(always)]
fn load_padded<E: Eight>(from: &[f32], at: usize) -> E {
    if let Some(lane) = from.get(at..at + LANE) {
        return load(lane, 0);
    }
    let mut lane = [0.0; LANE];
    for (to, from) in lane.iter_mut().zip(&from[at..]) {
        *to = *from;
    }
    load(&lane, 0)
}

#[inline(always)]
fn store<E: Eight>(lane: E, to: &mut [f32], at: usize) {
    let place = &mut to[at..at + LANE];
    // SAFETY: the slice holds eight floats.
    unsafe { lane.store(place.as_mut_ptr()) };
}

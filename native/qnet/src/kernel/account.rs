//! The account part's passes for one afterstate, on arrays in whole lanes of eight that the compiler vectorises. Nothing is fused,
//! so every instruction set gives the same bits.

/// Floats in one lane.
pub(crate) const LANE: usize = 8;

/// `hidden = max(pre + Σ columns[j] · scalars[j], 0)`; beyond `pre`, where the columns are zero, 0. `columns` are as long as
/// `hidden`. NaN stays NaN.
#[inline(always)]
pub(super) fn hidden(pre: &[f32], columns: &[f32], scalars: &[f32], hidden: &mut [f32]) {
    let (known, rest) = hidden.split_at_mut(pre.len());
    known.copy_from_slice(pre);
    rest.fill(0.0);
    for (column, &scalar) in columns.chunks_exact(hidden.len()).zip(scalars) {
        add_scaled(hidden, column, scalar);
    }
    for lane in hidden.as_chunks_mut::<LANE>().0 {
        for value in lane {
            *value = if *value <= 0.0 { 0.0 } else { *value };
        }
    }
}

/// `values += rows · hidden`; each row is as long as `hidden`.
#[inline(always)]
pub(super) fn add_values(rows: &[f32], hidden: &[f32], values: &mut [f32]) {
    for (row, value) in rows.chunks_exact(hidden.len()).zip(values) {
        *value += dot(row, hidden);
    }
}

/// Adds to the value of each afterstate what its scalars add to it. Each column and row is as long as `kept`, which takes hidden
/// layers; there is at least one scalar.
#[inline(always)]
pub(super) fn evaluate(
    (columns, rows): (&[f32], &[f32]),
    pre: &[f32],
    (classes, scalars): (&[u8], &[f32]),
    kept: &mut [f32],
    out: &mut [f32],
) {
    let count = columns.len() / kept.len();
    for ((&class, scalars), value) in classes.iter().zip(scalars.chunks_exact(count)).zip(out) {
        hidden(pre, columns, scalars, kept);
        *value += dot(&rows[usize::from(class) * kept.len()..][..kept.len()], kept);
    }
}

/// `slope`, by the hidden layer before its `ReLU`, of the values whose slopes are given.
#[inline(always)]
pub(super) fn hidden_slope(rows: &[f32], hidden: &[f32], by_values: &[f32], slope: &mut [f32]) {
    slope.fill(0.0);
    for (row, &by_value) in rows.chunks_exact(hidden.len()).zip(by_values) {
        add_scaled(slope, row, by_value);
    }
    for (slope, hidden) in slope.as_chunks_mut::<LANE>().0.iter_mut().zip(hidden.as_chunks::<LANE>().0) {
        for (slope, &hidden) in slope.iter_mut().zip(hidden) {
            *slope = if hidden > 0.0 { *slope } else { 0.0 };
        }
    }
}

/// `rows[r] += line · factors[r]`; each row is as long as `line`.
#[inline(always)]
pub(super) fn add_outer(rows: &mut [f32], line: &[f32], factors: &[f32]) {
    for (row, &factor) in rows.chunks_exact_mut(line.len()).zip(factors) {
        add_scaled(row, line, factor);
    }
}

#[inline(always)]
fn add_scaled(to: &mut [f32], from: &[f32], factor: f32) {
    for (to, from) in to.as_chunks_mut::<LANE>().0.iter_mut().zip(from.as_chunks::<LANE>().0) {
        for (to, &from) in to.iter_mut().zip(from) {
            *to += factor * from;
        }
    }
}

#[inline(always)]
fn dot(a: &[f32], b: &[f32]) -> f32 {
    let mut sums = [0.0; LANE];
    for (a, b) in a.as_chunks::<LANE>().0.iter().zip(b.as_chunks::<LANE>().0) {
        for ((sum, &a), &b) in sums.iter_mut().zip(a).zip(b) {
            *sum += a * b;
        }
    }
    sums.iter().sum()
}

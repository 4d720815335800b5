//! Passes over flat arrays that the compiler vectorises.

/// Adam's constants for one step.
#[derive(Debug, Clone, Copy)]
pub struct AdamStep {
    /// Factor on the gradient.
    pub scale: f32,
    /// Share of the new gradient in its running mean: 1 − β₁.
    pub mean: f32,
    /// Share of the new squared gradient in its running mean: 1 − β₂.
    pub square: f32,
    /// Factor on √v in the divisor.
    pub root: f32,
    /// Addend in the divisor.
    pub guard: f32,
}

/// Sums in flight, so that they do not wait for each other; the order of summing never changes.
const LANES: usize = 16;

#[inline(always)]
pub(super) fn sum_of_squares(values: &[f32]) -> f64 {
    let (lines, rest) = values.as_chunks::<LANES>();
    let mut sums = [0.0_f64; LANES];
    for line in lines {
        for (sum, &value) in sums.iter_mut().zip(line) {
            let value = f64::from(value);
            *sum += value * value;
        }
    }
    sums.iter().sum::<f64>() + rest.iter().map(|&value| f64::from(value) * f64::from(value)).sum::<f64>()
}

#[inline(always)]
pub(super) fn adam(step: AdamStep, weights: &mut [f32], gradient: &[f32], means: &mut [f32], squares: &mut [f32]) {
    for (((weight, &slope), mean), square) in weights.iter_mut().zip(gradient).zip(means).zip(squares) {
        let slope = slope * step.scale;
        *mean += step.mean * (slope - *mean);
        *square += step.square * (slope * slope - *square);
        *weight -= *mean / (square.sqrt() * step.root + step.guard);
    }
}

#[inline(always)]
pub(super) fn follow(target: &mut [f32], weights: &[f32], share: f32) {
    for (target, &weight) in target.iter_mut().zip(weights) {
        *target += share * (weight - *target);
    }
}

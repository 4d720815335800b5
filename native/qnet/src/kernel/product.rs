//! The two products, generic over the lane: a row against all panels, and a block of rows against one panel.

use super::lane::Lane;
use super::packed::{LANES, PackedLayer};

/// Panels of one row computed together: eight registers hide the latency of the multiply-add.
const GROUP: usize = 4;
/// Rows computed together: twelve of sixteen registers hold sums.
const TILE: usize = 6;

/// One row. Inputs that are zero (half of what a `ReLU` gives) are left out by the caller: their weights are never read.
#[inline(always)]
pub(super) fn one_row<L: Lane>(layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool) {
    let mut panel = 0;
    while panel < layer.panels() {
        match layer.panels() - panel {
            1 => panel += row_group::<L, 1>(layer, panel, nonzero, out, relu),
            2 => panel += row_group::<L, 2>(layer, panel, nonzero, out, relu),
            3 => panel += row_group::<L, 3>(layer, panel, nonzero, out, relu),
            _ => panel += row_group::<L, GROUP>(layer, panel, nonzero, out, relu),
        }
    }
}

#[inline(always)]
fn row_group<L: Lane, const G: usize>(
    layer: &PackedLayer,
    panel: usize,
    (positions, values): (&[u32], &[f32]),
    out: &mut [f32],
    relu: bool,
) -> usize {
    let stride = layer.inputs() * LANES;
    let weights = &layer.weights()[panel * stride..][..G * stride];
    let bias = &layer.bias()[panel * LANES..][..G * LANES];
    let out = &mut out[panel * LANES..][..G * LANES];
    let inputs = layer.inputs();
    // SAFETY: panel g of this group spans `weights[g * stride..][..stride]`; a position is below `inputs`, because the callers make
    // positions by counting the inputs of this layer, so the sixteen floats at `position * LANES` lie inside the panel.
    // `bias` and `out` hold G * 16 floats.
    unsafe {
        let mut sums = [[L::splat(0.0); 2]; G];
        for (g, sum) in sums.iter_mut().enumerate() {
            sum[0] = L::load(bias.as_ptr().add(g * LANES));
            sum[1] = L::load(bias.as_ptr().add(g * LANES + LANES / 2));
        }
        for (&position, &value) in positions.iter().zip(values) {
            debug_assert!((position as usize) < inputs);
            let line = weights.as_ptr().add(position as usize * LANES);
            let value = L::splat(value);
            for (g, sum) in sums.iter_mut().enumerate() {
                sum[0] = sum[0].add_product(value, L::load(line.add(g * stride)));
                sum[1] = sum[1].add_product(value, L::load(line.add(g * stride + LANES / 2)));
            }
        }
        for (g, sum) in sums.into_iter().enumerate() {
            let [low, high] = if relu { [sum[0].relu(), sum[1].relu()] } else { sum };
            low.store(out.as_mut_ptr().add(g * LANES));
            high.store(out.as_mut_ptr().add(g * LANES + LANES / 2));
        }
    }
    G
}

/// Many rows: each panel (it fits the first-level cache) meets all rows, six at a time.
#[inline(always)]
pub(super) fn many_rows<L: Lane>(layer: &PackedLayer, x: &[f32], stride: usize, rows: usize, out: &mut [f32], relu: bool) {
    for panel in 0..layer.panels() {
        let mut row = 0;
        while row < rows {
            match rows - row {
                1 => row += tile::<L, 1>(layer, panel, x, stride, row, out, relu),
                2 => row += tile::<L, 2>(layer, panel, x, stride, row, out, relu),
                3 => row += tile::<L, 3>(layer, panel, x, stride, row, out, relu),
                4 => row += tile::<L, 4>(layer, panel, x, stride, row, out, relu),
                5 => row += tile::<L, 5>(layer, panel, x, stride, row, out, relu),
                _ => row += tile::<L, TILE>(layer, panel, x, stride, row, out, relu),
            }
        }
    }
}

#[inline(always)]
fn tile<L: Lane, const M: usize>(
    layer: &PackedLayer,
    panel: usize,
    x: &[f32],
    stride: usize,
    row: usize,
    out: &mut [f32],
    relu: bool,
) -> usize {
    let inputs = layer.inputs();
    let padded = layer.padded();
    let weights = &layer.weights()[panel * inputs * LANES..][..inputs * LANES];
    let bias = &layer.bias()[panel * LANES..][..LANES];
    let x = &x[row * stride..][..(M - 1) * stride + inputs];
    let out = &mut out[row * padded + panel * LANES..][..(M - 1) * padded + LANES];
    // SAFETY: the slices above hold the panel's weights and bias, M rows of `inputs` floats that start `stride` apart,
    // and M rows of sixteen outputs that start `padded` apart; every access below stays inside these.
    unsafe {
        let mut sums = [[L::load(bias.as_ptr()), L::load(bias.as_ptr().add(LANES / 2))]; M];
        for k in 0..inputs {
            let low = L::load(weights.as_ptr().add(k * LANES));
            let high = L::load(weights.as_ptr().add(k * LANES + LANES / 2));
            for (m, sum) in sums.iter_mut().enumerate() {
                let value = L::splat(*x.as_ptr().add(m * stride + k));
                sum[0] = sum[0].add_product(value, low);
                sum[1] = sum[1].add_product(value, high);
            }
        }
        for (m, sum) in sums.into_iter().enumerate() {
            let [low, high] = if relu { [sum[0].relu(), sum[1].relu()] } else { sum };
            low.store(out.as_mut_ptr().add(m * padded));
            high.store(out.as_mut_ptr().add(m * padded + LANES / 2));
        }
    }
    M
}

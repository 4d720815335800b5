//! The two products of the forward pass, generic over the lane: a row against all panels, and all rows against some panels.

use super::lane::Lane;
use super::packed::{LANES, PackedLayer};
use super::tiles::{Tiles, accumulate, each_tile, gap, lanes_of, store};

/// Lanes of one row computed together: eight registers hide the latency of the multiply-add.
const GROUP: usize = 8;

/// Panels from which on a lane of sixteen is faster than two of eight.
const WIDE: usize = 4;

/// One row. Inputs that are zero (half of what a `ReLU` gives) are left out by the caller: their weights are never read.
#[inline(always)]
pub(super) fn one_row<L: Lane>(layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool) {
    if layer.panels() < WIDE {
        row_in_groups::<L::Eight>(layer, nonzero, out, relu);
    } else {
        row_in_groups::<L>(layer, nonzero, out, relu);
    }
}

#[inline(always)]
fn row_in_groups<L: Lane>(layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool) {
    let lanes = layer.padded() / L::WIDTH;
    let mut lane = 0;
    while lane < lanes {
        // Lanes of eight come in pairs.
        match lanes - lane {
            1 if L::WIDTH == LANES => lane += row_group::<L, 1>(layer, lane, nonzero, out, relu),
            2 => lane += row_group::<L, 2>(layer, lane, nonzero, out, relu),
            3 if L::WIDTH == LANES => lane += row_group::<L, 3>(layer, lane, nonzero, out, relu),
            4 => lane += row_group::<L, 4>(layer, lane, nonzero, out, relu),
            5 if L::WIDTH == LANES => lane += row_group::<L, 5>(layer, lane, nonzero, out, relu),
            6 => lane += row_group::<L, 6>(layer, lane, nonzero, out, relu),
            7 if L::WIDTH == LANES => lane += row_group::<L, 7>(layer, lane, nonzero, out, relu),
            _ => lane += row_group::<L, GROUP>(layer, lane, nonzero, out, relu),
        }
    }
}

#[inline(always)]
fn row_group<L: Lane, const G: usize>(
    layer: &PackedLayer,
    first: usize,
    (positions, values): (&[u32], &[f32]),
    out: &mut [f32],
    relu: bool,
) -> usize {
    let inputs = layer.inputs();
    let per_panel = LANES / L::WIDTH;
    let stride = inputs * LANES;
    let (start, panels) = (first / per_panel, G.div_ceil(per_panel));
    let weights = &layer.weights()[start * stride..][..panels * stride];
    let bias = &layer.bias()[first * L::WIDTH..][..G * L::WIDTH];
    let out = &mut out[first * L::WIDTH..][..G * L::WIDTH];
    // SAFETY: `first` is the first lane of a panel, so lane g lies `g % per_panel` lanes inside panel `g / per_panel` of this group,
    // which spans `stride` weights; a position is below `inputs`, because the callers make positions by counting the inputs of
    // this layer, so the line at `position * LANES` lies inside the panel. `bias` and `out` hold G lanes.
    unsafe {
        let mut sums = [L::splat(0.0); G];
        for (g, sum) in sums.iter_mut().enumerate() {
            *sum = L::load(bias.as_ptr().add(g * L::WIDTH));
        }
        for (&position, &value) in positions.iter().zip(values) {
            debug_assert!((position as usize) < inputs);
            let line = weights.as_ptr().add(position as usize * LANES);
            let value = L::splat(value);
            for (g, sum) in sums.iter_mut().enumerate() {
                *sum = sum.add_product(value, L::load(line.add(g / per_panel * stride + g % per_panel * L::WIDTH)));
            }
        }
        for (g, sum) in sums.into_iter().enumerate() {
            let sum = if relu { sum.relu() } else { sum };
            sum.store(out.as_mut_ptr().add(g * L::WIDTH));
        }
    }
    G
}

struct Rows<'a> {
    layer: &'a PackedLayer,
    /// Position of the first output.
    output: usize,
    x: &'a [f32],
    stride: usize,
    out: &'a mut [f32],
    relu: bool,
}

impl Tiles for Rows<'_> {
    #[inline(always)]
    fn tile<L: Lane, const M: usize, const H: usize>(&mut self, first: usize) {
        let (inputs, padded) = (self.layer.inputs(), self.layer.padded());
        let (outputs, gap) = (H * L::WIDTH, gap::<L>(inputs));
        let weights = &self.layer.weights()[self.output * inputs..][..outputs * inputs];
        let bias = &self.layer.bias()[self.output..][..outputs];
        let x = &self.x[first * self.stride..][..(M - 1) * self.stride + inputs];
        let out = &mut self.out[first * padded + self.output..][..(M - 1) * padded + outputs];
        // SAFETY: the slices above hold the weights and biases of H lanes, which are whole panels, M rows of `inputs` floats that
        // start `stride` apart, and M rows of H lanes of outputs that start `padded` apart.
        unsafe {
            let mut lanes = [L::splat(0.0); H];
            for (h, lane) in lanes.iter_mut().enumerate() {
                *lane = L::load(bias.as_ptr().add(h * L::WIDTH));
            }
            let sums = accumulate::<L, M, H>([lanes; M], (x.as_ptr(), [self.stride, 1]), (weights.as_ptr(), gap), inputs);
            store(sums, self.relu, out.as_mut_ptr(), padded, L::WIDTH);
        }
    }
}

/// Many rows: the panels of one or two lanes (they fit the first-level cache) meet all rows, some at a time.
#[inline(always)]
pub(super) fn many_rows<L: Lane>(layer: &PackedLayer, x: &[f32], stride: usize, rows: usize, out: &mut [f32], relu: bool) {
    let mut output = 0;
    while output < layer.padded() {
        let lanes = lanes_of::<L>((layer.padded() - output) / LANES);
        each_tile::<L>(rows, lanes, &mut Rows { layer, output, x, stride, out, relu });
        output += lanes * L::WIDTH;
    }
}

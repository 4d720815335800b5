//! The three products of training on sixteen rows at a time: outputs, slope by the inputs, slope by the weights.
//!
//! A panel holds sixteen rows: value (unit u, row r) lies at `u * 16 + r`, so that rows lie in the lanes and weights are read in
//! the order of the flat array, never rearranged.

use super::lane::Lane;
use super::packed::LANES;
use crate::Layer;

/// Units computed together: twelve of sixteen registers hold sums.
const TILE: usize = 6;
const HALF: usize = LANES / 2;

type Sums<L, const M: usize> = [[L; 2]; M];

/// A product made of tiles of up to [`TILE`] units.
trait Tiles {
    fn tile<L: Lane, const M: usize>(&mut self, first: usize);
}

#[inline(always)]
fn each_tile<L: Lane>(units: usize, job: &mut impl Tiles) {
    let mut first = 0;
    while first < units {
        // Eight left are four and four: two units alone could not hide the latency of the multiply-add.
        let size = match units - first {
            7 | 8 => 4,
            left => left.min(TILE),
        };
        match size {
            1 => job.tile::<L, 1>(first),
            2 => job.tile::<L, 2>(first),
            3 => job.tile::<L, 3>(first),
            4 => job.tile::<L, 4>(first),
            5 => job.tile::<L, 5>(first),
            _ => job.tile::<L, TILE>(first),
        }
        first += size;
    }
}

/// `sums[m] += Σ_k a[m * across + k * along] · b[k]`, where b\[k\] are sixteen floats.
///
/// # Safety
/// `a` must be readable at `m * across + k * along` for m < M and k < count, and `b` for `count * 16` floats.
#[inline(always)]
unsafe fn accumulate<L: Lane, const M: usize>(
    mut sums: Sums<L, M>,
    a: *const f32,
    [across, along]: [usize; 2],
    b: *const f32,
    count: usize,
) -> Sums<L, M> {
    for k in 0..count {
        // SAFETY: the caller's promise.
        unsafe {
            let low = L::load(b.add(k * LANES));
            let high = L::load(b.add(k * LANES + HALF));
            for (m, sum) in sums.iter_mut().enumerate() {
                let value = L::splat(*a.add(m * across + k * along));
                sum[0] = sum[0].add_product(value, low);
                sum[1] = sum[1].add_product(value, high);
            }
        }
    }
    sums
}

struct Outputs<'a> {
    layer: &'a Layer,
    weights: &'a [f32],
    bias: &'a [f32],
    x: &'a [f32],
    out: &'a mut [f32],
    relu: bool,
}

impl Tiles for Outputs<'_> {
    #[inline(always)]
    fn tile<L: Lane, const M: usize>(&mut self, first: usize) {
        let inputs = self.layer.inputs;
        let weights = &self.weights[first * inputs..][..M * inputs];
        let bias = &self.bias[first..][..M];
        let x = &self.x[..inputs * LANES];
        let out = &mut self.out[first * LANES..][..M * LANES];
        // SAFETY: the slices hold M rows of `inputs` weights, `inputs` lines of x and M lines of outputs.
        unsafe {
            let mut sums = [[L::splat(0.0); 2]; M];
            for (sum, &bias) in sums.iter_mut().zip(bias) {
                *sum = [L::splat(bias); 2];
            }
            let sums = accumulate::<L, M>(sums, weights.as_ptr(), [inputs, 1], x.as_ptr(), inputs);
            for (m, sum) in sums.into_iter().enumerate() {
                let [low, high] = if self.relu { [sum[0].relu(), sum[1].relu()] } else { sum };
                low.store(out.as_mut_ptr().add(m * LANES));
                high.store(out.as_mut_ptr().add(m * LANES + HALF));
            }
        }
    }
}

/// One panel through one layer, `[inputs, 16]` → `[outputs, 16]`.
#[inline(always)]
pub(super) fn outputs<L: Lane>(layer: &Layer, flat: &[f32], x: &[f32], out: &mut [f32], relu: bool) {
    let weights = &flat[layer.weight..][..layer.outputs * layer.inputs];
    let bias = &flat[layer.bias..][..layer.outputs];
    each_tile::<L>(layer.outputs, &mut Outputs { layer, weights, bias, x, out, relu });
}

struct InputSlopes<'a> {
    layer: &'a Layer,
    weights: &'a [f32],
    slopes: &'a [f32],
    x: &'a [f32],
    out: &'a mut [f32],
}

impl Tiles for InputSlopes<'_> {
    #[inline(always)]
    fn tile<L: Lane, const M: usize>(&mut self, first: usize) {
        let Layer { inputs, outputs, .. } = *self.layer;
        let weights = &self.weights[first..][..(outputs - 1) * inputs + M];
        let slopes = &self.slopes[..outputs * LANES];
        let x = &self.x[first * LANES..][..M * LANES];
        let out = &mut self.out[first * LANES..][..M * LANES];
        // SAFETY: the slices hold M adjacent columns of all rows of weights, `outputs` lines of slopes, M lines of x and out.
        unsafe {
            let sums = [[L::splat(0.0); 2]; M];
            let sums = accumulate::<L, M>(sums, weights.as_ptr(), [1, inputs], slopes.as_ptr(), outputs);
            for (m, sum) in sums.into_iter().enumerate() {
                for (half, sum) in sum.into_iter().enumerate() {
                    let at = m * LANES + half * HALF;
                    sum.where_positive(L::load(x.as_ptr().add(at))).store(out.as_mut_ptr().add(at));
                }
            }
        }
    }
}

/// Slopes by the inputs of a layer, `[outputs, 16]` → `[inputs, 16]`; zero where the input, which a `ReLU` gave, is not positive.
#[inline(always)]
pub(super) fn input_slopes<L: Lane>(layer: &Layer, flat: &[f32], slopes: &[f32], x: &[f32], out: &mut [f32]) {
    let weights = &flat[layer.weight..][..layer.outputs * layer.inputs];
    each_tile::<L>(layer.inputs, &mut InputSlopes { layer, weights, slopes, x, out });
}

struct WeightSlopes<'a> {
    layer: &'a Layer,
    /// `[panels, outputs, 16]`.
    slopes: &'a [f32],
    /// Sixteen inputs of all rows, `[panels * 16, 16]`.
    x: &'a [f32],
    /// `[outputs, inputs]`, from the first of the sixteen inputs on.
    gradient: &'a mut [f32],
    /// How many of the sixteen inputs exist.
    width: usize,
}

impl Tiles for WeightSlopes<'_> {
    #[inline(always)]
    fn tile<L: Lane, const M: usize>(&mut self, first: usize) {
        let Layer { inputs, outputs, .. } = *self.layer;
        let panels = self.slopes.len() / (outputs * LANES);
        let x = &self.x[..panels * LANES * LANES];
        let gradient = &mut self.gradient[first * inputs..][..(M - 1) * inputs + self.width];
        // SAFETY: each panel of slopes holds `outputs` lines, of which M from `first` on are read; x holds 16 lines a panel; the
        // whole line is written only where all of its sixteen inputs exist, so that row m ends at `m * inputs + 16`.
        unsafe {
            let mut sums = [[L::splat(0.0); 2]; M];
            for panel in 0..panels {
                let slopes = &self.slopes[(panel * outputs + first) * LANES..][..M * LANES];
                sums = accumulate::<L, M>(sums, slopes.as_ptr(), [LANES, 1], x.as_ptr().add(panel * LANES * LANES), LANES);
            }
            for (m, [low, high]) in sums.into_iter().enumerate() {
                if self.width == LANES {
                    low.store(gradient.as_mut_ptr().add(m * inputs));
                    high.store(gradient.as_mut_ptr().add(m * inputs + HALF));
                } else {
                    let mut line = [0.0; LANES];
                    low.store(line.as_mut_ptr());
                    high.store(line.as_mut_ptr().add(HALF));
                    gradient[m * inputs..][..self.width].copy_from_slice(&line[..self.width]);
                }
            }
        }
    }
}

/// Slopes by weights and bias, over all panels: `slopes [panels, outputs, 16]` and the layer's inputs with the inputs in the
/// lanes, `[inputs / 16, panels * 16, 16]`, overwrite the layer's part of the flat gradient.
#[inline(always)]
pub(super) fn weight_slopes<L: Lane>(layer: &Layer, slopes: &[f32], turned: &[f32], gradient: &mut [f32]) {
    let Layer { inputs, outputs, .. } = *layer;
    let block = slopes.len() / outputs * LANES;
    for (index, x) in turned.chunks_exact(block).enumerate().take(inputs.div_ceil(LANES)) {
        let width = LANES.min(inputs - index * LANES);
        let gradient = &mut gradient[layer.weight + index * LANES..layer.weight + outputs * inputs];
        each_tile::<L>(outputs, &mut WeightSlopes { layer, slopes, x, gradient, width });
    }
    for (output, sum) in gradient[layer.bias..][..outputs].iter_mut().enumerate() {
        let mut lanes = [0.0; LANES];
        for panel in slopes.chunks_exact(outputs * LANES) {
            for (lane, slope) in lanes.iter_mut().zip(&panel[output * LANES..][..LANES]) {
                *lane += slope;
            }
        }
        *sum = lanes.iter().sum();
    }
}

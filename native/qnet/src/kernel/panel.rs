//! The three products of training on panels of sixteen rows: outputs, slope by the inputs, slope by the weights.
//!
//! Value (unit u, row r) of a panel lies at `u * 16 + r`, so that rows lie in the lanes and weights are read in the order of the
//! flat array, never rearranged.

use super::lane::Lane;
use super::packed::LANES;
use super::tiles::{Tiles, accumulate, each_tile, gap, lanes_of, store};
use crate::Layer;

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
    fn tile<L: Lane, const M: usize, const H: usize>(&mut self, first: usize) {
        let Layer { inputs, outputs, .. } = *self.layer;
        let weights = &self.weights[first * inputs..][..M * inputs];
        let bias = &self.bias[first..][..M];
        let [from, to] = [inputs, outputs].map(gap::<L>);
        let x = &self.x[..(H - 1) * from + (inputs - 1) * LANES + L::WIDTH];
        let out = &mut self.out[first * LANES..][..(H - 1) * to + (M - 1) * LANES + L::WIDTH];
        // SAFETY: the slices hold M rows of `inputs` weights, and H lanes of each of `inputs` lines of x and M lines of outputs.
        unsafe {
            let mut sums = [[L::splat(0.0); H]; M];
            for (sum, &bias) in sums.iter_mut().zip(bias) {
                *sum = [L::splat(bias); H];
            }
            let sums = accumulate::<L, M, H>(sums, (weights.as_ptr(), [inputs, 1]), (x.as_ptr(), from), inputs);
            store(sums, self.relu, out.as_mut_ptr(), LANES, to);
        }
    }
}

/// So many panels through one layer, `[panels, inputs, 16]` → `[panels, outputs, 16]`.
#[inline(always)]
pub(super) fn outputs<L: Lane>(layer: &Layer, flat: &[f32], panels: usize, x: &[f32], out: &mut [f32], relu: bool) {
    let Layer { inputs, outputs, .. } = *layer;
    let weights = &flat[layer.weight..][..outputs * inputs];
    let bias = &flat[layer.bias..][..outputs];
    let mut panel = 0;
    while panel < panels {
        let lanes = lanes_of::<L>(panels - panel);
        let (x, out) = (&x[panel * inputs * LANES..], &mut out[panel * outputs * LANES..]);
        each_tile::<L>(outputs, lanes, &mut Outputs { layer, weights, bias, x, out, relu });
        panel += lanes * L::WIDTH / LANES;
    }
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
    fn tile<L: Lane, const M: usize, const H: usize>(&mut self, first: usize) {
        let Layer { inputs, outputs, .. } = *self.layer;
        let weights = &self.weights[first..][..(outputs - 1) * inputs + M];
        let [from, to] = [outputs, inputs].map(gap::<L>);
        let slopes = &self.slopes[..(H - 1) * from + (outputs - 1) * LANES + L::WIDTH];
        let lines = (H - 1) * to + (M - 1) * LANES + L::WIDTH;
        let (x, out) = (&self.x[first * LANES..][..lines], &mut self.out[first * LANES..][..lines]);
        // SAFETY: the slices hold M adjacent columns of all rows of weights, and H lanes of each of `outputs` lines of slopes and M
        // lines of x and out.
        unsafe {
            let sums = [[L::splat(0.0); H]; M];
            let mut sums = accumulate::<L, M, H>(sums, (weights.as_ptr(), [1, inputs]), (slopes.as_ptr(), from), outputs);
            for (m, sums) in sums.iter_mut().enumerate() {
                for (h, sum) in sums.iter_mut().enumerate() {
                    *sum = sum.where_positive(L::load(x.as_ptr().add(m * LANES + h * to)));
                }
            }
            store(sums, false, out.as_mut_ptr(), LANES, to);
        }
    }
}

/// Slopes by the inputs of a layer, `[panels, outputs, 16]` → `[panels, inputs, 16]`; zero where the input, which a `ReLU` gave, is
/// not positive.
#[inline(always)]
pub(super) fn input_slopes<L: Lane>(layer: &Layer, flat: &[f32], panels: usize, slopes: &[f32], x: &[f32], out: &mut [f32]) {
    let Layer { inputs, outputs, .. } = *layer;
    let weights = &flat[layer.weight..][..outputs * inputs];
    let mut panel = 0;
    while panel < panels {
        let lanes = lanes_of::<L>(panels - panel);
        let (slopes, at) = (&slopes[panel * outputs * LANES..], panel * inputs * LANES);
        let (x, out) = (&x[at..], &mut out[at..]);
        each_tile::<L>(inputs, lanes, &mut InputSlopes { layer, weights, slopes, x, out });
        panel += lanes * L::WIDTH / LANES;
    }
}

struct WeightSlopes<'a> {
    layer: &'a Layer,
    panels: usize,
    /// `[panels, outputs, 16]`.
    slopes: &'a [f32],
    /// Sixteen inputs of all rows, `[panels * 16, 16]`; then sixteen more if the lanes take them.
    x: &'a [f32],
    /// `[outputs, inputs]`, from the first of these inputs on.
    gradient: &'a mut [f32],
    /// How many inputs there are from the first one on.
    width: usize,
}

impl Tiles for WeightSlopes<'_> {
    #[inline(always)]
    fn tile<L: Lane, const M: usize, const H: usize>(&mut self, first: usize) {
        let Layer { inputs, outputs, .. } = *self.layer;
        let (rows, width) = (self.panels * LANES, self.width.min(H * L::WIDTH));
        let gap = gap::<L>(rows);
        let x = &self.x[..(H - 1) * gap + (rows - 1) * LANES + L::WIDTH];
        let gradient = &mut self.gradient[first * inputs..][..(M - 1) * inputs + width];
        // SAFETY: each panel of slopes holds `outputs` lines, of which M from `first` on are read; x holds H lanes of sixteen lines
        // a panel; a whole lane is written only where all of its inputs exist, so that row m ends at `m * inputs + width`.
        unsafe {
            let mut sums = [[L::splat(0.0); H]; M];
            for panel in 0..self.panels {
                let slopes = &self.slopes[(panel * outputs + first) * LANES..][..M * LANES];
                let x = x.as_ptr().add(panel * LANES * LANES);
                sums = accumulate::<L, M, H>(sums, (slopes.as_ptr(), [LANES, 1]), (x, gap), LANES);
            }
            for (m, sums) in sums.into_iter().enumerate() {
                for (h, sum) in sums.into_iter().enumerate() {
                    let start = h * L::WIDTH;
                    if start + L::WIDTH <= width {
                        sum.store(gradient.as_mut_ptr().add(m * inputs + start));
                    } else if start < width {
                        let mut line = [0.0; LANES];
                        sum.store(line.as_mut_ptr());
                        gradient[m * inputs + start..m * inputs + width].copy_from_slice(&line[..width - start]);
                    }
                }
            }
        }
    }
}

/// Slopes by weights and bias, over all panels: `slopes [panels, outputs, 16]` and the layer's inputs with the inputs in the
/// lanes, `[inputs / 16, panels * 16, 16]`, overwrite the layer's part of the flat gradient.
#[inline(always)]
pub(super) fn weight_slopes<L: Lane>(layer: &Layer, panels: usize, slopes: &[f32], turned: &[f32], gradient: &mut [f32]) {
    let Layer { inputs, outputs, .. } = *layer;
    let slopes = &slopes[..panels * outputs * LANES];
    let mut first = 0;
    while first < inputs {
        let lanes = lanes_of::<L>((inputs - first).div_ceil(LANES));
        let x = &turned[first * panels * LANES..];
        let gradient = &mut gradient[layer.weight + first..layer.weight + outputs * inputs];
        each_tile::<L>(outputs, lanes, &mut WeightSlopes { layer, panels, slopes, x, gradient, width: inputs - first });
        first += lanes * L::WIDTH;
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

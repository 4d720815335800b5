//! The arithmetic: one layer of the forward pass, `out = x · Wᵀ + b` with an optional `ReLU`, for one row and for many; the
//! products of training; passes over flat arrays.
//!
//! Both kernels of the forward pass add the products of an output in the order of the inputs, starting from the bias, so a row
//! gives the same bits alone and in a batch. Which instructions run is decided at run time; the binary itself needs no more than
//! the baseline. AVX2 and AVX-512 round a product and its sum once, plain code twice, so its last bits differ from theirs, which
//! are the same.

#![allow(clippy::inline_always, reason = "vector code must be inlined into the function that enables its instructions")]

mod account;
mod lane;
mod optimise;
mod packed;
mod panel;
mod product;
#[cfg(test)]
mod tests;
mod tiles;
mod turn;

pub(crate) use account::LANE;
pub use optimise::AdamStep;
pub(crate) use packed::{LANES, Lines, PackedLayer};

use crate::Layer;

/// The instruction set chosen for this processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Simd {
    /// 512-bit AVX-512.
    #[cfg(target_arch = "x86_64")]
    Avx512,
    /// 256-bit AVX2 with fused multiply-add.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// Whatever the compiler makes of plain arrays.
    Portable,
}

impl Simd {
    /// The best set that this processor has.
    pub(crate) fn detect() -> Self {
        #[cfg(target_arch = "x86_64")]
        {
            if has_fast_avx512() {
                return Self::Avx512;
            }
            if has_avx2() {
                return Self::Avx2;
            }
        }
        Self::Portable
    }

    /// All sets that this processor has, the best one first.
    #[cfg(test)]
    pub(crate) fn all() -> Vec<Self> {
        let mut all = vec![Self::Portable];
        #[cfg(target_arch = "x86_64")]
        {
            all.splice(..0, has_avx2().then_some(Self::Avx2));
            all.splice(..0, has_fast_avx512().then_some(Self::Avx512));
        }
        all
    }

    /// `avx512`, `avx2` or `portable`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn has_avx2() -> bool {
    is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma")
}

/// VBMI2 is not used: it tells processors since Ice Lake and Zen 4 from older ones, which lower their clock for 512-bit products and
/// may be no faster with them.
#[cfg(target_arch = "x86_64")]
fn has_fast_avx512() -> bool {
    has_avx2()
        && is_x86_feature_detected!("avx512f")
        && is_x86_feature_detected!("avx512bw")
        && is_x86_feature_detected!("avx512dq")
        && is_x86_feature_detected!("avx512vl")
        && is_x86_feature_detected!("avx512vbmi2")
}

/// A method of [`Simd`] that runs one function compiled for the instruction set; the function may be generic over the lane.
macro_rules! on_simd {
    ($(#[$doc:meta])* $name:ident $(<$lane:ident>)? ($($arg:ident: $type:ty),*) $(-> $result:ty)? = $($run:ident)::+) => {
        impl Simd {
            $(#[$doc])*
            pub(crate) fn $name(self, $($arg: $type),*) $(-> $result)? {
                match self {
                    #[cfg(target_arch = "x86_64")]
                    Self::Avx512 => {
                        $(type $lane = lane::Avx512;)?
                        #[target_feature(enable = "avx512f,avx512bw,avx512dq,avx512vl,avx2,fma")]
                        fn avx512($($arg: $type),*) $(-> $result)? {
                            $($run)::+ $(::<$lane>)? ($($arg),*)
                        }
                        // SAFETY: `detect` returns this variant only where these features exist.
                        unsafe { avx512($($arg),*) }
                    }
                    #[cfg(target_arch = "x86_64")]
                    Self::Avx2 => {
                        $(type $lane = lane::Avx2;)?
                        #[target_feature(enable = "avx2,fma")]
                        fn avx2($($arg: $type),*) $(-> $result)? {
                            $($run)::+ $(::<$lane>)? ($($arg),*)
                        }
                        // SAFETY: `detect` returns this variant only where AVX2 and FMA exist.
                        unsafe { avx2($($arg),*) }
                    }
                    Self::Portable => {
                        $(type $lane = lane::Portable;)?
                        $($run)::+ $(::<$lane>)? ($($arg),*)
                    }
                }
            }
        }
    };
}

on_simd!(
    /// One row: `nonzero` holds the positions and values of the inputs that are not zero; `out` takes the layer's padded outputs.
    one_row<L>(layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool) = product::one_row
);
on_simd!(
    /// `rows` rows: row r of `x` starts at `r * stride`; row r of `out` at `r * layer.padded()`.
    many_rows<L>(layer: &PackedLayer, x: &[f32], stride: usize, rows: usize, out: &mut [f32], relu: bool) = product::many_rows
);
on_simd!(
    /// See [`panel::outputs`].
    outputs<L>(layer: &Layer, flat: &[f32], panels: usize, x: &[f32], out: &mut [f32], relu: bool) = panel::outputs
);
on_simd!(
    /// See [`panel::input_slopes`].
    input_slopes<L>(layer: &Layer, flat: &[f32], panels: usize, slopes: &[f32], x: &[f32], out: &mut [f32]) = panel::input_slopes
);
on_simd!(
    /// See [`panel::weight_slopes`].
    weight_slopes<L>(layer: &Layer, panels: usize, slopes: &[f32], turned: &[f32], gradient: &mut [f32]) = panel::weight_slopes
);
on_simd!(
    /// See [`turn::load_rows`].
    load_rows<L>(width: usize, rows: &[f32], panels: &mut [f32]) = turn::load_rows
);
on_simd!(
    /// See [`turn::units_to_lanes`].
    units_to_lanes<L>(width: usize, panels: &[f32], turned: &mut [f32]) = turn::units_to_lanes
);
on_simd!(
    /// See [`account::hidden`].
    account_hidden<L>(pre: &[f32], columns: &[f32], scalars: &[f32], hidden: &mut [f32]) = account::hidden
);
on_simd!(
    /// See [`account::add_values`].
    account_values<L>(rows: &[f32], hidden: &[f32], values: &mut [f32]) = account::add_values
);
on_simd!(
    /// See [`account::evaluate`].
    account_evaluate<L>(weights: (&[f32], &[f32]), pre: &[f32], points: (&[u8], &[f32]), kept: &mut [f32], out: &mut [f32])
        = account::evaluate
);
on_simd!(
    /// See [`account::hidden_slope`].
    account_slope<L>(rows: &[f32], hidden: &[f32], by_values: &[f32], slope: &mut [f32]) = account::hidden_slope
);
on_simd!(
    /// See [`account::backward`].
    account_backward<L>(
        rows: &[f32],
        point: (&[f32], &[f32]),
        by_values: &[f32],
        slope: &mut [f32],
        slopes: (&mut [f32], &mut [f32])
    ) = account::backward
);
on_simd!(
    /// Σ v².
    sum_of_squares(values: &[f32]) -> f64 = optimise::sum_of_squares
);
on_simd!(
    /// One step of Adam on arrays of one length.
    adam(step: AdamStep, weights: &mut [f32], gradient: &[f32], means: &mut [f32], squares: &mut [f32]) = optimise::adam
);
on_simd!(
    /// `target += share · (weights − target)`.
    follow(target: &mut [f32], weights: &[f32], share: f32) = optimise::follow
);

/// The instruction set that forward passes use here: `avx512`, `avx2` or `portable`.
pub fn simd_name() -> &'static str {
    Simd::detect().name()
}

//! The arithmetic: one layer of the forward pass, `out = x · Wᵀ + b` with an optional `ReLU`, for one row and for many; the
//! products of training; passes over flat arrays.
//!
//! Both kernels of the forward pass add the products of an output in the order of the inputs, starting from the bias, so a row
//! gives the same bits alone and in a batch. Which instructions run is decided at run time; the binary itself needs no more than
//! the baseline. AVX2 rounds a product and its sum once, plain code twice, so the last bits differ between the two.

#![allow(clippy::inline_always, reason = "vector code must be inlined into the function that enables its instructions")]

mod account;
mod lane;
mod optimise;
mod packed;
mod panel;
mod product;

pub(crate) use account::LANE;
pub use optimise::AdamStep;
pub(crate) use packed::{LANES, Lines, PackedLayer};

use crate::Layer;

/// The instruction set chosen for this processor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Simd {
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
        if is_x86_feature_detected!("avx2") && is_x86_feature_detected!("fma") {
            return Self::Avx2;
        }
        Self::Portable
    }

    /// `avx2` or `portable`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            Self::Portable => "portable",
        }
    }
}

/// A method of [`Simd`] that runs one function compiled for AVX2 or one compiled for the baseline.
macro_rules! on_simd {
    ($(#[$doc:meta])* $name:ident($($arg:ident: $type:ty),*) $(-> $result:ty)?, $avx2:expr, $portable:expr) => {
        impl Simd {
            $(#[$doc])*
            pub(crate) fn $name(self, $($arg: $type),*) $(-> $result)? {
                match self {
                    #[cfg(target_arch = "x86_64")]
                    Self::Avx2 => {
                        #[target_feature(enable = "avx2,fma")]
                        fn avx2($($arg: $type),*) $(-> $result)? {
                            $avx2($($arg),*)
                        }
                        // SAFETY: `detect` returns this variant only where AVX2 and FMA exist.
                        unsafe { avx2($($arg),*) }
                    }
                    Self::Portable => $portable($($arg),*),
                }
            }
        }
    };
}

on_simd!(
    /// One row: `nonzero` holds the positions and values of the inputs that are not zero; `out` takes the layer's padded outputs.
    one_row(layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool),
    product::one_row::<lane::Avx2>,
    product::one_row::<lane::Portable>
);
on_simd!(
    /// `rows` rows: row r of `x` starts at `r * stride`; row r of `out` at `r * layer.padded()`.
    many_rows(layer: &PackedLayer, x: &[f32], stride: usize, rows: usize, out: &mut [f32], relu: bool),
    product::many_rows::<lane::Avx2>,
    product::many_rows::<lane::Portable>
);
on_simd!(
    /// See [`panel::outputs`].
    outputs(layer: &Layer, flat: &[f32], x: &[f32], out: &mut [f32], relu: bool),
    panel::outputs::<lane::Avx2>,
    panel::outputs::<lane::Portable>
);
on_simd!(
    /// See [`panel::input_slopes`].
    input_slopes(layer: &Layer, flat: &[f32], slopes: &[f32], x: &[f32], out: &mut [f32]),
    panel::input_slopes::<lane::Avx2>,
    panel::input_slopes::<lane::Portable>
);
on_simd!(
    /// See [`panel::weight_slopes`].
    weight_slopes(layer: &Layer, slopes: &[f32], turned: &[f32], gradient: &mut [f32]),
    panel::weight_slopes::<lane::Avx2>,
    panel::weight_slopes::<lane::Portable>
);
on_simd!(
    /// See [`account::hidden`].
    account_hidden(pre: &[f32], columns: &[f32], scalars: &[f32], hidden: &mut [f32]),
    account::hidden,
    account::hidden
);
on_simd!(
    /// See [`account::add_values`].
    account_values(rows: &[f32], hidden: &[f32], values: &mut [f32]),
    account::add_values,
    account::add_values
);
on_simd!(
    /// See [`account::evaluate`].
    account_evaluate(weights: (&[f32], &[f32]), pre: &[f32], points: (&[u8], &[f32]), kept: &mut [f32], out: &mut [f32]),
    account::evaluate,
    account::evaluate
);
on_simd!(
    /// See [`account::hidden_slope`].
    account_slope(rows: &[f32], hidden: &[f32], by_values: &[f32], slope: &mut [f32]),
    account::hidden_slope,
    account::hidden_slope
);
on_simd!(
    /// See [`account::add_outer`].
    account_outer(rows: &mut [f32], line: &[f32], factors: &[f32]),
    account::add_outer,
    account::add_outer
);
on_simd!(
    /// Σ v².
    sum_of_squares(values: &[f32]) -> f64,
    optimise::sum_of_squares,
    optimise::sum_of_squares
);
on_simd!(
    /// One step of Adam on arrays of one length.
    adam(step: AdamStep, weights: &mut [f32], gradient: &[f32], means: &mut [f32], squares: &mut [f32]),
    optimise::adam,
    optimise::adam
);
on_simd!(
    /// `target += share · (weights − target)`.
    follow(target: &mut [f32], weights: &[f32], share: f32),
    optimise::follow,
    optimise::follow
);

/// The instruction set that forward passes use here: `avx2` or `portable`.
pub fn simd_name() -> &'static str {
    Simd::detect().name()
}

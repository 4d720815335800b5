//! One layer of the forward pass, `out = x · Wᵀ + b` with an optional `ReLU`, for one row and for many.
//!
//! Both kernels add the products of an output in the order of the inputs, starting from the bias, so a row gives the same bits
//! alone and in a batch. Which instructions run is decided at run time; the binary itself needs no more than the baseline.

#![allow(clippy::inline_always, reason = "vector code must be inlined into the function that enables its instructions")]

mod lane;
mod packed;
mod product;

pub(crate) use packed::{Lines, PackedLayer};

use lane::Portable;
use product::{many_rows, one_row};

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

    /// One row: `nonzero` holds the positions and values of the inputs that are not zero; `out` takes the layer's padded outputs.
    pub(crate) fn one_row(self, layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool) {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` returns this variant only where AVX2 and FMA exist.
            Self::Avx2 => unsafe { one_row_avx2(layer, nonzero, out, relu) },
            Self::Portable => one_row::<Portable>(layer, nonzero, out, relu),
        }
    }

    /// `rows` rows: row r of `x` starts at `r * stride`; row r of `out` at `r * layer.padded()`.
    pub(crate) fn many_rows(self, layer: &PackedLayer, x: &[f32], stride: usize, rows: usize, out: &mut [f32], relu: bool) {
        match self {
            #[cfg(target_arch = "x86_64")]
            // SAFETY: `detect` returns this variant only where AVX2 and FMA exist.
            Self::Avx2 => unsafe { many_rows_avx2(layer, x, stride, rows, out, relu) },
            Self::Portable => many_rows::<Portable>(layer, x, stride, rows, out, relu),
        }
    }
}

/// The instruction set that forward passes use here: `avx2` or `portable`.
pub fn simd_name() -> &'static str {
    Simd::detect().name()
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn one_row_avx2(layer: &PackedLayer, nonzero: (&[u32], &[f32]), out: &mut [f32], relu: bool) {
    one_row::<lane::Avx2>(layer, nonzero, out, relu);
}

#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx2,fma")]
fn many_rows_avx2(layer: &PackedLayer, x: &[f32], stride: usize, rows: usize, out: &mut [f32], relu: bool) {
    many_rows::<lane::Avx2>(layer, x, stride, rows, out, relu);
}

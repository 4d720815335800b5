//! Lanes in 256-bit registers.

use std::arch::x86_64::{
    __m256, _CMP_GT_OQ, _mm_add_ps, _mm_add_ss, _mm_cvtss_f32, _mm_movehdup_ps, _mm_movehl_ps, _mm256_add_ps, _mm256_and_ps,
    _mm256_castps256_ps128, _mm256_cmp_ps, _mm256_extractf128_ps, _mm256_fmadd_ps, _mm256_loadu_ps, _mm256_max_ps, _mm256_mul_ps,
    _mm256_permute2f128_ps, _mm256_set1_ps, _mm256_setzero_ps, _mm256_shuffle_ps, _mm256_storeu_ps, _mm256_unpackhi_ps,
    _mm256_unpacklo_ps,
};

use super::{Eight, Lane};
use crate::kernel::LANES;

/// Eight floats in a 256-bit register. Only constructed inside functions that enable AVX2 and FMA.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Avx2(__m256);

impl Lane for Avx2 {
    const WIDTH: usize = 8;
    const TILE: usize = 6;
    type Eight = Self;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { _mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight readable floats and for AVX.
        Self(unsafe { _mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for eight writable floats and for AVX.
        unsafe { _mm256_storeu_ps(to, self.0) };
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { _mm256_fmadd_ps(a.0, b.0, self.0) })
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        // The second operand is returned where either is NaN.
        Self(unsafe { _mm256_max_ps(_mm256_setzero_ps(), self.0) })
    }

    #[inline(always)]
    fn where_positive(self, gate: Self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { _mm256_and_ps(self.0, _mm256_cmp_ps::<_CMP_GT_OQ>(gate.0, _mm256_setzero_ps())) })
    }

    #[inline(always)]
    unsafe fn turn(from: *const f32, across: usize, to: *mut f32, down: usize) {
        for a in [0, LANES / 2] {
            for b in [0, LANES / 2] {
                // SAFETY: the caller vouches for sixteen times sixteen floats on both sides, of which this is a quarter.
                unsafe { turn_quarter(from.add(a * across + b), across, to.add(b * down + a), down) };
            }
        }
    }
}

impl Eight for Avx2 {
    #[inline(always)]
    fn add_rounded(self, a: Self, b: Self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { _mm256_add_ps(self.0, _mm256_mul_ps(a.0, b.0)) })
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        unsafe {
            let four = _mm_add_ps(_mm256_castps256_ps128(self.0), _mm256_extractf128_ps::<1>(self.0));
            let two = _mm_add_ps(four, _mm_movehl_ps(four, four));
            _mm_cvtss_f32(_mm_add_ss(two, _mm_movehdup_ps(two)))
        }
    }
}

/// Eight times eight floats, rows to columns.
///
/// # Safety
/// For all i < 8, `from` must be valid for reading eight floats at `i * across`, and `to` for writing as many at `i * down`; callers
/// are inlined into functions that enable AVX2.
#[inline(always)]
unsafe fn turn_quarter(from: *const f32, across: usize, to: *mut f32, down: usize) {
    // SAFETY: the caller's promise.
    unsafe {
        let mut rows = [_mm256_setzero_ps(); 8];
        for (a, row) in rows.iter_mut().enumerate() {
            *row = _mm256_loadu_ps(from.add(a * across));
        }
        // Neighbours meet, then neighbours of neighbours, then the halves: `fours[i]` holds columns i and i + 4 of rows 0 to 3,
        // `fours[i + 4]` those of rows 4 to 7.
        let mut fours = rows;
        for half in [0, 4] {
            let [r0, r1, r2, r3] = [rows[half], rows[half + 1], rows[half + 2], rows[half + 3]];
            let [low01, high01] = [_mm256_unpacklo_ps(r0, r1), _mm256_unpackhi_ps(r0, r1)];
            let [low23, high23] = [_mm256_unpacklo_ps(r2, r3), _mm256_unpackhi_ps(r2, r3)];
            fours[half] = _mm256_shuffle_ps::<0x44>(low01, low23);
            fours[half + 1] = _mm256_shuffle_ps::<0xee>(low01, low23);
            fours[half + 2] = _mm256_shuffle_ps::<0x44>(high01, high23);
            fours[half + 3] = _mm256_shuffle_ps::<0xee>(high01, high23);
        }
        for b in 0..4 {
            _mm256_storeu_ps(to.add(b * down), _mm256_permute2f128_ps::<0x20>(fours[b], fours[b + 4]));
            _mm256_storeu_ps(to.add((b + 4) * down), _mm256_permute2f128_ps::<0x31>(fours[b], fours[b + 4]));
        }
    }
}

//! Lanes in 512-bit registers.

use std::arch::x86_64::{
    __m512, _CMP_GT_OQ, _mm512_cmp_ps_mask, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_loadu_si512, _mm512_maskz_mov_ps,
    _mm512_max_ps, _mm512_permutex2var_ps, _mm512_set1_ps, _mm512_setzero_ps, _mm512_storeu_ps,
};

use super::{Avx2, Lane};
use crate::kernel::LANES;

/// Sixteen floats in a 512-bit register. Only constructed inside functions that enable AVX-512.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Avx512(__m512);

impl Lane for Avx512 {
    const WIDTH: usize = 16;
    const TILE: usize = 8;
    type Eight = Avx2;

    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX-512.
        Self(unsafe { _mm512_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for sixteen readable floats and for AVX-512.
        Self(unsafe { _mm512_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for sixteen writable floats and for AVX-512.
        unsafe { _mm512_storeu_ps(to, self.0) };
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX-512.
        Self(unsafe { _mm512_fmadd_ps(a.0, b.0, self.0) })
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX-512.
        // The second operand is returned where either is NaN.
        Self(unsafe { _mm512_max_ps(_mm512_setzero_ps(), self.0) })
    }

    #[inline(always)]
    fn where_positive(self, gate: Self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX-512.
        Self(unsafe { _mm512_maskz_mov_ps(_mm512_cmp_ps_mask::<_CMP_GT_OQ>(gate.0, _mm512_setzero_ps()), self.0) })
    }

    #[inline(always)]
    unsafe fn turn(from: *const f32, across: usize, to: *mut f32, down: usize) {
        // SAFETY: the caller vouches for both sides and for AVX-512.
        unsafe {
            let mut rows = [_mm512_setzero_ps(); LANES];
            for (a, row) in rows.iter_mut().enumerate() {
                *row = _mm512_loadu_ps(from.add(a * across));
            }
            // Rows whose numbers differ in one bit swap the floats whose numbers do: bit by bit, rows become columns.
            let rows = swap::<3>(swap::<2>(swap::<1>(swap::<0>(rows))));
            for (b, row) in rows.into_iter().enumerate() {
                _mm512_storeu_ps(to.add(b * down), row);
            }
        }
    }
}

/// Swaps the floats whose number has the bit, of rows whose number has not, for those of the opposite.
///
/// # Safety
/// Callers are inlined into functions that enable AVX-512.
#[inline(always)]
unsafe fn swap<const BIT: usize>(mut rows: [__m512; LANES]) -> [__m512; LANES] {
    // SAFETY: the caller's promise; the arrays hold sixteen numbers.
    unsafe {
        let lower = _mm512_loadu_si512(const { picks(1 << BIT, 0) }.as_ptr().cast());
        let upper = _mm512_loadu_si512(const { picks(1 << BIT, 1 << BIT) }.as_ptr().cast());
        for pair in 0..LANES / 2 {
            let row = pair >> BIT << (BIT + 1) | pair & ((1 << BIT) - 1);
            let [a, b] = [rows[row], rows[row | 1 << BIT]];
            rows[row] = _mm512_permutex2var_ps(a, lower, b);
            rows[row | 1 << BIT] = _mm512_permutex2var_ps(a, upper, b);
        }
    }
    rows
}

/// What a row keeps of the pair, by number: from 16 on floats of the second row.
const fn picks(bit: usize, own: usize) -> [u32; LANES] {
    let mut picks = [0; LANES];
    let mut at = 0;
    while at < LANES {
        picks[at] = (at & !bit | own | (if at & bit == 0 { 0 } else { LANES })) as u32;
        at += 1;
    }
    picks
}

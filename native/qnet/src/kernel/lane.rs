//! Eight floats at a time, in AVX2 registers or in a plain array.

/// Eight floats. Every method is inlined into a caller that has the instructions.
pub(super) trait Lane: Copy {
    /// All eight the same.
    fn splat(value: f32) -> Self;
    /// Eight floats from memory.
    ///
    /// # Safety
    /// `from` must be valid for reading eight floats.
    unsafe fn load(from: *const f32) -> Self;
    /// Eight floats to memory.
    ///
    /// # Safety
    /// `to` must be valid for writing eight floats.
    unsafe fn store(self, to: *mut f32);
    /// `self + a * b`.
    fn add_product(self, a: Self, b: Self) -> Self;
    /// `max(self, 0)`; NaN stays NaN, so that an overflow reaches the output and is seen.
    fn relu(self) -> Self;
    /// `self` where `gate > 0`, else 0.
    fn where_positive(self, gate: Self) -> Self;
}

/// Eight floats in a plain array.
#[derive(Clone, Copy)]
pub(super) struct Portable([f32; 8]);

impl Lane for Portable {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        Self([value; 8])
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight readable floats; alignment is not assumed.
        Self(unsafe { from.cast::<[f32; 8]>().read_unaligned() })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for eight writable floats; alignment is not assumed.
        unsafe { to.cast::<[f32; 8]>().write_unaligned(self.0) };
    }

    #[inline(always)]
    fn add_product(mut self, a: Self, b: Self) -> Self {
        for ((sum, a), b) in self.0.iter_mut().zip(a.0).zip(b.0) {
            *sum += a * b;
        }
        self
    }

    #[inline(always)]
    fn relu(mut self) -> Self {
        for value in &mut self.0 {
            *value = if *value <= 0.0 { 0.0 } else { *value };
        }
        self
    }

    #[inline(always)]
    fn where_positive(mut self, gate: Self) -> Self {
        for (value, gate) in self.0.iter_mut().zip(gate.0) {
            *value = if gate > 0.0 { *value } else { 0.0 };
        }
        self
    }
}

/// Eight floats in a 256-bit register. Only constructed inside functions that enable AVX2 and FMA.
#[cfg(target_arch = "x86_64")]
#[derive(Clone, Copy)]
pub(super) struct Avx2(std::arch::x86_64::__m256);

#[cfg(target_arch = "x86_64")]
impl Lane for Avx2 {
    #[inline(always)]
    fn splat(value: f32) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { std::arch::x86_64::_mm256_set1_ps(value) })
    }

    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        // SAFETY: the caller vouches for eight readable floats and for AVX.
        Self(unsafe { std::arch::x86_64::_mm256_loadu_ps(from) })
    }

    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        // SAFETY: the caller vouches for eight writable floats and for AVX.
        unsafe { std::arch::x86_64::_mm256_storeu_ps(to, self.0) };
    }

    #[inline(always)]
    fn add_product(self, a: Self, b: Self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { std::arch::x86_64::_mm256_fmadd_ps(a.0, b.0, self.0) })
    }

    #[inline(always)]
    fn relu(self) -> Self {
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        // The second operand is returned where either is NaN.
        Self(unsafe { std::arch::x86_64::_mm256_max_ps(std::arch::x86_64::_mm256_setzero_ps(), self.0) })
    }

    #[inline(always)]
    fn where_positive(self, gate: Self) -> Self {
        use std::arch::x86_64::{_CMP_GT_OQ, _mm256_and_ps, _mm256_cmp_ps, _mm256_setzero_ps};
        // SAFETY: callers are inlined into functions that enable AVX2 and FMA.
        Self(unsafe { _mm256_and_ps(self.0, _mm256_cmp_ps::<_CMP_GT_OQ>(gate.0, _mm256_setzero_ps())) })
    }
}

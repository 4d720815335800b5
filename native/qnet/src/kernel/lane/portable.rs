//! Lanes in plain arrays.

use super::{Eight, Lane};
use crate::kernel::LANES;

/// Eight floats in a plain array.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct Portable([f32; 8]);

impl Lane for Portable {
    const WIDTH: usize = 8;
    const TILE: usize = 6;
    type Eight = Self;

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

    #[inline(always)]
    unsafe fn turn(from: *const f32, across: usize, to: *mut f32, down: usize) {
        for a in 0..LANES {
            for b in 0..LANES {
                // SAFETY: a and b are below sixteen; the caller vouches for the rest.
                unsafe { *to.add(b * down + a) = *from.add(a * across + b) };
            }
        }
    }
}

impl Eight for Portable {
    #[inline(always)]
    fn add_rounded(self, a: Self, b: Self) -> Self {
        self.add_product(a, b)
    }

    #[inline(always)]
    fn sum(self) -> f32 {
        let four = [0, 1, 2, 3].map(|at| self.0[at] + self.0[at + 4]);
        (four[0] + four[2]) + (four[1] + four[3])
    }
}

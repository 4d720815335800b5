//! Some floats at a time: in vector registers, or in a plain array.

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod portable;

#[cfg(target_arch = "x86_64")]
pub(super) use avx2::Avx2;
#[cfg(target_arch = "x86_64")]
pub(super) use avx512::Avx512;
pub(super) use portable::Portable;

/// Some floats. Every method is inlined into a caller that has the instructions.
pub(super) trait Lane: Copy {
    /// How many floats: half a panel's sixteen, or all of them.
    const WIDTH: usize;
    /// Rows or units that are computed together, two lanes of each: their sums stay in registers, and are enough of them to hide the
    /// latency of the multiply-add. At most [`super::tiles::MAX_TILE`].
    const TILE: usize;
    /// A lane of eight on the same processor.
    type Eight: Eight;

    /// All the same.
    fn splat(value: f32) -> Self;
    /// From memory.
    ///
    /// # Safety
    /// `from` must be valid for reading `WIDTH` floats.
    unsafe fn load(from: *const f32) -> Self;
    /// To memory.
    ///
    /// # Safety
    /// `to` must be valid for writing `WIDTH` floats.
    unsafe fn store(self, to: *mut f32);
    /// `self + a * b`.
    fn add_product(self, a: Self, b: Self) -> Self;
    /// `max(self, 0)`; NaN stays NaN, so that an overflow reaches the output and is seen.
    fn relu(self) -> Self;
    /// `self` where `gate > 0`, else 0.
    fn where_positive(self, gate: Self) -> Self;
    /// Sixteen times sixteen floats, rows to columns: `to[b * down + a] = from[a * across + b]`.
    ///
    /// # Safety
    /// For all i < 16, `from` must be valid for reading sixteen floats at `i * across`, and `to` for writing as many at `i * down`.
    unsafe fn turn(from: *const f32, across: usize, to: *mut f32, down: usize);
}

/// Eight floats for sums that have the same bits with all instructions.
pub(super) trait Eight: Lane {
    /// `self + a * b`, with the product rounded, too.
    fn add_rounded(self, a: Self, b: Self) -> Self;
    /// The sum, half to half: three additions that wait for each other, where one by one there would be seven.
    fn sum(self) -> f32;
}

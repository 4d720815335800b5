//! Products made of tiles: some rows or units, times one lane or two side by side.

use super::lane::Lane;
use super::packed::LANES;

/// Most rows or units in a tile.
pub(super) const MAX_TILE: usize = 8;

/// Sums of M rows or units in H lanes each.
pub(super) type Sums<L, const M: usize, const H: usize> = [[L; H]; M];

/// A product made of tiles.
pub(super) trait Tiles {
    /// M rows or units from `first` on, H lanes of each.
    fn tile<L: Lane, const M: usize, const H: usize>(&mut self, first: usize);
}

/// Covers so many rows or units, one lane or two of each.
#[inline(always)]
pub(super) fn each_tile<L: Lane>(count: usize, lanes: usize, job: &mut impl Tiles) {
    if lanes == 1 {
        each_tile_of::<L, 1>(count, job);
    } else {
        each_tile_of::<L, 2>(count, job);
    }
}

#[inline(always)]
fn each_tile_of<L: Lane, const H: usize>(count: usize, job: &mut impl Tiles) {
    let mut first = 0;
    while first < count {
        let left = count - first;
        // One or two alone could not hide the latency of the multiply-add.
        let size = if left > L::TILE && left <= L::TILE + 2 { left.div_ceil(2) } else { left.min(L::TILE) };
        match size {
            1 => job.tile::<L, 1, H>(first),
            2 => job.tile::<L, 2, H>(first),
            3 => job.tile::<L, 3, H>(first),
            4 => job.tile::<L, 4, H>(first),
            5 => job.tile::<L, 5, H>(first),
            _ if L::TILE == 6 => job.tile::<L, 6, H>(first),
            6 => job.tile::<L, 6, H>(first),
            7 => job.tile::<L, 7, H>(first),
            _ => job.tile::<L, MAX_TILE, H>(first),
        }
        first += size;
    }
}

/// Lanes to take side by side where so many panels are left: two, which are halves of one panel or two panels, or the last one.
pub(super) const fn lanes_of<L: Lane>(panels: usize) -> usize {
    if L::WIDTH == LANES && panels == 1 { 1 } else { 2 }
}

/// Floats from a lane to the next one: the other half of the line, or the same line of the next panel of so many lines.
pub(super) const fn gap<L: Lane>(lines: usize) -> usize {
    if L::WIDTH < LANES { L::WIDTH } else { lines * LANES }
}

/// `sums[m][h] += Σ_k a[m * across + k * along] · b[k * 16 + h * gap ..]`, for k < count.
///
/// # Safety
/// `a` must be readable at `m * across + k * along` for m < M and k < count, and `b` for a lane at `k * 16 + h * gap` for h < H.
#[inline(always)]
pub(super) unsafe fn accumulate<L: Lane, const M: usize, const H: usize>(
    mut sums: Sums<L, M, H>,
    (a, [across, along]): (*const f32, [usize; 2]),
    (b, gap): (*const f32, usize),
    count: usize,
) -> Sums<L, M, H> {
    for k in 0..count {
        // SAFETY: the caller's promise.
        unsafe {
            let mut lanes = [L::splat(0.0); H];
            for (h, lane) in lanes.iter_mut().enumerate() {
                *lane = L::load(b.add(k * LANES + h * gap));
            }
            for (m, sums) in sums.iter_mut().enumerate() {
                let value = L::splat(*a.add(m * across + k * along));
                for (sum, lane) in sums.iter_mut().zip(lanes) {
                    *sum = sum.add_product(value, lane);
                }
            }
        }
    }
    sums
}

/// Stores the sums: row or unit m to `m * along`, lane h `h * gap` further.
///
/// # Safety
/// `to` must be valid for writing a lane at each of these places.
#[inline(always)]
pub(super) unsafe fn store<L: Lane, const M: usize, const H: usize>(
    sums: Sums<L, M, H>,
    relu: bool,
    to: *mut f32,
    along: usize,
    gap: usize,
) {
    for (m, sums) in sums.into_iter().enumerate() {
        for (h, sum) in sums.into_iter().enumerate() {
            let sum = if relu { sum.relu() } else { sum };
            // SAFETY: the caller's promise.
            unsafe { sum.store(to.add(m * along + h * gap)) };
        }
    }
}

//! Rows to columns: between rows one after the other and panels, and between rows and units in the lanes.

use super::lane::Lane;
use super::packed::LANES;

/// Rows `[rows, width]` into panels `[rows / 16, width, 16]`. Lanes of rows that do not exist are left alone.
#[inline(always)]
pub(super) fn load_rows<L: Lane>(width: usize, rows: &[f32], panels: &mut [f32]) {
    let block = width * LANES;
    for (panel, rows) in panels.chunks_exact_mut(block).zip(rows.chunks(block)) {
        if rows.len() == block && width >= LANES {
            // The last sixteen units may have been turned in part before.
            for unit in (0..width).step_by(LANES).map(|unit| unit.min(width - LANES)) {
                turn::<L>(&rows[unit..], width, &mut panel[unit * LANES..], LANES);
            }
        } else {
            turn_few(rows, width, panel, LANES);
        }
    }
}

/// Panels `[panels, width, 16]` into units in the lanes, `[width / 16, panels * 16, 16]`. What lies in lanes of units that do not
/// exist has no meaning.
#[inline(always)]
pub(super) fn units_to_lanes<L: Lane>(width: usize, panels: &[f32], turned: &mut [f32]) {
    let rows = panels.len() / width;
    for start in (0..panels.len()).step_by(width * LANES) {
        for unit in (0..width).step_by(LANES) {
            let lines = &panels[start + unit * LANES..];
            let block = &mut turned[unit * rows + start / width * LANES..];
            if lines.len() >= LANES * LANES {
                turn::<L>(lines, LANES, block, LANES);
            } else {
                turn_few(lines, LANES, block, LANES);
            }
        }
    }
}

/// See [`Lane::turn`].
#[inline(always)]
fn turn<L: Lane>(from: &[f32], across: usize, to: &mut [f32], down: usize) {
    let from = &from[..(LANES - 1) * across + LANES];
    let to = &mut to[..(LANES - 1) * down + LANES];
    // SAFETY: both slices reach to the end of the last of sixteen rows.
    unsafe { L::turn(from.as_ptr(), across, to.as_mut_ptr(), down) };
}

/// As [`turn`] for up to sixteen rows of any width. Not inlined, so that it is compiled for the baseline: the scatters that
/// compilers make of it where they can are slower.
#[inline(never)]
fn turn_few(from: &[f32], width: usize, to: &mut [f32], down: usize) {
    for (a, row) in from.chunks_exact(width).enumerate() {
        for (line, &value) in to.chunks_mut(down).zip(row) {
            line[a] = value;
        }
    }
}

#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use super::*;

/// The number of a row and a unit.
fn value(row: usize, unit: usize) -> f32 {
    (row * 1_000 + unit) as f32
}

#[test]
fn load_rows_puts_rows_into_the_lanes_and_units_to_lanes_units() {
    for simd in Simd::all() {
        for (rows, width) in [(16_usize, 16_usize), (32, 48), (64, 30), (50, 17), (16, 3), (7, 40), (1, 1), (15, 15)] {
            let panels = rows.div_ceil(LANES);
            let flat: Vec<f32> = (0..rows * width).map(|at| value(at / width, at % width)).collect();
            let mut loaded = vec![-1.0; panels * width * LANES];
            simd.load_rows(width, &flat, &mut loaded);
            for (at, &actual) in loaded.iter().enumerate() {
                let (row, unit) = (at / (width * LANES) * LANES + at % LANES, at / LANES % width);
                let expected = if row < rows { value(row, unit) } else { -1.0 };
                assert_eq!(actual, expected, "{simd:?}, {rows} rows of {width}: row {row}, unit {unit}");
            }
            let mut turned = vec![f32::NAN; width.next_multiple_of(LANES) * panels * LANES];
            simd.units_to_lanes(width, &loaded, &mut turned);
            for unit in 0..width {
                for row in 0..rows {
                    let actual = turned[(unit / LANES * panels * LANES + row) * LANES + unit % LANES];
                    assert_eq!(actual, value(row, unit), "{simd:?}, {rows} rows of {width}: row {row}, unit {unit}");
                }
            }
        }
    }
}

#[test]
fn simd_all_begins_with_the_detected_set_and_ends_with_the_portable_one() {
    let all = Simd::all();
    assert_eq!((all[0], all[all.len() - 1]), (Simd::detect(), Simd::Portable));
    assert_eq!(simd_name(), all[0].name());
}

#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::Layout;
use crate::testing::{floats, wide};

fn spec(size: usize, quantiles: usize, scalars: usize, hidden: usize) -> NetSpec {
    let json = format!(
        r#"{{"inputs":2,"trunk":[3],"heads":[{{"name":"v","kind":"value","size":{size},"quantiles":{quantiles}}}],
        "account":{{"scalars":{scalars},"hidden":{hidden}}}}}"#
    );
    NetSpec::from_json(&json).unwrap()
}

fn part(spec: &NetSpec, tail: &[f32], simd: Simd) -> AccountPart {
    let mut part = AccountPart::new(spec).unwrap().unwrap();
    part.run_on(simd);
    part.load(tail).unwrap();
    part
}

/// What the scalars add to the values `at`, by the definition, in f64.
fn reference(spec: &NetSpec, tail: &[f64], pre: &[f64], scalars: &[f64], at: Range<usize>) -> Vec<f64> {
    let hidden = spec.account.unwrap().hidden;
    let (by_scalars, by_values) = tail.split_at(hidden * scalars.len());
    let unit = |unit: usize| {
        let row = &by_scalars[unit * scalars.len()..][..scalars.len()];
        (pre[unit] + row.iter().zip(scalars).map(|(w, s)| w * s).sum::<f64>()).max(0.0)
    };
    at.map(|value| (0..hidden).map(|index| by_values[value * hidden + index] * unit(index)).sum()).collect()
}

#[test]
fn account_part_equals_the_definition_and_its_gradient_the_numerical_one() {
    let mut rng = ChaCha8Rng::seed_from_u64(41);
    for (size, quantiles, scalars, hidden) in [(3, 1, 5, 16), (2, 3, 1, 1), (1, 1, 7, 13), (4, 5, 2, 9)] {
        let spec = spec(size, quantiles, scalars, hidden);
        let tail = floats(&mut rng, Layout::new(&spec).unwrap().tail().len());
        let (pre, point) = (floats(&mut rng, hidden), floats(&mut rng, scalars));
        let slope = floats(&mut rng, quantiles);
        let at = (size - 1) * quantiles..size * quantiles;
        let mut bits = Vec::new();
        for simd in Simd::all() {
            let part = part(&spec, &tail, simd);
            let (mut kept, mut values) = (vec![f32::NAN; part.room()], vec![0.5; quantiles]);
            part.forward(&pre, &point, &mut kept);
            part.add_values(at.clone(), &kept, &mut values);
            for (value, expected) in values.iter().zip(reference(&spec, &wide(&tail), &wide(&pre), &wide(&point), at.clone())) {
                assert!((f64::from(*value) - 0.5 - expected).abs() < 1e-5, "{value} {expected}");
            }
            let mut gradient = AccountGradient::new(&part);
            let (mut by_pre, mut by_tail) = (vec![1.0; hidden], vec![f32::NAN; tail.len()]);
            let here = AccountPoint { values: at.clone(), scalars: &point, hidden: &kept };
            part.backward(&here, &slope, &mut by_pre, &mut gradient);
            gradient.store(&mut by_tail).unwrap();
            let loss = |tail: &[f64], pre: &[f64]| {
                let values = reference(&spec, tail, pre, &wide(&point), at.clone());
                values.iter().zip(&slope).map(|(value, slope)| value * f64::from(*slope)).sum::<f64>()
            };
            let moved = |values: &[f32], index: usize, step: f64| {
                let mut moved = wide(values);
                moved[index] += step;
                moved
            };
            for (index, actual) in by_tail.iter().enumerate() {
                let difference = loss(&moved(&tail, index, 1e-6), &wide(&pre)) - loss(&moved(&tail, index, -1e-6), &wide(&pre));
                assert!((f64::from(*actual) - difference / 2e-6).abs() < 1e-5, "weight {index}");
            }
            for (index, actual) in by_pre.iter().enumerate() {
                let difference = loss(&wide(&tail), &moved(&pre, index, 1e-6)) - loss(&wide(&tail), &moved(&pre, index, -1e-6));
                assert!((f64::from(*actual) - 1.0 - difference / 2e-6).abs() < 1e-5, "unit {index}");
            }
            bits.push((values, by_pre, by_tail));
        }
        assert!(bits.iter().all(|other| *other == bits[0]), "the instructions do not matter");
    }
}

#[test]
fn gradients_of_afterstates_add_up_until_they_are_cleared() {
    let spec = spec(2, 1, 2, 3);
    let tail = floats(&mut ChaCha8Rng::seed_from_u64(42), 12);
    let part = part(&spec, &tail, Simd::detect());
    let mut hidden = vec![0.0; part.room()];
    part.forward(&[1.0; 3], &[0.5, -0.25], &mut hidden);
    let mut gradient = AccountGradient::new(&part);
    let point = AccountPoint { values: 1..2, scalars: &[0.5, -0.25], hidden: &hidden };
    let (mut once, mut twice) = ([0.0; 12], [0.0; 12]);
    part.backward(&point, &[2.0], &mut [0.0; 3], &mut gradient);
    gradient.store(&mut once).unwrap();
    part.backward(&point, &[2.0], &mut [0.0; 3], &mut gradient);
    gradient.store(&mut twice).unwrap();
    assert_eq!(once.map(|slope| 2.0 * slope), twice);
    assert!(once[6..9].iter().all(|slope| *slope == 0.0), "the other class has no part in it");
    assert!(once[9..].iter().any(|slope| *slope != 0.0));
    gradient.clear();
    gradient.store(&mut twice).unwrap();
    assert_eq!(twice, [0.0; 12]);
}

#[test]
fn account_part_is_of_its_spec() {
    let plain = NetSpec { account: None, ..spec(2, 1, 2, 3) };
    assert!(AccountPart::new(&plain).unwrap().is_none());
    let mut part = AccountPart::new(&spec(2, 1, 2, 3)).unwrap().unwrap();
    assert_eq!((part.scalars(), part.room()), (2, 8));
    assert_eq!(part.load(&[0.0; 11]).unwrap_err().code(), "RLT_SHAPE");
    assert_eq!(AccountGradient::new(&part).store(&mut [0.0; 13]).unwrap_err().code(), "RLT_SHAPE");
    // Infinity minus infinity must not be taken for an inactive unit.
    let mut hidden = vec![0.0; part.room()];
    part.forward(&[f32::NAN, -1.0, 2.0], &[0.0, 0.0], &mut hidden);
    assert!(hidden[0].is_nan());
    assert_eq!(hidden[1..], [0.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0]);
}

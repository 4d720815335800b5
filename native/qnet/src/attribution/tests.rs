#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::testing::{self, full_weights, value, wide};
use crate::{FusedNet, Layout, init_weights};

fn floats(rng: &mut ChaCha8Rng, len: usize) -> Vec<f32> {
    testing::floats(rng, len).iter().map(|value| 2.0 * value).collect()
}

fn spec(inputs: usize, trunk: &str, outputs: usize) -> NetSpec {
    let json = format!(r#"{{"inputs":{inputs},"trunk":{trunk},"heads":[{{"name":"v","kind":"value","size":{outputs}}}]}}"#);
    NetSpec::from_json(&json).unwrap()
}

/// Afterstates without scalars.
fn classes([chosen, other]: [usize; 2]) -> [Afterstate<'static>; 2] {
    [chosen, other].map(|class| Afterstate { class, scalars: &[] })
}

/// By how much the first afterstate exceeds the second, by the definition, in f64, with all scalars times a share.
fn difference(spec: &NetSpec, weights: &[f32], row: &[f64], pair: [Afterstate<'_>; 2], share: f64) -> f64 {
    let scaled = |values: &[f32]| wide(values).iter().map(|value| share * value).collect::<Vec<_>>();
    let [chosen, other] = pair.map(|one| value(spec, weights, row, one.class, &scaled(one.scalars)));
    chosen - other
}

fn reference(spec: &NetSpec, weights: &[f32], row: &[f64]) -> f64 {
    difference(spec, weights, row, classes([0, 1]), 1.0)
}

/// Integrated gradients with central differences at 20,000 equal steps.
fn slow_weights(spec: &NetSpec, weights: &[f32], features: &[f32]) -> Vec<f64> {
    const STEPS: u32 = 20_000;
    let wide: Vec<f64> = features.iter().map(|value| f64::from(*value)).collect();
    let mut sums = vec![0.0; wide.len()];
    for step in 0..STEPS {
        let share = (f64::from(step) + 0.5) / f64::from(STEPS);
        let mut point: Vec<f64> = wide.iter().map(|value| share * value).collect();
        for (unit, sum) in sums.iter_mut().enumerate() {
            let middle = point[unit];
            point[unit] = middle + 1e-7;
            let above = reference(spec, weights, &point);
            point[unit] = middle - 1e-7;
            *sum += wide[unit] * (above - reference(spec, weights, &point)) / 2e-7 / f64::from(STEPS);
            point[unit] = middle;
        }
    }
    sums
}

/// One `ReLU` unit, relu(w·x + b), which output 0 passes on `gain` times and output 1 not at all.
fn one_unit(weight: [f32; 2], bias: f32, gain: f32) -> Attributor {
    let weights = [weight[0], weight[1], bias, gain, 0.0, 0.0, 0.0];
    Attributor::new(&spec(2, "[1]", 2), &weights).unwrap()
}

#[test]
fn weights_and_baseline_add_up_to_the_difference_on_random_networks() {
    let mut rng = ChaCha8Rng::seed_from_u64(31);
    let (mut most, mut all) = (0, Vec::new());
    for round in 0..300 {
        let mut below = |limit: u32| 1 + (rng.next_u32() % limit) as usize;
        let trunk = format!("{:?}", (0..below(3)).map(|_| below(70)).collect::<Vec<_>>());
        let spec = spec(below(40), &trunk, 1 + below(5));
        let flat = init_weights(&Layout::new(&spec).unwrap(), round);
        let features = floats(&mut rng, spec.inputs);
        let wide: Vec<f64> = features.iter().map(|value| f64::from(*value)).collect();
        let mut weights = vec![f32::NAN; spec.inputs];
        let mut net = Attributor::new(&spec, &flat).unwrap();
        let found = net.attribute(&features, classes([0, 1]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
        let [at, zero] = [&wide, &vec![0.0; spec.inputs]].map(|row| reference(&spec, &flat, row));
        let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        assert!((found.baseline - zero).abs() < 1e-5);
        let allowed = 0.01 * (at - zero).abs().max(1e-4);
        assert!((sum + found.baseline - at).abs() <= allowed + 1e-5, "{spec:?}: {found:?}");
        assert!(!found.rough && found.residual <= allowed + 1e-7 && found.steps <= MAX_STEPS, "{spec:?}: {found:?}");
        most = most.max(found.steps);
        all.push(found.steps);
    }
    all.sort_unstable();
    let median = all[all.len() / 2];
    assert!(median <= 128 && most <= 600, "median {median} most {most}");
}

#[test]
fn every_weight_is_that_of_many_equal_steps() {
    let mut rng = ChaCha8Rng::seed_from_u64(32);
    for (round, trunk) in ["[8]", "[9,5]", "[6,6,6]"].into_iter().enumerate() {
        let spec = spec(4, trunk, 3);
        let flat = init_weights(&Layout::new(&spec).unwrap(), round as u64);
        let features = floats(&mut rng, 4);
        let mut weights = [0.0; 4];
        let mut net = Attributor::new(&spec, &flat).unwrap();
        net.attribute(&features, classes([0, 1]), &mut weights, MAX_STEPS, 1e-4).unwrap();
        for (actual, expected) in weights.iter().zip(slow_weights(&spec, &flat, &features)) {
            assert!((f64::from(*actual) - expected).abs() < 1e-3, "{trunk}: {actual} {expected}");
        }
    }
}

#[test]
fn one_open_unit_is_explained_exactly_in_the_first_steps() {
    let mut weights = [0.0; 2];
    let found =
        one_unit([2.0, -1.0], 8.0, 3.0).attribute(&[1.5, 2.0], classes([0, 1]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(weights, [9.0, -6.0], "linear there: weight = 3 · w · x");
    assert_eq!((found.baseline, found.steps, found.rough), (24.0, 15, false));
    assert!(found.residual < 1e-5);
}

#[test]
fn a_kink_on_the_path_is_found_as_by_hand() {
    // relu(3α − 1) opens at α = 1/3; over the remaining 2/3 the slopes are 1 and 2: weights 2/3 and 4/3, 2 together.
    let mut net = one_unit([1.0, 2.0], -1.0, 1.0);
    let mut weights = [0.0; 2];
    let found = net.attribute(&[1.0, 1.0], classes([0, 1]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(found.baseline, 0.0);
    assert!((weights[0] - 2.0 / 3.0).abs() < 0.01 && (weights[1] - 4.0 / 3.0).abs() < 0.02, "{weights:?}");
    // A unit that never opens explains nothing.
    let found = net.attribute(&[-1.0, -1.0], classes([0, 1]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert!(weights.iter().all(|weight| *weight == 0.0), "{weights:?}");
    assert_eq!((found.residual, found.steps, found.rough), (0.0, 15, false));
}

#[test]
fn weights_carry_the_sign_of_what_speaks_for_the_chosen_output_and_swapping_negates_them() {
    let mut rng = ChaCha8Rng::seed_from_u64(33);
    let spec = spec(6, "[20,10]", 3);
    let mut net = Attributor::new(&spec, &init_weights(&Layout::new(&spec).unwrap(), 5)).unwrap();
    let features = floats(&mut rng, 6);
    let (mut weights, mut swapped) = ([0.0; 6], [0.0; 6]);
    let there = net.attribute(&features, classes([2, 0]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    let back = net.attribute(&features, classes([0, 2]), &mut swapped, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(weights.map(|weight| -weight), swapped);
    assert_eq!((there.baseline, there.residual, there.steps), (-back.baseline, back.residual, back.steps));
    net.attribute(&features, classes([1, 1]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(weights, [0.0; 6], "nothing exceeds itself");

    one_unit([1.0, -1.0], 5.0, 1.0).attribute(&[1.0, 1.0], classes([0, 1]), &mut weights[..2], MAX_STEPS, TOLERANCE).unwrap();
    assert!(weights[0] > 0.0 && weights[1] < 0.0);
    one_unit([1.0, -1.0], 5.0, 1.0).attribute(&[1.0, 1.0], classes([1, 0]), &mut weights[..2], MAX_STEPS, TOLERANCE).unwrap();
    assert!(weights[0] < 0.0 && weights[1] > 0.0);
}

#[test]
fn too_few_steps_are_marked_as_rough() {
    let mut net = one_unit([1.0, 2.0], -1.0, 1.0);
    let mut weights = [0.0; 2];
    for max_steps in [0, 1, 2, 15, 16, 17, 18, 33] {
        let found = net.attribute(&[1.0, 1.0], classes([0, 1]), &mut weights, max_steps, 1e-6).unwrap();
        assert!(found.steps <= max_steps.max(1), "{max_steps}: {found:?}");
        assert_eq!(found.rough, found.residual > 2e-6, "{found:?}");
    }
    // The middle of the whole path lies beyond the kink: 3 instead of 2.
    let found = net.attribute(&[1.0, 1.0], classes([0, 1]), &mut weights, 1, TOLERANCE).unwrap();
    assert_eq!((weights, found.residual, found.steps, found.rough), ([1.0, 2.0], 1.0, 1, true));
}

#[test]
fn attribute_refuses_what_it_cannot_explain() {
    let mut net = one_unit([1.0, 2.0], -1.0, 1.0);
    let mut weights = [0.0; 2];
    let mut code = |features: &[f32], pair, len: usize| {
        net.attribute(features, classes(pair), &mut weights[..len], MAX_STEPS, TOLERANCE).unwrap_err().code()
    };
    assert_eq!(code(&[1.0], [0, 1], 2), "RLT_SHAPE");
    assert_eq!(code(&[1.0, 1.0], [0, 1], 1), "RLT_SHAPE");
    assert_eq!(code(&[1.0, f32::NAN], [0, 1], 2), "RLT_NON_FINITE");
    assert_eq!(code(&[1.0, 1.0], [2, 1], 2), "RLT_HEAD");
    assert_eq!(code(&[1.0, 1.0], [0, 2], 2), "RLT_HEAD");
    assert_eq!(code(&[f32::MAX, f32::MAX], [0, 1], 2), "RLT_NON_FINITE");
    assert_eq!(Attributor::new(&spec(2, "[1]", 2), &[0.0; 6]).unwrap_err().code(), "RLT_SHAPE");
}

/// Every kind of head with an account part of five scalars.
const WITH_ACCOUNT: &str = r#"{"inputs":6,"trunk":[20,10],"heads":[{"name":"r","kind":"regression","size":2},
    {"name":"v","kind":"value","size":3,"dueling":true,"quantiles":3}],"account":{"scalars":5,"hidden":9}}"#;

#[test]
fn weights_of_features_and_scalars_and_the_baseline_add_up_to_the_difference_of_two_afterstates() {
    let mut rng = ChaCha8Rng::seed_from_u64(34);
    let spec = NetSpec::from_json(WITH_ACCOUNT).unwrap();
    for _ in 0..200 {
        let flat = full_weights(&spec, &mut rng);
        let [features, s, s_of_other] = [6, 5, 5].map(|len| floats(&mut rng, len));
        let pair = [Afterstate { class: 2, scalars: &s }, Afterstate { class: 1, scalars: &s_of_other }];
        let mut weights = [f32::NAN; 11];
        let mut net = Attributor::new(&spec, &flat).unwrap();
        let found = net.attribute(&features, pair, &mut weights, MAX_STEPS, TOLERANCE).unwrap();
        let at = difference(&spec, &flat, &wide(&features), pair, 1.0);
        let zero = difference(&spec, &flat, &[0.0; 6], pair, 0.0);
        assert!((found.baseline - zero).abs() < 1e-5);
        let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
        let allowed = 0.01 * (at - zero).abs().max(1e-4);
        assert!((sum + found.baseline - at).abs() <= allowed + 1e-5, "{found:?}");
        assert!(!found.rough && found.residual <= allowed + 1e-7 && found.steps <= MAX_STEPS, "{found:?}");

        let (mut values, scalars) = ([0.0; 2], [s.clone(), s_of_other.clone()].concat());
        FusedNet::new(&spec, &flat).unwrap().evaluate(&features, &[2, 1], &scalars, &mut values).unwrap();
        assert!((f64::from(values[0]) - f64::from(values[1]) - at).abs() < 1e-5);
    }
}

#[test]
fn every_weight_of_two_afterstates_is_that_of_many_equal_steps() {
    const STEPS: u32 = 20_000;
    let mut rng = ChaCha8Rng::seed_from_u64(35);
    let json = r#"{"inputs":2,"trunk":[6],"heads":[{"name":"v","kind":"value","size":2}],"account":{"scalars":2,"hidden":5}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let flat = full_weights(&spec, &mut rng);
    let [features, s, s_of_other] = [(); 3].map(|()| floats(&mut rng, 2));
    let pair = [Afterstate { class: 0, scalars: &s }, Afterstate { class: 1, scalars: &s_of_other }];
    let mut weights = [0.0; 4];
    Attributor::new(&spec, &flat).unwrap().attribute(&features, pair, &mut weights, MAX_STEPS, 1e-4).unwrap();
    let at = |point: &[f64]| value(&spec, &flat, &point[..2], 0, &point[2..4]) - value(&spec, &flat, &point[..2], 1, &point[4..]);
    let end = [wide(&features), wide(&s), wide(&s_of_other)].concat();
    let mut expected = [0.0; 4];
    for step in 0..STEPS {
        let share = (f64::from(step) + 0.5) / f64::from(STEPS);
        let point: Vec<f64> = end.iter().map(|value| share * value).collect();
        for (unit, &length) in end.iter().enumerate() {
            let [above, below] = [1e-7, -1e-7].map(|shift| {
                let mut point = point.clone();
                point[unit] += shift;
                at(&point)
            });
            expected[if unit < 4 { unit } else { unit - 2 }] += length * (above - below) / 2e-7 / f64::from(STEPS);
        }
    }
    for (actual, expected) in weights.iter().zip(expected) {
        assert!((f64::from(*actual) - expected).abs() < 1e-3, "{actual} {expected}");
    }
}

#[test]
fn swapping_two_afterstates_negates_every_weight() {
    let mut rng = ChaCha8Rng::seed_from_u64(36);
    let spec = NetSpec::from_json(WITH_ACCOUNT).unwrap();
    let mut net = Attributor::new(&spec, &full_weights(&spec, &mut rng)).unwrap();
    for classes in [[0, 2], [1, 1]] {
        let [features, s, s_of_other] = [6, 5, 5].map(|len| floats(&mut rng, len));
        let pair = [Afterstate { class: classes[0], scalars: &s }, Afterstate { class: classes[1], scalars: &s_of_other }];
        let (mut weights, mut swapped) = ([0.0; 11], [0.0; 11]);
        let there = net.attribute(&features, pair, &mut weights, MAX_STEPS, TOLERANCE).unwrap();
        let back = net.attribute(&features, [pair[1], pair[0]], &mut swapped, MAX_STEPS, TOLERANCE).unwrap();
        assert_eq!(weights.map(|weight| -weight), swapped);
        assert_eq!((there.baseline, there.residual, there.steps), (-back.baseline, back.residual, back.steps));
        net.attribute(&features, [pair[0], pair[0]], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
        assert_eq!(weights, [0.0; 11], "nothing exceeds itself");
    }
}

#[test]
fn scalars_alone_explain_what_they_alone_changed() {
    let mut rng = ChaCha8Rng::seed_from_u64(37);
    let spec = NetSpec::from_json(WITH_ACCOUNT).unwrap();
    let flat = full_weights(&spec, &mut rng);
    let mut net = Attributor::new(&spec, &flat).unwrap();
    let s = floats(&mut rng, 5);
    // The same class at the baseline's features: only the first scalar differs.
    let mut other = s.clone();
    other[0] = -other[0];
    let pair = [Afterstate { class: 1, scalars: &s }, Afterstate { class: 1, scalars: &other }];
    let mut weights = [f32::NAN; 11];
    let found = net.attribute(&[0.0; 6], pair, &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert!(found.baseline.abs() < 1e-6 && !found.rough);
    assert!(weights[..6].iter().all(|weight| *weight == 0.0));
    let sum: f64 = weights.iter().map(|weight| f64::from(*weight)).sum();
    let expected = difference(&spec, &flat, &[0.0; 6], pair, 1.0);
    assert!(expected.abs() > 0.01 && (sum - expected).abs() <= 0.01 * expected.abs() + 1e-5, "{sum} {expected}");
    assert!(weights[6].abs() > 0.5 * expected.abs() as f32, "{weights:?} of {expected}");
}

#[test]
fn classes_count_the_outputs_of_all_value_heads() {
    let json = r#"{"inputs":3,"trunk":[8],"heads":[{"name":"a","kind":"value","size":2,"dueling":true},
        {"name":"r","kind":"regression","size":1},{"name":"b","kind":"value","size":2,"dueling":true}]}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(38);
    let flat = full_weights(&spec, &mut rng);
    let features = floats(&mut rng, 3);
    let mut weights = [0.0; 3];
    let mut net = Attributor::new(&spec, &flat).unwrap();
    let found = net.attribute(&features, classes([3, 2]), &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    let mut served = [0.0; 5];
    FusedNet::new(&spec, &flat).unwrap().forward(&features, &mut served).unwrap();
    let (sum, difference) = (weights.iter().sum::<f32>(), served[4] - served[3]);
    assert!((sum + found.baseline as f32 - difference).abs() <= 0.01 * difference.abs() + 1e-5);
    let error = net.attribute(&features, classes([0, 4]), &mut weights, MAX_STEPS, TOLERANCE).unwrap_err();
    assert_eq!(error.to_string(), "Cannot use other as it must be below 4: it is 4");
}

#[test]
fn attribute_refuses_scalars_of_another_length_or_without_end() {
    let spec = NetSpec::from_json(WITH_ACCOUNT).unwrap();
    let mut net = Attributor::new(&spec, &init_weights(&Layout::new(&spec).unwrap(), 1)).unwrap();
    let mut refuse = |chosen: &[f32], other: &[f32], len: usize| {
        let pair = [Afterstate { class: 0, scalars: chosen }, Afterstate { class: 0, scalars: other }];
        net.attribute(&[0.0; 6], pair, &mut vec![0.0; len], MAX_STEPS, TOLERANCE).unwrap_err().to_string()
    };
    assert_eq!(refuse(&[0.0; 4], &[0.0; 5], 11), "Cannot accept chosenScalars as its length must be 5: it is 4");
    assert_eq!(refuse(&[0.0; 5], &[0.0; 6], 11), "Cannot accept otherScalars as its length must be 5: it is 6");
    assert_eq!(refuse(&[0.0; 5], &[0.0; 5], 6), "Cannot accept weights as its length must be 11: it is 6");
    let infinite = [0.0, 0.0, f32::INFINITY, 0.0, 0.0];
    let text = "Cannot accept otherScalars as every value must be finite: index 2 is inf";
    assert_eq!(refuse(&[0.0; 5], &infinite, 11), text);
}

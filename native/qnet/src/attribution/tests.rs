#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::init_weights;

fn floats(rng: &mut ChaCha8Rng, len: usize) -> Vec<f32> {
    (0..len).map(|_| (rng.next_u32() >> 8) as f32 / 4_194_304.0 - 2.0).collect()
}

fn spec(inputs: usize, trunk: &str, outputs: usize) -> NetSpec {
    let json = format!(r#"{{"inputs":{inputs},"trunk":{trunk},"heads":[{{"name":"v","kind":"value","size":{outputs}}}]}}"#);
    NetSpec::from_json(&json).unwrap()
}

/// By how much output 0 exceeds output 1, by the definition, in f64.
fn reference(spec: &NetSpec, weights: &[f32], row: &[f64]) -> f64 {
    let layout = Layout::new(spec).unwrap();
    let mut x = row.to_vec();
    for (index, layer) in layout.layers().iter().enumerate() {
        let output = |output: usize| {
            let row = &weights[layer.weight + output * layer.inputs..][..layer.inputs];
            let sum = f64::from(weights[layer.bias + output]) + row.iter().zip(&x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
            if index + 1 < layout.layers().len() { sum.max(0.0) } else { sum }
        };
        x = (0..layer.outputs).map(output).collect();
    }
    x[0] - x[1]
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
        let found = net.attribute(&features, [0, 1], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
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
        net.attribute(&features, [0, 1], &mut weights, MAX_STEPS, 1e-4).unwrap();
        for (actual, expected) in weights.iter().zip(slow_weights(&spec, &flat, &features)) {
            assert!((f64::from(*actual) - expected).abs() < 1e-3, "{trunk}: {actual} {expected}");
        }
    }
}

#[test]
fn one_open_unit_is_explained_exactly_in_the_first_steps() {
    let mut weights = [0.0; 2];
    let found = one_unit([2.0, -1.0], 8.0, 3.0).attribute(&[1.5, 2.0], [0, 1], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(weights, [9.0, -6.0], "linear there: weight = 3 · w · x");
    assert_eq!((found.baseline, found.steps, found.rough), (24.0, 15, false));
    assert!(found.residual < 1e-5);
}

#[test]
fn a_kink_on_the_path_is_found_as_by_hand() {
    // relu(3α − 1) opens at α = 1/3; over the remaining 2/3 the slopes are 1 and 2: weights 2/3 and 4/3, 2 together.
    let mut net = one_unit([1.0, 2.0], -1.0, 1.0);
    let mut weights = [0.0; 2];
    let found = net.attribute(&[1.0, 1.0], [0, 1], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(found.baseline, 0.0);
    assert!((weights[0] - 2.0 / 3.0).abs() < 0.01 && (weights[1] - 4.0 / 3.0).abs() < 0.02, "{weights:?}");
    // A unit that never opens explains nothing.
    let found = net.attribute(&[-1.0, -1.0], [0, 1], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
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
    let there = net.attribute(&features, [2, 0], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    let back = net.attribute(&features, [0, 2], &mut swapped, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(weights.map(|weight| -weight), swapped);
    assert_eq!((there.baseline, there.residual, there.steps), (-back.baseline, back.residual, back.steps));
    net.attribute(&features, [1, 1], &mut weights, MAX_STEPS, TOLERANCE).unwrap();
    assert_eq!(weights, [0.0; 6], "nothing exceeds itself");

    one_unit([1.0, -1.0], 5.0, 1.0).attribute(&[1.0, 1.0], [0, 1], &mut weights[..2], MAX_STEPS, TOLERANCE).unwrap();
    assert!(weights[0] > 0.0 && weights[1] < 0.0);
    one_unit([1.0, -1.0], 5.0, 1.0).attribute(&[1.0, 1.0], [1, 0], &mut weights[..2], MAX_STEPS, TOLERANCE).unwrap();
    assert!(weights[0] < 0.0 && weights[1] > 0.0);
}

#[test]
fn too_few_steps_are_marked_as_rough() {
    let mut net = one_unit([1.0, 2.0], -1.0, 1.0);
    let mut weights = [0.0; 2];
    for max_steps in [0, 1, 2, 15, 16, 17, 18, 33] {
        let found = net.attribute(&[1.0, 1.0], [0, 1], &mut weights, max_steps, 1e-6).unwrap();
        assert!(found.steps <= max_steps.max(1), "{max_steps}: {found:?}");
        assert_eq!(found.rough, found.residual > 2e-6, "{found:?}");
    }
    // The middle of the whole path lies beyond the kink: 3 instead of 2.
    let found = net.attribute(&[1.0, 1.0], [0, 1], &mut weights, 1, TOLERANCE).unwrap();
    assert_eq!((weights, found.residual, found.steps, found.rough), ([1.0, 2.0], 1.0, 1, true));
}

#[test]
fn attribute_refuses_what_it_cannot_explain() {
    let mut net = one_unit([1.0, 2.0], -1.0, 1.0);
    let mut weights = [0.0; 2];
    let mut code = |features: &[f32], pair, len: usize| {
        net.attribute(features, pair, &mut weights[..len], MAX_STEPS, TOLERANCE).unwrap_err().code()
    };
    assert_eq!(code(&[1.0], [0, 1], 2), "RLT_SHAPE");
    assert_eq!(code(&[1.0, 1.0], [0, 1], 1), "RLT_SHAPE");
    assert_eq!(code(&[1.0, f32::NAN], [0, 1], 2), "RLT_NON_FINITE");
    assert_eq!(code(&[1.0, 1.0], [2, 1], 2), "RLT_HEAD");
    assert_eq!(code(&[1.0, 1.0], [0, 2], 2), "RLT_HEAD");
    assert_eq!(code(&[f32::MAX, f32::MAX], [0, 1], 2), "RLT_NON_FINITE");
    assert_eq!(Attributor::new(&spec(2, "[1]", 2), &[0.0; 6]).unwrap_err().code(), "RLT_SHAPE");
}

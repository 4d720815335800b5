#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::SeedableRng;

use super::*;
use crate::testing::{below, floats, full_weights, served_row, value, wide};
use crate::{AccountSpec, Head, HeadKind, Layout, init_weights};

/// Every kind of head, with or without an account part.
fn random_spec(rng: &mut ChaCha8Rng) -> NetSpec {
    let trunk = (0..=below(rng, 4)).map(|_| 1 + below(rng, 90)).collect();
    let mut value = |name: &str| Head {
        dueling: below(rng, 3) == 0,
        quantiles: if below(rng, 3) == 0 { 2 + below(rng, 4) } else { 1 },
        ..Head::new(name, HeadKind::Value, 1 + below(rng, 20))
    };
    let mut heads = vec![value("value"), value("branch")];
    let mut account = None;
    if below(rng, 2) == 0 {
        heads.truncate(1);
        account = Some(AccountSpec { scalars: 1 + below(rng, 6), hidden: 1 + below(rng, 20) });
    }
    for index in 0..below(rng, 3) {
        heads.insert(below(rng, 2), Head::new(format!("r{index}"), HeadKind::Regression, 1 + below(rng, 5)));
    }
    NetSpec { inputs: 1 + below(rng, 70), trunk, heads, account }
}

#[test]
fn forward_equals_the_definition_on_random_networks() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for round in 0..200 {
        let spec = random_spec(&mut rng);
        spec.validate().unwrap();
        let weights = init_weights(&Layout::new(&spec).unwrap(), round);
        let rows = 1 + below(&mut rng, 60);
        let mut features = floats(&mut rng, rows * spec.inputs);
        // Zeros take a path of their own.
        features.iter_mut().step_by(3).for_each(|value| *value = 0.0);
        for simd in Simd::all() {
            let mut net = FusedNet::with_simd(&spec, &weights, simd).unwrap();
            let mut out = vec![f32::NAN; rows * net.outputs()];
            net.forward(&features, &mut out).unwrap();
            for (row, out) in features.chunks(spec.inputs).zip(out.chunks(net.outputs())) {
                for (actual, expected) in out.iter().zip(served_row(&spec, &weights, &wide(row))) {
                    let error = (f64::from(*actual) - expected).abs();
                    assert!(error <= 1e-5 * (1.0 + expected.abs()), "{simd:?} {spec:?}: {actual} {expected}");
                }
            }
        }
    }
}

#[test]
fn forward_gives_a_row_the_same_bits_alone_and_in_any_batch() {
    let mut rng = ChaCha8Rng::seed_from_u64(12);
    for round in 0..50 {
        let spec = random_spec(&mut rng);
        let weights = init_weights(&Layout::new(&spec).unwrap(), round);
        let rows = 110;
        let features = floats(&mut rng, rows * spec.inputs);
        let mut fused: Option<Vec<f32>> = None;
        for simd in Simd::all() {
            let mut net = FusedNet::with_simd(&spec, &weights, simd).unwrap();
            let width = net.outputs();
            let mut alone = vec![0.0; rows * width];
            for (row, out) in features.chunks(spec.inputs).zip(alone.chunks_mut(width)) {
                net.forward(row, out).unwrap();
            }
            for batch in [2, 3, 4, 5, 6, 7, 8, 9, 10, 48, 49, 110] {
                let mut together = vec![0.0; batch * width];
                net.forward(&features[..batch * spec.inputs], &mut together).unwrap();
                assert_eq!(together, alone[..batch * width], "{simd:?}, batch {batch}");
            }
            if simd != Simd::Portable {
                let other = fused.get_or_insert_with(|| alone.clone());
                assert!(*other == alone, "{simd:?}: all vector instructions give the same bits");
            }
        }
    }
}

#[test]
fn forward_refuses_wrong_lengths_and_numbers() {
    let spec = NetSpec::from_json(r#"{"inputs":3,"trunk":[4],"heads":[{"name":"a","kind":"value","size":2}]}"#).unwrap();
    let weights = init_weights(&Layout::new(&spec).unwrap(), 1);
    let mut net = FusedNet::new(&spec, &weights).unwrap();
    let mut out = [0.0; 4];
    net.forward(&[], &mut []).unwrap();
    assert_eq!(net.forward(&[0.0; 4], &mut out).unwrap_err().code(), "RLT_SHAPE");
    assert_eq!(net.forward(&[0.0; 3], &mut out).unwrap_err().code(), "RLT_SHAPE");
    let error = net.forward(&[0.0, 0.0, 0.0, 0.0, f32::NEG_INFINITY, f32::NAN], &mut out).unwrap_err();
    assert_eq!(error, EngineError::NonFinite { what: "features", index: 4, actual: "-inf".into() });
    assert_eq!(FusedNet::new(&spec, &weights[1..]).unwrap_err().code(), "RLT_SHAPE");
    let mut broken = weights;
    broken[2] = f32::NAN;
    assert_eq!(FusedNet::new(&spec, &broken).unwrap_err().code(), "RLT_NON_FINITE");
}

#[test]
fn forward_reports_an_overflow_inside_the_network() {
    let spec = NetSpec::from_json(r#"{"inputs":2,"trunk":[17,17],"heads":[{"name":"a","kind":"value","size":2}]}"#).unwrap();
    let layout = Layout::new(&spec).unwrap();
    for simd in Simd::all() {
        for sign in [1.0_f32, -1.0] {
            let mut weights = vec![1e30; layout.len()];
            // The second layer subtracts infinities: NaN must not be taken for an inactive unit.
            weights[layout.layers()[1].weight..].iter_mut().step_by(2).for_each(|weight| *weight *= sign);
            let mut net = FusedNet::with_simd(&spec, &weights, simd).unwrap();
            for rows in [1, 2] {
                let error = net.forward(&vec![1e30; rows * 2], &mut vec![0.0; rows * 2]).unwrap_err();
                assert!(matches!(error, EngineError::NonFinite { what: "outputs", .. }), "{simd:?}: {error}");
            }
        }
    }
}

#[test]
fn evaluate_equals_the_definition_alone_and_in_any_batch() {
    let mut rng = ChaCha8Rng::seed_from_u64(13);
    for _ in 0..200 {
        let spec = random_spec(&mut rng);
        let weights = full_weights(&spec, &mut rng);
        let (count, scalars) = (below(&mut rng, 40), spec.scalars());
        let mut features = floats(&mut rng, spec.inputs);
        features.iter_mut().step_by(3).for_each(|value| *value = 0.0);
        let classes: Vec<u8> = (0..count).map(|_| below(&mut rng, spec.classes()) as u8).collect();
        let points = floats(&mut rng, count * scalars);
        for simd in Simd::all() {
            let mut net = FusedNet::with_simd(&spec, &weights, simd).unwrap();
            let mut out = vec![f32::NAN; count];
            net.evaluate(&features, &classes, &points, &mut out).unwrap();
            for (index, (&actual, &class)) in out.iter().zip(&classes).enumerate() {
                let point = &points[index * scalars..][..scalars];
                let expected = value(&spec, &weights, &wide(&features), usize::from(class), &wide(point));
                let error = (f64::from(actual) - expected).abs();
                assert!(error <= 2e-5 * (1.0 + expected.abs()), "{simd:?} {spec:?}: {actual} {expected}");
                let mut alone = [f32::NAN];
                net.evaluate(&features, &[class], point, &mut alone).unwrap();
                assert_eq!(alone[0].to_bits(), actual.to_bits());
            }
        }
    }
}

#[test]
fn evaluate_gives_the_served_value_until_the_account_counts() {
    let json = r#"{"inputs":3,"trunk":[8],"heads":[{"name":"r","kind":"regression","size":2},
        {"name":"a","kind":"value","size":3,"quantiles":4}],"account":{"scalars":2,"hidden":5}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let mut net = FusedNet::new(&spec, &init_weights(&Layout::new(&spec).unwrap(), 4)).unwrap();
    let (features, mut served, mut out) = ([0.5, -1.0, 2.0], [0.0; 17], [0.0; 3]);
    net.forward(&features, &mut served).unwrap();
    net.evaluate(&features, &[0, 1, 2], &[1.0; 6], &mut out).unwrap();
    assert_eq!(out, served[2..5]);
}

#[test]
fn evaluate_refuses_wrong_lengths_classes_and_numbers() {
    let json = r#"{"inputs":2,"trunk":[4],"heads":[{"name":"a","kind":"value","size":2}],"account":{"scalars":1,"hidden":3}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let mut weights = full_weights(&spec, &mut ChaCha8Rng::seed_from_u64(14));
    let mut net = FusedNet::new(&spec, &weights).unwrap();
    let mut refuse = |features: &[f32], classes: &[u8], scalars: &[f32], len: usize| {
        net.evaluate(features, classes, scalars, &mut vec![0.0; len]).unwrap_err().to_string()
    };
    assert_eq!(refuse(&[0.0], &[0], &[0.0], 1), "Cannot accept features as its length must be 2: it is 1");
    assert_eq!(refuse(&[0.0; 2], &[0], &[0.0; 2], 1), "Cannot accept scalars as its length must be 1: it is 2");
    assert_eq!(refuse(&[0.0; 2], &[0], &[0.0], 2), "Cannot accept out as its length must be 1: it is 2");
    assert_eq!(
        refuse(&[0.0; 2], &[0; 257], &[0.0; 257], 257),
        "Cannot accept classes as its length must be at most 256: it is 257"
    );
    assert_eq!(refuse(&[0.0; 2], &[1, 2], &[0.0; 2], 2), "Cannot use classes[1] as it must be below 2: it is 2");
    let text = "Cannot accept features as every value must be finite: index 1 is NaN";
    assert_eq!(refuse(&[0.0, f32::NAN], &[0], &[0.0], 1), text);
    let text = "Cannot accept scalars as every value must be finite: index 0 is inf";
    assert_eq!(refuse(&[0.0; 2], &[0], &[f32::INFINITY], 1), text);
    net.evaluate(&[0.0; 2], &[0; 256], &[0.0; 256], &mut [0.0; 256]).unwrap();
    net.evaluate(&[0.0; 2], &[], &[], &mut []).unwrap();

    let slots = Layout::new(&spec).unwrap().account().unwrap();
    weights[slots.scalars..].fill(1e30);
    let mut net = FusedNet::new(&spec, &weights).unwrap();
    let error = net.evaluate(&[0.0; 2], &[0, 1], &[-1.0, 1e9], &mut [0.0; 2]).unwrap_err();
    assert!(matches!(error, EngineError::NonFinite { what: "outputs", index: 1, .. }), "{error}");
}

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::{Head, HeadKind, init_weights};

fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    rng.next_u32() as usize % limit
}

fn floats(rng: &mut ChaCha8Rng, len: usize) -> Vec<f32> {
    (0..len).map(|_| (rng.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect()
}

fn random_spec(rng: &mut ChaCha8Rng) -> NetSpec {
    let trunk = (0..=below(rng, 4)).map(|_| 1 + below(rng, 90)).collect();
    let mut heads = vec![Head::new("value", HeadKind::Value, 1 + below(rng, 40))];
    for index in 0..below(rng, 3) {
        heads.insert(below(rng, 2), Head::new(format!("r{index}"), HeadKind::Regression, 1 + below(rng, 5)));
    }
    NetSpec { inputs: 1 + below(rng, 70), trunk, heads, account: None }
}

/// The definition, in f64, one product at a time.
fn reference(spec: &NetSpec, weights: &[f32], row: &[f32]) -> Vec<f64> {
    let layout = Layout::new(spec).unwrap();
    let mut x: Vec<f64> = row.iter().map(|value| f64::from(*value)).collect();
    for (index, layer) in layout.layers().iter().enumerate() {
        x = (0..layer.outputs)
            .map(|output| {
                let products = x.iter().zip(&weights[layer.weight + output * layer.inputs..]).map(|(x, w)| x * f64::from(*w));
                let sum = f64::from(weights[layer.bias + output]) + products.sum::<f64>();
                if index + 1 < layout.layers().len() { sum.max(0.0) } else { sum }
            })
            .collect();
    }
    x
}

fn every_simd() -> Vec<Simd> {
    let mut all = vec![Simd::Portable];
    if Simd::detect() != Simd::Portable {
        all.push(Simd::detect());
    }
    all
}

#[test]
fn forward_equals_the_definition_on_random_networks() {
    let mut rng = ChaCha8Rng::seed_from_u64(11);
    for round in 0..200 {
        let spec = random_spec(&mut rng);
        let weights = init_weights(&Layout::new(&spec).unwrap(), round);
        let rows = 1 + below(&mut rng, 60);
        let mut features = floats(&mut rng, rows * spec.inputs);
        // Zeros take a path of their own.
        features.iter_mut().step_by(3).for_each(|value| *value = 0.0);
        for simd in every_simd() {
            let mut net = FusedNet::with_simd(&spec, &weights, simd).unwrap();
            let mut out = vec![f32::NAN; rows * net.outputs()];
            net.forward(&features, &mut out).unwrap();
            for (row, out) in features.chunks(spec.inputs).zip(out.chunks(net.outputs())) {
                for (actual, expected) in out.iter().zip(reference(&spec, &weights, row)) {
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
        for simd in every_simd() {
            let mut net = FusedNet::with_simd(&spec, &weights, simd).unwrap();
            let rows = 110;
            let width = net.outputs();
            let features = floats(&mut rng, rows * spec.inputs);
            let mut alone = vec![0.0; rows * width];
            for (row, out) in features.chunks(spec.inputs).zip(alone.chunks_mut(width)) {
                net.forward(row, out).unwrap();
            }
            for batch in [2, 3, 4, 5, 6, 7, 48, 49, 110] {
                let mut together = vec![0.0; batch * width];
                net.forward(&features[..batch * spec.inputs], &mut together).unwrap();
                assert_eq!(together, alone[..batch * width], "{simd:?}, batch {batch}");
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
    for simd in every_simd() {
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

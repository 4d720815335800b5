#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::testing::{floats, full_weights, raw_row, wide};
use crate::{FusedNet, init_weights};

fn spec(inputs: usize, trunk: &str, outputs: usize) -> NetSpec {
    let json = format!(r#"{{"inputs":{inputs},"trunk":{trunk},"heads":[{{"name":"v","kind":"value","size":{outputs}}}]}}"#);
    NetSpec::from_json(&json).unwrap()
}

/// Outputs and gradient by the definition, in f64.
fn reference(spec: &NetSpec, weights: &[f64], rows: &[f32], slope: &[f32]) -> (Vec<f64>, Vec<f64>) {
    let layout = Layout::new(spec).unwrap();
    let layers = layout.layers();
    let (mut all, mut gradient) = (Vec::new(), vec![0.0; weights.len()]);
    for (row, slope) in rows.chunks(spec.inputs).zip(slope.chunks(spec.outputs())) {
        let mut kept = vec![row.iter().map(|value| f64::from(*value)).collect::<Vec<_>>()];
        for (index, layer) in layers.iter().enumerate() {
            let x = &kept[index];
            let out = (0..layer.outputs).map(|output| {
                let row = &weights[layer.weight + output * layer.inputs..][..layer.inputs];
                let sum = weights[layer.bias + output] + row.iter().zip(x).map(|(w, x)| w * x).sum::<f64>();
                if index + 1 < layers.len() { sum.max(0.0) } else { sum }
            });
            kept.push(out.collect());
        }
        all.extend_from_slice(&kept[layers.len()]);
        let mut slope: Vec<f64> = slope.iter().map(|value| f64::from(*value)).collect();
        for (index, layer) in layers.iter().enumerate().rev() {
            let mut before = vec![0.0; layer.inputs];
            for (output, slope) in slope.iter().enumerate() {
                gradient[layer.bias + output] += slope;
                for (input, before) in before.iter_mut().enumerate() {
                    let at = layer.weight + output * layer.inputs + input;
                    gradient[at] += slope * kept[index][input];
                    *before += if index > 0 && kept[index][input] <= 0.0 { 0.0 } else { slope * weights[at] };
                }
            }
            slope = before;
        }
    }
    (all, gradient)
}

#[test]
fn passes_equal_the_definition_on_random_networks() {
    let mut rng = ChaCha8Rng::seed_from_u64(21);
    for round in 0..60 {
        let mut below = |limit: u32| 1 + (rng.next_u32() % limit) as usize;
        let trunk = format!("{:?}", (0..below(3)).map(|_| below(70)).collect::<Vec<_>>());
        let spec = spec(below(40), &trunk, below(20));
        let rows = below(50);
        let weights = init_weights(&Layout::new(&spec).unwrap(), round);
        let [features, slope] = [rows * spec.inputs, rows * spec.outputs()].map(|len| floats(&mut rng, len));
        let wide: Vec<f64> = weights.iter().map(|value| f64::from(*value)).collect();
        let (outputs, expected) = reference(&spec, &wide, &features, &slope);
        for simd in Simd::all() {
            let mut net = Backprop::with_simd(&spec, rows, simd).unwrap();
            let (mut out, mut gradient) = (vec![f32::NAN; outputs.len()], vec![f32::NAN; weights.len()]);
            // Twice: nothing of the first call may be left.
            for _ in 0..2 {
                net.forward_keeping(&weights, &features, &mut out).unwrap();
                net.backward(&weights, &slope, &mut gradient).unwrap();
            }
            for (actual, expected) in gradient.iter().zip(&expected).chain(out.iter().zip(&outputs)) {
                let error = (f64::from(*actual) - expected).abs();
                assert!(error <= 1e-5 * (1.0 + expected.abs()), "{simd:?} {spec:?}: {actual} {expected}");
            }
            let (mut x, mut again) = (Panels::zeroed(spec.inputs, rows), vec![f32::NAN; outputs.len()]);
            x.load(&features).unwrap();
            net.forward(&weights, &x, &mut again).unwrap();
            assert_eq!(again, out, "with and without keeping");
        }
    }
}

#[test]
fn passes_give_the_same_bits_with_all_vector_instructions() {
    let mut rng = ChaCha8Rng::seed_from_u64(26);
    // Widths and rows that fill panels and lanes, and that do not; one panel, an odd number and an even number of them.
    for (inputs, trunk, outputs, rows) in
        [(32, "[64]", 3, 16), (30, "[33,47]", 17, 50), (5, "[128,8]", 1, 33), (16, "[15]", 2, 64)]
    {
        let spec = spec(inputs, trunk, outputs);
        let weights = init_weights(&Layout::new(&spec).unwrap(), 7);
        let [features, slope] = [rows * inputs, rows * outputs].map(|len| floats(&mut rng, len));
        let fused = Simd::all().into_iter().filter(|simd| *simd != Simd::Portable);
        let runs: Vec<_> = fused
            .map(|simd| {
                let mut net = Backprop::with_simd(&spec, rows, simd).unwrap();
                let (mut out, mut gradient) = (vec![f32::NAN; slope.len()], vec![f32::NAN; weights.len()]);
                net.forward_keeping(&weights, &features, &mut out).unwrap();
                net.backward(&weights, &slope, &mut gradient).unwrap();
                (out, gradient)
            })
            .collect();
        assert!(runs.iter().all(|run| *run == runs[0]), "{inputs} {trunk} {outputs} {rows}");
    }
}

#[test]
fn backward_equals_the_numerical_gradient() {
    let spec = spec(5, "[7,6]", 2);
    let mut rng = ChaCha8Rng::seed_from_u64(22);
    let weights = init_weights(&Layout::new(&spec).unwrap(), 9);
    let (features, slope) = (floats(&mut rng, 5 * 9), floats(&mut rng, 2 * 9));
    let mut net = Backprop::new(&spec, 9).unwrap();
    let mut gradient = vec![0.0; weights.len()];
    net.forward_keeping(&weights, &features, &mut [0.0; 18]).unwrap();
    net.backward(&weights, &slope, &mut gradient).unwrap();
    // The loss is the outputs' product with the slopes; its differences are taken in f64, where 1e-6 is a fine step.
    let loss = |at: usize, step: f64| {
        let mut moved: Vec<f64> = weights.iter().map(|value| f64::from(*value)).collect();
        moved[at] += step;
        let (outputs, _) = reference(&spec, &moved, &features, &slope);
        outputs.iter().zip(&slope).map(|(output, slope)| output * f64::from(*slope)).sum::<f64>()
    };
    for (at, slope) in gradient.iter().enumerate() {
        let expected = (loss(at, 1e-6) - loss(at, -1e-6)) / 2e-6;
        assert!((f64::from(*slope) - expected).abs() < 1e-5, "weight {at}: {slope} {expected}");
    }
}

#[test]
fn forward_gives_what_the_inference_network_gives() {
    let spec = spec(32, "[128,128]", 3);
    let weights = init_weights(&Layout::new(&spec).unwrap(), 3);
    let features = floats(&mut ChaCha8Rng::seed_from_u64(23), 32 * 50);
    let (mut out, mut expected) = (vec![0.0; 150], vec![0.0; 150]);
    Backprop::new(&spec, 50).unwrap().forward_keeping(&weights, &features, &mut out).unwrap();
    FusedNet::new(&spec, &weights).unwrap().forward(&features, &mut expected).unwrap();
    assert_eq!(out, expected, "bit for bit: both add in the order of the inputs");
}

#[test]
fn adam_matches_hand_computed_steps_and_the_instructions_do_not_matter() {
    let (mut rng, len) = (ChaCha8Rng::seed_from_u64(24), 37);
    let gradient = floats(&mut rng, len);
    let start = floats(&mut rng, len);
    let step = AdamStep { scale: 0.5, mean: 0.1, square: 0.001, root: 2.0, guard: 0.25 };
    let runs: Vec<_> = Simd::all()
        .into_iter()
        .map(|simd| {
            let net = Backprop::with_simd(&spec(1, "[1]", 1), 1, simd).unwrap();
            let (mut weights, mut means, mut squares) = (start.clone(), vec![0.0; len], vec![0.0; len]);
            net.adam(step, &mut weights, &gradient, &mut means, &mut squares);
            let mut target = start.clone();
            net.follow(&mut target, &weights, 0.25);
            (weights, means, squares, target, net.norm(&gradient).to_bits())
        })
        .collect();
    assert!(runs.iter().all(|run| *run == runs[0]));
    let (weights, means, squares, target, norm) = &runs[0];
    for at in 0..len {
        let slope = 0.5 * gradient[at];
        let expected = start[at] - 0.1 * slope / ((0.001 * slope * slope).sqrt() * 2.0 + 0.25);
        assert!((means[at] - 0.1 * slope).abs() < 1e-7 && (squares[at] - 0.001 * slope * slope).abs() < 1e-9);
        assert!((weights[at] - expected).abs() < 1e-6);
        assert!((target[at] - 0.75 * start[at] - 0.25 * weights[at]).abs() < 1e-6);
    }
    let expected = gradient.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
    assert!((f64::from_bits(*norm) - expected).abs() < 1e-12);
}

#[test]
fn passes_refuse_wrong_lengths() {
    let spec = spec(2, "[3]", 2);
    let weights = init_weights(&Layout::new(&spec).unwrap(), 1);
    let mut net = Backprop::new(&spec, 4).unwrap();
    let (mut gradient, mut out) = (vec![0.0; weights.len()], [0.0; 8]);
    let codes = [
        net.forward_keeping(&weights[1..], &[0.0; 8], &mut out),
        net.forward_keeping(&weights, &[0.0; 6], &mut out),
        net.forward_keeping(&weights, &[0.0; 8], &mut out[1..]),
        net.forward(&weights, &Panels::zeroed(3, 4), &mut out),
        net.backward(&weights, &[0.0; 7], &mut gradient),
        net.backward(&weights, &[0.0; 8], &mut gradient[1..]),
    ];
    assert!(codes.into_iter().all(|result| result.unwrap_err().code() == "RLT_SHAPE"));
}

#[test]
fn passes_give_raw_rows_and_leave_the_tail_alone() {
    let json = r#"{"inputs":3,"trunk":[5],"heads":[{"name":"v","kind":"value","size":2,"dueling":true,"quantiles":3}],
        "account":{"scalars":2,"hidden":4}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let layout = Layout::new(&spec).unwrap();
    let mut rng = ChaCha8Rng::seed_from_u64(25);
    let weights = full_weights(&spec, &mut rng);
    let [features, slope] = [2 * 3, 2 * 13].map(|len| floats(&mut rng, len));
    let mut net = Backprop::new(&spec, 2).unwrap();
    let (mut out, mut gradient) = (vec![0.0; 26], vec![7.0; weights.len()]);
    net.forward_keeping(&weights, &features, &mut out).unwrap();
    net.backward(&weights, &slope, &mut gradient).unwrap();
    for (row, out) in features.chunks(3).zip(out.chunks(13)) {
        for (actual, expected) in out.iter().zip(raw_row(&spec, &weights, &wide(row))) {
            assert!((f64::from(*actual) - expected).abs() < 1e-5);
        }
    }
    assert!(gradient[layout.tail()].iter().all(|slope| *slope == 7.0));
    assert!(gradient[..layout.tail().start].iter().all(|slope| *slope != 7.0));
}

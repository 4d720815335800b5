//! LibTorch and the fused forward compute the same network.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use learner::{Learner, LearnerConfig, Network};
use qnet::{AccountSpec, FusedNet, Head, HeadKind, Layout, Model, NetSpec, init_weights};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    rng.next_u32() as usize % limit
}

fn random_spec(rng: &mut ChaCha8Rng) -> NetSpec {
    let trunk = (0..=below(rng, 4)).map(|_| 1 + below(rng, 130)).collect();
    let mut heads = vec![Head::new("value", HeadKind::Value, 1 + below(rng, 60))];
    for index in 0..below(rng, 3) {
        let at = below(rng, heads.len() + 1);
        heads.insert(at, Head::new(format!("r{index}"), HeadKind::Regression, 1 + below(rng, 5)));
    }
    NetSpec { inputs: 1 + below(rng, 80), trunk, heads, account: None }
}

fn assert_close(fused: &[f32], torch: &[f32], spec: &NetSpec) {
    assert_eq!(fused.len(), torch.len());
    for (a, b) in fused.iter().zip(torch) {
        assert!((a - b).abs() <= 1e-5 + 1e-5 * b.abs(), "{a} {b} {spec:?}");
    }
}

#[test]
fn fused_forward_equals_libtorch_on_a_thousand_random_networks() {
    tch::set_num_threads(1);
    let mut rng = ChaCha8Rng::seed_from_u64(2026);
    for seed in 0..1000 {
        let spec = random_spec(&mut rng);
        let weights = init_weights(&Layout::new(&spec).unwrap(), seed);
        let rows = [1, 1 + below(&mut rng, 70)][below(&mut rng, 2)];
        let features: Vec<f32> =
            (0..rows * spec.inputs).map(|_| 5.0 * ((rng.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0)).collect();
        let mut fused = vec![0.0; rows * spec.outputs()];
        FusedNet::new(&spec, &weights).unwrap().forward(&features, &mut fused).unwrap();
        let out = Network::new(&spec, &weights).unwrap().forward_rows(&features).unwrap();
        let mut torch = vec![0.0; out.numel()];
        out.copy_data(&mut torch, out.numel());
        assert_close(&fused, &torch, &spec);
    }
}

#[test]
fn learner_serves_and_values_as_the_fused_network_does() {
    let mut rng = ChaCha8Rng::seed_from_u64(7);
    for seed in 0..40 {
        let branches = seed % 2 == 1;
        let mut spec = random_spec(&mut rng);
        for head in spec.heads.iter_mut().filter(|head| head.kind == HeadKind::Value) {
            (head.dueling, head.quantiles) = (below(&mut rng, 2) == 0, 1 + below(&mut rng, 5));
        }
        let value = if branches {
            let quantiles = spec.heads.iter().map(|head| head.quantiles).max().unwrap_or(1);
            spec.heads.push(Head { quantiles, ..Head::new("other", HeadKind::Value, 3) });
            "branching"
        } else {
            spec.account = Some(AccountSpec { scalars: 1 + below(&mut rng, 6), hidden: 1 + below(&mut rng, 20) });
            "afterstate"
        };
        let engine = ["fused", "tch"][below(&mut rng, 2)];
        let json = format!(
            r#"{{"net":{},"schema_hash":"h","seed":1,"value":"{value}","engine":"{engine}","replay_capacity":1,"max_afterstates":1,
            "max_points":1,"max_candidates":1}}"#,
            spec.to_json()
        );
        let mut learner = Learner::new(LearnerConfig::from_json(&json).unwrap()).unwrap();
        let mut floats = |len: usize| (0..len).map(|_| (rng.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect::<Vec<_>>();
        let weights = floats(Layout::new(&spec).unwrap().len()).iter().map(|weight| 0.3 * weight).collect();
        let model = Model::new(spec.clone(), "h".into(), weights, BTreeMap::new()).unwrap();
        learner.import(&model).unwrap();
        let mut fused = FusedNet::from_model(&model).unwrap();
        let (rows, features) = (5, floats(5 * spec.inputs));
        let mut out = vec![0.0; rows * spec.outputs()];
        fused.forward(&features, &mut out).unwrap();
        assert_close(&out, &learner.forward(&features).unwrap(), &spec);

        let count = 30;
        let scalars = floats(count * spec.scalars());
        let row_of_point: Vec<_> = (0..count).map(|point| (point / 3 * 2 % rows) as u32).collect();
        let classes: Vec<_> = (0..count).map(|point| (point * 7 % spec.classes()) as u8).collect();
        let values = learner.evaluate(&features, &row_of_point, &classes, &scalars).unwrap();
        for (point, value) in values.into_iter().enumerate() {
            let features = &features[row_of_point[point] as usize * spec.inputs..][..spec.inputs];
            let scalars = &scalars[point * spec.scalars()..][..spec.scalars()];
            let mut expected = [0.0];
            fused.evaluate(features, &classes[point..=point], scalars, &mut expected).unwrap();
            assert_close(&expected, &[value], &spec);
        }
    }
}

#[test]
fn evaluate_refuses_what_does_not_fit() {
    let json = r#"{"net":{"inputs":2,"trunk":[3],"heads":[{"name":"v","kind":"value","size":3}],"account":{"scalars":2,"hidden":4}},
        "schema_hash":"h","seed":1,"replay_capacity":1,"max_afterstates":1,"max_points":1,"max_candidates":1}"#;
    let learner = Learner::new(LearnerConfig::from_json(json).unwrap()).unwrap();
    let row = [1.0, 2.0];
    assert!(learner.evaluate(&[], &[], &[], &[]).unwrap().is_empty());
    assert_eq!(learner.evaluate(&row, &[0, 0], &[0, 2], &[0.5; 4]).unwrap().len(), 2);
    let cases = [
        (
            learner.evaluate(&row[..1], &[0], &[0], &[0.0; 2]),
            "RLT_SHAPE",
            "features as its length must be a multiple of 2: it is 1",
        ),
        (learner.evaluate(&row, &[0], &[0; 2], &[0.0; 4]), "RLT_SHAPE", "rowOfPoint as its length must be 2: it is 1"),
        (learner.evaluate(&row, &[0], &[0], &[0.0]), "RLT_SHAPE", "scalars as its length must be 2: it is 1"),
        (
            learner.evaluate(&row, &[0], &[0], &[0.0, f32::NAN]),
            "RLT_NON_FINITE",
            "scalars as every value must be finite: index 1",
        ),
        (learner.evaluate(&[f32::NAN; 2], &[0], &[0], &[0.0; 2]), "RLT_NON_FINITE", "features"),
        (learner.evaluate(&row, &[1], &[0], &[0.0; 2]), "RLT_HEAD", "rowOfPoint[0] as it must be below 1: it is 1"),
        (learner.evaluate(&row, &[0], &[3], &[0.0; 2]), "RLT_HEAD", "classes[0] as it must be below 3: it is 3"),
    ];
    for (result, code, text) in cases {
        let error = result.unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn exported_model_gives_the_learners_outputs_and_comes_back_unchanged() {
    let json = |seed: u64, hash: &str, inputs: usize| {
        format!(
            r#"{{"net":{{"inputs":{inputs},"trunk":[24,16],"heads":[{{"name":"v","kind":"value","size":3}}]}},"schema_hash":"{hash}",
            "seed":{seed},"replay_capacity":4,"max_afterstates":1,"max_points":8,"max_candidates":1}}"#
        )
    };
    let make = |seed, hash: &str, inputs| Learner::new(LearnerConfig::from_json(&json(seed, hash, inputs)).unwrap()).unwrap();
    let first = make(1, "h", 5);
    let notes = BTreeMap::from([("version".to_owned(), "7".to_owned())]);
    let bytes = first.export(notes).unwrap().to_bytes().unwrap();
    let model = Model::from_bytes(&bytes, Some("h")).unwrap();
    let features: Vec<f32> = (0..50).map(|index| index as f32 / 25.0 - 1.0).collect();
    let mut fused = vec![0.0; 30];
    FusedNet::from_model(&model).unwrap().forward(&features, &mut fused).unwrap();
    assert_close(&fused, &first.forward(&features).unwrap(), model.spec());

    let mut second = make(2, "h", 5);
    assert_ne!(second.forward(&features).unwrap(), first.forward(&features).unwrap());
    second.import(&model).unwrap();
    assert_eq!(second.forward(&features).unwrap(), first.forward(&features).unwrap());

    let mut other = make(2, "other", 5);
    let before = other.forward(&features).unwrap();
    assert_eq!(other.import(&model).unwrap_err().code(), "RLT_SCHEMA_MISMATCH");
    assert_eq!(other.forward(&features).unwrap(), before);
    assert_eq!(make(2, "h", 6).import(&model).unwrap_err().code(), "RLT_MODEL_FORMAT");
    assert_eq!(first.forward(&features[..7]).unwrap_err().code(), "RLT_SHAPE");
    assert_eq!(first.forward(&[f32::NAN; 5]).unwrap_err().code(), "RLT_NON_FINITE");
    assert!(first.forward(&[]).unwrap().is_empty());
}

//! A model file survives the round trip and nothing else.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use qnet::{EngineError, Layout, Model, NetSpec, init_weights};

const SPEC: &str =
    r#"{"inputs":3,"trunk":[4],"heads":[{"name":"a","kind":"value","size":2},{"name":"r","kind":"regression","size":2}]}"#;

fn model() -> Model {
    let spec = NetSpec::from_json(SPEC).unwrap();
    let weights = init_weights(&Layout::new(&spec).unwrap(), 3);
    let notes = [("symbol", "SPX"), ("created", "1"), ("note", "ä \"quoted\"")].map(|(key, value)| (key.into(), value.into()));
    Model::new(spec, "hash-1".into(), weights, BTreeMap::from(notes)).unwrap()
}

/// The file with one piece of its header replaced by a piece of the same length.
fn with_header(from: &str, to: &str) -> Vec<u8> {
    assert_eq!(from.len(), to.len());
    let mut bytes = model().to_bytes().unwrap();
    let at = bytes.windows(from.len()).position(|window| window == from.as_bytes()).unwrap();
    bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
    bytes
}

#[test]
fn model_round_trip_keeps_everything_and_is_deterministic() {
    let bytes = model().to_bytes().unwrap();
    let loaded = Model::from_bytes(&bytes, Some("hash-1")).unwrap();
    assert_eq!(loaded, model());
    assert_eq!(loaded.metadata()["symbol"], "SPX");
    assert_eq!(loaded.metadata()["format"], "rltrader-qnet-1");
    assert_eq!(loaded.to_bytes().unwrap(), bytes);
    for _ in 0..20 {
        assert_eq!(model().to_bytes().unwrap(), bytes);
    }
}

#[test]
fn model_round_trip_keeps_every_kind_of_head_and_the_account_part() {
    let json = r#"{"inputs":3,"trunk":[4],"heads":[{"name":"a","kind":"value","size":2,"dueling":true,"quantiles":3}],"account":{"scalars":2,"hidden":5}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let weights = init_weights(&Layout::new(&spec).unwrap(), 3);
    let bytes = Model::new(spec, "hash-1".into(), weights.clone(), BTreeMap::new()).unwrap().to_bytes().unwrap();
    let loaded = Model::from_bytes(&bytes, None).unwrap();
    assert_eq!((loaded.spec().to_json(), loaded.weights()), (json.into(), &weights[..]));
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("head.a.weight").unwrap().shape(), [9, 4]);
    assert_eq!(file.tensor("account.value.weight").unwrap().shape(), [6, 5]);
}

#[test]
fn model_file_is_plain_safetensors() {
    let bytes = model().to_bytes().unwrap();
    let file = safetensors::SafeTensors::deserialize(&bytes).unwrap();
    let mut names = file.names();
    names.sort_unstable();
    assert_eq!(names, ["head.a.bias", "head.a.weight", "head.r.bias", "head.r.weight", "trunk.0.bias", "trunk.0.weight"]);
    assert_eq!(file.tensor("trunk.0.weight").unwrap().shape(), [4, 3]);
    let header = u64::from_le_bytes(*bytes.first_chunk().unwrap());
    assert_eq!(header % 8, 0, "weights are aligned");
}

#[test]
fn model_from_bytes_refuses_every_flipped_bit() {
    let good = model().to_bytes().unwrap();
    for at in 0..good.len() {
        for bit in 0..8 {
            let mut bytes = good.clone();
            bytes[at] ^= 1 << bit;
            assert!(Model::from_bytes(&bytes, None).is_err(), "byte {at}, bit {bit}");
        }
    }
}

#[test]
fn model_from_bytes_tells_a_truncated_file() {
    let good = model().to_bytes().unwrap();
    for len in 0..good.len() {
        let error = Model::from_bytes(&good[..len], None).unwrap_err();
        assert!(matches!(error, EngineError::ModelTruncated { actual, .. } if actual == len), "{len}: {error}");
    }
    let mut long = good.clone();
    long.push(0);
    let error = Model::from_bytes(&long, None).unwrap_err();
    let (expected, actual) = (good.len(), long.len());
    let text = format!("Cannot use model as the file must be {expected} bytes long: it is {actual} bytes long");
    assert_eq!(error.to_string(), text);
}

#[test]
fn model_from_bytes_names_what_differs() {
    let mut flipped = model().to_bytes().unwrap();
    *flipped.last_mut().unwrap() ^= 1;
    assert_eq!(Model::from_bytes(&flipped, None).unwrap_err().code(), "RLT_MODEL_HASH");

    let error = Model::from_bytes(&model().to_bytes().unwrap(), Some("hash-2")).unwrap_err();
    assert_eq!(error, EngineError::SchemaMismatch { expected: "hash-2".into(), actual: "hash-1".into() });

    let cases = [
        (with_header("rltrader-qnet-1", "rltrader-qnet-9"), "RLT_MODEL_FORMAT", "format must be rltrader-qnet-1"),
        (with_header("\"symbol\":\"SPX\"", "\"symbol\":\"SPY\""), "RLT_MODEL_HASH", "sha256"),
        (with_header("\"shape\":[4,3]", "\"shape\":[3,4]"), "RLT_MODEL_FORMAT", "tensor `trunk.0.weight` shape must be [4, 3]"),
        (with_header("\"head.r.bias\":", "\"head.q.bias\":"), "RLT_MODEL_FORMAT", "tensor `head.r.bias` must be present"),
        (with_header("\"F32\",\"shape\":[4]", "\"I32\",\"shape\":[4]"), "RLT_MODEL_FORMAT", "dtype must be F32: it is I32"),
        (with_header("\\\"trunk\\\":[4]", "\\\"trunk\\\":[0]"), "RLT_SPEC", "trunk[0] must be 1..=4096: it is 0"),
        (with_header("\"sha256\":", "\"sha257\":"), "RLT_MODEL_FORMAT", "metadata key `sha256` must be present"),
    ];
    for (bytes, code, text) in cases {
        let error = Model::from_bytes(&bytes, None).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
}

#[test]
fn model_new_refuses_reserved_keys_and_bad_weights() {
    let spec = NetSpec::from_json(SPEC).unwrap();
    let len = Layout::new(&spec).unwrap().len();
    let make = |weights: Vec<f32>, notes| Model::new(spec.clone(), "h".into(), weights, notes).unwrap_err().code();
    assert_eq!(make(vec![0.0; len], BTreeMap::from([("spec".into(), "x".into())])), "RLT_MODEL_FORMAT");
    assert_eq!(make(vec![0.0; len - 1], BTreeMap::new()), "RLT_SHAPE");
    let mut weights = vec![0.0; len];
    weights[5] = f32::INFINITY;
    assert_eq!(make(weights, BTreeMap::new()), "RLT_NON_FINITE");
}

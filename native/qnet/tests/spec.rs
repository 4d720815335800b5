//! A network declaration is accepted as a whole or refused with every fault.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use qnet::{EngineError, HeadKind, NetSpec};

#[test]
fn net_spec_reads_heads_in_order() {
    let spec = NetSpec::from_json(
        r#"{"inputs":8,"trunk":[32],"heads":[{"name":"risk","kind":"regression","size":2},{"name":"action","kind":"value","size":3}]}"#,
    )
    .unwrap();
    assert_eq!((spec.outputs(), spec.regressions(), spec.classes(), spec.scalars()), (5, 2, 3, 0));
    let ranges: Vec<_> = spec.head_ranges().map(|(head, range)| (head.kind, range)).collect();
    assert_eq!(ranges, [(HeadKind::Regression, 0..2), (HeadKind::Value, 2..5)]);
    assert_eq!(NetSpec::from_json(&spec.to_json()).unwrap(), spec);
}

#[test]
fn net_spec_reports_every_fault_at_once() {
    let error = NetSpec::from_json(
        r#"{"inputs":0,"trunk":[],"heads":[{"name":"","kind":"regression","size":5000},{"name":"x","kind":"value","size":1},{"name":"x","kind":"value","size":1}]}"#,
    )
    .unwrap_err();
    assert_eq!(error.code(), "RLT_SPEC");
    let EngineError::Spec { faults } = error else { panic!("another error") };
    assert_eq!(
        faults,
        [
            "inputs must be 1..=4096: it is 0",
            "the number of trunk layers must be 1..=8: it is 0",
            "the size of head `` must be 1..=4096: it is 5000",
            "the name of heads[0] must not be empty: it is \"\"",
            "head names must be unique: `x` is used twice",
        ]
    );
    let error = NetSpec::from_json(
        r#"{"inputs":1,"trunk":[1],"heads":[{"name":"r","kind":"regression","size":1,"dueling":true},
        {"name":"q","kind":"regression","size":1,"quantiles":2},{"name":"none","kind":"value","size":1,"quantiles":0},
        {"name":"wide","kind":"value","size":2048,"dueling":true,"quantiles":2}],"account":{"scalars":65,"hidden":0}}"#,
    )
    .unwrap_err();
    let EngineError::Spec { faults } = error else { panic!("another error") };
    assert_eq!(
        faults,
        [
            "the account's number of scalars must be 1..=64: it is 65",
            "the account's hidden width must be 1..=4096: it is 0",
            "head `r` must have neither dueling nor quantiles as a regression: it has dueling true and quantiles 1",
            "head `q` must have neither dueling nor quantiles as a regression: it has dueling false and quantiles 2",
            "the quantiles of head `none` must be at least 1: they are 0",
            "head `wide` must have at most 4096 rows: it has size 2048, dueling true and quantiles 2",
            "an account part must have exactly one head of kind `value`: there are 2",
        ]
    );
    let error =
        NetSpec::from_json(r#"{"inputs":1,"trunk":[1],"heads":[{"name":"r","kind":"regression","size":1}]}"#).unwrap_err();
    assert!(error.to_string().ends_with("there must be at least one head of kind `value`: there is none"), "{error}");
}

#[test]
fn net_spec_leaves_defaults_out_of_its_canonical_text() {
    let old = r#"{"inputs":8,"trunk":[32],"heads":[{"name":"action","kind":"value","size":3}]}"#;
    assert_eq!(NetSpec::from_json(old).unwrap().to_json(), old);
    let explicit = r#"{"inputs":8,"trunk":[32],"heads":[{"name":"action","kind":"value","size":3,"dueling":false,"quantiles":1}],"account":null}"#;
    assert_eq!(NetSpec::from_json(explicit).unwrap().to_json(), old);
    let new = r#"{"inputs":8,"trunk":[32],"heads":[{"name":"action","kind":"value","size":3,"dueling":true,"quantiles":8}],"account":{"scalars":5,"hidden":16}}"#;
    assert_eq!(NetSpec::from_json(new).unwrap().to_json(), new);
}

#[test]
fn net_spec_tells_raw_from_served_outputs() {
    let spec = NetSpec::from_json(
        r#"{"inputs":8,"trunk":[32],"heads":[{"name":"risk","kind":"regression","size":2},
        {"name":"action","kind":"value","size":3,"dueling":true,"quantiles":4}],"account":{"scalars":5,"hidden":16}}"#,
    )
    .unwrap();
    assert_eq!((spec.outputs(), spec.raw_outputs(), spec.classes(), spec.scalars()), (2 + 3 + 12, 2 + 16 + 16, 3, 5));
    assert_eq!(spec.head_ranges().map(|(_, range)| range).collect::<Vec<_>>(), [0..2, 2..5]);
    assert_eq!(spec.raw_ranges().map(|(_, range)| range).collect::<Vec<_>>(), [0..2, 2..18]);
    assert_eq!(spec.hidden_range(), 18..34);
}

#[test]
fn net_spec_refuses_unknown_fields_and_other_text() {
    for json in
        ["", "[]", "{}", r#"{"inputs":1,"trunk":[1],"heads":[],"layer_norm":true}"#, r#"{"inputs":-1,"trunk":[1],"heads":[]}"#]
    {
        assert_eq!(NetSpec::from_json(json).unwrap_err().code(), "RLT_SPEC", "{json}");
    }
}

//! A network declaration is accepted as a whole or refused with every fault.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use qnet::{EngineError, HeadKind, NetSpec};

#[test]
fn net_spec_reads_heads_in_order() {
    let spec = NetSpec::from_json(
        r#"{"inputs":8,"trunk":[32],"heads":[{"name":"risk","kind":"regression","size":2},{"name":"action","kind":"value","size":3}]}"#,
    )
    .unwrap();
    assert_eq!((spec.outputs(), spec.regressions(), spec.value_range()), (5, 2, 2..5));
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
            "there must be exactly one head of kind `value`: there are 2",
        ]
    );
}

#[test]
fn net_spec_refuses_unknown_fields_and_other_text() {
    for json in
        ["", "[]", "{}", r#"{"inputs":1,"trunk":[1],"heads":[],"layer_norm":true}"#, r#"{"inputs":-1,"trunk":[1],"heads":[]}"#]
    {
        assert_eq!(NetSpec::from_json(json).unwrap_err().code(), "RLT_SPEC", "{json}");
    }
}

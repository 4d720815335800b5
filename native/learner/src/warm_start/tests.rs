#![allow(clippy::float_cmp, reason = "weights are copied, not computed")]

use super::*;

/// A network with these inputs and these parts, and weights that say where they lie.
fn numbered(inputs: usize, trunk: &str, parts: &str, first: usize) -> (NetSpec, Vec<f32>) {
    let net = NetSpec::from_json(&format!(r#"{{"inputs":{inputs},"trunk":{trunk},{parts}}}"#)).unwrap();
    let weights = (0..Layout::new(&net).unwrap().len()).map(|at| (first + at) as f32).collect();
    (net, weights)
}

fn tensor<'a>(net: &NetSpec, weights: &'a [f32], name: &str) -> &'a [f32] {
    let layout = Layout::new(net).unwrap();
    let slot = layout.tensors().iter().find(|slot| slot.name == name).unwrap();
    &weights[slot.offset..slot.offset + slot.len()]
}

/// Output maps by head.
type Maps<'a> = &'a [(&'a str, &'a [i32])];

/// Transfers from the second network's numbered weights to the first's.
fn start(
    (net, mut weights): (NetSpec, Vec<f32>),
    (old, old_weights): (NetSpec, Vec<f32>),
    inputs: &[i32],
    outputs: Maps<'_>,
) -> Result<(NetSpec, Vec<f32>, WarmStart), EngineError> {
    let model = Model::new(old, "other".into(), old_weights, BTreeMap::new()).unwrap();
    let outputs = outputs.iter().map(|(name, map)| ((*name).to_owned(), map.to_vec())).collect();
    let done = transfer(&net, &model, inputs, &outputs, &mut weights)?;
    Ok((net, weights, done))
}

const ONE: &str = r#""heads":[{"name":"v","kind":"value","size":2}]"#;

#[test]
fn transfer_moves_the_columns_of_inputs_and_zeroes_new_ones() {
    // The model: trunk weight 0..6, bias 6..8, head weight 8..12, bias 12..14.
    let (net, weights, done) = start(numbered(4, "[2]", ONE, 1000), numbered(3, "[2]", ONE, 0), &[2, -1, 0, -1], &[]).unwrap();
    assert_eq!(tensor(&net, &weights, "trunk.0.weight"), [2.0, 0.0, 0.0, 0.0, 5.0, 0.0, 3.0, 0.0]);
    assert_eq!(tensor(&net, &weights, "trunk.0.bias"), [6.0, 7.0]);
    assert_eq!(tensor(&net, &weights, "head.v.weight"), [8.0, 9.0, 10.0, 11.0]);
    assert_eq!(tensor(&net, &weights, "head.v.bias"), [12.0, 13.0]);
    assert_eq!(done.kept, ["trunk.0.weight", "trunk.0.bias", "head.v.weight", "head.v.bias"]);
    assert!(done.fresh.is_empty());
}

#[test]
fn transfer_moves_the_rows_of_outputs_and_leaves_new_ones() {
    let parts = |size: usize| {
        format!(
            r#""heads":[{{"name":"v","kind":"value","size":{size},"dueling":true,"quantiles":2}}],"account":{{"scalars":1,"hidden":1}}"#
        )
    };
    // The model: trunk 0..2, head weight 2..8 (common 2, 3; classes 4, 5 and 6, 7), account hidden 8, biases 9..15 and 15, scalars
    // 16, value 17..21.
    let old = numbered(1, "[1]", &parts(2), 0);
    let (net, weights, done) = start(numbered(1, "[1]", &parts(3), 1000), old, &[0], &[("v", &[1, -1, 0])]).unwrap();
    assert_eq!(tensor(&net, &weights, "head.v.weight"), [2.0, 3.0, 6.0, 7.0, 1006.0, 1007.0, 4.0, 5.0]);
    assert_eq!(tensor(&net, &weights, "head.v.bias"), [9.0, 10.0, 13.0, 14.0, 1015.0, 1016.0, 11.0, 12.0]);
    assert_eq!(tensor(&net, &weights, "account.hidden.weight"), [8.0]);
    assert_eq!(tensor(&net, &weights, "account.hidden.bias"), [15.0]);
    assert_eq!(tensor(&net, &weights, "account.scalars.weight"), [16.0]);
    assert_eq!(tensor(&net, &weights, "account.value.weight"), [19.0, 20.0, 1023.0, 1024.0, 17.0, 18.0]);
    assert_eq!((done.kept.len(), done.fresh.len()), (8, 0));
}

#[test]
fn transfer_leaves_what_has_changed() {
    let old = r#""heads":[{"name":"v","kind":"value","size":2},{"name":"r","kind":"regression","size":2},
        {"name":"gone","kind":"regression","size":1}],"account":{"scalars":1,"hidden":2}"#;
    let new = r#""heads":[{"name":"v","kind":"value","size":3},{"name":"new","kind":"regression","size":1},
        {"name":"r","kind":"regression","size":2}],"account":{"scalars":2,"hidden":2}"#;
    let (net, weights, done) = start(numbered(1, "[1]", new, 1000), numbered(1, "[1]", old, 0), &[0], &[]).unwrap();
    assert_eq!(
        done.kept,
        ["trunk.0.weight", "trunk.0.bias", "head.r.weight", "account.hidden.weight", "head.r.bias", "account.hidden.bias"]
    );
    assert_eq!(
        done.fresh,
        ["head.v.weight", "head.new.weight", "head.v.bias", "head.new.bias", "account.scalars.weight", "account.value.weight"]
    );
    let (_, fresh) = numbered(1, "[1]", new, 1000);
    for name in &done.fresh {
        assert_eq!(tensor(&net, &weights, name), tensor(&net, &fresh, name), "{name}");
    }
    assert_eq!(tensor(&net, &weights, "head.r.weight"), [4.0, 5.0]);
    // Another kind of head of the same name, and another number of quantiles.
    for other in [
        r#""heads":[{"name":"v","kind":"value","size":2,"quantiles":2}]"#,
        r#""heads":[{"name":"v","kind":"value","size":2,"dueling":true}]"#,
    ] {
        let (.., done) = start(numbered(1, "[1]", ONE, 0), numbered(1, "[1]", other, 0), &[0], &[]).unwrap();
        assert_eq!(done.fresh, ["head.v.weight", "head.v.bias"]);
    }
    let (.., done) = start(numbered(1, "[1]", ONE, 0), numbered(1, "[1]", ONE, 0), &[0], &[("v", &[-1, -1])]).unwrap();
    assert_eq!(done.fresh, ["head.v.weight", "head.v.bias"], "nothing of it is taken over");
}

#[test]
fn transfer_refuses_other_widths_and_maps_that_do_not_fit() {
    let cases: [(&str, &[i32], Maps<'_>, &str); 7] = [
        ("[3]", &[0, 1], &[], "the trunk must be [2] wide: it is [3] wide"),
        ("[2, 2]", &[0, 1], &[], "the trunk must be [2] wide: it is [2, 2] wide"),
        ("[2]", &[0], &[], "inputMap must be 2 long: it is 1 long"),
        ("[2]", &[0, 2], &[], "place 1 of inputMap must be −1 or below 2: it is 2"),
        ("[2]", &[-2, 0], &[], "place 0 of inputMap must be −1 or below 2: it is -2"),
        ("[2]", &[0, 1], &[("v", &[0, 1, 2])], "the output map of `v` must be 2 long: it is 3 long"),
        ("[2]", &[0, 1], &[("w", &[0])], "every output map must be of heads of the network (v): it is of `w`"),
    ];
    for (trunk, inputs, outputs, text) in cases {
        let error = start(numbered(2, "[2]", ONE, 0), numbered(2, trunk, ONE, 0), inputs, outputs).unwrap_err();
        assert_eq!(error.code(), "RLT_MODEL_FORMAT");
        assert_eq!(error.to_string(), format!("Cannot use model as {text}"));
    }
}

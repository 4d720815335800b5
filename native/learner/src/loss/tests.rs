#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;
use crate::batch::Drawn;
use crate::testing::{Draws, EMPTY, Shape};
use crate::{Replay, Step};

fn losses(extra: &str) -> (Losses, Batch, Outputs) {
    let config = LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":2,"trunk":[8],"heads":[{{"name":"v","kind":"value","size":2}},{{"name":"r","kind":"regression","size":1}}]}},
        "schema_hash":"h","seed":4,"gamma":0.5,"batch_steps":2,"replay_capacity":8,"max_afterstates":2,"max_points":2,"max_candidates":2,
        "head_loss_weights":{{"r":0.5}}{extra}}}"#
    ))
    .unwrap();
    // Two steps, two afterstates; step 0 lacks a regression target.
    let mut batch = Batch::new(&config);
    batch.rows = vec![
        Drawn { span: 1, afterstates: 0..1, outcomes: 0..1, points: 0..2, lists: 0..1 },
        Drawn { span: 1, afterstates: 1..2, outcomes: 1..2, points: 2..2, lists: 1..2 },
    ];
    batch.classes = vec![1, 0];
    batch.rewards = vec![1.0, -3.0];
    batch.terminals = vec![0, 1];
    batch.point_classes = vec![0, 1];
    batch.lists = vec![0..2, 2..2];
    batch.candidate_points = vec![0, 1];
    batch.candidate_costs = vec![0.0, 1.0];
    batch.regression_targets = vec![f32::NAN, 1.0];
    batch.weights = vec![1.0; 2];
    // Rows of (v0, v1, r): F_t of both steps, then F_t+1 of both.
    let online = vec![0.0, 2.0, 9.0, 1.0, 0.0, 3.0, 5.0, 7.0, 0.0, 0.0, 0.0, 0.0];
    let outputs = Outputs { online, target: vec![4.0, 8.0, 0.0, 0.0, 0.0, 0.0], ..Outputs::default() };
    (Losses::new(&config).unwrap(), batch, outputs)
}

#[test]
fn losses_match_hand_computed_values() {
    let (mut losses, batch, outputs) = losses("");
    for _ in 0..2 {
        let update = losses.measure(&batch, &outputs).unwrap();
        // Choice by the online network: 7 − 1 > 5 − 0, so class 1; value by the target network: 8 − 1. Targets 1 + 0.5 · 7 and −3.
        assert!((update.loss - 0.5 * (6.25 + 16.0) - 0.5 * 4.0).abs() < 1e-6);
        assert!((update.regression_loss - 2.0).abs() < 1e-6);
        assert!((update.mean_abs_td - 3.25).abs() < 1e-6);
        assert!((update.mean_value - 1.5).abs() < 1e-6);
        assert_eq!(losses.slope, [0.0, -2.5, 0.0, 4.0, 0.0, 2.0]);
        assert_eq!(losses.errors, [2.5, 4.0]);
    }
}

#[test]
fn losses_without_double_choose_with_the_target_network() {
    let (mut losses, batch, mut outputs) = losses(r#","double":false"#);
    outputs.target = vec![4.0, 4.5, 0.0, 0.0, 0.0, 0.0];
    outputs.online.truncate(6);
    // 4 − 0 > 4.5 − 1: target 1 + 0.5 · 4 = 3, error −1; the other error stays 4.
    assert!((losses.measure(&batch, &outputs).unwrap().mean_abs_td - 2.5).abs() < 1e-6);
    assert_eq!(losses.slope[1], -1.0);
}

#[test]
fn losses_with_huber_bound_the_slope() {
    let (mut losses, batch, outputs) = losses(r#","loss":"huber""#);
    let update = losses.measure(&batch, &outputs).unwrap();
    assert!((update.loss - 0.5 * (2.0 + 3.5) - 2.0).abs() < 1e-6);
    assert_eq!(losses.slope[..4], [0.0, -0.5, 0.0, 0.5]);
}

#[test]
fn losses_scale_with_the_importance_of_their_step() {
    let (mut losses, mut batch, outputs) = losses("");
    batch.weights = vec![1.0, 0.25];
    let update = losses.measure(&batch, &outputs).unwrap();
    assert!((update.loss - 0.5 * (6.25 + 4.0) - 0.25 * 2.0).abs() < 1e-6);
    assert_eq!(losses.slope, [0.0, -2.5, 0.0, 1.0, 0.0, 0.5]);
    assert!((update.mean_abs_td - 3.25).abs() < 1e-6, "errors are reported as they are");
}

/// One step in a batch of its own, for a network with these heads.
fn single(net: &str, extra: &str, step: &Step<'_>) -> (Losses, Batch) {
    let config = LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":1,"trunk":[1],{net}}},"schema_hash":"h","seed":4,"gamma":0.5,"batch_steps":1,"replay_capacity":1,
        "max_afterstates":2,"max_points":3,"max_candidates":2{extra}}}"#
    ))
    .unwrap();
    let mut replay = Replay::new(&config).unwrap();
    replay.push(&Step { features: &[0.0], next_features: &[0.0], ..*step }).unwrap();
    let mut batch = Batch::new(&config);
    batch.draw(&replay, 0.0).unwrap();
    (Losses::new(&config).unwrap(), batch)
}

#[test]
fn losses_of_account_points_match_hand_computed_values() {
    let net = r#""heads":[{"name":"v","kind":"value","size":2}],"account":{"scalars":1,"hidden":2}"#;
    let step = Step {
        classes: &[1],
        scalars: &[1.0],
        rewards: &[1.0],
        terminals: &[0],
        point_classes: &[0, 1],
        point_scalars: &[0.0, -1.0],
        candidate_offsets: &[0, 2],
        candidate_points: &[0, 1],
        candidate_costs: &[0.0, 0.5],
        ..EMPTY
    };
    let (mut losses, batch) = single(net, "", &step);
    let outputs = Outputs {
        // Rows of (v0, v1, pre0, pre1): F_t, then F_t+1.
        online: vec![1.0, 2.0, 0.5, -0.5, 3.0, 0.0, 0.0, 0.0],
        target: vec![7.0, 1.0, 1.0, 1.0],
        // B, then D by class.
        online_account: vec![1.0, -1.0, 2.0, 0.0, 0.5, 4.0],
        target_account: vec![0.0, 1.0, 0.0, 0.0, 1.0, 2.0],
    };
    for _ in 0..2 {
        let update = losses.measure(&batch, &outputs).unwrap();
        // Now: hidden (0.5 + 1, −0.5 − 1)⁺ = (1.5, 0), W = 2 + 0.5 · 1.5. Next, online: 3 − 0 < 0 + 4 · (0 + 1)⁺ − 0.5, so the second
        // point; by the target network it has the hidden (1, 1 − 1)⁺ and is worth 1 + 1 · 1. Target 1 + 0.5 · (2 − 0.5).
        assert_eq!((update.mean_value, update.mean_abs_td, update.loss), (2.75, 1.0, 1.0));
        assert_eq!(losses.slope, [0.0, 2.0, 0.5 * 2.0, 0.0]);
        assert_eq!(losses.account_slope, [1.0, 0.0, 0.0, 0.0, 1.5 * 2.0, 0.0]);
        assert_eq!(losses.errors, [1.0]);
    }
}

#[test]
fn losses_of_quantiles_match_hand_computed_values() {
    let net = r#""heads":[{"name":"v","kind":"value","size":2,"quantiles":2}]"#;
    let step = Step {
        classes: &[0],
        rewards: &[0.0],
        terminals: &[0],
        point_classes: &[0, 1],
        candidate_offsets: &[0, 2],
        candidate_points: &[0, 1],
        candidate_costs: &[0.0, 0.0],
        ..EMPTY
    };
    // Whatever `loss` says.
    let (mut losses, batch) = single(net, r#","loss":"squared""#, &step);
    // By their means, 5 < 6, the second class is chosen; the target network gives it (1, 6).
    let online = vec![0.0, 2.0, 0.0, 0.0, 0.0, 10.0, 5.5, 6.5];
    let outputs = Outputs { online, target: vec![9.0, 9.0, 1.0, 6.0], ..Outputs::default() };
    let update = losses.measure(&batch, &outputs).unwrap();
    // (0, 2) against 0.5 · (1, 6): see the test of the formula.
    assert_eq!(update.loss, 0.5 * (0.031_25 + 0.625) + 0.5 * (0.25 + 0.375));
    assert_eq!((update.mean_value, update.mean_abs_td), (1.0, 0.75));
    assert_eq!(losses.slope, [0.5 * (-0.125 - 0.25), 0.5 * (0.25 - 0.75), 0.0, 0.0]);
}

#[test]
fn losses_of_dueling_heads_reach_the_common_value_and_every_advantage() {
    let net = r#""heads":[{"name":"v","kind":"value","size":2,"dueling":true}]"#;
    let step = Step { classes: &[1], rewards: &[1.0], terminals: &[1], candidate_offsets: &[0, 0], ..EMPTY };
    let (mut losses, batch) = single(net, "", &step);
    // V + A − mean A: 1 + 4 − 3.
    let outputs = Outputs { online: vec![1.0, 2.0, 4.0, 0.0, 0.0, 0.0], target: vec![0.0; 3], ..Outputs::default() };
    for _ in 0..2 {
        assert_eq!(losses.measure(&batch, &outputs).unwrap().mean_value, 2.0);
        assert_eq!(losses.slope, [2.0, -1.0, 1.0]);
    }
}

#[test]
fn losses_of_branches_are_means_against_one_target() {
    let net = r#""heads":[{"name":"a","kind":"value","size":2},{"name":"b","kind":"value","size":2},{"name":"c","kind":"value","size":1}]"#;
    let step = Step {
        span: 2,
        classes: &[1, 2],
        rewards: &[1.0],
        terminals: &[0],
        point_classes: &[0, 1, 3],
        // The last branch is inactive now and invalid next.
        candidate_offsets: &[0, 2, 3, 3],
        candidate_points: &[0, 1, 2],
        candidate_costs: &[0.0; 3],
        ..EMPTY
    };
    let (mut losses, batch) = single(net, r#","value":"branching""#, &step);
    let online = vec![1.0, 2.0, 3.0, 4.0, 99.0, 0.0, 5.0, 9.0, 1.0, 99.0];
    let outputs = Outputs { online, target: vec![8.0, 6.0, 2.0, 4.0, 99.0], ..Outputs::default() };
    let update = losses.measure(&batch, &outputs).unwrap();
    // Chosen online: the second of `a`, and of `b` the one that is valid. Target 1 + 0.5² · (6 + 4) / 2 = 2.25 for 2 and for 3.
    assert_eq!((update.loss, update.mean_abs_td, update.mean_value), (0.5 * (0.0625 + 0.5625), 0.5, 2.5));
    assert_eq!(losses.slope, [0.0, -0.25, 0.75, 0.0, 0.0]);
    assert_eq!(losses.errors, [0.5]);
}

#[test]
fn losses_discount_each_bar_of_a_step() {
    let net = r#""heads":[{"name":"v","kind":"value","size":1}]"#;
    let step = Step {
        classes: &[0],
        rewards: &[1.0],
        terminals: &[0],
        point_classes: &[0],
        candidate_offsets: &[0, 1],
        candidate_points: &[0],
        candidate_costs: &[0.0],
        ..EMPTY
    };
    for (span, target) in [(1, 5.0), (2, 3.0), (3, 2.0)] {
        let (mut losses, batch) = single(net, "", &Step { span, ..step });
        let outputs = Outputs { online: vec![0.0, 0.0], target: vec![8.0], ..Outputs::default() };
        assert_eq!(losses.measure(&batch, &outputs).unwrap().mean_abs_td, target);
    }
}

#[test]
fn the_short_way_gives_the_bits_of_the_general_one() {
    let mut draws = Draws::new(5);
    for round in 0..30 {
        let config = draws.config(round, Shape::Plain);
        let mut replay = Replay::new(&config).unwrap();
        (0..40).for_each(|_| draws.push(&mut replay, &config));
        let mut batch = Batch::new(&config);
        batch.draw(&replay, 0.5).unwrap();
        let mut outputs = Outputs::new(&config);
        outputs.online = draws.floats(outputs.online.len());
        outputs.target = draws.floats(outputs.target.len());
        let mut short = Losses::new(&config).unwrap();
        let mut general = Losses { plain: None, ..Losses::new(&config).unwrap() };
        assert!(short.plain.is_some());
        assert_eq!(short.measure(&batch, &outputs).unwrap(), general.measure(&batch, &outputs).unwrap());
        assert_eq!((short.slope, short.errors), (general.slope, general.errors));
    }
}

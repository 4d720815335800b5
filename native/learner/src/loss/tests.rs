#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;
use crate::batch::Drawn;

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

#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;
use crate::Step;
use crate::batch::Drawn;

fn config(extra: &str) -> LearnerConfig {
    LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":2,"trunk":[8],"heads":[{{"name":"v","kind":"value","size":2}},{{"name":"r","kind":"regression","size":1}}]}},
        "schema_hash":"h","seed":4,"gamma":0.5,"batch_steps":2,"replay_capacity":8,"max_afterstates":2,"max_candidates":2,
        "head_loss_weights":{{"r":0.5}}{extra}}}"#
    ))
    .unwrap()
}

/// Two steps, two afterstates; step 0 lacks a regression target.
fn hand_made(learner: &mut Learner) {
    learner.batch.afterstates = vec![
        Drawn { row: 0, class: 1, reward: 1.0, terminal: false, candidates: (0, 2) },
        Drawn { row: 1, class: 0, reward: -3.0, terminal: true, candidates: (2, 2) },
    ];
    learner.batch.candidate_classes = vec![0, 1];
    learner.batch.candidate_costs = vec![0.0, 1.0];
    learner.batch.regression_targets = vec![f32::NAN, 1.0];
    // Rows of (v0, v1, r): F_t of both steps, then F_t+1 of both.
    learner.outputs.online = vec![0.0, 2.0, 9.0, 1.0, 0.0, 3.0, 5.0, 7.0, 0.0, 0.0, 0.0, 0.0];
    learner.outputs.target = vec![4.0, 8.0, 0.0, 0.0, 0.0, 0.0];
}

#[test]
fn losses_match_hand_computed_values() {
    let mut learner = Learner::new(config("")).unwrap();
    hand_made(&mut learner);
    let update = learner.losses();
    // Choice by the online network: 7 − 1 > 5 − 0, so class 1; value by the target network: 8 − 1. Targets 1 + 0.5 · 7 and −3.
    assert!((update.loss - 0.5 * (6.25 + 16.0) - 0.5 * 4.0).abs() < 1e-6);
    assert!((update.regression_loss - 2.0).abs() < 1e-6);
    assert!((update.mean_abs_td - 3.25).abs() < 1e-6);
    assert!((update.mean_value - 1.5).abs() < 1e-6);
    assert_eq!(learner.outputs.slope, [0.0, -2.5, 0.0, 4.0, 0.0, 2.0]);
}

#[test]
fn losses_without_double_choose_with_the_target_network() {
    let mut learner = Learner::new(config(r#","double":false"#)).unwrap();
    hand_made(&mut learner);
    learner.outputs.target = vec![4.0, 4.5, 0.0, 0.0, 0.0, 0.0];
    learner.outputs.online.truncate(6);
    // 4 − 0 > 4.5 − 1: target 1 + 0.5 · 4 = 3, error −1; the other error stays 4.
    assert!((learner.losses().mean_abs_td - 2.5).abs() < 1e-6);
    assert_eq!(learner.outputs.slope[1], -1.0);
}

#[test]
fn losses_with_huber_bound_the_slope() {
    let mut learner = Learner::new(config(r#","loss":"huber""#)).unwrap();
    hand_made(&mut learner);
    let update = learner.losses();
    assert!((update.loss - 0.5 * (2.0 + 3.5) - 2.0).abs() < 1e-6);
    assert_eq!(learner.outputs.slope[..4], [0.0, -0.5, 0.0, 0.5]);
}

#[test]
fn target_network_follows_as_configured() {
    let step = Step {
        features: &[1.0, 0.0],
        next_features: &[0.0, 1.0],
        classes: &[0, 1],
        rewards: &[1.0, 2.0],
        terminals: &[1, 1],
        candidate_offsets: &[0, 0, 0],
        candidate_classes: &[],
        candidate_costs: &[],
        regression_targets: &[],
    };
    let train = |extra: &str, updates: usize| {
        let mut learner = Learner::new(config(extra)).unwrap();
        let mut replay = Replay::new(learner.config()).unwrap();
        replay.push(&step).unwrap();
        let first = learner.target.weights().unwrap();
        for _ in 0..updates {
            learner.draw(&replay).unwrap();
            assert!(learner.update().unwrap().applied);
        }
        (first, learner.target.weights().unwrap(), learner.online.weights().unwrap())
    };
    let periodic = r#","target":{"kind":"periodic","every":3}"#;
    let (first, target, online) = train(periodic, 2);
    assert_eq!(first, target);
    assert_ne!(first, online);
    let (_, target, online) = train(periodic, 3);
    assert_eq!(target, online);
    let (first, target, online) = train(r#","target":{"kind":"soft","tau":0.25}"#, 1);
    for ((first, target), online) in first.iter().zip(target).zip(online) {
        assert!((target - (0.75 * first + 0.25 * online)).abs() < 1e-6);
    }
}

#[test]
fn gradient_is_scaled_down_to_the_clip() {
    let mut learner = Learner::new(config(r#","grad_clip":0.125"#)).unwrap();
    hand_made(&mut learner);
    learner.batch.features = vec![0.5; 8];
    let update = learner.update_weights().unwrap();
    assert!(update.applied && update.grad_norm > 0.125);
    let clipped = learner.gradient.flat.norm().double_value(&[]);
    assert!((clipped - 0.125).abs() < 1e-5, "{clipped}");
}

#[test]
fn update_needs_a_drawn_batch() {
    let mut learner = Learner::new(config("")).unwrap();
    assert_eq!(learner.update().unwrap_err().code(), "RLT_EMPTY");
    let replay = Replay::new(learner.config()).unwrap();
    assert_eq!(learner.draw(&replay).unwrap_err().code(), "RLT_EMPTY");
}

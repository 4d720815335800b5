#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;
use crate::Step;

fn config(extra: &str) -> LearnerConfig {
    LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":2,"trunk":[8],"heads":[{{"name":"v","kind":"value","size":2}},{{"name":"r","kind":"regression","size":1}}]}},
        "schema_hash":"h","seed":4,"gamma":0.5,"batch_steps":2,"replay_capacity":8,"max_afterstates":2,"max_points":8,"max_candidates":2,
        "head_loss_weights":{{"r":0.5}}{extra}}}"#
    ))
    .unwrap()
}

#[test]
fn target_network_follows_as_configured() {
    let step = Step {
        features: &[1.0, 0.0],
        next_features: &[0.0, 1.0],
        span: 1,
        classes: &[0, 1],
        scalars: &[],
        rewards: &[1.0, 2.0],
        terminals: &[1, 1],
        point_classes: &[],
        point_scalars: &[],
        candidate_offsets: &[0, 0, 0],
        candidate_points: &[],
        candidate_costs: &[],
        regression_targets: &[],
    };
    let train = |extra: &str, updates: usize| {
        let mut learner = Learner::new(config(extra)).unwrap();
        let mut replay = Replay::new(learner.config()).unwrap();
        replay.push(&step).unwrap();
        let first = learner.state().unwrap().target;
        for _ in 0..updates {
            learner.draw(&replay).unwrap();
            assert!(learner.update().unwrap().applied);
        }
        (first, learner.state().unwrap().target, learner.state().unwrap().weights)
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
fn update_needs_a_drawn_batch() {
    let mut learner = Learner::new(config("")).unwrap();
    assert_eq!(learner.update().unwrap_err().code(), "RLT_EMPTY");
    let replay = Replay::new(learner.config()).unwrap();
    assert_eq!(learner.draw(&replay).unwrap_err().code(), "RLT_EMPTY");
}

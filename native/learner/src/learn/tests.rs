#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;
use crate::Step;
use crate::testing::{Draws, EMPTY, Shape};

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
        classes: &[0, 1],
        rewards: &[1.0, 2.0],
        terminals: &[1, 1],
        candidate_offsets: &[0, 0, 0],
        ..EMPTY
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
fn the_account_part_is_learned_followed_and_taken_back_like_all_other_weights() {
    for engine in [EngineKind::Fused, EngineKind::Tch] {
        let mut draws = Draws::new(9);
        let mut config = LearnerConfig { engine, rollback_after: 2, ..draws.config(1, Shape::Account) };
        config.target = Target::Periodic { every: 150 };
        let tail = qnet::Layout::new(&config.net).unwrap().tail();
        let mut learner = Learner::new(config.clone()).unwrap();
        learner.import(&draws.model(&config)).unwrap();
        let mut replay = Replay::new(&config).unwrap();
        (0..64).for_each(|_| draws.push(&mut replay, &config));
        let mut train = |replay: &Replay, updates: usize| {
            for _ in 0..updates {
                learner.draw(replay).unwrap();
                learner.update().unwrap();
            }
            learner.state().unwrap()
        };
        // The snapshot is taken before updates 1 and 101, the target network follows after 150.
        let start = train(&replay, 100);
        let before = train(&replay, 49);
        let after = train(&replay, 1);
        for at in tail.clone() {
            assert!(start.weights[at] != before.weights[at] && before.means[at] != 0.0 && before.squares[at] > 0.0, "{engine:?}");
            assert!(before.target[at] != before.weights[at] && after.target[at] == after.weights[at], "{engine:?}");
        }
        let mut poisoned = Replay::new(&config).unwrap();
        let row = vec![f32::MAX; config.net.inputs];
        let scalars = vec![f32::MAX; config.net.scalars()];
        let step = Step {
            features: &row,
            next_features: &row,
            classes: &[0],
            scalars: &scalars,
            rewards: &[0.0],
            terminals: &[1],
            candidate_offsets: &[0, 0],
            ..EMPTY
        };
        poisoned.push(&step).unwrap();
        assert_eq!(train(&poisoned, 2), start, "{engine:?}");
    }
}

#[test]
fn update_needs_a_drawn_batch() {
    let mut learner = Learner::new(config("")).unwrap();
    assert_eq!(learner.update().unwrap_err().code(), "RLT_EMPTY");
    let replay = Replay::new(learner.config()).unwrap();
    assert_eq!(learner.draw(&replay).unwrap_err().code(), "RLT_EMPTY");
}

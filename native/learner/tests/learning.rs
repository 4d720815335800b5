//! The learner finds known values, reproduces itself, and survives numbers that are not finite.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use learner::{Learner, LearnerConfig, Replay, Step, Update};
use qnet::Model;

const GAMMA: f64 = 0.9;
const COST: f32 = 0.2;
/// What flat and long earn in each of the two markets, which alternate.
const REWARDS: [[f32; 2]; 2] = [[0.0, 1.0], [0.0, -0.5]];

fn config(extra: &str) -> LearnerConfig {
    LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":2,"trunk":[16],"heads":[{{"name":"risk","kind":"regression","size":2}},{{"name":"v","kind":"value","size":2}}]}},
        "schema_hash":"h","seed":3,"gamma":{GAMMA},"learning_rate":0.01,"batch_steps":8,"replay_capacity":4,
        "target":{{"kind":"periodic","every":20}},"max_afterstates":2,"max_points":8,"max_candidates":2{extra}}}"#
    ))
    .unwrap()
}

/// The step from market `m` to the other one.
fn push(replay: &mut Replay, market: usize, terminals: [u8; 2]) {
    let rows = [[1.0, 0.0], [0.0, 1.0]];
    replay
        .push(&Step {
            features: &rows[market],
            next_features: &rows[1 - market],
            span: 1,
            classes: &[0, 1],
            scalars: &[],
            rewards: &REWARDS[market],
            terminals: &terminals,
            point_classes: &[0, 1],
            point_scalars: &[],
            candidate_offsets: &[0, 2, 4],
            candidate_points: &[0, 1, 0, 1],
            candidate_costs: &[0.0, COST, COST, 0.0],
            regression_targets: &[market as f32, f32::NAN],
        })
        .unwrap();
}

fn train(learner: &mut Learner, replay: &Replay, updates: usize) -> Update {
    let mut last = None;
    for _ in 0..updates {
        learner.draw(replay).unwrap();
        last = Some(learner.update().unwrap());
    }
    last.unwrap()
}

/// `W(F, y)` by value iteration.
fn solve() -> [[f64; 2]; 2] {
    let mut values = [[0.0; 2]; 2];
    for _ in 0..1000 {
        let old = values;
        for market in 0..2 {
            for class in 0..2 {
                let next = (0..2).map(|d| old[1 - market][d] - if d == class { 0.0 } else { f64::from(COST) });
                values[market][class] = f64::from(REWARDS[market][class]) + GAMMA * next.fold(f64::MIN, f64::max);
            }
        }
    }
    values
}

#[test]
fn learner_finds_the_values_of_a_known_market() {
    for extra in ["", r#","double":false"#, r#","target":{"kind":"soft","tau":0.1}"#] {
        let extra = extra.to_owned();
        let config = if extra.contains("target") {
            let mut config = config("");
            config.target = learner::Target::Soft { tau: 0.1 };
            config
        } else {
            config(&extra)
        };
        let mut learner = Learner::new(config).unwrap();
        let mut replay = Replay::new(learner.config()).unwrap();
        push(&mut replay, 0, [0, 0]);
        push(&mut replay, 1, [0, 0]);
        let last = train(&mut learner, &replay, 4000);
        let out = learner.forward(&[1.0, 0.0, 0.0, 1.0]).unwrap();
        let expected = solve();
        for market in 0..2 {
            for class in 0..2 {
                let actual = f64::from(out[market * 4 + 2 + class]);
                assert!((actual - expected[market][class]).abs() < 0.02, "{extra}: {out:?} {expected:?}");
            }
            // The regression head learned its one target; the other had none.
            assert!((out[market * 4] - market as f32).abs() < 0.02, "{out:?}");
        }
        assert!(last.mean_abs_td < 0.02 && last.loss < 0.001, "{last:?}");
        assert_eq!(learner.totals().updates, 4000);
    }
}

#[test]
fn learner_does_not_bootstrap_from_ruin() {
    let mut learner = Learner::new(config("")).unwrap();
    let mut replay = Replay::new(learner.config()).unwrap();
    push(&mut replay, 0, [1, 1]);
    push(&mut replay, 1, [1, 1]);
    train(&mut learner, &replay, 2000);
    let out = learner.forward(&[1.0, 0.0, 0.0, 1.0]).unwrap();
    for (market, rewards) in REWARDS.iter().enumerate() {
        for (class, reward) in rewards.iter().enumerate() {
            assert!((out[market * 4 + 2 + class] - reward).abs() < 0.01, "{out:?}");
        }
    }
}

#[test]
fn learner_with_one_seed_gives_the_same_bits() {
    let run = |seed: u64| {
        let mut config = config("");
        config.seed = seed;
        let mut learner = Learner::new(config).unwrap();
        let mut replay = Replay::new(learner.config()).unwrap();
        push(&mut replay, 0, [0, 0]);
        train(&mut learner, &replay, 50);
        push(&mut replay, 1, [0, 1]);
        train(&mut learner, &replay, 200);
        learner.export(BTreeMap::new()).unwrap().to_bytes().unwrap()
    };
    assert_eq!(run(5), run(5));
    assert_ne!(run(5), run(6));
}

#[test]
fn learner_skips_and_counts_what_is_not_finite() {
    let mut learner = Learner::new(config("")).unwrap();
    let mut replay = Replay::new(learner.config()).unwrap();
    push(&mut replay, 0, [0, 0]);
    let good = learner.export(BTreeMap::new()).unwrap();
    let huge = good.weights().iter().map(|_| 1e30).collect();
    let model = Model::new(good.spec().clone(), "h".into(), huge, BTreeMap::new()).unwrap();
    learner.import(&model).unwrap();
    let update = train(&mut learner, &replay, 3);
    assert!(!update.applied && !update.loss.is_finite(), "{update:?}");
    assert_eq!((learner.totals().updates, learner.totals().skipped), (0, 3));
    assert_eq!(learner.export(BTreeMap::new()).unwrap().weights(), model.weights());
    learner.import(&good).unwrap();
    assert!(train(&mut learner, &replay, 1).applied, "learning goes on");
}

#[test]
fn learner_goes_back_to_its_last_good_snapshot() {
    for engine in ["fused", "tch"] {
        let mut learner = Learner::new(config(&format!(r#","engine":"{engine}","rollback_after":3"#))).unwrap();
        let mut replay = Replay::new(learner.config()).unwrap();
        push(&mut replay, 0, [0, 0]);
        let weights = |learner: &Learner| learner.export(BTreeMap::new()).unwrap().weights().to_vec();
        // The snapshot is taken before update 101.
        train(&mut learner, &replay, 100);
        let good = weights(&learner);
        train(&mut learner, &replay, 50);
        let before = weights(&learner);
        // A market whose numbers overflow every sum.
        let mut poisoned = Replay::new(learner.config()).unwrap();
        poisoned
            .push(&Step {
                features: &[f32::MAX; 2],
                next_features: &[f32::MAX; 2],
                span: 1,
                classes: &[0, 1],
                scalars: &[],
                rewards: &[0.0, 0.0],
                terminals: &[0, 0],
                point_classes: &[0, 1],
                point_scalars: &[],
                candidate_offsets: &[0, 1, 2],
                candidate_points: &[0, 1],
                candidate_costs: &[0.0, 0.0],
                regression_targets: &[],
            })
            .unwrap();
        assert!(!train(&mut learner, &poisoned, 2).applied);
        assert_eq!((weights(&learner), learner.totals().rollbacks), (before, 0), "{engine}");
        train(&mut learner, &replay, 1);
        train(&mut learner, &poisoned, 2);
        assert_eq!(learner.totals().rollbacks, 0, "{engine}: only a row counts");
        train(&mut learner, &poisoned, 1);
        assert_eq!((weights(&learner), learner.totals().rollbacks), (good, 1), "{engine}");
        train(&mut learner, &poisoned, 6);
        let totals = learner.totals();
        assert_eq!((totals.updates, totals.skipped, totals.rollbacks), (151, 11, 3), "{engine}");
        assert!(train(&mut learner, &replay, 200).applied, "{engine}: learning goes on");
    }
}

#[test]
fn learner_goes_back_behind_an_imported_model_that_overflows() {
    let mut learner = Learner::new(config(r#","rollback_after":2"#)).unwrap();
    let mut replay = Replay::new(learner.config()).unwrap();
    push(&mut replay, 0, [0, 0]);
    let fresh = learner.export(BTreeMap::new()).unwrap();
    let huge = fresh.weights().iter().map(|_| 1e30).collect();
    learner.import(&Model::new(fresh.spec().clone(), "h".into(), huge, BTreeMap::new()).unwrap()).unwrap();
    train(&mut learner, &replay, 2);
    assert_eq!(learner.export(BTreeMap::new()).unwrap().weights(), fresh.weights());
    assert!(train(&mut learner, &replay, 1).applied);
}

#[test]
fn learning_rate_falls_by_counts_alone() {
    let config = config(r#","learning_rate_decay":{"kind":"harmonic","halving":100,"floor":0.004}"#);
    assert!((config.learning_rate_at(0) - 0.01).abs() < 1e-12);
    assert!((config.learning_rate_at(100) - 0.005).abs() < 1e-12);
    assert!((config.learning_rate_at(10_000) - 0.004).abs() < 1e-12);
}

//! The learner finds known values that depend on the account, that are quantiles, and that belong to branches.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use learner::{Learner, LearnerConfig, Replay, Step};

const ENGINES: [&str; 2] = ["fused", "tch"];

fn learner(net: &str, extra: &str) -> (Learner, Replay) {
    let config = LearnerConfig::from_json(&format!(
        r#"{{"net":{{"inputs":1,"trunk":[16],{net}}},"schema_hash":"h","seed":3,"learning_rate":0.01,"batch_steps":64,
        "replay_capacity":4,"target":{{"kind":"periodic","every":20}},"max_afterstates":4,"max_points":4,"max_candidates":3{extra}}}"#
    ))
    .unwrap();
    let replay = Replay::new(&config).unwrap();
    (Learner::new(config).unwrap(), replay)
}

fn train(learner: &mut Learner, replay: &Replay, updates: usize) {
    for _ in 0..updates {
        learner.draw(replay).unwrap();
        assert!(learner.update().unwrap().applied);
    }
}

fn step() -> Step<'static> {
    Step {
        features: &[1.0],
        next_features: &[1.0],
        span: 1,
        classes: &[],
        scalars: &[],
        rewards: &[],
        terminals: &[],
        point_classes: &[],
        point_scalars: &[],
        candidate_offsets: &[0],
        candidate_points: &[],
        candidate_costs: &[],
        regression_targets: &[],
    }
}

fn assert_near(actual: &[f32], expected: &[f32], within: f32, what: &str) {
    assert_eq!(actual.len(), expected.len());
    assert!(actual.iter().zip(expected).all(|(a, b)| (a - b).abs() < within), "{what}: {actual:?} {expected:?}");
}

#[test]
fn learner_finds_values_that_depend_on_the_age_of_a_trade() {
    const COST: f32 = 0.3;
    const GAMMA: f32 = 0.9;
    // Flat, then a trade of ages 0, ½ and 1: it pays to hold it through its loss.
    let rewards = [0.0, 1.0, -0.5, 4.0];
    let mut expected = [0.0_f32; 4];
    for _ in 0..500 {
        let [flat, new, middle, old] = expected;
        let next = [flat.max(new - COST), middle.max(flat - COST), old.max(flat - COST), flat - COST];
        expected = std::array::from_fn(|at| rewards[at] + GAMMA * next[at]);
    }
    let net = r#""heads":[{"name":"v","kind":"value","size":2}],"account":{"scalars":1,"hidden":16}"#;
    for engine in ENGINES {
        let (mut learner, mut replay) = learner(net, &format!(r#","gamma":{GAMMA},"engine":"{engine}""#));
        let (classes, scalars) = ([0, 1, 1, 1], [0.0, 0.0, 0.5, 1.0]);
        let all = Step {
            classes: &classes,
            scalars: &scalars,
            rewards: &rewards,
            terminals: &[0; 4],
            point_classes: &classes,
            point_scalars: &scalars,
            candidate_offsets: &[0, 2, 4, 6, 7],
            candidate_points: &[0, 1, 2, 0, 3, 0, 0],
            candidate_costs: &[0.0, COST, 0.0, COST, 0.0, COST, COST],
            ..step()
        };
        replay.push(&all).unwrap();
        train(&mut learner, &replay, 6000);
        let found = learner.evaluate(&[1.0], &[0; 4], &classes, &scalars).unwrap();
        assert_near(&found, &expected, 0.05, engine);
    }
}

#[test]
fn learner_finds_the_quantiles_of_a_coin() {
    let net = r#""heads":[{"name":"v","kind":"value","size":1,"quantiles":4}]"#;
    for engine in ENGINES {
        let (mut learner, mut replay) = learner(
            net,
            &format!(r#","engine":"{engine}","learning_rate_decay":{{"kind":"harmonic","halving":500,"floor":0.0001}}"#),
        );
        for reward in [0.0, 10.0] {
            let toss = Step { classes: &[0], rewards: &[reward], terminals: &[1], candidate_offsets: &[0, 0], ..step() };
            replay.push(&toss).unwrap();
        }
        train(&mut learner, &replay, 20_000);
        // Where (1 − τ) · θ = τ, as the other side of the coin is farther away than κ: τ / (1 − τ) at ⅛ and ⅜.
        let [outer, inner] = [1.0 / 7.0, 3.0 / 5.0];
        let quantiles = [outer, inner, 10.0 - inner, 10.0 - outer];
        assert_near(&learner.forward(&[1.0]).unwrap(), &[&[5.0], &quantiles[..]].concat(), 0.15, engine);
        assert_near(&learner.evaluate(&[1.0], &[0], &[0], &[]).unwrap(), &[5.0], 0.1, engine);
    }
}

#[test]
fn learner_finds_the_values_of_two_branches() {
    let net = r#""heads":[{"name":"a","kind":"value","size":2,"dueling":true},{"name":"b","kind":"value","size":2}]"#;
    for engine in ENGINES {
        let (mut learner, mut replay) = learner(net, &format!(r#","gamma":0.5,"value":"branching","engine":"{engine}""#));
        for (a, b) in [(0, 0), (0, 1), (1, 0), (1, 1)] {
            let transition = Step {
                classes: &[a, 2 + b],
                rewards: &[f32::from(a) + 2.0 * f32::from(b)],
                terminals: &[0],
                point_classes: &[0, 1, 2, 3],
                candidate_offsets: &[0, 2, 4],
                candidate_points: &[0, 1, 2, 3],
                candidate_costs: &[0.0; 4],
                ..step()
            };
            replay.push(&transition).unwrap();
        }
        train(&mut learner, &replay, 6000);
        // A branch knows the other's part of the reward as its mean, and both bootstrap from M = 2.25 + ½ M = 4.5.
        assert_near(&learner.forward(&[1.0]).unwrap(), &[3.25, 4.25, 2.75, 4.75], 0.25, engine);
    }
}

#[test]
fn one_branch_learns_as_one_afterstate_of_all_classes() {
    let net = r#""heads":[{"name":"v","kind":"value","size":3}]"#;
    let train = |value: &str| {
        let (mut learner, mut replay) = learner(net, &format!(r#","value":"{value}""#));
        for (class, terminal) in [(0, 0), (1, 0), (2, 1)] {
            let transition = Step {
                classes: &[class],
                rewards: &[f32::from(class)],
                terminals: &[terminal],
                point_classes: &[0, 1, 2],
                candidate_offsets: &[0, 3],
                candidate_points: &[0, 1, 2],
                candidate_costs: &[0.0; 3],
                ..step()
            };
            replay.push(&transition).unwrap();
        }
        train(&mut learner, &replay, 300);
        learner.export(BTreeMap::new()).unwrap().weights().to_vec()
    };
    assert_eq!(train("branching"), train("afterstate"));
}

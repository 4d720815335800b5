#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;
use crate::batch::Batch;
use crate::{LearnerConfig, Replay, Step};

const CAPACITY: usize = 8;

fn config(batch: usize, alpha: f64) -> LearnerConfig {
    let json = format!(
        r#"{{"net":{{"inputs":1,"trunk":[2],"heads":[{{"name":"v","kind":"value","size":1}}]}},"schema_hash":"h","seed":1,
        "batch_steps":{batch},"replay_capacity":{CAPACITY},"max_afterstates":1,"max_points":8,"max_candidates":1,
        "replay":{{"kind":"prioritised","alpha":{alpha},"beta_start":0.5,"beta_updates":100}}}}"#
    );
    LearnerConfig::from_json(&json).unwrap()
}

fn push(replay: &mut Replay, value: f32) {
    let step = Step {
        features: &[value],
        next_features: &[value],
        span: 1,
        classes: &[0],
        scalars: &[],
        rewards: &[0.0],
        terminals: &[1],
        point_classes: &[],
        point_scalars: &[],
        candidate_offsets: &[0, 0],
        candidate_points: &[],
        candidate_costs: &[],
        regression_targets: &[],
    };
    replay.push(&step).unwrap();
}

/// A replay whose steps hold their slot, with these errors.
fn filled(config: &LearnerConfig, errors: &[f32]) -> Replay {
    let mut replay = Replay::new(config).unwrap();
    (0..errors.len()).for_each(|slot| push(&mut replay, slot as f32));
    let slots: Vec<_> = (0..errors.len()).collect();
    replay.learned(&slots, errors, errors.len() as u64);
    replay
}

#[test]
fn steps_are_drawn_in_proportion_to_the_power_of_their_error() {
    // Drawn one by one, the counts are multinomial: chi-square with 7 degrees of freedom stays below 24.32 in 999 of 1000 cases.
    let (config, errors) = (config(1, 0.5), [0.0, 1.0, 2.0, 4.0, 0.5, 9.0, 16.0, 0.1]);
    let replay = filled(&config, &errors);
    let mut batch = Batch::new(&config);
    let (draws, mut counts) = (100_000, [0.0; CAPACITY]);
    for _ in 0..draws {
        batch.draw(&replay, 1.0).unwrap();
        counts[batch.features[0] as usize] += 1.0;
    }
    let priorities = errors.map(|error| (f64::from(error) + LEAST_ERROR).sqrt());
    let total: f64 = priorities.iter().sum();
    let chi_square: f64 = priorities
        .iter()
        .zip(counts)
        .map(|(priority, count)| {
            let expected = f64::from(draws) * priority / total;
            (count - expected).powi(2) / expected
        })
        .sum();
    assert!(chi_square < 24.32, "{chi_square}: {counts:?}");
}

#[test]
fn a_batch_takes_one_step_from_each_share_of_the_priorities() {
    let config = config(4, 1.0);
    // Shares of a quarter: the first step holds two of them.
    let replay = filled(&config, &[4.0 - 0.001, 2.0 - 0.001, 2.0 - 0.001]);
    let mut batch = Batch::new(&config);
    for _ in 0..50 {
        batch.draw(&replay, 0.5).unwrap();
        assert_eq!(batch.slots, [0, 0, 1, 2]);
        // (3 · ½)^−½ and (3 · ¼)^−½, divided by the greater: √½ and 1.
        for (weight, expected) in batch.weights.iter().zip([0.5_f32.sqrt(), 0.5_f32.sqrt(), 1.0, 1.0]) {
            assert!((weight - expected).abs() < 1e-3, "{:?}", batch.weights);
        }
        batch.draw(&replay, 0.0).unwrap();
        assert_eq!(batch.weights, [1.0; 4]);
    }
}

#[test]
fn a_new_step_gets_the_greatest_priority_and_a_spoiling_one_the_least() {
    let config = config(1, 1.0);
    let mut replay = filled(&config, &[5.0, 0.0, f32::NAN, f32::INFINITY]);
    push(&mut replay, 4.0);
    let priorities = replay.priorities().unwrap();
    let expected = [5.0 + LEAST_ERROR, LEAST_ERROR, LEAST_ERROR, LEAST_ERROR, 5.0 + LEAST_ERROR];
    for (slot, expected) in expected.into_iter().enumerate() {
        assert_eq!(priorities.get(slot), expected);
    }
}

#[test]
fn errors_of_overwritten_steps_are_left_out() {
    let config = config(1, 1.0);
    let mut replay = filled(&config, &[1.0; CAPACITY]);
    let drawn_at = replay.pushed();
    // Slots 0 and 1 are written over while the batch is learned from.
    push(&mut replay, 8.0);
    push(&mut replay, 9.0);
    replay.learned(&[0, 1, 2, 7], &[3.0; 4], drawn_at);
    let priorities = replay.priorities().unwrap();
    let found = [0, 1, 2, 7].map(|slot| priorities.get(slot));
    assert_eq!(found, [1.0 + LEAST_ERROR, 1.0 + LEAST_ERROR, 3.0 + LEAST_ERROR, 3.0 + LEAST_ERROR]);
    (0..CAPACITY).for_each(|slot| push(&mut replay, slot as f32));
    replay.learned(&[0, 5], &[100.0; 2], drawn_at);
    assert!((0..CAPACITY).all(|slot| replay.priorities().unwrap().get(slot) < 4.0));
}

#[test]
fn beta_rises_by_counts_alone() {
    let config = config(1, 1.0);
    assert_eq!([0, 50, 100, 1_000_000].map(|updates| config.beta_at(updates)), [0.5, 0.75, 1.0, 1.0]);
}

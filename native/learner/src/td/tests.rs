#![allow(clippy::float_cmp, reason = "the expected values are exact in binary")]

use super::*;

const POINTS: [u8; 3] = [0, 1, 2];
const COSTS: [f32; 3] = [0.0, 0.5, 1.0];

/// The target of single numbers.
fn target(reward: f32, discount: f32, terminal: bool, choose: &[f32], value: &[f32], points: &[u8], costs: &[f32]) -> f32 {
    let mut target = [f32::NAN];
    let best = best_candidate(choose, points, costs).filter(|_| !terminal);
    let next = best.map(|best| (std::slice::from_ref(&value[usize::from(points[best])]), costs[best]));
    afterstate_target(reward, discount, next, &mut target);
    target[0]
}

#[test]
fn best_candidate_weighs_value_against_cost() {
    assert_eq!(best_candidate(&[1.0, 1.4, 2.5], &POINTS, &COSTS), Some(2));
    assert_eq!(best_candidate(&[1.0, 1.4, 1.9], &POINTS, &COSTS), Some(0));
    assert_eq!(best_candidate(&[1.0, 1.5, 2.0], &POINTS, &COSTS), Some(0), "the first among equals");
    assert_eq!(best_candidate(&[1.0, 9.0, 2.0], &[2, 0], &[0.0, 0.0]), Some(0), "a position, not a point");
    assert_eq!(best_candidate(&[f32::NAN, 0.0, 0.0], &POINTS, &COSTS), Some(1));
    assert_eq!(best_candidate(&[1.0], &[], &[]), None);
}

#[test]
fn discount_counts_bars() {
    assert_eq!([1, 2, 3].map(|span| discount(0.5, span)), [0.5, 0.25, 0.125]);
    assert_eq!(discount(0.95, 1), 0.95_f64 as f32);
    assert_eq!(discount(0.0, 2), 0.0);
}

#[test]
fn afterstate_target_bootstraps_unless_terminal() {
    let values = [1.0, 2.0, 4.0];
    // max(1 − 0, 2 − 0.5, 4 − 1) = 3, so 0.5 + 0.9 · 3.
    assert!((target(0.5, 0.9, false, &values, &values, &POINTS, &COSTS) - 3.2).abs() < 1e-6);
    assert_eq!(target(0.5, 0.9, true, &values, &values, &POINTS, &COSTS), 0.5);
    assert_eq!(target(-2.0, 0.9, true, &values, &values, &[], &[]), -2.0);
}

#[test]
fn afterstate_target_chooses_with_one_network_and_values_with_the_other() {
    let choose = [5.0, 0.0, 0.0];
    let value = [1.0, 100.0, 100.0];
    assert!((target(0.0, 0.5, false, &choose, &value, &POINTS, &COSTS) - 0.5).abs() < 1e-6);
}

#[test]
fn afterstate_target_shifts_and_shrinks_each_quantile() {
    let mut target = [0.0; 3];
    afterstate_target(1.0, 0.5, Some((&[-2.0, 0.0, 6.0], 0.5)), &mut target);
    assert_eq!(target, [1.0 - 1.25, 1.0 - 0.25, 1.0 + 2.75]);
    afterstate_target(-3.0, 0.5, None, &mut target);
    assert_eq!(target, [-3.0; 3], "after ruin");
}

#[test]
fn branching_target_is_the_mean_of_the_branches() {
    let target = |reward: f32, discount: f32, branches: u32, sums: [f32; 2]| {
        let mut target = sums;
        branching_target(reward, discount, branches, &mut target);
        target
    };
    // Branches worth (1, 2) and (3, 8): 1 + 0.5 · 2 and 1 + 0.5 · 5.
    assert_eq!(target(1.0, 0.5, 2, [4.0, 10.0]), [2.0, 3.5]);
    assert_eq!(target(1.0, 0.5, 1, [3.0, 8.0]), [2.5, 5.0], "one branch is the target of DQN");
    assert_eq!(target(1.0, 0.5, 0, [0.0, 0.0]), [1.0, 1.0], "after ruin");
}

#[test]
fn loss_and_slope_match_hand_computed_values() {
    assert_eq!(loss_and_slope(Loss::Squared, 3.0, 1.0), (4.0, 4.0));
    assert_eq!(loss_and_slope(Loss::Squared, -1.0, 1.0), (4.0, -4.0));
    assert_eq!(loss_and_slope(Loss::Huber, 1.5, 1.0), (0.125, 0.5));
    assert_eq!(loss_and_slope(Loss::Huber, 4.0, 1.0), (2.5, 1.0));
    assert_eq!(loss_and_slope(Loss::Huber, -2.0, 1.0), (2.5, -1.0));
}

#[test]
fn quantile_huber_matches_hand_computed_values() {
    let mut slope = [f32::NAN; 2];
    // Levels ¼ and ¾; u = θ_j − θ_i is 0.5 and 3 for the first, −1.5 and 1 for the second.
    let loss = quantile_huber(&[0.0, 2.0], &[0.5, 3.0], &mut slope);
    // ¼ · 0.125 and ¼ · 2.5; (1 − ¾) · 1 and ¾ · 0.5; halved as means over j.
    assert_eq!(loss, 0.5 * (0.031_25 + 0.625) + 0.5 * (0.25 + 0.375));
    // −¼ · 0.5 − ¼ · 1; +¼ · 1 − ¾ · 1.
    assert_eq!(slope, [0.5 * (-0.125 - 0.25), 0.5 * (0.25 - 0.75)]);
    // As many goals as you like; one prediction at the level ½ has half the Huber loss.
    let mut slope = [f32::NAN];
    assert_eq!((quantile_huber(&[1.0], &[1.5, 4.0, 1.0], &mut slope), slope), (0.5 * (0.125 + 2.5) / 3.0, [-0.5 * 1.5 / 3.0]));
    assert_eq!((quantile_huber(&[2.0], &[2.0], &mut slope), slope), (0.0, [0.0]));
    assert!(quantile_huber(&[f32::NAN], &[2.0], &mut slope).is_nan());
}

#[test]
fn quantile_huber_has_the_slope_of_its_loss() {
    let predicted = [-1.2, 0.3, 0.4, 2.7];
    let target = [-2.0, 0.1, 0.6, 0.9, 5.0];
    let mut slope = [0.0; 4];
    quantile_huber(&predicted, &target, &mut slope);
    for (index, slope) in slope.into_iter().enumerate() {
        let [above, below] = [1e-2, -1e-2].map(|step| {
            let mut moved = predicted;
            moved[index] += step;
            quantile_huber(&moved, &target, &mut [0.0; 4])
        });
        assert!((slope - (above - below) / 2e-2).abs() < 1e-3, "{index}: {slope}");
    }
}

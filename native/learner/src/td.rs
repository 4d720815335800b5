//! The formulas of temporal-difference learning on afterstates, as pure functions on plain numbers.
//!
//! The cost of a decision is known when it is made, so what is learned is the value `W(F, y)` of the account *after* the decision
//! and before the market moves (afterstates: Sutton & Barto 2018, section 6.8): `Q(s, d) = −cost_d + W(F, y_d)`.

use crate::Loss;

/// The valid decision with the greatest `−cost + W`, as a position in `classes`; the first among equals, none if there is none.
///
/// `values` holds `W(F_t+1, ·)` per class. A NaN value is never chosen unless all are NaN.
pub fn best_candidate(values: &[f32], classes: &[u8], costs: &[f32]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (index, (&class, &cost)) in classes.iter().zip(costs).enumerate() {
        let value = values[usize::from(class)] - cost;
        if best.is_none_or(|(_, greatest)| value > greatest || greatest.is_nan()) {
            best = Some((index, value));
        }
    }
    best.map(|(index, _)| index)
}

/// One-step target `y = ρ + γ (1 − terminal) max_d' [−cost_d' + W(F_t+1, y_d')]` (Mnih et al. 2015, algorithm 1, on afterstates).
///
/// The decision is chosen with `choose` and valued with `value`: the same values twice give Q-learning, the online and the target
/// network's give double Q-learning (van Hasselt et al. 2016, equation 4). `terminal` means ruin, never the end of the data: a
/// truncated step has no target and is not learned from.
pub fn afterstate_target(
    reward: f32,
    gamma: f32,
    terminal: bool,
    choose: &[f32],
    value: &[f32],
    classes: &[u8],
    costs: &[f32],
) -> f32 {
    if terminal {
        return reward;
    }
    match best_candidate(choose, classes, costs) {
        Some(best) => reward + gamma * (value[usize::from(classes[best])] - costs[best]),
        None => reward,
    }
}

/// Loss of one prediction and its derivative by the prediction: squared `e²`, or Huber with δ = 1 (Huber 1964).
pub fn loss_and_slope(loss: Loss, prediction: f32, target: f32) -> (f32, f32) {
    let error = prediction - target;
    match loss {
        Loss::Squared => (error * error, 2.0 * error),
        Loss::Huber if error.abs() <= 1.0 => (0.5 * error * error, error),
        Loss::Huber => (error.abs() - 0.5, error.signum()),
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the expected values are exact in binary")]
mod tests {
    use super::*;

    const CLASSES: [u8; 3] = [0, 1, 2];
    const COSTS: [f32; 3] = [0.0, 0.5, 1.0];

    #[test]
    fn best_candidate_weighs_value_against_cost() {
        assert_eq!(best_candidate(&[1.0, 1.4, 2.5], &CLASSES, &COSTS), Some(2));
        assert_eq!(best_candidate(&[1.0, 1.4, 1.9], &CLASSES, &COSTS), Some(0));
        assert_eq!(best_candidate(&[1.0, 1.5, 2.0], &CLASSES, &COSTS), Some(0), "the first among equals");
        assert_eq!(best_candidate(&[1.0, 9.0, 2.0], &[2, 0], &[0.0, 0.0]), Some(0), "a position, not a class");
        assert_eq!(best_candidate(&[f32::NAN, 0.0, 0.0], &CLASSES, &COSTS), Some(1));
        assert_eq!(best_candidate(&[1.0], &[], &[]), None);
    }

    #[test]
    fn afterstate_target_bootstraps_unless_terminal() {
        let values = [1.0, 2.0, 4.0];
        // max(1 − 0, 2 − 0.5, 4 − 1) = 3, so 0.5 + 0.9 · 3.
        assert!((afterstate_target(0.5, 0.9, false, &values, &values, &CLASSES, &COSTS) - 3.2).abs() < 1e-6);
        assert_eq!(afterstate_target(0.5, 0.9, true, &values, &values, &CLASSES, &COSTS), 0.5);
        assert_eq!(afterstate_target(-2.0, 0.9, true, &values, &values, &[], &[]), -2.0);
    }

    #[test]
    fn afterstate_target_chooses_with_one_network_and_values_with_the_other() {
        let choose = [5.0, 0.0, 0.0];
        let value = [1.0, 100.0, 100.0];
        assert!((afterstate_target(0.0, 0.5, false, &choose, &value, &CLASSES, &COSTS) - 0.5).abs() < 1e-6);
    }

    #[test]
    fn loss_and_slope_match_hand_computed_values() {
        assert_eq!(loss_and_slope(Loss::Squared, 3.0, 1.0), (4.0, 4.0));
        assert_eq!(loss_and_slope(Loss::Squared, -1.0, 1.0), (4.0, -4.0));
        assert_eq!(loss_and_slope(Loss::Huber, 1.5, 1.0), (0.125, 0.5));
        assert_eq!(loss_and_slope(Loss::Huber, 4.0, 1.0), (2.5, 1.0));
        assert_eq!(loss_and_slope(Loss::Huber, -2.0, 1.0), (2.5, -1.0));
    }
}

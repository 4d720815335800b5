//! The formulas of temporal-difference learning, as pure functions on plain numbers.
//!
//! The cost of a decision is known when it is made, so what is learned is the value `W(F, y)` of the account *after* the decision
//! and before the market moves (afterstates: Sutton & Barto 2018, section 6.8): `Q(s, d) = −cost_d + W(F, y_d)`. A value is one
//! number, or the quantiles of what it is the mean of; targets have as many.

use crate::Loss;

/// `γ^span`: the discount of a step over several bars (Sutton & Barto 2018, equation 7.1, whose rewards the caller has summed).
pub fn discount(gamma: f64, span: u32) -> f32 {
    gamma.powi(span as i32) as f32
}

/// The valid decision with the greatest `−cost + W`, as a position in `points`; the first among equals, none if there is none.
///
/// `values` holds `W(F_t+1, ·)` per point. A NaN value is never chosen unless all are NaN.
pub fn best_candidate(values: &[f32], points: &[u8], costs: &[f32]) -> Option<usize> {
    let mut best: Option<(usize, f32)> = None;
    for (index, (&point, &cost)) in points.iter().zip(costs).enumerate() {
        let value = values[usize::from(point)] - cost;
        if best.is_none_or(|(_, greatest)| value > greatest || greatest.is_nan()) {
            best = Some((index, value));
        }
    }
    best.map(|(index, _)| index)
}

/// Target `y = ρ + γ (1 − terminal) [−cost_d' + W(F_t+1, y_d')]` of the chosen next decision d' (Mnih et al. 2015, algorithm 1, on
/// afterstates), for each quantile of W (Dabney et al. 2018, algorithm 1).
///
/// `next` holds the quantiles and the cost, and is none after ruin. The decision is chosen with [`best_candidate`]: by the values
/// of the network that `next` is of, that is Q-learning; by the online network's where `next` is of the target network, that is
/// double Q-learning (van Hasselt et al. 2016, equation 4). Ruin is never the end of the data: a truncated step has no target and is
/// not learned from.
pub fn afterstate_target(reward: f32, discount: f32, next: Option<(&[f32], f32)>, target: &mut [f32]) {
    match next {
        Some((quantiles, cost)) => {
            for (target, quantile) in target.iter_mut().zip(quantiles) {
                *target = reward + discount * (quantile - cost);
            }
        }
        None => target.fill(reward),
    }
}

/// Target `y = r + γ (1 − terminal) · mean_b Q_b(F_t+1, argmax_d Q_b(F_t+1, d))` of all branches alike (Tavakoli et al. 2018,
/// equation 5), for each quantile. Comes with the sums of so many branches' chosen outputs in `target`; no branch after ruin.
pub fn branching_target(reward: f32, discount: f32, branches: u32, target: &mut [f32]) {
    for target in target {
        *target = if branches > 0 { reward + discount * (*target / branches as f32) } else { reward };
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

/// Loss `Σ_i mean_j |τ_i − 1{u < 0}| · huber(u)`, `u = θ_j − θ_i`, of the predicted quantiles `θ_i` at `τ_i = (2 i + 1) / 2N` against
/// those of the target, `θ_j`, with κ = 1 (Dabney et al. 2018, equation 10). Overwrites `slope` with its derivative by the predictions.
pub fn quantile_huber(predicted: &[f32], target: &[f32], slope: &mut [f32]) -> f32 {
    let mut loss = 0.0;
    for (index, (&prediction, slope)) in predicted.iter().zip(slope).enumerate() {
        let level = (2 * index + 1) as f32 / (2 * predicted.len()) as f32;
        let (mut error, mut derivative) = (0.0, 0.0);
        for goal in target {
            let distance = goal - prediction;
            let weight = if distance < 0.0 { 1.0 - level } else { level };
            let (huber, by_prediction) = loss_and_slope(Loss::Huber, prediction, *goal);
            error += weight * huber;
            derivative += weight * by_prediction;
        }
        loss += error / target.len() as f32;
        *slope = derivative / target.len() as f32;
    }
    loss
}

#[cfg(test)]
mod tests;

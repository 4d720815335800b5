//! The gradient of a whole update against the definition of its loss, written down once more in f64: by LibTorch's autograd and by
//! finite differences.

use std::ops::Range;

use qnet::{Head, HeadKind};
use tch::{Kind, Tensor};

use super::*;
use crate::testing::{Draws, Shape};
use crate::{Loss, ValueKind};

/// The loss of the drawn batch as a function of the flat weights.
struct Reference<'a> {
    config: &'a LearnerConfig,
    batch: &'a Batch,
    rows: Tensor,
}

/// One class: its head, the head's first raw output, its place within the head, and among the outputs of all value heads.
struct Class<'a> {
    head: &'a Head,
    raw: usize,
    within: usize,
    at: usize,
}

impl<'a> Reference<'a> {
    fn new(config: &'a LearnerConfig, batch: &'a Batch) -> Self {
        let rows = Tensor::from_slice(&batch.features).view([-1, config.net.inputs as i64]).to_kind(Kind::Double);
        Self { config, batch, rows }
    }

    /// Raw rows of all features.
    fn raw(&self, flat: &Tensor) -> Tensor {
        let layout = qnet::Layout::new(&self.config.net).unwrap();
        let last = layout.layers().len() - 1;
        layout.layers().iter().enumerate().fold(self.rows.shallow_clone(), |x, (index, layer)| {
            let weight = part(flat, layer.weight..layer.weight + layer.outputs * layer.inputs);
            let bias = part(flat, layer.bias..layer.bias + layer.outputs);
            let out = x.linear(&weight.view([layer.outputs as i64, layer.inputs as i64]), Some(&bias));
            if index < last { out.relu() } else { out }
        })
    }

    fn class(&self, class: usize) -> Class<'_> {
        let heads = self.config.net.raw_ranges().filter(|(head, _)| head.kind == HeadKind::Value);
        let mut first = 0;
        for (head, raw) in heads {
            if class < first + head.size {
                return Class { head, raw: raw.start, within: class - first, at: class };
            }
            first += head.size;
        }
        panic!("no class {class}");
    }

    /// Quantiles of a point at one raw row: `V + A − mean A + D · max(pre + B s, 0)`.
    fn value(&self, flat: &Tensor, raw: &Tensor, class: u8, scalars: &[f32]) -> Tensor {
        let Class { head, raw: start, within, at } = self.class(usize::from(class));
        let n = head.quantiles;
        let rows =
            |first: usize, count: usize| part(raw, start + first * n..start + (first + count) * n).view([count as i64, n as i64]);
        let plain = if head.dueling {
            let advantages = rows(1, head.size);
            let own = advantages.get(within as i64) - advantages.mean_dim(&[0_i64][..], false, Kind::Double);
            rows(0, 1).get(0) + own
        } else {
            rows(within, 1).get(0)
        };
        let Some(account) = self.config.net.account else { return plain };
        let slots = qnet::Layout::new(&self.config.net).unwrap().account().unwrap();
        let [k, m] = [account.scalars, account.hidden];
        let by_scalars = part(flat, slots.scalars..slots.scalars + m * k).view([m as i64, k as i64]);
        let by_hidden = part(flat, slots.value + at * n * m..slots.value + (at + 1) * n * m).view([n as i64, m as i64]);
        let scalars = Tensor::from_slice(scalars).to_kind(Kind::Double);
        let pre = part(raw, self.config.net.hidden_range()) + by_scalars.mv(&scalars);
        plain + by_hidden.mv(&pre.relu())
    }

    fn loss(&self, online: &Tensor, target: &Tensor, pull: f64) -> Tensor {
        let Self { config, batch, .. } = self;
        let [now, valuing] = [online, target].map(|flat| self.raw(flat));
        let mut total = 0.5 * pull * online.square().sum(Kind::Double);
        let k = config.net.scalars();
        let branching = config.value == ValueKind::Branching;
        let learned = batch.rows.iter().filter(|drawn| !drawn.afterstates.is_empty()).count();
        let count = if branching { learned } else { batch.classes.len() }.max(1) as f64;
        for (row, drawn) in batch.rows.iter().enumerate() {
            let next = (config.batch_steps + row) as i64;
            let choose = if config.double { (online, now.get(next)) } else { (target, valuing.get(next)) };
            let scalars = |at: usize| &batch.point_scalars[at * k..][..k];
            let point = |(flat, raw): (&Tensor, &Tensor), at: usize| {
                tch::no_grad(|| self.value(flat, raw, batch.point_classes[at], scalars(at)))
            };
            let best = |list: &Range<usize>| {
                let worth = |candidate: usize| {
                    let at = drawn.points.start + usize::from(batch.candidate_points[candidate]);
                    let mean = point((choose.0, &choose.1), at).mean(Kind::Double).double_value(&[]);
                    (mean - f64::from(batch.candidate_costs[candidate]), at, f64::from(batch.candidate_costs[candidate]))
                };
                let best = list.clone().map(worth).reduce(|best, other| if other.0 > best.0 { other } else { best })?;
                Some(point((target, &valuing.get(next)), best.1) - best.2)
            };
            let discount = config.gamma.powi(drawn.span as i32);
            for (index, at) in drawn.afterstates.clone().enumerate() {
                let outcome = drawn.outcomes.start + if branching { 0 } else { index };
                let lists =
                    if branching { drawn.lists.clone() } else { drawn.lists.start + index..drawn.lists.start + index + 1 };
                let chosen: Vec<_> =
                    if batch.terminals[outcome] == 1 { vec![] } else { batch.lists[lists].iter().filter_map(best).collect() };
                let value = self.value(online, &now.get(row as i64), batch.classes[at], &batch.scalars[at * k..][..k]);
                let reward = f64::from(batch.rewards[outcome]);
                let goal = match chosen.len() {
                    0 => value.zeros_like() + reward,
                    branches => {
                        Tensor::stack(&chosen, 0).sum_dim_intlist(&[0_i64][..], false, Kind::Double)
                            * (discount / branches as f64)
                            + reward
                    }
                };
                let share = if branching { 1.0 / drawn.afterstates.len() as f64 } else { 1.0 };
                total += self.error(&value, &goal.detach()) * (f64::from(batch.weights[row]) * share / count);
            }
        }
        total + self.regressions(&now)
    }

    fn error(&self, value: &Tensor, goal: &Tensor) -> Tensor {
        let n = value.numel();
        // [i, j]: target quantile j against prediction i.
        let distance = goal.unsqueeze(0) - value.unsqueeze(1);
        let squared: Tensor = 0.5 * distance.square();
        let huber = squared.where_self(&distance.abs().le(1.0), &(distance.abs() - 0.5));
        if n > 1 {
            let levels = (Tensor::arange(n as i64, (Kind::Double, tch::Device::Cpu)) * 2.0 + 1.0) / (2.0 * n as f64);
            let weights = (levels.unsqueeze(1) - distance.lt(0.0).to_kind(Kind::Double)).abs();
            return (weights * huber).sum(Kind::Double) / n as f64;
        }
        if self.config.loss == Loss::Huber { huber.sum(Kind::Double) } else { distance.square().sum(Kind::Double) }
    }

    fn regressions(&self, raw: &Tensor) -> Tensor {
        let mut total = Tensor::from(0.0).to_kind(Kind::Double);
        let heads = self.config.net.raw_ranges().filter(|(head, _)| head.kind == HeadKind::Regression);
        let width = self.config.net.regressions();
        let mut first = 0;
        for (head, range) in heads {
            let targets = self.batch.regression_targets.chunks_exact(width).map(|row| &row[first..first + head.size]);
            let pairs: Vec<_> = targets
                .enumerate()
                .flat_map(|(row, goals)| goals.iter().enumerate().map(move |(at, goal)| (row, at, *goal)))
                .filter(|(_, _, goal)| !goal.is_nan())
                .collect();
            let weight = self.config.head_loss_weights.get(&head.name).copied().unwrap_or(1.0);
            for &(row, at, goal) in &pairs {
                let error = raw.get(row as i64).get((range.start + at) as i64) - f64::from(goal);
                total += error.square() * (weight * f64::from(self.batch.weights[row]) / pairs.len() as f64);
            }
            first += head.size;
        }
        total
    }
}

fn part(flat: &Tensor, range: Range<usize>) -> Tensor {
    flat.narrow(-1, range.start as i64, range.len() as i64)
}

fn wide(weights: &[f32]) -> Tensor {
    Tensor::from_slice(weights).to_kind(Kind::Double)
}

/// A learner with a drawn batch and two different networks, its loss and its gradient.
fn updated(draws: &mut Draws, config: &LearnerConfig) -> (Learner, State, Update, f64) {
    let mut replay = Replay::new(config).unwrap();
    (0..64).for_each(|_| draws.push(&mut replay, config));
    let mut learner = Learner::new(config.clone()).unwrap();
    let [weights, target] = [(); 2].map(|()| draws.model(config).weights().to_vec());
    let state = State { target, ..State::fresh(weights) };
    learner.engine.load(&state).unwrap();
    learner.draw(&replay).unwrap();
    learner.engine.forward(&learner.batch.features, &mut learner.outputs).unwrap();
    let update = learner.losses.measure(&learner.batch, &learner.outputs).unwrap();
    learner.backward().unwrap();
    let pull = config.prior_at(64).pull;
    (learner, state, update, pull)
}

#[test]
fn gradient_equals_autograd_of_the_loss_by_its_definition() {
    tch::set_num_threads(1);
    let mut draws = Draws::new(77);
    for (round, shape) in (0..24).zip([Shape::Account, Shape::Branches, Shape::Plain].into_iter().cycle()) {
        let mut config = draws.config(round, shape);
        config.weight_prior = 3.0;
        config.batch_steps = 1 + draws.below(12);
        let (learner, state, update, pull) = updated(&mut draws, &config);
        let what = format!("round {round}: {:?}", config.net);
        let reference = Reference::new(&config, &learner.batch);
        let leaf = wide(&state.weights).set_requires_grad(true);
        let loss = reference.loss(&leaf, &wide(&state.target), pull);
        loss.backward();
        let prior = 0.5 * pull * wide(&state.weights).square().sum(Kind::Double).double_value(&[]);
        assert!((loss.double_value(&[]) - prior - update.loss).abs() < 1e-5 * (1.0 + update.loss), "{what}");
        let expected = Vec::<f64>::try_from(leaf.grad()).unwrap();
        for (at, (slope, expected)) in learner.engine.gradient().iter().zip(expected).enumerate() {
            assert!((f64::from(*slope) - expected).abs() < 1e-5 * (1.0 + expected.abs()), "{what}: {at}: {slope} {expected}");
        }
    }
}

#[test]
fn gradient_equals_finite_differences_of_the_loss_by_its_definition() {
    tch::set_num_threads(1);
    let mut draws = Draws::new(78);
    for (shape, double) in [(Shape::Account, true), (Shape::Branches, false)] {
        let mut config = draws.config(1, shape);
        config.net.inputs = 3;
        config.net.trunk = vec![5];
        config.net.heads.iter_mut().filter(|head| head.kind == HeadKind::Value).for_each(|head| head.quantiles = 2);
        (config.double, config.batch_steps, config.weight_prior) = (double, 3, 1.0);
        let (learner, state, _, pull) = updated(&mut draws, &config);
        let reference = Reference::new(&config, &learner.batch);
        let (weights, target) = (wide(&state.weights), wide(&state.target));
        let tail = qnet::Layout::new(&config.net).unwrap().tail();
        let gradient = learner.engine.gradient();
        assert!(gradient[tail].iter().filter(|slope| **slope != 0.0).count() > 10 || shape == Shape::Branches);
        for (at, slope) in gradient.iter().enumerate() {
            let [above, below] = [1e-6, -1e-6].map(|step| {
                let moved = weights.copy();
                let mut place = moved.narrow(0, at as i64, 1);
                let _ = place.g_add_scalar_(step);
                tch::no_grad(|| reference.loss(&moved, &target, pull).double_value(&[]))
            });
            let expected = (above - below) / 2e-6;
            assert!((f64::from(*slope) - expected).abs() < 1e-4 * (1.0 + expected.abs()), "{shape:?}: {at}: {slope} {expected}");
        }
    }
}

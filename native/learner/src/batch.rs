//! A drawn batch, copied out of the replay so that the replay is free again while the batch is learned from.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{LearnerConfig, LearnerError, Replay};

/// Rows and afterstates of the drawn steps. The memory is kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Batch {
    steps: usize,
    rng: ChaCha8Rng,
    /// The drawn steps, and how many had been pushed by then; kept until the next draw.
    pub(crate) slots: Vec<usize>,
    pub(crate) pushed: u64,
    /// Steps that the replay held at the draw.
    pub(crate) held: usize,
    /// `[2 · steps, inputs]`: all `F_t`, then all `F_t+1`.
    pub(crate) features: Vec<f32>,
    /// `[steps, regression outputs]`; NaN where there is none.
    pub(crate) regression_targets: Vec<f32>,
    /// Factor on the losses of each step.
    pub(crate) weights: Vec<f32>,
    /// What each drawn step holds, in the arrays below.
    pub(crate) rows: Vec<Drawn>,
    pub(crate) classes: Vec<u8>,
    pub(crate) scalars: Vec<f32>,
    pub(crate) rewards: Vec<f32>,
    pub(crate) terminals: Vec<u8>,
    pub(crate) point_classes: Vec<u8>,
    pub(crate) point_scalars: Vec<f32>,
    /// Where each list of candidates lies.
    pub(crate) lists: Vec<Range<usize>>,
    pub(crate) candidate_points: Vec<u8>,
    pub(crate) candidate_costs: Vec<f32>,
}

/// One drawn step: where its parts lie in the arrays of the batch.
#[derive(Debug, Clone)]
pub(crate) struct Drawn {
    pub(crate) span: u32,
    pub(crate) afterstates: Range<usize>,
    /// Rewards and terminals.
    pub(crate) outcomes: Range<usize>,
    pub(crate) points: Range<usize>,
    pub(crate) lists: Range<usize>,
}

impl Batch {
    pub(crate) fn new(config: &LearnerConfig) -> Self {
        // Stream 1: independent of the initial weights, which use stream 0 of the same seed.
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(1);
        Self {
            steps: config.batch_steps,
            rng,
            slots: Vec::with_capacity(config.batch_steps),
            pushed: 0,
            held: 0,
            features: Vec::with_capacity(2 * config.batch_steps * config.net.inputs),
            regression_targets: Vec::with_capacity(config.batch_steps * config.net.regressions()),
            weights: Vec::with_capacity(config.batch_steps),
            // These grow to the largest batch seen: the limits of the configuration may lie far above it.
            rows: Vec::with_capacity(config.batch_steps),
            classes: Vec::new(),
            scalars: Vec::new(),
            rewards: Vec::new(),
            terminals: Vec::new(),
            point_classes: Vec::new(),
            point_scalars: Vec::new(),
            lists: Vec::new(),
            candidate_points: Vec::new(),
            candidate_costs: Vec::new(),
        }
    }

    /// Position in the stream of random numbers.
    pub(crate) fn drawn(&self) -> u64 {
        self.rng.get_word_pos() as u64
    }

    /// Forgets the drawn batch and goes on at a position in the stream of random numbers.
    pub(crate) fn go_on_at(&mut self, drawn: u64) {
        self.clear();
        self.slots.clear();
        self.rng.set_word_pos(u128::from(drawn));
    }

    /// Drops the drawn batch, so that it is not learned from twice.
    pub(crate) fn clear(&mut self) {
        let floats = [
            &mut self.features,
            &mut self.regression_targets,
            &mut self.weights,
            &mut self.scalars,
            &mut self.rewards,
            &mut self.point_scalars,
            &mut self.candidate_costs,
        ];
        floats.into_iter().for_each(Vec::clear);
        let bytes = [&mut self.classes, &mut self.terminals, &mut self.point_classes, &mut self.candidate_points];
        bytes.into_iter().for_each(Vec::clear);
        self.rows.clear();
        self.lists.clear();
    }

    /// Draws steps with replacement: uniformly, or one from each of `steps` equal shares of all priorities, with the importance
    /// weights of power `beta` divided by the greatest of the batch (Schaul et al. 2016, sections 3.3 and 3.4).
    pub(crate) fn draw(&mut self, replay: &Replay, beta: f64) -> Result<(), LearnerError> {
        if replay.is_empty() {
            return Err(LearnerError::Empty);
        }
        self.clear();
        self.slots.clear();
        self.pushed = replay.pushed();
        self.held = replay.len();
        for row in 0..self.steps {
            let random = self.rng.next_u64();
            match replay.priorities() {
                None => {
                    // Multiply and shift (Lemire 2019): the bias is below len · 2⁻⁶⁴.
                    self.slots.push(((u128::from(random) * replay.len() as u128) >> 64) as usize);
                    self.weights.push(1.0);
                }
                Some(priorities) => {
                    // 53 bits fill the mantissa exactly: uniform in [0, 1).
                    let share = (row as f64 + (random >> 11) as f64 / (1_u64 << 53) as f64) / self.steps as f64;
                    let slot = priorities.pick(share);
                    self.slots.push(slot);
                    self.weights.push(priorities.importance(slot, replay.len(), beta) as f32);
                }
            }
        }
        if replay.priorities().is_some() {
            let greatest = self.weights.iter().copied().fold(0.0, f32::max);
            self.weights.iter_mut().for_each(|weight| *weight /= greatest);
        }
        self.copy(replay);
        Ok(())
    }

    fn copy(&mut self, replay: &Replay) {
        let inputs = replay.step(0).features.len();
        self.features.resize(2 * self.steps * inputs, 0.0);
        for (row, &slot) in self.slots.iter().enumerate() {
            let step = replay.step(slot);
            self.features[row * inputs..][..inputs].copy_from_slice(step.features);
            self.features[(self.steps + row) * inputs..][..inputs].copy_from_slice(step.next_features);
            let lists = self.lists.len();
            let mut start = self.candidate_points.len();
            for &count in step.candidate_counts {
                let end = start + count as usize;
                self.lists.push(start..end);
                start = end;
            }
            self.candidate_points.extend_from_slice(step.candidate_points);
            self.candidate_costs.extend_from_slice(step.candidate_costs);
            // What most networks have none of.
            if !step.regression_targets.is_empty() {
                self.regression_targets.extend_from_slice(step.regression_targets);
            }
            if !step.point_scalars.is_empty() || !step.scalars.is_empty() {
                self.scalars.extend_from_slice(step.scalars);
                self.point_scalars.extend_from_slice(step.point_scalars);
            }
            self.terminals.extend_from_slice(step.terminals);
            self.rows.push(Drawn {
                span: step.span,
                afterstates: extend(&mut self.classes, step.classes),
                outcomes: extend(&mut self.rewards, step.rewards),
                points: extend(&mut self.point_classes, step.point_classes),
                lists: lists..self.lists.len(),
            });
        }
    }
}

/// Where the added values lie.
fn extend<T: Copy>(to: &mut Vec<T>, from: &[T]) -> Range<usize> {
    let start = to.len();
    to.extend_from_slice(from);
    start..to.len()
}

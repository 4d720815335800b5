//! A drawn batch, copied out of the replay so that the replay is free again while the batch is learned from.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{LearnerConfig, LearnerError, Replay};

/// Rows and afterstates of the drawn steps. The memory is kept from batch to batch.
#[derive(Debug)]
pub(crate) struct Batch {
    steps: usize,
    rng: ChaCha8Rng,
    /// `[2 · steps, inputs]`: all `F_t`, then all `F_t+1`.
    pub(crate) features: Vec<f32>,
    /// `[steps, regression outputs]`; NaN where there is none.
    pub(crate) regression_targets: Vec<f32>,
    /// Factor on the losses of each step.
    pub(crate) weights: Vec<f32>,
    pub(crate) afterstates: Vec<Drawn>,
    pub(crate) candidate_classes: Vec<u8>,
    pub(crate) candidate_costs: Vec<f32>,
}

/// One afterstate of the batch.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Drawn {
    /// Which of the drawn steps.
    pub(crate) row: usize,
    pub(crate) class: u8,
    pub(crate) reward: f32,
    pub(crate) terminal: bool,
    /// Start and end of its candidates.
    pub(crate) candidates: (usize, usize),
    /// Afterstates of its step, itself included.
    pub(crate) siblings: usize,
}

impl Batch {
    pub(crate) fn new(config: &LearnerConfig) -> Self {
        // Stream 1: independent of the initial weights, which use stream 0 of the same seed.
        let mut rng = ChaCha8Rng::seed_from_u64(config.seed);
        rng.set_stream(1);
        Self {
            steps: config.batch_steps,
            rng,
            features: Vec::with_capacity(2 * config.batch_steps * config.net.inputs),
            regression_targets: Vec::with_capacity(config.batch_steps * config.net.regressions()),
            weights: Vec::with_capacity(config.batch_steps),
            // These grow to the largest batch seen: the limits of the configuration may lie far above it.
            afterstates: Vec::new(),
            candidate_classes: Vec::new(),
            candidate_costs: Vec::new(),
        }
    }

    /// Position in the stream of random numbers.
    pub(crate) fn drawn(&self) -> u64 {
        self.rng.get_word_pos() as u64
    }

    /// Goes on at a position in the stream of random numbers.
    pub(crate) fn go_on_at(&mut self, drawn: u64) {
        self.rng.set_word_pos(u128::from(drawn));
    }

    /// Drops the drawn batch, so that it is not learned from twice.
    pub(crate) fn clear(&mut self) {
        self.features.clear();
        self.regression_targets.clear();
        self.weights.clear();
        self.afterstates.clear();
        self.candidate_classes.clear();
        self.candidate_costs.clear();
    }

    /// Draws steps uniformly, with replacement.
    pub(crate) fn draw(&mut self, replay: &Replay) -> Result<(), LearnerError> {
        if replay.is_empty() {
            return Err(LearnerError::Empty);
        }
        self.clear();
        let inputs = replay.rows(0).0.len();
        self.features.resize(2 * self.steps * inputs, 0.0);
        for row in 0..self.steps {
            // Multiply and shift (Lemire 2019): the bias is below len · 2⁻⁶⁴.
            let slot = ((u128::from(self.rng.next_u64()) * replay.len() as u128) >> 64) as usize;
            let (now, next) = replay.rows(slot);
            self.features[row * inputs..][..inputs].copy_from_slice(now);
            self.features[(self.steps + row) * inputs..][..inputs].copy_from_slice(next);
            self.regression_targets.extend_from_slice(replay.regression_targets(slot));
            self.weights.push(1.0);
            let afterstates = replay.afterstates(slot);
            let siblings = afterstates.len();
            for afterstate in afterstates {
                let start = self.candidate_classes.len();
                self.candidate_classes.extend_from_slice(afterstate.candidate_classes);
                self.candidate_costs.extend_from_slice(afterstate.candidate_costs);
                self.afterstates.push(Drawn {
                    row,
                    class: afterstate.class,
                    reward: afterstate.reward,
                    terminal: afterstate.terminal,
                    candidates: (start, self.candidate_classes.len()),
                    siblings,
                });
            }
        }
        Ok(())
    }
}

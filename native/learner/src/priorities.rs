//! Which steps are drawn: in proportion to a power of their last error (Schaul et al. 2016, algorithm 1).

use crate::sum_tree::SumTree;
use crate::{LearnerConfig, Sampling};

/// Added to every error, so that no step is forgotten for good.
const LEAST_ERROR: f64 = 1e-3;

/// The priority of every held step.
#[derive(Debug)]
pub(crate) struct Priorities {
    alpha: f64,
    tree: SumTree,
    /// What a new step gets, so that it is drawn soon.
    greatest: f64,
}

impl Priorities {
    /// None if the configuration asks for none.
    pub(crate) fn new(config: &LearnerConfig) -> Option<Self> {
        match config.replay {
            Sampling::Uniform => None,
            Sampling::Prioritised { alpha, .. } => {
                Some(Self { alpha, tree: SumTree::new(config.replay_capacity), greatest: 1.0 })
            }
        }
    }

    /// A step was pushed into this slot.
    pub(crate) fn admit(&mut self, slot: usize) {
        self.tree.set(slot, self.greatest);
    }

    /// A step's error was found: `(|error| + least)^alpha`. One that is not finite counts as none, or the step that spoils every
    /// batch would be drawn most often.
    pub(crate) fn learned(&mut self, slot: usize, error: f32) {
        let error = if error.is_finite() { f64::from(error.abs()) } else { 0.0 };
        let priority = (error + LEAST_ERROR).powf(self.alpha);
        self.tree.set(slot, priority);
        self.greatest = self.greatest.max(priority);
    }

    /// The step at a share of all priorities, in [0, 1).
    pub(crate) fn pick(&self, share: f64) -> usize {
        self.tree.find(share * self.tree.total())
    }

    /// `(held · P(slot))^−beta`, the importance of a drawn step before it is divided by the batch's greatest.
    pub(crate) fn importance(&self, slot: usize, held: usize, beta: f64) -> f64 {
        (held as f64 * self.tree.get(slot) / self.tree.total()).powf(-beta)
    }

    /// For a checkpoint: the greatest priority so far, and that of one step.
    pub(crate) fn greatest(&self) -> f64 {
        self.greatest
    }

    /// Priority of one step.
    pub(crate) fn get(&self, slot: usize) -> f64 {
        self.tree.get(slot)
    }

    /// Takes a checkpoint's numbers over.
    pub(crate) fn put(&mut self, slot: usize, priority: f64) {
        self.tree.set(slot, priority);
    }

    /// Takes a checkpoint's number over.
    pub(crate) fn put_greatest(&mut self, greatest: f64) {
        self.greatest = greatest;
    }
}

#[cfg(test)]
mod tests;

//! How many of what a step holds, and the memory that it takes.

use std::ops::Range;

use qnet::HeadKind;

use super::{LearnerConfig, Sampling, ValueKind};

impl LearnerConfig {
    /// Rewards of a step with so many classes.
    pub(crate) fn outcomes(&self, classes: usize) -> usize {
        match self.value {
            ValueKind::Afterstate => classes,
            ValueKind::Branching => 1,
        }
    }

    /// Lists of candidates of a step with so many classes.
    pub(crate) fn lists(&self, classes: usize) -> usize {
        match self.value {
            ValueKind::Afterstate => classes,
            ValueKind::Branching => self.branch_outputs().count(),
        }
    }

    /// Where each branch lies among the outputs of all value heads.
    pub(crate) fn branch_outputs(&self) -> impl Iterator<Item = Range<usize>> {
        let heads = self.net.heads.iter().filter(|head| head.kind == HeadKind::Value);
        heads.scan(0, |start, head| {
            let outputs = *start..*start + head.size;
            *start = outputs.end;
            Some(outputs)
        })
    }

    /// Memory of the whole replay; none if it overflows.
    pub(crate) fn replay_bytes(&self) -> Option<usize> {
        self.step_bytes()?.checked_mul(self.replay_capacity)
    }

    /// Memory of one step in the replay; none if it overflows.
    fn step_bytes(&self) -> Option<usize> {
        const FLOAT: usize = size_of::<f32>();
        let scalars = self.net.scalars().checked_mul(FLOAT)?;
        let lists = self.lists(self.max_afterstates);
        let parts = [
            // Features before and after.
            self.net.inputs.checked_mul(2 * FLOAT)?,
            self.net.regressions().checked_mul(FLOAT)?,
            // Class and scalars of each afterstate and of each point.
            self.max_afterstates.checked_add(self.max_points)?.checked_mul(scalars.checked_add(1)?)?,
            // Reward and terminal.
            self.outcomes(self.max_afterstates).checked_mul(FLOAT + 1)?,
            // The length of each list, then point and cost of each candidate.
            lists.checked_mul(size_of::<u32>())?,
            lists.checked_mul(self.max_candidates)?.checked_mul(FLOAT + 1)?,
            // Span, number of afterstates and number of points.
            size_of::<u16>() + size_of::<u32>() + size_of::<u16>(),
            // The tree of priorities has at most four numbers for each step.
            if self.replay == Sampling::Uniform { 0 } else { 4 * size_of::<f64>() },
        ];
        parts.into_iter().try_fold(0_usize, usize::checked_add)
    }
}

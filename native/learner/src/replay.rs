//! The steps to learn from: a ring of fixed capacity in flat arrays, set aside once.

use crate::priorities::Priorities;
use crate::{LearnerConfig, LearnerError, Step};

/// A ring of steps; the oldest is overwritten.
#[derive(Debug)]
pub struct Replay {
    config: LearnerConfig,
    room: Room,
    len: usize,
    next: usize,
    /// Steps pushed in all.
    pushed: u64,
    priorities: Option<Priorities>,
    features: Vec<f32>,
    next_features: Vec<f32>,
    spans: Vec<u16>,
    regressions: Vec<f32>,
    afterstate_counts: Vec<u32>,
    classes: Vec<u8>,
    scalars: Vec<f32>,
    rewards: Vec<f32>,
    terminals: Vec<u8>,
    point_counts: Vec<u16>,
    point_classes: Vec<u8>,
    point_scalars: Vec<f32>,
    candidate_counts: Vec<u32>,
    /// One after the other within a step.
    candidate_points: Vec<u8>,
    candidate_costs: Vec<f32>,
}

/// Most of what one step may hold.
#[derive(Debug, Clone, Copy)]
struct Room {
    afterstates: usize,
    outcomes: usize,
    points: usize,
    lists: usize,
    candidates: usize,
    /// Of one account.
    scalars: usize,
}

impl Room {
    fn new(config: &LearnerConfig) -> Self {
        let lists = config.lists(config.max_afterstates);
        Self {
            afterstates: config.max_afterstates,
            outcomes: config.outcomes(config.max_afterstates),
            points: config.max_points,
            lists,
            candidates: lists * config.max_candidates,
            scalars: config.net.scalars(),
        }
    }
}

/// A held step, in the form in which it was pushed but for the counts of its candidates.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Held<'a> {
    pub(crate) features: &'a [f32],
    pub(crate) next_features: &'a [f32],
    pub(crate) span: u32,
    pub(crate) classes: &'a [u8],
    pub(crate) scalars: &'a [f32],
    pub(crate) rewards: &'a [f32],
    pub(crate) terminals: &'a [u8],
    pub(crate) point_classes: &'a [u8],
    pub(crate) point_scalars: &'a [f32],
    /// Length of each list of candidates.
    pub(crate) candidate_counts: &'a [u32],
    pub(crate) candidate_points: &'a [u8],
    pub(crate) candidate_costs: &'a [f32],
    /// NaN where there is none.
    pub(crate) regression_targets: &'a [f32],
}

impl Replay {
    /// Sets the memory aside.
    ///
    /// # Errors
    /// [`LearnerError::Config`] if the configuration is invalid or the memory cannot be had.
    pub fn new(config: &LearnerConfig) -> Result<Self, LearnerError> {
        config.validate()?;
        let steps = config.replay_capacity;
        let room = Room::new(config);
        Ok(Self {
            config: config.clone(),
            room,
            len: 0,
            next: 0,
            pushed: 0,
            priorities: Priorities::new(config),
            features: zeroed(steps * config.net.inputs)?,
            next_features: zeroed(steps * config.net.inputs)?,
            spans: zeroed(steps)?,
            regressions: zeroed(steps * config.net.regressions())?,
            afterstate_counts: zeroed(steps)?,
            classes: zeroed(steps * room.afterstates)?,
            scalars: zeroed(steps * room.afterstates * room.scalars)?,
            rewards: zeroed(steps * room.outcomes)?,
            terminals: zeroed(steps * room.outcomes)?,
            point_counts: zeroed(steps)?,
            point_classes: zeroed(steps * room.points)?,
            point_scalars: zeroed(steps * room.points * room.scalars)?,
            candidate_counts: zeroed(steps * room.lists)?,
            candidate_points: zeroed(steps * room.candidates)?,
            candidate_costs: zeroed(steps * room.candidates)?,
        })
    }

    /// Steps held.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether no step is held.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Adds a step, over the oldest when full. A refused step changes nothing.
    ///
    /// # Errors
    /// As [`Step::check`].
    pub fn push(&mut self, step: &Step<'_>) -> Result<(), LearnerError> {
        step.check(&self.config)?;
        let (slot, room) = (self.next, self.room);
        let inputs = self.config.net.inputs;
        self.features[slot * inputs..][..inputs].copy_from_slice(step.features);
        self.next_features[slot * inputs..][..inputs].copy_from_slice(step.next_features);
        self.spans[slot] = step.span as u16;
        let regressions = self.config.net.regressions();
        let targets = &mut self.regressions[slot * regressions..][..regressions];
        if step.regression_targets.is_empty() {
            targets.fill(f32::NAN);
        } else {
            targets.copy_from_slice(step.regression_targets);
        }
        self.afterstate_counts[slot] = step.classes.len() as u32;
        copy(&mut self.classes, slot * room.afterstates, step.classes);
        copy(&mut self.scalars, slot * room.afterstates * room.scalars, step.scalars);
        copy(&mut self.rewards, slot * room.outcomes, step.rewards);
        copy(&mut self.terminals, slot * room.outcomes, step.terminals);
        self.point_counts[slot] = step.point_classes.len() as u16;
        copy(&mut self.point_classes, slot * room.points, step.point_classes);
        copy(&mut self.point_scalars, slot * room.points * room.scalars, step.point_scalars);
        let counts = &mut self.candidate_counts[slot * room.lists..][..room.lists];
        for (count, list) in counts.iter_mut().zip(step.candidate_offsets.windows(2)) {
            *count = list[1] - list[0];
        }
        copy(&mut self.candidate_points, slot * room.candidates, step.candidate_points);
        copy(&mut self.candidate_costs, slot * room.candidates, step.candidate_costs);
        if let Some(priorities) = &mut self.priorities {
            priorities.admit(slot);
        }
        self.pushed += 1;
        self.next = (slot + 1) % self.config.replay_capacity;
        self.len = self.config.replay_capacity.min(self.len + 1);
        Ok(())
    }

    /// Steps pushed in all.
    pub(crate) fn pushed(&self) -> u64 {
        self.pushed
    }

    /// Which steps are drawn; none means every step alike.
    pub(crate) fn priorities(&self) -> Option<&Priorities> {
        self.priorities.as_ref()
    }

    pub(crate) fn priorities_mut(&mut self) -> Option<&mut Priorities> {
        self.priorities.as_mut()
    }

    /// Takes over the errors of steps that were drawn when `pushed` steps had been pushed; what was overwritten since is left out.
    pub(crate) fn learned(&mut self, slots: &[usize], errors: &[f32], pushed: u64) {
        let Some(priorities) = &mut self.priorities else { return };
        let capacity = self.config.replay_capacity;
        let overwritten = self.pushed - pushed;
        for (&slot, &error) in slots.iter().zip(errors) {
            // The slots before `next`, going backwards, hold what was pushed since.
            let age = (self.next + capacity - 1 - slot) % capacity;
            if age as u64 >= overwritten {
                priorities.learned(slot, error);
            }
        }
    }

    /// The slot of the next step.
    pub(crate) fn next(&self) -> usize {
        self.next
    }

    /// Puts the next step into this slot.
    pub(crate) fn go_on_at(&mut self, slot: usize) {
        self.next = slot;
    }

    /// A held step.
    pub(crate) fn step(&self, slot: usize) -> Held<'_> {
        let room = self.room;
        let [inputs, regressions] = [self.config.net.inputs, self.config.net.regressions()];
        let afterstates = self.afterstate_counts[slot] as usize;
        let points = usize::from(self.point_counts[slot]);
        let outcomes = self.config.outcomes(afterstates);
        let lists = self.config.lists(afterstates);
        let candidate_counts = &self.candidate_counts[slot * room.lists..][..lists];
        let candidates = candidate_counts.iter().sum::<u32>() as usize;
        Held {
            features: &self.features[slot * inputs..][..inputs],
            next_features: &self.next_features[slot * inputs..][..inputs],
            span: u32::from(self.spans[slot]),
            classes: &self.classes[slot * room.afterstates..][..afterstates],
            scalars: &self.scalars[slot * room.afterstates * room.scalars..][..afterstates * room.scalars],
            rewards: &self.rewards[slot * room.outcomes..][..outcomes],
            terminals: &self.terminals[slot * room.outcomes..][..outcomes],
            point_classes: &self.point_classes[slot * room.points..][..points],
            point_scalars: &self.point_scalars[slot * room.points * room.scalars..][..points * room.scalars],
            candidate_counts,
            candidate_points: &self.candidate_points[slot * room.candidates..][..candidates],
            candidate_costs: &self.candidate_costs[slot * room.candidates..][..candidates],
            regression_targets: &self.regressions[slot * regressions..][..regressions],
        }
    }
}

fn copy<T: Copy>(to: &mut [T], start: usize, from: &[T]) {
    to[start..][..from.len()].copy_from_slice(from);
}

/// Zeroed memory, or an error where there is none: running out of it must not end the process.
fn zeroed<T: Clone + Default>(len: usize) -> Result<Vec<T>, LearnerError> {
    let mut values = Vec::new();
    values.try_reserve_exact(len).map_err(|_| LearnerError::Config {
        faults: vec![format!("the replay must fit memory: {} more bytes could not be had", len * size_of::<T>())],
    })?;
    values.resize(len, T::default());
    Ok(values)
}

#[cfg(test)]
mod tests;

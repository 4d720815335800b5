//! The steps to learn from: a ring of fixed capacity in flat arrays, set aside once.

use crate::priorities::Priorities;
use crate::{LearnerConfig, LearnerError, Step};

/// A ring of steps; the oldest is overwritten.
#[derive(Debug)]
pub struct Replay {
    config: LearnerConfig,
    len: usize,
    next: usize,
    /// Steps pushed in all.
    pushed: u64,
    priorities: Option<Priorities>,
    features: Vec<f32>,
    next_features: Vec<f32>,
    regressions: Vec<f32>,
    afterstate_counts: Vec<u32>,
    classes: Vec<u8>,
    rewards: Vec<f32>,
    terminals: Vec<u8>,
    candidate_counts: Vec<u32>,
    candidate_classes: Vec<u8>,
    candidate_costs: Vec<f32>,
}

/// One afterstate of a held step.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Afterstate<'a> {
    pub(crate) class: u8,
    pub(crate) reward: f32,
    pub(crate) terminal: bool,
    pub(crate) candidate_classes: &'a [u8],
    pub(crate) candidate_costs: &'a [f32],
}

impl Replay {
    /// Sets the memory aside.
    ///
    /// # Errors
    /// [`LearnerError::Config`] if the configuration is invalid or the memory cannot be had.
    pub fn new(config: &LearnerConfig) -> Result<Self, LearnerError> {
        config.validate()?;
        let steps = config.replay_capacity;
        let afterstates = steps * config.max_afterstates;
        let candidates = afterstates * config.max_candidates;
        Ok(Self {
            config: config.clone(),
            len: 0,
            next: 0,
            pushed: 0,
            priorities: Priorities::new(config),
            features: zeroed(steps * config.net.inputs)?,
            next_features: zeroed(steps * config.net.inputs)?,
            regressions: zeroed(steps * config.net.regressions())?,
            afterstate_counts: zeroed(steps)?,
            classes: zeroed(afterstates)?,
            rewards: zeroed(afterstates)?,
            terminals: zeroed(afterstates)?,
            candidate_counts: zeroed(afterstates)?,
            candidate_classes: zeroed(candidates)?,
            candidate_costs: zeroed(candidates)?,
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
        let slot = self.next;
        let inputs = self.config.net.inputs;
        self.features[slot * inputs..][..inputs].copy_from_slice(step.features);
        self.next_features[slot * inputs..][..inputs].copy_from_slice(step.next_features);
        let regressions = self.config.net.regressions();
        let targets = &mut self.regressions[slot * regressions..][..regressions];
        if step.regression_targets.is_empty() {
            targets.fill(f32::NAN);
        } else {
            targets.copy_from_slice(step.regression_targets);
        }
        let count = step.classes.len();
        let first = slot * self.config.max_afterstates;
        self.afterstate_counts[slot] = count as u32;
        self.classes[first..][..count].copy_from_slice(step.classes);
        self.rewards[first..][..count].copy_from_slice(step.rewards);
        self.terminals[first..][..count].copy_from_slice(step.terminals);
        for (afterstate, span) in (first..).zip(step.candidate_offsets.windows(2)) {
            let span = span[0] as usize..span[1] as usize;
            let start = afterstate * self.config.max_candidates;
            self.candidate_counts[afterstate] = span.len() as u32;
            self.candidate_classes[start..][..span.len()].copy_from_slice(&step.candidate_classes[span.clone()]);
            self.candidate_costs[start..][..span.len()].copy_from_slice(&step.candidate_costs[span]);
        }
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

    /// `F_t` and `F_t+1` of a held step.
    pub(crate) fn rows(&self, slot: usize) -> (&[f32], &[f32]) {
        let inputs = self.config.net.inputs;
        (&self.features[slot * inputs..][..inputs], &self.next_features[slot * inputs..][..inputs])
    }

    /// Regression targets of a held step.
    pub(crate) fn regression_targets(&self, slot: usize) -> &[f32] {
        let regressions = self.config.net.regressions();
        &self.regressions[slot * regressions..][..regressions]
    }

    /// Afterstates of a held step.
    pub(crate) fn afterstates(&self, slot: usize) -> impl ExactSizeIterator<Item = Afterstate<'_>> {
        let first = slot * self.config.max_afterstates;
        (first..first + self.afterstate_counts[slot] as usize).map(|afterstate| {
            let start = afterstate * self.config.max_candidates;
            let count = self.candidate_counts[afterstate] as usize;
            Afterstate {
                class: self.classes[afterstate],
                reward: self.rewards[afterstate],
                terminal: self.terminals[afterstate] == 1,
                candidate_classes: &self.candidate_classes[start..][..count],
                candidate_costs: &self.candidate_costs[start..][..count],
            }
        })
    }
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
mod tests {
    use super::*;

    #[test]
    fn replay_keeps_the_newest_steps_and_no_trace_of_the_overwritten() {
        let json = r#"{"net":{"inputs":1,"trunk":[2],"heads":[{"name":"v","kind":"value","size":3},
            {"name":"r","kind":"regression","size":1}]},"schema_hash":"h","seed":1,"replay_capacity":2,"max_afterstates":2,
            "max_candidates":2}"#;
        let mut replay = Replay::new(&LearnerConfig::from_json(json).unwrap()).unwrap();
        let step = |row: &'static [f32; 1]| Step {
            features: row,
            next_features: row,
            classes: &[0, 2],
            rewards: &[1.0, 2.0],
            terminals: &[0, 0],
            candidate_offsets: &[0, 1, 3],
            candidate_classes: &[0, 1, 2],
            candidate_costs: &[0.1, 0.2, 0.3],
            regression_targets: row,
        };
        replay.push(&step(&[1.0])).unwrap();
        replay.push(&step(&[2.0])).unwrap();
        let short = Step {
            classes: &[1],
            rewards: &[3.0],
            terminals: &[1],
            candidate_offsets: &[0, 0],
            candidate_classes: &[],
            candidate_costs: &[],
            regression_targets: &[],
            ..step(&[3.0])
        };
        replay.push(&short).unwrap();
        assert_eq!((replay.len(), replay.rows(0), replay.rows(1)), (2, (&[3.0][..], &[3.0][..]), (&[2.0][..], &[2.0][..])));
        assert!(replay.regression_targets(0)[0].is_nan());
        let first: Vec<_> = replay.afterstates(0).map(|a| (a.class, a.reward, a.terminal, a.candidate_classes.len())).collect();
        assert_eq!(first, [(1, 3.0, true, 0)]);
        let second: Vec<_> = replay.afterstates(1).map(|a| (a.class, a.candidate_classes, a.candidate_costs)).collect();
        assert_eq!(second, [(0, &[0][..], &[0.1][..]), (2, &[1, 2][..], &[0.2, 0.3][..])]);
    }
}

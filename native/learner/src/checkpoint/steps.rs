//! The replay's steps, slot by slot, in the form in which they were pushed: reading pushes them again, with every check.

use super::bytes::{Reader, Writer};
use super::{Header, format_error};
use crate::{LearnerConfig, LearnerError, Replay, Step};

pub(super) fn write(replay: &Replay, out: &mut Writer) {
    for slot in 0..replay.len() {
        let (now, next) = replay.rows(slot);
        for row in [now, next, replay.regression_targets(slot)] {
            out.put(row, f32::to_le_bytes);
        }
        let afterstates = replay.afterstates(slot);
        out.put(&[afterstates.len() as u32], u32::to_le_bytes);
        for afterstate in afterstates {
            out.raw(&[afterstate.class, u8::from(afterstate.terminal)]);
            out.put(&[afterstate.reward], f32::to_le_bytes);
            out.put(&[afterstate.candidate_classes.len() as u32], u32::to_le_bytes);
            out.raw(afterstate.candidate_classes);
            out.put(afterstate.candidate_costs, f32::to_le_bytes);
        }
        if let Some(priorities) = replay.priorities() {
            out.put(&[priorities.get(slot)], f64::to_le_bytes);
        }
    }
}

pub(super) fn read(from: &mut Reader<'_>, header: &Header, config: &LearnerConfig) -> Result<Replay, LearnerError> {
    let capacity = config.replay_capacity;
    let in_order = header.next == header.held % capacity || header.held == capacity;
    if header.held > capacity || header.next >= capacity || !in_order {
        let actual = format!("{} steps, the next at {}", header.held, header.next);
        return Err(format_error("the replay", format!("a ring of {capacity}"), actual));
    }
    let mut replay = Replay::new(config)?;
    let [mut features, mut next_features] = [(); 2].map(|()| vec![0.0; config.net.inputs]);
    let mut regressions = vec![0.0; config.net.regressions()];
    let [mut classes, mut terminals, mut candidate_classes] = [(); 3].map(|()| Vec::new());
    let [mut rewards, mut costs] = [(); 2].map(|()| Vec::new());
    let mut offsets = Vec::new();
    for slot in 0..header.held {
        for row in [&mut features, &mut next_features, &mut regressions] {
            from.fill(row, f32::from_le_bytes)?;
        }
        for bytes in [&mut classes, &mut terminals, &mut candidate_classes] {
            bytes.clear();
        }
        for floats in [&mut rewards, &mut costs] {
            floats.clear();
        }
        offsets.clear();
        offsets.push(0);
        let [afterstates] = from.take(u32::from_le_bytes)?;
        for _ in 0..afterstates {
            let [class, terminal] = from.take(u8::from_le_bytes)?;
            classes.push(class);
            terminals.push(terminal);
            let [reward] = from.take(f32::from_le_bytes)?;
            rewards.push(reward);
            let [candidates] = from.take(u32::from_le_bytes)?;
            candidate_classes.extend_from_slice(from.raw(candidates as usize)?);
            let start = costs.len();
            costs.resize(candidate_classes.len(), 0.0);
            from.fill(&mut costs[start..], f32::from_le_bytes)?;
            offsets.push(candidate_classes.len() as u32);
        }
        let step = Step {
            features: &features,
            next_features: &next_features,
            classes: &classes,
            rewards: &rewards,
            terminals: &terminals,
            candidate_offsets: &offsets,
            candidate_classes: &candidate_classes,
            candidate_costs: &costs,
            regression_targets: &regressions,
        };
        let refused = |error: LearnerError| format_error(&format!("step {slot}"), "valid".into(), error.to_string());
        replay.push(&step).map_err(refused)?;
        if let Some(priorities) = replay.priorities_mut() {
            let [stored] = from.take(f64::from_le_bytes)?;
            priorities.put(slot, priority(stored)?);
        }
    }
    if let Some(priorities) = replay.priorities_mut() {
        priorities.put_greatest(priority(header.greatest_priority.map_or(f64::NAN, f64::from_bits))?);
    }
    replay.go_on_at(header.next);
    Ok(replay)
}

fn priority(value: f64) -> Result<f64, LearnerError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(format_error("every priority", "positive and finite".into(), value.to_string()))
}

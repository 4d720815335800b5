//! The replay's steps, slot by slot, in the form in which they were pushed: reading pushes them again, with every check.

use super::bytes::{Reader, Writer};
use super::{Header, format_error};
use crate::{LearnerConfig, LearnerError, Replay, Step};

pub(super) fn write(replay: &Replay, out: &mut Writer) {
    for slot in 0..replay.len() {
        let step = replay.step(slot);
        let counts = [step.span, step.classes.len() as u32, step.point_classes.len() as u32, step.candidate_points.len() as u32];
        out.put(&counts, u32::to_le_bytes);
        out.put(step.candidate_counts, u32::to_le_bytes);
        for floats in [
            step.features,
            step.next_features,
            step.regression_targets,
            step.scalars,
            step.rewards,
            step.point_scalars,
            step.candidate_costs,
        ] {
            out.put(floats, f32::to_le_bytes);
        }
        for bytes in [step.classes, step.terminals, step.point_classes, step.candidate_points] {
            out.raw(bytes);
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
    let mut floats: [Vec<f32>; 7] = Default::default();
    for slot in 0..header.held {
        let [span, afterstates, points, candidates] = from.take(u32::from_le_bytes)?;
        let [afterstates, points, candidates] = [afterstates, points, candidates].map(|count| count as usize);
        let scalars = config.net.scalars();
        let mut counts = vec![0; within(from, config.lists(afterstates))?];
        from.fill(&mut counts, u32::from_le_bytes)?;
        let lengths = [
            config.net.inputs,
            config.net.inputs,
            config.net.regressions(),
            afterstates * scalars,
            config.outcomes(afterstates),
            points * scalars,
            candidates,
        ];
        for (values, len) in floats.iter_mut().zip(lengths) {
            values.resize(within(from, len)?, 0.0);
            from.fill(values, f32::from_le_bytes)?;
        }
        let [features, next_features, regression_targets, scalars, rewards, point_scalars, candidate_costs] = &floats;
        let step = Step {
            features,
            next_features,
            span,
            classes: from.raw(afterstates)?,
            scalars,
            rewards,
            terminals: from.raw(rewards.len())?,
            point_classes: from.raw(points)?,
            point_scalars,
            candidate_offsets: &offsets(&counts),
            candidate_points: from.raw(candidates)?,
            candidate_costs,
            regression_targets,
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

/// A length that the rest of the file can hold: memory is set aside for no other.
fn within(from: &Reader<'_>, len: usize) -> Result<usize, LearnerError> {
    if len <= from.rest() {
        return Ok(len);
    }
    Err(format_error("its contents", format!("{len} more values"), format!("{} bytes", from.rest())))
}

/// Where lists of these lengths start and end.
fn offsets(counts: &[u32]) -> Vec<u32> {
    let ends = counts.iter().scan(0_u32, |end, count| {
        *end = end.saturating_add(*count);
        Some(*end)
    });
    std::iter::once(0).chain(ends).collect()
}

fn priority(value: f64) -> Result<f64, LearnerError> {
    if value.is_finite() && value > 0.0 {
        return Ok(value);
    }
    Err(format_error("every priority", "positive and finite".into(), value.to_string()))
}

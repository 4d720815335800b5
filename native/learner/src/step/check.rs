//! The rules of a step.

use qnet::{EngineError, first_non_finite};

use super::{MAX_SPAN, Step};
use crate::{LearnerConfig, LearnerError, ValueKind};

impl Step<'_> {
    /// Checks the step against the sizes of a configuration.
    ///
    /// # Errors
    /// [`EngineError::Shape`], [`EngineError::NonFinite`], [`EngineError::Head`] and [`LearnerError::Step`].
    pub fn check(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        self.check_lengths(config)?;
        self.check_numbers()?;
        let values = config.net.classes();
        for (what, classes) in [("classes", self.classes), ("pointClasses", self.point_classes)] {
            check_indices(what, classes, values)?;
        }
        check_indices("candidatePoints", self.candidate_points, self.point_classes.len())?;
        self.check_candidates(config)?;
        match config.value {
            ValueKind::Afterstate => self.check_afterstates(),
            ValueKind::Branching => self.check_branches(config),
        }
    }

    fn check_lengths(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        let [afterstates, points] = [self.classes.len(), self.point_classes.len()];
        let limits = [("classes", afterstates, config.max_afterstates), ("pointClasses", points, config.max_points)];
        for (what, actual, limit) in limits {
            if actual > limit {
                return Err(EngineError::Shape { what, expected: format!("at most {limit}"), actual }.into());
            }
        }
        let scalars = config.net.scalars();
        let lists = config.lists(afterstates);
        let outcomes = config.outcomes(afterstates);
        let lengths = [
            ("features", self.features.len(), config.net.inputs),
            ("nextFeatures", self.next_features.len(), config.net.inputs),
            ("scalars", self.scalars.len(), afterstates * scalars),
            ("rewards", self.rewards.len(), outcomes),
            ("terminals", self.terminals.len(), outcomes),
            ("pointScalars", self.point_scalars.len(), points * scalars),
            ("candidateOffsets", self.candidate_offsets.len(), lists + 1),
            ("candidateCosts", self.candidate_costs.len(), self.candidate_points.len()),
        ];
        for (what, actual, expected) in lengths {
            if actual != expected {
                return Err(EngineError::Shape { what, expected: expected.to_string(), actual }.into());
            }
        }
        let regressions = config.net.regressions();
        let actual = self.regression_targets.len();
        if actual != 0 && actual != regressions {
            let expected = format!("0 or {regressions}");
            return Err(EngineError::Shape { what: "regressionTargets", expected, actual }.into());
        }
        Ok(())
    }

    fn check_numbers(&self) -> Result<(), LearnerError> {
        if !(1..=MAX_SPAN).contains(&self.span) {
            return Err(broken(format!("span must be 1..={MAX_SPAN}"), format!("it is {}", self.span)));
        }
        let finite = [
            ("features", self.features),
            ("nextFeatures", self.next_features),
            ("scalars", self.scalars),
            ("rewards", self.rewards),
            ("pointScalars", self.point_scalars),
            ("candidateCosts", self.candidate_costs),
        ];
        for (what, values) in finite {
            if let Some(index) = first_non_finite(values) {
                return Err(EngineError::NonFinite { what, index, actual: values[index].to_string() }.into());
            }
        }
        if let Some(index) = self.regression_targets.iter().position(|target| target.is_infinite()) {
            let actual = self.regression_targets[index];
            return Err(broken("regression targets must be finite or NaN", format!("regressionTargets[{index}] is {actual}")));
        }
        if let Some(index) = self.candidate_costs.iter().position(|cost| *cost < 0.0) {
            let actual = self.candidate_costs[index];
            return Err(broken("costs must be at least 0", format!("candidateCosts[{index}] is {actual}")));
        }
        Ok(())
    }

    fn check_candidates(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        let ends = [self.candidate_offsets.first(), self.candidate_offsets.last()].map(|end| end.map(|end| *end as usize));
        if ends != [Some(0), Some(self.candidate_points.len())] {
            let rule = format!("candidateOffsets must run from 0 to {}", self.candidate_points.len());
            return Err(broken(rule, format!("they run from {:?} to {:?}", ends[0], ends[1])));
        }
        for (index, span) in self.candidate_offsets.windows(2).enumerate() {
            let Some(count) = span[1].checked_sub(span[0]) else {
                return Err(broken(
                    "candidateOffsets must not fall",
                    format!("they fall at {index} from {} to {}", span[0], span[1]),
                ));
            };
            if count as usize > config.max_candidates {
                let [owner, article] = match config.value {
                    ValueKind::Afterstate => ["afterstate", "an"],
                    ValueKind::Branching => ["branch", "a"],
                };
                let rule = format!("{article} {owner} must have at most {} candidates", config.max_candidates);
                return Err(broken(rule, format!("{owner} {index} has {count}")));
            }
        }
        if let Some(index) = self.terminals.iter().position(|terminal| *terminal > 1) {
            return Err(broken("terminals must be 0 or 1", format!("terminals[{index}] is {}", self.terminals[index])));
        }
        Ok(())
    }

    fn check_afterstates(&self) -> Result<(), LearnerError> {
        let mut lists = self.candidate_offsets.windows(2).zip(self.terminals);
        match lists.position(|(span, &terminal)| terminal == 0 && span[0] == span[1]) {
            None => Ok(()),
            Some(index) => {
                let rule = "an afterstate that is not terminal must have a candidate";
                Err(broken(rule, format!("afterstate {index} has none")))
            }
        }
    }

    fn check_branches(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        if self.terminals == [0] && self.candidate_points.is_empty() {
            return Err(broken("a transition that is not terminal must have a candidate", "it has none".into()));
        }
        if let Some(index) = self.candidate_costs.iter().position(|cost| *cost > 0.0) {
            let actual = self.candidate_costs[index];
            return Err(broken("branches must cost nothing", format!("candidateCosts[{index}] is {actual}")));
        }
        for (branch, outputs) in config.branch_outputs().enumerate() {
            let chosen = self.classes.iter().filter(|class| outputs.contains(&usize::from(**class))).count();
            if chosen > 1 {
                return Err(broken("a branch must have at most one class", format!("branch {branch} has {chosen}")));
            }
            let [start, end] = [branch, branch + 1].map(|at| self.candidate_offsets[at] as usize);
            let class = |candidate: usize| usize::from(self.point_classes[usize::from(self.candidate_points[candidate])]);
            if let Some(candidate) = (start..end).find(|candidate| !outputs.contains(&class(*candidate))) {
                let rule = format!("candidates of branch {branch} must lie in {}..{}", outputs.start, outputs.end);
                return Err(broken(rule, format!("candidatePoints[{candidate}] has the class {}", class(candidate))));
            }
        }
        Ok(())
    }
}

fn check_indices(what: &str, indices: &[u8], limit: usize) -> Result<(), LearnerError> {
    match indices.iter().position(|index| usize::from(*index) >= limit) {
        None => Ok(()),
        Some(at) => {
            let actual = usize::from(indices[at]);
            Err(EngineError::Head { what: format!("{what}[{at}]"), limit, actual }.into())
        }
    }
}

fn broken(rule: impl Into<String>, actual: String) -> LearnerError {
    LearnerError::Step { rule: rule.into(), actual }
}

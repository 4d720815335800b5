//! One step to learn from, as the caller hands it over.

use qnet::{EngineError, first_non_finite};

use crate::{LearnerConfig, LearnerError};

/// What one bar taught: the market before and after, and what each afterstate earned in between.
///
/// A step that was cut off (the data's end, a gap) has no next market and is not pushed. `terminal` means ruin alone.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// `F_t`, `[inputs]`.
    pub features: &'a [f32],
    /// `F_t+1`, `[inputs]`.
    pub next_features: &'a [f32],
    /// Position class of each afterstate, `[n]`; below the value head's size.
    pub classes: &'a [u8],
    /// What each afterstate earned from the open of t+1 to the open of t+2, `[n]`.
    pub rewards: &'a [f32],
    /// 1 where the afterstate ended in ruin, else 0, `[n]`.
    pub terminals: &'a [u8],
    /// Candidates of afterstate i are `candidate_offsets[i]..candidate_offsets[i + 1]`, `[n + 1]`, from 0 to the number of
    /// candidates.
    pub candidate_offsets: &'a [u32],
    /// Position class that each valid next decision leads to; below the value head's size.
    pub candidate_classes: &'a [u8],
    /// What each valid next decision costs, at least 0.
    pub candidate_costs: &'a [f32],
    /// Targets of the regression heads in their order, `[regression outputs]`; NaN where there is none. Empty means none at all.
    pub regression_targets: &'a [f32],
}

impl Step<'_> {
    /// Checks the step against the sizes of a configuration.
    ///
    /// # Errors
    /// [`EngineError::Shape`], [`EngineError::NonFinite`], [`EngineError::Head`] and [`LearnerError::Step`].
    pub fn check(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        self.check_lengths(config)?;
        let finite = [
            ("features", self.features),
            ("nextFeatures", self.next_features),
            ("rewards", self.rewards),
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
        let limit = config.net.value_range().len();
        for (what, classes) in [("classes", self.classes), ("candidateClasses", self.candidate_classes)] {
            if let Some(index) = classes.iter().position(|class| usize::from(*class) >= limit) {
                let actual = usize::from(classes[index]);
                return Err(EngineError::Head { what: format!("{what}[{index}]"), limit, actual }.into());
            }
        }
        self.check_candidates(config)
    }

    fn check_lengths(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        let afterstates = self.classes.len();
        if afterstates > config.max_afterstates {
            let expected = format!("at most {}", config.max_afterstates);
            return Err(EngineError::Shape { what: "classes", expected, actual: afterstates }.into());
        }
        let lengths = [
            ("features", self.features.len(), config.net.inputs),
            ("nextFeatures", self.next_features.len(), config.net.inputs),
            ("rewards", self.rewards.len(), afterstates),
            ("terminals", self.terminals.len(), afterstates),
            ("candidateOffsets", self.candidate_offsets.len(), afterstates + 1),
            ("candidateCosts", self.candidate_costs.len(), self.candidate_classes.len()),
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

    fn check_candidates(&self, config: &LearnerConfig) -> Result<(), LearnerError> {
        let ends = [self.candidate_offsets.first(), self.candidate_offsets.last()].map(|end| end.map(|end| *end as usize));
        if ends != [Some(0), Some(self.candidate_classes.len())] {
            let rule = format!("candidateOffsets must run from 0 to {}", self.candidate_classes.len());
            return Err(broken(rule, format!("they run from {:?} to {:?}", ends[0], ends[1])));
        }
        for (index, (span, &terminal)) in self.candidate_offsets.windows(2).zip(self.terminals).enumerate() {
            let Some(count) = span[1].checked_sub(span[0]) else {
                return Err(broken(
                    "candidateOffsets must not fall",
                    format!("they fall at {index} from {} to {}", span[0], span[1]),
                ));
            };
            if count as usize > config.max_candidates {
                let rule = format!("an afterstate must have at most {} candidates", config.max_candidates);
                return Err(broken(rule, format!("afterstate {index} has {count}")));
            }
            match (terminal, count) {
                (0, 0) => {
                    let rule = "an afterstate that is not terminal must have a candidate";
                    return Err(broken(rule, format!("afterstate {index} has none")));
                }
                (0 | 1, _) => {}
                _ => return Err(broken("terminals must be 0 or 1", format!("terminals[{index}] is {terminal}"))),
            }
        }
        Ok(())
    }
}

fn broken(rule: impl Into<String>, actual: String) -> LearnerError {
    LearnerError::Step { rule: rule.into(), actual }
}

//! What can go wrong while learning, each with a stable code for callers in other languages.

use qnet::EngineError;
use tch::TchError;
use thiserror::Error;

/// A refused configuration, step, checkpoint or call, or a fault of LibTorch. The text reads: action, rule, actual value.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum LearnerError {
    /// The configuration breaks one or more rules; all of them are listed.
    #[error("Cannot use learner configuration as {}", .faults.join("; "))]
    Config {
        /// One entry per broken rule, each with the actual value.
        faults: Vec<String>,
    },
    /// An array, number, class or model file was refused.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The arrays of a step contradict each other.
    #[error("Cannot push step as {rule}: {actual}")]
    Step {
        /// The rule.
        rule: String,
        /// What the step holds, for example `candidateCosts[3] is -1`.
        actual: String,
    },
    /// There is nothing to learn from.
    #[error("Cannot train as replay must hold at least one step: it holds none")]
    Empty,
    /// The checkpoint is not one of ours or disagrees with itself.
    #[error("Cannot restore checkpoint as {what} must be {expected}: it is {actual}")]
    CheckpointFormat {
        /// The part of the file.
        what: String,
        /// What the format demands.
        expected: String,
        /// What the file holds.
        actual: String,
    },
    /// The checkpoint ends early.
    #[error("Cannot restore checkpoint as it must hold {expected} bytes: it holds {actual}")]
    CheckpointTruncated {
        /// Bytes announced.
        expected: u64,
        /// Bytes present.
        actual: usize,
    },
    /// The checkpoint's contents differ from the checksum stored with them.
    #[error("Cannot restore checkpoint as its sha256 must be {expected}: it is {actual}")]
    CheckpointHash {
        /// The checksum in the file.
        expected: String,
        /// The checksum of what was read.
        actual: String,
    },
    /// The checkpoint was made for another schema.
    #[error("Cannot restore checkpoint as its schema hash must be {expected}: it is {actual}")]
    CheckpointSchema {
        /// The learner's schema hash.
        expected: String,
        /// The checkpoint's schema hash.
        actual: String,
    },
    /// The checkpoint was made under another configuration.
    #[error("Cannot restore checkpoint as its `{field}` must be {expected}: it is {actual}")]
    CheckpointConfig {
        /// The first field that differs.
        field: String,
        /// The learner's value.
        expected: String,
        /// The checkpoint's value.
        actual: String,
    },
    /// LibTorch refused an operation.
    #[error("Cannot {action} as LibTorch must not fail: {reason}")]
    Torch {
        /// What was being done.
        action: &'static str,
        /// The first line of LibTorch's text; the rest is a C++ backtrace.
        reason: String,
    },
}

impl LearnerError {
    /// The stable code that callers match on.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config { .. } => "RLT_CONFIG",
            Self::Engine(error) => error.code(),
            Self::Step { .. } => "RLT_STEP",
            Self::Empty => "RLT_EMPTY",
            Self::CheckpointFormat { .. } => "RLT_CHECKPOINT_FORMAT",
            Self::CheckpointTruncated { .. } => "RLT_CHECKPOINT_TRUNCATED",
            Self::CheckpointHash { .. } => "RLT_CHECKPOINT_HASH",
            Self::CheckpointSchema { .. } => "RLT_CHECKPOINT_SCHEMA",
            Self::CheckpointConfig { .. } => "RLT_CHECKPOINT_CONFIG",
            Self::Torch { .. } => "RLT_ENGINE",
        }
    }

    pub(crate) fn torch(action: &'static str) -> impl Fn(TchError) -> Self {
        move |error| {
            let text = error.to_string();
            Self::Torch { action, reason: text.lines().next().unwrap_or_default().to_owned() }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn torch_errors_are_cut_to_their_first_line() {
        let failure = tch::Tensor::f_from_slice(&[1.0_f32, 2.0]).unwrap().f_view([3]).unwrap_err();
        assert!(failure.to_string().lines().count() > 1, "LibTorch adds a backtrace: {failure}");
        let error = LearnerError::torch("run forward")(failure);
        assert_eq!(error.code(), "RLT_ENGINE");
        let text = error.to_string();
        assert!(text.starts_with("Cannot run forward as LibTorch must not fail: "), "{text}");
        assert!(text.contains("shape '[3]' is invalid") && !text.contains('\n'), "{text}");
    }
}

//! What can go wrong in the engine, each with a stable code for callers in other languages.

use thiserror::Error;

/// A refused input, file or configuration. The text reads: action, rule, actual value.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EngineError {
    /// The network declaration breaks one or more rules; all of them are listed.
    #[error("Cannot use network spec as {}", .faults.join("; "))]
    Spec {
        /// One entry per broken rule, each with the actual value.
        faults: Vec<String>,
    },
    /// An array has the wrong length.
    #[error("Cannot accept {what} as its length must be {expected}: it is {actual}")]
    Shape {
        /// The array.
        what: &'static str,
        /// The rule, for example `a multiple of 8`.
        expected: String,
        /// The length given.
        actual: usize,
    },
    /// A number is NaN or infinite.
    #[error("Cannot accept {what} as every value must be finite: index {index} is {actual}")]
    NonFinite {
        /// The array.
        what: &'static str,
        /// The first offending position.
        index: usize,
        /// `NaN`, `inf` or `-inf`.
        actual: String,
    },
    /// A position class, head or output does not exist in the network.
    #[error("Cannot use {what} as it must be below {limit}: it is {actual}")]
    Head {
        /// The index, for example `classes[3]`.
        what: String,
        /// One past the largest valid value.
        limit: usize,
        /// The value given.
        actual: usize,
    },
    /// Outcomes or knots of a confidence curve contradict each other.
    #[error("Cannot use confidence as {rule}: {actual}")]
    Confidence {
        /// The rule.
        rule: &'static str,
        /// The value given, for example `wins[3] is 2`.
        actual: String,
    },
    /// The model file is not one of ours or disagrees with its own declaration.
    #[error("Cannot use model as {what} must be {expected}: it is {actual}")]
    ModelFormat {
        /// The part of the file, for example ``tensor `trunk.0.weight` shape``.
        what: String,
        /// What the format demands.
        expected: String,
        /// What the file holds.
        actual: String,
    },
    /// The model file ends early.
    #[error("Cannot load model as it must hold {expected} bytes: it holds {actual}")]
    ModelTruncated {
        /// Bytes announced.
        expected: usize,
        /// Bytes present.
        actual: usize,
    },
    /// The model's contents differ from the checksum stored with them.
    #[error("Cannot load model as its sha256 must be {expected}: it is {actual}")]
    ModelHash {
        /// The checksum in the file.
        expected: String,
        /// The checksum of what was read.
        actual: String,
    },
    /// The model was made for another schema than the caller's.
    #[error("Cannot load model as its schema hash must be {expected}: it is {actual}")]
    SchemaMismatch {
        /// The caller's schema hash.
        expected: String,
        /// The model's schema hash.
        actual: String,
    },
}

impl EngineError {
    /// The stable code that callers match on.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Spec { .. } => "RLT_SPEC",
            Self::Shape { .. } => "RLT_SHAPE",
            Self::NonFinite { .. } => "RLT_NON_FINITE",
            Self::Head { .. } => "RLT_HEAD",
            Self::Confidence { .. } => "RLT_CONFIDENCE",
            Self::ModelFormat { .. } => "RLT_MODEL_FORMAT",
            Self::ModelTruncated { .. } => "RLT_MODEL_TRUNCATED",
            Self::ModelHash { .. } => "RLT_MODEL_HASH",
            Self::SchemaMismatch { .. } => "RLT_SCHEMA_MISMATCH",
        }
    }
}

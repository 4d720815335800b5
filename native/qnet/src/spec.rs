//! The declaration of a network: input width, trunk of `ReLU` layers, linear heads.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::EngineError;

/// Widest layer or input.
pub const MAX_WIDTH: usize = 4096;
/// Most outputs of one head.
pub const MAX_HEAD_SIZE: usize = 4096;
/// Most trunk layers.
pub const MAX_TRUNK_DEPTH: usize = 8;
/// Most heads.
const MAX_HEADS: usize = 256;

/// What a head's outputs are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HeadKind {
    /// `W(F, y)`: one output per position class y.
    Value,
    /// An auxiliary prediction from the market features.
    Regression,
}

/// One linear head on the last trunk layer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Head {
    /// Unique name; part of the tensor names.
    pub name: String,
    /// What the outputs are.
    pub kind: HeadKind,
    /// Number of outputs.
    pub size: usize,
}

/// A network: `inputs` features, `ReLU` layers of the widths in `trunk`, then `heads`, whose outputs are concatenated in order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSpec {
    /// Width of a feature row.
    pub inputs: usize,
    /// Widths of the hidden layers, first to last.
    pub trunk: Vec<usize>,
    /// The heads; exactly one of kind `value`.
    pub heads: Vec<Head>,
}

impl NetSpec {
    /// Parses and validates a JSON declaration.
    ///
    /// # Errors
    /// [`EngineError::Spec`] with every broken rule.
    pub fn from_json(json: &str) -> Result<Self, EngineError> {
        let spec: Self = serde_json::from_str(json)
            .map_err(|error| EngineError::Spec { faults: vec![format!("it must be a network declaration: {error}")] })?;
        spec.validate()?;
        Ok(spec)
    }

    /// The canonical text: fixed field order, no spaces.
    pub fn to_json(&self) -> String {
        // Only strings, numbers and lists: writing them to a string cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }

    /// Checks every rule.
    ///
    /// # Errors
    /// [`EngineError::Spec`] with every broken rule.
    pub fn validate(&self) -> Result<(), EngineError> {
        let faults = self.faults();
        if faults.is_empty() { Ok(()) } else { Err(EngineError::Spec { faults }) }
    }

    /// Every broken rule; empty if the declaration is valid.
    pub fn faults(&self) -> Vec<String> {
        let mut faults = Vec::new();
        let mut in_range = |what: String, value: usize, limit: usize| {
            if !(1..=limit).contains(&value) {
                faults.push(format!("{what} must be 1..={limit}: it is {value}"));
            }
        };
        in_range("inputs".into(), self.inputs, MAX_WIDTH);
        in_range("the number of trunk layers".into(), self.trunk.len(), MAX_TRUNK_DEPTH);
        for (index, &width) in self.trunk.iter().enumerate() {
            in_range(format!("trunk[{index}]"), width, MAX_WIDTH);
        }
        in_range("the number of heads".into(), self.heads.len(), MAX_HEADS);
        for head in &self.heads {
            in_range(format!("the size of head `{}`", head.name), head.size, MAX_HEAD_SIZE);
        }
        let mut names = BTreeSet::new();
        for (index, head) in self.heads.iter().enumerate() {
            if head.name.trim().is_empty() {
                faults.push(format!("the name of heads[{index}] must not be empty: it is {:?}", head.name));
            } else if !names.insert(head.name.as_str()) {
                faults.push(format!("head names must be unique: `{}` is used twice", head.name));
            }
        }
        let values = self.heads.iter().filter(|head| head.kind == HeadKind::Value).count();
        if values != 1 {
            faults.push(format!("there must be exactly one head of kind `value`: there are {values}"));
        }
        faults
    }

    /// Number of outputs of all heads.
    pub fn outputs(&self) -> usize {
        self.heads.iter().map(|head| head.size).sum()
    }

    /// Number of outputs of all regression heads.
    pub fn regressions(&self) -> usize {
        self.heads.iter().filter(|head| head.kind == HeadKind::Regression).map(|head| head.size).sum()
    }

    /// Where each head's outputs lie in an output row, in order.
    pub fn head_ranges(&self) -> impl Iterator<Item = (&Head, Range<usize>)> {
        self.heads.iter().scan(0, |start, head| {
            let range = *start..*start + head.size;
            *start = range.end;
            Some((head, range))
        })
    }

    /// Where the value head's outputs lie in an output row; empty only for an invalid declaration.
    pub fn value_range(&self) -> Range<usize> {
        self.head_ranges().find(|(head, _)| head.kind == HeadKind::Value).map_or(0..0, |(_, range)| range)
    }
}

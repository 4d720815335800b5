//! The declaration of a network: input width, trunk of `ReLU` layers, linear heads, account part.

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
/// Most scalars of an account.
pub const MAX_SCALARS: usize = 64;

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
    /// Values are a common value plus advantages whose mean is zero (Wang et al. 2016, equation 9).
    #[serde(default, skip_serializing_if = "defaults::is_plain")]
    pub dueling: bool,
    /// Quantiles of each value, evenly spaced; the value is their mean (Dabney et al. 2018). 1: the mean alone.
    #[serde(default = "defaults::quantiles", skip_serializing_if = "defaults::is_mean")]
    pub quantiles: usize,
}

mod defaults {
    #![allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]

    pub(super) fn is_plain(dueling: &bool) -> bool {
        !dueling
    }

    pub(super) fn quantiles() -> usize {
        1
    }

    pub(super) fn is_mean(quantiles: &usize) -> bool {
        *quantiles == 1
    }
}

impl Head {
    /// A head without a common value and without quantiles.
    pub fn new(name: impl Into<String>, kind: HeadKind, size: usize) -> Self {
        Self { name: name.into(), kind, size, dueling: false, quantiles: 1 }
    }

    fn checked_rows(&self) -> Option<usize> {
        self.size.checked_add(usize::from(self.dueling))?.checked_mul(self.quantiles)
    }

    /// Values that its rows give: the quantiles of each output.
    pub fn values(&self) -> usize {
        self.size * self.quantiles
    }

    /// Rows of its weight: with `dueling` the common value's quantiles, then the quantiles of each output.
    pub fn rows(&self) -> usize {
        (self.size + usize::from(self.dueling)) * self.quantiles
    }
}

/// What the scalars of an account add to the value of its position class: one hidden `ReLU` layer of the last trunk layer and the
/// scalars, linear from there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AccountSpec {
    /// Numbers that describe an account beside its position class.
    pub scalars: usize,
    /// Width of the hidden layer.
    pub hidden: usize,
}

/// A network: `inputs` features, `ReLU` layers of the widths in `trunk`, then `heads`, whose outputs are concatenated in order, and
/// the account part.
///
/// A *raw* row is what the last matrix gives: the rows of all heads, then the account part's hidden layer before its `ReLU`. A
/// *served* row is what callers see: the outputs of all heads (of quantiles their mean), then the quantiles of each value head that
/// has several, class by class. Without the new kinds of heads both are the same.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NetSpec {
    /// Width of a feature row.
    pub inputs: usize,
    /// Widths of the hidden layers, first to last.
    pub trunk: Vec<usize>,
    /// The heads; at least one of kind `value`.
    pub heads: Vec<Head>,
    /// The account part; demands exactly one head of kind `value`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub account: Option<AccountSpec>,
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
        if let Some(account) = self.account {
            in_range("the account's number of scalars".into(), account.scalars, MAX_SCALARS);
            in_range("the account's hidden width".into(), account.hidden, MAX_WIDTH);
        }
        self.head_faults(&mut faults);
        faults
    }

    fn head_faults(&self, faults: &mut Vec<String>) {
        for head in &self.heads {
            let Head { name, kind, dueling, quantiles, .. } = head;
            if *quantiles == 0 {
                faults.push(format!("the quantiles of head `{name}` must be at least 1: they are 0"));
            }
            if *kind == HeadKind::Regression && (*dueling || *quantiles > 1) {
                let actual = format!("it has dueling {dueling} and quantiles {quantiles}");
                faults.push(format!("head `{name}` must have neither dueling nor quantiles as a regression: {actual}"));
            } else if head.size <= MAX_HEAD_SIZE && head.checked_rows().is_none_or(|rows| rows > MAX_HEAD_SIZE) {
                let actual = format!("it has size {}, dueling {dueling} and quantiles {quantiles}", head.size);
                faults.push(format!("head `{name}` must have at most {MAX_HEAD_SIZE} rows: {actual}"));
            }
        }
        let mut names = BTreeSet::new();
        for (index, head) in self.heads.iter().enumerate() {
            if head.name.trim().is_empty() {
                faults.push(format!("the name of heads[{index}] must not be empty: it is {:?}", head.name));
            } else if !names.insert(head.name.as_str()) {
                faults.push(format!("head names must be unique: `{}` is used twice", head.name));
            }
        }
        let values = self.value_heads().count();
        if values == 0 {
            faults.push("there must be at least one head of kind `value`: there is none".into());
        } else if values > 1 && self.account.is_some() {
            faults.push(format!("an account part must have exactly one head of kind `value`: there are {values}"));
        }
    }

    pub(crate) fn value_heads(&self) -> impl Iterator<Item = &Head> {
        self.heads.iter().filter(|head| head.kind == HeadKind::Value)
    }

    /// Width of a served row.
    pub fn outputs(&self) -> usize {
        let heads: usize = self.heads.iter().map(|head| head.size).sum();
        heads + self.value_heads().filter(|head| head.quantiles > 1).map(Head::values).sum::<usize>()
    }

    /// Width of a raw row.
    pub fn raw_outputs(&self) -> usize {
        self.heads.iter().map(Head::rows).sum::<usize>() + self.account.map_or(0, |account| account.hidden)
    }

    /// Number of outputs of all regression heads.
    pub fn regressions(&self) -> usize {
        self.heads.iter().filter(|head| head.kind == HeadKind::Regression).map(|head| head.size).sum()
    }

    /// Number of outputs of all value heads: with one head its position classes.
    pub fn classes(&self) -> usize {
        self.value_heads().map(|head| head.size).sum()
    }

    /// Number of scalars of an account; 0 without an account part.
    pub fn scalars(&self) -> usize {
        self.account.map_or(0, |account| account.scalars)
    }

    /// Where each head's outputs lie in a served row, in order.
    pub fn head_ranges(&self) -> impl Iterator<Item = (&Head, Range<usize>)> {
        ranges(&self.heads, |head| head.size)
    }

    /// Where each head's rows lie in a raw row, in order.
    pub fn raw_ranges(&self) -> impl Iterator<Item = (&Head, Range<usize>)> {
        ranges(&self.heads, Head::rows)
    }

    /// Where the account part's hidden layer lies in a raw row; empty without one.
    pub fn hidden_range(&self) -> Range<usize> {
        let end = self.raw_outputs();
        end - self.account.map_or(0, |account| account.hidden)..end
    }
}

fn ranges(heads: &[Head], width: impl Fn(&Head) -> usize) -> impl Iterator<Item = (&Head, Range<usize>)> {
    heads.iter().scan(0, move |start, head| {
        let range = *start..*start + width(head);
        *start = range.end;
        Some((head, range))
    })
}

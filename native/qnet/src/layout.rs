//! Where each tensor lies in the one flat array of weights.

use std::ops::Range;

use crate::{EngineError, Head, NetSpec};

/// One tensor inside the flat array.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorSlot {
    /// For example `trunk.0.weight` or `head.action.bias`.
    pub name: String,
    /// `[out, in]` for a weight, `[out]` for a bias.
    pub shape: Vec<usize>,
    /// First element.
    pub offset: usize,
}

impl TensorSlot {
    /// Number of elements.
    pub fn len(&self) -> usize {
        self.shape.iter().product()
    }

    /// Whether there is no element; never so in a valid layout.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

/// One matrix product of the forward pass. All heads together, and the account part's hidden layer as far as it looks at the trunk,
/// are the last one: their weights are rows of one matrix.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Layer {
    /// Columns of the weight.
    pub inputs: usize,
    /// Rows of the weight.
    pub outputs: usize,
    /// First element of the weight, `[outputs, inputs]` row-major.
    pub weight: usize,
    /// First element of the bias, `[outputs]`.
    pub bias: usize,
}

/// Where the account part's own weights lie: those that meet the scalars, and those from its hidden layer to the values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountSlots {
    /// Scalars of an account.
    pub inputs: usize,
    /// First element of `[hidden, scalars]` row-major.
    pub scalars: usize,
    /// First element of `[values, hidden]` row-major; values are the quantiles of each class in order.
    pub value: usize,
}

/// The flat array of a network: trunk layers in order, each weight then bias; then the weights of all heads and of the account
/// part's hidden layer, then their biases, so that these form one matrix; then the account part's own weights.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<TensorSlot>,
    layers: Vec<Layer>,
    account: Option<AccountSlots>,
    len: usize,
}

impl Layout {
    /// Lays out a network.
    ///
    /// # Errors
    /// [`EngineError::Spec`] if the declaration is invalid.
    pub fn new(spec: &NetSpec) -> Result<Self, EngineError> {
        spec.validate()?;
        let mut layout = Self { tensors: Vec::new(), layers: Vec::new(), account: None, len: 0 };
        let mut inputs = spec.inputs;
        for (index, &outputs) in spec.trunk.iter().enumerate() {
            let weight = layout.place(format!("trunk.{index}.weight"), vec![outputs, inputs]);
            let bias = layout.place(format!("trunk.{index}.bias"), vec![outputs]);
            layout.layers.push(Layer { inputs, outputs, weight, bias });
            inputs = outputs;
        }
        let mut parts: Vec<_> = spec.heads.iter().map(|head| (format!("head.{}", head.name), head.rows())).collect();
        parts.extend(spec.account.map(|account| ("account.hidden".into(), account.hidden)));
        let weight = layout.len;
        for (name, rows) in &parts {
            layout.place(format!("{name}.weight"), vec![*rows, inputs]);
        }
        let bias = layout.len;
        for (name, rows) in &parts {
            layout.place(format!("{name}.bias"), vec![*rows]);
        }
        layout.layers.push(Layer { inputs, outputs: spec.raw_outputs(), weight, bias });
        if let Some(account) = spec.account {
            let values: usize = spec.value_heads().map(Head::values).sum();
            let scalars = layout.place("account.scalars.weight".into(), vec![account.hidden, account.scalars]);
            let value = layout.place("account.value.weight".into(), vec![values, account.hidden]);
            layout.account = Some(AccountSlots { inputs: account.scalars, scalars, value });
        }
        Ok(layout)
    }

    fn place(&mut self, name: String, shape: Vec<usize>) -> usize {
        let slot = TensorSlot { name, shape, offset: self.len };
        let offset = slot.offset;
        self.len += slot.len();
        self.tensors.push(slot);
        offset
    }

    /// Every tensor, in the order of the flat array.
    pub fn tensors(&self) -> &[TensorSlot] {
        &self.tensors
    }

    /// The matrix products of the forward pass, first to last.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The account part's own weights, which no [`Layer`] holds; none without one.
    pub const fn account(&self) -> Option<AccountSlots> {
        self.account
    }

    /// The end of the flat array that no [`Layer`] holds: the account part's own weights. Empty without one.
    pub fn tail(&self) -> Range<usize> {
        self.account.map_or(self.len, |account| account.scalars)..self.len
    }

    /// Length of the flat array.
    pub fn len(&self) -> usize {
        self.len
    }

    /// Whether there is no weight; never so in a valid layout.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout_puts_the_heads_into_one_matrix() {
        let spec = NetSpec::from_json(
            r#"{"inputs":2,"trunk":[3],"heads":[{"name":"a","kind":"value","size":2},{"name":"r","kind":"regression","size":1}]}"#,
        )
        .unwrap();
        let layout = Layout::new(&spec).unwrap();
        let names: Vec<_> = layout.tensors().iter().map(|slot| (slot.name.as_str(), slot.offset)).collect();
        assert_eq!(
            names,
            [
                ("trunk.0.weight", 0),
                ("trunk.0.bias", 6),
                ("head.a.weight", 9),
                ("head.r.weight", 15),
                ("head.a.bias", 18),
                ("head.r.bias", 20),
            ]
        );
        assert_eq!((layout.len(), layout.tail(), layout.account()), (21, 21..21, None));
        assert_eq!(layout.layers()[1], Layer { inputs: 3, outputs: 3, weight: 9, bias: 18 });
    }

    #[test]
    fn layout_puts_the_account_part_last() {
        let spec = NetSpec::from_json(
            r#"{"inputs":2,"trunk":[3],"heads":[{"name":"a","kind":"value","size":2,"dueling":true,"quantiles":4},
            {"name":"r","kind":"regression","size":1}],"account":{"scalars":5,"hidden":6}}"#,
        )
        .unwrap();
        let layout = Layout::new(&spec).unwrap();
        let tensors: Vec<_> =
            layout.tensors().iter().map(|slot| (slot.name.as_str(), slot.shape.as_slice(), slot.offset)).collect();
        assert_eq!(
            tensors,
            [
                ("trunk.0.weight", [3, 2].as_slice(), 0),
                ("trunk.0.bias", &[3], 6),
                ("head.a.weight", &[12, 3], 9),
                ("head.r.weight", &[1, 3], 45),
                ("account.hidden.weight", &[6, 3], 48),
                ("head.a.bias", &[12], 66),
                ("head.r.bias", &[1], 78),
                ("account.hidden.bias", &[6], 79),
                ("account.scalars.weight", &[6, 5], 85),
                ("account.value.weight", &[8, 6], 115),
            ]
        );
        assert_eq!(layout.layers()[1], Layer { inputs: 3, outputs: 19, weight: 9, bias: 66 });
        assert_eq!(layout.account(), Some(AccountSlots { inputs: 5, scalars: 85, value: 115 }));
        assert_eq!((layout.tail(), layout.len()), (85..163, 163));
    }
}

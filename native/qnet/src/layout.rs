//! Where each tensor lies in the one flat array of weights.

use crate::{EngineError, NetSpec};

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

/// One matrix product of the forward pass. All heads together are the last one: their weights are rows of one matrix.
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

/// The flat array of a network: trunk layers in order, each weight then bias; then the weights of all heads, then their biases,
/// so that the heads form one matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layout {
    tensors: Vec<TensorSlot>,
    layers: Vec<Layer>,
    len: usize,
}

impl Layout {
    /// Lays out a network.
    ///
    /// # Errors
    /// [`EngineError::Spec`] if the declaration is invalid.
    pub fn new(spec: &NetSpec) -> Result<Self, EngineError> {
        spec.validate()?;
        let mut layout = Self { tensors: Vec::new(), layers: Vec::new(), len: 0 };
        let mut inputs = spec.inputs;
        for (index, &outputs) in spec.trunk.iter().enumerate() {
            let weight = layout.place(format!("trunk.{index}.weight"), vec![outputs, inputs]);
            let bias = layout.place(format!("trunk.{index}.bias"), vec![outputs]);
            layout.layers.push(Layer { inputs, outputs, weight, bias });
            inputs = outputs;
        }
        let weight = layout.len;
        for head in &spec.heads {
            layout.place(format!("head.{}.weight", head.name), vec![head.size, inputs]);
        }
        let bias = layout.len;
        for head in &spec.heads {
            layout.place(format!("head.{}.bias", head.name), vec![head.size]);
        }
        layout.layers.push(Layer { inputs, outputs: spec.outputs(), weight, bias });
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
        assert_eq!(layout.len(), 21);
        assert_eq!(layout.layers()[1], Layer { inputs: 3, outputs: 3, weight: 9, bias: 18 });
    }
}

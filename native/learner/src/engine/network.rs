//! The network on LibTorch: one flat tensor of weights, layers as views into it, and the backward pass written out.
//!
//! The trunk is fixed, so its gradient is a few matrix products; written out they land in one flat gradient tensor without a graph,
//! which is faster than autograd at these sizes. A test holds it against autograd.

use qnet::{EngineError, Layout, NetSpec};
use tch::{Device, Kind, TchError, Tensor};

use crate::LearnerError;

/// Weights in [`Layout`] order, as one tensor and as views.
#[derive(Debug)]
pub struct Network {
    pub(crate) flat: Tensor,
    /// The account part's own weights, which follow the layers in the flat tensor.
    pub(crate) account: Tensor,
    layers: Vec<Views>,
    inputs: i64,
}

#[derive(Debug)]
struct Views {
    /// `[outputs, inputs]`.
    weight: Tensor,
    /// `[inputs, outputs]`.
    transposed: Tensor,
    /// `[outputs]`.
    bias: Tensor,
}

impl Network {
    /// Takes flat weights over.
    ///
    /// # Errors
    /// [`EngineError::Spec`], [`EngineError::Shape`] for the wrong number of weights, [`LearnerError::Torch`].
    pub fn new(spec: &NetSpec, weights: &[f32]) -> Result<Self, LearnerError> {
        Self::on(spec, weights, Device::Cpu)
    }

    /// As [`Network::new`], on a device.
    ///
    /// # Errors
    /// As [`Network::new`].
    pub fn on(spec: &NetSpec, weights: &[f32], device: Device) -> Result<Self, LearnerError> {
        let layout = Layout::new(spec)?;
        if weights.len() != layout.len() {
            let expected = layout.len().to_string();
            return Err(EngineError::Shape { what: "weights", expected, actual: weights.len() }.into());
        }
        Self::with_layout(&layout, weights, spec.inputs as i64, device).map_err(LearnerError::torch("build network"))
    }

    fn with_layout(layout: &Layout, weights: &[f32], inputs: i64, device: Device) -> Result<Self, TchError> {
        let flat = upload(weights, device)?;
        let mut layers = Vec::new();
        for layer in layout.layers() {
            let [inputs, outputs] = [layer.inputs as i64, layer.outputs as i64];
            let weight = flat.f_narrow(0, layer.weight as i64, inputs * outputs)?.f_view([outputs, inputs])?;
            let bias = flat.f_narrow(0, layer.bias as i64, outputs)?;
            layers.push(Views { transposed: weight.f_transpose(0, 1)?, weight, bias });
        }
        let tail = layout.tail();
        let account = flat.f_narrow(0, tail.start as i64, tail.len() as i64)?;
        Ok(Self { flat, account, layers, inputs })
    }

    /// The weights that meet the inputs, `[units, inputs]`.
    pub(crate) fn first(&self) -> Tensor {
        self.layers[0].weight.shallow_clone()
    }

    /// Raw rows for the rows of `x`, `[B, inputs]` → `[B, raw outputs]`; see [`NetSpec`].
    ///
    /// # Errors
    /// LibTorch's.
    pub fn forward(&self, x: &Tensor) -> Result<Tensor, TchError> {
        self.forward_layers(x, |_| {})
    }

    /// As [`Network::forward`], and the input of every layer, first to last.
    pub(crate) fn forward_keeping(&self, x: &Tensor) -> Result<(Tensor, Vec<Tensor>), TchError> {
        let mut kept = vec![x.shallow_clone()];
        let out = self.forward_layers(x, |hidden| kept.push(hidden.shallow_clone()))?;
        Ok((out, kept))
    }

    fn forward_layers(&self, x: &Tensor, mut keep: impl FnMut(&Tensor)) -> Result<Tensor, TchError> {
        let mut x = x.shallow_clone();
        for (index, layer) in self.layers.iter().enumerate() {
            x = layer.bias.f_addmm(&x, &layer.transposed)?;
            if index + 1 < self.layers.len() {
                let _ = x.f_relu_()?;
                keep(&x);
            }
        }
        Ok(x)
    }

    /// Raw rows for flat rows.
    ///
    /// # Errors
    /// LibTorch's.
    pub fn forward_rows(&self, rows: &[f32]) -> Result<Tensor, TchError> {
        self.forward(&upload(rows, self.flat.device())?.f_view([-1, self.inputs])?)
    }

    /// Writes the gradient of all weights into `gradient`, given the loss's derivative by the outputs of the first rows.
    /// `kept` holds the layers' inputs; rows beyond those of `slope` are left out.
    pub(crate) fn backward(&self, kept: &[Tensor], slope: Tensor, gradient: &Self) -> Result<(), TchError> {
        let rows = slope.size2()?.0;
        let mut slope = slope;
        for (index, ((layer, into), input)) in self.layers.iter().zip(&gradient.layers).zip(kept).enumerate().rev() {
            let input = input.f_narrow(0, 0, rows)?;
            let _ = slope.f_transpose(0, 1)?.f_mm_out(&into.weight, &input)?;
            let _ = slope.f_sum_intlist_out(&into.bias, &[0_i64][..], false, Kind::Float)?;
            if index > 0 {
                slope = input.f_threshold_backward(&slope.f_mm(&layer.weight)?, 0.0)?;
            }
        }
        Ok(())
    }

    /// The weights in [`Layout`] order.
    ///
    /// # Errors
    /// LibTorch's.
    pub fn weights(&self) -> Result<Vec<f32>, TchError> {
        let mut weights = vec![0.0; self.flat.numel()];
        self.flat.f_copy_data(&mut weights, self.flat.numel())?;
        Ok(weights)
    }
}

/// A tensor of these values on a device.
pub(super) fn upload(values: &[f32], device: Device) -> Result<Tensor, TchError> {
    let tensor = Tensor::f_from_slice(values)?;
    if device == Device::Cpu { Ok(tensor) } else { tensor.f_to_device(device) }
}

#[cfg(test)]
mod tests {
    use qnet::init_weights;

    use super::*;

    #[test]
    fn backward_equals_autograd() {
        let spec = NetSpec::from_json(
            r#"{"inputs":7,"trunk":[19,11,5],"heads":[{"name":"v","kind":"value","size":3},{"name":"r","kind":"regression","size":2}]}"#,
        )
        .unwrap();
        let weights = init_weights(&Layout::new(&spec).unwrap(), 5);
        let network = Network::new(&spec, &weights).unwrap();
        let gradient = Network::new(&spec, &weights).unwrap();
        let rows: Vec<f32> = (0..7 * 20).map(|index| ((index * 37 % 101) as f32 / 50.0) - 1.0).collect();
        let slope = Tensor::f_from_slice(&(0..5 * 13).map(|index| ((index * 53 % 97) as f32 / 48.0) - 1.0).collect::<Vec<_>>());
        let slope = slope.unwrap().f_view([13, 5]).unwrap();
        // Twenty rows forward, the first thirteen backward.
        let x = Tensor::f_from_slice(&rows).unwrap().f_view([20, 7]).unwrap();
        let (_, kept) = network.forward_keeping(&x).unwrap();
        network.backward(&kept, slope.shallow_clone(), &gradient).unwrap();

        let leaf = network.flat.copy().set_requires_grad(true);
        let layout = Layout::new(&spec).unwrap();
        let mut h = x.narrow(0, 0, 13);
        for (index, layer) in layout.layers().iter().enumerate() {
            let [inputs, outputs] = [layer.inputs as i64, layer.outputs as i64];
            let weight = leaf.narrow(0, layer.weight as i64, inputs * outputs).view([outputs, inputs]);
            h = h.linear(&weight, Some(&leaf.narrow(0, layer.bias as i64, outputs)));
            if index < 3 {
                h = h.relu();
            }
        }
        (h * slope).sum(Kind::Float).backward();
        let difference = (leaf.grad() - &gradient.flat).abs().max().double_value(&[]);
        assert!(difference < 1e-5, "{difference}");
    }
}

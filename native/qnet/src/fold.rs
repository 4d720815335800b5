//! A network as it is served: dueling heads and means of quantiles become plain rows of the last matrix, so that serving them costs
//! no more than serving plain heads.

use crate::backprop::expect;
use crate::forward::check_finite;
use crate::values::mean_of;
use crate::{AccountPart, EngineError, HeadKind, Layer, Layout, NetSpec, ValueMap};

/// Layers of plain matrices. The last one gives the first so many outputs of a served row, then the account part's hidden layer before
/// its `ReLU`.
#[derive(Debug, Clone)]
pub(crate) struct Folded {
    pub(crate) layers: Vec<Layer>,
    pub(crate) weights: Vec<f32>,
    /// Where the value of each class lies in a served row.
    pub(crate) classes: Vec<usize>,
    /// Adds to the mean of a class; its values are the classes.
    pub(crate) account: Option<AccountPart>,
}

impl Folded {
    /// Folds flat weights, and keeps the first `outputs` of a served row.
    ///
    /// # Errors
    /// [`EngineError::Spec`], [`EngineError::Shape`] for the wrong number of weights, [`EngineError::NonFinite`].
    pub(crate) fn new(spec: &NetSpec, weights: &[f32], outputs: usize) -> Result<Self, EngineError> {
        let layout = Layout::new(spec)?;
        expect("weights", layout.len(), weights.len())?;
        check_finite("weights", weights)?;
        let map = ValueMap::new(spec)?;
        let (mut layers, mut folded) = (layout.layers().to_vec(), weights.to_vec());
        if let Some(last) = layers.last_mut() {
            fold_last(spec, &map, weights, outputs, last, &mut folded);
        }
        let values = spec.head_ranges().filter(|(head, _)| head.kind == HeadKind::Value);
        let mut account = AccountPart::giving(spec, spec.classes());
        if let (Some(account), Some(slots)) = (&mut account, layout.account()) {
            let mut tail = weights[slots.scalars..slots.value].to_vec();
            tail.extend(means(&map, &weights[slots.value..], spec.hidden_range().len()));
            account.load(&tail)?;
        }
        Ok(Self { layers, weights: folded, classes: values.flat_map(|(_, range)| range).collect(), account })
    }
}

/// Combining and serving are linear, so what they make of each column of the last matrix is the column that serves.
fn fold_last(spec: &NetSpec, map: &ValueMap, weights: &[f32], outputs: usize, last: &mut Layer, folded: &mut Vec<f32>) {
    let hidden = spec.hidden_range();
    let Layer { inputs, weight, bias, .. } = *last;
    let rows = outputs + hidden.len();
    folded.truncate(weight);
    folded.resize(weight + rows * (inputs + 1), 0.0);
    *last = Layer { inputs, outputs: rows, weight, bias: weight + rows * inputs };
    let (mut raw, mut values) = (vec![0.0; spec.raw_outputs()], vec![0.0; map.width()]);
    let mut served = vec![0.0; spec.outputs()];
    for column in 0..=inputs {
        // The bias is one column more.
        let [(from, step), (to, stride)] = if column < inputs {
            [(weight + column, inputs), (last.weight + column, inputs)]
        } else {
            [(bias, 1), (last.bias, 1)]
        };
        raw.iter_mut().zip(weights[from..].iter().step_by(step)).for_each(|(raw, weight)| *raw = *weight);
        map.combine(&raw, &mut values);
        map.serve(&raw, &values, &mut served);
        let all = served[..outputs].iter().chain(&raw[hidden.clone()]);
        folded[to..].iter_mut().step_by(stride).zip(all).for_each(|(weight, value)| *weight = *value);
    }
}

/// The mean row of each class, of the rows of its quantiles.
fn means(map: &ValueMap, rows: &[f32], width: usize) -> Vec<f32> {
    let mut quantiles = Vec::new();
    let mut mean = |class: usize, unit: usize| {
        quantiles.clear();
        quantiles.extend(map.quantiles(class).map(|row| rows[row * width + unit]));
        mean_of(&quantiles)
    };
    (0..map.classes())
        .flat_map(|class| (0..width).map(move |unit| (class, unit)))
        .map(|(class, unit)| mean(class, unit))
        .collect()
}

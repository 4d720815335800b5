//! The network by its definition, in f64, one product at a time: what tests hold the engine against.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::Rng;

use crate::{HeadKind, Layout, NetSpec};

/// A number in 0..limit.
pub(crate) fn below(rng: &mut ChaCha8Rng, limit: usize) -> usize {
    rng.next_u32() as usize % limit
}

/// Numbers in [−1, 1).
pub(crate) fn floats(rng: &mut ChaCha8Rng, len: usize) -> Vec<f32> {
    (0..len).map(|_| (rng.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect()
}

pub(crate) fn wide(values: &[f32]) -> Vec<f64> {
    values.iter().map(|value| f64::from(*value)).collect()
}

/// Weights that count everywhere, also where fresh ones are zero.
pub(crate) fn full_weights(spec: &NetSpec, rng: &mut ChaCha8Rng) -> Vec<f32> {
    floats(rng, Layout::new(spec).unwrap().len()).iter().map(|weight| 0.5 * weight).collect()
}

/// A raw row.
pub(crate) fn raw_row(spec: &NetSpec, weights: &[f32], row: &[f64]) -> Vec<f64> {
    let layout = Layout::new(spec).unwrap();
    let mut x = row.to_vec();
    for (index, layer) in layout.layers().iter().enumerate() {
        let output = |output: usize| {
            let row = &weights[layer.weight + output * layer.inputs..][..layer.inputs];
            let sum = f64::from(weights[layer.bias + output]) + row.iter().zip(&x).map(|(w, x)| f64::from(*w) * x).sum::<f64>();
            if index + 1 < layout.layers().len() { sum.max(0.0) } else { sum }
        };
        x = (0..layer.outputs).map(output).collect();
    }
    x
}

/// The quantiles of each class of each value head, without the account part.
fn quantiles(spec: &NetSpec, raw: &[f64]) -> Vec<Vec<Vec<f64>>> {
    let values = spec.raw_ranges().filter(|(head, _)| head.kind == HeadKind::Value);
    let of_head = values.map(|(head, range)| {
        let rows: Vec<&[f64]> = raw[range].chunks(head.quantiles).collect();
        let advantages = &rows[usize::from(head.dueling)..];
        let value = |class: usize, quantile: usize| {
            let mean = advantages.iter().map(|row| row[quantile]).sum::<f64>() / head.size as f64;
            advantages[class][quantile] + if head.dueling { rows[0][quantile] - mean } else { 0.0 }
        };
        (0..head.size).map(|class| (0..head.quantiles).map(|quantile| value(class, quantile)).collect()).collect()
    });
    of_head.collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// A served row.
pub(crate) fn served_row(spec: &NetSpec, weights: &[f32], row: &[f64]) -> Vec<f64> {
    let raw = raw_row(spec, weights, row);
    let quantiles = quantiles(spec, &raw);
    let (mut served, mut value_heads) = (Vec::new(), quantiles.iter());
    for (head, range) in spec.raw_ranges() {
        match head.kind {
            HeadKind::Regression => served.extend_from_slice(&raw[range]),
            HeadKind::Value => served.extend(value_heads.next().unwrap().iter().map(|class| mean(class))),
        }
    }
    let several = quantiles.iter().filter(|head| head[0].len() > 1);
    served.extend(several.flatten().flatten());
    served
}

/// `W(F, y)`: the mean over the quantiles of a class, with what the scalars add to each.
pub(crate) fn value(spec: &NetSpec, weights: &[f32], row: &[f64], class: usize, scalars: &[f64]) -> f64 {
    let raw = raw_row(spec, weights, row);
    let classes: Vec<Vec<f64>> = quantiles(spec, &raw).into_iter().flatten().collect();
    let own = mean(&classes[class]);
    let Some(account) = spec.account else { return own };
    let slots = Layout::new(spec).unwrap().account().unwrap();
    let pre = &raw[spec.hidden_range()];
    let added = (0..account.hidden).map(|unit| {
        let row = &weights[slots.scalars + unit * account.scalars..][..account.scalars];
        let hidden = (pre[unit] + row.iter().zip(scalars).map(|(w, s)| f64::from(*w) * s).sum::<f64>()).max(0.0);
        let count = classes[class].len();
        let rows = (class * count..(class + 1) * count).map(|row| f64::from(weights[slots.value + row * account.hidden + unit]));
        hidden * rows.sum::<f64>() / count as f64
    });
    own + added.sum::<f64>()
}

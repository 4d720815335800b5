//! Takes over what a model of another shape has learned: tensor by tensor of the same name, row by row and column by column.

use std::collections::BTreeMap;

use qnet::{EngineError, Head, HeadKind, Layout, Model, NetSpec, TensorSlot};
use serde::Serialize;

/// What was taken over, by tensor names in the order of the flat array.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct WarmStart {
    /// Taken over, in whole or in part.
    pub kept: Vec<String>,
    /// Left as they were.
    pub fresh: Vec<String>,
}

/// Where something lay in the model; none if it is new.
type Places = Vec<Option<usize>>;

/// Overwrites flat weights of a network with what a model holds: `inputs` says where each input lay in the model, `outputs` where
/// each output of a head did, −1 for a new one. Columns of new inputs become 0, rows of new outputs stay as they are. A head that
/// `outputs` does not name is taken over if it has not changed.
///
/// # Errors
/// [`EngineError::ModelFormat`] if the trunk's widths differ or a map does not fit; the weights are then as they were.
pub(crate) fn transfer(
    net: &NetSpec,
    old: &Model,
    inputs: &[i32],
    outputs: &BTreeMap<String, Vec<i32>>,
    weights: &mut [f32],
) -> Result<WarmStart, EngineError> {
    if old.spec().trunk != net.trunk {
        let [expected, actual] = [&net.trunk, &old.spec().trunk].map(|widths| format!("{widths:?} wide"));
        return Err(EngineError::ModelFormat { what: "the trunk".into(), expected, actual });
    }
    if let Some(name) = outputs.keys().find(|name| net.heads.iter().all(|head| head.name != **name)) {
        let names = net.heads.iter().map(|head| head.name.as_str()).collect::<Vec<_>>().join(", ");
        let expected = format!("of heads of the network ({names})");
        return Err(EngineError::ModelFormat { what: "every output map".into(), expected, actual: format!("of `{name}`") });
    }
    let inputs = places("inputMap", inputs, net.inputs, old.spec().inputs)?;
    let rows = rows(net, old.spec(), outputs)?;
    let (layout, old_layout) = (Layout::new(net)?, Layout::new(old.spec())?);
    let mut done = WarmStart { kept: Vec::new(), fresh: Vec::new() };
    for slot in layout.tensors() {
        let from = old_layout.tensors().iter().find(|other| other.name == slot.name);
        let Some((from, rows)) = from.zip(rows.get(&slot.name)) else {
            done.fresh.push(slot.name.clone());
            continue;
        };
        let columns = (slot.name == "trunk.0.weight").then_some(&inputs);
        let old = &old.weights()[from.offset..from.offset + from.len()];
        copy(&mut weights[slot.offset..slot.offset + slot.len()], (slot, from), old, rows, columns);
        done.kept.push(slot.name.clone());
    }
    Ok(done)
}

/// Checks a map.
fn places(what: &str, map: &[i32], len: usize, limit: usize) -> Result<Places, EngineError> {
    let fault = |what: String, expected: String, actual: String| EngineError::ModelFormat { what, expected, actual };
    if map.len() != len {
        return Err(fault(what.to_owned(), format!("{len} long"), format!("{} long", map.len())));
    }
    let place = |(at, &place): (usize, &i32)| match usize::try_from(place) {
        Ok(place) if place < limit => Ok(Some(place)),
        _ if place == -1 => Ok(None),
        _ => Err(fault(format!("place {at} of {what}"), format!("−1 or below {limit}"), place.to_string())),
    };
    map.iter().enumerate().map(place).collect()
}

/// Where each row of each tensor lay in the model's tensor of the same name; a tensor that is not here is fresh.
fn rows(net: &NetSpec, old: &NetSpec, outputs: &BTreeMap<String, Vec<i32>>) -> Result<BTreeMap<String, Places>, EngineError> {
    let same = |len: usize| -> Places { (0..len).map(Some).collect() };
    let mut rows = BTreeMap::new();
    for (index, &width) in net.trunk.iter().enumerate() {
        rows.extend(["weight", "bias"].map(|part| (format!("trunk.{index}.{part}"), same(width))));
    }
    if let (Some(account), Some(other)) = (net.account, old.account) {
        if account.hidden == other.hidden {
            rows.extend(["weight", "bias"].map(|part| (format!("account.hidden.{part}"), same(account.hidden))));
        }
        if account == other {
            rows.insert("account.scalars.weight".into(), same(account.hidden));
        }
    }
    for head in &net.heads {
        let found = old.heads.iter().find(|other| other.name == head.name);
        let map = outputs.get(&head.name).map(|map| {
            let what = format!("the output map of `{}`", head.name);
            places(&what, map, head.size, found.map_or(0, |other| other.size))
        });
        let map = map.transpose()?;
        let Some(map) = found.and_then(|old| places_of(head, old, map)) else { continue };
        // With dueling, the common value's rows come first.
        let common = head.rows() - head.values();
        let shifted = map.iter().map(|place| place.map(|place| common + place));
        let all: Places = same(common).into_iter().chain(shifted).collect();
        rows.extend(["weight", "bias"].map(|part| (format!("head.{}.{part}", head.name), all.clone())));
        // With other scalars before them, these would be noise.
        if head.kind == HeadKind::Value && net.account == old.account && net.account.is_some() {
            rows.insert("account.value.weight".into(), map);
        }
    }
    Ok(rows)
}

/// Where the quantiles of each output of a head lay among those of the model's; none if nothing of it can be taken over.
fn places_of(head: &Head, old: &Head, map: Option<Places>) -> Option<Places> {
    if (old.kind, old.dueling, old.quantiles) != (head.kind, head.dueling, head.quantiles) {
        return None;
    }
    let map = map.or_else(|| (old.size == head.size).then(|| (0..head.size).map(Some).collect()))?;
    let quantiles =
        |place: Option<usize>| (0..head.quantiles).map(move |quantile| place.map(|place| place * head.quantiles + quantile));
    map.iter().any(Option::is_some).then(|| map.iter().flat_map(|place| quantiles(*place)).collect())
}

/// Copies rows of one tensor. `columns` says where each column lay, unless all lay where they are.
fn copy(to: &mut [f32], (slot, from): (&TensorSlot, &TensorSlot), old: &[f32], rows: &Places, columns: Option<&Places>) {
    let [width, old_width] = [slot, from].map(|slot| slot.shape.get(1).copied().unwrap_or(1));
    for (to, place) in to.chunks_exact_mut(width).zip(rows) {
        let Some(place) = place else { continue };
        let old = &old[place * old_width..][..old_width];
        match columns {
            Some(columns) => to.iter_mut().zip(columns).for_each(|(weight, place)| *weight = place.map_or(0.0, |at| old[at])),
            None => to.copy_from_slice(old),
        }
    }
}

#[cfg(test)]
mod tests;

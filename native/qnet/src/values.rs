//! From a raw output row to values, and to what is served.
//!
//! A row of *values* holds the quantiles of every class, class by class, the classes of all value heads in order.

use std::ops::Range;

use crate::{EngineError, Head, HeadKind, NetSpec};

/// Where the values of a network lie in its rows; see [`NetSpec`] for raw and served ones. The functions take rows of these widths
/// and panic at shorter ones.
#[derive(Debug, Clone)]
pub struct ValueMap {
    heads: Vec<ValueHead>,
    regressions: Vec<Regression>,
    classes: Vec<Range<usize>>,
}

#[derive(Debug, Clone)]
struct ValueHead {
    size: usize,
    quantiles: usize,
    dueling: bool,
    /// First of its rows in a raw row.
    raw: usize,
    /// First of its values in a row of values.
    values: usize,
    /// First of its means in a served row.
    means: usize,
    /// First of its quantiles in a served row; none if the mean says all.
    quantiles_at: Option<usize>,
}

#[derive(Debug, Clone)]
struct Regression {
    raw: Range<usize>,
    served: Range<usize>,
}

impl ValueMap {
    /// The places in a network's rows.
    ///
    /// # Errors
    /// [`EngineError::Spec`].
    pub fn new(spec: &NetSpec) -> Result<Self, EngineError> {
        spec.validate()?;
        let mut map = Self { heads: Vec::new(), regressions: Vec::new(), classes: Vec::new() };
        let (mut values, mut quantiles_at) = (0, spec.heads.iter().map(|head| head.size).sum());
        for ((head, raw), (_, served)) in spec.raw_ranges().zip(spec.head_ranges()) {
            if head.kind == HeadKind::Regression {
                map.regressions.push(Regression { raw, served });
                continue;
            }
            let &Head { size, quantiles, dueling, .. } = head;
            let at = (quantiles > 1).then_some(quantiles_at);
            quantiles_at += at.map_or(0, |_| head.values());
            map.heads.push(ValueHead { size, quantiles, dueling, raw: raw.start, values, means: served.start, quantiles_at: at });
            map.classes.extend((0..size).map(|class| values + class * quantiles..values + (class + 1) * quantiles));
            values += head.values();
        }
        Ok(map)
    }

    /// Number of classes of all value heads.
    pub fn classes(&self) -> usize {
        self.classes.len()
    }

    /// Width of a row of values.
    pub fn width(&self) -> usize {
        self.classes.last().map_or(0, |last| last.end)
    }

    /// Where the quantiles of a class lie in a row of values.
    pub fn quantiles(&self, class: usize) -> Range<usize> {
        self.classes[class].clone()
    }

    /// The classes of each value head, in order: its branch.
    pub fn branches(&self) -> impl Iterator<Item = Range<usize>> {
        self.heads.iter().scan(0, |first, head| {
            let branch = *first..*first + head.size;
            *first = branch.end;
            Some(branch)
        })
    }

    /// Overwrites `values` with the values that a raw row gives, without the account part: with dueling
    /// `V + A_a − mean_a' A_a'` for each quantile (Wang et al. 2016, equation 9).
    pub fn combine(&self, raw: &[f32], values: &mut [f32]) {
        for head in &self.heads {
            let values = &mut values[head.values..][..head.size * head.quantiles];
            let raw = &raw[head.raw..];
            if !head.dueling {
                values.copy_from_slice(&raw[..values.len()]);
                continue;
            }
            let (common, advantages) = raw.split_at(head.quantiles);
            for (quantile, common) in common.iter().enumerate() {
                let shift = common - head.mean(advantages, quantile);
                for (value, advantage) in head.at(quantile).zip(head.at(quantile)) {
                    values[value] = shift + advantages[advantage];
                }
            }
        }
    }

    /// Adds to the slopes by a raw row what the slopes by its values are there: the backward pass of [`ValueMap::combine`].
    pub fn combine_back(&self, by_values: &[f32], by_raw: &mut [f32]) {
        for head in &self.heads {
            let by_values = &by_values[head.values..][..head.size * head.quantiles];
            let by_raw = &mut by_raw[head.raw..];
            if !head.dueling {
                by_raw.iter_mut().zip(by_values).for_each(|(raw, value)| *raw += value);
                continue;
            }
            let (by_common, by_advantages) = by_raw.split_at_mut(head.quantiles);
            for (quantile, by_common) in by_common.iter_mut().enumerate() {
                let mean = head.mean(by_values, quantile);
                *by_common += mean * head.size as f32;
                for at in head.at(quantile) {
                    by_advantages[at] += by_values[at] - mean;
                }
            }
        }
    }

    /// Overwrites a served row, given a raw row and its values.
    pub fn serve(&self, raw: &[f32], values: &[f32], served: &mut [f32]) {
        for Regression { raw: from, served: to } in &self.regressions {
            served[to.clone()].copy_from_slice(&raw[from.clone()]);
        }
        for head in &self.heads {
            let values = &values[head.values..][..head.size * head.quantiles];
            for (mean, quantiles) in served[head.means..].iter_mut().zip(values.chunks_exact(head.quantiles)) {
                *mean = mean_of(quantiles);
            }
            if let Some(at) = head.quantiles_at {
                served[at..][..values.len()].copy_from_slice(values);
            }
        }
    }
}

impl ValueHead {
    /// Where one quantile of each class lies among all quantiles of the classes.
    fn at(&self, quantile: usize) -> impl Iterator<Item = usize> {
        (quantile..self.size * self.quantiles).step_by(self.quantiles)
    }

    fn mean(&self, values: &[f32], quantile: usize) -> f32 {
        self.at(quantile).map(|at| values[at]).sum::<f32>() / self.size as f32
    }
}

/// The mean of quantiles: the value they describe.
pub fn mean_of(quantiles: &[f32]) -> f32 {
    match quantiles {
        [value] => *value,
        quantiles => quantiles.iter().sum::<f32>() / quantiles.len() as f32,
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the expected values are exact in binary")]
mod tests {
    use super::*;

    fn map(json: &str) -> ValueMap {
        ValueMap::new(&NetSpec::from_json(json).unwrap()).unwrap()
    }

    /// Two value heads around a regression: `a` dueling with two quantiles, `b` plain.
    const MIXED: &str = r#"{"inputs":1,"trunk":[1],"heads":[{"name":"a","kind":"value","size":2,"dueling":true,"quantiles":2},
        {"name":"r","kind":"regression","size":1},{"name":"b","kind":"value","size":3}],"account":null}"#;

    #[test]
    fn combine_subtracts_the_mean_advantage_of_each_quantile() {
        let map = map(MIXED);
        assert_eq!((map.classes(), map.width()), (5, 7));
        assert_eq!([0, 1, 2, 4].map(|class| map.quantiles(class)), [0..2, 2..4, 4..5, 6..7]);
        assert_eq!(map.branches().collect::<Vec<_>>(), [0..2, 2..5]);
        // V = (10, 20); A = (1, 2), (3, 6), with means (2, 4).
        let raw = [10.0, 20.0, 1.0, 2.0, 3.0, 6.0, -1.0, 7.0, 8.0, 9.0];
        let mut values = [f32::NAN; 7];
        map.combine(&raw, &mut values);
        assert_eq!(values, [9.0, 18.0, 11.0, 22.0, 7.0, 8.0, 9.0]);
        let mut served = [f32::NAN; 10];
        map.serve(&raw, &values, &mut served);
        assert_eq!(served, [13.5, 16.5, -1.0, 7.0, 8.0, 9.0, 9.0, 18.0, 11.0, 22.0]);
    }

    #[test]
    fn combine_back_is_the_transpose_of_combine() {
        let map = map(MIXED);
        let by_values = [1.0, -2.0, 0.5, 4.0, 3.0, -1.0, 2.0];
        let mut by_raw = [0.0; 10];
        map.combine_back(&by_values, &mut by_raw);
        // Combining is linear: its column k is what it makes of the k-th unit row.
        for (k, slope) in by_raw.iter().enumerate() {
            let (mut raw, mut values) = ([0.0; 10], [0.0; 7]);
            raw[k] = 1.0;
            map.combine(&raw, &mut values);
            let expected: f32 = values.iter().zip(&by_values).map(|(value, slope)| value * slope).sum();
            assert_eq!(*slope, expected, "raw {k}");
        }
        let once = by_raw;
        map.combine_back(&by_values, &mut by_raw);
        assert_eq!(by_raw, once.map(|slope| 2.0 * slope), "it adds");
    }

    #[test]
    fn a_plain_network_is_served_as_it_is() {
        let map = map(r#"{"inputs":1,"trunk":[1],"heads":[{"name":"r","kind":"regression","size":2},
            {"name":"v","kind":"value","size":3}]}"#);
        let raw = [1.0, 2.0, 3.0, 4.0, 5.0];
        let (mut values, mut served) = ([0.0; 3], [0.0; 5]);
        map.combine(&raw, &mut values);
        map.serve(&raw, &values, &mut served);
        assert_eq!((values, served), ([3.0, 4.0, 5.0], raw));
    }
}

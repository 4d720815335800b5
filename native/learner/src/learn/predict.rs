//! What the online network says: all heads, and values of single afterstates.

use qnet::{EngineError, ValueMap, first_non_finite, mean_of};

use super::Learner;
use crate::LearnerError;
use crate::valuer::{Points, Valuer};

impl Learner {
    /// All heads of the online network, `[B, inputs]` → `[B, outputs]`: served rows, see [`qnet::NetSpec`].
    ///
    /// # Errors
    /// [`EngineError::Shape`], [`EngineError::NonFinite`], [`LearnerError::Torch`].
    pub fn forward(&self, features: &[f32]) -> Result<Vec<f32>, LearnerError> {
        let rows = self.rows(features)?;
        if rows == 0 {
            return Ok(Vec::new());
        }
        let net = &self.config.net;
        let raw = self.engine.predict(features)?.raw;
        if net.account.is_none() && net.heads.iter().all(|head| !head.dueling && head.quantiles == 1) {
            return Ok(raw);
        }
        let map = ValueMap::new(net)?;
        let mut values = vec![0.0; map.width()];
        let mut served = vec![0.0; rows * net.outputs()];
        for (raw, served) in raw.chunks_exact(net.raw_outputs()).zip(served.chunks_exact_mut(net.outputs())) {
            map.combine(raw, &mut values);
            map.serve(raw, &values, served);
        }
        Ok(served)
    }

    /// `W(F, y)` by the online network of any afterstates y at any rows F: `features` `[B, inputs]`; for each afterstate its row,
    /// `rows` `[n]`, its class, `classes` `[n]` (an index into the outputs of all value heads), and its scalars, `scalars` `[n, k]`.
    ///
    /// # Errors
    /// [`EngineError::Shape`], [`EngineError::NonFinite`], [`EngineError::Head`] for a class or a row,
    /// [`LearnerError::Torch`].
    pub fn evaluate(&self, features: &[f32], rows: &[u32], classes: &[u8], scalars: &[f32]) -> Result<Vec<f32>, LearnerError> {
        let count = self.rows(features)?;
        let (n, k) = (classes.len(), self.config.net.scalars());
        for (what, expected, actual) in [("rowOfPoint", n, rows.len()), ("scalars", n * k, scalars.len())] {
            if actual != expected {
                return Err(EngineError::Shape { what, expected: expected.to_string(), actual }.into());
            }
        }
        if let Some(index) = first_non_finite(scalars) {
            return Err(EngineError::NonFinite { what: "scalars", index, actual: scalars[index].to_string() }.into());
        }
        let indices = rows.iter().map(|row| *row as usize);
        check("rowOfPoint", indices, count)?;
        check("classes", classes.iter().map(|class| usize::from(*class)), self.config.net.classes())?;
        if n == 0 {
            return Ok(Vec::new());
        }
        let predicted = self.engine.predict(features)?;
        let mut valuer = Valuer::new(&self.config.net)?;
        valuer.load(&predicted.account)?;
        let points = Points::new(classes, scalars, 0..n, k);
        let width = self.config.net.raw_outputs();
        let mut out = Vec::with_capacity(n);
        let mut first = 0;
        // Afterstates of one row that follow each other share what is computed for the row.
        for run in rows.chunk_by(|a, b| a == b) {
            let mut row = valuer.row(&predicted.raw[run[0] as usize * width..][..width]);
            out.extend((first..first + run.len()).map(|index| mean_of(row.quantiles(points.at(index)))));
            first += run.len();
        }
        Ok(out)
    }

    /// The number of rows, once they are whole and finite.
    fn rows(&self, features: &[f32]) -> Result<usize, LearnerError> {
        let inputs = self.config.net.inputs;
        if !features.len().is_multiple_of(inputs) {
            let expected = format!("a multiple of {inputs}");
            return Err(EngineError::Shape { what: "features", expected, actual: features.len() }.into());
        }
        if let Some(index) = first_non_finite(features) {
            return Err(EngineError::NonFinite { what: "features", index, actual: features[index].to_string() }.into());
        }
        Ok(features.len() / inputs)
    }
}

fn check(what: &str, mut indices: impl Iterator<Item = usize>, limit: usize) -> Result<(), EngineError> {
    let found = indices.by_ref().enumerate().find(|(_, index)| *index >= limit);
    found.map_or(Ok(()), |(at, actual)| Err(EngineError::Head { what: format!("{what}[{at}]"), limit, actual }))
}

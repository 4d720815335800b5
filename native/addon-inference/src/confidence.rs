//! Confidence curves, for JavaScript.

use border::{Arg, Result, guard};
use napi::bindgen_prelude::Float64Array;
use napi_derive::napi;
use qnet::ReliabilityBin;

/// A fitted curve and what it is worth; see [`qnet::Confidence`].
#[napi(object, object_from_js = false)]
pub struct Confidence {
    /// Scores of the knots, rising.
    pub scores: Float64Array,
    /// Probability at each knot.
    pub probabilities: Float64Array,
    /// Out of fold, by rising score.
    pub bins: Vec<Bin>,
    /// Expected calibration error of the bins.
    pub ece: f64,
}

/// Decisions of neighbouring scores.
#[napi(object, object_from_js = false)]
pub struct Bin {
    /// Lowest score.
    pub score_from: f64,
    /// Highest score.
    pub score_to: f64,
    /// Mean probability out of fold.
    pub predicted: f64,
    /// Share of wins.
    pub observed: f64,
    /// Number of decisions.
    pub count: u32,
}

impl From<ReliabilityBin> for Bin {
    fn from(bin: ReliabilityBin) -> Self {
        let ReliabilityBin { score_from, score_to, predicted, observed, count } = bin;
        Self { score_from, score_to, predicted, observed, count: count as u32 }
    }
}

/// Fits a curve to scores and wins.
///
/// # Errors
/// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CONFIDENCE`.
#[napi]
pub fn fit_confidence(scores: Arg<'_>, wins: Arg<'_>) -> Result<Confidence> {
    Ok(guard("fit confidence", || {
        let fit = qnet::fit_confidence(scores.doubles("scores")?, wins.bytes("wins")?)?;
        Ok(Confidence {
            scores: fit.scores.into(),
            probabilities: fit.probabilities.into(),
            bins: fit.bins.into_iter().map(Bin::from).collect(),
            ece: fit.ece,
        })
    })?)
}

/// The probability at a score.
///
/// # Errors
/// `RLT_ARGUMENT`, `RLT_SHAPE`, `RLT_NON_FINITE`, `RLT_CONFIDENCE`.
#[napi]
pub fn confidence_at(scores: Arg<'_>, probabilities: Arg<'_>, score: Arg<'_>) -> Result<f64> {
    Ok(guard("read confidence", || {
        let (scores, probabilities) = (scores.doubles("scores")?, probabilities.doubles("probabilities")?);
        Ok(qnet::confidence_at(scores, probabilities, score.number("score")?)?)
    })?)
}

//! How likely a decision is right, from its score: isotonic regression (Ayer et al. 1955) on decisions whose outcome is known, drawn
//! towards one half by the rule of succession, as no number of wins makes the next one sure; and how far its probabilities are off on
//! decisions that they were not fitted to.
//!
//! Knows no network, and not what a score or a win is.

use std::ops::Range;

use crate::EngineError;
use crate::backprop::expect;

/// Fewest decisions to fit to: one for each bin.
pub const MIN_OUTCOMES: usize = BINS;
/// Most decisions to fit to.
pub const MAX_OUTCOMES: usize = 1_000_000;

/// Parts in turn held out, each a stretch of decisions in the order given, as neighbours in time are alike.
const FOLDS: usize = 5;
/// Bins of equal count.
const BINS: usize = 10;

/// A knot takes one in so many decisions or more: a lucky few at an end of the scores would make it sure.
const MOST_BLOCKS: u64 = 50;

/// A fitted curve and what it is worth.
#[derive(Debug, Clone, PartialEq)]
pub struct Confidence {
    /// Scores of the curve's knots, rising.
    pub scores: Vec<f64>,
    /// Probability at each knot, in (0, 1), never falling.
    pub probabilities: Vec<f64>,
    /// Out of fold, by rising score.
    pub bins: Vec<ReliabilityBin>,
    /// Expected calibration error: mean |predicted − observed| of the bins, by their counts.
    pub ece: f64,
}

/// Decisions of neighbouring scores. Equal scores are in one bin.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ReliabilityBin {
    /// Lowest score.
    pub score_from: f64,
    /// Highest score.
    pub score_to: f64,
    /// Mean probability, each from a curve fitted without the decision's fold.
    pub predicted: f64,
    /// Share of wins.
    pub observed: f64,
    /// Number of decisions.
    pub count: usize,
}

/// A score, whether it won, and its fold.
#[derive(Debug, Clone, Copy)]
struct Outcome {
    score: f64,
    win: bool,
    fold: usize,
}

/// Outcomes of neighbouring scores, which share one probability.
#[derive(Debug, Clone, Copy)]
struct Block {
    from: f64,
    to: f64,
    count: u64,
    wins: u64,
}

impl Block {
    /// Of the next outcome, where all shares of wins were as likely before: the rule of succession (Laplace 1774).
    fn probability(&self) -> f64 {
        (self.wins + 1) as f64 / (self.count + 2) as f64
    }

    /// By the shares of wins. Exact: both sides are whole numbers.
    fn has_won_more_than(&self, other: &Self) -> bool {
        self.wins * other.count > other.wins * self.count
    }

    /// By [`Self::probability`], as exact.
    fn is_likelier_than(&self, other: &Self) -> bool {
        (self.wins + 1) * (other.count + 2) > (other.wins + 1) * (self.count + 2)
    }

    fn take_in(&mut self, next: &Self) {
        *self = Self { from: self.from, to: next.to, count: self.count + next.count, wins: self.wins + next.wins };
    }
}

/// Fits the curve to scores `[n]` and wins `[n]` (0 or 1), in the order of the decisions. Its knots are the ends of the pooled blocks,
/// none of which holds less than a fiftieth of the decisions: of k wins in n, a block makes (k + 1) / (n + 2).
///
/// # Errors
/// [`EngineError::Shape`], [`EngineError::NonFinite`] for a score, [`EngineError::Confidence`] for a win that is not 0 or 1.
pub fn fit_confidence(scores: &[f64], wins: &[u8]) -> Result<Confidence, EngineError> {
    let count = scores.len();
    if !(MIN_OUTCOMES..=MAX_OUTCOMES).contains(&count) {
        return Err(EngineError::Shape { what: "scores", expected: format!("{MIN_OUTCOMES}..={MAX_OUTCOMES}"), actual: count });
    }
    expect("wins", count, wins.len())?;
    check_scores("scores", scores)?;
    if let Some(index) = wins.iter().position(|win| *win > 1) {
        return Err(broken("wins must be 0 or 1", format!("wins[{index}] is {}", wins[index])));
    }
    let outcome = |(index, (&score, &win)): (usize, (&f64, &u8))| Outcome { score, win: win == 1, fold: index * FOLDS / count };
    let mut outcomes: Vec<_> = scores.iter().zip(wins).enumerate().map(outcome).collect();
    outcomes.sort_unstable_by(|a, b| a.score.total_cmp(&b.score));
    let [scores, probabilities] = knots(&curve(outcomes.iter()));
    let bins = reliability(&outcomes);
    let error = |bin: &ReliabilityBin| bin.count as f64 / count as f64 * (bin.predicted - bin.observed).abs();
    Ok(Confidence { scores, probabilities, ece: bins.iter().map(error).sum(), bins })
}

/// The probability at a score: linear between two knots, that of the nearest knot outside.
///
/// # Errors
/// [`EngineError::Shape`] without a knot, [`EngineError::NonFinite`]; [`EngineError::Confidence`] unless the scores rise and the
/// probabilities are in [0, 1] and never fall.
pub fn confidence_at(scores: &[f64], probabilities: &[f64], score: f64) -> Result<f64, EngineError> {
    if scores.is_empty() {
        return Err(EngineError::Shape { what: "scores", expected: "at least 1".into(), actual: 0 });
    }
    expect("probabilities", scores.len(), probabilities.len())?;
    check_scores("scores", scores)?;
    check_scores("score", &[score])?;
    if let Some(index) = scores.windows(2).position(|pair| pair[0] >= pair[1]) {
        let actual = format!("scores[{}] is {} after {}", index + 1, scores[index + 1], scores[index]);
        return Err(broken("scores must rise", actual));
    }
    if let Some(index) = probabilities.iter().position(|probability| !(0.0..=1.0).contains(probability)) {
        return Err(broken("probabilities must be in [0, 1]", format!("probabilities[{index}] is {}", probabilities[index])));
    }
    if let Some(index) = probabilities.windows(2).position(|pair| pair[0] > pair[1]) {
        let actual = format!("probabilities[{}] is {} after {}", index + 1, probabilities[index + 1], probabilities[index]);
        return Err(broken("probabilities must not fall", actual));
    }
    Ok(interpolate(scores, probabilities, score))
}

fn interpolate(scores: &[f64], probabilities: &[f64], score: f64) -> f64 {
    let after = scores.partition_point(|knot| *knot <= score);
    if after == 0 || after == scores.len() {
        return probabilities[after.saturating_sub(1)];
    }
    let share = (score - scores[after - 1]) / (scores[after] - scores[after - 1]);
    let [low, high] = [probabilities[after - 1], probabilities[after]];
    // The bounds hold against rounding.
    (low + share * (high - low)).clamp(low, high)
}

/// Blocks whose probabilities rise: the pooled ones, of which those join that the fewer outcomes of one draw below another.
fn curve<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for block in pool(outcomes) {
        blocks.push(block);
        settle(&mut blocks, Block::is_likelier_than);
    }
    blocks
}

/// Pool adjacent violators: blocks whose shares of wins rise, from outcomes sorted by score. Those of one score start as one block.
fn pool<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Vec<Block> {
    let mut blocks: Vec<Block> = Vec::new();
    for outcome in outcomes {
        let next = Block { from: outcome.score, to: outcome.score, count: 1, wins: u64::from(outcome.win) };
        match blocks.last_mut() {
            // Scores never fall here, so these are equal.
            Some(last) if next.from <= last.from => last.take_in(&next),
            _ => {
                settle(&mut blocks, Block::has_won_more_than);
                blocks.push(next);
            }
        }
    }
    settle(&mut blocks, Block::has_won_more_than);
    without_small(blocks)
}

/// Joins each block that is too small with the one after it, and the last with the one before: what rises still does.
fn without_small(blocks: Vec<Block>) -> Vec<Block> {
    let count: u64 = blocks.iter().map(|block| block.count).sum();
    let is_small = |block: &Block| block.count * MOST_BLOCKS < count;
    let mut large: Vec<Block> = Vec::with_capacity(blocks.len());
    for block in blocks {
        match large.last_mut() {
            Some(last) if is_small(last) => last.take_in(&block),
            _ => large.push(block),
        }
    }
    if let [.., before, last] = &mut large[..]
        && is_small(last)
    {
        before.take_in(last);
        large.pop();
    }
    large
}

/// The last block is complete: it joins those before it while it is not above them.
fn settle(blocks: &mut Vec<Block>, is_above: fn(&Block, &Block) -> bool) {
    while let [.., before, last] = &mut blocks[..] {
        if is_above(last, before) {
            return;
        }
        before.take_in(last);
        blocks.pop();
    }
}

/// Scores and probabilities of the blocks' ends.
fn knots(blocks: &[Block]) -> [Vec<f64>; 2] {
    let [mut scores, mut probabilities] = [Vec::new(), Vec::new()];
    for block in blocks {
        let ends = if block.from < block.to { &[block.from, block.to][..] } else { &[block.from] };
        scores.extend_from_slice(ends);
        probabilities.extend(ends.iter().map(|_| block.probability()));
    }
    [scores, probabilities]
}

/// Bins of the outcomes, which are sorted by score.
fn reliability(outcomes: &[Outcome]) -> Vec<ReliabilityBin> {
    let curves: [_; FOLDS] = std::array::from_fn(|fold| knots(&curve(outcomes.iter().filter(|outcome| outcome.fold != fold))));
    let bin = |range: Range<usize>| {
        let inside = &outcomes[range];
        let predicted = |outcome: &Outcome| {
            let [scores, probabilities] = &curves[outcome.fold];
            interpolate(scores, probabilities, outcome.score)
        };
        let count = inside.len();
        ReliabilityBin {
            score_from: inside[0].score,
            score_to: inside[count - 1].score,
            predicted: inside.iter().map(predicted).sum::<f64>() / count as f64,
            observed: inside.iter().filter(|outcome| outcome.win).count() as f64 / count as f64,
            count,
        }
    };
    let mut bins = Vec::with_capacity(BINS);
    let mut start = 0;
    for index in 1..=BINS {
        let mut end = index * outcomes.len() / BINS;
        while end > 0 && end < outcomes.len() && outcomes[end].score <= outcomes[end - 1].score {
            end += 1;
        }
        if end > start {
            bins.push(bin(start..end));
            start = end;
        }
    }
    bins
}

fn check_scores(what: &'static str, scores: &[f64]) -> Result<(), EngineError> {
    match scores.iter().position(|score| !score.is_finite()) {
        None => Ok(()),
        Some(index) => Err(EngineError::NonFinite { what, index, actual: scores[index].to_string() }),
    }
}

fn broken(rule: &'static str, actual: String) -> EngineError {
    EngineError::Confidence { rule, actual }
}

#[cfg(test)]
mod tests;

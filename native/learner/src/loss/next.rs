//! What the next decisions of one step are worth: chosen with one network, valued with the target network.

use qnet::{EngineError, mean_of};

use crate::LearnerConfig;
use crate::td::best_candidate;
use crate::valuer::{Points, Row, Valuer, copy};

/// Values the points of one step after the other; the memory is set aside once.
#[derive(Debug)]
pub(super) struct Next {
    target: Valuer,
    /// By the choosing network, of each point of the step at hand.
    means: Vec<f32>,
    /// By the target network, where they are known, `[points, quantiles]`.
    quantiles: Vec<f32>,
    known: Vec<bool>,
}

/// The points of one step.
#[derive(Debug)]
pub(super) struct NextRow<'a> {
    points: Points<'a>,
    target: Row<'a>,
    means: &'a [f32],
    quantiles: &'a mut [f32],
    known: &'a mut [bool],
}

impl Next {
    pub(super) fn new(config: &LearnerConfig) -> Result<Self, EngineError> {
        let target = Valuer::new(&config.net)?;
        Ok(Self {
            means: vec![0.0; config.max_points],
            quantiles: vec![0.0; config.max_points * target.width()],
            known: vec![false; config.max_points],
            target,
        })
    }

    /// Takes the target network's account part over.
    pub(super) fn load(&mut self, tail: &[f32]) -> Result<(), EngineError> {
        self.target.load(tail)
    }

    /// Turns to one step's points, given its raw row of `F_t+1` by the target network, and by the network that chooses unless that
    /// is the same.
    pub(super) fn row<'a>(&'a mut self, target: &'a [f32], choosing: Option<Row<'_>>, points: Points<'a>) -> NextRow<'a> {
        let Self { target: valuer, means, quantiles, known } = self;
        let (means, known) = (&mut means[..points.len()], &mut known[..points.len()]);
        known.fill(false);
        let mut row = NextRow { points, target: valuer.row(target), means: &[], quantiles, known };
        match choosing {
            Some(mut choosing) => choosing.means(points, means),
            None => {
                for (index, mean) in means.iter_mut().enumerate() {
                    *mean = mean_of(row.quantiles(index));
                }
            }
        }
        row.means = means;
        row
    }
}

impl NextRow<'_> {
    /// The quantiles and the cost of the best of these candidates; none if there is none.
    pub(super) fn best(&mut self, points: &[u8], costs: &[f32]) -> Option<(&[f32], f32)> {
        let best = best_candidate(self.means, points, costs)?;
        Some((self.quantiles(usize::from(points[best])), costs[best]))
    }

    /// Overwrites `sums` with the sums of what the best of each list has for quantiles; returns how many lists have one.
    pub(super) fn sum_best<'a>(&mut self, lists: impl Iterator<Item = (&'a [u8], &'a [f32])>, sums: &mut [f32]) -> u32 {
        sums.fill(0.0);
        let mut count = 0;
        for (points, costs) in lists {
            if let Some((quantiles, _)) = self.best(points, costs) {
                sums.iter_mut().zip(quantiles).for_each(|(sum, quantile)| *sum += quantile);
                count += 1;
            }
        }
        count
    }

    /// The quantiles of one point. Most afterstates of a step choose among a few of its points.
    fn quantiles(&mut self, point: usize) -> &[f32] {
        let width = self.target.width();
        let known = &mut self.quantiles[point * width..][..width];
        if !self.known[point] {
            copy(known, self.target.quantiles(self.points.at(point)));
            self.known[point] = true;
        }
        known
    }
}

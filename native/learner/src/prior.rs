//! What is believed of the weights before data come in: they are small, and inputs with small weights tell nothing.
//!
//! A Gaussian prior pulls every weight to 0 (ridge regression: Hoerl & Kennard 1970). The prior of an input's weights is the
//! narrower, the smaller they are against those of the greatest input, as in automatic relevance determination (`MacKay` 1994;
//! Neal 1996, section 4.1): what only noise has kept alive is let go, what is used is left alone.

/// Keeps a ratio of two zeros at 1.
pub(crate) const TINY: f32 = f32::MIN_POSITIVE;

/// The pull at one update.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Prior {
    /// Of a weight to 0, as a share of it.
    pub(crate) pull: f64,
    /// How many times as strong it is at most on the weights of an input; 1 pulls all alike.
    pub(crate) relevance_limit: f64,
}

impl Prior {
    /// Whether inputs are pulled differently.
    pub(crate) fn tells_inputs_apart(self) -> bool {
        self.relevance_limit > 1.0
    }

    /// Adds the pull to a gradient. `first` `[units, inputs]` of the weights is what meets the inputs; `norms` is overwritten.
    pub(crate) fn add(self, gradient: &mut [f32], weights: &[f32], first: std::ops::Range<usize>, norms: &mut [f32]) {
        if self.pull <= 0.0 {
            return;
        }
        let pull = self.pull as f32;
        gradient.iter_mut().zip(weights).for_each(|(gradient, weight)| *gradient += pull * weight);
        if !self.tells_inputs_apart() {
            return;
        }
        let inputs = norms.len();
        norms.fill(TINY);
        for row in weights[first.clone()].chunks_exact(inputs) {
            norms.iter_mut().zip(row).for_each(|(norm, weight)| *norm += weight * weight);
        }
        let greatest = norms.iter().copied().fold(TINY, f32::max);
        let limit = self.relevance_limit as f32;
        // The share beyond what every weight is pulled by.
        for norm in norms.iter_mut() {
            *norm = pull * ((greatest / *norm).min(limit) - 1.0);
        }
        let rows = gradient[first.clone()].chunks_exact_mut(inputs).zip(weights[first].chunks_exact(inputs));
        for (gradient, row) in rows {
            gradient.iter_mut().zip(row).zip(norms.iter()).for_each(|((gradient, weight), more)| *gradient += more * weight);
        }
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "the expected values are exact in binary")]
mod tests {
    use super::*;

    /// Two units, three inputs, and two weights behind them.
    const WEIGHTS: [f32; 8] = [2.0, 1.0, 0.0, -2.0, 1.0, 0.0, 4.0, -4.0];

    fn pulled(prior: Prior) -> [f32; 8] {
        let mut gradient = [0.0; 8];
        prior.add(&mut gradient, &WEIGHTS, 0..6, &mut [0.0; 3]);
        gradient
    }

    #[test]
    fn add_pulls_all_alike_with_a_limit_of_one() {
        assert_eq!(pulled(Prior { pull: 0.5, relevance_limit: 1.0 }), WEIGHTS.map(|weight| 0.5 * weight));
    }

    #[test]
    fn add_pulls_inputs_by_how_small_their_weights_are() {
        // Squares of the inputs' weights: 8, 2 and 0; so 1, 4 and as many times as allowed.
        let expected = [1.0, 2.0, 0.0, -1.0, 2.0, 0.0, 2.0, -2.0];
        assert_eq!(pulled(Prior { pull: 0.5, relevance_limit: 1000.0 }), expected);
        let limited = [1.0, 1.0, 0.0, -1.0, 1.0, 0.0, 2.0, -2.0];
        assert_eq!(pulled(Prior { pull: 0.5, relevance_limit: 2.0 }), limited);
    }

    #[test]
    fn add_stays_finite_where_no_input_has_a_weight() {
        let mut gradient = [0.0; 4];
        Prior { pull: 1.0, relevance_limit: 1e6 }.add(&mut gradient, &[0.0, 0.0, 3.0, 0.0], 0..2, &mut [0.0; 2]);
        assert_eq!(gradient, [0.0, 0.0, 3.0, 0.0]);
    }

    #[test]
    fn add_does_nothing_without_a_pull() {
        assert_eq!(pulled(Prior { pull: 0.0, relevance_limit: 1000.0 }), [0.0; 8]);
    }
}

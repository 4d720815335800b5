#![allow(clippy::float_cmp, reason = "what is compared is exact")]

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::testing::below;

const THIRD: f64 = 1.0 / 3.0;

fn rising(count: usize) -> Vec<f64> {
    (1..=count).map(|score| score as f64).collect()
}

#[test]
fn fit_pools_adjacent_violators_and_draws_them_in_as_by_hand() {
    let fit = fit_confidence(&rising(10), &[0, 1, 0, 0, 1, 1, 0, 1, 1, 1]).unwrap();
    assert_eq!(fit.scores, [1.0, 2.0, 4.0, 5.0, 7.0, 8.0, 10.0]);
    // None of one, one of three, two of three, three of three.
    assert_eq!(fit.probabilities, [THIRD, 0.4, 0.4, 0.6, 0.6, 0.8, 0.8]);
    // Without the first two the curve starts with none of two, without 3 and 4 it is three of four there; without 5 and 6 it is none of
    // one and one of four, which make the same, so one of five; and so on. Each bin holds one decision.
    let predicted: Vec<_> = fit.bins.iter().map(|bin| bin.predicted).collect();
    let [seventh, sixth] = [2.0 / 7.0, 5.0 / 6.0];
    assert_eq!(predicted, [0.25, 0.25, 2.0 * THIRD, 2.0 * THIRD, seventh, seventh, sixth, sixth, 2.0 * THIRD, 2.0 * THIRD]);
    let observed: Vec<_> = fit.bins.iter().map(|bin| bin.observed).collect();
    assert_eq!(observed, [0.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 1.0, 1.0, 1.0]);
    assert!((fit.ece - 0.542_857_142_857).abs() < 1e-12, "{}", fit.ece);
}

#[test]
fn fit_takes_equal_scores_as_one_and_keeps_them_in_one_bin() {
    // The order within a tie must not matter: 3 of 5 win at 1, 2 of 5 at 2, all at 3.
    let scores = [2.0, 1.0, 1.0, 2.0, 3.0, 1.0, 2.0, 1.0, 2.0, 1.0, 2.0, 3.0];
    let wins = [1, 0, 1, 0, 1, 1, 0, 0, 1, 1, 0, 1];
    let fit = fit_confidence(&scores, &wins).unwrap();
    assert_eq!((fit.scores, fit.probabilities), (vec![1.0, 2.0, 3.0], vec![0.5, 0.5, 0.75]));
    let bins: Vec<_> = fit.bins.iter().map(|bin| (bin.score_from, bin.score_to, bin.observed, bin.count)).collect();
    assert_eq!(bins, [(1.0, 1.0, 0.6, 5), (2.0, 2.0, 0.4, 5), (3.0, 3.0, 1.0, 2)]);

    let all = fit_confidence(&[-0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 1]).unwrap();
    assert_eq!((all.scores.len(), all.probabilities, all.bins.len()), (1, vec![0.25], 1));
}

#[test]
fn fit_folds_are_stretches_of_decisions_in_their_order() {
    let (scores, wins) = (rising(10), [0, 1, 0, 0, 1, 1, 0, 1, 1, 1]);
    let turns = [0, 5, 1, 6, 2, 7, 3, 8, 4, 9];
    let [straight, shuffled] = [
        fit_confidence(&scores, &wins).unwrap(),
        fit_confidence(&turns.map(|turn| scores[turn]), &turns.map(|turn| wins[turn])).unwrap(),
    ];
    assert_eq!((&straight.scores, &straight.probabilities), (&shuffled.scores, &shuffled.probabilities));
    // Without the first and the sixth, 2 wins and pools with 3 and 4: the first is one of three, the sixth one half.
    assert_eq!([shuffled.bins[0], shuffled.bins[5]].map(|bin| bin.predicted), [0.4, 0.5]);
    assert!(shuffled.ece < straight.ece);
    // A score that tells wins from losses does so in every fold: 66 losses, 34 wins.
    let wins: Vec<_> = (0..100).map(|index| u8::from(index % 3 == 0)).collect();
    let sure: Vec<_> = wins.iter().map(|win| f64::from(*win)).collect();
    let fit = fit_confidence(&sure, &wins).unwrap();
    assert_eq!((fit.scores, fit.probabilities), (vec![0.0, 1.0], vec![1.0 / 68.0, 35.0 / 36.0]));
    assert!(fit.ece < 0.03, "{}", fit.ece);
}

#[test]
fn fit_lets_no_few_lucky_ones_be_sure() {
    // Of 200 decisions every other one wins, but the last three all do, and the first two do not.
    let wins: Vec<_> = (0..200).map(|index| u8::from(index >= 197 || index % 2 == 1 && index > 1)).collect();
    let fit = fit_confidence(&rising(200), &wins).unwrap();
    let [first, last] = [fit.probabilities[0], fit.probabilities[fit.probabilities.len() - 1]];
    assert!(first > 0.2 && last < 0.8, "{:?}", fit.probabilities);
    // With a fiftieth of them it may be as sure as five of five make it.
    let wins: Vec<_> = (0..200).map(|index| u8::from(index >= 196 || index % 2 == 1)).collect();
    assert_eq!(fit_confidence(&rising(200), &wins).unwrap().probabilities.last(), Some(&(6.0 / 7.0)));
}

#[test]
fn fit_is_never_sure_however_many_have_won() {
    let sure = |count: usize, win: u8| fit_confidence(&rising(count), &vec![win; count]).unwrap().probabilities;
    assert_eq!((sure(200, 1), sure(200, 0)), (vec![201.0 / 202.0; 2], vec![1.0 / 202.0; 2]));
    // 20 of 20 at the end say less than 970 of 980 before them: they join.
    let wins: Vec<_> = (0..1_000).map(|index| u8::from(index % 98 != 0 || index >= 980)).collect();
    let scores: Vec<_> = (0..1_000).map(|index| f64::from(u8::from(index >= 980))).collect();
    assert_eq!(fit_confidence(&scores, &wins).unwrap().probabilities, [991.0 / 1_002.0; 2]);
}

#[test]
fn fit_is_monotone_within_bounds_and_near_the_mean() {
    let mut rng = ChaCha8Rng::seed_from_u64(51);
    for _ in 0..300 {
        let (count, levels) = (10 + below(&mut rng, 300), 1 + below(&mut rng, 400));
        let scores: Vec<_> = (0..count).map(|_| below(&mut rng, levels) as f64 - 7.5).collect();
        let wins: Vec<_> = scores.iter().map(|score| u8::from(f64::from(rng.next_u32() % 400) < 100.0 + score)).collect();
        let fit = fit_confidence(&scores, &wins).unwrap();
        assert!(fit.scores.windows(2).all(|pair| pair[0] < pair[1]));
        assert!(fit.probabilities.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!(fit.probabilities.iter().all(|probability| 0.0 < *probability && *probability < 1.0));
        let at = |score: f64| confidence_at(&fit.scores, &fit.probabilities, score).unwrap();
        let won = wins.iter().map(|win| f64::from(*win)).sum::<f64>();
        let predicted = scores.iter().map(|score| at(*score)).sum::<f64>();
        // A block of k wins in n is off by n (k + 1) / (n + 2) - k, which is less than one.
        assert!((predicted - won).abs() < fit.scores.len() as f64, "{predicted} {won}");
        assert!(scores.iter().all(|score| (0.0..=1.0).contains(&at(score + 0.5))));
        assert_eq!(fit.bins.iter().map(|bin| bin.count).sum::<usize>(), count);
        assert!(fit.bins.windows(2).all(|pair| pair[0].score_to < pair[1].score_from));
        let observed: f64 = fit.bins.iter().map(|bin| bin.observed * bin.count as f64).sum();
        assert!((observed - won).abs() < 1e-9);
        assert!((0.0..=1.0).contains(&fit.ece) && fit.bins.len() <= BINS);
    }
}

#[test]
fn pool_is_the_best_monotone_fit() {
    // By the definition of isotonic regression (Barlow et al. 1972): max over starts of min over ends of the means between.
    let mut rng = ChaCha8Rng::seed_from_u64(52);
    for _ in 0..100 {
        let count = 10 + below(&mut rng, 30);
        let wins: Vec<_> = (0..count).map(|_| below(&mut rng, 2) as u8).collect();
        let outcome = |(score, &win): (f64, &u8)| Outcome { score, win: win == 1, fold: 0 };
        let outcomes: Vec<_> = rising(count).into_iter().zip(&wins).map(outcome).collect();
        let blocks = pool(outcomes.iter());
        let mean = |from: usize, to: usize| wins[from..to].iter().map(|win| f64::from(*win)).sum::<f64>() / (to - from) as f64;
        for (index, outcome) in outcomes.iter().enumerate() {
            let ends = |from: usize| (index + 1..=count).map(|to| mean(from, to)).fold(f64::INFINITY, f64::min);
            let expected = (0..=index).map(ends).fold(f64::NEG_INFINITY, f64::max);
            let block = blocks.iter().find(|block| block.to >= outcome.score).unwrap();
            let actual = block.wins as f64 / block.count as f64;
            assert!((actual - expected).abs() < 1e-12, "{wins:?} at {index}: {actual} {expected}");
        }
    }
}

#[test]
fn confidence_at_is_linear_between_knots_and_clamped_outside() {
    let at = |score| confidence_at(&[0.0, 2.0, 3.0], &[0.25, 0.75, 0.75], score).unwrap();
    assert_eq!([-9.0, 0.0, 0.5, 1.0, 2.0, 2.5, 3.0, 1e300].map(at), [0.25, 0.25, 0.375, 0.5, 0.75, 0.75, 0.75, 0.75]);
    assert_eq!(confidence_at(&[1.0], &[0.3], 5.0), Ok(0.3));
}

#[test]
fn confidence_refuses_what_it_cannot_use() {
    let fit = |scores: &[f64], wins: &[u8]| fit_confidence(scores, wins).unwrap_err().to_string();
    let text = "Cannot accept scores as its length must be 10..=1000000: it is 9";
    assert_eq!(fit(&[0.0; 9], &[0; 9]), text);
    assert_eq!(fit(&[0.0; 10], &[0; 9]), "Cannot accept wins as its length must be 10: it is 9");
    assert_eq!(fit(&[0.0; 10], &[0, 0, 0, 2, 0, 0, 0, 0, 0, 0]), "Cannot use confidence as wins must be 0 or 1: wins[3] is 2");
    let mut scores = [0.0; 10];
    scores[4] = f64::NAN;
    assert_eq!(fit(&scores, &[0; 10]), "Cannot accept scores as every value must be finite: index 4 is NaN");

    let at = |scores: &[f64], probabilities: &[f64], score| confidence_at(scores, probabilities, score).unwrap_err();
    assert_eq!(at(&[], &[], 0.0).code(), "RLT_SHAPE");
    assert_eq!(at(&[0.0], &[], 0.0).code(), "RLT_SHAPE");
    assert_eq!(at(&[0.0], &[0.5], f64::INFINITY).code(), "RLT_NON_FINITE");
    assert_eq!(at(&[f64::NAN], &[0.5], 0.0).code(), "RLT_NON_FINITE");
    let text = "Cannot use confidence as scores must rise: scores[1] is 1 after 1";
    assert_eq!(at(&[1.0, 1.0], &[0.5, 0.5], 0.0).to_string(), text);
    let text = "Cannot use confidence as probabilities must be in [0, 1]: probabilities[1] is NaN";
    assert_eq!(at(&[1.0, 2.0], &[0.5, f64::NAN], 0.0).to_string(), text);
    let error = at(&[1.0, 2.0], &[0.5, 0.25], 0.0);
    assert_eq!(error.to_string(), "Cannot use confidence as probabilities must not fall: probabilities[1] is 0.25 after 0.5");
    assert_eq!(error.code(), "RLT_CONFIDENCE");
}

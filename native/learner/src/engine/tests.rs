use super::*;
use crate::testing::{Draws, Shape};
use crate::{Learner, Replay};

fn assert_close(fused: &[f32], torch: &[f32], limit: f32, what: &str) {
    assert_eq!(fused.len(), torch.len());
    for (at, (a, b)) in fused.iter().zip(torch).enumerate() {
        assert!((a - b).abs() <= limit * (1.0 + b.abs()), "{what}: {at}: {a} {b}");
    }
}

#[test]
fn both_engines_compute_the_same_gradients_and_learn_the_same_weights() {
    let mut draws = Draws::new(31);
    for (round, shape) in (0..60).zip([Shape::Plain, Shape::Account, Shape::Branches].into_iter().cycle()) {
        let config = draws.config(round, shape);
        let mut replay = Replay::new(&config).unwrap();
        for _ in 0..64 {
            draws.push(&mut replay, &config);
        }
        let model = draws.model(&config);
        let mut learners =
            [EngineKind::Fused, EngineKind::Tch].map(|engine| Learner::new(LearnerConfig { engine, ..config.clone() }).unwrap());
        for learner in &mut learners {
            learner.import(&model).unwrap();
        }
        for update in 0..50 {
            let [fused, torch] = learners.each_mut().map(|learner| {
                learner.draw(&replay).unwrap();
                learner.update().unwrap()
            });
            assert!(fused.applied && torch.applied);
            let what = format!("round {round}, update {update}, {:?}", config.net);
            assert!((fused.loss - torch.loss).abs() <= 1e-4 * (1.0 + torch.loss), "{what}: {fused:?} {torch:?}");
            if update == 0 {
                // From equal weights. LibTorch's own gradient is already scaled down.
                let scale = (config.grad_clip / fused.grad_norm).min(1.0) as f32;
                let [fused, torch] = learners.each_ref().map(|learner| learner.engine_ref().gradient());
                let scaled: Vec<_> = fused.iter().map(|slope| slope * scale).collect();
                assert_close(&scaled, &torch, 1e-5, &what);
            }
        }
        let [fused, torch] = learners.each_ref().map(|learner| learner.export(std::collections::BTreeMap::new()).unwrap());
        assert_close(fused.weights(), torch.weights(), 1e-4, &format!("{:?}", config.net));
    }
}

#[test]
fn the_prior_pulls_each_weight_to_zero_by_its_share_of_the_steps_held() {
    let mut draws = Draws::new(33);
    for engine in [EngineKind::Fused, EngineKind::Tch] {
        for held in [4, 16] {
            let config = LearnerConfig {
                engine,
                grad_clip: 1e9,
                weight_prior: 0.0,
                relevance_limit: 1.0,
                ..draws.config(2, Shape::Account)
            };
            let mut replay = Replay::new(&config).unwrap();
            for _ in 0..held {
                draws.push(&mut replay, &config);
            }
            let start = Learner::new(config.clone()).unwrap().state().unwrap().weights;
            let [without, with] = [0.0, 2.0].map(|weight_prior| {
                let mut learner = Learner::new(LearnerConfig { weight_prior, ..config.clone() }).unwrap();
                learner.draw(&replay).unwrap();
                learner.update().unwrap();
                learner.engine_ref().gradient()
            });
            let pulled: Vec<_> = without.iter().zip(start).map(|(slope, weight)| slope + 2.0 / held as f32 * weight).collect();
            assert_close(&pulled, &with, 1e-6, &format!("{engine:?}, {held} steps"));
        }
    }
}

#[test]
fn both_engines_pull_inputs_alike_by_how_much_they_tell() {
    let mut draws = Draws::new(34);
    for (round, shape) in (0..12).zip([Shape::Plain, Shape::Account, Shape::Branches].into_iter().cycle()) {
        let config = LearnerConfig { grad_clip: 1e9, weight_prior: 8.0, relevance_limit: 50.0, ..draws.config(round, shape) };
        let mut replay = Replay::new(&config).unwrap();
        for _ in 0..16 {
            draws.push(&mut replay, &config);
        }
        let model = draws.model(&config);
        let [alike, fused, torch] =
            [(EngineKind::Fused, 1.0), (EngineKind::Fused, 50.0), (EngineKind::Tch, 50.0)].map(|(engine, relevance_limit)| {
                let mut learner = Learner::new(LearnerConfig { engine, relevance_limit, ..config.clone() }).unwrap();
                learner.import(&model).unwrap();
                learner.draw(&replay).unwrap();
                learner.update().unwrap();
                learner.engine_ref().gradient()
            });
        assert_close(&fused, &torch, 1e-5, &format!("{:?}", config.net));
        let first = config.net.inputs * config.net.trunk[0];
        assert_eq!(alike[first..], fused[first..], "weights behind the first are pulled as ever");
        assert!(config.net.inputs == 1 || alike[..first] != fused[..first]);
    }
}

#[test]
fn gradient_is_scaled_down_to_the_clip() {
    let mut draws = Draws::new(32);
    for engine in [EngineKind::Fused, EngineKind::Tch] {
        // After one step from zero, Adam's running mean of the gradient is a tenth of the clipped gradient.
        let config = LearnerConfig { engine, grad_clip: 1e-3, ..draws.config(1, Shape::Account) };
        let mut replay = Replay::new(&config).unwrap();
        for _ in 0..64 {
            draws.push(&mut replay, &config);
        }
        let mut learner = Learner::new(config).unwrap();
        learner.draw(&replay).unwrap();
        assert!(learner.update().unwrap().grad_norm > 1e-3);
        let mut state = State::fresh(learner.export(std::collections::BTreeMap::new()).unwrap().weights().to_vec());
        learner.engine_ref().save(&mut state).unwrap();
        let norm = state.means.iter().map(|mean| f64::from(*mean).powi(2)).sum::<f64>().sqrt();
        assert!((norm - 1e-4).abs() < 1e-8, "{engine:?}: {norm}");
    }
}

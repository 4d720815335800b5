use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use super::*;
use crate::{Learner, Loss, Replay, Step, Target};

struct Draws(ChaCha8Rng);

impl Draws {
    fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (self.0.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect()
    }

    fn config(&mut self, round: u64) -> LearnerConfig {
        let trunk: Vec<_> = (0..=self.below(3)).map(|_| 1 + self.below(140)).collect();
        let json = format!(
            r#"{{"net":{{"inputs":{},"trunk":{trunk:?},"heads":[{{"name":"r0","kind":"regression","size":2}},
            {{"name":"v","kind":"value","size":{}}},{{"name":"r1","kind":"regression","size":1}}]}},"schema_hash":"h","seed":{round},
            "batch_steps":{},"replay_capacity":64,"max_afterstates":5,"max_points":20,"max_candidates":4,"head_loss_weights":{{"r1":0.3}}}}"#,
            1 + self.below(70),
            1 + self.below(20),
            1 + self.below(100),
        );
        let mut config = LearnerConfig::from_json(&json).unwrap();
        config.double = self.below(2) == 0;
        config.loss = [Loss::Squared, Loss::Huber][self.below(2)];
        config.target = [Target::Periodic { every: 7 }, Target::Soft { tau: 0.05 }][self.below(2)];
        // Half of them clip.
        config.grad_clip = [1e-2, 1e3][self.below(2)];
        config
    }

    fn push(&mut self, replay: &mut Replay, config: &LearnerConfig) {
        let (inputs, classes) = (config.net.inputs, config.net.value_range().len());
        let afterstates = self.below(6);
        let mut offsets = vec![0];
        for _ in 0..afterstates {
            offsets.push(offsets.last().unwrap() + 1 + self.below(4) as u32);
        }
        let candidates = *offsets.last().unwrap() as usize;
        let [features, next_features] = [(); 2].map(|()| self.floats(inputs));
        let (rewards, mut targets) = (self.floats(afterstates), self.floats(3));
        if self.below(3) == 0 {
            targets[1] = f32::NAN;
        }
        let mut bytes = |len: usize, limit: usize| (0..len).map(|_| self.below(limit) as u8).collect::<Vec<_>>();
        let step = Step {
            features: &features,
            next_features: &next_features,
            span: 1,
            classes: &bytes(afterstates, classes),
            scalars: &[],
            rewards: &rewards,
            terminals: &bytes(afterstates, 5).iter().map(|draw| u8::from(*draw == 0)).collect::<Vec<_>>(),
            point_classes: &(0..classes as u8).collect::<Vec<_>>(),
            point_scalars: &[],
            candidate_offsets: &offsets,
            candidate_points: &bytes(candidates, classes),
            candidate_costs: &self.floats(candidates).iter().map(|cost| cost.abs()).collect::<Vec<_>>(),
            regression_targets: &targets,
        };
        replay.push(&step).unwrap();
    }
}

fn assert_close(fused: &[f32], torch: &[f32], limit: f32, what: &str) {
    assert_eq!(fused.len(), torch.len());
    for (at, (a, b)) in fused.iter().zip(torch).enumerate() {
        assert!((a - b).abs() <= limit * (1.0 + b.abs()), "{what}: {at}: {a} {b}");
    }
}

#[test]
fn both_engines_compute_the_same_gradients_and_learn_the_same_weights() {
    let mut draws = Draws(ChaCha8Rng::seed_from_u64(31));
    for round in 0..40 {
        let config = draws.config(round);
        let mut replay = Replay::new(&config).unwrap();
        for _ in 0..64 {
            draws.push(&mut replay, &config);
        }
        let mut learners =
            [EngineKind::Fused, EngineKind::Tch].map(|engine| Learner::new(LearnerConfig { engine, ..config.clone() }).unwrap());
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
    let mut draws = Draws(ChaCha8Rng::seed_from_u64(33));
    for engine in [EngineKind::Fused, EngineKind::Tch] {
        for held in [4, 16] {
            let config = LearnerConfig { engine, grad_clip: 1e9, weight_prior: 0.0, ..draws.config(2) };
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
fn gradient_is_scaled_down_to_the_clip() {
    let mut draws = Draws(ChaCha8Rng::seed_from_u64(32));
    for engine in [EngineKind::Fused, EngineKind::Tch] {
        // After one step from zero, Adam's running mean of the gradient is a tenth of the clipped gradient.
        let config = LearnerConfig { engine, grad_clip: 1e-3, ..draws.config(1) };
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

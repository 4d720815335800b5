//! Random configurations, weights and steps of every kind, for tests.

use std::collections::BTreeMap;

use qnet::{Layout, Model, init_weights};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::{LearnerConfig, Loss, Replay, Sampling, Step, Target, ValueKind};

/// What a random network has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// One value head of single numbers.
    Plain,
    /// One value head, with or without dueling and quantiles, and an account part.
    Account,
    /// Several value heads.
    Branches,
}

/// A stream of random things.
pub(crate) struct Draws(ChaCha8Rng);

impl Draws {
    pub(crate) fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.0.next_u32() as usize % limit
    }

    /// Numbers in [−1, 1).
    pub(crate) fn floats(&mut self, len: usize) -> Vec<f32> {
        (0..len).map(|_| (self.0.next_u32() >> 8) as f32 / 8_388_608.0 - 1.0).collect()
    }

    fn bytes(&mut self, len: usize, limit: usize) -> Vec<u8> {
        (0..len).map(|_| self.below(limit) as u8).collect()
    }

    fn net(&mut self, shape: Shape) -> String {
        let trunk: Vec<_> = (0..=self.below(3)).map(|_| 1 + self.below(140)).collect();
        let quantiles = 1 + self.below(2) * self.below(9);
        let mut head = |name: &str, size: usize, quantiles: usize| {
            let dueling = self.below(2) == 0;
            format!(r#"{{"name":"{name}","kind":"value","size":{size},"dueling":{dueling},"quantiles":{quantiles}}}"#)
        };
        let heads = match shape {
            Shape::Plain => r#"{"name":"v","kind":"value","size":SIZE}"#.to_owned(),
            Shape::Account => head("v", 3, quantiles),
            Shape::Branches => [head("v", 3, quantiles), head("w", 1, quantiles), head("x", 4, quantiles)].join(","),
        };
        let heads = heads.replace("SIZE", &(1 + self.below(20)).to_string());
        let account = match shape {
            Shape::Account => format!(r#","account":{{"scalars":{},"hidden":{}}}"#, 1 + self.below(6), 1 + self.below(20)),
            _ => String::new(),
        };
        format!(
            r#"{{"inputs":{},"trunk":{trunk:?},"heads":[{{"name":"r0","kind":"regression","size":2}},{heads},
            {{"name":"r1","kind":"regression","size":1}}]{account}}}"#,
            1 + self.below(70)
        )
    }

    /// A learner of 64 steps.
    pub(crate) fn config(&mut self, seed: u64, shape: Shape) -> LearnerConfig {
        let net = self.net(shape);
        let value = if shape == Shape::Branches { "branching" } else { "afterstate" };
        let batch = 1 + self.below(100);
        let json = format!(
            r#"{{"net":{net},"schema_hash":"h","seed":{seed},"value":"{value}","batch_steps":{batch},"replay_capacity":64,
            "max_afterstates":5,"max_points":20,"max_candidates":4,"head_loss_weights":{{"r1":0.3}}}}"#
        );
        let mut config = LearnerConfig::from_json(&json).unwrap();
        config.double = self.below(2) == 0;
        config.loss = [Loss::Squared, Loss::Huber][self.below(2)];
        config.target = [Target::Periodic { every: 7 }, Target::Soft { tau: 0.05 }][self.below(2)];
        let prioritised = Sampling::Prioritised { alpha: 0.6, beta_start: 0.4, beta_updates: 100 };
        config.replay = [Sampling::Uniform, prioritised][self.below(2)];
        // Half of them clip.
        config.grad_clip = [1e-2, 1e3][self.below(2)];
        config
    }

    /// A model whose weights all count; fresh ones of the account part do not.
    pub(crate) fn model(&mut self, config: &LearnerConfig) -> Model {
        let layout = Layout::new(&config.net).unwrap();
        let mut weights = init_weights(&layout, u64::from(self.0.next_u32()));
        let tail = layout.tail();
        let random = self.floats(tail.len());
        weights[tail].copy_from_slice(&random);
        Model::new(config.net.clone(), config.schema_hash.clone(), weights, BTreeMap::new()).unwrap()
    }

    pub(crate) fn push(&mut self, replay: &mut Replay, config: &LearnerConfig) {
        match config.value {
            ValueKind::Afterstate => self.push_afterstates(replay, config),
            ValueKind::Branching => self.push_transition(replay, config),
        }
    }

    fn push_afterstates(&mut self, replay: &mut Replay, config: &LearnerConfig) {
        let (classes, scalars) = (config.net.classes(), config.net.scalars());
        let [afterstates, points] = [self.below(6), 1 + self.below(20)];
        let mut offsets = vec![0];
        for _ in 0..afterstates {
            offsets.push(offsets.last().unwrap() + 1 + self.below(4) as u32);
        }
        let candidates = *offsets.last().unwrap() as usize;
        let step = Step {
            classes: &self.bytes(afterstates, classes),
            scalars: &self.floats(afterstates * scalars),
            rewards: &self.floats(afterstates),
            terminals: &self.bytes(afterstates, 5).iter().map(|draw| u8::from(*draw == 0)).collect::<Vec<_>>(),
            point_classes: &self.bytes(points, classes),
            point_scalars: &self.floats(points * scalars),
            candidate_offsets: &offsets,
            candidate_points: &self.bytes(candidates, points),
            candidate_costs: &self.floats(candidates).iter().map(|cost| cost.abs()).collect::<Vec<_>>(),
            ..EMPTY
        };
        self.push_rows(replay, config, step);
    }

    fn push_transition(&mut self, replay: &mut Replay, config: &LearnerConfig) {
        let branches: Vec<_> = config.branch_outputs().collect();
        let mut classes = Vec::new();
        let mut points = Vec::new();
        let mut offsets = vec![0];
        for outputs in &branches {
            // A branch may be inactive now and invalid next.
            if self.below(3) > 0 {
                classes.push((outputs.start + self.below(outputs.len())) as u8);
            }
            let valid = if offsets == [0] { 1 + self.below(outputs.len()) } else { self.below(outputs.len() + 1) };
            points.extend(outputs.clone().take(valid).map(|output| output as u8));
            offsets.push(points.len() as u32);
        }
        let step = Step {
            classes: &classes,
            rewards: &self.floats(1),
            terminals: &[u8::from(self.below(5) == 0)],
            point_classes: &points,
            candidate_offsets: &offsets,
            candidate_points: &(0..points.len() as u8).collect::<Vec<_>>(),
            candidate_costs: &vec![0.0; points.len()],
            ..EMPTY
        };
        self.push_rows(replay, config, step);
    }

    /// Adds what every step has.
    fn push_rows(&mut self, replay: &mut Replay, config: &LearnerConfig, step: Step<'_>) {
        let [features, next_features] = [(); 2].map(|()| self.floats(config.net.inputs));
        let mut targets = self.floats(3);
        if self.below(3) == 0 {
            targets[1] = f32::NAN;
        }
        let span = [1, 1, 2, 5][self.below(4)];
        let rows = Step { features: &features, next_features: &next_features, span, regression_targets: &targets, ..step };
        replay.push(&rows).unwrap();
    }
}

/// A step of nothing, to build others on.
pub(crate) const EMPTY: Step<'_> = Step {
    features: &[],
    next_features: &[],
    span: 1,
    classes: &[],
    scalars: &[],
    rewards: &[],
    terminals: &[],
    point_classes: &[],
    point_scalars: &[],
    candidate_offsets: &[],
    candidate_points: &[],
    candidate_costs: &[],
    regression_targets: &[],
};

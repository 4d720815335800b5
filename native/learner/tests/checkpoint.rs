//! A learner goes on from a checkpoint as if nothing had happened, and refuses any other bytes.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::collections::BTreeMap;

use learner::{Checkpoint, Learner, LearnerConfig, LearnerError, Replay, Step};
use qnet::AccountSpec;

fn config(extra: &str) -> LearnerConfig {
    let json = format!(
        r#"{{"net":{{"inputs":3,"trunk":[10,7],"heads":[{{"name":"v","kind":"value","size":3}},{{"name":"r","kind":"regression","size":1}}]}},
        "seed":5,"batch_steps":6,"replay_capacity":20,"max_afterstates":3,"max_points":8,"max_candidates":3{extra}}}"#
    );
    let schema = if extra.contains("schema_hash") { json } else { json.replacen('{', r#"{"schema_hash":"h","#, 1) };
    LearnerConfig::from_json(&schema).unwrap()
}

fn push(replay: &mut Replay, index: usize) {
    let row = |at: usize| [(at % 7) as f32 - 3.0, (at % 5) as f32, 1.0];
    let full = Step {
        features: &row(index),
        next_features: &row(index + 1),
        span: 1,
        classes: &[0, 2],
        scalars: &[],
        rewards: &[0.0, (index % 3) as f32 - 1.0],
        terminals: &[0, u8::from(index.is_multiple_of(9))],
        point_classes: &[0, 1, 2],
        point_scalars: &[],
        candidate_offsets: &[0, 2, if index.is_multiple_of(9) { 2 } else { 3 }],
        candidate_points: if index.is_multiple_of(9) { &[0, 2] } else { &[0, 2, 1] },
        candidate_costs: if index.is_multiple_of(9) { &[0.0, 0.5] } else { &[0.0, 0.5, 0.25] },
        regression_targets: if index.is_multiple_of(2) { &[1.0] } else { &[] },
    };
    let empty = Step {
        classes: &[],
        rewards: &[],
        terminals: &[],
        candidate_offsets: &[0],
        candidate_points: &[],
        candidate_costs: &[],
        ..full
    };
    replay.push(if index.is_multiple_of(11) { &empty } else { &full }).unwrap();
}

fn train(learner: &mut Learner, replay: &mut Replay, updates: usize) {
    for _ in 0..updates {
        learner.draw(replay).unwrap();
        learner.update().unwrap();
        learner.prioritise(replay);
    }
}

/// The same with account scalars, quantiles and spans.
fn push_points(replay: &mut Replay, index: usize) {
    let row = |at: usize| [(at % 7) as f32 - 3.0, (at % 5) as f32, 1.0];
    let step = Step {
        features: &row(index),
        next_features: &row(index + 1),
        span: 1 + (index % 3) as u32,
        classes: &[0, 2],
        scalars: &[0.0, 0.5, (index % 4) as f32, -1.0],
        rewards: &[0.0, (index % 3) as f32 - 1.0],
        terminals: &[0, u8::from(index.is_multiple_of(9))],
        point_classes: &[0, 2, 2],
        point_scalars: &[0.0, 0.0, 1.0, -1.0, 0.25, 0.5],
        candidate_offsets: &[0, 2, 3],
        candidate_points: &[0, 2, 1],
        candidate_costs: &[0.0, 0.5, 0.25],
        regression_targets: &[],
    };
    replay.push(&step).unwrap();
}

fn restored(config: &LearnerConfig, bytes: &[u8]) -> Result<(Learner, Replay), LearnerError> {
    let checkpoint = Checkpoint::from_bytes(bytes, config)?;
    let (mut learner, mut replay) = (Learner::new(config.clone())?, Replay::new(config)?);
    learner.restore(checkpoint, &mut replay)?;
    Ok((learner, replay))
}

#[test]
fn restored_learner_gives_the_bits_of_one_that_was_never_interrupted() {
    let prioritised = r#","replay":{"kind":"prioritised","alpha":0.6,"beta_start":0.4,"beta_updates":200}"#;
    for extra in
        ["", prioritised, r#","target":{"kind":"soft","tau":0.01}"#, r#","engine":"tch","loss":"huber","rollback_after":3"#]
    {
        let config = config(extra);
        // A ring that is not yet full, and one that is written over from the middle on.
        for pushes in [13, 29] {
            let (mut learner, mut replay) = (Learner::new(config.clone()).unwrap(), Replay::new(&config).unwrap());
            (0..pushes).for_each(|index| push(&mut replay, index));
            train(&mut learner, &mut replay, 130);
            let bytes = learner.checkpoint(&replay).unwrap().into_bytes();
            let (mut second, mut second_replay) = restored(&config, &bytes).unwrap();
            assert!(second.checkpoint(&second_replay).unwrap().into_bytes() == bytes, "the same bytes again");
            assert_eq!((second.totals(), second_replay.len()), (learner.totals(), replay.len()));
            for (learner, replay) in [(&mut learner, &mut replay), (&mut second, &mut second_replay)] {
                train(learner, replay, 40);
                (100..106).for_each(|index| push(replay, index));
                train(learner, replay, 110);
            }
            let model = |learner: &Learner| learner.export(BTreeMap::new()).unwrap().to_bytes().unwrap();
            assert_eq!(model(&learner), model(&second), "{extra}, {pushes} pushes");
            // Snapshot, counts and draws as well.
            let [first, second] = [(&learner, &replay), (&second, &second_replay)]
                .map(|(learner, replay)| learner.checkpoint(replay).unwrap().into_bytes());
            assert!(first == second, "{extra}, {pushes} pushes");
        }
    }
}

#[test]
fn restored_learner_of_account_points_gives_the_bits_of_one_that_was_never_interrupted() {
    let prioritised = r#","replay":{"kind":"prioritised","alpha":0.6,"beta_start":0.4,"beta_updates":200},"engine":"tch""#;
    for extra in ["", prioritised] {
        let mut config = config(extra);
        (config.net.heads[0].dueling, config.net.heads[0].quantiles) = (true, 3);
        config.net.account = Some(AccountSpec { scalars: 2, hidden: 5 });
        let (mut learner, mut replay) = (Learner::new(config.clone()).unwrap(), Replay::new(&config).unwrap());
        (0..29).for_each(|index| push_points(&mut replay, index));
        train(&mut learner, &mut replay, 130);
        let bytes = learner.checkpoint(&replay).unwrap().into_bytes();
        let (mut second, mut second_replay) = restored(&config, &bytes).unwrap();
        assert!(second.checkpoint(&second_replay).unwrap().into_bytes() == bytes, "the same bytes again");
        for (learner, replay) in [(&mut learner, &mut replay), (&mut second, &mut second_replay)] {
            train(learner, replay, 40);
            push_points(replay, 100);
            train(learner, replay, 90);
        }
        let [first, second] = [(&learner, &replay), (&second, &second_replay)]
            .map(|(learner, replay)| learner.checkpoint(replay).unwrap().into_bytes());
        assert!(first == second, "{extra}");
    }
}

#[test]
fn restore_refuses_a_checkpoint_of_an_older_version_and_says_so() {
    let own = config("");
    let learner = Learner::new(own.clone()).unwrap();
    let mut bytes = learner.checkpoint(&Replay::new(&own).unwrap()).unwrap().into_bytes();
    bytes[7] = b'1';
    let error = Checkpoint::from_bytes(&bytes, &own).unwrap_err();
    assert_eq!(error.code(), "RLT_CHECKPOINT_FORMAT");
    assert_eq!(error.to_string(), "Cannot restore checkpoint as its version must be 2: it is 1");
}

#[test]
fn checkpoint_of_one_engine_goes_on_with_the_other() {
    let config = config("");
    let (mut learner, mut replay) = (Learner::new(config.clone()).unwrap(), Replay::new(&config).unwrap());
    (0..9).for_each(|index| push(&mut replay, index));
    train(&mut learner, &mut replay, 20);
    let bytes = learner.checkpoint(&replay).unwrap().into_bytes();
    let (mut torch, mut torch_replay) = restored(&LearnerConfig { engine: learner::EngineKind::Tch, ..config }, &bytes).unwrap();
    train(&mut learner, &mut replay, 20);
    train(&mut torch, &mut torch_replay, 20);
    let [own, other] = [&learner, &torch].map(|learner| learner.export(BTreeMap::new()).unwrap());
    let difference = own.weights().iter().zip(other.weights()).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    assert!(difference < 1e-4, "{difference}");
}

#[test]
fn restore_refuses_what_is_cut_changed_or_of_another_configuration() {
    let own = config("");
    let (learner, mut replay) = (Learner::new(own.clone()).unwrap(), Replay::new(&own).unwrap());
    (0..4).for_each(|index| push(&mut replay, index));
    let bytes = learner.checkpoint(&replay).unwrap().into_bytes();
    let code = |config: &LearnerConfig, bytes: &[u8]| Checkpoint::from_bytes(bytes, config).unwrap_err().code();
    for len in [0, 7, 8, 30, 55, 56, 100, bytes.len() / 2, bytes.len() - 1] {
        assert_eq!(code(&own, &bytes[..len]), "RLT_CHECKPOINT_TRUNCATED", "{len} bytes");
    }
    let mut longer = bytes.clone();
    longer.push(0);
    assert_eq!(code(&own, &longer), "RLT_CHECKPOINT_FORMAT");
    assert_eq!(code(&own, &learner.export(BTreeMap::new()).unwrap().to_bytes().unwrap()), "RLT_CHECKPOINT_FORMAT");
    for at in (0..bytes.len()).step_by(3) {
        let mut changed = bytes.clone();
        changed[at] ^= 1 << (at % 8);
        let code = code(&own, &changed);
        let expected = match at {
            0..8 => ["RLT_CHECKPOINT_FORMAT"; 2],
            8..16 => ["RLT_CHECKPOINT_FORMAT", "RLT_CHECKPOINT_TRUNCATED"],
            _ => ["RLT_CHECKPOINT_HASH"; 2],
        };
        assert!(expected.contains(&code), "byte {at}: {code}");
    }
    let cases = [
        (r#","schema_hash":"other""#, "RLT_CHECKPOINT_SCHEMA", "its schema hash must be \"other\": it is \"h\""),
        (r#","gamma":0.5"#, "RLT_CHECKPOINT_CONFIG", "its `gamma` must be 0.5: it is 0.95"),
        (r#","head_loss_weights":{"r":2}"#, "RLT_CHECKPOINT_CONFIG", "its `head_loss_weights` must be"),
    ];
    for (extra, code, text) in cases {
        let error = Checkpoint::from_bytes(&bytes, &config(extra)).unwrap_err();
        assert_eq!(error.code(), code);
        assert!(error.to_string().contains(text), "{error}");
    }
    let mut wider = own.clone();
    wider.net.trunk = vec![10, 8];
    wider.seed = 6;
    assert_eq!(code(&wider, &bytes), "RLT_CHECKPOINT_CONFIG");
    assert!(Checkpoint::from_bytes(&bytes, &own).is_ok());
}

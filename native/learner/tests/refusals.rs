//! Configurations and steps that are refused, and what the error says.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use learner::{LearnerConfig, LearnerError, Replay, Step};

const NET: &str =
    r#"{"inputs":2,"trunk":[4],"heads":[{"name":"v","kind":"value","size":2},{"name":"r","kind":"regression","size":1}]}"#;

fn config(extra: &str) -> Result<LearnerConfig, LearnerError> {
    LearnerConfig::from_json(&format!(
        r#"{{"net":{NET},"schema_hash":"h","seed":1,"replay_capacity":3,"max_afterstates":2,"max_points":8,"max_candidates":2{extra}}}"#
    ))
}

fn good() -> Step<'static> {
    Step {
        features: &[1.0, 2.0],
        next_features: &[3.0, 4.0],
        span: 1,
        classes: &[0, 1],
        scalars: &[],
        rewards: &[0.5, -0.5],
        terminals: &[0, 1],
        point_classes: &[0, 1],
        point_scalars: &[],
        candidate_offsets: &[0, 2, 2],
        candidate_points: &[0, 1],
        candidate_costs: &[0.0, 0.1],
        regression_targets: &[f32::NAN],
    }
}

#[test]
fn config_has_the_documented_defaults() {
    let config = config("").unwrap();
    let text = serde_json::to_string(&config).unwrap();
    let expected = r#""value":"afterstate","device":"auto","cuda_libraries":null,"engine":"auto","gamma":0.95,"double":true,"loss":"squared","learning_rate":0.001,"learning_rate_decay":{"kind":"none"},"adam_beta1":0.9,"adam_beta2":0.999,"adam_eps":1e-8,"batch_steps":256,"target":{"kind":"periodic","every":100},"grad_clip":10.0,"weight_prior":0.0,"relevance_limit":1.0,"rollback_after":10,"replay":{"kind":"uniform"},"replay_capacity":3"#;
    assert!(text.contains(expected), "{text}");
    assert_eq!(LearnerConfig::from_json(&text).unwrap(), config);
}

#[test]
fn config_reports_every_fault_at_once() {
    let json = r#"{"net":{"inputs":2,"trunk":[],"heads":[{"name":"v","kind":"value","size":300}]},"schema_hash":"","seed":1,
        "gamma":1.0,"replay":{"kind":"prioritised","alpha":1.5,"beta_start":-1,"beta_updates":0},"rollback_after":0,"adam_beta1":-0.1,"learning_rate":0,"batch_steps":0,"target":{"kind":"soft","tau":1.5},"replay_capacity":0,
        "max_afterstates":2,"max_points":257,"max_candidates":70000,"head_loss_weights":{"v":-1},
        "learning_rate_decay":{"kind":"harmonic","halving":0,"floor":1}}"#;
    let error = LearnerConfig::from_json(json).unwrap_err();
    assert_eq!(error.code(), "RLT_CONFIG");
    let text = error.to_string();
    let rules = [
        "net: the number of trunk layers must be 1..=8: it is 0",
        "gamma must be in [0, 1): it is 1",
        "adam_beta1 must be in [0, 1): it is -0.1",
        "learning_rate must be positive and finite: it is 0",
        "replay.alpha must be in [0, 1]: it is 1.5",
        "replay.beta_start must be in [0, 1]: it is -1",
        "replay.beta_updates must be at least 1: it is 0",
        "rollback_after must be at least 1: it is 0",
        "target.tau must be in (0, 1]: it is 1.5",
        "learning_rate_decay.halving must be positive and finite: it is 0",
        "learning_rate_decay.floor must be in (0, learning_rate]: it is 1",
        "batch_steps must be 1..=1048576: it is 0",
        "replay_capacity must be 1..=4294967295: it is 0",
        "max_points must be 1..=256: it is 257",
        "max_candidates must be 1..=65536: it is 70000",
        "schema_hash must not be empty",
        "the value heads must have at most 256 outputs: they have 300",
        "head_loss_weights.v must be in [0, 1000000]: it is -1",
        "head_loss_weights must name regression heads: it names `v`",
    ];
    for rule in rules {
        assert!(text.contains(rule), "{rule} not in {text}");
    }
}

#[test]
fn config_refuses_unknown_fields_and_a_replay_beyond_memory() {
    for extra in [r#","gama":0.9"#, r#","loss":"l1""#, r#","target":{"kind":"soft","every":3}"#] {
        assert_eq!(config(extra).unwrap_err().code(), "RLT_CONFIG", "{extra}");
    }
    let json = format!(
        r#"{{"net":{NET},"schema_hash":"h","seed":1,"replay_capacity":4000000000,"max_afterstates":65536,"max_points":8,"max_candidates":65536}}"#
    );
    let text = LearnerConfig::from_json(&json).unwrap_err().to_string();
    assert!(text.contains("the replay must fit 8589934592 bytes: it needs "), "{text}");
}

#[test]
fn replay_overwrites_the_oldest_step() {
    let mut replay = Replay::new(&config("").unwrap()).unwrap();
    assert!(replay.is_empty());
    for len in [1, 2, 3, 3, 3] {
        replay.push(&good()).unwrap();
        assert_eq!(replay.len(), len);
    }
}

#[test]
fn replay_refuses_a_bad_step_and_stays_as_it_was() {
    let mut replay = Replay::new(&config("").unwrap()).unwrap();
    let cases: [(Step<'_>, &str, &str); 24] = [
        (Step { features: &[1.0], ..good() }, "RLT_SHAPE", "features as its length must be 2: it is 1"),
        (Step { next_features: &[1.0; 3], ..good() }, "RLT_SHAPE", "nextFeatures as its length must be 2: it is 3"),
        (Step { classes: &[0, 1, 0], ..good() }, "RLT_SHAPE", "classes as its length must be at most 2: it is 3"),
        (Step { rewards: &[1.0], ..good() }, "RLT_SHAPE", "rewards"),
        (Step { scalars: &[1.0], ..good() }, "RLT_SHAPE", "scalars as its length must be 0: it is 1"),
        (Step { point_classes: &[0; 9], ..good() }, "RLT_SHAPE", "pointClasses as its length must be at most 8: it is 9"),
        (Step { point_scalars: &[1.0], ..good() }, "RLT_SHAPE", "pointScalars as its length must be 0: it is 1"),
        (Step { point_classes: &[0, 2], ..good() }, "RLT_HEAD", "pointClasses[1] as it must be below 2: it is 2"),
        (Step { point_classes: &[0], ..good() }, "RLT_HEAD", "candidatePoints[1] as it must be below 1: it is 1"),
        (Step { span: 0, ..good() }, "RLT_STEP", "span must be 1..=65535: it is 0"),
        (Step { span: 65_536, ..good() }, "RLT_STEP", "span must be 1..=65535: it is 65536"),
        (Step { terminals: &[0], ..good() }, "RLT_SHAPE", "terminals"),
        (Step { candidate_offsets: &[0, 2], ..good() }, "RLT_SHAPE", "candidateOffsets as its length must be 3: it is 2"),
        (Step { candidate_costs: &[0.0], ..good() }, "RLT_SHAPE", "candidateCosts"),
        (
            Step { regression_targets: &[0.0, 0.0], ..good() },
            "RLT_SHAPE",
            "regressionTargets as its length must be 0 or 1: it is 2",
        ),
        (
            Step { features: &[1.0, f32::NAN], ..good() },
            "RLT_NON_FINITE",
            "features as every value must be finite: index 1 is NaN",
        ),
        (Step { rewards: &[f32::INFINITY, 0.0], ..good() }, "RLT_NON_FINITE", "rewards"),
        (Step { regression_targets: &[f32::INFINITY], ..good() }, "RLT_STEP", "regressionTargets[0] is inf"),
        (Step { candidate_costs: &[0.0, -1.0], ..good() }, "RLT_STEP", "costs must be at least 0: candidateCosts[1] is -1"),
        (Step { classes: &[0, 2], ..good() }, "RLT_HEAD", "classes[1] as it must be below 2: it is 2"),
        (Step { candidate_points: &[9, 1], ..good() }, "RLT_HEAD", "candidatePoints[0] as it must be below 2: it is 9"),
        (Step { candidate_offsets: &[0, 1, 1], ..good() }, "RLT_STEP", "candidateOffsets must run from 0 to 2"),
        (Step { candidate_offsets: &[0, 0, 2], ..good() }, "RLT_STEP", "must have a candidate: afterstate 0 has none"),
        (Step { terminals: &[0, 7], ..good() }, "RLT_STEP", "terminals must be 0 or 1: terminals[1] is 7"),
    ];
    for (step, code, text) in cases {
        let error = replay.push(&step).unwrap_err();
        assert_eq!(error.code(), code, "{error}");
        assert!(error.to_string().contains(text), "{error}");
    }
    let step = Step { candidate_offsets: &[0, 3, 2], ..good() };
    assert!(replay.push(&step).unwrap_err().to_string().contains("at most 2 candidates: afterstate 0 has 3"));
    assert!(replay.is_empty());
    replay.push(&Step { regression_targets: &[], ..good() }).unwrap();
}

#[test]
fn replay_refuses_account_scalars_that_do_not_fit() {
    let net = NET.replace(
        r#"{"name":"r","kind":"regression","size":1}]"#,
        r#"{"name":"r","kind":"regression","size":1}],"account":{"scalars":2,"hidden":3}"#,
    );
    let json = format!(
        r#"{{"net":{net},"schema_hash":"h","seed":1,"replay_capacity":3,"max_afterstates":2,"max_points":2,"max_candidates":2}}"#
    );
    let mut replay = Replay::new(&LearnerConfig::from_json(&json).unwrap()).unwrap();
    let good = Step { scalars: &[0.5; 4], point_scalars: &[0.5; 4], ..good() };
    let cases: [(Step<'_>, &str); 4] = [
        (Step { scalars: &[0.5; 3], ..good }, "scalars as its length must be 4: it is 3"),
        (Step { point_scalars: &[], ..good }, "pointScalars as its length must be 4: it is 0"),
        (Step { scalars: &[0.5, 0.5, f32::NAN, 0.5], ..good }, "scalars as every value must be finite: index 2 is NaN"),
        (
            Step { point_scalars: &[0.5, f32::INFINITY, 0.5, 0.5], ..good },
            "pointScalars as every value must be finite: index 1 is inf",
        ),
    ];
    for (step, text) in cases {
        let error = replay.push(&step).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    replay.push(&good).unwrap();
}

#[test]
fn replay_refuses_a_transition_whose_branches_contradict_it() {
    let net = r#"{"inputs":2,"trunk":[4],"heads":[{"name":"a","kind":"value","size":2},{"name":"b","kind":"value","size":3}]}"#;
    let json = format!(
        r#"{{"net":{net},"schema_hash":"h","seed":1,"value":"branching","replay_capacity":3,"max_afterstates":2,"max_points":5,
        "max_candidates":3}}"#
    );
    let mut replay = Replay::new(&LearnerConfig::from_json(&json).unwrap()).unwrap();
    let good = Step {
        classes: &[1, 4],
        rewards: &[1.0],
        terminals: &[0],
        point_classes: &[0, 1, 2, 3],
        candidate_offsets: &[0, 2, 4],
        candidate_points: &[0, 1, 2, 3],
        candidate_costs: &[0.0; 4],
        regression_targets: &[],
        ..good()
    };
    let cases: [(Step<'_>, &str); 8] = [
        (Step { rewards: &[1.0, 2.0], ..good }, "rewards as its length must be 1: it is 2"),
        (Step { terminals: &[], ..good }, "terminals as its length must be 1: it is 0"),
        (Step { candidate_offsets: &[0, 4], ..good }, "candidateOffsets as its length must be 3: it is 2"),
        (Step { classes: &[0, 1], ..good }, "a branch must have at most one class: branch 0 has 2"),
        (
            Step { candidate_points: &[0, 2, 2, 3], ..good },
            "candidates of branch 0 must lie in 0..2: candidatePoints[1] has the class 2",
        ),
        (Step { candidate_costs: &[0.0, 0.0, 0.5, 0.0], ..good }, "branches must cost nothing: candidateCosts[2] is 0.5"),
        (
            Step { candidate_offsets: &[0, 0, 0], candidate_points: &[], candidate_costs: &[], ..good },
            "a transition that is not terminal must have a candidate: it has none",
        ),
        (Step { candidate_offsets: &[0, 4, 4], ..good }, "a branch must have at most 3 candidates: branch 0 has 4"),
    ];
    for (step, text) in cases {
        let error = replay.push(&step).unwrap_err();
        assert!(error.to_string().contains(text), "{error}");
    }
    replay.push(&good).unwrap();
    replay
        .push(&Step {
            classes: &[4],
            candidate_offsets: &[0, 0, 2],
            candidate_points: &[2, 3],
            candidate_costs: &[0.0; 2],
            ..good
        })
        .unwrap();
    replay
        .push(&Step { terminals: &[1], candidate_offsets: &[0; 3], candidate_points: &[], candidate_costs: &[], ..good })
        .unwrap();
}

#[test]
fn config_refuses_values_that_the_network_does_not_have() {
    let value = |size: usize, extra: &str| format!(r#"{{"name":"v{size}","kind":"value","size":{size}{extra}}}"#);
    let one = value(2, "");
    let two = [value(2, r#","quantiles":3"#), value(3, "")].join(",");
    let account = r#""account":{"scalars":1,"hidden":2}"#;
    let cases = [
        (format!(r#""heads":[{two}]"#), "", "value `afterstate` must have one value head: it has 2"),
        (
            format!(r#""heads":[{one}],{account}"#),
            r#","value":"branching""#,
            "value `branching` must have no account part: it has one",
        ),
        (
            format!(r#""heads":[{two}]"#),
            r#","value":"branching""#,
            "value `branching` must have as many quantiles in each head: it has [3, 1]",
        ),
        (
            format!(r#""heads":[{one}]"#),
            r#","engine":"fused","device":"cuda""#,
            "engine `fused` must run on device `cpu` or `auto`: it is told `cuda`",
        ),
        (
            format!(r#""heads":[{},{}]"#, value(200, ""), value(57, "")),
            r#","value":"branching""#,
            "the value heads must have at most 256 outputs: they have 257",
        ),
    ];
    for (net, extra, text) in cases {
        let json = format!(
            r#"{{"net":{{"inputs":2,"trunk":[4],{net}}},"schema_hash":"h","seed":1,"replay_capacity":3,"max_afterstates":2,"max_points":2,
            "max_candidates":2{extra}}}"#
        );
        let error = LearnerConfig::from_json(&json).unwrap_err();
        assert_eq!(error.code(), "RLT_CONFIG");
        assert!(error.to_string().contains(text), "{error}");
    }
}

use super::*;

impl Replay {
    /// Bytes that the arrays of the steps take.
    fn bytes(&self) -> usize {
        fn of<T>(values: &Vec<T>) -> usize {
            values.capacity() * size_of::<T>()
        }
        let floats = [
            &self.features,
            &self.next_features,
            &self.regressions,
            &self.scalars,
            &self.rewards,
            &self.point_scalars,
            &self.candidate_costs,
        ];
        let bytes = [&self.classes, &self.terminals, &self.point_classes, &self.candidate_points];
        let shorts = [&self.spans, &self.point_counts];
        let words = [&self.afterstate_counts, &self.candidate_counts];
        floats.into_iter().map(of).sum::<usize>()
            + bytes.into_iter().map(of).sum::<usize>()
            + shorts.into_iter().map(of).sum::<usize>()
            + words.into_iter().map(of).sum::<usize>()
    }
}

fn config(net: &str, extra: &str) -> LearnerConfig {
    LearnerConfig::from_json(&format!(r#"{{"net":{net},"schema_hash":"h","seed":1{extra}}}"#)).unwrap()
}

#[test]
fn replay_keeps_the_newest_steps_and_no_trace_of_the_overwritten() {
    let net = r#"{"inputs":1,"trunk":[2],"heads":[{"name":"v","kind":"value","size":3},{"name":"r","kind":"regression","size":1}],
        "account":{"scalars":1,"hidden":2}}"#;
    let limits = r#","replay_capacity":2,"max_afterstates":2,"max_points":3,"max_candidates":2"#;
    let mut replay = Replay::new(&config(net, limits)).unwrap();
    let step = |row: &'static [f32; 1]| Step {
        features: row,
        next_features: row,
        span: 3,
        classes: &[0, 2],
        scalars: &[0.5, 0.25],
        rewards: &[1.0, 2.0],
        terminals: &[0, 0],
        point_classes: &[2, 1, 2],
        point_scalars: &[4.0, 5.0, 6.0],
        candidate_offsets: &[0, 1, 3],
        candidate_points: &[0, 1, 2],
        candidate_costs: &[0.1, 0.2, 0.3],
        regression_targets: row,
    };
    replay.push(&step(&[1.0])).unwrap();
    replay.push(&step(&[2.0])).unwrap();
    let short = Step {
        span: 65_535,
        classes: &[1],
        scalars: &[0.75],
        rewards: &[3.0],
        terminals: &[1],
        point_classes: &[],
        point_scalars: &[],
        candidate_offsets: &[0, 0],
        candidate_points: &[],
        candidate_costs: &[],
        regression_targets: &[],
        ..step(&[3.0])
    };
    replay.push(&short).unwrap();
    assert_eq!(replay.len(), 2);
    let first = replay.step(0);
    assert_eq!((first.features, first.next_features, first.span), (&[3.0][..], &[3.0][..], 65_535));
    assert!(first.regression_targets[0].is_nan());
    assert_eq!((first.classes, first.scalars, first.rewards, first.terminals), (&[1][..], &[0.75][..], &[3.0][..], &[1][..]));
    assert_eq!((first.point_classes.len(), first.point_scalars.len()), (0, 0));
    assert_eq!((first.candidate_counts, first.candidate_points.len()), (&[0][..], 0));
    let second = replay.step(1);
    assert_eq!((second.features, second.span, second.regression_targets), (&[2.0][..], 3, &[2.0][..]));
    assert_eq!((second.classes, second.scalars, second.rewards), (&[0, 2][..], &[0.5, 0.25][..], &[1.0, 2.0][..]));
    assert_eq!((second.point_classes, second.point_scalars), (&[2, 1, 2][..], &[4.0, 5.0, 6.0][..]));
    assert_eq!(second.candidate_counts, [1, 2]);
    assert_eq!((second.candidate_points, second.candidate_costs), (&[0, 1, 2][..], &[0.1, 0.2, 0.3][..]));
}

#[test]
fn replay_takes_the_memory_that_the_configuration_counts() {
    let account = r#"{"inputs":7,"trunk":[2],"heads":[{"name":"v","kind":"value","size":3},{"name":"r","kind":"regression","size":2}],
        "account":{"scalars":5,"hidden":2}}"#;
    let branches =
        r#"{"inputs":7,"trunk":[2],"heads":[{"name":"a","kind":"value","size":3},{"name":"b","kind":"value","size":2}]}"#;
    let limits = r#","replay_capacity":64,"max_afterstates":9,"max_points":11,"max_candidates":4"#;
    let prioritised = r#","replay":{"kind":"prioritised","alpha":0.5,"beta_start":0.5,"beta_updates":1}"#;
    for (net, value) in [(account, ""), (branches, r#","value":"branching""#)] {
        let own = config(net, &format!("{limits}{value}"));
        assert_eq!(Some(Replay::new(&own).unwrap().bytes()), own.replay_bytes(), "{value}");
        let other = config(net, &format!("{limits}{value}{prioritised}"));
        // The tree of priorities has at most four numbers for each step.
        assert_eq!(other.replay_bytes(), own.replay_bytes().map(|bytes| bytes + 64 * 4 * 8), "{value}");
    }
}

#[test]
fn a_million_transitions_of_64_floats_fit_600_mb() {
    for (classes, replay) in [(1, "uniform"), (4, "prioritised")] {
        let net = format!(r#"{{"inputs":64,"trunk":[2],"heads":[{{"name":"v","kind":"value","size":{classes}}}]}}"#);
        let sampling = match replay {
            "uniform" => "",
            _ => r#","replay":{"kind":"prioritised","alpha":0.5,"beta_start":0.5,"beta_updates":1}"#,
        };
        let limits = format!(
            r#","replay_capacity":1000000,"max_afterstates":1,"max_points":{classes},"max_candidates":{classes}{sampling}"#
        );
        let bytes = config(&net, &limits).replay_bytes().unwrap();
        assert!(bytes <= 600_000_000, "{classes} classes, {replay}: {bytes}");
    }
}

//! An update of the fused engine takes no memory, whatever the network has.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;

use learner::{Learner, LearnerConfig, Replay, Step};

thread_local! {
    static CALLS: Cell<usize> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: every call is passed on to the system allocator unchanged.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, memory: Memory) -> *mut u8 {
        CALLS.with(|calls| calls.set(calls.get() + 1));
        // SAFETY: the caller's promise.
        unsafe { System.alloc(memory) }
    }

    unsafe fn dealloc(&self, at: *mut u8, memory: Memory) {
        // SAFETY: the caller's promise.
        unsafe { System.dealloc(at, memory) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn update_allocates_nothing() {
    let plain = r#"{"name":"v","kind":"value","size":3}],"account":null"#;
    let account = r#"{"name":"v","kind":"value","size":3,"dueling":true,"quantiles":5}],"account":{"scalars":2,"hidden":9}"#;
    for (head, scalars) in [(plain, 0), (account, 2)] {
        let config = LearnerConfig::from_json(&format!(
            r#"{{"net":{{"inputs":4,"trunk":[20],"heads":[{{"name":"r","kind":"regression","size":1}},{head}}},"schema_hash":"h","seed":3,
            "batch_steps":32,"replay_capacity":4,"max_afterstates":2,"max_points":3,"max_candidates":3}}"#
        ))
        .unwrap();
        let mut learner = Learner::new(config.clone()).unwrap();
        let mut replay = Replay::new(&config).unwrap();
        let step = Step {
            features: &[1.0, 2.0, 3.0, 4.0],
            next_features: &[4.0, 3.0, 2.0, 1.0],
            span: 2,
            classes: &[0, 2],
            scalars: &[0.5; 4][..2 * scalars],
            rewards: &[1.0, -1.0],
            terminals: &[0, 0],
            point_classes: &[0, 1, 2],
            point_scalars: &[0.25; 6][..3 * scalars],
            candidate_offsets: &[0, 3, 5],
            candidate_points: &[0, 1, 2, 0, 2],
            candidate_costs: &[0.0; 5],
            regression_targets: &[1.0],
        };
        replay.push(&step).unwrap();
        // The batch grows to the largest that was seen.
        learner.draw(&replay).unwrap();
        learner.update().unwrap();
        let before = CALLS.with(Cell::get);
        for _ in 0..3 {
            learner.draw(&replay).unwrap();
            assert!(learner.update().unwrap().applied);
            learner.prioritise(&mut replay);
            replay.push(&step).unwrap();
        }
        assert_eq!(CALLS.with(Cell::get), before, "{scalars} scalars");
    }
}

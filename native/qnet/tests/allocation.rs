//! Forward calls, training passes and attributions take no memory.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

use std::alloc::{GlobalAlloc, Layout as Memory, System};
use std::cell::Cell;

use qnet::{AdamStep, Afterstate, Attributor, Backprop, FusedNet, Layout, NetSpec, Panels, init_weights};

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
fn forward_allocates_nothing() {
    let spec = NetSpec::from_json(r#"{"inputs":32,"trunk":[128,128],"heads":[{"name":"a","kind":"value","size":3}]}"#).unwrap();
    let mut net = FusedNet::new(&spec, &init_weights(&Layout::new(&spec).unwrap(), 1)).unwrap();
    let features = vec![0.5; 100 * 32];
    let mut out = vec![0.0; 100 * 3];
    let before = CALLS.with(Cell::get);
    for rows in [1, 2, 7, 48, 100] {
        net.forward(&features[..rows * 32], &mut out[..rows * 3]).unwrap();
    }
    assert_eq!(CALLS.with(Cell::get), before);
}

#[test]
fn evaluate_allocates_nothing() {
    let json = r#"{"inputs":30,"trunk":[32],"heads":[{"name":"a","kind":"value","size":3,"dueling":true,"quantiles":5}],
        "account":{"scalars":5,"hidden":16}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let mut net = FusedNet::new(&spec, &init_weights(&Layout::new(&spec).unwrap(), 1)).unwrap();
    let before = CALLS.with(Cell::get);
    for count in [1, 27, 256] {
        net.evaluate(&[0.5; 30], &[2; 256][..count], &[0.1; 256 * 5][..count * 5], &mut [0.0; 256][..count]).unwrap();
    }
    assert_eq!(CALLS.with(Cell::get), before);
}

#[test]
fn training_passes_allocate_nothing() {
    let spec = NetSpec::from_json(r#"{"inputs":32,"trunk":[128,128],"heads":[{"name":"a","kind":"value","size":3}]}"#).unwrap();
    let mut weights = init_weights(&Layout::new(&spec).unwrap(), 1);
    let mut net = Backprop::new(&spec, 50).unwrap();
    let mut x = Panels::zeroed(32, 50);
    let (features, mut out) = (vec![0.5; 50 * 32], vec![0.0; 50 * 3]);
    let [mut gradient, mut means, mut squares] = [(); 3].map(|()| vec![0.0; weights.len()]);
    let step = AdamStep { scale: 1.0, mean: 0.1, square: 0.001, root: 1.0, guard: 1.0 };
    let before = CALLS.with(Cell::get);
    x.load(&features).unwrap();
    net.forward(&weights, &x, &mut out).unwrap();
    net.forward_keeping(&weights, &features, &mut out).unwrap();
    net.backward(&weights, &out, &mut gradient).unwrap();
    assert!(net.norm(&gradient) > 0.0);
    net.adam(step, &mut weights, &gradient, &mut means, &mut squares);
    net.follow(&mut means, &weights, 0.5);
    assert_eq!(CALLS.with(Cell::get), before);
}

#[test]
fn attributions_allocate_nothing_after_the_hardest_one() {
    let json =
        r#"{"inputs":32,"trunk":[64,64],"heads":[{"name":"a","kind":"value","size":3}],"account":{"scalars":2,"hidden":16}}"#;
    let spec = NetSpec::from_json(json).unwrap();
    let mut net = Attributor::new(&spec, &init_weights(&Layout::new(&spec).unwrap(), 1)).unwrap();
    let (features, mut weights) = ([0.5; 32], [0.0; 34]);
    let afterstates = [0, 1, 2].map(|class| Afterstate { class, scalars: &[0.5, -0.5] });
    net.attribute(&features, [afterstates[0], afterstates[1]], &mut weights, 500, 0.0).unwrap();
    let before = CALLS.with(Cell::get);
    for ([chosen, other], max_steps) in [([0, 1], 500), ([2, 1], 15), ([1, 0], 300)] {
        net.attribute(&features, [afterstates[chosen], afterstates[other]], &mut weights, max_steps, 0.0).unwrap();
    }
    assert_eq!(CALLS.with(Cell::get), before);
}

//! Fresh weights from a seed.

use std::ops::Range;

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::Layout;

/// Fresh flat weights: uniform in ±1/√inputs for weights and biases, as in PyTorch's `Linear` (Kaiming uniform with a = √5; He et al. 2015).
/// The account part's weights from its hidden layer to the values are zero, so that a value starts as that of its position class.
/// The same seed gives the same bits on every platform.
pub fn init_weights(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = vec![0.0; layout.len()];
    let mut fill = |span: Range<usize>, inputs: usize| {
        let bound = 1.0 / (inputs as f32).sqrt();
        for weight in &mut weights[span] {
            // 24 random bits fill the mantissa exactly: uniform in [0, 1).
            let unit = (rng.next_u32() >> 8) as f32 / 16_777_216.0;
            *weight = bound * (2.0 * unit - 1.0);
        }
    };
    for layer in layout.layers() {
        fill(layer.weight..layer.weight + layer.outputs * layer.inputs, layer.inputs);
        fill(layer.bias..layer.bias + layer.outputs, layer.inputs);
    }
    if let Some(account) = layout.account() {
        fill(account.scalars..account.value, account.inputs);
    }
    weights
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::NetSpec;

    #[test]
    fn init_weights_depends_on_the_seed_alone_and_stays_in_bounds() {
        let spec = NetSpec::from_json(r#"{"inputs":16,"trunk":[64],"heads":[{"name":"a","kind":"value","size":2}]}"#).unwrap();
        let layout = Layout::new(&spec).unwrap();
        let weights = init_weights(&layout, 7);
        assert_eq!(weights, init_weights(&layout, 7));
        assert_ne!(weights, init_weights(&layout, 8));
        let first = &weights[..16 * 64];
        assert!(first.iter().all(|w| w.abs() <= 0.25));
        assert!(first.iter().any(|w| *w > 0.24) && first.iter().any(|w| *w < -0.24));
        assert!(weights[layout.layers()[1].weight..].iter().all(|w| w.abs() <= 0.125));
    }

    #[test]
    fn init_weights_lets_the_account_count_for_nothing_and_changes_nothing_before_it() {
        let json =
            r#"{"inputs":4,"trunk":[9],"heads":[{"name":"a","kind":"value","size":2}],"account":{"scalars":4,"hidden":7}}"#;
        let spec = NetSpec::from_json(json).unwrap();
        let layout = Layout::new(&spec).unwrap();
        let weights = init_weights(&layout, 7);
        let account = layout.account().unwrap();
        assert!(weights[account.value..].iter().all(|weight| *weight == 0.0));
        let scalars = &weights[account.scalars..account.value];
        assert!(scalars.iter().all(|weight| *weight != 0.0 && weight.abs() <= 0.5));
        assert!(scalars.iter().any(|weight| weight.abs() > 0.4));
        let plain = Layout::new(&NetSpec { account: None, ..spec }).unwrap();
        let head = plain.layers()[1].weight;
        assert_eq!(weights[..head + 18], init_weights(&plain, 7)[..head + 18]);
    }

    #[test]
    fn init_weights_gives_the_same_bits_as_ever() {
        let spec = NetSpec::from_json(r#"{"inputs":2,"trunk":[2],"heads":[{"name":"a","kind":"value","size":1}]}"#).unwrap();
        let bits = init_weights(&Layout::new(&spec).unwrap(), 7).iter().map(|weight| weight.to_bits()).collect::<Vec<_>>();
        assert_eq!(
            bits,
            [
                3_204_601_131_u32,
                3_203_909_688,
                3_202_758_523,
                3_203_425_987,
                3_198_581_016,
                1_049_880_932,
                3_207_066_265,
                1_050_946_975,
                3_206_234_435
            ]
        );
    }
}

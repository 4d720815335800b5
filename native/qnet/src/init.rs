//! Fresh weights from a seed.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::Layout;

/// Fresh flat weights: uniform in ±1/√inputs for weights and biases, as in PyTorch's `Linear` (Kaiming uniform with a = √5; He et al. 2015).
/// The same seed gives the same bits on every platform.
pub fn init_weights(layout: &Layout, seed: u64) -> Vec<f32> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut weights = vec![0.0; layout.len()];
    for layer in layout.layers() {
        let bound = 1.0 / (layer.inputs as f32).sqrt();
        let spans = [layer.weight..layer.weight + layer.outputs * layer.inputs, layer.bias..layer.bias + layer.outputs];
        for span in spans {
            for weight in &mut weights[span] {
                // 24 random bits fill the mantissa exactly: uniform in [0, 1).
                let unit = (rng.next_u32() >> 8) as f32 / 16_777_216.0;
                *weight = bound * (2.0 * unit - 1.0);
            }
        }
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
}

//! Priorities of which one is drawn in proportion, in logarithmic time (Schaul et al. 2016, appendix B.2.1).

/// A binary tree of sums over a fixed number of leaves. Every inner node is exactly the sum of its two children, however many
/// changes there were: a change adds up its path anew instead of adding a difference.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SumTree {
    /// The root is node 1; leaf i is node `base + i`.
    nodes: Vec<f64>,
    base: usize,
}

impl SumTree {
    /// All leaves 0.
    pub(crate) fn new(leaves: usize) -> Self {
        let base = leaves.next_power_of_two();
        Self { nodes: vec![0.0; 2 * base], base }
    }

    /// Sum of all leaves.
    pub(crate) fn total(&self) -> f64 {
        self.nodes[1]
    }

    /// One leaf.
    pub(crate) fn get(&self, leaf: usize) -> f64 {
        self.nodes[self.base + leaf]
    }

    /// Changes one leaf; `value` is at least 0 and finite.
    pub(crate) fn set(&mut self, leaf: usize, value: f64) {
        let mut node = self.base + leaf;
        self.nodes[node] = value;
        while node > 1 {
            node /= 2;
            self.nodes[node] = self.nodes[2 * node] + self.nodes[2 * node + 1];
        }
    }

    /// The leaf at which the running sum of the leaves passes `mass`, which lies in [0, total). A leaf of 0 is never found.
    pub(crate) fn find(&self, mut mass: f64) -> usize {
        let mut node = 1;
        while node < self.base {
            let left = self.nodes[2 * node];
            // Rounding may leave a mass of the whole right subtree: a side without weight is never entered.
            let right_holds = self.nodes[2 * node + 1] > 0.0;
            node *= 2;
            if mass >= left && right_holds {
                mass -= left;
                node += 1;
            }
        }
        node - self.base
    }
}

#[cfg(test)]
#[allow(clippy::float_cmp, reason = "sums of small whole numbers are exact")]
mod tests {
    use super::*;

    #[test]
    fn sum_tree_finds_leaves_by_running_sum() {
        let mut tree = SumTree::new(5);
        for (leaf, value) in [3.0, 0.0, 2.0, 1.0, 4.0].into_iter().enumerate() {
            tree.set(leaf, value);
        }
        assert_eq!((tree.total(), tree.get(2)), (10.0, 2.0));
        let found: Vec<_> = [0.0, 2.999, 3.0, 4.5, 5.0, 6.0, 9.999].into_iter().map(|mass| tree.find(mass)).collect();
        assert_eq!(found, [0, 0, 2, 2, 3, 4, 4]);
        // Beyond the total, as rounding may ask for: the last leaf that weighs anything.
        assert_eq!(tree.find(10.0), 4);
        tree.set(4, 0.0);
        assert_eq!((tree.total(), tree.find(6.0)), (6.0, 3));
    }

    #[test]
    fn sum_tree_stays_exact_after_any_number_of_changes() {
        let mut tree = SumTree::new(100);
        let mut leaves = vec![0.0; 100];
        for change in 0..200_000_u64 {
            let leaf = (change * 37 % 100) as usize;
            // Magnitudes far apart: differences added to the sums would leave a residue.
            leaves[leaf] = ((change * 7919 % 1013) as f64) * [1e-9, 1.0, 1e9][(change % 3) as usize];
            tree.set(leaf, leaves[leaf]);
        }
        for (leaf, value) in leaves.into_iter().enumerate() {
            assert_eq!(tree.get(leaf), value);
            tree.set(leaf, (leaf % 2) as f64);
        }
        assert_eq!(tree.total(), 50.0);
        let mut fresh = SumTree::new(100);
        (0..100).for_each(|leaf| fresh.set(leaf, (leaf % 2) as f64));
        assert_eq!(tree, fresh);
    }
}

//! One step to learn from, as the caller hands it over.

mod check;

/// Most bars of one step.
pub const MAX_SPAN: u32 = 65_535;

/// What one bar taught, or one transition over several bars: the market before and after, what each afterstate earned in between,
/// and where the next decisions lead.
///
/// A step that was cut off (the data's end, a gap) has no next market and is not pushed. `terminal` means ruin alone.
/// n afterstates, m points, k account scalars of the network. With [`crate::ValueKind::Branching`] the step is one transition:
/// `classes` holds the chosen output of each active branch, `rewards` and `terminals` hold one value, there is one list of
/// candidates for each branch, and candidates cost nothing.
#[derive(Debug, Clone, Copy)]
pub struct Step<'a> {
    /// `F_t`, `[inputs]`.
    pub features: &'a [f32],
    /// The market at which the next decision is made, `[inputs]`.
    pub next_features: &'a [f32],
    /// Bars from `features` to `next_features`, 1..=65535; the discount is γ to this power.
    pub span: u32,
    /// Position class of each afterstate, `[n]`; an index into the outputs of all value heads.
    pub classes: &'a [u8],
    /// Account scalars of each afterstate, `[n, k]`.
    pub scalars: &'a [f32],
    /// What each afterstate earned until the next decision is filled, `[n]`.
    pub rewards: &'a [f32],
    /// 1 where the afterstate ended in ruin, else 0, `[n]`.
    pub terminals: &'a [u8],
    /// Position class of each afterstate that a next decision leads to, `[m]`, each once.
    pub point_classes: &'a [u8],
    /// Account scalars of the same, `[m, k]`.
    pub point_scalars: &'a [f32],
    /// Candidates of afterstate i are `candidate_offsets[i]..candidate_offsets[i + 1]`, `[n + 1]`, from 0 to the number of
    /// candidates.
    pub candidate_offsets: &'a [u32],
    /// The point that each valid next decision leads to; below m.
    pub candidate_points: &'a [u8],
    /// What each valid next decision costs, at least 0.
    pub candidate_costs: &'a [f32],
    /// Targets of the regression heads in their order, `[regression outputs]`; NaN where there is none. Empty means none at all.
    pub regression_targets: &'a [f32],
}

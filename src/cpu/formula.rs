//! The formulas of optimizers in numbers.

/// What an optimizer does to each value w with gradient g.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Formula {
    Momentum(MomentumFormula),
    Adam(AdamFormula),
}

/// g ← g + `decay` · w; v ← `momentum` · v + g; w ← w − `rate` · v, or with Nesterov w − `rate` · (g + `momentum` · v).
/// Without state, v = g.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MomentumFormula {
    pub decay: f32,
    pub rate: f32,
    pub momentum: f32,
    pub nesterov: bool,
}

/// g ← g + `gradient_decay` · w; m ← β₁ · m + share₁ · g; v ← β₂ · v + share₂ · g²;
/// w ← w · (1 − `value_decay`) − `rate` · m / (√v · `correction` + `eps`).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct AdamFormula {
    /// Adam's λ: λw is added to the gradient.
    pub gradient_decay: f32,
    /// AdamW's ηλ: ηλw is subtracted from the value.
    pub value_decay: f32,
    pub betas: [f32; 2],
    /// 1 − β, subtracted in double precision because β is near 1.
    pub shares: [f32; 2],
    pub eps: f32,
    /// η / (1 − β₁ᵗ)
    pub rate: f32,
    /// 1 / √(1 − β₂ᵗ)
    pub correction: f32,
}

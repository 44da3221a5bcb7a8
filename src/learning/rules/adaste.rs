//! AdaSTE: an adaptive straight-through estimator (Le, Høier, Lin & Zach, CVPR 2022).
//!
//! A latent value θ stands for the weight w* = s(θ) = argmin_w E(w; θ), E(w; θ) = −θw + G(w). The derivative of the loss
//! after θ is replaced by the difference quotient (w* − ŵ)/τ with ŵ = s(θ − τℓ′), ℓ′ = ∂ℓ/∂w, and τ chosen for every
//! weight: where descent wants θ to cross zero (θℓ′ > 0), τ = |θ|/|ℓ′| puts ŵ just across; elsewhere τ → 0. The result
//! is g_θ = c ℓ′ with a slope c that depends on the mapping:
//!
//! | mapping | s(θ) | c where θℓ′ > 0 | c elsewhere |
//! |---|---|---|---|
//! | `double_well`, μα < 1 | clip((θ + μ(1+α) sgn θ)/(1+μ), −1, 1) | (1+2μ+μα)/((1+μ)\|θ\|) if \|θ\| > 1−μα, else (2μ(1+α)+\|θ\|)/((1+μ)\|θ\|) | 1/(1+μ), 0 where s is ±1 |
//! | `double_well`, μα ≥ 1 | sgn θ | 2/\|θ\| | 0 |
//! | `tanh` | tanh βθ | tanh(β\|θ\|)/\|θ\| | β(1 − tanh² βθ) |
//! | `hardtanh` | clip(βθ, −1, 1) | 2β/(β\|θ\|+1) if β\|θ\| ≥ 1, else β | β, 0 where s is ±1 |
//!
//! E of the double well is ½(w−θ)² + (μ/2)(|w| − (1+α))² on [−1, 1]. The published code (FenBPOpt.py) differs: its slope
//! is at most ½, has −θ for |θ| in the middle range, is half as large where μα ≥ 1, and gives way to that of plain STE
//! where |ℓ′| ≤ 10⁻³; that is `as_published`.
use super::growth::Growth;
use crate::parameter::{NonNegative, Positive};
use num_traits::Float;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of AdaSTE.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct AdaSte {
    /// s(θ).
    pub mapping: Mapping,
    /// The slope c is at most so large; null is no limit.
    pub largest_slope: Option<Positive>,
    /// c = 1, plain STE, where |ℓ′| is not above this.
    pub straight_through_below: NonNegative,
}

/// How a latent value becomes a weight.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Mapping {
    /// The published one.
    DoubleWell(DoubleWell),
    /// tanh βθ.
    Tanh(Gain),
    /// clip(βθ, −1, 1).
    Hardtanh(Gain),
}

/// The double well.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DoubleWell {
    /// α: how far beyond ±1 the wells lie.
    pub alpha: Positive,
    /// μ: how deep they are. It stops growing at 1/α unless `last` says otherwise; from there on s = sgn.
    pub mu: Growth,
    /// Which slope.
    pub form: SlopeForm,
}

/// Which slope of the double well.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SlopeForm {
    /// The one that follows from the energy.
    #[default]
    Exact,
    /// The one of the authors' code.
    AsPublished,
}

/// Steepness of a mapping.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Gain {
    /// β.
    pub beta: Growth,
}

impl Default for DoubleWell {
    fn default() -> Self {
        Self {
            alpha: Positive::constant(0.01),
            mu: Growth { factor: Positive::constant(1.05), ..Growth::constant(0.01) },
            form: SlopeForm::Exact,
        }
    }
}

impl Default for Mapping {
    fn default() -> Self {
        Self::DoubleWell(DoubleWell::default())
    }
}

/// Constants of one training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Slope<T> {
    /// The double well.
    DoubleWell(Wells<T>),
    /// tanh with gain β.
    Tanh(T),
    /// Hard tanh with gain β.
    Hardtanh(T),
}

/// Constants of the double well.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Wells<T> {
    /// μ
    pub mu: T,
    /// α
    pub alpha: T,
    /// Whether the slope is that of the authors' code.
    pub as_published: bool,
}

impl AdaSte {
    /// The mapping at training step `step`.
    pub fn slope<T: Float>(&self, step: u64, steps_per_epoch: u64) -> Slope<T> {
        let number = |x: f64| T::from(x).expect("a finite number");
        match self.mapping {
            Mapping::DoubleWell(well) => {
                let alpha = well.alpha.get();
                let last = Positive::new(alpha.recip()).ok();
                let mu = Growth { last: well.mu.last.or(last), ..well.mu }.at(step, steps_per_epoch);
                let as_published = well.form == SlopeForm::AsPublished;
                Slope::DoubleWell(Wells { mu: number(mu), alpha: number(alpha), as_published })
            }
            Mapping::Tanh(gain) => Slope::Tanh(number(gain.beta.at(step, steps_per_epoch))),
            Mapping::Hardtanh(gain) => Slope::Hardtanh(number(gain.beta.at(step, steps_per_epoch))),
        }
    }
}

impl<T: Float> Slope<T> {
    /// s(θ).
    #[inline(always)]
    pub fn weight(&self, theta: T) -> T {
        let one = T::one();
        match *self {
            Self::DoubleWell(Wells { mu, alpha, .. }) => {
                clip((theta + mu * (one + alpha) * sign(theta)) / (one + mu), one)
            }
            Self::Tanh(beta) => (beta * theta).tanh(),
            Self::Hardtanh(beta) => clip(beta * theta, one),
        }
    }

    /// g_θ = c ℓ′ for ℓ′ = `loss_gradient`.
    #[inline(always)]
    pub fn surrogate_gradient(&self, theta: T, loss_gradient: T) -> T {
        let (one, zero) = (T::one(), T::zero());
        let magnitude = theta.abs();
        let crosses = theta * loss_gradient > zero;
        let c = match *self {
            Self::DoubleWell(wells) => {
                return match (wells.as_published, wells.are_deep()) {
                    (false, true) => Wells::exact_deep(theta, loss_gradient),
                    (false, false) => wells.exact_shallow(theta, loss_gradient),
                    (true, true) => Wells::published_deep(theta, loss_gradient),
                    (true, false) => wells.published_shallow(theta, loss_gradient),
                };
            }
            Self::Tanh(beta) => {
                let s = (beta * magnitude).tanh();
                if crosses { s / magnitude } else { beta * (one - s * s) }
            }
            Self::Hardtanh(beta) => {
                let saturated = beta * magnitude >= one;
                match (crosses, saturated) {
                    (true, true) => (beta + beta) / (beta * magnitude + one),
                    (false, true) => zero,
                    (_, false) => beta,
                }
            }
        };
        c * loss_gradient
    }
}

impl<T: Float> Wells<T> {
    /// μα ≥ 1: the weights are signs.
    #[inline(always)]
    pub(super) fn are_deep(&self) -> bool {
        self.mu * self.alpha >= T::one()
    }

    #[inline(always)]
    pub(super) fn exact_deep(theta: T, loss_gradient: T) -> T {
        let crosses = theta * loss_gradient > T::zero();
        let c = (T::one() + T::one()) / theta.abs();
        if crosses { c * loss_gradient } else { T::zero() }
    }

    #[inline(always)]
    pub(super) fn exact_shallow(&self, theta: T, loss_gradient: T) -> T {
        let (mu, alpha, one, zero) = (self.mu, self.alpha, T::one(), T::zero());
        let two = one + one;
        let magnitude = theta.abs();
        let saturated = magnitude > one - mu * alpha;
        // w* − ŵ over |θ|, times 1 + μ: ŵ = ∓μ(1+α)/(1+μ) just across zero.
        let jump = if saturated { one + two * mu + mu * alpha } else { two * mu * (one + alpha) + magnitude };
        let plain = if saturated { zero } else { one };
        let c = if theta * loss_gradient > zero { jump / magnitude } else { plain };
        c / (one + mu) * loss_gradient
    }

    #[inline(always)]
    pub(super) fn published_deep(theta: T, loss_gradient: T) -> T {
        let (one, zero, small) = (T::one(), T::zero(), Self::small());
        let magnitude = theta.abs();
        let slope = limited(magnitude.recip());
        let c = if theta * loss_gradient > zero { slope } else { zero };
        let straight = (loss_gradient.abs() <= small) | (magnitude <= small);
        (if straight { one } else { c }) * loss_gradient
    }

    #[inline(always)]
    pub(super) fn published_shallow(&self, theta: T, loss_gradient: T) -> T {
        let (mu, alpha, one, zero) = (self.mu, self.alpha, T::one(), T::zero());
        let two = one + one;
        let magnitude = theta.abs();
        let saturated = magnitude > one - mu * alpha;
        let jump = if saturated { one + two * mu + mu * alpha } else { two * mu * (one + alpha) - theta };
        let plain = (one + mu).recip();
        let slope = limited(jump * plain / magnitude);
        let outward = if saturated { zero } else { plain };
        let c = if theta * loss_gradient > zero { slope } else { outward };
        (if loss_gradient.abs() > Self::small() { c } else { plain }) * loss_gradient
    }

    /// Gradients and latent values up to here do not act in the authors' code.
    #[inline(always)]
    fn small() -> T {
        T::from(1e-3).unwrap_or(T::zero())
    }
}

/// The authors' code keeps its slope between 0 and ½.
#[inline(always)]
fn limited<T: Float>(c: T) -> T {
    c.max(T::zero()).min((T::one() + T::one()).recip())
}

/// +1 for 0, as every latent value needs a level.
#[inline(always)]
fn sign<T: Float>(x: T) -> T {
    if x >= T::zero() { T::one() } else { -T::one() }
}

#[inline(always)]
fn clip<T: Float>(x: T, limit: T) -> T {
    x.max(-limit).min(limit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(case: &serde_json::Value, key: &str) -> Vec<f64> {
        case[key].as_array().unwrap().iter().map(|x| x.as_f64().unwrap()).collect()
    }

    /// Every weight and both surrogate gradients of the authors' cases.
    #[test]
    fn reference_cases() {
        let text = include_str!("../../../tests/reference/adaste_cases.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut compared = 0;
        for case in file["cases"].as_array().unwrap() {
            let well = |as_published| {
                let number = |key: &str| case[key].as_f64().unwrap();
                Slope::DoubleWell(Wells { mu: number("mu"), alpha: number("alpha"), as_published })
            };
            let (theta, loss_gradient) = (numbers(case, "theta"), numbers(case, "loss_gradient"));
            let (weight, published) = (numbers(case, "weight"), numbers(case, "surrogate_gradient"));
            let exact = numbers(case, "exact_surrogate_gradient");
            for i in 0..theta.len() {
                let (t, l) = (theta[i], loss_gradient[i]);
                for (found, expected, what) in [
                    (well(false).weight(t), weight[i], "weight"),
                    (well(true).surrogate_gradient(t, l), published[i], "published"),
                    (well(false).surrogate_gradient(t, l), exact[i], "exact"),
                ] {
                    let error = (found - expected).abs();
                    assert!(error <= 1e-9 * (1.0 + expected.abs()), "{what} {case:?} θ {t} ℓ′ {l}: {found} {expected}");
                    compared += 1;
                }
            }
        }
        assert!(compared > 1000);
    }

    /// The slopes are difference quotients of s itself, with the τ that the derivation chooses.
    #[test]
    fn exact_slopes_are_difference_quotients() {
        let wells = |mu: f64| Slope::DoubleWell(Wells { mu, alpha: 0.3, as_published: false });
        for slope in [wells(0.5), wells(2.0), wells(3.0), wells(50.0)] {
            for theta in [-3.0, -0.8, -0.02, 0.3, 0.6, 1.5] {
                for loss_gradient in [-0.7, -1e-5, 2e-4, 1.3] {
                    let crosses = theta * loss_gradient > 0.0;
                    let tau: f64 =
                        if crosses { f64::abs(theta / loss_gradient) } else { 1e-9 / f64::abs(loss_gradient) };
                    // Just across zero: a little beyond τ.
                    let perturbed =
                        theta - tau * loss_gradient * (1.0 + 1e-12) - if crosses { theta * 1e-13 } else { 0.0 };
                    let quotient = (slope.weight(theta) - slope.weight(perturbed)) / tau;
                    let found = slope.surrogate_gradient(theta, loss_gradient);
                    assert!(
                        (found - quotient).abs() < 1e-5 * (1.0 + quotient.abs()),
                        "{slope:?} {theta} {loss_gradient}: {found} {quotient}"
                    );
                }
            }
        }
    }

    #[test]
    fn slopes_of_tanh_and_hard_tanh_by_hand() {
        let tanh = Slope::Tanh(2.0f64);
        assert!((tanh.surrogate_gradient(0.5, 0.3) - 0.3 * 1f64.tanh() / 0.5).abs() < 1e-12);
        assert!((tanh.surrogate_gradient(0.5, -0.3) + 0.3 * 2.0 * (1.0 - 1f64.tanh().powi(2))).abs() < 1e-12);
        let hard = Slope::Hardtanh(1.0f64);
        for (theta, loss_gradient, expected) in
            [(3.0, 0.4, 0.2), (3.0, -0.4, 0.0), (-3.0, -0.4, -0.2), (-3.0, 0.4, 0.0), (0.5, 0.4, 0.4), (-0.5, 0.4, 0.4)]
        {
            let found = hard.surrogate_gradient(theta, loss_gradient);
            assert!((found - expected).abs() < 1e-12, "{theta} {loss_gradient}: {found}");
        }
    }

    /// μ stops at 1/α, where the weights are signs.
    #[test]
    fn annealing_ends_with_signs() {
        let rule = AdaSte::default();
        let Slope::DoubleWell(start) = rule.slope::<f64>(0, 10) else { panic!() };
        assert_eq!(start.mu, 0.01);
        let end = rule.slope::<f64>(10 * 400, 10);
        assert!(
            [-2.0, -1e-3, 1e-9, 0.4].into_iter().all(|theta: f64| (end.weight(theta) - theta.signum()).abs() < 1e-12)
        );
    }
}

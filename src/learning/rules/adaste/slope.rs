//! The mapping of AdaSTE from latent values to weights, and its slopes; the table is in [`super`].
use crate::math::{self, Elementary};

/// A mapping with its constants of one training step.
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
    /// |ℓ′| up to which that slope gives way.
    pub threshold: T,
}

impl<T: Elementary> Slope<T> {
    /// s(θ).
    #[inline(always)]
    pub fn weight(&self, theta: T) -> T {
        let one = T::one();
        match *self {
            Self::DoubleWell(Wells { mu, alpha, .. }) => {
                clip((theta + mu * (one + alpha) * sign(theta)) / (one + mu), one)
            }
            Self::Tanh(beta) => math::tanh(beta * theta),
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
                    (true, true) => wells.published_deep(theta, loss_gradient),
                    (true, false) => wells.published_shallow(theta, loss_gradient),
                };
            }
            Self::Tanh(beta) => {
                let s = math::tanh(beta * magnitude);
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

impl<T: Elementary> Wells<T> {
    /// μα ≥ 1: the weights are signs.
    #[inline(always)]
    pub fn are_deep(&self) -> bool {
        self.mu * self.alpha >= T::one()
    }

    #[inline(always)]
    pub fn exact_deep(theta: T, loss_gradient: T) -> T {
        let crosses = theta * loss_gradient > T::zero();
        let c = (T::one() + T::one()) / theta.abs();
        if crosses { c * loss_gradient } else { T::zero() }
    }

    #[inline(always)]
    pub fn exact_shallow(&self, theta: T, loss_gradient: T) -> T {
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
    pub fn published_deep(&self, theta: T, loss_gradient: T) -> T {
        let (one, zero) = (T::one(), T::zero());
        let magnitude = theta.abs();
        let slope = limited(magnitude.recip());
        let c = if theta * loss_gradient > zero { slope } else { zero };
        let straight = (loss_gradient.abs() <= self.threshold) | (magnitude <= Self::small());
        (if straight { one } else { c }) * loss_gradient
    }

    #[inline(always)]
    pub fn published_shallow(&self, theta: T, loss_gradient: T) -> T {
        let (mu, alpha, one, zero) = (self.mu, self.alpha, T::one(), T::zero());
        let two = one + one;
        let magnitude = theta.abs();
        let saturated = magnitude > one - mu * alpha;
        let jump = if saturated { one + two * mu + mu * alpha } else { two * mu * (one + alpha) - theta };
        let plain = (one + mu).recip();
        let slope = limited(jump * plain / magnitude);
        let outward = if saturated { zero } else { plain };
        let c = if theta * loss_gradient > zero { slope } else { outward };
        (if loss_gradient.abs() > self.threshold { c } else { plain }) * loss_gradient
    }

    /// Latent values up to here do not act in the authors' code.
    #[inline(always)]
    fn small() -> T {
        T::from(1e-3).unwrap_or(T::zero())
    }
}

/// The authors' code keeps its slope between 0 and ½.
#[inline(always)]
fn limited<T: Elementary>(c: T) -> T {
    c.max(T::zero()).min((T::one() + T::one()).recip())
}

/// +1 for 0, as every latent value needs a level.
#[inline(always)]
fn sign<T: Elementary>(x: T) -> T {
    if x >= T::zero() { T::one() } else { -T::one() }
}

#[inline(always)]
fn clip<T: Elementary>(x: T, limit: T) -> T {
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
        let text = include_str!("../../../../tests/reference/adaste_cases.json");
        let file: serde_json::Value = serde_json::from_str(text).unwrap();
        let mut compared = 0;
        for case in file["cases"].as_array().unwrap() {
            let well = |as_published| {
                let number = |key: &str| case[key].as_f64().unwrap();
                Slope::DoubleWell(Wells { mu: number("mu"), alpha: number("alpha"), as_published, threshold: 1e-3 })
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
        let wells = |mu: f64| Slope::DoubleWell(Wells { mu, alpha: 0.3, as_published: false, threshold: 1e-3 });
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
}

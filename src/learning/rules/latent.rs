//! The arithmetic of the rules that keep a latent value for every synapse; the table is in [`super`].
use super::adaste::{Slope, Wells};
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use multiversion::multiversion;
use rand::RngExt;

/// The arithmetic of one training step.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum LatentStep {
    Adaste {
        slope: Slope<f32>,
        largest: f32,
        straight_below: f32,
    },
    StraightThrough {
        clip: bool,
    },
    ProxQuant {
        strength: f32,
    },
    /// ProxQuant after its freeze.
    Frozen,
    MdTanh {
        beta: f32,
    },
    MdTanhS {
        beta: f32,
        exact_derivative: bool,
    },
    Pmf {
        beta: f32,
        published: bool,
    },
    BayesBinn {
        temperature: f32,
    },
}

/// Added to 1 − w² and 1 − tanh²θ by BayesBiNN's code.
const BAYES_EPSILON: f32 = 1e-10;

impl LatentStep {
    /// Whether the latent values stay as they are.
    pub fn is_frozen(&self) -> bool {
        *self == Self::Frozen
    }

    /// Factor of the learning rate.
    pub fn rate_factor(&self) -> f64 {
        if let Self::MdTanh { beta } = self { f64::from(*beta) } else { 1.0 }
    }

    /// Turns `g` = ∂ℓ/∂W of one column into g_θ. `w` is the weight W that the network computed with, `scale` what a
    /// level of 1 weighs.
    /// Of PMF g becomes ℓ′; [`Self::pmf_gradients`] does the rest.
    pub fn surrogate(&self, theta: &[f32], w: &[f32], scale: &[f32], g: &mut [f32]) {
        match *self {
            Self::Adaste { slope, largest, straight_below } => {
                adaste(theta, scale, g, slope, Limits { largest, below: straight_below });
            }
            Self::StraightThrough { clip } => straight_through(theta, scale, g, clip),
            Self::MdTanhS { beta, exact_derivative: true } => {
                for ((g, theta), scale) in g.iter_mut().zip(theta).zip(scale) {
                    let s = (beta * theta).tanh();
                    *g *= scale * beta * (1.0 - s * s);
                }
            }
            Self::BayesBinn { temperature } => {
                for (((g, theta), w), scale) in g.iter_mut().zip(theta).zip(w).zip(scale) {
                    let (w, mean) = (w / scale, theta.tanh());
                    let gain = (1.0 - w * w + BAYES_EPSILON) / temperature / (1.0 - mean * mean + BAYES_EPSILON);
                    *g *= scale * gain;
                }
            }
            Self::ProxQuant { .. } | Self::MdTanh { .. } | Self::MdTanhS { .. } | Self::Pmf { .. } | Self::Frozen => {
                g.iter_mut().zip(scale).for_each(|(g, scale)| *g *= scale);
            }
        }
    }

    /// PMF: turns ℓ′ into the gradients of ũ⁺ (in `g`) and of ũ⁻ (in `minus`), with w = tanh(β(ũ⁺ − ũ⁻)/2).
    pub fn pmf_gradients(&self, theta: [&[f32]; 2], g: &mut [f32], minus: &mut [f32]) {
        let Self::Pmf { beta, published } = *self else { return };
        for (((g, minus), up), um) in g.iter_mut().zip(minus).zip(theta[0]).zip(theta[1]) {
            let w = (0.5 * beta * (up - um)).tanh();
            let (u_plus, u_minus) = (0.5 * (1.0 + w), 0.5 * (1.0 - w));
            // ∂ℓ/∂u = (ℓ′, −ℓ′), so uᵀ ∂ℓ/∂u = w ℓ′.
            let l = *g;
            let (own_plus, own_minus) = if published { (l, -l) } else { (u_plus * l, -u_minus * l) };
            *g = beta * (own_plus - u_plus * w * l);
            *minus = beta * (own_minus - u_minus * w * l);
        }
    }

    /// What follows the optimizer's step.
    pub fn project(&self, theta: &mut [f32]) {
        match *self {
            Self::StraightThrough { clip: true } => clip_to_one(theta),
            Self::ProxQuant { strength } => {
                for x in theta {
                    let beyond = x.abs() - 1.0;
                    *x = (beyond.signum() * (beyond.abs() - strength).max(0.0) + 1.0).copysign(*x);
                }
            }
            _ => {}
        }
    }

    /// The relaxed weight of every latent value, in units of the scale; `minus` is ũ⁻ of PMF. Where a rule has no
    /// relaxed weights, the nearest levels.
    pub fn relaxed(&self, [theta, minus]: [&[f32]; 2], levels: &Codebook, out: &mut [f32], draw: &mut Stream) {
        match *self {
            Self::Adaste { slope, .. } => out.iter_mut().zip(theta).for_each(|(w, &x)| *w = slope.weight(x)),
            Self::ProxQuant { .. } => out.copy_from_slice(theta),
            Self::MdTanh { .. } => out.iter_mut().zip(theta).for_each(|(w, x)| *w = x.tanh()),
            Self::MdTanhS { beta, .. } => out.iter_mut().zip(theta).for_each(|(w, x)| *w = (beta * x).tanh()),
            Self::Pmf { beta, .. } => {
                let pairs = theta.iter().zip(minus);
                out.iter_mut().zip(pairs).for_each(|(w, (p, m))| *w = (0.5 * beta * (p - m)).tanh());
            }
            Self::BayesBinn { temperature } => {
                for (w, x) in out.iter_mut().zip(theta) {
                    // ½ ln(ε/(1−ε)) of a uniform ε that is neither 0 nor 1.
                    let e = ((draw.random::<u32>() >> 8) as f32 + 0.5) * (1.0 / 16_777_216.0);
                    let logistic = 0.5 * (e / (1.0 - e)).ln();
                    *w = ((x + logistic) / temperature).tanh();
                }
            }
            Self::Frozen | Self::StraightThrough { .. } => {
                out.iter_mut().zip(theta).for_each(|(w, &x)| *w = levels.value(levels.code(x)));
            }
        }
    }
}

/// A slope limited to `largest`, and plain STE for loss gradients up to `below`.
#[derive(Debug, Clone, Copy)]
struct Limits {
    largest: f32,
    below: f32,
}

impl Limits {
    #[inline(always)]
    fn apply(self, loss_gradient: f32, surrogate: f32) -> f32 {
        let limit = self.largest * loss_gradient.abs();
        let limited = surrogate.max(-limit).min(limit);
        if loss_gradient.abs() > self.below { limited } else { loss_gradient }
    }
}

/// One loop for each form, without a branch in it, so that the compiler vectorises them.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn adaste(theta: &[f32], scale: &[f32], g: &mut [f32], slope: Slope<f32>, limits: Limits) {
    macro_rules! each {
        (|$theta:ident, $l:ident| $surrogate:expr) => {
            for ((g, theta), scale) in g.iter_mut().zip(theta).zip(scale) {
                let ($theta, $l) = (*theta, scale * *g);
                *g = limits.apply($l, $surrogate);
            }
        };
    }
    match slope {
        Slope::DoubleWell(wells) => match (wells.as_published, wells.are_deep()) {
            (false, true) => each!(|theta, l| Wells::exact_deep(theta, l)),
            (false, false) => each!(|theta, l| wells.exact_shallow(theta, l)),
            (true, true) => each!(|theta, l| Wells::published_deep(theta, l)),
            (true, false) => each!(|theta, l| wells.published_shallow(theta, l)),
        },
        Slope::Tanh(_) | Slope::Hardtanh(_) => each!(|theta, l| slope.surrogate_gradient(theta, l)),
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn straight_through(theta: &[f32], scale: &[f32], g: &mut [f32], clip: bool) {
    let limit = if clip { 1.0 } else { f32::INFINITY };
    for ((g, theta), scale) in g.iter_mut().zip(theta).zip(scale) {
        *g = if theta.abs() <= limit { scale * *g } else { 0.0 };
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn clip_to_one(theta: &mut [f32]) {
    theta.iter_mut().for_each(|x| *x = x.clamp(-1.0, 1.0));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::{Purpose, stream};
    use law_assertions::assert_mean;

    const SCALE: f32 = 0.5;
    const THETA: [f32; 5] = [-1.7, -0.6, 0.0, 0.3, 1.2];
    const GRADIENT: [f32; 5] = [0.4, -0.2, 0.3, 1.0, -0.8];

    fn surrogate(step: LatentStep, w: &[f32]) -> Vec<f32> {
        let mut g = GRADIENT;
        step.surrogate(&THETA, w, &[SCALE; 5], &mut g);
        g.to_vec()
    }

    fn projected(step: LatentStep, theta: &[f32]) -> Vec<f32> {
        let mut theta = theta.to_vec();
        step.project(&mut theta);
        theta
    }

    fn relaxed(step: LatentStep) -> Vec<f32> {
        let mut out = [0.0; 5];
        step.relaxed([&THETA, &[]], &Codebook::binary(), &mut out, &mut stream(1, Purpose::SynapseRule, &[]));
        out.to_vec()
    }

    fn assert_close(found: &[f32], expected: impl IntoIterator<Item = f64>) {
        let expected: Vec<f64> = expected.into_iter().collect();
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(&expected) {
            assert!((f64::from(*f) - e).abs() <= 1e-6 * (1.0 + e.abs()), "{found:?} instead of {expected:?}");
        }
    }

    /// ℓ′ = scale · ∂ℓ/∂W.
    fn loss_gradient() -> impl Iterator<Item = f64> {
        GRADIENT.iter().map(|&g| f64::from(SCALE * g))
    }

    fn theta() -> impl Iterator<Item = f64> {
        THETA.iter().map(|&x| f64::from(x))
    }

    #[test]
    fn binary_connect_by_its_formula() {
        let clipped = LatentStep::StraightThrough { clip: true };
        let inside = theta().zip(loss_gradient()).map(|(x, l)| if x.abs() <= 1.0 { l } else { 0.0 });
        assert_close(&surrogate(clipped, &[0.0; 5]), inside);
        assert_close(&projected(clipped, &THETA), theta().map(|x| x.clamp(-1.0, 1.0)));
        let plain = LatentStep::StraightThrough { clip: false };
        assert_close(&surrogate(plain, &[0.0; 5]), loss_gradient());
        assert_close(&projected(plain, &THETA), theta());
        assert_close(&relaxed(plain), [-1.0, -1.0, 1.0, 1.0, 1.0]);
    }

    /// papers: θ ← sgn θ (sgn(|θ|−1) relu(||θ|−1|−ρ) + 1).
    #[test]
    fn prox_quant_by_its_formula() {
        let step = LatentStep::ProxQuant { strength: 0.25 };
        assert_close(&surrogate(step, &[0.0; 5]), loss_gradient());
        assert_close(&projected(step, &THETA), [-1.45, -0.85, 0.25, 0.55, 1.0]);
        assert_close(&relaxed(step), theta());
        assert!(LatentStep::Frozen.is_frozen());
    }

    #[test]
    fn mirror_descent_by_its_formula() {
        let beta = 3.0;
        let stable = LatentStep::MdTanhS { beta: 3.0, exact_derivative: false };
        assert_close(&surrogate(stable, &[0.0; 5]), loss_gradient());
        assert_close(&relaxed(stable), theta().map(|x| (beta * x).tanh()));
        let gradient_descent = LatentStep::MdTanhS { beta: 3.0, exact_derivative: true };
        let expected = theta().zip(loss_gradient()).map(|(x, l)| beta * (1.0 - (beta * x).tanh().powi(2)) * l);
        assert_close(&surrogate(gradient_descent, &[0.0; 5]), expected);
        let mirror = LatentStep::MdTanh { beta: 3.0 };
        assert_close(&relaxed(mirror), theta().map(f64::tanh));
        assert_eq!(mirror.rate_factor(), 3.0);
    }

    /// MD-tanh as published: w ← (e−1)/(e+1), e = (1+w)/(1−w) · exp(−2ηβ m). In θ = artanh w that is a plain step.
    #[test]
    fn a_step_of_mirror_descent_is_a_step_of_its_latent_value() {
        let (w, eta, beta, m): (f64, f64, f64, f64) = (0.3, 0.05, 3.0, 0.7);
        let e = (1.0 + w) / (1.0 - w) * (-2.0 * eta * beta * m).exp();
        assert!(((e - 1.0) / (e + 1.0) - (w.atanh() - eta * beta * m).tanh()).abs() < 1e-12);
    }

    #[test]
    fn proximal_mean_field_by_its_formula() {
        let beta = 2.0;
        let (plus, minus) = (THETA, [0.2, 0.1, -0.3, 0.0, 0.5f32]);
        for published in [true, false] {
            let step = LatentStep::Pmf { beta: 2.0, published };
            let mut g = surrogate(step, &[0.0; 5]);
            let mut g_minus = vec![0.0; 5];
            step.pmf_gradients([&plus, &minus], &mut g, &mut g_minus);
            let of = |which: usize| {
                theta().zip(minus).zip(loss_gradient()).map(move |((p, m), l)| {
                    let (ep, em) = ((beta * p).exp(), (beta * f64::from(m)).exp());
                    let u = [ep / (ep + em), em / (ep + em)];
                    let g_u = [l, -l];
                    let inner = u[0] * g_u[0] + u[1] * g_u[1];
                    let diagonal = if published { 1.0 } else { u[which] };
                    beta * (diagonal * g_u[which] - u[which] * inner)
                })
            };
            assert_close(&g, of(0));
            assert_close(&g_minus, of(1));
        }
    }

    #[test]
    fn bayes_binn_by_its_formula() {
        let tau = 0.7;
        let step = LatentStep::BayesBinn { temperature: 0.7 };
        let w = [-0.9, 0.1, 0.5, -0.3, 0.8f32];
        let weights: Vec<f32> = w.iter().map(|w| SCALE * w).collect();
        let expected = theta()
            .zip(loss_gradient())
            .zip(w)
            .map(|((x, l), w)| l * (1.0 - f64::from(w).powi(2) + 1e-10) / tau / (1.0 - x.tanh().powi(2) + 1e-10));
        assert_close(&surrogate(step, &weights), expected);
    }

    /// At a vanishing temperature the samples are signs with mean tanh θ.
    #[test]
    fn samples_of_bayes_binn_have_their_mean() {
        let step = LatentStep::BayesBinn { temperature: 1e-10 };
        let mut draw = stream(1, Purpose::SynapseRule, &[]);
        for theta in [-0.8f32, 0.0, 0.4] {
            let n = 40_000;
            let mut out = vec![0.0; n];
            step.relaxed([&vec![theta; n], &[]], &Codebook::binary(), &mut out, &mut draw);
            assert!(out.iter().all(|w| w.abs() == 1.0));
            let expected = f64::from(theta).tanh();
            assert_mean(&out, expected, 1.0 - expected * expected, format!("samples at θ = {theta}"));
        }
    }

    #[test]
    fn limits_of_the_slope_and_plain_gradients_below_the_threshold() {
        let slope = Slope::DoubleWell(Wells { mu: 100.0, alpha: 0.01, as_published: false });
        let step = LatentStep::Adaste { slope, largest: 0.7, straight_below: 0.12 };
        // c = 2/|θ| where θℓ′ > 0, at most 0.7; else 0; plain where |ℓ′| ≤ 0.12.
        assert_close(&surrogate(step, &[0.0; 5]), [0.0, -0.1, 0.0, 0.35, 0.0]);
    }
}

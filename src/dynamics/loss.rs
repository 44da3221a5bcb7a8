//! Losses ℓ(s, y) on the outputs, per sample; y is one-hot, or the numbers or labels that are learnt.
//!
//! | setting | ℓ(s, y) | ∂ℓ/∂s |
//! |---|---|---|
//! | `softmax_cross_entropy` | −Σ y log softmax(s) | softmax(s) − y |
//! | `sigmoid_cross_entropy` | Σ log(1 + eˢ) − y s | σ(s) − y |
//! | `half_squared_error` | ½ Σ (s − y)² | s − y |
//!
//! The proximal output nudge of strength c > 0 towards (+) or away from (−) the target is
//! s± = argmin_s ½‖s − a‖² ± c ℓ(s, y). For the squared error that is (a ± c y)/(1 ± c) (Høier & Zach 2023, code
//! `utils.jl`); for cross-entropy it solves s = a ∓ c (softmax(s) − y) by Newton's method, whose matrix
//! I ± c (diag p − p pᵀ) is inverted by the Sherman–Morrison formula; for the cross-entropy of sigmoids the same output by output.
use crate::linalg::{Matrix, MatrixView};
use crate::math;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

/// Which loss the outputs are nudged by.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let (outputs, target) = ([0.5, 1.0], [0.0, 1.0]);
/// assert_eq!(Loss::HalfSquaredError.value(&outputs, &target), 0.125);
///
/// let mut gradient = [0.0; 2];
/// Loss::HalfSquaredError.gradient(&outputs, &target, &mut gradient);
/// assert_eq!(gradient, [0.5, 0.0]);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Loss {
    /// −Σ y log softmax(s), summed over classes.
    #[default]
    SoftmaxCrossEntropy,
    /// Σ log(1 + eˢ) − y s, summed over outputs, each of which says for itself whether its label holds.
    SigmoidCrossEntropy,
    /// ½ Σ (s − y)², summed over outputs.
    HalfSquaredError,
}

/// Newton's method ends after this many steps; from the starting point it needs three to six.
const MOST_NEWTON_STEPS: usize = 40;

impl Loss {
    /// ℓ(s, y) of one sample.
    pub fn value(self, s: &[f32], y: &[f32]) -> f64 {
        match self {
            Self::SoftmaxCrossEntropy => {
                let largest = s.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(f64::from(x)));
                let log_sum = math::ln(s.iter().map(|&x| math::exp(f64::from(x) - largest)).sum::<f64>()) + largest;
                s.iter().zip(y).map(|(&x, &t)| f64::from(t) * (log_sum - f64::from(x))).sum()
            }
            Self::SigmoidCrossEntropy => {
                s.iter().zip(y).map(|(&x, &t)| softplus(x.into()) - f64::from(t) * f64::from(x)).sum()
            }
            Self::HalfSquaredError => s.iter().zip(y).map(|(&x, &t)| 0.5 * (f64::from(x) - f64::from(t)).powi(2)).sum(),
        }
    }

    /// ∂ℓ/∂s of one sample, written to `gradient`.
    pub fn gradient(self, s: &[f32], y: &[f32], gradient: &mut [f32]) {
        match self {
            Self::SoftmaxCrossEntropy => {
                softmax(s, gradient);
                gradient.iter_mut().zip(y).for_each(|(g, &t)| *g -= t);
            }
            Self::SigmoidCrossEntropy => {
                gradient.iter_mut().zip(s.iter().zip(y)).for_each(|(g, (&x, &t))| *g = sigmoid(x.into()) as f32 - t);
            }
            Self::HalfSquaredError => {
                gradient.iter_mut().zip(s.iter().zip(y)).for_each(|(g, (&x, &t))| *g = x - t);
            }
        }
    }

    /// ∂ℓ/∂s of every sample (class × sample), for outputs and targets of that shape.
    pub fn gradients(self, outputs: MatrixView, targets: MatrixView) -> Matrix {
        let mut gradients = Matrix::zeros(outputs.nrows(), outputs.ncols());
        for ((s, y), mut gradient) in outputs.column_iter().zip(targets.column_iter()).zip(gradients.column_iter_mut())
        {
            self.gradient(s.as_slice(), y.as_slice(), gradient.as_mut_slice());
        }
        gradients
    }

    /// The proximal nudge s = argmin ½‖s − a‖² + c ℓ(s, y); `c` is negative for s⁻, and then above −1.
    pub fn proximal(self, a: &[f32], y: &[f32], c: f32, s: &mut [f32]) {
        match self {
            Self::SoftmaxCrossEntropy => softmax_proximal(a, y, c, s),
            Self::SigmoidCrossEntropy => {
                s.iter_mut().zip(a.iter().zip(y)).for_each(|(s, (&a, &y))| *s = sigmoid_proximal(a, y, c));
            }
            Self::HalfSquaredError => {
                s.iter_mut().zip(a.iter().zip(y)).for_each(|(s, (&a, &y))| *s = (a + c * y) / (1.0 + c));
            }
        }
    }
}

fn sigmoid(s: f64) -> f64 {
    1.0 / (1.0 + math::exp(-s))
}

/// log(1 + eˢ), without overflow.
fn softplus(s: f64) -> f64 {
    s.max(0.0) + math::ln_1p(math::exp(-s.abs()))
}

/// Solves s − a + c (σ(s) − y) = 0, which rises with s: its slope is 1 + c σ (1 − σ), at least 3/4 for c > −1. By Newton steps
/// between the bounds a − c (1 − y) and a + c y that the solution has, halving these where a step does not help.
fn sigmoid_proximal(a: f32, y: f32, c: f32) -> f32 {
    let (a, y, c) = (f64::from(a), f64::from(y), f64::from(c));
    let bounds = [a - c * (1.0 - y), a + c * y];
    let (mut low, mut high) = (bounds[0].min(bounds[1]), bounds[0].max(bounds[1]));
    let (mut s, mut before) = (a.clamp(low, high), f64::INFINITY);
    for _ in 0..MOST_NEWTON_STEPS {
        let p = sigmoid(s);
        let value = s - a + c * (p - y);
        // A NaN in the drive ends here and is handed on.
        if value.abs() <= 1e-9 * (1.0 + s.abs()) || value.is_nan() {
            break;
        }
        if value > 0.0 {
            high = s;
        } else {
            low = s;
        }
        let next = s - value / (1.0 + c * p * (1.0 - p));
        // Far from the middle of the sigmoid on either side Newton's steps go to and fro.
        let is_good = (low..=high).contains(&next) && value.abs() <= before / 2.0;
        (s, before) = (if is_good { next } else { f64::midpoint(low, high) }, value.abs());
    }
    s as f32
}

/// Whether the output of `class` is above all others; a tie is decided for the first, and NaN never wins.
///
/// # Panics
/// If there is no such class.
pub fn is_largest(outputs: &[f32], class: usize) -> bool {
    let own = outputs[class];
    !own.is_nan() && outputs.iter().enumerate().all(|(i, &x)| i == class || own > x || (own == x && class < i))
}

/// softmax(s), stable for large s.
fn softmax(s: &[f32], p: &mut [f32]) {
    let largest = s.iter().fold(f32::NEG_INFINITY, |m, &x| m.max(x));
    let mut sum = 0.0;
    for (p, &x) in p.iter_mut().zip(s) {
        *p = math::exp(x - largest);
        sum += *p;
    }
    p.iter_mut().for_each(|p| *p /= sum);
}

/// Numbers of one sample in double precision, on the stack up to CIFAR-100.
type Sample = SmallVec<[f64; 128]>;

/// Solves F(s) = s − a + c (softmax(s) − y) = 0 by Newton steps from s = a, halved until |F| falls: F is the gradient
/// of a strictly convex function, so some step along the Newton direction always does.
fn softmax_proximal(a: &[f32], y: &[f32], c: f32, s: &mut [f32]) {
    let c = f64::from(c);
    let residual = |s: &Sample, p: &mut Sample| -> f64 {
        softmax_f64(s, p);
        (0..a.len()).map(|i| (s[i] - f64::from(a[i]) + c * (p[i] - f64::from(y[i]))).powi(2)).sum::<f64>().sqrt()
    };
    let mut x: Sample = a.iter().map(|&a| f64::from(a)).collect();
    let mut p = Sample::from_elem(0.0, a.len());
    let mut distance = residual(&x, &mut p);
    let tolerance = 1e-8 * (1.0 + x.iter().fold(0.0f64, |m, x| m.max(x.abs())));
    for _ in 0..MOST_NEWTON_STEPS {
        // A NaN in the drive ends here and is handed on.
        if distance <= tolerance || distance.is_nan() {
            break;
        }
        // The matrix D − c p pᵀ with D = 1 + c p, inverted by Sherman–Morrison.
        let f = |i: usize| x[i] - f64::from(a[i]) + c * (p[i] - f64::from(y[i]));
        let (mut p_f, mut p_p) = (0.0, 0.0);
        for i in 0..a.len() {
            p_f += p[i] * f(i) / (1.0 + c * p[i]);
            p_p += p[i] * p[i] / (1.0 + c * p[i]);
        }
        let correction = c * p_f / (1.0 - c * p_p);
        let step: Sample = (0..a.len()).map(|i| -(f(i) + correction * p[i]) / (1.0 + c * p[i])).collect();
        let mut length = 1.0;
        loop {
            let trial: Sample = x.iter().zip(&step).map(|(x, d)| x + length * d).collect();
            let trial_distance = residual(&trial, &mut p);
            if trial_distance < distance || length < 1e-6 {
                (x, distance) = (trial, trial_distance);
                break;
            }
            length /= 2.0;
        }
    }
    s.iter_mut().zip(&x).for_each(|(s, &x)| *s = x as f32);
}

fn softmax_f64(s: &Sample, p: &mut Sample) {
    let largest = s.iter().fold(f64::NEG_INFINITY, |m, &x| m.max(x));
    p.iter_mut().zip(s).for_each(|(p, x)| *p = math::exp(x - largest));
    let sum: f64 = p.iter().sum();
    p.iter_mut().for_each(|p| *p /= sum);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn the_gradient_is_the_slope_of_the_loss(s in prop::collection::vec(-4.0f32..4.0, 5), class in 0usize..5) {
            let mut y = [0.0; 5];
            y[class] = 1.0;
            for loss in [Loss::SoftmaxCrossEntropy, Loss::SigmoidCrossEntropy, Loss::HalfSquaredError] {
                let mut gradient = [0.0; 5];
                loss.gradient(&s, &y, &mut gradient);
                for i in 0..5 {
                    let h = 1e-2;
                    let (mut above, mut below) = (s.clone(), s.clone());
                    above[i] += h;
                    below[i] -= h;
                    let slope = (loss.value(&above, &y) - loss.value(&below, &y)) / f64::from(above[i] - below[i]);
                    prop_assert!((slope - f64::from(gradient[i])).abs() < 1e-4);
                }
            }
        }

        #[test]
        fn the_proximal_point_is_stationary(
            a in prop::collection::vec(-12.0f32..12.0, 6), class in 0usize..6, c in -0.99f32..12.0,
        ) {
            let mut y = [0.0; 6];
            y[class] = 1.0;
            for loss in [Loss::SoftmaxCrossEntropy, Loss::SigmoidCrossEntropy, Loss::HalfSquaredError] {
                let (mut s, mut g) = ([0.0; 6], [0.0; 6]);
                loss.proximal(&a, &y, c, &mut s);
                loss.gradient(&s, &y, &mut g);
                // The squared error divides by 1 + c, which magnifies rounding near c = −1.
                let scale = a.iter().chain(&s).fold(1.0f32, |m, x| m.max(x.abs())) * (1.0 + c.abs());
                for i in 0..6 {
                    prop_assert!((s[i] - a[i] + c * g[i]).abs() < 4e-6 * scale, "{loss:?} {c}: {s:?}");
                }
            }
        }
    }

    #[test]
    fn cross_entropy_of_even_odds_is_the_logarithm_of_the_number_of_classes() {
        assert!((Loss::SoftmaxCrossEntropy.value(&[3.0; 4], &[0.0, 1.0, 0.0, 0.0]) - 4f64.ln()).abs() < 1e-12);
        let even = Loss::SigmoidCrossEntropy.value(&[0.0; 3], &[0.0, 1.0, 1.0]);
        assert!((even - 3.0 * 2f64.ln()).abs() < 1e-12);
        // Without overflow, and without loss of what is small.
        assert_eq!(Loss::SigmoidCrossEntropy.value(&[1000.0, -1000.0], &[1.0, 0.0]), 0.0);
        assert!((Loss::HalfSquaredError.value(&[1.0, 2.0], &[1.0, 0.0]) - 2.0).abs() < 1e-12);
    }

    #[test]
    fn the_largest_output_decides_and_ties_go_to_the_first() {
        assert!(is_largest(&[0.1, 0.5, 0.2], 1));
        assert!(!is_largest(&[0.1, 0.5, 0.2], 2));
        assert!(is_largest(&[0.5, 0.5], 0) && !is_largest(&[0.5, 0.5], 1));
        assert!(!is_largest(&[f32::NAN, f32::NAN], 0));
    }
}

//! Forms of the fits to measurements.
use crate::math;

/// Σ c_k x^k, coefficients in ascending order.
pub(super) fn polynomial(coefficients: &[f64], x: f64) -> f64 {
    coefficients.iter().rev().fold(0.0, |sum, c| sum * x + c)
}

/// a ln x + b, kept in a range; x = 0 gives its upper end for a < 0.
pub(super) fn logarithm(a: f64, b: f64, [least, most]: [f64; 2], x: f64) -> f64 {
    (a * math::ln(x) + b).clamp(least, most)
}

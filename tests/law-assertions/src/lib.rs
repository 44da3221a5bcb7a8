//! Assertions about random numbers: an estimate lies within four standard errors of what the law says. They serve the
//! unit tests of the library and the integration tests. `what` names the estimate in the message of a failure.
use std::fmt::Display;

/// How far an estimate may lie from its law.
pub const STANDARD_ERRORS: f64 = 4.0;

/// The largest √n D of Kolmogorov's test: exceeded with probability 2 exp(−2λ²), as rarely as 4 standard errors.
const KOLMOGOROV: f64 = 2.28;

/// Ratio of the fourth central moment to the square of the variance: the larger, the less a sample says about its variance.
pub mod kurtosis {
    /// Normal law.
    pub const NORMAL: f64 = 3.0;
    /// Uniform law.
    pub const UNIFORM: f64 = 1.8;
}

/// Mean of a sample.
pub fn mean<T: Copy + Into<f64>>(x: &[T]) -> f64 {
    x.iter().map(|&x| x.into()).sum::<f64>() / x.len() as f64
}

/// Unbiased variance of a sample.
pub fn variance<T: Copy + Into<f64>>(x: &[T]) -> f64 {
    covariance(x, x)
}

/// Unbiased covariance of two samples of the same length.
pub fn covariance<T: Copy + Into<f64>>(x: &[T], y: &[T]) -> f64 {
    assert_eq!(x.len(), y.len());
    let (mx, my) = (mean(x), mean(y));
    x.iter().zip(y).map(|(&x, &y)| (x.into() - mx) * (y.into() - my)).sum::<f64>() / (x.len() - 1) as f64
}

/// Coefficient of correlation of two samples of the same length.
pub fn correlation<T: Copy + Into<f64>>(x: &[T], y: &[T]) -> f64 {
    covariance(x, y) / (variance(x) * variance(y)).sqrt()
}

/// An estimate whose standard error is known.
#[track_caller]
pub fn assert_estimate(found: f64, expected: f64, standard_error: f64, what: impl Display) {
    let most = STANDARD_ERRORS * standard_error;
    assert!((found - expected).abs() <= most, "{what}: {found} instead of {expected} ± {most}");
}

/// Mean of a sample of a law with this variance: standard error √(σ²/n).
#[track_caller]
pub fn assert_mean<T: Copy + Into<f64>>(x: &[T], expected: f64, variance: f64, what: impl Display) {
    assert_estimate(mean(x), expected, (variance / x.len() as f64).sqrt(), format_args!("mean of {what}"));
}

/// Variance of a sample of a law with this [`kurtosis`] κ: standard error σ² √((κ − 1)/n).
#[track_caller]
pub fn assert_variance<T: Copy + Into<f64>>(x: &[T], expected: f64, kurtosis: f64, what: impl Display) {
    let error = expected * ((kurtosis - 1.0) / x.len() as f64).sqrt();
    assert_estimate(variance(x), expected, error, format_args!("variance of {what}"));
}

/// Covariance c of two samples of normal laws with the same variance v: standard error √((v² + c²)/n).
#[track_caller]
pub fn assert_covariance<T: Copy + Into<f64>>(x: &[T], y: &[T], expected: f64, variance: f64, what: impl Display) {
    let error = ((variance * variance + expected * expected) / x.len() as f64).sqrt();
    assert_estimate(covariance(x, y), expected, error, format_args!("covariance of {what}"));
}

/// Coefficient of correlation r of two samples of normal laws: standard error (1 − r²)/√n.
#[track_caller]
pub fn assert_correlation<T: Copy + Into<f64>>(x: &[T], y: &[T], expected: f64, what: impl Display) {
    let error = (1.0 - expected * expected) / (x.len() as f64).sqrt();
    // Two equal samples correlate to 1 but for rounding.
    let rounding = 1e-9 / STANDARD_ERRORS;
    assert_estimate(correlation(x, y), expected, error + rounding, format_args!("correlation of {what}"));
}

/// Share p of trials that had an outcome: standard error √(p (1 − p)/n).
#[track_caller]
pub fn assert_share(found: usize, trials: usize, expected: f64, what: impl Display) {
    let error = (expected * (1.0 - expected) / trials as f64).sqrt();
    assert_estimate(found as f64 / trials as f64, expected, error, format_args!("share of {what}"));
}

/// Number of rare, independent events: standard error √λ.
#[track_caller]
pub fn assert_count(found: usize, expected: f64, what: impl Display) {
    assert_estimate(found as f64, expected, expected.sqrt(), format_args!("number of {what}"));
}

/// Sample of a continuous law with this distribution function: the largest distance of Kolmogorov.
#[track_caller]
pub fn assert_distribution<T: Copy + Into<f64>>(x: &[T], distribution: impl Fn(f64) -> f64, what: impl Display) {
    let mut x: Vec<f64> = x.iter().map(|&x| x.into()).collect();
    assert!(x.iter().all(|x| x.is_finite()), "{what}: a number is not finite");
    x.sort_unstable_by(f64::total_cmp);
    let n = x.len() as f64;
    let off = |(i, &x): (usize, &f64)| (distribution(x) - (i as f64 + 0.5) / n).abs() + 0.5 / n;
    let distance = x.iter().enumerate().map(off).fold(0.0, f64::max) * n.sqrt();
    assert!(distance < KOLMOGOROV, "distribution of {what}: √n D is {distance}");
}

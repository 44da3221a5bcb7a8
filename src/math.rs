//! exp, ln, tanh and their relatives with the same bits on every system.
//!
//! Those of the standard library are functions of the C library of the system, whose last bit differs from version to version and
//! from processor to processor. These are of the crate `libm`, which computes them by the same operations everywhere, and about as
//! fast; tanh of single precision, which rules of synapses take of every weight, is our own (`math/single_tanh.rs`). What needs no such function (√, |x|, a · b + c) is rounded rightly by every processor.

mod single_tanh;

use multiversion::multiversion;

/// Numbers that have these functions; they are called as `math::exp(x)`.
pub trait Elementary: num_traits::Float {
    /// eˣ
    fn exp(x: Self) -> Self;
    /// eˣ − 1
    fn exp_m1(x: Self) -> Self;
    /// ln x
    fn ln(x: Self) -> Self;
    /// ln(1 + x)
    fn ln_1p(x: Self) -> Self;
    /// log₁₀ x
    fn log10(x: Self) -> Self;
    /// tanh x
    fn tanh(x: Self) -> Self;
    /// sin x
    fn sin(x: Self) -> Self;
    /// cos x
    fn cos(x: Self) -> Self;
    /// arccos x
    fn acos(x: Self) -> Self;
    /// xʸ
    fn pow(x: Self, y: Self) -> Self;
    /// √(x² + y²), without overflow
    fn hypot(x: Self, y: Self) -> Self;
}

macro_rules! elementary {
    ($number:ty, $pow:expr, $($name:ident($($x:ident),*): $of:path;)*) => {
        impl Elementary for $number {
            $(
                #[inline]
                fn $name($($x: Self),*) -> Self {
                    $of($($x),*)
                }
            )*
            #[inline]
            fn pow(x: Self, y: Self) -> Self {
                $pow(x, y)
            }
        }
    };
}

elementary! {
    f32, single_pow,
    exp(x): libm::expf;
    exp_m1(x): libm::expm1f;
    ln(x): libm::logf;
    ln_1p(x): libm::log1pf;
    log10(x): libm::log10f;
    tanh(x): single_tanh::tanh;
    sin(x): libm::sinf;
    cos(x): libm::cosf;
    acos(x): libm::acosf;
    hypot(x, y): libm::hypotf;
}

elementary! {
    f64, libm::pow,
    exp(x): libm::exp;
    exp_m1(x): libm::expm1;
    ln(x): libm::log;
    ln_1p(x): libm::log1p;
    log10(x): libm::log10;
    tanh(x): libm::tanh;
    sin(x): libm::sin;
    cos(x): libm::cos;
    acos(x): libm::acos;
    hypot(x, y): libm::hypot;
}

/// A third of the time of `libm::powf`, and as exact, by double precision.
#[inline]
fn single_pow(x: f32, y: f32) -> f32 {
    if x >= 0.0 && y != 0.0 { libm::exp(f64::from(y) * libm::log(f64::from(x))) as f32 } else { libm::powf(x, y) }
}

/// tanh(factor · x) of every number.
///
/// # Panics
/// If there are not as many results as numbers.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub fn tanh_of_all(x: &[f32], factor: f32, out: &mut [f32]) {
    assert_eq!(x.len(), out.len(), "as many results as numbers");
    out.iter_mut().zip(x).for_each(|(y, x)| *y = single_tanh::tanh(factor * x));
}

macro_rules! functions {
    ($($(#[$doc:meta])* $name:ident($($x:ident),*);)*) => {
        $(
            $(#[$doc])*
            #[inline]
            pub fn $name<T: Elementary>($($x: T),*) -> T {
                <T as Elementary>::$name($($x),*)
            }
        )*
    };
}

functions! {
    /// eˣ
    exp(x);
    /// eˣ − 1
    exp_m1(x);
    /// ln x
    ln(x);
    /// ln(1 + x)
    ln_1p(x);
    /// log₁₀ x
    log10(x);
    /// tanh x
    tanh(x);
    /// sin x
    sin(x);
    /// cos x
    cos(x);
    /// arccos x
    acos(x);
    /// xʸ
    pow(x, y);
    /// √(x² + y²), without overflow
    hypot(x, y);
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Against the functions of the system, to within what neither promises.
    #[test]
    fn functions_are_what_they_are_called() {
        type Single = (fn(f32) -> f32, fn(f32) -> f32);
        type Double = (fn(f64) -> f64, fn(f64) -> f64);
        let single: [Single; 9] = [
            (exp, f32::exp),
            (exp_m1, f32::exp_m1),
            (ln, f32::ln),
            (ln_1p, f32::ln_1p),
            (log10, f32::log10),
            (tanh, f32::tanh),
            (sin, f32::sin),
            (cos, f32::cos),
            (acos, f32::acos),
        ];
        let double: [Double; 9] = [
            (exp, f64::exp),
            (exp_m1, f64::exp_m1),
            (ln, f64::ln),
            (ln_1p, f64::ln_1p),
            (log10, f64::log10),
            (tanh, f64::tanh),
            (sin, f64::sin),
            (cos, f64::cos),
            (acos, f64::acos),
        ];
        for x in (0..=4000).map(|i| f64::from(i) / 200.0 - 10.0) {
            for (own, system) in single {
                let (own, system) = (own(x as f32), system(x as f32));
                let far = (own - system).abs() > 4.0 * f32::EPSILON * system.abs().max(f32::EPSILON);
                assert!(!far && own.is_nan() == system.is_nan(), "{x}: {own} and {system}");
            }
            for (own, system) in double {
                let (own, system) = (own(x), system(x));
                let far = (own - system).abs() > 4.0 * f64::EPSILON * system.abs().max(f64::EPSILON);
                assert!(!far && own.is_nan() == system.is_nan(), "{x}: {own} and {system}");
            }
            for y in [-2.5, -1.0, 0.0, 0.3, 1.0, 7.0] {
                let (own, system) = (pow(x as f32, y as f32), (x as f32).powf(y as f32));
                assert!(
                    own == system
                        || (own.is_nan() && system.is_nan())
                        || (own / system - 1.0).abs() < 4.0 * f32::EPSILON,
                    "{x}^{y}: {own} and {system}"
                );
                assert!((hypot(x, y) - x.hypot(y)).abs() <= 4.0 * f64::EPSILON * x.hypot(y));
            }
        }
        assert_eq!([pow(0.0f32, 0.5), pow(0.0f32, 0.0), pow(0.0f32, -1.0)], [0.0, 1.0, f32::INFINITY]);
    }
}

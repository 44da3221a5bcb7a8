//! The assertions themselves: each passes for its law, and fails when the law is wrong by a factor of 2.
use dyadsim::random::NormalStream;
use law_assertions::{
    assert_correlation, assert_count, assert_covariance, assert_distribution, assert_mean, assert_share,
    assert_variance, kurtosis,
};
use statrs::distribution::{ContinuousCDF, Normal};
use std::panic::catch_unwind;

const N: usize = 20_000;

/// Two samples of variance 4 and mean 1 that correlate to 0.8, and a uniform one in [−½, ½).
fn samples() -> [Vec<f32>; 3] {
    let [mut x, mut y, mut u] = [(); 3].map(|()| vec![0.0f32; N]);
    let mut stream = NormalStream::new(11);
    stream.fill(&mut x);
    stream.fill(&mut y);
    stream.fill_uniform(&mut u);
    y.iter_mut().zip(&x).for_each(|(y, x)| *y = 0.6f32.mul_add(*y, 0.8 * x));
    for x in x.iter_mut().chain(&mut y) {
        *x = 2.0f32.mul_add(*x, 1.0);
    }
    [x, y, u]
}

/// Asserts that an assertion passes with the law times 1, and neither with twice nor with half of it.
fn tells(assertion: impl Fn(f64) + std::panic::RefUnwindSafe) {
    assertion(1.0);
    for wrong in [0.5, 2.0] {
        assert!(catch_unwind(|| assertion(wrong)).is_err(), "a law that is {wrong} of the right one passed");
    }
}

#[test]
fn an_assertion_fails_for_a_law_that_is_wrong_by_a_factor_of_two() {
    let [x, y, u] = samples();
    tells(|factor| assert_mean(&x, factor, 4.0, "x"));
    tells(|factor| assert_variance(&x, 4.0 * factor, kurtosis::NORMAL, "x"));
    tells(|factor| assert_variance(&u, factor / 12.0, kurtosis::UNIFORM, "u"));
    tells(|factor| assert_covariance(&x, &y, 3.2 * factor, 4.0, "x and y"));
    tells(|factor| assert_correlation(&x, &y, 0.8 * factor, "x and y"));
    tells(|factor| assert_share(u.iter().filter(|u| **u < -0.4).count(), N, 0.1 * factor, "the lowest tenth"));
    tells(|factor| assert_count(u.iter().filter(|u| **u < -0.49).count(), 0.01 * factor * N as f64, "the lowest"));
    let law = |std| Normal::new(1.0, std).unwrap();
    tells(|factor| assert_distribution(&x, |x| law(2.0 * factor).cdf(x), "x"));
}

#[test]
fn what_is_no_number_fails() {
    assert!(catch_unwind(|| assert_mean(&[f64::NAN, 1.0], 0.5, 1.0, "x")).is_err());
    assert!(catch_unwind(|| assert_distribution(&[f64::NAN, 1.0], |x| x, "x")).is_err());
}

//! Normal and uniform numbers in bulk.
//!
//! The method of Box & Muller (1958) makes the normals, with a radius of 32 random bits, so that they reach 6.7 σ, and an
//! angle of 32.
//!
//! Every fused multiply-add is written out and nothing else may be contracted or reordered, so all instruction sets
//! give the same bits.
use super::lanes::{LANES, State, next, seed};
use multiversion::multiversion;
use std::f32::consts::{FRAC_PI_4, LN_2};

/// Normals of a round: each lane gives the two of one point in the plane.
const ROUND: usize = 2 * LANES;
const TWO_TO_MINUS_32: f32 = 1.0 / 4_294_967_296.0;

/// A stream of random numbers of one key. Keys should be hashes: two that differ by a small multiple of the increment
/// of SplitMix64 share generators.
#[derive(Debug, Clone)]
// No load of a register straddles two cache lines.
#[repr(align(64))]
pub struct NormalStream {
    state: State,
}

impl NormalStream {
    /// Opens the stream of a key.
    pub fn new(key: u64) -> Self {
        Self { state: seed(key) }
    }

    /// Standard normals. They are made 32 at a time; those of a last, incomplete round are dropped.
    pub fn fill(&mut self, out: &mut [f32]) {
        fill_normal(&mut self.state, out);
    }

    /// Uniform numbers of 24 bits in [−½, ½). They are made 16 at a time; those of a last, incomplete round are dropped.
    pub fn fill_uniform(&mut self, out: &mut [f32]) {
        fill_uniform(&mut self.state, out);
    }
}

/// √(−2 ln u) of u = (word + ½)/2³² in (0, 1].
#[inline(always)]
fn radius(word: u32) -> f32 {
    let u = (word as f32).mul_add(TWO_TO_MINUS_32, 0.5 * TWO_TO_MINUS_32);
    // u = 2^e (1 + f) with 1 + f between √½ and √2, so that e = 0 next to u = 1, where the logarithm vanishes and a sum
    // with e ln 2 would cancel.
    const SQRT_HALF: u32 = 0x3f35_04f3;
    let bits = u.to_bits().wrapping_sub(SQRT_HALF);
    let e = (bits as i32 >> 23) as f32;
    let f = f32::from_bits((bits & 0x007f_ffff) + SQRT_HALF) - 1.0;
    // −2 ln(1 + f)/f with a relative error of at most 1.7·10⁻⁷.
    let p = 0.202_245_27_f32
        .mul_add(f, -0.324_429)
        .mul_add(f, 0.344_963_82)
        .mul_add(f, -0.398_002_48)
        .mul_add(f, 0.499_403_66)
        .mul_add(f, -0.666_701_5)
        .mul_add(f, 1.000_007_2)
        .mul_add(f, -1.999_999_9);
    f.mul_add(p, e * (-2.0 * LN_2)).sqrt()
}

/// A direction in the plane, uniformly.
#[inline(always)]
fn direction(word: u32) -> (f32, f32) {
    // The low 30 bits give an angle within an eighth of the circle to either side of an axis, the high two the axis.
    let t = (word << 2) as i32 as f32 * (2.0 * TWO_TO_MINUS_32);
    let z = t * t;
    // sin(πt/4) and cos(πt/4) with a relative error of at most 3·10⁻⁸ and 6·10⁻⁸.
    let sin = t * (-3.660_915e-5_f32).mul_add(z, 2.491_016_4e-3).mul_add(z, -0.080_745_83).mul_add(z, FRAC_PI_4);
    let cos = (-3.175_596_4e-4_f32).mul_add(z, 0.015_848_052).mul_add(z, -0.308_423_6).mul_add(z, 0.999_999_94);
    let cos = f32::from_bits(cos.to_bits() ^ (word & 0x8000_0000));
    if word & 0x4000_0000 == 0 { (cos, sin) } else { (sin, cos) }
}

/// The normals of one draw of two words per lane.
#[inline(always)]
fn round(state: &mut State, out: &mut [f32; ROUND]) {
    let (radii, directions) = (next(state), next(state));
    let (first, second) = out.split_at_mut(LANES);
    for i in 0..LANES {
        let r = radius(radii[i]);
        let (x, y) = direction(directions[i]);
        first[i] = r * x;
        second[i] = r * y;
    }
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq+fma", "x86_64+avx2+fma"))]
fn fill_normal(state: &mut State, out: &mut [f32]) {
    let (rounds, rest) = out.as_chunks_mut();
    for out in rounds {
        round(state, out);
    }
    if !rest.is_empty() {
        let mut last = [0.0; ROUND];
        round(state, &mut last);
        rest.copy_from_slice(&last[..rest.len()]);
    }
}

#[inline(always)]
fn uniform_round(state: &mut State) -> [f32; LANES] {
    next(state).map(|word| (word as i32 >> 8) as f32 * (1.0 / 16_777_216.0))
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn fill_uniform(state: &mut State, out: &mut [f32]) {
    let (rounds, rest) = out.as_chunks_mut();
    for out in rounds {
        *out = uniform_round(state);
    }
    if !rest.is_empty() {
        rest.copy_from_slice(&uniform_round(state)[..rest.len()]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::{
        assert_count, assert_distribution, assert_estimate, assert_mean, assert_variance, kurtosis, mean,
    };
    use statrs::distribution::{ContinuousCDF, Normal};

    const N: usize = 4_000_000;

    fn law() -> Normal {
        Normal::new(0.0, 1.0).unwrap()
    }

    fn normals(key: u64, n: usize) -> Vec<f64> {
        let mut x = vec![0.0; n];
        NormalStream::new(key).fill(&mut x);
        x.into_iter().map(f64::from).collect()
    }

    /// Asserts that neither normals nor their squares correlate with those `lag` places on.
    fn assert_uncorrelated(x: &[f64], lag: usize) {
        let (a, b) = (&x[lag..], &x[..x.len() - lag]);
        let products: Vec<f64> = a.iter().zip(b).map(|(a, b)| a * b).collect();
        let of_squares: Vec<f64> = a.iter().zip(b).map(|(a, b)| (a * a - 1.0) * (b * b - 1.0) / 2.0).collect();
        assert_mean(&products, 0.0, 1.0, format!("products at lag {lag}"));
        assert_mean(&of_squares, 0.0, 1.0, format!("products of squares at lag {lag}"));
    }

    #[test]
    fn moments_are_those_of_the_normal_law() {
        let x = normals(1, N);
        let centre = mean(&x);
        let moment = |k: i32| mean(&x.iter().map(|x| (x - centre).powi(k)).collect::<Vec<_>>());
        let [variance, third, fourth] = [2, 3, 4].map(moment);
        let excess = [centre, variance - 1.0, third / variance.powf(1.5), fourth / variance.powi(2) - 3.0];
        for (k, (excess, n_error_squared)) in (1..).zip(excess.into_iter().zip([1.0, 2.0, 6.0, 24.0])) {
            assert_estimate(excess, 0.0, f64::sqrt(n_error_squared / N as f64), format!("moment {k}"));
        }
    }

    #[test]
    fn the_distribution_function_is_that_of_the_normal_law() {
        assert_distribution(&normals(2, N), |x| law().cdf(x), "normals");
    }

    #[test]
    fn tails_are_as_heavy_as_they_should_be() {
        let x = normals(3, 4 * N);
        for beyond in [3.0, 4.0, 5.0] {
            let expected = 2.0 * law().sf(beyond) * x.len() as f64;
            let found = x.iter().filter(|x| x.abs() > beyond).count();
            assert_count(found, expected, format!("normals beyond {beyond}"));
        }
        assert!((6.7..6.8).contains(&radius(0)));
    }

    #[test]
    fn draws_are_uncorrelated_within_points_streams_and_neighbouring_keys() {
        let x = normals(4, N / 4);
        (1..=ROUND).for_each(|lag| assert_uncorrelated(&x, lag));
        let point = |round: &[f64], i| [round[i], round[LANES + i]];
        let points = x.chunks(ROUND).flat_map(|round| (0..LANES).flat_map(move |i| point(round, i)));
        assert_uncorrelated(&points.collect::<Vec<_>>(), 1);
        const BLOCK: usize = 256;
        let blocks: Vec<f64> = (0..4096).flat_map(|key| normals(key, BLOCK)).collect();
        (BLOCK - LANES..=BLOCK + LANES).for_each(|lag| assert_uncorrelated(&blocks, lag));
    }

    #[test]
    fn uniform_numbers_have_the_moments_of_their_law() {
        let mut x = vec![0.0; N];
        NormalStream::new(6).fill_uniform(&mut x);
        assert!(x.iter().all(|x| (-0.5..0.5).contains(x)));
        assert_mean(&x, 0.0, 1.0 / 12.0, "uniform numbers");
        assert_variance(&x, 1.0 / 12.0, kurtosis::UNIFORM, "uniform numbers");
    }

    #[test]
    fn radius_and_direction_are_as_exact_as_single_precision() {
        let close = |found: f32, exact: f64| (f64::from(found) - exact).abs() <= 3e-7 * exact.abs();
        for word in (0..1000).flat_map(|i| [i, u32::MAX - i]).chain((0..=u32::MAX).step_by(4093)) {
            let u = f64::from((word as f32).mul_add(TWO_TO_MINUS_32, 0.5 * TWO_TO_MINUS_32));
            assert!(close(radius(word), (-2.0 * u.ln()).sqrt()), "{word}");
            let angle = std::f64::consts::FRAC_PI_4 * f64::from((word << 2) as i32) / 2f64.powi(31);
            let (sin, cos) = (angle.sin(), if word >> 31 == 0 { angle.cos() } else { -angle.cos() });
            let (x, y) = direction(word);
            let (x, y) = if word >> 30 & 1 == 0 { (x, y) } else { (y, x) };
            assert!(close(x, cos) && close(y, sin), "{word}");
        }
    }

    #[test]
    fn vectors_of_any_length_have_the_bits_of_scalars() {
        for n in [0, 1, 31, 32, 33, 100, 32_000] {
            let (mut x, mut stream) = (vec![0.0; n], NormalStream::new(7));
            let mut state = stream.state;
            stream.fill(&mut x);
            for found in x.chunks(ROUND) {
                let mut scalar = [0.0; ROUND];
                round(&mut state, &mut scalar);
                assert!(found.iter().zip(scalar).all(|(a, b)| a.to_bits() == b.to_bits()));
            }
            assert_eq!(stream.state, state);
        }
    }

    /// Results that users have published must not change.
    #[test]
    fn streams_are_stable() {
        let (mut x, mut y, mut stream) = ([0.0; 20], [0.0; 2], NormalStream::new(7));
        assert_eq!([stream.state[0][0], stream.state[3][15]], [1_496_452_567, 232_960_171]);
        stream.fill(&mut x);
        stream.fill_uniform(&mut y);
        let bits = [x[0], x[1], x[15], x[16], x[19], y[0], y[1]].map(f32::to_bits);
        assert_eq!(bits, [0xbf8d_d3e1, 0xbd10_af5d, 0x3e84_eeaf, 0xbe04_9f36, 0xbe63_5e1e, 0x3e1e_81e8, 0xbe54_8a34]);
    }
}

//! tanh of single precision, in a form that vector units compute for many numbers at once: rules of synapses take it of every
//! weight at every step. Both halves are those of Cephes (`tanhf.c`, `expf.c`; S. L. Moshier), computed side by side
//! and selected from, without a branch. At most 1.5 units in the last place from tanh, odd, and NaN of NaN.

/// Below this the polynomial in x² is the exact one, above it 1 − 2/(e²ˣ + 1).
const SMALL: f32 = 0.625;
/// From here on tanh is 1 in single precision.
const LARGE: f32 = 9.5;
/// Adding it rounds a number below 2²² to a whole one, which then stands in the lowest bits.
const ROUNDING: f32 = 12_582_912.0;
/// ln 2 as two numbers, of which the first is so short that its multiples are exact.
const LN_2: [f32; 2] = [0.693_359_4, -2.121_944_4e-4];

/// tanh x
#[inline(always)]
pub(super) fn tanh(x: f32) -> f32 {
    let magnitude = x.abs();
    let squared = x * x;
    let small = polynomial(squared, [-5.704_988_7e-3, 2.063_909e-2, -5.373_971_5e-2, 1.333_144_2e-1, -3.333_328e-1]);
    let small = small * squared * x + x;

    let twice = 2.0 * if magnitude < LARGE { magnitude } else { LARGE };
    // e²ˣ = 2ⁿ eʳ with |r| ≤ ln 2 / 2.
    let shifted = twice * std::f32::consts::LOG2_E + ROUNDING;
    let n = shifted - ROUNDING;
    let r = (twice - n * LN_2[0]) - n * LN_2[1];
    let tail = [1.987_569_1e-4, 1.398_199_9e-3, 8.333_452e-3, 4.166_579_6e-2, 1.666_666_6e-1, 5.0e-1];
    let of_rest = polynomial(r, tail) * (r * r) + r + 1.0;
    let power_of_two = f32::from_bits((shifted.to_bits() << 23).wrapping_add(1.0f32.to_bits()));
    let large = 1.0 - 2.0 / (of_rest * power_of_two + 1.0);

    let found = if magnitude < SMALL { small } else { large };
    if x.is_nan() { x } else { found.copysign(x) }
}

/// Horner's scheme, the highest power first.
#[inline(always)]
fn polynomial<const N: usize>(x: f32, coefficients: [f32; N]) -> f32 {
    coefficients.into_iter().reduce(|sum, c| sum * x + c).unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::tanh;

    /// Numbers of every magnitude, in steps that share no factor with powers of two.
    #[test]
    fn it_is_tanh_to_one_and_a_half_units_in_the_last_place() {
        for bits in (0..f32::INFINITY.to_bits()).step_by(4099) {
            let x = f32::from_bits(bits);
            let exact = f64::from(x).tanh();
            let unit = f64::from(f32::from_bits((exact as f32).to_bits() + 1)) - f64::from(exact as f32);
            let error = (f64::from(tanh(x)) - exact).abs() / unit;
            assert!(error <= 1.5, "tanh {x}: {error} units in the last place");
            assert_eq!(tanh(-x), -tanh(x));
        }
    }

    #[test]
    fn it_stays_between_its_limits_and_tells_of_nan() {
        assert_eq!([f32::INFINITY, 20.0, f32::MAX].map(tanh), [1.0; 3]);
        assert_eq!(tanh(-0.0).to_bits(), (-0.0f32).to_bits());
        assert!(tanh(f32::NAN).is_nan());
        assert!((0..1000).all(|i| tanh(i as f32 / 100.0) <= 1.0));
    }
}

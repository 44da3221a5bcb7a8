//! A column of numbers into one number.
use multiversion::multiversion;

/// max |x|; NaN if any x is.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn largest_magnitude(x: &[f32]) -> f32 {
    // Without its sign a number is larger where its bits are, and the maximum of integers may be taken in any order.
    const MAGNITUDE: u32 = 0x7fff_ffff;
    f32::from_bits(x.iter().fold(0, |largest, x| largest.max(x.to_bits() & MAGNITUDE)))
}

/// ‖x‖₂
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn norm(x: &[f32]) -> f32 {
    // Plain loops: what a function of the standard library calls is not compiled for the same instruction set.
    let (pairs, rest) = x.as_chunks::<{ 2 * LANES }>();
    let (mut even, mut odd) = ([0.0f32; LANES], [0.0f32; LANES]);
    for pair in pairs {
        for i in 0..LANES {
            even[i] += pair[i] * pair[i];
            odd[i] += pair[LANES + i] * pair[LANES + i];
        }
    }
    let mut sums = [0.0f32; LANES];
    for i in 0..LANES {
        sums[i] = even[i] + odd[i];
    }
    for (i, x) in rest.iter().enumerate() {
        sums[i % LANES] += x * x;
    }
    // In short chains: sixteen dependent additions would take longer than a small column.
    let mut four = [0.0; 4];
    for i in 0..4 {
        four[i] = (sums[i] + sums[i + 4]) + (sums[i + 8] + sums[i + 12]);
    }
    ((four[0] + four[2]) + (four[1] + four[3])).sqrt()
}

/// Numbers that are summed side by side.
const LANES: usize = 16;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_counts_whatever_the_length() {
        for n in [0, 1, 7, 64, 65, 200] {
            let x: Vec<f32> = (0..n).map(|i| if i % 2 == 0 { i as f32 } else { -(i as f32) }).collect();
            let expected = x.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>().sqrt();
            assert!((f64::from(norm(&x)) - expected).abs() <= 1e-6 * expected);
            assert_eq!(largest_magnitude(&x), (n as f32 - 1.0).max(0.0));
        }
    }
}

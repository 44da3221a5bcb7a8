//! A column of numbers into one number.
use multiversion::multiversion;

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn largest_magnitude(x: &[f32]) -> f32 {
    let mut largest = [0.0f32; LANES];
    for chunk in x.chunks(LANES) {
        for (largest, x) in largest.iter_mut().zip(chunk) {
            let x = x.abs();
            *largest = if x > *largest { x } else { *largest };
        }
    }
    reduce(largest, |a, b| if a > b { a } else { b })
}

#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(crate) fn norm(x: &[f32]) -> f32 {
    let mut sums = [0.0f32; LANES];
    for chunk in x.chunks(LANES) {
        for (sum, x) in sums.iter_mut().zip(chunk) {
            *sum += x * x;
        }
    }
    reduce(sums, |a, b| a + b).sqrt()
}

/// Numbers that are reduced side by side: enough to hide the latency of the operations.
const LANES: usize = 64;

/// All lanes into one, in short chains: 64 dependent operations would take longer than a small column.
#[inline(always)]
fn reduce(lanes: [f32; LANES], join: impl Fn(f32, f32) -> f32) -> f32 {
    let mut eight = [0.0; 8];
    for i in 0..8 {
        eight[i] = lanes[i];
        for k in 1..LANES / 8 {
            eight[i] = join(eight[i], lanes[8 * k + i]);
        }
    }
    let four = [0, 1, 2, 3].map(|i| join(eight[i], eight[i + 4]));
    join(join(four[0], four[2]), join(four[1], four[3]))
}

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

//! Sparse independent events of pairs whose probabilities are a product of two factors.
use super::{Stream, absorb};
use crate::math;
use rand::{RngExt, SeedableRng};

/// Rows that share a stream of random numbers.
pub const EVENT_ROWS: usize = 64;

/// The factors of the units that send, prepared once for all rows.
#[derive(Debug, Clone, PartialEq)]
pub struct Senders {
    /// (j, b_j) for the b_j > 0.
    factors: Vec<(usize, f64)>,
    largest: f64,
}

impl Senders {
    /// From the factors b_j ≥ 0.
    pub fn new(b: &[f32]) -> Self {
        let positive = b.iter().map(|&b| f64::from(b)).enumerate().filter(|&(_, b)| b > 0.0);
        let factors: Vec<_> = positive.collect();
        let largest = factors.iter().fold(0.0, |largest, &(_, b)| b.max(largest));
        Self { factors, largest }
    }
}

/// Calls `visit(i, j)` for every pair that has an event: each independently with probability min(1, a_i b_j), a_i ≥ 0
/// being the factors of the rows from `first_row` on. Rows come in order, and so do the events of a row.
///
/// Each block of 64 rows draws from a stream of its own under the key, which should be a hash: calls for different
/// blocks can run side by side and give what one call for all of them gives.
///
/// # Panics
/// If `first_row` is no multiple of [`EVENT_ROWS`].
pub fn events(key: u64, a: &[f32], first_row: usize, senders: &Senders, mut visit: impl FnMut(usize, usize)) {
    assert!(first_row.is_multiple_of(EVENT_ROWS), "events start with a block of rows");
    for (block, a) in a.chunks(EVENT_ROWS).enumerate() {
        let first = first_row + block * EVENT_ROWS;
        let mut random = Stream::seed_from_u64(absorb(key, (first / EVENT_ROWS) as u64));
        for (i, &a) in a.iter().enumerate().filter(|&(_, &a)| a > 0.0) {
            row(f64::from(a), senders, &mut random, |j| visit(first + i, j));
        }
    }
}

/// The events of one row: trials of the largest probability in it, of which only the successes are drawn, as the
/// geometric distances between them; a success is kept in the proportion of the pair's own probability.
fn row(a: f64, senders: &Senders, random: &mut Stream, mut visit: impl FnMut(usize)) {
    let probability = |b: f64| (a * b).min(1.0);
    let bound = probability(senders.largest);
    // −∞ for a bound of one, which gives distances of zero.
    let log_failure = math::ln_1p(-bound);
    let mut rest = senders.factors.as_slice();
    loop {
        let failures = math::ln(1.0 - random.random::<f64>()) / log_failure;
        // Compared before the conversion: it may be far beyond every index.
        if failures.is_nan() || failures >= rest.len() as f64 {
            return;
        }
        let at = failures as usize;
        let (j, b) = rest[at];
        rest = &rest[at + 1..];
        if random.random::<f64>() * bound < probability(b) {
            visit(j);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use law_assertions::{assert_covariance, assert_mean, assert_share};

    const POST: usize = 70;
    const PRE: usize = 9;
    const TRIALS: usize = 40_000;

    /// Probabilities from 0 and 10⁻³ to the bound of one and far beyond it.
    fn factors() -> (Vec<f32>, Vec<f32>) {
        let a = (0..POST).map(|i| [0.0, 0.004, 0.1, 0.3, 0.9, 2.0, 40.0][i * 5 % 7]);
        (a.collect(), vec![0.25, 0.0, 0.5, 1.0, 0.9, 0.3, 0.25, 0.7, 0.01])
    }

    fn probability(i: usize, j: usize) -> f64 {
        let (a, b) = factors();
        (f64::from(a[i]) * f64::from(b[j])).min(1.0)
    }

    fn table(key: u64) -> Vec<f64> {
        let (a, b) = factors();
        let mut table = vec![0.0; POST * PRE];
        events(key, &a, 0, &Senders::new(&b), |i, j| table[i * PRE + j] += 1.0);
        table
    }

    fn tables() -> Vec<Vec<f64>> {
        (0..TRIALS as u64).map(|t| table(absorb(1, t))).collect()
    }

    #[test]
    fn every_pair_has_its_probability_and_pairs_are_independent() {
        let (tables, n) = (tables(), TRIALS as f64);
        let law = |k: usize| (probability(k / PRE, k % PRE), k);
        let mut chi_squared = Vec::new();
        for (p, k) in (0..POST * PRE).map(law) {
            let count = tables.iter().map(|table| table[k]).sum::<f64>();
            // Certain and impossible pairs have no error at all.
            assert_share(count as usize, TRIALS, p, format!("pair {k}"));
            let (frequency, error) = (count / n, (p * (1.0 - p) / n).sqrt());
            if error > 0.0 {
                chi_squared.push(((frequency - p) / error).powi(2));
            }
        }
        // The mean of the squared deviations has mean 1; it would be less or more for a law of another width.
        assert_mean(&chi_squared, 1.0, 2.0, "squared deviations");
        // Pairs next to each other in a row, further apart, in neighbouring rows and in different blocks.
        for lag in [1, 2, 3, PRE - 1, PRE, PRE + 1, 7 * PRE, EVENT_ROWS * PRE] {
            let couples = (0..POST * PRE - lag).map(|k| (law(k), law(k + lag)));
            let uncertain = |p: f64| p * (1.0 - p) > 1e-3;
            for ((p, k), (q, l)) in couples.filter(|((p, _), (q, _))| uncertain(*p) && uncertain(*q)).step_by(5) {
                let covariance = tables.iter().map(|table| (table[k] - p) * (table[l] - q)).sum::<f64>() / n;
                let correlation = covariance / (p * (1.0 - p) * q * (1.0 - q)).sqrt();
                assert!(correlation.abs() < 4.5 / n.sqrt(), "pairs {k}, {l}: {correlation}");
            }
        }
    }

    #[test]
    fn trials_of_neighbouring_keys_are_independent() {
        let tables: Vec<_> = (0..TRIALS as u64).map(table).collect();
        let k = 2 * PRE + 3;
        let p = probability(k / PRE, k % PRE);
        let trials: Vec<f64> = tables.iter().map(|table| table[k]).collect();
        assert_covariance(&trials[1..], &trials[..TRIALS - 1], 0.0, p * (1.0 - p), "neighbours");
    }

    #[test]
    fn blocks_of_rows_can_be_drawn_apart() {
        let a: Vec<f32> = (0..200).map(|i| (i % 11) as f32 / 20.0).collect();
        let senders = Senders::new(&[0.3, 0.0, 1.0, 0.8]);
        let draw = |rows: std::ops::Range<usize>| {
            let mut pairs = Vec::new();
            events(5, &a[rows.clone()], rows.start, &senders, |i, j| pairs.push((i, j)));
            pairs
        };
        let whole = draw(0..200);
        assert!(whole.is_sorted() && whole.iter().all(|&(i, j)| i % 11 != 0 && j != 1));
        assert_eq!([draw(0..64), draw(64..192), draw(192..200)].concat(), whole);
    }

    #[test]
    fn nothing_happens_without_senders_or_probability() {
        let mut count = 0;
        for b in [vec![], vec![0.0; 5]] {
            events(1, &[1.0; 3], 0, &Senders::new(&b), |_, _| count += 1);
        }
        events(1, &[1e-45; 64], 0, &Senders::new(&[1e-45; 100]), |_, _| count += 1);
        assert_eq!(count, 0);
    }
}

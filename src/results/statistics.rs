//! Means, spreads and shares over replicates.

/// Mean and standard deviation (divided by n − 1) of the finite values.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Summary {
    /// Number of finite values.
    pub count: usize,
    /// Not a number if there are none.
    pub mean: f64,
    /// `None` if there is at most one.
    pub deviation: Option<f64>,
    /// The least and the greatest; infinite if there are none.
    pub range: [f64; 2],
}

impl Summary {
    /// Of the finite ones among these.
    pub fn of(values: impl IntoIterator<Item = f64>) -> Self {
        let values: Vec<f64> = values.into_iter().filter(|value| value.is_finite()).collect();
        let count = values.len();
        let mean = values.iter().sum::<f64>() / count as f64;
        let squares: f64 = values.iter().map(|value| (value - mean).powi(2)).sum();
        let deviation = (count > 1).then(|| (squares / (count - 1) as f64).sqrt());
        let fold = |start: f64, of: fn(f64, f64) -> f64| values.iter().copied().fold(start, of);
        let range = [fold(f64::INFINITY, f64::min), fold(f64::NEG_INFINITY, f64::max)];
        Self { count, mean, deviation, range }
    }

    /// Mean ± standard deviation; the mean twice if there is only one value.
    pub fn spread(&self) -> [f64; 2] {
        let deviation = self.deviation.unwrap_or(0.0);
        [self.mean - deviation, self.mean + deviation]
    }
}

/// The interval of a share `good` of `all` by Wilson (1927), for one standard deviation.
pub fn wilson(good: usize, all: usize) -> [f64; 2] {
    let (n, share) = (all as f64, good as f64 / all as f64);
    let middle = (share + 0.5 / n) / (1.0 + 1.0 / n);
    let half = (share * (1.0 - share) / n + 0.25 / (n * n)).sqrt() / (1.0 + 1.0 / n);
    [middle - half, middle + half]
}

/// The yield over the threshold: ascending thresholds at which the share changes, and the share of values that reach
/// each (are at least it, or at most it if `small_is_good`). What is not finite never does.
pub fn yield_curve(values: &[f64], small_is_good: bool) -> (Vec<f64>, Vec<f64>) {
    let mut steps: Vec<f64> = values.iter().copied().filter(|value| value.is_finite()).collect();
    steps.sort_by(f64::total_cmp);
    steps.dedup();
    let share = |threshold: &f64| reached(values, *threshold, small_is_good) as f64 / values.len() as f64;
    let shares = steps.iter().map(share).collect();
    (steps, shares)
}

/// How many values reach a threshold.
pub fn reached(values: &[f64], threshold: f64, small_is_good: bool) -> usize {
    let good = |value: &&f64| if small_is_good { **value <= threshold } else { **value >= threshold };
    values.iter().filter(good).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spreads_are_mean_plus_minus_sample_deviation_of_what_is_finite() {
        let summary = Summary::of([1.0, 2.0, f64::NAN, 6.0]);
        assert_eq!((summary.count, summary.mean, summary.range), (3, 3.0, [1.0, 6.0]));
        let deviation = 7f64.sqrt();
        assert_eq!(summary.spread(), [3.0 - deviation, 3.0 + deviation]);
        assert_eq!(Summary::of([5.0]).spread(), [5.0, 5.0]);
        assert!(Summary::of([f64::NAN]).mean.is_nan());
    }

    #[test]
    fn yield_falls_from_all_to_the_best_and_failures_count() {
        let (thresholds, shares) = yield_curve(&[0.9, 0.5, 0.9, f64::NAN], false);
        assert_eq!((thresholds, shares), (vec![0.5, 0.9], vec![0.75, 0.5]));
        let (thresholds, shares) = yield_curve(&[3.0, 1.0], true);
        assert_eq!((thresholds, shares), (vec![1.0, 3.0], vec![0.5, 1.0]));
    }

    #[test]
    fn intervals_of_shares_are_those_of_wilson() {
        // n = 10, p = ½: middle ½, half √(0.025 + 0.0025)/1.1.
        let [low, high] = wilson(5, 10);
        assert!((low - (0.5 - 0.0275f64.sqrt() / 1.1)).abs() < 1e-12 && (low + high - 1.0).abs() < 1e-12);
        let [low, high] = wilson(10, 10);
        assert!(low > 0.9 && high <= 1.0);
    }
}

//! Means, spreads and shares over replicates.
use statrs::distribution::{ContinuousCDF, StudentsT};

/// How far results are uncertain, or spread: what bands, bars and tables show around a mean over replicates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ErrorKind {
    /// Mean ± standard deviation over the replicates, divided by n − 1.
    #[default]
    StandardDeviation,
    /// Mean ± standard error, the standard deviation over √n.
    StandardError,
    /// The 95 % confidence interval of the mean by Student's t.
    Confidence95,
    /// From the least to the greatest.
    Range,
}

impl ErrorKind {
    /// All of them, under the names that options have for them.
    pub const ALL: [(&'static str, Self); 4] = [
        ("sd", Self::StandardDeviation),
        ("se", Self::StandardError),
        ("ci95", Self::Confidence95),
        ("range", Self::Range),
    ];

    /// That of a name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(own, _)| *own == name).map(|(_, kind)| *kind)
    }

    /// What tables and lines call it.
    pub fn noun(self) -> &'static str {
        match self {
            Self::StandardDeviation => "standard deviation",
            Self::StandardError => "standard error",
            Self::Confidence95 => "95 % confidence interval",
            Self::Range => "range",
        }
    }

    /// What legends and captions call it.
    pub fn label(self) -> &'static str {
        match self {
            Self::StandardDeviation => "mean ± standard deviation",
            Self::StandardError => "mean ± standard error",
            Self::Confidence95 => "mean with its 95 % confidence interval",
            Self::Range => "mean with lowest and highest",
        }
    }
}

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

    /// The spread around the mean, as "± 0.4 %" or "90.1 % to 90.9 %"; nothing of a single value.
    pub fn spread(&self, kind: ErrorKind, tell: impl Fn(f64) -> String) -> Option<String> {
        if self.count < 2 {
            return None;
        }
        let [low, high] = self.interval(kind);
        Some(match kind {
            ErrorKind::StandardDeviation | ErrorKind::StandardError => format!("± {}", tell(high - self.mean)),
            ErrorKind::Confidence95 | ErrorKind::Range => format!("{} to {}", tell(low), tell(high)),
        })
    }

    /// The interval around the mean; the mean twice if there is only one value, of which nothing is known but the range.
    pub fn interval(&self, kind: ErrorKind) -> [f64; 2] {
        let (n, deviation) = (self.count as f64, self.deviation.unwrap_or(0.0));
        let half = match kind {
            ErrorKind::StandardDeviation => deviation,
            ErrorKind::StandardError => deviation / n.sqrt(),
            ErrorKind::Confidence95 => match StudentsT::new(0.0, 1.0, n - 1.0) {
                Ok(student) if self.count > 1 => student.inverse_cdf(0.975) * deviation / n.sqrt(),
                _ => 0.0,
            },
            ErrorKind::Range if self.count > 0 => return self.range,
            ErrorKind::Range => f64::NAN,
        };
        [self.mean - half, self.mean + half]
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
        assert!((summary.deviation.unwrap() - 7f64.sqrt()).abs() < 1e-12);
        assert!(Summary::of([f64::NAN]).mean.is_nan());
    }

    #[test]
    fn intervals_are_those_of_their_names() {
        let summary = Summary::of([1.0, 2.0, f64::NAN, 6.0]);
        let (deviation, root) = (7f64.sqrt(), 3f64.sqrt());
        // Student's t with two degrees of freedom at 97.5 %: 4.302653.
        for (name, half) in [("sd", deviation), ("se", deviation / root), ("ci95", 4.302_652_73 * deviation / root)] {
            let [low, high] = summary.interval(ErrorKind::named(name).unwrap());
            assert!((low - (3.0 - half)).abs() < 1e-6 && (high - (3.0 + half)).abs() < 1e-6, "{name}: {low} {high}");
        }
        assert_eq!(summary.interval(ErrorKind::Range), [1.0, 6.0]);
        for (_, kind) in ErrorKind::ALL {
            assert_eq!(Summary::of([5.0]).interval(kind), [5.0, 5.0]);
        }
        assert!(Summary::of([f64::NAN]).interval(ErrorKind::Range)[0].is_nan());
        assert_eq!(ErrorKind::named("std"), None);
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

//! What points that count as one have found, and how many of them have found nothing.
use super::statistics::{ErrorKind, Summary};
use crate::vocabulary::PointStatus;

/// A number of points that count as one.
#[derive(Debug, Clone, PartialEq)]
pub struct Pooled {
    /// Over those that have a value.
    pub over: Summary,
    /// How many there are.
    pub points: usize,
    /// How those without a value ended, and how many.
    pub lost: Vec<(PointStatus, usize)>,
}

impl Pooled {
    /// Of the value of each, and how it ended.
    pub fn of(points: &[(f64, PointStatus)]) -> Self {
        let without = |status: PointStatus| points.iter().filter(|(x, own)| !x.is_finite() && *own == status).count();
        let lost = PointStatus::ALL.map(|status| (status, without(status)));
        Self {
            over: Summary::of(points.iter().map(|(value, _)| *value)),
            points: points.len(),
            lost: lost.into_iter().filter(|(_, count)| *count > 0).collect(),
        }
    }

    /// What the mean is of: "mean of 2 of 3 replicates, ± 0.4 % (standard deviation); 1 did not learn".
    pub fn told(&self, kind: ErrorKind, tell: impl Fn(f64) -> String) -> String {
        let Self { over, points, lost } = self;
        let of = if over.count < *points { format!("{} of {points}", over.count) } else { points.to_string() };
        let told = match over.spread(kind, tell) {
            Some(spread) => format!("mean of {of} replicates, {spread} ({})", kind.noun()),
            None if *points > 1 => format!("one run of {points}"),
            None => "one run".to_owned(),
        };
        let ends: Vec<String> = lost.iter().map(|(status, count)| format!("{count} {}", status.words())).collect();
        if ends.is_empty() { told } else { format!("{told}; {}", ends.join(", ")) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use PointStatus::{Complete, DidNotLearn, Diverged};

    #[test]
    fn a_mean_is_told_with_its_spread_and_what_is_not_in_it() {
        let tell = |x: f64| format!("{x:.2}");
        let whole = Pooled::of(&[(1.0, Complete), (2.0, Complete), (3.0, Complete)]);
        for (kind, told) in [
            ("sd", "mean of 3 replicates, ± 1.00 (standard deviation)"),
            ("se", "mean of 3 replicates, ± 0.58 (standard error)"),
            // t of two degrees of freedom: 4.303.
            ("ci95", "mean of 3 replicates, -0.48 to 4.48 (95 % confidence interval)"),
            ("range", "mean of 3 replicates, 1.00 to 3.00 (range)"),
        ] {
            assert_eq!(whole.told(ErrorKind::named(kind).unwrap(), tell), told);
        }
        let nothing = f64::NAN;
        let of = |points: &[(f64, PointStatus)]| Pooled::of(points).told(ErrorKind::Range, tell);
        assert_eq!(of(&[(1.0, Complete)]), "one run");
        assert_eq!(of(&[(1.0, Complete), (nothing, Diverged)]), "one run of 2; 1 diverged");
        assert_eq!(
            of(&[
                (1.0, Complete),
                (nothing, DidNotLearn),
                (3.0, Complete),
                (nothing, DidNotLearn),
                (nothing, Diverged)
            ]),
            "mean of 2 of 5 replicates, 1.00 to 3.00 (range); 1 diverged, 2 did not learn"
        );
    }
}

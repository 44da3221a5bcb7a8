//! Range, mean and spread of numbers, some of which may be missing.

/// Those of the finite ones.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Moments {
    /// Smallest and largest.
    pub range: Option<[f64; 2]>,
    /// Mean.
    pub mean: f64,
    /// Standard deviation.
    pub std: f64,
    /// How many others there are, NaN or infinite.
    pub missing: usize,
}

impl Moments {
    pub(super) fn of(numbers: impl Iterator<Item = f64> + Clone) -> Self {
        let finite = || numbers.clone().filter(|x| x.is_finite());
        let found = finite().count();
        let range =
            (found > 0).then(|| finite().fold([f64::INFINITY, f64::NEG_INFINITY], |[l, h], x| [l.min(x), h.max(x)]));
        let mean = finite().sum::<f64>() / found as f64;
        let std = (finite().map(|x| (x - mean).powi(2)).sum::<f64>() / found as f64).sqrt();
        Self { range, mean, std, missing: numbers.count() - found }
    }
}

//! How well outputs answer targets that are numbers, or labels of which several may hold.
//!
//! | targets | quality |
//! |---|---|
//! | values | R² = 1 − Σ(y − s)² / Σ(y − ȳ)², mean over the outputs; RMSE = √ of the mean of (y − s)² over samples and outputs, in units of the files |
//! | labels | accuracy: share of the samples all of whose labels are right; F1 = 2 TP / (2 TP + FP + FN) over all labels of all samples (micro) |
use crate::dynamics::loss::Loss;

/// Sums over samples from which the quality is made.
#[derive(Debug, Clone, Default)]
pub(super) struct QualitySums {
    samples: f64,
    /// Of each output: Σ y, Σ y² and Σ (y − s)².
    outputs: Vec<[f64; 3]>,
    /// Labels that hold and were found, that were found and do not hold, that hold and were not found.
    labels: [f64; 3],
}

impl QualitySums {
    /// Adds the outputs of a sample whose targets are values.
    pub(super) fn add_values(&mut self, outputs: &[f32], targets: &[f32]) {
        self.samples += 1.0;
        self.outputs.resize(outputs.len(), [0.0; 3]);
        for ((own, &s), &y) in self.outputs.iter_mut().zip(outputs).zip(targets) {
            let (s, y) = (f64::from(s), f64::from(y));
            *own = [own[0] + y, own[1] + y * y, own[2] + (y - s).powi(2)];
        }
    }

    /// Adds the outputs of a sample whose targets are labels; whether all of them are right.
    pub(super) fn add_labels(&mut self, outputs: &[f32], targets: &[f32], loss: Loss) -> bool {
        // Where an output is as near to 1 as to 0.
        let middle = if loss == Loss::HalfSquaredError { 0.5 } else { 0.0 };
        let mut all_right = true;
        for (&s, &y) in outputs.iter().zip(targets) {
            let (is_found, holds) = (s > middle, y > 0.5);
            all_right &= is_found == holds && !s.is_nan();
            let place = match (is_found, holds) {
                (true, true) => 0,
                (true, false) => 1,
                (false, true) => 2,
                (false, false) => continue,
            };
            self.labels[place] += 1.0;
        }
        all_right
    }

    /// Adds those of other samples.
    pub(super) fn add(&mut self, other: &Self) {
        self.samples += other.samples;
        self.outputs.resize(self.outputs.len().max(other.outputs.len()), [0.0; 3]);
        for (own, other) in self.outputs.iter_mut().zip(&other.outputs) {
            own.iter_mut().zip(other).for_each(|(own, other)| *own += other);
        }
        self.labels.iter_mut().zip(other.labels).for_each(|(own, other)| *own += other);
    }

    /// R², mean over the outputs; NaN where a target never changes.
    pub(super) fn r2(&self) -> f64 {
        let of_output = |[sum, square, error]: &[f64; 3]| {
            let around_mean = square - sum * sum / self.samples;
            if around_mean > 0.0 { 1.0 - error / around_mean } else { f64::NAN }
        };
        self.outputs.iter().map(of_output).sum::<f64>() / self.outputs.len() as f64
    }

    /// Root of the mean squared error, of targets that were divided by `std`.
    pub(super) fn rmse(&self, std: &[f64]) -> f64 {
        let squares = self.outputs.iter().zip(std).map(|([_, _, error], std)| error * std * std);
        (squares.sum::<f64>() / (self.samples * self.outputs.len() as f64)).sqrt()
    }

    /// F1 over all labels of all samples; NaN if none holds and none was found.
    pub(super) fn f1(&self) -> f64 {
        let [found, wrong, missed] = self.labels;
        2.0 * found / (2.0 * found + wrong + missed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_and_rmse_are_those_of_scikit_learn() {
        // sklearn: r2_score([[3, -1], [0, 2], [7, 4]], [[2.5, 0], [0, 2], [8, 5]]) = 0.88157894 − …
        let (targets, outputs) = ([[3.0, -1.0], [0.0, 2.0], [7.0, 4.0]], [[2.5, 0.0], [0.0, 2.0], [8.0, 5.0]]);
        let mut sums = QualitySums::default();
        let mut half = QualitySums::default();
        half.add_values(&outputs[0], &targets[0]);
        sums.add(&half);
        (1..3).for_each(|k| sums.add_values(&outputs[k], &targets[k]));
        // By hand: Σ(y − ȳ)² = 24.667 and 12.667, Σ(y − s)² = 1.25 and 2.
        let expected = ((1.0 - 1.25 / (74.0 / 3.0)) + (1.0 - 2.0 / (38.0 / 3.0))) / 2.0;
        assert!((sums.r2() - expected).abs() < 1e-12, "{}", sums.r2());
        assert!((sums.rmse(&[1.0, 1.0]) - (3.25f64 / 6.0).sqrt()).abs() < 1e-12);
        assert!((sums.rmse(&[2.0, 3.0]) - ((4.0 * 1.25 + 9.0 * 2.0) / 6.0f64).sqrt()).abs() < 1e-12);
    }

    #[test]
    fn f1_counts_all_labels_and_a_sample_is_right_if_all_of_its_are() {
        let mut sums = QualitySums::default();
        assert!(sums.add_labels(&[1.0, -2.0, 3.0], &[1.0, 0.0, 1.0], Loss::SigmoidCrossEntropy));
        assert!(!sums.add_labels(&[1.0, -2.0, -3.0], &[0.0, 0.0, 1.0], Loss::SigmoidCrossEntropy));
        assert_eq!(sums.f1(), 2.0 * 2.0 / (2.0 * 2.0 + 1.0 + 1.0));
        assert!(sums.add_labels(&[0.6, 0.4], &[1.0, 0.0], Loss::HalfSquaredError));
        assert!(!sums.add_labels(&[f32::NAN], &[0.0], Loss::SigmoidCrossEntropy));
    }
}

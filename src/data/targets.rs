//! What the outputs of a network are to answer: a class, numbers, or which of several labels hold.
use super::DataError;
use nalgebra::DMatrix;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What is learnt of every sample.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetKind {
    /// One class out of several; an output for each.
    #[default]
    Classes,
    /// Real numbers, one or several (regression); an output for each. With loss `half_squared_error`.
    Values,
    /// Of several labels whether each holds, 1 or 0; an output for each. With loss `sigmoid_cross_entropy` or `half_squared_error`.
    Labels,
}

/// How real-valued targets are scaled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TargetScaling {
    /// As the files have them.
    #[default]
    None,
    /// (value − mean) / std of each output, over the training set (as used, validation samples included). Losses are those of the
    /// scaled values; `rmse` is in the units of the files.
    Standardise,
}

/// Targets of a set.
#[derive(Debug, Clone, PartialEq)]
pub enum Targets {
    /// The class of each sample, counted from 0.
    Classes(Vec<u16>),
    /// Real numbers (output × sample).
    Values(DMatrix<f32>),
    /// 1 where a label holds and 0 elsewhere (label × sample).
    Labels(DMatrix<f32>),
}

impl Targets {
    /// Which kind.
    pub fn kind(&self) -> TargetKind {
        match self {
            Self::Classes(_) => TargetKind::Classes,
            Self::Values(_) => TargetKind::Values,
            Self::Labels(_) => TargetKind::Labels,
        }
    }

    /// Number of samples.
    pub fn samples(&self) -> usize {
        match self {
            Self::Classes(classes) => classes.len(),
            Self::Values(numbers) | Self::Labels(numbers) => numbers.ncols(),
        }
    }

    /// The class of each sample; empty where there are none.
    pub fn classes(&self) -> &[u16] {
        match self {
            Self::Classes(classes) => classes,
            Self::Values(_) | Self::Labels(_) => &[],
        }
    }

    /// The numbers (output × sample), where there are no classes.
    pub fn numbers(&self) -> Option<&DMatrix<f32>> {
        match self {
            Self::Classes(_) => None,
            Self::Values(numbers) | Self::Labels(numbers) => Some(numbers),
        }
    }

    /// The samples at these places, in their order.
    pub(super) fn select(&self, indices: &[u32]) -> Self {
        let columns = |numbers: &DMatrix<f32>| {
            numbers.select_columns(indices.iter().map(|&i| i as usize).collect::<Vec<_>>().iter())
        };
        match self {
            Self::Classes(classes) => Self::Classes(indices.iter().map(|&index| classes[index as usize]).collect()),
            Self::Values(numbers) => Self::Values(columns(numbers)),
            Self::Labels(numbers) => Self::Labels(columns(numbers)),
        }
    }

    /// What the outputs should be for one sample: 1 at its class, or its numbers.
    pub(super) fn fill(&self, sample: usize, target: &mut [f32]) {
        match self {
            Self::Classes(classes) => {
                target.fill(0.0);
                target[usize::from(classes[sample])] = 1.0;
            }
            Self::Values(numbers) | Self::Labels(numbers) => target.copy_from_slice(numbers.column(sample).as_slice()),
        }
    }

    /// Looks for what is no number, or is neither 0 nor 1 where that has to be.
    pub(super) fn check(&self, set: &str) -> Result<(), DataError> {
        let Some(numbers) = self.numbers() else { return Ok(()) };
        let is_label = matches!(self, Self::Labels(_));
        let wrong = |x: f32| !x.is_finite() || (is_label && x != 0.0 && x != 1.0);
        let found = numbers.iter().position(|&x| wrong(x));
        found.map_or(Ok(()), |at| {
            let outputs = numbers.nrows();
            let rule = if is_label { "be 1 or 0" } else { "be finite" };
            let (sample, output) = (at / outputs, at % outputs);
            Err(DataError::Target { set: set.to_owned(), sample, output, rule, value: numbers[(output, sample)] })
        })
    }
}

/// (value − mean) / std of every output.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TargetScaler {
    mean: Vec<f64>,
    pub(super) std: Vec<f64>,
}

impl TargetScaler {
    /// From the training set, where that is asked for and its targets are numbers.
    pub(super) fn fit(scaling: TargetScaling, train: &Targets) -> Option<Self> {
        let Targets::Values(numbers) = train else { return None };
        if scaling == TargetScaling::None {
            return None;
        }
        let n = numbers.ncols() as f64;
        let moments = numbers.row_iter().map(|row| {
            let mean = row.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
            let variance = row.iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n;
            // A target that never changes is shifted alone.
            (mean, if variance > 0.0 { variance.sqrt() } else { 1.0 })
        });
        let (mean, std) = moments.unzip();
        Some(Self { mean, std })
    }

    pub(super) fn apply(&self, targets: &mut Targets) {
        let Targets::Values(numbers) = targets else { return };
        for mut column in numbers.column_iter_mut() {
            for ((x, mean), std) in column.iter_mut().zip(&self.mean).zip(&self.std) {
                *x = ((f64::from(*x) - mean) / std) as f32;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_standardised_output_by_output() {
        let numbers = DMatrix::from_row_slice(2, 4, &[1.0, 3.0, 5.0, 7.0, 2.0, 2.0, 2.0, 2.0]);
        let mut targets = Targets::Values(numbers);
        let scaler = TargetScaler::fit(TargetScaling::Standardise, &targets).unwrap();
        assert_eq!(scaler.std, [5f64.sqrt(), 1.0]);
        scaler.apply(&mut targets);
        let row: Vec<f32> = targets.numbers().unwrap().row(0).iter().copied().collect();
        let expected = [-3.0, -1.0, 1.0, 3.0].map(|x: f32| x / 5f32.sqrt());
        assert!(row.iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{row:?}");
        assert_eq!(TargetScaler::fit(TargetScaling::None, &targets), None);
    }

    #[test]
    fn labels_are_0_or_1_and_values_are_finite() {
        let numbers = DMatrix::from_row_slice(1, 3, &[0.0, 1.0, 0.5]);
        assert!(Targets::Values(numbers.clone()).check("set").is_ok());
        let told = Targets::Labels(numbers).check("set").unwrap_err().to_string();
        assert_eq!(told, "set: target of sample 2, output 0 must be 1 or 0, got 0.5");
        assert!(Targets::Values(DMatrix::from_element(1, 1, f32::NAN)).check("set").is_err());
    }
}

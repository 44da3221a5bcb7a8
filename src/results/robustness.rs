//! Accuracy against the size of perturbations, from the table of a run or of a measurement of its own.
use super::run::RunResult;
use crate::trace::TraceError;
use crate::vocabulary::axis::{EPSILON_L2, EPSILON_LINF};
use crate::vocabulary::metric::{ACCURACY_CLEAN, UNDER_L2, UNDER_LINF, UnderPerturbation};
use crate::vocabulary::place::group::ROBUSTNESS;

/// Accuracies under perturbations that one norm measures, as they were measured last.
#[derive(Debug, Clone, PartialEq)]
pub struct Attacked {
    /// The norm, and what the quantities are called.
    pub under: UnderPerturbation,
    /// Sizes of the perturbations.
    pub sizes: Vec<f64>,
    /// Accuracy without perturbation.
    pub clean: f64,
    /// What is perturbed how, with the accuracy at every size.
    pub curves: Vec<(&'static str, Vec<f64>)>,
}

/// One for each norm that was measured.
///
/// # Errors
/// If the file cannot be read.
pub fn attacked(run: &RunResult) -> Result<Vec<Attacked>, TraceError> {
    let mut found = vec![];
    for (under, axis) in [(UNDER_L2, EPSILON_L2), (UNDER_LINF, EPSILON_LINF)] {
        let sizes = run.column(ROBUSTNESS, axis.name)?;
        if sizes.is_empty() {
            continue;
        }
        let clean = run.column(ROBUSTNESS, ACCURACY_CLEAN.name)?.last().copied().unwrap_or(f64::NAN);
        let last = |values: Vec<f64>| values[values.len().saturating_sub(sizes.len())..].to_vec();
        let curve = |(label, term): (&'static str, crate::vocabulary::Term)| {
            run.column(ROBUSTNESS, term.name).map(|values| (label, last(values)))
        };
        let curves = under.curves().into_iter().map(curve).collect::<Result<_, _>>()?;
        found.push(Attacked { under, sizes, clean, curves });
    }
    Ok(found)
}

//! What each variant costs, by differences within replicates.
use super::super::axis::Coordinate;
use super::super::outcome::Outcome;
use super::super::plan::Plan;
use super::{FULL, IDEAL, ONLY, WITHOUT};
use crate::vocabulary::metric;

/// The noise budget.
#[derive(Debug, Clone, PartialEq)]
pub struct Budget {
    /// Accuracy of the ideal and of the full chip: mean and standard error.
    pub ideal: [f64; 2],
    /// Of the full chip.
    pub full: [f64; 2],
    /// Mean angle to backprop over the layers, degrees, of the ideal and the full chip.
    pub angle_ideal: f64,
    /// Of the full chip.
    pub angle_full: f64,
    /// Every non-ideality, as it costs alone, the dearest first; then all together.
    pub costs: Vec<Cost>,
}

/// What a non-ideality costs. Each is a mean over replicates and its standard error.
#[derive(Debug, Clone, PartialEq)]
pub struct Cost {
    /// Its name; `all` is the full chip.
    pub name: String,
    /// Accuracy of the ideal chip minus that with this one alone.
    pub alone: [f64; 2],
    /// Accuracy without this one minus that of the full chip.
    pub recovered: [f64; 2],
    /// Angle with this one alone minus that of the ideal chip, degrees.
    pub angle_alone: [f64; 2],
    /// Angle of the full chip minus that without this one, degrees.
    pub angle_recovered: [f64; 2],
}

/// Draws up the budget of an ablation.
pub fn budget(plan: &Plan, outcomes: &[Option<Outcome>]) -> Budget {
    let replicates = plan.replicates.coordinates.len();
    let variants: Vec<String> = plan.axes[0].coordinates.iter().map(Coordinate::to_string).collect();
    let column = |name: &str, of: fn(&Outcome) -> Option<f64>| -> Vec<f64> {
        let at = variants.iter().position(|variant| variant == name);
        let own = at.map(|at| &outcomes[at * replicates..(at + 1) * replicates]).unwrap_or_default();
        own.iter().map(|outcome| outcome.as_ref().and_then(of).unwrap_or(f64::NAN)).collect()
    };
    let difference = |a: &str, b: &str, of: fn(&Outcome) -> Option<f64>| {
        let pairs = column(a, of).into_iter().zip(column(b, of));
        mean_and_error(&pairs.map(|(a, b)| a - b).collect::<Vec<_>>())
    };
    let names: Vec<&str> = variants.iter().filter_map(|variant| variant.strip_prefix(ONLY)).collect();
    let cost = |name: &str, only: &str, without: &str| Cost {
        name: name.to_owned(),
        alone: difference(IDEAL, only, accuracy),
        recovered: difference(without, FULL, accuracy),
        angle_alone: difference(only, IDEAL, angle_deg),
        angle_recovered: difference(FULL, without, angle_deg),
    };
    let mut costs: Vec<Cost> =
        names.iter().map(|name| cost(name, &format!("{ONLY}{name}"), &format!("{WITHOUT}{name}"))).collect();
    costs.sort_by(|a, b| b.alone[0].total_cmp(&a.alone[0]));
    costs.push(cost("all", FULL, IDEAL));
    Budget {
        ideal: mean_and_error(&column(IDEAL, accuracy)),
        full: mean_and_error(&column(FULL, accuracy)),
        angle_ideal: mean_and_error(&column(IDEAL, angle_deg))[0],
        angle_full: mean_and_error(&column(FULL, angle_deg))[0],
        costs,
    }
}

fn accuracy(outcome: &Outcome) -> Option<f64> {
    outcome.last(metric::TEST_ACCURACY.name)
}

/// Mean over the layers.
fn angle_deg(outcome: &Outcome) -> Option<f64> {
    let angles = &outcome.measured.iter().find(|measured| measured.name == metric::ANGLE.name)?.last;
    let mean = angles.iter().sum::<f64>() / angles.len() as f64;
    mean.is_finite().then_some(mean)
}

/// Of the numbers that are there; the error of fewer than two is NaN.
fn mean_and_error(numbers: &[f64]) -> [f64; 2] {
    let there: Vec<f64> = numbers.iter().copied().filter(|x| x.is_finite()).collect();
    let n = there.len() as f64;
    let mean = there.iter().sum::<f64>() / n;
    let variance = there.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (n - 1.0);
    [mean, if there.len() > 1 { (variance / n).sqrt() } else { f64::NAN }]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_are_those_of_the_mean() {
        let [mean, error] = mean_and_error(&[1.0, 2.0, 3.0, f64::NAN]);
        assert_eq!(mean, 2.0);
        assert!((error - (1.0f64 / 3.0).sqrt()).abs() < 1e-15);
        assert!(mean_and_error(&[1.0])[1].is_nan());
    }
}

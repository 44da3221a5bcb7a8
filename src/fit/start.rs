//! Where the search for a device begins, and within which limits it stays.
use super::curves::DeviceCurve;
use super::error::FitError;
use super::law::{FittedModel, OWN};

/// Starting points of all numbers, and their limits.
#[derive(Debug, Clone)]
pub(super) struct Start {
    /// Those of the same shape side by side.
    pub points: Vec<Vec<f64>>,
    pub points_of_shape: usize,
    pub limits: Vec<[f64; 2]>,
    /// Those that are not searched.
    pub fixed: Vec<bool>,
}

/// Weights reach no farther than this; measured ones are about −1 to 1.
const FARTHEST: f64 = 50.0;
/// Zero lies inside the bounds of a device.
const NEAREST: f64 = 1e-6;

/// For a device of the model.
pub(super) fn start(curve: &DeviceCurve, model: FittedModel) -> Result<Start, FitError> {
    let shape = model.shape();
    let needed = 2 + shape.len().div_ceil(2);
    for (up, direction) in [(true, "up"), (false, "down")] {
        let found = curve.reads(up);
        if found < needed {
            return Err(FitError::TooFew { device: curve.name.clone(), found, direction, needed });
        }
    }
    let steps = [true, false].map(|up| mean_step(curve, up));
    let (lowest, highest) = (curve.quantile(0.0), curve.quantile(1.0));
    let beyond = 0.1 * (highest - lowest);
    let bounds = if model.steps_know_bounds() {
        vec![[highest + beyond, lowest - beyond], [highest, lowest]]
    } else {
        vec![[curve.quantile(0.95), curve.quantile(0.05)], [highest, lowest]]
    };
    let scales: &[f64] = if model.steps_are_in_shape() { &[1.0] } else { &[1.0, 3.0, 10.0] };
    let choices = shape.iter().map(|number| number.starts.len()).max().unwrap_or(1);
    let mut points = vec![];
    for choice in 0..choices {
        for &[upper, lower] in &bounds {
            for scale in scales {
                let own = [scale * steps[0], scale * steps[1], upper.max(NEAREST), lower.min(-NEAREST)];
                let shape = shape.iter().map(|number| number.starts[choice.min(number.starts.len() - 1)]);
                points.push(own.into_iter().chain(shape).collect());
            }
        }
    }
    // Of a bound that the step does not know, nothing is known beyond the reads.
    let [farthest_up, farthest_down] = if model.steps_know_bounds() {
        [FARTHEST, -FARTHEST]
    } else {
        [highest.max(2.0 * NEAREST), lowest.min(-2.0 * NEAREST)]
    };
    let own = [
        [1e-2 * steps[0], 1e2 * steps[0]],
        [1e-2 * steps[1], 1e2 * steps[1]],
        [NEAREST, farthest_up],
        [farthest_down, -NEAREST],
    ];
    let limits = own.into_iter().chain(shape.iter().map(|number| number.limits)).collect();
    let mut fixed = vec![false; OWN + shape.len()];
    if model.steps_are_in_shape() {
        fixed[..2].fill(true);
    }
    Ok(Start { points_of_shape: points.len() / choices, points, limits, fixed })
}

/// What pulses of a direction move in the mean, over whole runs of them: noise of a read counts little there.
fn mean_step(curve: &DeviceCurve, up: bool) -> f64 {
    let (mut moved, mut pulses) = (0.0, 0u64);
    for sequence in &curve.sequences {
        let mut before = sequence.start;
        for run in sequence.reads.chunk_by(|a, b| a.up == b.up) {
            let after = run[run.len() - 1].weight;
            if run[0].up == up {
                moved += if up { after - before } else { before - after };
                pulses += run.iter().map(|read| u64::from(read.pulses)).sum::<u64>();
            }
            before = after;
        }
    }
    // A device that moves the other way, or not at all, is found out by the fit.
    (moved / pulses.max(1) as f64).max(1e-6)
}

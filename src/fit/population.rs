//! Nominal values and spreads of a population of devices, as the settings of a pulsed device have them.
use super::curves::Curves;
use super::device::DeviceFit;
use super::law::{FittedModel, NoiseLaw, OWN, size_and_asymmetry};
use super::search::Found;
use crate::math;

/// A number of the hardware model.
#[derive(Debug, Clone, PartialEq)]
pub struct Estimate {
    /// Its key below `synapses.pulsed.device`.
    pub key: String,
    /// Its value.
    pub value: f64,
    /// Its standard error; NaN if the curves do not tell the value.
    pub standard_error: f64,
}

/// All of them.
#[derive(Debug, Clone)]
pub(super) struct Population {
    pub model: FittedModel,
    pub law: NoiseLaw,
    pub estimates: Vec<Estimate>,
    devices: usize,
}

/// Mean, its standard error, what devices differ by (standard deviation), and the standard error of that.
#[derive(Debug, Clone, Copy)]
struct Moments {
    mean: f64,
    error: f64,
    spread: f64,
    spread_error: f64,
}

/// Of values with standard errors of their own, whose variance is no spread.
fn moments(values: &[f64], errors: &[f64]) -> Moments {
    let count = values.len() as f64;
    let mean = values.iter().sum::<f64>() / count;
    if values.len() == 1 {
        return Moments { mean, error: errors[0], spread: 0.0, spread_error: f64::NAN };
    }
    let seen = values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0);
    let told = errors.iter().filter(|error| error.is_finite());
    let of_estimates = told.clone().map(|error| error * error).sum::<f64>() / told.count().max(1) as f64;
    let spread = (seen - of_estimates).max(0.0).sqrt();
    let of_variance = seen * (2.0 / (count - 1.0)).sqrt();
    let spread_error =
        if spread * spread > of_variance / 2.0 { of_variance / (2.0 * spread) } else { of_variance.sqrt() };
    // The variance that few devices show may be smaller than that of their estimates.
    let error = (seen.max(of_estimates) / count).sqrt();
    Moments { mean, error, spread, spread_error }
}

/// Steps or exponents of both directions.
struct TwoSided {
    size: [f64; 2],
    asymmetry: [f64; 2],
    size_spread: [f64; 2],
    asymmetry_spread: [f64; 2],
}

pub(super) fn population(found: &Found) -> Population {
    let column =
        |n: usize| -> (Vec<f64>, Vec<f64>) { found.devices.iter().map(|own| (own.numbers[n], own.errors[n])).unzip() };
    let of_column = |n: usize| {
        let (values, errors) = column(n);
        moments(&values, &errors)
    };
    let two_sided = |up: usize, down: usize| {
        let ((up, up_errors), (down, down_errors)) = (column(up), column(down));
        let mean = |x: &[f64]| x.iter().sum::<f64>() / x.len() as f64;
        let (size, asymmetry) = size_and_asymmetry(mean(&up), mean(&down));
        let unit = if size > 0.0 { size } else { 1.0 };
        let half = |sign: f64| -> Moments {
            let values: Vec<f64> = up.iter().zip(&down).map(|(a, b)| (a + sign * b) / 2.0 / unit).collect();
            let errors: Vec<f64> =
                up_errors.iter().zip(&down_errors).map(|(a, b)| math::hypot(*a, *b) / 2.0 / unit).collect();
            moments(&values, &errors)
        };
        let (sum, difference) = (half(1.0), half(-1.0));
        let larger = if mean(&up) >= mean(&down) { moments(&up, &up_errors) } else { moments(&down, &down_errors) };
        TwoSided {
            size: [size, larger.error],
            asymmetry: [asymmetry, 2.0 * difference.error],
            size_spread: [sum.spread, sum.spread_error],
            asymmetry_spread: [difference.spread, difference.spread_error],
        }
    };
    let steps = two_sided(0, 1);
    let [upper, lower] = [of_column(2), of_column(3)];
    let mut estimates = vec![];
    let mut add = |key: &str, [value, standard_error]: [f64; 2]| {
        estimates.push(Estimate { key: key.to_owned(), value, standard_error });
    };
    add("dw_min", steps.size);
    add("dw_min_dtod", steps.size_spread);
    add("dw_min_std", with_error(found.noise.step, step_error(found)));
    add("up_down", steps.asymmetry);
    add("up_down_dtod", steps.asymmetry_spread);
    for (key, own) in [("w_max", upper), ("w_min", lower)] {
        add(key, [own.mean, own.error]);
        add(&format!("{key}_dtod"), [own.spread / own.mean.abs(), own.spread_error / own.mean.abs()]);
    }
    let [unit, error] = steps.size;
    add("write_noise_std", with_error(found.noise.read.map(|read| read / unit), error / unit));
    match found.model {
        FittedModel::LinearStep => {
            for (n, side) in [(OWN, "up"), (OWN + 1, "down")] {
                let own = of_column(n);
                add(&format!("model.linear_step.gamma_{side}"), [own.mean, own.error]);
                add(&format!("model.linear_step.gamma_{side}_dtod"), [own.spread, own.spread_error]);
            }
        }
        FittedModel::PowStep => {
            let gamma = two_sided(OWN, OWN + 1);
            add("model.pow_step.gamma", gamma.size);
            add("model.pow_step.gamma_dtod", gamma.size_spread);
            add("model.pow_step.up_down", gamma.asymmetry);
            add("model.pow_step.up_down_dtod", gamma.asymmetry_spread);
        }
        FittedModel::ExpStep => {
            for (n, key) in ["amplitude_up", "amplitude_down", "gamma_up", "gamma_down"].into_iter().enumerate() {
                add(&format!("model.exp_step.{key}"), of_shape(found, n));
            }
        }
        FittedModel::PiecewiseStep { nodes } => {
            for n in 0..2 * nodes {
                let side = if n < nodes { "up" } else { "down" };
                add(&format!("model.piecewise_step.{side}[{}]", n % nodes), of_shape(found, n));
            }
        }
        FittedModel::ConstantStep | FittedModel::SoftBounds | FittedModel::SoftBoundsReference => {}
    }
    Population { model: found.model, law: found.law, estimates, devices: found.devices.len() }
}

/// A number that was divided by one with this relative error.
fn with_error([value, error]: [f64; 2], relative: f64) -> [f64; 2] {
    [value, math::hypot(error, value * relative)]
}

/// Relative error of the steps of all devices.
fn step_error(found: &Found) -> f64 {
    let squared = |fit: &DeviceFit| (fit.errors[0] / fit.numbers[0]).powi(2);
    let count = found.devices.len() as f64;
    found.devices.iter().map(squared).sum::<f64>().sqrt() / count
}

fn of_shape(found: &Found, n: usize) -> [f64; 2] {
    found.shape.as_ref().map_or([f64::NAN; 2], |(numbers, errors)| [numbers[n], errors[n]])
}

impl Population {
    /// What a reader should know.
    pub fn warnings(&self, curves: &Curves) -> Vec<String> {
        let mut found = vec![];
        if self.devices == 1 {
            found.push("there is one device: spreads between devices are left at 0".to_owned());
        }
        let untold = |key: &str| self.estimates.iter().any(|own| own.key == key && own.standard_error.is_nan());
        for (key, direction) in [("w_max", "up"), ("w_min", "down")] {
            if !self.model.steps_know_bounds() && untold(key) {
                let far = "is where reads ended: no device was driven against its bound";
                found.push(format!("{key} {far} by pulses {direction}"));
            }
        }
        let reads = curves.devices.iter().map(|own| own.reads(true) + own.reads(false)).min().unwrap_or(0);
        if reads < 50 {
            found.push(format!("a device has only {reads} reads"));
        }
        found
    }
}

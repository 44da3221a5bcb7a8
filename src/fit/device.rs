//! Least squares for one device.
use super::curves::DeviceCurve;
use super::error::FitError;
use super::filter::{Gain, errors};
use super::law::{FittedModel, NoiseLaw};
use rmpfit::{MPConfig, MPFitter, MPPar, MPResult};

/// Numbers of a device.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct DeviceFit {
    pub numbers: Vec<f64>,
    /// Their standard errors; NaN where the curve does not tell the number, or it was not searched.
    pub errors: Vec<f64>,
    /// Sum of the squares that are left.
    pub squares: f64,
}

struct Problem<'a> {
    curve: &'a DeviceCurve,
    gains: &'a [Gain],
    model: FittedModel,
    noise: NoiseLaw,
    parameters: Vec<MPPar>,
    config: MPConfig,
}

impl MPFitter for Problem<'_> {
    fn eval(&mut self, numbers: &[f64], deviates: &mut [f64]) -> MPResult<()> {
        errors(&self.model.device(numbers, self.noise), self.curve, self.gains, deviates);
        Ok(())
    }

    fn number_of_points(&self) -> usize {
        self.gains.len()
    }

    fn parameters(&self) -> &[MPPar] {
        &self.parameters
    }

    fn config(&self) -> &MPConfig {
        &self.config
    }
}

/// The numbers nearest to the reads in the sense of the filter, from one starting point on.
pub(super) fn least_squares(
    curve: &DeviceCurve,
    gains: &[Gain],
    law: (FittedModel, NoiseLaw),
    start: &[f64],
    limits: &[[f64; 2]],
    fixed: &[bool],
) -> Result<DeviceFit, FitError> {
    let parameter = |([low, high], &fixed): (&[f64; 2], &bool)| MPPar {
        fixed,
        limited_low: true,
        limited_up: true,
        limit_low: *low,
        limit_up: *high,
        ..MPPar::new()
    };
    let parameters = limits.iter().zip(fixed).map(parameter).collect();
    // Beyond this the numbers change by less than a thousandth of their standard errors.
    let config = MPConfig { ftol: 1e-9, xtol: 1e-9, ..MPConfig::new() };
    let (model, noise) = law;
    let mut numbers: Vec<f64> = start.iter().zip(limits).map(|(x, [low, high])| x.max(*low).min(*high)).collect();
    let searched = fixed.iter().filter(|fixed| !**fixed).count();
    let mut problem = Problem { curve, gains, model, noise, parameters, config };
    let found = problem
        .mpfit(&mut numbers)
        .map_err(|error| FitError::Failed { device: curve.name.clone(), reason: error.to_string() })?;
    let freedom = gains.len().saturating_sub(searched).max(1) as f64;
    let scale = (found.best_norm / freedom).sqrt();
    // A number whose error is wider than its limits is one that the curve does not tell.
    let told = |(error, [low, high]): (&f64, &[f64; 2])| {
        let error = error * scale;
        if error > 0.0 && error < high - low { error } else { f64::NAN }
    };
    let errors = found.xerror.iter().zip(limits).map(told).collect();
    Ok(DeviceFit { numbers, errors, squares: found.best_norm })
}

//! Device models fitted to measured pulse curves.
//!
//! A curve is the reads of a device between pulses. With the step s(w) of a model ([`crate::synapse::pulsed`]), the noise
//! σ of a step and the noise r of a read,
//!
//! ```text
//! w(t+1) = clip(w(t) ± s(w(t)) ± σ s_noise(w(t)) ξ),    read(t) = w(t) + r ξ
//! ```
//!
//! Steps that are noisy make a curve wander away from any smooth one, and reads that are noisy make single steps look as if
//! they fell with the state. Neither is so for what a Kalman filter predicts of the next read: the model is fitted to that by
//! least squares (the prediction error method; Ljung, System Identification, 1999, ch. 7), and σ and r are those under which
//! the prediction errors are most likely (Schweppe 1965). Both are found in turns.
//!
//! Every device is fitted alone. Means over devices and what is left of their variance when that of the estimates has been
//! subtracted are the nominal values and spreads of the hardware model.
//!
//! | file | holds |
//! |---|---|
//! | `table` | curves from the rows of a file |
//! | `request` | what is asked for |
//! | `curves` | curves, and weights in the place of conductances |
//! | `law` | models as numbers to be fitted |
//! | `start` | where the search begins |
//! | `filter` | predictions of the next read, and how likely the noise is |
//! | `device` | least squares for one device |
//! | `search` | all devices and the noise, in turns |
//! | `population` | nominal values and spreads |
//! | `quality` | goodness of fit |
//! | `hardware_file` | the hardware model |
mod curves;
mod device;
mod error;
mod filter;
mod hardware_file;
mod law;
mod population;
mod quality;
mod request;
mod search;
mod start;
mod table;

pub use curves::{Curves, DeviceCurve, Read, Sequence, Units};
pub use error::FitError;
pub use law::{FittedModel, NoSuchModel};
pub use population::Estimate;
pub use quality::{Quality, predicted};
pub use request::FitRequest;
pub use table::{Columns, read_csv, read_rows};

use crate::config::Hardware;
use crate::synapse::pulsed::mean_device::MeanDevice;

/// A model that was fitted.
#[derive(Debug, Clone)]
pub struct Fit {
    /// The model.
    pub model: FittedModel,
    /// Numbers of the hardware model that were fitted.
    pub estimates: Vec<Estimate>,
    /// Steps up and steps down.
    pub quality: [Quality; 2],
    /// Twice the negative logarithm of the likelihood, and 2 for every number that was fitted (Akaike): the lower, the better
    /// a model predicts the next read.
    pub aic: f64,
    /// The hardware model.
    pub hardware: Hardware,
    /// Its file.
    pub text: String,
    /// Every device without noise, in the order of the curves.
    pub devices: Vec<MeanDevice>,
    /// What a reader should know before the numbers are used.
    pub warnings: Vec<String>,
}

/// Fits every model; what has none says why.
pub fn compare(curves: &Curves, request: &FitRequest) -> Vec<(FittedModel, Result<Fit, FitError>)> {
    FittedModel::ALL.into_iter().map(|model| (model, fit(curves, &FitRequest { model, ..request.clone() }))).collect()
}

/// That with the lowest AIC of all that were found; of two with the same, the first: some models have the same steps by other numbers.
///
/// # Errors
/// Why the last one was not.
pub fn best(fits: Vec<(FittedModel, Result<Fit, FitError>)>) -> Result<Fit, FitError> {
    let better = |a: Result<Fit, FitError>, b: Result<Fit, FitError>| match (a, b) {
        (Ok(a), Ok(b)) => Ok(if b.aic < a.aic - 0.1 { b } else { a }),
        (Ok(one), Err(_)) | (Err(_), Ok(one)) => Ok(one),
        (Err(_), Err(error)) => Err(error),
    };
    fits.into_iter().map(|(_, found)| found).reduce(better).unwrap_or(Err(FitError::NoReads))
}

/// Fits a model to curves.
///
/// # Errors
/// [`FitError`] if there is too little to fit, or no fit was found.
pub fn fit(curves: &Curves, request: &FitRequest) -> Result<Fit, FitError> {
    let found = request.model.noise_laws().iter().map(|&law| search::search(curves, request.model, law));
    let best = found.reduce(|a, b| Ok(search::likelier(a?, b?))).ok_or(FitError::NoReads)??;
    let population = population::population(&best);
    let (hardware, text) = hardware_file::write(&population, curves, request)?;
    let devices = best.devices();
    let quality = [true, false].map(|up| quality::quality(curves, &devices, up));
    let warnings = population.warnings(curves);
    Ok(Fit {
        model: request.model,
        estimates: population.estimates,
        quality,
        aic: best.aic(),
        hardware,
        text,
        devices,
        warnings,
    })
}

//! Devices fitted to measured curves.
use crate::failure::of;
use crate::pool::pool;
use dyadsim::fit::{
    Columns, Curves, Fit, FitError, FitRequest, FittedModel, best, compare, fit, predicted, read_csv, read_rows,
};
use dyadsim::plot::{PlotError, device_fit};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::{Path, PathBuf};

/// A fit and the curves it is of.
#[pyclass(frozen, module = "dyadsim._dyadsim")]
pub struct FittedDevices {
    curves: Curves,
    fit: Fit,
    all: Vec<(String, f64)>,
}

/// (device, pulses before a read, read, fitted)
type CurveColumns = (String, Vec<f64>, Vec<f64>, Vec<f64>);

/// (key, value, standard error)
type Row = (String, f64, f64);

#[pymethods]
impl FittedDevices {
    /// Fits a model, or the best one, to a CSV file or to rows of text.
    #[new]
    #[pyo3(signature = (model, name, file, names, rows, named, ignored, zero, unit))]
    #[expect(clippy::too_many_arguments, reason = "the Python side names them")]
    fn new(
        py: Python<'_>,
        model: &str,
        name: String,
        file: Option<PathBuf>,
        names: Vec<String>,
        rows: Vec<Vec<String>>,
        named: Vec<(String, String)>,
        ignored: Vec<String>,
        zero: Option<f64>,
        unit: Option<f64>,
    ) -> PyResult<Self> {
        let columns = Columns { named, ignored, zero, unit };
        let wanted = match model {
            "best" => None,
            own => {
                let parsed = own.parse::<FittedModel>();
                Some(parsed.map_err(|error| PyValueError::new_err(format!("model: {error}, or best; got {own:?}")))?)
            }
        };
        let source = file.as_deref().and_then(Path::file_name).map_or("arrays".into(), |name| name.to_string_lossy());
        let source = source.into_owned();
        let pool = pool(None)?;
        py.detach(|| pool.install(|| Self::made(wanted, name, source, file.as_deref(), &names, &rows, &columns)))
            .map_err(of)
    }

    /// Name of the model.
    #[getter]
    fn model(&self) -> String {
        self.fit.model.to_string()
    }

    /// Every number that was fitted.
    #[getter]
    fn estimates(&self) -> Vec<Row> {
        self.fit.estimates.iter().map(|own| (own.key.clone(), own.value, own.standard_error)).collect()
    }

    /// (reads, R², RMSE) of pulses up and of pulses down.
    #[getter]
    fn quality(&self) -> [(usize, f64, f64); 2] {
        self.fit.quality.map(|own| (own.reads, own.r_squared, own.rmse))
    }

    /// AIC of all models that were fitted.
    #[getter]
    fn compared(&self) -> Vec<(String, f64)> {
        self.all.clone()
    }

    /// (quantity, its value at weight 0, what a weight of 1 adds)
    #[getter]
    fn units(&self) -> (String, f64, f64) {
        let units = &self.curves.units;
        (units.quantity.clone(), units.zero, units.unit)
    }

    /// What a reader should know.
    #[getter]
    fn warnings(&self) -> Vec<String> {
        self.fit.warnings.clone()
    }

    /// The file of the hardware model.
    #[getter]
    fn text(&self) -> &str {
        &self.fit.text
    }

    /// Reads and fitted curve of every device: (device, pulses before a read, read, fitted), as measured.
    fn curves(&self) -> Vec<CurveColumns> {
        let units = &self.curves.units;
        let value = |weight: f64| units.zero + units.unit * weight;
        let pairs = self.curves.devices.iter().zip(&self.fit.devices);
        let device = |(curve, device): (&dyadsim::fit::DeviceCurve, _)| {
            let (mut pulses, mut read, mut fitted, mut pulse) = (vec![], vec![], vec![], 0.0);
            for sequence in &curve.sequences {
                pulses.push(pulse);
                read.push(value(sequence.start));
                fitted.push(value(sequence.start));
                for (own, found) in sequence.reads.iter().zip(predicted(device, sequence)) {
                    pulse += f64::from(own.pulses);
                    pulses.push(pulse);
                    read.push(value(own.weight));
                    fitted.push(value(found));
                }
            }
            (curve.name.clone(), pulses, read, fitted)
        };
        pairs.map(device).collect()
    }

    /// Draws curves and fit into files, .svg, .png or .pdf.
    fn draw(&self, py: Python<'_>, outputs: Vec<PathBuf>) -> PyResult<()> {
        let paths: Vec<_> = outputs.iter().map(PathBuf::as_path).collect();
        py.detach(|| device_fit(&self.curves, &self.fit).save(&paths)).map_err(|error| of(PlotError::from(error)))
    }
}

impl FittedDevices {
    fn made(
        wanted: Option<FittedModel>,
        name: String,
        source: String,
        file: Option<&Path>,
        names: &[String],
        rows: &[Vec<String>],
        columns: &Columns,
    ) -> Result<Self, FitError> {
        let curves = match file {
            Some(file) => read_csv(file, columns)?,
            None => read_rows("data", names, rows, columns)?,
        };
        let request = FitRequest { model: wanted.unwrap_or(FittedModel::SoftBounds), name, source };
        let (found, all) = match wanted {
            Some(_) => {
                let found = fit(&curves, &request)?;
                let own = (found.model.to_string(), found.aic);
                (found, vec![own])
            }
            None => {
                let fits = compare(&curves, &request);
                let aic = |found: &Result<Fit, FitError>| found.as_ref().map_or(f64::NAN, |fit| fit.aic);
                let all = fits.iter().map(|(model, found)| (model.to_string(), aic(found))).collect();
                (best(fits)?, all)
            }
        };
        Ok(Self { curves, fit: found, all })
    }
}

/// Names of the models that can be fitted.
#[pyfunction]
pub fn fitted_models() -> Vec<String> {
    FittedModel::ALL.iter().map(FittedModel::to_string).collect()
}

//! Devices of a hardware model, one by one.
use crate::arrays::array;
use crate::failure::{DyadError, of_settings};
use crate::pool::pool;
use dyadsim::config::models;
use dyadsim::config::strict::read_text;
use dyadsim::config::{ConfigError, Hardware};
use dyadsim::linalg::Matrix;
use dyadsim::random::Seeds;
use dyadsim::synapse::config::SynapseConfig;
use dyadsim::synapse::programmed::{ProgrammedArray, ProgrammingEvent};
use dyadsim::synapse::pulsed::response;
use numpy::{PyArrayDyn, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::PathBuf;

/// Reads a hardware model: a file, one that comes with the package, or the text of one.
#[pyfunction]
#[pyo3(signature = (name, text=None))]
pub fn hardware(name: &str, text: Option<&str>) -> PyResult<String> {
    let path = PathBuf::from(name);
    let loaded = match text {
        Some(text) => read_text::<Hardware>(&path, text, &[]),
        None => models::load(name).map(|model| model.loaded),
    };
    let loaded = loaded.map_err(|error: ConfigError| of_settings(&error, Some(&path)))?;
    Ok(loaded.effective.to_string())
}

fn synapses(model: &str) -> PyResult<SynapseConfig> {
    let loaded = read_text::<Hardware>("model".as_ref(), model, &[]).map_err(|error| of_settings(&error, None))?;
    Ok(loaded.value.synapses)
}

/// What devices of a pulsed model hold, after 0, 1, 2, … pulses: `up` pulses up, then `down` pulses down. (pulse, device)
#[pyfunction]
pub fn pulse_response<'py>(
    py: Python<'py>,
    model: &str,
    up: usize,
    down: usize,
    devices: usize,
    start: Option<f32>,
    seed: u64,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let SynapseConfig::Pulsed(pulsed) = synapses(model)? else {
        return Err(PyValueError::new_err("pulse_response: the synapses of this model are not pulsed"));
    };
    let device = pulsed.device;
    let start = start.unwrap_or(device.w_min.get() as f32);
    let readings = pool(None)?;
    let read = py.detach(|| readings.install(|| response::pulse_response(&device, [up, down], devices, start, seed)));
    array(py, read, vec![up + down + 1, devices])
}

/// Weights (post, pre) as they are read a time after they were programmed into devices.
#[pyfunction]
pub fn program_weights<'py>(
    py: Python<'py>,
    model: &str,
    weights: PyReadonlyArray2<f32>,
    time_s: Option<f64>,
    seed: u64,
) -> PyResult<Bound<'py, PyArrayDyn<f32>>> {
    let SynapseConfig::Programmed(config) = synapses(model)? else {
        return Err(PyValueError::new_err("program: the synapses of this model are not programmed"));
    };
    let (post, pre) = (weights.shape()[0], weights.shape()[1]);
    let numbers = weights.as_slice()?;
    if numbers.is_empty() || !numbers.iter().all(|x| x.is_finite()) {
        return Err(PyValueError::new_err("weights: must be finite, and some"));
    }
    let pool = pool(None)?;
    let read = py.detach(|| {
        pool.install(|| {
            let wanted = Matrix::from_row_slice(post, pre, numbers);
            let seeds = Seeds { chip: seed, noise: seed, ..Seeds::default() };
            let programmed = ProgrammedArray::program(&wanted, &config, ProgrammingEvent { seeds, layer: 1, event: 0 });
            programmed.read(time_s.unwrap_or(config.time_s.get()), &[0])
        })
    });
    let read = read.map_err(|error| PyValueError::new_err(format!("time_s: {error}")))?;
    let rows = read.transpose().as_slice().to_vec();
    array(py, rows, vec![post, pre]).map_err(|error| DyadError::new_err(error.to_string()))
}

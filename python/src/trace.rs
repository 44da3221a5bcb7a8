//! Reading what runs and sweeps leave. A file is open only while it is read.
use crate::arrays::array;
use crate::failure::of;
use dyadsim::trace::{Column, TraceReader};
use pyo3::prelude::*;
use pyo3::types::PyList;
use std::path::PathBuf;

/// (name, axes with lengths, type, phrase, unit, whether it is the coordinate of an axis)
type Variable = (String, Vec<(String, usize)>, &'static str, String, String, bool);

/// Paths of all groups that hold variables.
#[pyfunction]
pub fn trace_groups(py: Python<'_>, file: PathBuf) -> PyResult<Vec<String>> {
    py.detach(|| TraceReader::open(&file)?.groups()).map_err(of)
}

/// Variables and coordinates of a group.
#[pyfunction]
pub fn trace_variables(py: Python<'_>, file: PathBuf, group: String) -> PyResult<Vec<Variable>> {
    let found = py.detach(|| TraceReader::open(&file)?.variables(&group)).map_err(of)?;
    Ok(found.into_iter().map(|v| (v.name, v.axes, v.element, v.long_name, v.units, v.is_coordinate)).collect())
}

/// Text attributes of the file.
#[pyfunction]
pub fn trace_attributes(py: Python<'_>, file: PathBuf) -> PyResult<Vec<(String, String)>> {
    py.detach(|| {
        let reader = TraceReader::open(&file)?;
        let names = reader.attributes().into_iter();
        let text = |name: &str| reader.text(name).or_else(|| reader.integer(name).map(|number| number.to_string()));
        Ok(names.filter_map(|name| text(&name).map(|text| (name, text))).collect())
    })
    .map_err(|error: dyadsim::trace::TraceError| of(error))
}

/// Numbers of a variable as they are stored, as an array without axes' lengths; texts as a list.
#[pyfunction]
pub fn trace_read(py: Python<'_>, file: PathBuf, variable: String) -> PyResult<Bound<'_, PyAny>> {
    let column = py.detach(|| TraceReader::open(&file)?.read_column(&variable)).map_err(of)?;
    let length = vec![column.len()];
    Ok(match column {
        Column::F32(numbers) => array(py, numbers, length)?.into_any(),
        Column::F64(numbers) => array(py, numbers, length)?.into_any(),
        Column::I64(numbers) => array(py, numbers, length)?.into_any(),
        Column::Text(texts) => PyList::new(py, texts)?.into_any(),
    })
}

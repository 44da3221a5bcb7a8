//! Figures, pages, graphs and reference cases.
use crate::failure::{DyadError, of};
use dyadsim::export::{Export, Format, WhichWeights, export};
use dyadsim::figure::{Font, Style};
use dyadsim::plot::{
    AxisScale, Kind, PlotError, Request, Selected, Title, parse_length, parse_limits, parse_steps, plot,
};
use dyadsim::results::statistics::ErrorKind;
use dyadsim::verify::{Verdict, verify};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use std::path::PathBuf;

/// Draws a trace or the result of a sweep into files, .svg, .png or .pdf. Options are those of `dyad plot`, by name.
#[pyfunction]
pub fn draw(py: Python<'_>, file: PathBuf, options: Vec<(String, Vec<String>)>, outputs: Vec<PathBuf>) -> PyResult<()> {
    let mut request = Request::default();
    // How wide a column is depends on the style.
    let mut options = options;
    options.sort_by_key(|(name, _)| name != "style");
    for (name, values) in options {
        let one = || values.first().cloned().ok_or_else(|| PyValueError::new_err(format!("{name}: has no value")));
        let number = |text: &String| text.parse().map_err(|_| PyValueError::new_err(format!("{name}: {text:?}")));
        match name.as_str() {
            "what" => request.kind = Some(Kind::parse(&one()?).map_err(of)?),
            "metric" => request.metric = Some(one()?),
            "x" => request.x = Some(one()?),
            "y" => request.y = Some(one()?),
            "hue" => request.hue = Some(one()?),
            "panel" => request.panel = Some(one()?),
            "select" => {
                let selected = values.iter().map(|text| Selected::parse(text));
                request.select = selected.collect::<Result<_, _>>().map_err(of)?;
            }
            "layer" => request.layer = Some(values.clone()),
            "units" => {
                let units = values.iter().map(|text| text.parse());
                let wrong = |_| PyValueError::new_err("units: must be whole numbers");
                request.units = Some(units.collect::<Result<_, std::num::ParseIntError>>().map_err(wrong)?);
            }
            "steps" => request.steps = Some(parse_steps(&one()?).map_err(of)?),
            "threshold" => request.threshold = Some(number(&one()?)?),
            "error" => request.error = Some(choice(&name, &ErrorKind::ALL, &one()?)?),
            "width" => request.paper.width = Some(parse_length("--width", &one()?, &request.paper).map_err(of)?),
            "height" => request.paper.height = Some(parse_length("--height", &one()?, &request.paper).map_err(of)?),
            "style" => request.paper.style = choice(&name, &Style::ALL, &one()?)?,
            "font" => request.paper.font = Some(Font::find(&one()?).map_err(|error| of(PlotError::from(error)))?),
            "font_size" => request.paper.font_size = Some(number(&one()?)?),
            "dpi" => request.paper.dpi = Some(number(&one()?)?),
            "title" => {
                // An empty title is none: what stands above the figure is for its caption.
                let title = one()?;
                request.dress.title = if title.is_empty() { Title::None } else { Title::Own(title) };
            }
            "xlabel" => request.dress.x_label = Some(one()?),
            "ylabel" => request.dress.y_label = Some(one()?),
            "xlim" => request.dress.x_limits = Some(parse_limits("--xlim", &one()?).map_err(of)?),
            "ylim" => request.dress.y_limits = Some(parse_limits("--ylim", &one()?).map_err(of)?),
            "xscale" => request.dress.x_scale = Some(choice(&name, &AxisScale::ALL, &one()?)?),
            "yscale" => request.dress.y_scale = Some(choice(&name, &AxisScale::ALL, &one()?)?),
            _ => {
                let known = "what, metric, x, y, hue, panel, select, layer, units, steps, threshold, error, width, height, \
                             style, font, font_size, dpi, title, xlabel, ylabel, xlim, ylim, xscale, yscale";
                return Err(PyValueError::new_err(format!("{name}: is no option of a figure, which are {known}")));
            }
        }
    }
    py.detach(|| {
        let paths: Vec<_> = outputs.iter().map(PathBuf::as_path).collect();
        let figure = plot(&[&file], &request).map_err(of)?;
        figure.save(&paths).map_err(|error| of(PlotError::from(error)))
    })
}

fn choice<T: Copy>(option: &str, all: &[(&str, T)], given: &str) -> PyResult<T> {
    all.iter().find(|(name, _)| *name == given).map(|(_, value)| *value).ok_or_else(|| {
        let names: Vec<&str> = all.iter().map(|(name, _)| *name).collect();
        PyValueError::new_err(format!("{option}: {given:?} is none of {}", names.join(", ")))
    })
}

/// Writes the page of a run or sweep. `error` is what stands around means over replicates.
#[pyfunction]
pub fn write_report(py: Python<'_>, source: PathBuf, page: PathBuf, error: &str) -> PyResult<()> {
    let error = choice("error", &ErrorKind::ALL, error)?;
    py.detach(|| dyadsim::report::write(&source, error, &page)).map(drop).map_err(of)
}

/// Writes the network of a trace as a graph of NIR.
#[pyfunction]
pub fn export_nir(py: Python<'_>, trace: PathBuf, file: PathBuf, which: Option<&str>) -> PyResult<()> {
    let weights = match which {
        None => None,
        Some("initial") => Some(WhichWeights::Initial),
        Some("final") => Some(WhichWeights::Final),
        Some("best") => Some(WhichWeights::Best),
        Some(_) => return Err(PyValueError::new_err("which: must be \"initial\", \"final\" or \"best\"")),
    };
    let wanted = Export { from: &trace, to: Format::Nir, what: None, weights, out: Some(&file) };
    py.detach(|| export(&wanted)).map(drop).map_err(of)
}

/// (kind, name, deviations by name, whether they are within the tolerance)
type Case = (&'static str, String, Vec<(&'static str, f64)>, bool);

/// Replays the reference cases of a file: (kind, name, deviations by name, whether they are within the tolerance).
#[pyfunction]
pub fn verify_file(py: Python<'_>, file: PathBuf) -> PyResult<Vec<Case>> {
    let verdicts = py.detach(|| verify(&file)).map_err(|error| DyadError::new_err(error.to_string()))?;
    let row = |verdict: Verdict| {
        let passes = verdict.passes();
        match verdict {
            Verdict::Network(own) => {
                let mut found = vec![("states", own.state_error)];
                found.extend(own.gradient_error.map(|error| ("gradients", error)));
                ("network", own.name, found, passes)
            }
            Verdict::Array(own) => ("array", own.name, vec![("mean", own.mean_error), ("std", own.std_error)], passes),
            Verdict::Pulses(own) => {
                ("pulses", own.name, vec![("mean", own.mean_error), ("std", own.std_error)], passes)
            }
        }
    };
    Ok(verdicts.into_iter().map(row).collect())
}

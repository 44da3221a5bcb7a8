//! The result of a sweep as the page needs it: axes with their values, measurements, and what had to be left out.
use super::ReportError;
use super::numbers::{evenly, measurements, number, rank};
use crate::trace::{TraceReader, VariableInfo};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// Points on a page; a browser does not get through more of them.
const MOST_POINTS: usize = 20_000;
/// Final values on a page.
const MOST_FINAL: usize = 120_000;
/// Values of learning curves on a page.
const MOST_CURVES: usize = 120_000;
/// Epochs that stay when curves are thinned.
const FEWEST_EPOCHS: usize = 12;

/// An axis as the attribute `axes_json` tells it, with its values.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct SweepAxis {
    pub name: String,
    pub long_name: String,
    pub units: String,
    /// `linear`, `logarithmic` or `category`.
    pub scale: String,
    /// `grid`, `sample`, `replicate` or `drawn`.
    pub role: String,
    pub keys: Vec<String>,
    /// Numbers or texts.
    #[serde(default)]
    pub values: Vec<Value>,
}

/// A measurement of all points.
#[derive(Debug, Serialize)]
pub(super) struct SweepMetric {
    pub name: String,
    pub long_name: String,
    pub units: String,
    /// Whether there is one value for each layer.
    pub layers: bool,
    /// Over (axes …, seed[, layer]).
    #[serde(rename = "final")]
    pub last: Vec<Value>,
    /// Over (axes …, seed, epoch[, layer]); nothing if there is none or no room.
    pub curves: Option<Vec<Value>>,
    /// The final values, not rounded.
    #[serde(skip)]
    pub exact: Vec<f64>,
}

/// The result of a sweep.
#[derive(Debug)]
pub(super) struct SweepFile {
    /// All axes, in the order of the file.
    pub all_axes: Vec<SweepAxis>,
    /// Those of the arrays: grid axes or `sample`, then `seed`.
    pub axes: Vec<SweepAxis>,
    /// Quantities that were drawn for each sample.
    pub drawn: Vec<SweepAxis>,
    pub layers: usize,
    pub epochs: Vec<Value>,
    pub metrics: Vec<SweepMetric>,
    /// What was left out.
    pub notes: Vec<String>,
}

impl SweepFile {
    /// Points of the full grid.
    pub fn slots(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Where a place of the arrays stands on each of these axes, the last of which moves fastest.
    pub fn places(axes: &[SweepAxis], mut slot: usize) -> Vec<usize> {
        let mut places = vec![0; axes.len()];
        for (place, axis) in places.iter_mut().zip(axes).rev() {
            *place = slot % axis.values.len();
            slot /= axis.values.len();
        }
        places
    }

    /// The values of a point on all axes, in the order of the file; what was drawn stands along the first axis.
    pub fn coordinates(&self, slot: usize) -> Vec<Value> {
        let places = Self::places(&self.axes, slot);
        let value = |axis: &SweepAxis| {
            let at = self.axes.iter().position(|other| other.name == axis.name).unwrap_or(0);
            axis.values[places[at]].clone()
        };
        self.all_axes.iter().map(value).collect()
    }
}

/// An error of layout.
pub(super) fn layout(reader: &TraceReader, object: &str, rule: impl Into<String>) -> ReportError {
    ReportError::Layout { file: reader.path().to_owned(), object: object.to_owned(), rule: rule.into() }
}

/// Reads axes, measurements and learning curves.
pub(super) fn read(reader: &TraceReader) -> Result<SweepFile, ReportError> {
    let told = reader.text("axes_json").unwrap_or_default();
    let mut all_axes: Vec<SweepAxis> = serde_json::from_str(&told)
        .map_err(|error| layout(reader, "axes_json", format!("must be a list of axes: {error}")))?;
    let variables = reader.variables("final")?;
    for axis in &mut all_axes {
        axis.values = values(reader, &variables, &axis.name)?;
    }
    let with_role = |roles: &[&str]| -> Vec<SweepAxis> {
        all_axes.iter().filter(|axis| roles.contains(&axis.role.as_str())).cloned().collect()
    };
    let axes = with_role(&["grid", "sample", "replicate"]);
    if axes.last().is_none_or(|axis| axis.role != "replicate") {
        return Err(layout(reader, "axes_json", "must end with an axis of role replicate"));
    }
    if let Some(empty) = all_axes.iter().find(|axis| axis.values.is_empty()) {
        return Err(layout(reader, &format!("final/{}", empty.name), "must not be empty"));
    }
    let length = |name: &str| variables.iter().find(|v| v.name == name).map_or(0, |v| v.axes[0].1);
    let mut file = SweepFile {
        drawn: with_role(&["drawn"]),
        axes,
        layers: length("layer"),
        all_axes,
        epochs: vec![],
        metrics: vec![],
        notes: vec![],
    };
    if file.slots() > MOST_POINTS {
        return Err(ReportError::TooManyPoints {
            file: reader.path().to_owned(),
            points: file.slots(),
            most: MOST_POINTS,
        });
    }
    read_final(reader, &variables, &mut file)?;
    read_curves(reader, &mut file)?;
    Ok(file)
}

/// The values of an axis or of a drawn quantity.
fn values(reader: &TraceReader, variables: &[VariableInfo], name: &str) -> Result<Vec<Value>, ReportError> {
    let place = format!("final/{name}");
    let variable = variables.iter().find(|v| v.name == name);
    let variable = variable.ok_or_else(|| layout(reader, &place, "is missing, but axes_json names it"))?;
    Ok(if variable.element == "text" {
        reader.read_texts(&place)?.into_iter().map(Value::from).collect()
    } else {
        reader.read(&place)?.values.into_iter().map(number).collect()
    })
}

/// Names of the axes in the order of an array.
fn order(variable: &VariableInfo) -> Vec<&str> {
    variable.axes.iter().map(|(name, _)| name.as_str()).collect()
}

fn read_final(reader: &TraceReader, variables: &[VariableInfo], file: &mut SweepFile) -> Result<(), ReportError> {
    let plain: Vec<String> = file.axes.iter().map(|axis| axis.name.clone()).collect();
    let mut wanted: Vec<&VariableInfo> = variables
        .iter()
        .filter(|v| !v.is_coordinate && v.name != "status" && !v.name.starts_with("diverged_"))
        .filter(|v| file.drawn.iter().all(|drawn| drawn.name != v.name))
        .collect();
    wanted.sort_by_key(|v| rank(&v.name));
    let (mut room, mut left_out) = (MOST_FINAL, vec![]);
    for variable in wanted {
        let names = order(variable);
        let layers = match names.split_last() {
            Some((&"layer", rest)) if rest == plain => true,
            _ if names == plain => false,
            _ => continue,
        };
        let exact = reader.read(&format!("final/{}", variable.name))?.values;
        if exact.iter().all(|x| !x.is_finite()) {
            continue;
        }
        if exact.len() > room && !file.metrics.is_empty() {
            left_out.push(variable.name.clone());
            continue;
        }
        room = room.saturating_sub(exact.len());
        file.metrics.push(SweepMetric {
            name: variable.name.clone(),
            long_name: variable.long_name.clone(),
            units: variable.units.clone(),
            layers,
            last: measurements(&exact),
            curves: None,
            exact,
        });
    }
    if !left_out.is_empty() {
        file.notes.push(format!("Left out for size, but in sweep.h5: {}.", left_out.join(", ")));
    }
    Ok(())
}

fn read_curves(reader: &TraceReader, file: &mut SweepFile) -> Result<(), ReportError> {
    if !reader.contains("curves/epoch") {
        return Ok(());
    }
    let epochs = reader.read("curves/epoch")?.values;
    // The first measurement decides how many epochs there is room for.
    let most = (MOST_CURVES / file.slots().max(1)).max(FEWEST_EPOCHS);
    let kept = evenly(epochs.len(), most);
    if kept.len() < epochs.len() {
        file.notes.push(format!("Learning curves show {} of {} epochs, evenly spread.", kept.len(), epochs.len()));
    }
    file.epochs = kept.iter().map(|&e| number(epochs[e])).collect();
    let (slots, all_layers) = (file.slots(), file.layers);
    let (mut room, mut left_out) = (MOST_CURVES, vec![]);
    let mut is_first = true;
    for metric in &mut file.metrics {
        let place = format!("curves/{}", metric.name);
        if !reader.contains(&place) {
            continue;
        }
        let layers = if metric.layers { all_layers } else { 1 };
        let count = slots * kept.len() * layers;
        if count > room && !is_first {
            left_out.push(metric.name.clone());
            continue;
        }
        is_first = false;
        room = room.saturating_sub(count);
        let values = reader.read(&place)?.values;
        if values.len() != slots * epochs.len() * layers {
            return Err(layout(reader, &place, "must have the axes of the sweep, then epoch and, for layers, layer"));
        }
        let mut chosen = Vec::with_capacity(count);
        for slot in 0..slots {
            for &epoch in &kept {
                let row = (slot * epochs.len() + epoch) * layers;
                chosen.extend_from_slice(&values[row..row + layers]);
            }
        }
        metric.curves = Some(measurements(&chosen));
    }
    if !left_out.is_empty() {
        file.notes.push(format!("Learning curves left out for size, but in sweep.h5: {}.", left_out.join(", ")));
    }
    Ok(())
}

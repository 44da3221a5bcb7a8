//! A sweep: its axes and what was measured over them.
use super::cube::Cube;
use super::dim::Dim;
use super::error::ResultsError;
use crate::trace::{TraceError, TraceReader, VariableInfo};
use crate::vocabulary::axis::{REPLICATE, role, scale};
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{Quantity, seed, state};
use serde::{Deserialize, Serialize};
use std::path::Path;

/// The result of a sweep.
///
/// ```no_run
/// use dyadsim::prelude::*;
///
/// let sweep = SweepResult::open("runs/mismatch_yield/sweep.h5".as_ref())?;
/// for (quantity, axes) in sweep.quantities("final")? {
///     println!("{} over {}", quantity.name, axes.join(", "));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct SweepResult {
    reader: TraceReader,
    axes: Vec<SweepAxis>,
}

/// An axis as the file describes it; what it does not say is empty.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SweepAxis {
    /// Its name.
    pub name: String,
    /// One phrase.
    pub long_name: String,
    /// Unit of its values; "1" if dimensionless.
    pub units: String,
    /// How it is drawn, one of [`scale`] or `linear`.
    pub scale: String,
    /// What it is, one of [`role`].
    pub role: String,
    /// Dotted keys of the settings that it changes.
    pub keys: Vec<String>,
}

/// Values of an axis.
#[derive(Debug, Clone, PartialEq)]
pub enum AxisValues {
    /// Numbers.
    Numbers(Vec<f64>),
    /// Words.
    Texts(Vec<String>),
}

impl SweepAxis {
    /// Whether it changes nothing but seeds, so that its places are replicates.
    pub fn is_population(&self) -> bool {
        let is_seed = |key: &String| key.split('.').next() == Some(seed::SETTINGS);
        self.role == role::REPLICATE
            || self.name == REPLICATE.name
            || (!self.keys.is_empty() && self.keys.iter().all(is_seed))
    }
}

impl SweepResult {
    /// Of an open file.
    ///
    /// # Errors
    /// If its axes are not described as they have to be.
    pub(super) fn new(reader: TraceReader) -> Result<Self, ResultsError> {
        let text = reader.text(attribute::AXES).unwrap_or_else(|| "[]".to_owned());
        let wrong =
            |error| ResultsError::layout(reader.path(), attribute::AXES, format!("must be a list of axes: {error}"));
        let axes = serde_json::from_str(&text).map_err(wrong)?;
        Ok(Self { reader, axes })
    }

    /// Opens the result of a sweep.
    ///
    /// # Errors
    /// If it cannot be read, or is the trace of a run.
    pub fn open(file: &Path) -> Result<Self, ResultsError> {
        let reader = TraceReader::open(file)?;
        if !reader.is_sweep() {
            return Err(ResultsError::layout(file, attribute::CONVENTIONS, "must be those of the result of a sweep"));
        }
        Self::new(reader)
    }

    /// The file.
    pub fn reader(&self) -> &TraceReader {
        &self.reader
    }

    /// A text attribute; empty if there is none.
    pub fn text(&self, name: &str) -> String {
        self.reader.text(name).unwrap_or_default()
    }

    /// Whether the file says that points are missing.
    pub fn is_incomplete(&self) -> bool {
        self.reader.integer(attribute::COMPLETE) == Some(0)
    }

    /// All axes that the file describes, in its order.
    pub fn axes(&self) -> &[SweepAxis] {
        &self.axes
    }

    /// Axes of one of the roles, in the order of the file.
    pub fn with_role<'r>(&self, roles: &'r [&'r str]) -> impl Iterator<Item = &SweepAxis> + use<'_, 'r> {
        self.axes.iter().filter(|axis| roles.contains(&axis.role.as_str()))
    }

    /// Quantities that were drawn for every sample; none on a grid.
    pub fn drawn(&self) -> impl Iterator<Item = &SweepAxis> {
        self.with_role(&[role::DRAWN])
    }

    /// Variables and coordinates of a group; none if there is no such group.
    fn variables(&self, group: &str) -> Result<Vec<VariableInfo>, TraceError> {
        if self.reader.contains(group) { self.reader.variables(group) } else { Ok(vec![]) }
    }

    /// Values of an axis or drawn quantity in a group.
    ///
    /// # Errors
    /// If the group has no such axis, or it cannot be read.
    pub fn values(&self, group: &str, name: &str) -> Result<AxisValues, ResultsError> {
        let path = format!("{group}/{name}");
        let variable = self.variables(group)?.into_iter().find(|variable| variable.name == name);
        let missing = || ResultsError::layout(self.reader.path(), &path, "is missing, but is an axis");
        Ok(if variable.ok_or_else(missing)?.element == "text" {
            AxisValues::Texts(self.reader.read_texts(&path)?)
        } else {
            AxisValues::Numbers(self.reader.read(&path)?.values)
        })
    }

    /// Length of an axis of a group; 0 if it has none.
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn length(&self, group: &str, name: &str) -> Result<usize, TraceError> {
        let found = self.variables(group)?.into_iter().find(|v| v.is_coordinate && v.name == name);
        Ok(found.and_then(|v| v.axes.first().map(|(_, length)| *length)).unwrap_or(0))
    }

    /// An axis of a group as an axis of a cube.
    ///
    /// # Errors
    /// As [`Self::values`].
    pub fn dim(&self, group: &str, name: &str) -> Result<Dim, ResultsError> {
        let described = self.axes.iter().find(|axis| axis.name == name);
        let long_name = described.map_or("", |axis| &axis.long_name);
        let numbers = match self.values(group, name)? {
            AxisValues::Texts(texts) => return Ok(Dim::words(name, long_name, texts)),
            AxisValues::Numbers(numbers) => numbers,
        };
        let Some(axis) = described else { return Ok(Dim::numbers(name, "", "1", false, numbers)) };
        let units = if axis.units.is_empty() { "1" } else { &axis.units };
        let mut dim = Dim::numbers(name, long_name, units, axis.scale == scale::LOGARITHMIC, numbers);
        dim.is_population = axis.is_population();
        if axis.scale == scale::CATEGORY && !dim.is_population {
            dim.numbers = None;
        }
        Ok(dim)
    }

    /// What was measured over the points of a group, with the names of the axes of each. How points ended is not measured,
    /// but [`Self::outcome`].
    ///
    /// # Errors
    /// If the file cannot be read.
    pub fn quantities(&self, group: &str) -> Result<Vec<(Quantity, Vec<String>)>, TraceError> {
        let is_replicate =
            |name: &str| name == REPLICATE.name || self.with_role(&[role::REPLICATE]).any(|axis| axis.name == name);
        let of = |v: VariableInfo| {
            let axes: Vec<String> = v.axes.iter().map(|(axis, _)| axis.clone()).collect();
            let is_measured = !v.is_coordinate && v.element != "text" && axes.iter().any(|axis| is_replicate(axis));
            is_measured.then(|| (Quantity::described(&v.name, &v.long_name, &v.units), axes))
        };
        Ok(self.variables(group)?.into_iter().filter_map(of).collect())
    }

    /// A variable of a group over its axes; `None` if there is none.
    ///
    /// # Errors
    /// If it cannot be read, or does not fill its axes.
    pub fn cube(&self, group: &str, name: &str) -> Result<Option<Cube>, ResultsError> {
        let variable =
            self.variables(group)?.into_iter().find(|variable| variable.name == name && !variable.is_coordinate);
        let Some(variable) = variable else { return Ok(None) };
        let path = format!("{group}/{name}");
        let dims = variable.axes.iter().map(|(axis, _)| self.dim(group, axis)).collect::<Result<Vec<_>, _>>()?;
        let cube = Cube::new(dims, self.reader.read(&path)?.values);
        let misfit = || ResultsError::layout(self.reader.path(), &path, "must fill its axes");
        cube.ok_or_else(misfit).map(Some)
    }

    /// How every point ended; `None` if the file does not say.
    ///
    /// # Errors
    /// As [`Self::cube`].
    pub fn outcome(&self) -> Result<Option<Cube>, ResultsError> {
        self.cube(group::FINAL, state::STATUS.name)
    }
}

//! The result of a sweep: axes, variables, points.
use super::cube::{Cube, Dim};
use super::error::PlotError;
use super::request::{Kind, Request};
use super::words::{Metric, counted};
use crate::trace::TraceReader;
use serde_json::Value;

/// An open result.
pub(super) struct SweepFile<'a> {
    reader: &'a TraceReader,
    axes: Vec<Value>,
}

/// Names of what the points' `status` can be, by number.
const STATUSES: [&str; 5] = ["missing", "complete", "diverged", "failed", "not finite"];

impl<'a> SweepFile<'a> {
    pub(super) fn new(reader: &'a TraceReader) -> Self {
        let axes = reader.text("axes_json").and_then(|text| serde_json::from_str::<Vec<Value>>(&text).ok());
        Self { reader, axes: axes.unwrap_or_default() }
    }

    pub(super) fn title(&self) -> String {
        self.reader.text("title").unwrap_or_default()
    }

    fn described(&self, name: &str) -> Option<&Value> {
        self.axes.iter().find(|axis| axis["name"] == name)
    }

    /// The axis of a group of variables.
    fn dim(&self, group: &str, name: &str) -> Result<Dim, PlotError> {
        let path = format!("{group}/{name}");
        let described = self.described(name);
        let text = |key: &str| described.and_then(|axis| axis[key].as_str()).unwrap_or_default();
        let info = self.reader.variables(group)?.into_iter().find(|variable| variable.name == name);
        let (element, file_units) = info.map_or(("f64", String::new()), |info| (info.element, info.units));
        if element == "text" {
            return Ok(Dim::words(name, text("long_name"), self.reader.read_texts(&path)?));
        }
        let values = self.reader.read(&path)?.values;
        let units = if text("units").is_empty() { file_units } else { text("units").to_owned() };
        let logarithmic = text("scale") == "logarithmic";
        let mut dim =
            Dim::numbers(name, text("long_name"), if units.is_empty() { "1" } else { &units }, logarithmic, values);
        let keys = described.and_then(|axis| axis["keys"].as_array()).map(Vec::as_slice).unwrap_or_default();
        let is_seed = |key: &Value| key.as_str().is_some_and(|key| key.starts_with("seeds."));
        dim.is_population = name == "seed" || (!keys.is_empty() && keys.iter().all(is_seed));
        if text("scale") == "category" && !dim.is_population {
            dim.numbers = None;
        }
        Ok(dim)
    }

    /// Names of the variables of a group over its points, without coordinates and drawn quantities.
    pub(super) fn metrics(&self, group: &str) -> Result<Vec<String>, PlotError> {
        if !self.reader.contains(group) {
            return Ok(vec![]);
        }
        let variables = self.reader.variables(group)?.into_iter();
        let over_points = variables.filter(|variable| variable.axes.iter().any(|(axis, _)| axis == "seed"));
        Ok(over_points
            .filter(|variable| !variable.is_coordinate && variable.element != "text")
            .map(|v| v.name)
            .collect())
    }

    /// A variable of a group as it stands in the file; `None` if there is none.
    pub(super) fn cube(&self, group: &str, name: &str) -> Result<Option<Cube>, PlotError> {
        if !self.reader.contains(group) {
            return Ok(None);
        }
        let Some(variable) = self.reader.variables(group)?.into_iter().find(|variable| variable.name == name) else {
            return Ok(None);
        };
        let dims = variable.axes.iter().map(|(axis, _)| self.dim(group, axis)).collect::<Result<Vec<_>, _>>()?;
        Ok(Cube::new(dims, self.reader.read(&format!("{group}/{name}"))?.values))
    }

    /// The metric asked for, else the first of the usual ones that has values, restricted as asked for and in the unit
    /// that is drawn.
    pub(super) fn metric(&self, group: &str, request: &Request, usual: &[&str]) -> Result<(Metric, Cube), PlotError> {
        let names = self.metrics(group)?;
        if names.is_empty() {
            let needs = format!("the sweep has measured nothing that is drawn (the file has no group {group})");
            return Err(PlotError::Needs { kind: request.kind.map_or("map", Kind::name), needs });
        }
        let given = request.metric.as_deref();
        let candidates: Vec<&str> = match given {
            Some(given) => vec![given],
            None => usual.iter().copied().chain(names.iter().map(String::as_str).filter(|_| usual.len() > 1)).collect(),
        };
        let mut found: Option<(String, Cube)> = None;
        for name in candidates.iter().filter(|name| names.iter().any(|own| own == **name)) {
            if let Some(cube) = self.cube(group, name)? {
                let has_values = cube.has_values();
                if found.is_none() || has_values {
                    found = Some(((*name).to_owned(), cube));
                }
                if has_values {
                    break;
                }
            }
        }
        let unknown = || {
            let wanted = given.or(usual.first().copied()).unwrap_or_default();
            PlotError::unknown("--metric", "metric", wanted, names.iter().cloned())
        };
        let (name, cube) = found.ok_or_else(unknown)?;
        let units =
            self.reader.variables(group)?.into_iter().find(|v| v.name == name).map_or(String::new(), |v| v.units);
        let metric = Metric::new(&name, &units);
        self.check_axes(&cube, request)?;
        let cube = self.restricted(cube, request)?.scaled(metric.factor);
        Ok((metric, cube))
    }

    /// Refuses axes that neither the file nor this metric has.
    pub(super) fn check_axes(&self, cube: &Cube, request: &Request) -> Result<(), PlotError> {
        let names: Vec<String> = cube.dims.iter().map(|dim| dim.name.clone()).collect();
        if let Some(selected) = request.select.iter().find(|selected| !names.contains(&selected.axis)) {
            return Err(PlotError::unknown("--select", "axis", &selected.axis, names));
        }
        if request.layer.is_some() && cube.find("layer").is_none() {
            let own = names.into_iter().filter(|name| name != "epoch");
            return Err(PlotError::unknown("--layer", "axis of this metric", "layer", own));
        }
        Ok(())
    }

    /// Restricts the axes that a cube has as asked for.
    pub(super) fn restricted(&self, mut cube: Cube, request: &Request) -> Result<Cube, PlotError> {
        for axis in 0..cube.dims.len() {
            if let Some((option, values)) = request.selected(&cube.dims[axis].name) {
                let places = cube.dims[axis].places(option, values)?;
                cube = cube.restricted(axis, &places);
            }
        }
        Ok(cube)
    }

    /// Another variable of the group `final`, restricted as asked for; `None` if there is none.
    pub(super) fn also(&self, name: &str, request: &Request) -> Result<Option<Cube>, PlotError> {
        self.cube("final", name)?.map(|cube| self.restricted(cube, request)).transpose()
    }

    /// Status of every point, restricted as asked for.
    pub(super) fn status(&self, request: &Request) -> Result<Option<Cube>, PlotError> {
        self.also("status", request)
    }

    /// What became of the points, in words; empty if all are complete.
    pub(super) fn losses(&self, request: &Request) -> Result<String, PlotError> {
        let Some(status) = self.status(request)? else { return Ok(String::new()) };
        let all = status.gather(&[]);
        let count = |code: usize| all.iter().filter(|value| **value == code as f64).count();
        let lost: Vec<String> = [0, 2, 3, 4]
            .into_iter()
            .filter(|code| count(*code) > 0)
            .map(|code| format!("{} {}", count(code), STATUSES[code]))
            .collect();
        Ok(if lost.is_empty() {
            String::new()
        } else {
            format!("{} of {}", lost.join(", "), counted(all.len(), "point"))
        })
    }

    /// Quantities that were drawn for every sample; empty on a grid.
    pub(super) fn drawn(&self) -> Result<Vec<Dim>, PlotError> {
        let names = self.axes.iter().filter(|axis| axis["role"] == "drawn").filter_map(|axis| axis["name"].as_str());
        names.map(|name| self.dim("final", name)).collect()
    }
}

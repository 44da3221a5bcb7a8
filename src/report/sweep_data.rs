//! The result of a sweep as the page needs it: axes with their values, measurements, points, and what had to be left out.
use super::error::ReportError;
use super::numbers::{evenly, measurements, number};
use crate::results::{AxisValues, ResultsError, SweepAxis, SweepResult, points};
use crate::vocabulary::axis::{EPOCH, LAYER, role};
use crate::vocabulary::place::{attribute, file, group};
use crate::vocabulary::{Quantity, metric, state};
use serde::Serialize;
use serde_json::{Map, Value};

/// Points on a page; a browser does not get through more of them.
const MOST_POINTS: usize = 20_000;
/// Final values on a page.
const MOST_FINAL: usize = 120_000;
/// Values of learning curves on a page.
const MOST_CURVES: usize = 120_000;
/// Epochs that stay when curves are thinned.
const FEWEST_EPOCHS: usize = 12;

/// An axis with its values.
#[derive(Debug, Clone, Serialize)]
pub(super) struct PageAxis {
    #[serde(flatten)]
    pub axis: SweepAxis,
    /// Numbers or texts.
    pub values: Vec<Value>,
}

impl PageAxis {
    /// Whether it has more than one value.
    pub fn varies(&self) -> bool {
        self.values.iter().any(|value| *value != self.values[0])
    }
}

/// A measurement of all points.
#[derive(Debug, Serialize)]
pub(super) struct PageMetric {
    #[serde(flatten)]
    pub quantity: Quantity,
    /// Whether there is one value for each layer.
    pub layers: bool,
    /// Over (axes …, replicate[, layer]).
    #[serde(rename = "final")]
    pub last: Vec<Value>,
    /// Over (axes …, replicate, epoch[, layer]); nothing if there is none or no room.
    pub curves: Option<Vec<Value>>,
    /// The final values, not rounded.
    #[serde(skip)]
    pub exact: Vec<f64>,
}

/// A point on the page.
#[derive(Debug, Serialize)]
pub(super) struct PagePoint {
    pub index: usize,
    /// Where it stands in the arrays of the sweep, row by row.
    pub slot: usize,
    /// Number of its status.
    pub status: usize,
    pub diverged_step: Option<Value>,
    pub diverged_layer: Option<Value>,
    pub message: String,
    /// Settings of this point that differ from the base, by key.
    pub settings: Value,
    pub seeds: Map<String, Value>,
    /// One for each axis of the file.
    pub coordinates: Vec<Value>,
}

/// The result of a sweep.
#[derive(Debug)]
pub(super) struct SweepData {
    /// All axes, in the order of the file.
    pub all_axes: Vec<PageAxis>,
    /// Those of the arrays: grid axes or `sample`, then `replicate`.
    pub axes: Vec<PageAxis>,
    /// Quantities that were drawn for each sample.
    pub drawn: Vec<PageAxis>,
    pub layers: usize,
    pub epochs: Vec<Value>,
    pub metrics: Vec<PageMetric>,
    /// What was left out.
    pub notes: Vec<String>,
}

impl SweepData {
    /// Reads axes, measurements and learning curves.
    pub fn read(sweep: &SweepResult) -> Result<Self, ReportError> {
        let path = sweep.reader().path();
        let layout = |object: String, rule: &str| {
            ReportError::from(ResultsError::Layout { file: path.to_owned(), object, rule: rule.to_owned() })
        };
        let with_values = |axis: &SweepAxis| -> Result<PageAxis, ReportError> {
            let values = match sweep.values(group::FINAL, &axis.name)? {
                AxisValues::Numbers(numbers) => numbers.into_iter().map(number).collect::<Vec<_>>(),
                AxisValues::Texts(texts) => texts.into_iter().map(Value::from).collect(),
            };
            match values.is_empty() {
                true => Err(layout(format!("{}/{}", group::FINAL, axis.name), "must not be empty")),
                false => Ok(PageAxis { axis: axis.clone(), values }),
            }
        };
        let all_axes = sweep.axes().iter().map(with_values).collect::<Result<Vec<_>, _>>()?;
        let with_role = |roles: &[&str]| -> Vec<PageAxis> {
            all_axes.iter().filter(|own| roles.contains(&own.axis.role.as_str())).cloned().collect()
        };
        let axes = with_role(&[role::GRID, role::SAMPLE, role::REPLICATE]);
        if axes.last().is_none_or(|last| last.axis.role != role::REPLICATE) {
            return Err(layout(attribute::AXES.to_owned(), "must end with an axis of role replicate"));
        }
        let (drawn, layers) = (with_role(&[role::DRAWN]), sweep.length(group::FINAL, LAYER.name)?);
        let mut data = Self { all_axes, axes, drawn, layers, epochs: vec![], metrics: vec![], notes: vec![] };
        let points = data.slots();
        if points > MOST_POINTS {
            return Err(ReportError::TooManyPoints { file: path.to_owned(), points, most: MOST_POINTS });
        }
        data.read_final(sweep)?;
        data.read_curves(sweep)?;
        Ok(data)
    }

    /// Points of the full grid.
    pub fn slots(&self) -> usize {
        self.axes.iter().map(|axis| axis.values.len()).product()
    }

    /// Where a place of the arrays stands on each of these axes, the last of which moves fastest.
    pub fn places(axes: &[PageAxis], mut slot: usize) -> Vec<usize> {
        let mut places = vec![0; axes.len()];
        for (place, axis) in places.iter_mut().zip(axes).rev() {
            *place = slot % axis.values.len();
            slot /= axis.values.len();
        }
        places
    }

    /// The values of a point on all axes, in the order of the file; what was drawn stands along the first axis.
    fn coordinates(&self, slot: usize) -> Vec<Value> {
        let places = Self::places(&self.axes, slot);
        let value = |own: &PageAxis| {
            let at = self.axes.iter().position(|other| other.axis.name == own.axis.name).unwrap_or(0);
            own.values[places[at]].clone()
        };
        self.all_axes.iter().map(value).collect()
    }

    fn read_final(&mut self, sweep: &SweepResult) -> Result<(), ReportError> {
        let plain: Vec<String> = self.axes.iter().map(|own| own.axis.name.clone()).collect();
        let about_points = [state::STATUS.name, metric::DIVERGED_STEP.name, metric::DIVERGED_LAYER.name];
        let mut wanted = sweep.quantities(group::FINAL)?;
        wanted.retain(|(quantity, _)| !about_points.contains(&quantity.name.as_str()));
        wanted.sort_by_key(|(quantity, _)| metric::rank(&quantity.name));
        let (mut room, mut left_out) = (MOST_FINAL, vec![]);
        for (quantity, names) in wanted {
            let layers = match names.split_last() {
                Some((last, rest)) if last == LAYER.name && rest == plain => true,
                _ if names == plain => false,
                _ => continue,
            };
            let Some(cube) = sweep.cube(group::FINAL, &quantity.name)?.filter(|cube| cube.has_values()) else {
                continue;
            };
            let exact = cube.values().to_vec();
            if exact.len() > room && !self.metrics.is_empty() {
                left_out.push(quantity.name);
                continue;
            }
            room = room.saturating_sub(exact.len());
            self.metrics.push(PageMetric { quantity, layers, last: measurements(&exact), curves: None, exact });
        }
        if !left_out.is_empty() {
            self.notes.push(format!("Left out for size, but in {}: {}.", file::SWEEP, left_out.join(", ")));
        }
        Ok(())
    }

    fn read_curves(&mut self, sweep: &SweepResult) -> Result<(), ReportError> {
        if sweep.length(group::CURVES, EPOCH.name)? == 0 {
            return Ok(());
        }
        let AxisValues::Numbers(epochs) = sweep.values(group::CURVES, EPOCH.name)? else { return Ok(()) };
        let all = epochs.len();
        // The first measurement decides how many epochs there is room for.
        let slots = self.slots();
        let most = (MOST_CURVES / slots.max(1)).max(FEWEST_EPOCHS);
        let kept = evenly(all, most);
        if kept.len() < all {
            self.notes.push(format!("Learning curves show {} of {all} epochs, evenly spread.", kept.len()));
        }
        self.epochs = kept.iter().map(|&e| number(epochs[e])).collect();
        let (mut room, mut left_out) = (MOST_CURVES, vec![]);
        let mut is_first = true;
        for metric in &mut self.metrics {
            let Some(cube) = sweep.cube(group::CURVES, &metric.quantity.name)? else { continue };
            let layers = if metric.layers { self.layers } else { 1 };
            let count = slots * kept.len() * layers;
            if count > room && !is_first {
                left_out.push(metric.quantity.name.clone());
                continue;
            }
            is_first = false;
            room = room.saturating_sub(count);
            let values = cube.values();
            if values.len() != slots * all * layers {
                let object = format!("{}/{}", group::CURVES, metric.quantity.name);
                let rule = "must have the axes of the sweep, then epoch and, for layers, layer".to_owned();
                return Err(ResultsError::Layout { file: sweep.reader().path().to_owned(), object, rule }.into());
            }
            let rows = (0..slots).flat_map(|slot| kept.iter().map(move |epoch| (slot * all + epoch) * layers));
            let chosen: Vec<f64> = rows.flat_map(|row| values[row..row + layers].iter().copied()).collect();
            metric.curves = Some(measurements(&chosen));
        }
        if !left_out.is_empty() {
            let names = left_out.join(", ");
            self.notes.push(format!("Learning curves left out for size, but in {}: {names}.", file::SWEEP));
        }
        Ok(())
    }

    /// All points. They stand in the order of the arrays, row by row.
    pub fn points(&self, sweep: &SweepResult) -> Result<Vec<PagePoint>, ReportError> {
        let all = points::read(sweep)?;
        if all.len() != self.slots() {
            let rule = format!("must be as many as the axes have places, {}, got {}", self.slots(), all.len());
            let (file, object) = (sweep.reader().path().to_owned(), group::status_of_points());
            return Err(ResultsError::Layout { file, object, rule }.into());
        }
        let point = |point: points::PointResult| PagePoint {
            index: point.index,
            slot: point.index,
            status: point.status as usize,
            diverged_step: point.diverged_step.map(number),
            diverged_layer: point.diverged_layer.map(number),
            message: point.message,
            settings: point.settings,
            seeds: point.seeds.iter().map(|(seed, value)| (seed.key.to_owned(), Value::from(*value))).collect(),
            coordinates: self.coordinates(point.index),
        };
        Ok(all.into_iter().map(point).collect())
    }
}

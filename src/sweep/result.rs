//! The result of a sweep: one HDF5 file with an array for every quantity, over named axes. The same outcomes make the
//! same bytes, whichever process has computed them: no times, hosts or durations are in it.
//!
//! | group | axes | variables |
//! |---|---|---|
//! | `/` (attributes) | – | title, sweep file, settings of the base, description of the axes |
//! | `final` | axes of the sweep, replicate, layer, sizes of perturbations | the last value of every quantity, `status`, `diverged_step`, `diverged_layer` |
//! | `curves` | axes of the sweep, replicate, epoch, layer, sizes of perturbations | the same quantities after every epoch |
//! | `points` | point | status, reason, settings and seeds of every run |
use super::axis::{Coordinate, Scale};
use super::error::SweepError;
use super::inner_axes::InnerAxes;
use super::outcome::{Measured, Outcome};
use super::plan::{Plan, ResultAxis};
use super::point::Point;
use super::quantity::{Quantity, quantities};
use crate::trace::{self, Axis, Element, Group, Row, TraceFile, Variable};
use crate::vocabulary::axis::role;
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::seed::Seed;
use crate::vocabulary::{PointStatus, Term, axis, metric, seed, state};
use serde_json::{Map, Value, json};
use std::path::Path;

/// Writes the result.
///
/// # Errors
/// If the file cannot be written.
pub fn write_result(plan: &Plan, outcomes: &[Option<Outcome>], path: &Path) -> Result<(), SweepError> {
    let mut file = TraceFile::create(path)?;
    let missing = outcomes.iter().filter(|outcome| outcome.is_none()).count();
    for (name, text) in [
        (attribute::CONVENTIONS, attribute::SWEEP_CONVENTIONS),
        (attribute::TITLE, &plan.config.title),
        (attribute::DESCRIPTION, &plan.config.description),
        (attribute::SWEEP, &format!("{:#}", plan.effective)),
        (attribute::CONFIG, plan.base.settings_text()),
        (attribute::AXES, &format!("{:#}", axes_json(plan))),
        (attribute::VERSION, env!("CARGO_PKG_VERSION")),
        (attribute::COMMIT, env!("DYADSIM_GIT_COMMIT")),
    ] {
        file.text_attribute(name, text)?;
    }
    file.flag_attribute(attribute::COMPLETE, missing == 0)?;
    file.integer_attribute(attribute::POINTS, plan.points.len() as u64)?;
    let quantities = quantities(outcomes);
    write_final(&mut file, plan, outcomes, &quantities)?;
    write_curves(&mut file, plan, outcomes, &quantities)?;
    write_points(&mut file, plan, outcomes)?;
    Ok(file.finish()?)
}

fn axes_json(plan: &Plan) -> Value {
    let all = plan.axes.iter().chain(&plan.drawn).chain([&plan.replicates]);
    all.map(|axis| {
        json!({
            "name": axis.name, "long_name": axis.long_name, "units": axis.units,
            "scale": axis.scale, "role": axis.role, "keys": axis.keys,
        })
    })
    .collect()
}

/// An axis as the file has it.
fn file_axis(axis: &ResultAxis) -> Axis {
    let numbers: Option<Vec<f64>> = axis
        .coordinates
        .iter()
        .map(|coordinate| match coordinate {
            Coordinate::Number(x) => Some(*x),
            Coordinate::Text(_) => None,
        })
        .collect();
    let counts = matches!(axis.role, role::REPLICATE | role::SAMPLE);
    let coordinate = match numbers {
        Some(numbers) if counts => trace::Coordinate::Integers(numbers.iter().map(|&x| x as i64).collect()),
        Some(numbers) => trace::Coordinate::Numbers(numbers),
        None => trace::Coordinate::Texts(axis.coordinates.iter().map(ToString::to_string).collect()),
    };
    let (long_name, units) = (axis.long_name.clone(), axis.units.clone());
    Axis { name: axis.name.clone(), coordinate, long_name, units }
}

/// Names of the axes of the sweep and of the replicates.
fn axis_names(plan: &Plan) -> Vec<String> {
    plan.axes.iter().chain([&plan.replicates]).map(|axis| axis.name.clone()).collect()
}

/// What was drawn along the samples goes into every group, as coordinates next to the axis.
fn drawn_variables(plan: &Plan) -> (Vec<Variable>, Vec<Numbers>) {
    let of = |axis: &ResultAxis| {
        let numbers = match file_axis(axis).coordinate {
            trace::Coordinate::Texts(texts) => Numbers::Texts(texts),
            _ => Numbers::Floats(
                axis.coordinates
                    .iter()
                    .map(|c| match c {
                        Coordinate::Number(x) => *x,
                        Coordinate::Text(_) => f64::NAN,
                    })
                    .collect(),
            ),
        };
        let variable = Variable {
            name: axis.name.clone(),
            axes: vec![axis::DRAWN_SAMPLE.name.to_owned()],
            element: numbers.element(),
            long_name: axis.long_name.clone(),
            units: axis.units.clone(),
            is_coordinate: true,
        };
        (variable, numbers)
    };
    plan.drawn.iter().map(of).unzip()
}

/// Values of a variable.
enum Numbers {
    Floats(Vec<f64>),
    Integers(Vec<i64>),
    Texts(Vec<String>),
}

impl Numbers {
    fn element(&self) -> Element {
        match self {
            Self::Floats(_) => Element::F64,
            Self::Integers(_) => Element::I64,
            Self::Texts(_) => Element::Text,
        }
    }

    fn row(&self) -> Row<'_> {
        match self {
            Self::Floats(x) => Row::F64(x),
            Self::Integers(x) => Row::I64(x),
            Self::Texts(x) => Row::Text(x),
        }
    }
}

/// A quantity that is called as an axis gets another name: both would be the same data set.
fn variable_name(plan: &Plan, name: &str) -> String {
    let taken = plan.axes.iter().chain(&plan.drawn).any(|axis| axis.name == name);
    if taken { crate::vocabulary::Quantity::name_next_to_axis(name) } else { name.to_owned() }
}

fn write_final(
    file: &mut TraceFile,
    plan: &Plan,
    outcomes: &[Option<Outcome>],
    quantities: &[Quantity],
) -> Result<(), SweepError> {
    let mut axes: Vec<Axis> = plan.axes.iter().chain([&plan.replicates]).map(file_axis).collect();
    let inner = InnerAxes::of(outcomes);
    axes.extend(inner.axes());
    let names = axis_names(plan);
    let (mut variables, mut values) = drawn_variables(plan);
    let mut add = |name: &str, axes: Vec<String>, long_name: &str, units: &str, numbers: Numbers| {
        let (name, long_name, units) = (variable_name(plan, name), long_name.to_owned(), units.to_owned());
        variables.push(Variable { name, axes, element: numbers.element(), long_name, units, is_coordinate: false });
        values.push(numbers);
    };
    let per_point = |f: &dyn Fn(&Outcome) -> f64| {
        Numbers::Floats(outcomes.iter().map(|outcome| outcome.as_ref().map_or(f64::NAN, f)).collect())
    };
    let status = Numbers::Integers(outcomes.iter().map(|outcome| status_of(outcome.as_ref()) as i64).collect());
    let mut add_term = |term: &Term, numbers| add(term.name, names.clone(), term.long_name, term.units, numbers);
    add_term(&state::STATUS, status);
    let step = per_point(&|outcome| outcome.diverged_step.map_or(f64::NAN, |step| step as f64));
    add_term(&metric::DIVERGED_STEP, step);
    let layer = per_point(&|outcome| outcome.diverged_layer.map_or(f64::NAN, |layer| layer as f64));
    add_term(&metric::DIVERGED_LAYER, layer);
    for quantity in quantities {
        let mut axes = names.clone();
        let (width, inner_axis) = inner.of_quantity(quantity);
        axes.extend(inner_axis);
        let mut numbers = vec![f64::NAN; outcomes.len() * width];
        for (row, outcome) in numbers.chunks_exact_mut(width).zip(outcomes) {
            if let Some(measured) = find(outcome.as_ref(), &quantity.name) {
                inner.place(measured, &measured.last, row);
            }
        }
        add(&quantity.name, axes, &quantity.long_name, &quantity.units, Numbers::Floats(numbers));
    }
    let group = Group { path: group::FINAL.to_owned(), axes, variables };
    file.write_group(&group, &values.iter().map(Numbers::row).collect::<Vec<_>>())?;
    describe_status(file, group::FINAL)
}

fn write_curves(
    file: &mut TraceFile,
    plan: &Plan,
    outcomes: &[Option<Outcome>],
    quantities: &[Quantity],
) -> Result<(), SweepError> {
    let all = outcomes.iter().flatten().flat_map(|outcome| &outcome.measured).flat_map(|m| &m.epochs);
    let mut epochs: Vec<i64> = all.copied().collect();
    epochs.sort_unstable();
    epochs.dedup();
    if epochs.is_empty() {
        return Ok(());
    }
    let mut axes: Vec<Axis> = plan.axes.iter().chain([&plan.replicates]).map(file_axis).collect();
    axes.push(Axis::of(&axis::EPOCH, trace::Coordinate::Integers(epochs.clone())));
    let inner = InnerAxes::of(outcomes);
    axes.extend(inner.axes());
    let (mut variables, mut values) = drawn_variables(plan);
    for quantity in quantities.iter().filter(|quantity| quantity.along_epochs) {
        let (width, inner_axis) = inner.of_quantity(quantity);
        let mut names = axis_names(plan);
        names.push(axis::EPOCH.name.to_owned());
        names.extend(inner_axis);
        let mut numbers = vec![f64::NAN; outcomes.len() * epochs.len() * width];
        for (course, outcome) in numbers.chunks_exact_mut(epochs.len() * width).zip(outcomes) {
            let Some(measured) = find(outcome.as_ref(), &quantity.name) else { continue };
            for (epoch, row) in measured.epochs.iter().zip(measured.course.chunks_exact(measured.width)) {
                let at = epochs.partition_point(|known| known < epoch) * width;
                inner.place(measured, row, &mut course[at..at + width]);
            }
        }
        variables.push(Variable {
            name: variable_name(plan, &quantity.name),
            axes: names,
            element: Element::F64,
            long_name: quantity.long_name.clone(),
            units: quantity.units.clone(),
            is_coordinate: false,
        });
        values.push(Numbers::Floats(numbers));
    }
    let group = Group { path: group::CURVES.to_owned(), axes, variables };
    Ok(file.write_group(&group, &values.iter().map(Numbers::row).collect::<Vec<_>>())?)
}

fn write_points(file: &mut TraceFile, plan: &Plan, outcomes: &[Option<Outcome>]) -> Result<(), SweepError> {
    let axes = vec![Axis::of(&axis::POINT, trace::Coordinate::Index(outcomes.len()))];
    let (mut variables, mut values) = (vec![], vec![]);
    let mut add = |name: &str, long_name: &str, units: &str, numbers: Numbers| {
        let (name, long_name, units) = (name.to_owned(), long_name.to_owned(), units.to_owned());
        let axes = vec![axis::POINT.name.to_owned()];
        variables.push(Variable { name, axes, element: numbers.element(), long_name, units, is_coordinate: false });
        values.push(numbers);
    };
    let file_axes = if plan.drawn.is_empty() { &plan.axes } else { &plan.drawn };
    for (i, axis) in file_axes.iter().enumerate() {
        let coordinates = plan.points.iter().map(|point| &point.cell.places[i].coordinate);
        let numbers = if axis.scale == Scale::Category {
            Numbers::Texts(coordinates.map(ToString::to_string).collect())
        } else {
            Numbers::Floats(coordinates.map(|c| if let Coordinate::Number(x) = c { *x } else { f64::NAN }).collect())
        };
        add(&axis.name, &axis.long_name, &axis.units, numbers);
    }
    let status = outcomes.iter().map(|outcome| status_of(outcome.as_ref()) as i64).collect();
    let mut add = |term: &Term, numbers| add(term.name, term.long_name, term.units, numbers);
    add(&state::STATUS, Numbers::Integers(status));
    let message = |outcome: &Option<Outcome>| outcome.as_ref().map_or(String::new(), |o| o.message.clone());
    add(&state::MESSAGE, Numbers::Texts(outcomes.iter().map(message).collect()));
    let step =
        |outcome: &Option<Outcome>| outcome.as_ref().and_then(|o| o.diverged_step).map_or(f64::NAN, |s| s as f64);
    add(&metric::DIVERGED_STEP, Numbers::Floats(outcomes.iter().map(step).collect()));
    add(&state::SETTINGS, Numbers::Texts(plan.points.iter().map(settings_json).collect()));
    let pick = |seed: &Seed, point: &Point| match *seed {
        seed::DATA => point.seeds.data,
        seed::INIT => point.seeds.init,
        seed::CHIP => point.seeds.chip,
        _ => point.seeds.noise,
    };
    for seed in &seed::SEEDS {
        let own = plan.points.iter().map(|point| pick(seed, point) as i64).collect();
        add(&seed.term(), Numbers::Integers(own));
    }
    let group = Group { path: group::POINTS.to_owned(), axes, variables };
    file.write_group(&group, &values.iter().map(Numbers::row).collect::<Vec<_>>())?;
    describe_status(file, group::POINTS)
}

/// The settings of a point as a JSON object of dotted keys.
pub(super) fn settings_json(point: &Point) -> String {
    let settings: Map<String, Value> =
        point.edits().into_iter().map(|edit| (edit.path.to_string(), edit.value)).collect();
    Value::Object(settings).to_string()
}

pub(super) fn status_of(outcome: Option<&Outcome>) -> PointStatus {
    outcome.map_or(PointStatus::Missing, |outcome| outcome.status)
}

fn find<'a>(outcome: Option<&'a Outcome>, name: &str) -> Option<&'a Measured> {
    outcome?.measured.iter().find(|measured| measured.name == name)
}

/// The meaning of the numbers, as the CF conventions write it.
fn describe_status(file: &mut TraceFile, group: &str) -> Result<(), SweepError> {
    let variable = format!("{group}/{}", state::STATUS.name);
    Ok(file.flags(&variable, &PointStatus::ALL.map(|status| (status as u8, status.name())))?)
}

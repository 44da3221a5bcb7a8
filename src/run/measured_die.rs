//! A die from arrays of a file, in the place of one that is drawn.
//!
//! What a file may hold is what the chip of the experiment would draw: its names, shapes and rules are taken from a chip that was.
use super::die_parts::{DiePart, die_parts};
use super::error::RunError;
use super::setup::{inference, synapses};
use crate::config::Setup;
use crate::config::suggest::nearest;
use crate::device::frozen::{Chip, Frozen, MeasuredDie};
use crate::learning::frozen_lines;
use crate::network::Network;
use crate::relax::schedule::Schedule;
use crate::trace::{Values, named_arrays};
use crate::vocabulary::device::{LOWER_BOUND, UPPER_BOUND};
use crate::vocabulary::place::{file, group};
use crate::vocabulary::{Term, axis};
use std::path::Path;

/// Axes of the arrays of a die.
const AXES: [Term; 8] = [
    axis::UNIT,
    axis::FEATURE,
    axis::DEVICE,
    axis::POST,
    axis::PRE,
    axis::CHANNEL,
    axis::KERNEL_ROW,
    axis::KERNEL_COLUMN,
];

/// The measured arrays that an experiment names; none if it names no file.
pub(super) fn measured_die(setup: &Setup, weights: &Network) -> Result<MeasuredDie, RunError> {
    let Some(named) = &setup.experiment.die else { return Ok(MeasuredDie::default()) };
    let path = setup.base_dir.join(named);
    let path = if path.is_dir() { path.join(file::TRACE) } else { path };
    let arrays = named_arrays(&path, group::DEVICES).map_err(|source| RunError::DieFile { source })?;
    let parts = drawn_parts(setup, weights, &MeasuredDie::default());
    let refuse = |what: String| RunError::Die { file: path.clone(), what };
    if arrays.is_empty() {
        return Err(refuse("holds no arrays".to_owned()));
    }
    let mut die = MeasuredDie::default();
    for (name, values) in &arrays {
        take(&mut die, &parts, name, values, &setup.hardware.name).map_err(refuse)?;
    }
    check_bounds(&drawn_parts(setup, weights, &die), &path)?;
    Ok(die)
}

/// The parts of the chip of an experiment.
fn drawn_parts(setup: &Setup, weights: &Network, die: &MeasuredDie) -> Vec<DiePart> {
    let (mut weights, hardware) = (weights.clone(), &setup.hardware);
    let synapses = synapses(&setup.experiment, hardware, 1, &mut weights, die);
    let inference = inference(&setup.experiment, hardware, &mut weights, die);
    let chip = Chip { seeds: setup.experiment.seeds, measured: die };
    let lines = match &setup.experiment.schedule {
        Some(Schedule::Stream(stream)) => frozen_lines(stream, &weights, chip),
        _ => vec![],
    };
    die_parts(&inference.substrate, &synapses, &weights, &lines)
}

/// Adds an array of a file to the die, or says why it is none of this chip.
fn take(die: &mut MeasuredDie, parts: &[DiePart], name: &str, values: &Values, chip: &str) -> Result<(), String> {
    let full = |part: &DiePart, frozen: &Frozen| format!("{}/{}", part.group(), frozen.term.name);
    // Exported arrays come with the axes of their group.
    let last = name.rsplit_once('/').map_or(name, |(_, last)| last);
    if AXES.iter().any(|axis| axis.name == last) {
        let counts = values.values.iter().enumerate().all(|(place, &x)| x == place as f64);
        return if counts {
            Ok(())
        } else {
            Err(format!("{name} must count its axis from 0: devices stand in their order"))
        };
    }
    let mut all = parts.iter().flat_map(|part| part.frozen.iter().map(move |frozen| (part, frozen)));
    let Some((part, frozen)) = all.find(|(part, frozen)| full(part, frozen) == name) else {
        return Err(unknown(parts, name, chip));
    };
    let needed = part.shape(frozen);
    if values.shape != needed {
        let axes: Vec<String> = part.axes(frozen).into_iter().map(|axis| axis.name).collect();
        let lengths =
            |shape: &[usize]| format!("({})", shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", "));
        let (found, needed) = (lengths(&values.shape), lengths(&needed));
        return Err(format!("{name} is {found} where this network needs {needed}, ({})", axes.join(", ")));
    }
    if let Some(place) = values.values.iter().position(|&x| !frozen.rule.admits(x)) {
        let (x, rule) = (values.values[place], frozen.rule.words());
        return Err(format!("{name}: number {place}, counted from 0, is {x}, but must {rule}"));
    }
    die.insert(part.part, frozen.term.name, part.of_file(&values.values));
    Ok(())
}

/// What is said of a name that the chip does not have.
fn unknown(parts: &[DiePart], name: &str, chip: &str) -> String {
    let names: Vec<String> = parts
        .iter()
        .flat_map(|part| part.frozen.iter().map(|frozen| format!("{}/{}", part.group(), frozen.term.name)))
        .collect();
    if names.is_empty() {
        return format!("{name}: {chip:?} draws no devices, which it could take the place of");
    }
    let rule = format!("{name} is nothing that {chip:?} draws");
    let (group, last) = name.rsplit_once('/').unwrap_or(("", name));
    let in_group: Vec<&str> = names.iter().filter_map(|own| own.strip_prefix(group)?.strip_prefix('/')).collect();
    if group.is_empty() || in_group.is_empty() {
        return format!("{rule}; it draws: {}", names.join(", "));
    }
    let near = nearest(last, in_group.iter().copied());
    let near = near.map_or(String::new(), |near| format!("; did you mean {group}/{near}?"));
    format!("{rule}{near}; it draws in {group}: {}", in_group.join(", "))
}

/// No device has its bounds the wrong way round, be they measured or drawn.
fn check_bounds(parts: &[DiePart], path: &Path) -> Result<(), RunError> {
    for part in parts {
        let find = |name: &str| part.frozen.iter().find(|frozen| frozen.term.name == name);
        let Some((lower, upper)) = find(LOWER_BOUND.name).zip(find(UPPER_BOUND.name)) else { continue };
        let (low, high) = (part.for_file(lower), part.for_file(upper));
        if let Some(place) = low.iter().zip(&high).position(|(low, high)| low > high) {
            let (low, high, group) = (low[place], high[place], part.group());
            let what = format!(
                "{group}: number {place}, counted from 0, has a lower_bound of {low} above its upper_bound of {high}"
            );
            return Err(RunError::Die { file: path.to_owned(), what });
        }
    }
    Ok(())
}

//! What stands where in the trace of a run.
//!
//! | group | axes | variables |
//! |---|---|---|
//! | `/` (attributes) | – | title, status, settings, samples by class and scaling of the inputs, seeds, versions, times |
//! | `metrics` | epoch, projection | loss and accuracy, norms, mean angle to backprop |
//! | `gradient` | step, projection | cosine, angle, ratio of norms of every audited step |
//! | `gradient_course` | step, update, projection | angle to backprop after every update |
//! | `signal` | step, layer | signal-to-noise ratio and effective bits of the difference, shares clipped |
//! | `residual` | step, update | residual and layer of every update |
//! | `costs` | epoch | energy and time of the chip, and their parts, as far as its model states costs |
//! | `stability` | epoch | whether inference of the probe stimuli converges |
//! | `robustness` | epoch, epsilon_l2, epsilon_linf | Lipschitz constants, certified radius, accuracy under attack |
//! | `states/layerK` | step, (update,) sample, unit | recorded signals |
//! | `states/stimuli` | step, sample | index and class of the recorded stimuli |
//! | `predictions` | sample, class, predicted | outputs, class and predicted class of every test sample; confusion matrix |
//! | `weights/{initial,final,best}/layerP` | post, pre | weight (as the devices hold it), bias, reconstruction_bias of an LRRN |
//! | `synapses` | epoch, projection | flips and writes in every epoch |
//! | `synapses/layerP` | post, pre | level, latent value, writes, flips of every synapse |
//! | `devices/…` | unit; device, post, pre | what is frozen in the devices of the chip, see `device_contents` |
//! | `synapses/histogram` | projection, count_from | synapses by the number of their writes and flips |
//!
//! Next to every axis `step` stands `epoch(step)`, the epoch in which the step is made.
//!
//! K counts populations of dyads, P projections; those without synapses are left out. In a chain both are the layers, and
//! the axis `projection` is called `layer`; elsewhere `route(projection)` says what each connects. A weight of a convolution
//! is (post, channel, kernel_row, kernel_column). Units of a population with places count in the order (channel, row, column),
//! and stand next to `channel(unit)`, `row(unit)` and `column(unit)`.
use super::data_summary::DataSummary;
use super::device_contents;
use super::error::RunError;
use super::network_contents::network_text;
use super::options::RunOptions;
use super::predictions::Predictions;
use super::progressed::Progressed;
use super::recording::{StateSelection, term};
use super::summary::Status;
use super::synapse_contents;
use super::table_contents::write_table;
use super::weight_contents::write_weights;
use crate::config::Setup;
use crate::linalg::arithmetic_name;
use crate::map::Shape;
use crate::measure::Samples;
use crate::parameter::Positive;
use crate::trace::{Axis, Coordinate, Element, Journal, StreamGroup, TraceFile, Variable};
use crate::vocabulary::place::weights;
use crate::vocabulary::place::{attribute, group};
use crate::vocabulary::{RunStatus, Term, axis, seed, state};
use std::time::SystemTime;

fn integers(numbers: &[usize]) -> Coordinate {
    Coordinate::Integers(numbers.iter().map(|&i| i as i64).collect())
}

/// The growing groups of recorded states: one per layer, then the stimuli. `dt_s` is the duration of an update, if the
/// hardware has one.
pub(super) fn streams(selection: &StateSelection, dt_s: Option<f64>) -> Vec<StreamGroup> {
    let samples = || Axis::of(&axis::SAMPLE, integers(&selection.samples));
    let epoch = || Variable::next_to(axis::STEP, &axis::EPOCH_OF_STEP, Element::I64);
    let growing = |axes: Vec<Axis>, path: String, variables: Vec<Variable>| StreamGroup {
        path,
        growing: Axis::of(&axis::STEP, Coordinate::Integers(vec![])),
        axes,
        variables,
        coordinates: vec![],
    };
    let mut groups: Vec<StreamGroup> = selection
        .layers
        .iter()
        .enumerate()
        .map(|(index, (layer, units))| {
            let mut axes = vec![];
            let mut along = vec![axis::STEP];
            if let Some(updates) = selection.updates {
                axes.push(Axis::of(&axis::UPDATE, Coordinate::Index(updates)));
                along.push(axis::UPDATE);
            }
            axes.push(samples());
            axes.push(Axis::of(&axis::UNIT, integers(units)));
            along.extend([axis::SAMPLE, axis::UNIT]);
            let signals = selection.signals.iter();
            let variables = signals.map(|signal| Variable::of(term(*signal), &along, Element::F32));
            let variables = variables.chain([epoch()]);
            let mut coordinates = selection.shapes[index].map_or(vec![], |shape| places(shape, units));
            if let (Some(updates), Some(dt_s)) = (selection.updates, dt_s) {
                let ends = (1..=updates).map(|update| update as f64 * dt_s).collect();
                let time = Variable::next_to(axis::UPDATE, &state::TIME, Element::F64);
                coordinates.push((time, Coordinate::Numbers(ends)));
            }
            StreamGroup { coordinates, ..growing(axes, group::states(*layer), variables.collect()) }
        })
        .collect();
    let stimulus = |term| Variable::of(term, &[axis::STEP, axis::SAMPLE], Element::I64);
    let mut variables = vec![stimulus(&state::SAMPLE_INDEX)];
    variables.extend(selection.has_classes.then(|| stimulus(&state::LABEL)));
    variables.push(epoch());
    groups.push(growing(vec![samples()], group::STIMULI.into(), variables));
    groups
}

/// Channel, row and column of these units.
fn places(shape: Shape, units: &[usize]) -> Vec<(Variable, Coordinate)> {
    let Shape { rows, columns, .. } = shape;
    let parts: [(Term, &dyn Fn(usize) -> usize); 3] = [
        (state::CHANNEL, &|unit| unit / (rows * columns)),
        (state::ROW, &|unit| unit / columns % rows),
        (state::COLUMN, &|unit| unit % columns),
    ];
    let coordinate = |(term, part): &(Term, &dyn Fn(usize) -> usize)| {
        let numbers = units.iter().map(|&unit| part(unit) as i64).collect();
        (Variable::next_to(axis::UNIT, term, Element::I64), Coordinate::Integers(numbers))
    };
    parts.iter().map(coordinate).collect()
}

/// A run at its end.
pub(super) struct Ended<'a> {
    /// None while it goes on.
    pub status: Option<Status>,
    /// Whether nothing is missing.
    pub is_whole: bool,
    /// Why it looks as if nothing was learnt, if it does.
    pub not_learnt: Option<&'a str>,
    pub started: SystemTime,
    /// What it has learnt from.
    pub data: &'a DataSummary,
    /// What it is asked when it has ended.
    pub samples: &'a Samples,
}

/// Writes what a run has measured so far: what a trace holds, but for states, weights and synapses, which are known at the
/// end.
pub(super) fn write_so_far(
    setup: &Setup,
    options: &RunOptions,
    progressed: &Progressed,
    so_far: &Ended,
) -> Result<(), RunError> {
    let mut file = TraceFile::create(&options.folder.progress())?;
    write_attributes(&mut file, setup, options, progressed, so_far)?;
    let dt_s = setup.hardware.units.dt_s.map(Positive::get);
    for table in progressed.measurements.tables.all() {
        write_table(&mut file, table, progressed.measurements.clock(), dt_s)?;
    }
    Ok(file.finish()?)
}

/// Writes the finished trace.
pub(super) fn write(
    setup: &Setup,
    options: &RunOptions,
    progressed: &Progressed,
    ended: &Ended,
    journal: Option<Journal>,
) -> Result<(), RunError> {
    let mut file = TraceFile::create(&options.folder.trace())?;
    write_attributes(&mut file, setup, options, progressed, ended)?;
    let dt_s = setup.hardware.units.dt_s.map(Positive::get);
    for table in progressed.measurements.tables.all() {
        write_table(&mut file, table, progressed.measurements.clock(), dt_s)?;
    }
    if let Some(journal) = journal {
        journal.write_into(&mut file)?;
    }
    let learner = &progressed.learner;
    let deployed = learner.synapses.deployed(&learner.weights, progressed.epoch);
    let held = deployed.as_ref().unwrap_or(&learner.weights);
    if setup.experiment.recording.predictions {
        Predictions::of(progressed, held, ended.samples).write(&mut file)?;
    }
    if setup.experiment.recording.weights {
        if let Some(initial) = &progressed.initial {
            write_weights(&mut file, &weights::INITIAL, initial)?;
        }
        write_weights(&mut file, &weights::FINAL, held)?;
        if let Some(best) = &progressed.best {
            write_weights(&mut file, &weights::BEST, best)?;
        }
    }
    if setup.experiment.recording.devices {
        device_contents::write(&mut file, learner)?;
    }
    synapse_contents::write(&mut file, &progressed.learner, setup.experiment.recording.weights)?;
    Ok(file.finish()?)
}

fn write_attributes(
    file: &mut TraceFile,
    setup: &Setup,
    options: &RunOptions,
    progressed: &Progressed,
    &Ended { status, is_whole, not_learnt, started, data, .. }: &Ended,
) -> Result<(), RunError> {
    let experiment = &setup.experiment;
    let time = |t: SystemTime| humantime::format_rfc3339_seconds(t).to_string();
    for (name, text) in [
        (attribute::CONVENTIONS, attribute::TRACE_CONVENTIONS),
        (attribute::TITLE, &experiment.title),
        (attribute::DESCRIPTION, &experiment.description),
        (attribute::STATUS, status.map_or(RunStatus::Running.name(), |status| status.name())),
        (attribute::CONFIG, setup.settings_text()),
        (attribute::SCALING, &serde_json::to_string(&data.scaling).unwrap_or_default()),
        (attribute::DATA, &serde_json::to_string(data).unwrap_or_default()),
        (attribute::NETWORK, &network_text(&progressed.learner.weights)),
        (attribute::VERSION, env!("CARGO_PKG_VERSION")),
        (attribute::COMMIT, env!("DYADSIM_GIT_COMMIT")),
        (attribute::ARITHMETIC, arithmetic_name()),
        (attribute::COMMAND, &options.command),
        (attribute::EXPERIMENT_FILE, &setup.file().to_string_lossy()),
        (attribute::STARTED, &time(started)),
    ] {
        file.text_attribute(name, text)?;
    }
    if status.is_some_and(|status| !matches!(status, Status::Interrupted { .. })) {
        file.text_attribute(attribute::ENDED, &time(SystemTime::now()))?;
    }
    file.flag_attribute(attribute::COMPLETE, is_whole)?;
    if let Some(reason) = not_learnt {
        file.text_attribute(attribute::NOT_LEARNT, reason)?;
    }
    let seeds = experiment.seeds;
    for (seed, value) in
        [(seed::DATA, seeds.data), (seed::INIT, seeds.init), (seed::CHIP, seeds.chip), (seed::NOISE, seeds.noise)]
    {
        file.integer_attribute(seed.name, value)?;
    }
    file.integer_attribute(attribute::EPOCHS_DONE, progressed.epoch)?;
    if !progressed.extended_after.is_empty() {
        let epochs: Vec<String> = progressed.extended_after.iter().map(u64::to_string).collect();
        file.text_attribute(attribute::EXTENDED_AFTER, &epochs.join(", "))?;
    }
    if let Some(epoch) = progressed.best_epoch {
        file.integer_attribute(attribute::BEST_EPOCH, epoch)?;
    }
    if let Some(Status::Diverged(divergence)) = status {
        file.text_attribute(attribute::DIVERGENCE, &divergence.to_string())?;
        file.integer_attribute(attribute::DIVERGENCE_LAYER, divergence.layer as u64)?;
        file.integer_attribute(attribute::DIVERGENCE_UNIT, divergence.unit as u64)?;
        file.integer_attribute(attribute::DIVERGENCE_STEP, divergence.step)?;
    }
    Ok(())
}

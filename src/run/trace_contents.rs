//! What stands where in the trace of a run.
//!
//! | group | axes | variables |
//! |---|---|---|
//! | `/` (attributes) | – | title, status, settings, seeds, versions, times |
//! | `metrics` | epoch, layer | loss and accuracy, norms, mean angle to backprop |
//! | `gradient` | step, layer | cosine, angle, ratio of norms of every audited step |
//! | `gradient_course` | step, visit, layer | angle to backprop after every visit |
//! | `signal` | step, layer | signal-to-noise ratio and effective bits of the difference, shares clipped |
//! | `residual` | step, visit | residual and layer of every visit |
//! | `stability` | epoch | whether inference of the probe stimuli comes to rest |
//! | `robustness` | epoch, epsilon_l2, epsilon_linf | Lipschitz constants, certified radius, accuracy under attack |
//! | `states/layerK` | step, (visit,) sample, unit | recorded signals |
//! | `states/stimuli` | step, sample | index and class of the recorded stimuli |
//! | `weights/{initial,final,best}/layerK` | post, pre | weight (as the devices hold it), bias, reconstruction_bias of an LRRN |
//! | `synapses` | epoch, layer | flips and writes in every epoch |
//! | `synapses/layerK` | post, pre | level, latent value, writes, flips of every synapse |
//! | `synapses/histogram` | layer, count_from | synapses by the number of their writes and flips |
use super::checkpoint::Progressed;
use super::error::RunError;
use super::recording::StateSelection;
use super::session::RunOptions;
use super::summary::Status;
use super::synapse_contents;
use super::table::{RowAxis, Table};
use crate::config::Setup;
use crate::network::Weights;
use crate::trace::{Axis, Coordinate, Element, Group, Journal, StreamGroup, TraceFile, Variable};
use std::time::SystemTime;

/// Version of this layout, in the file's attribute `Conventions`.
pub(super) const CONVENTIONS: &str = "dyadsim-trace-1";

pub(super) fn axis(name: &str, coordinate: Coordinate, long_name: &str) -> Axis {
    Axis { name: name.into(), coordinate, long_name: long_name.into(), units: "1".into() }
}

/// A dimensionless variable.
pub(super) fn variable(name: &str, axes: &[&str], element: Element, long_name: &str) -> Variable {
    Variable {
        name: name.into(),
        axes: axes.iter().map(|&a| a.to_owned()).collect(),
        element,
        long_name: long_name.into(),
        units: "1".into(),
    }
}

fn layer_axis(layers: usize) -> Axis {
    let numbers = (1..=layers as i64).collect();
    axis("layer", Coordinate::Integers(numbers), "layer, 1 is the first hidden one, the last are the outputs")
}

fn integers(numbers: &[usize]) -> Coordinate {
    Coordinate::Integers(numbers.iter().map(|&i| i as i64).collect())
}

/// The growing groups of recorded states: one per layer, then the stimuli.
pub(super) fn streams(selection: &StateSelection) -> Vec<StreamGroup> {
    let samples = || axis("sample", integers(&selection.samples), "place of the stimulus in the mini-batch");
    let growing = |axes: Vec<Axis>, path: String, variables: Vec<Variable>| StreamGroup {
        path,
        growing: axis("step", Coordinate::Integers(vec![]), "training step, from 0"),
        axes,
        variables,
    };
    let mut groups: Vec<StreamGroup> = selection
        .layers
        .iter()
        .map(|(layer, units)| {
            let mut axes = vec![];
            if let Some(visits) = selection.visits {
                axes.push(axis("visit", Coordinate::Index(visits), "visit within the inference of a stimulus"));
            }
            axes.push(samples());
            axes.push(axis("unit", integers(units), "unit of the layer"));
            let names: Vec<String> =
                std::iter::once("step".to_owned()).chain(axes.iter().map(|a| a.name.clone())).collect();
            let variables = selection.signals.iter().map(|signal| Variable {
                name: signal.name().into(),
                axes: names.clone(),
                element: Element::F32,
                long_name: signal.long_name().into(),
                units: "1".into(),
            });
            growing(axes, format!("states/layer{layer}"), variables.collect())
        })
        .collect();
    let stimulus = |name, long_name| variable(name, &["step", "sample"], Element::I64, long_name);
    let variables = vec![
        stimulus("sample_index", "index of the stimulus in the training set"),
        stimulus("label", "class of the stimulus"),
    ];
    groups.push(growing(vec![samples()], "states/stimuli".into(), variables));
    groups
}

/// Writes the finished trace.
pub(super) fn write(
    setup: &Setup,
    options: &RunOptions,
    progressed: &Progressed,
    status: Status,
    started: SystemTime,
    journal: Option<Journal>,
) -> Result<(), RunError> {
    let mut file = TraceFile::create(&options.folder.trace())?;
    write_attributes(&mut file, setup, options, progressed, status, started)?;
    for table in progressed.tables.all() {
        write_table(&mut file, table)?;
    }
    if let Some(journal) = journal {
        journal.write_into(&mut file)?;
    }
    if setup.experiment.recording.weights {
        if let Some(initial) = &progressed.initial {
            write_weights(&mut file, "initial", initial)?;
        }
        let learner = &progressed.learner;
        let deployed = learner.synapses.deployed(&learner.weights, progressed.epoch);
        let held = deployed.as_ref().unwrap_or(&learner.weights);
        write_weights(&mut file, "final", held)?;
        if let Some(best) = &progressed.best {
            write_weights(&mut file, "best", best)?;
        }
    }
    synapse_contents::write(&mut file, &progressed.learner, setup.experiment.recording.weights)?;
    Ok(file.finish()?)
}

fn write_attributes(
    file: &mut TraceFile,
    setup: &Setup,
    options: &RunOptions,
    progressed: &Progressed,
    status: Status,
    started: SystemTime,
) -> Result<(), RunError> {
    let experiment = &setup.experiment;
    let time = |t: SystemTime| humantime::format_rfc3339_seconds(t).to_string();
    for (name, text) in [
        ("Conventions", CONVENTIONS),
        ("title", &experiment.title),
        ("description", &experiment.description),
        ("status", status.name()),
        ("config_json", setup.settings_text()),
        ("dyadsim_version", env!("CARGO_PKG_VERSION")),
        ("git_commit", env!("DYADSIM_GIT_COMMIT")),
        ("command", &options.command),
        ("experiment_file", &setup.file().to_string_lossy()),
        ("started", &time(started)),
        ("ended", &time(SystemTime::now())),
    ] {
        file.text_attribute(name, text)?;
    }
    file.flag_attribute("complete", status == Status::Complete)?;
    let seeds = experiment.seeds;
    for (name, seed) in
        [("seed_data", seeds.data), ("seed_init", seeds.init), ("seed_chip", seeds.chip), ("seed_noise", seeds.noise)]
    {
        file.integer_attribute(name, seed)?;
    }
    file.integer_attribute("epochs_done", progressed.epoch)?;
    if let Some(epoch) = progressed.best_epoch {
        file.integer_attribute("best_epoch", epoch)?;
    }
    if let Status::Diverged(divergence) = status {
        file.text_attribute("divergence", &divergence.to_string())?;
        file.integer_attribute("divergence_layer", divergence.layer as u64)?;
        file.integer_attribute("divergence_unit", divergence.unit as u64)?;
        file.integer_attribute("divergence_step", divergence.step)?;
    }
    Ok(())
}

pub(super) fn write_table(file: &mut TraceFile, table: &Table) -> Result<(), RunError> {
    let long_name = if table.axis == "epoch" { "epoch; 0 is the untrained network" } else { "training step, from 0" };
    let mut axes = vec![axis(table.axis, Coordinate::Integers(table.coordinates.clone()), long_name)];
    let has = |wanted: RowAxis| {
        let of_both = [RowAxis::Layer, RowAxis::Visit].contains(&wanted);
        table.series.iter().any(|s| s.axis == wanted || (of_both && s.axis == RowAxis::VisitLayer))
    };
    if has(RowAxis::Layer) {
        axes.push(layer_axis(table.row_axes.layers));
    }
    if has(RowAxis::Visit) {
        axes.push(axis("visit", Coordinate::Index(table.row_axes.visits), "visit within the inference of a stimulus"));
    }
    for (along, name, epsilons, long_name) in [
        (RowAxis::EpsilonL2, "epsilon_l2", &table.row_axes.epsilons_l2, "size of a perturbation of the inputs in L2"),
        (
            RowAxis::EpsilonLinf,
            "epsilon_linf",
            &table.row_axes.epsilons_linf,
            "size of a perturbation of the inputs in the maximum norm",
        ),
    ] {
        if has(along) {
            axes.push(axis(name, Coordinate::Numbers(epsilons.clone()), long_name));
        }
    }
    let variables = table.series.iter().map(|series| {
        let along = match series.axis {
            RowAxis::Scalar => &[][..],
            RowAxis::Layer => &["layer"],
            RowAxis::Visit => &["visit"],
            RowAxis::VisitLayer => &["visit", "layer"],
            RowAxis::EpsilonL2 => &["epsilon_l2"],
            RowAxis::EpsilonLinf => &["epsilon_linf"],
        };
        Variable {
            name: series.name.into(),
            axes: std::iter::once(&table.axis).chain(along).map(|&axis| axis.to_owned()).collect(),
            element: Element::F64,
            long_name: series.long_name.into(),
            units: series.units.into(),
        }
    });
    let group = Group { path: table.group.into(), axes, variables: variables.collect() };
    let values: Vec<_> = table.series.iter().map(|series| crate::trace::Row::F64(&series.values)).collect();
    Ok(file.write_group(&group, &values)?)
}

fn write_weights(file: &mut TraceFile, which: &str, weights: &Weights) -> Result<(), RunError> {
    for (k, layer) in weights.layers().iter().enumerate() {
        let (post, pre) = (layer.weight.post(), layer.weight.pre());
        let mut group = Group {
            path: format!("weights/{which}/layer{}", k + 1),
            axes: vec![
                axis("post", Coordinate::Index(post), "receiving unit"),
                axis("pre", Coordinate::Index(pre), "sending unit"),
            ],
            variables: vec![
                variable("weight", &["post", "pre"], Element::F32, "weight"),
                variable("bias", &["post"], Element::F32, "bias of the receiving unit"),
            ],
        };
        // Row-major order of the file: one receiving unit's weights side by side.
        let rows = layer.weight.to_matrix().transpose();
        let mut values = vec![crate::trace::Row::F32(rows.as_slice()), crate::trace::Row::F32(layer.bias.as_slice())];
        let reconstruction = weights.reconstruction_bias(k + 1);
        if !reconstruction.is_empty() {
            let long_name = "bias of the sending unit's reconstruction";
            group.variables.push(variable("reconstruction_bias", &["pre"], Element::F32, long_name));
            values.push(crate::trace::Row::F32(reconstruction));
        }
        file.write_group(&group, &values)?;
    }
    Ok(())
}

//! The weights that training begins with: random ones, those that the trace of an earlier run keeps, or those of a file of
//! another program.
use super::error::RunError;
use crate::config::{Experiment, InitialWeights, KeptWeights};
use crate::credit::lifted::LiftedEnergy;
use crate::linalg::WeightMatrix;
use crate::network::{Architecture, Network};
use crate::trace::{LooseLayer, TraceError, TraceReader, Values, loose_layers};
use crate::vocabulary::place::weights::{self, Kept};
use crate::vocabulary::place::{file, group};
use crate::vocabulary::{Term, state};
use nalgebra::DVector;
use std::path::Path;

/// Initial weights for a network. A trace is looked for from `base_dir`.
pub(super) fn initial_weights(
    experiment: &Experiment,
    base_dir: &Path,
    architecture: &Architecture,
) -> Result<Network, RunError> {
    let weights = match &experiment.network.initial_weights {
        Some(wanted) => return of_trace(wanted, &base_dir.join(&wanted.trace), architecture, reconstructs(experiment)),
        None => architecture.random(experiment.network.initialization, experiment.seeds.init)?,
    };
    Ok(if reconstructs(experiment) { weights.with_reconstruction_biases() } else { weights })
}

/// Whether layers have biases of a reconstruction.
pub(super) fn reconstructs(experiment: &Experiment) -> bool {
    let lifted = experiment.lifted.as_ref();
    lifted.is_some_and(|lifted| matches!(lifted.energy, LiftedEnergy::Lrrn(_)))
}

/// Where a trace keeps weights.
pub(super) fn kept(which: KeptWeights) -> Kept {
    match which {
        KeptWeights::Initial => weights::INITIAL,
        KeptWeights::Final => weights::FINAL,
        KeptWeights::Best => weights::BEST,
    }
}

fn of_trace(
    wanted: &InitialWeights,
    trace: &Path,
    architecture: &Architecture,
    reconstructs: bool,
) -> Result<Network, RunError> {
    let unreadable = |source: TraceError| RunError::InitialWeights { source };
    let in_folder = trace.join(file::TRACE);
    let trace = if trace.is_dir() { &in_folder } else { trace };
    let which = wanted.which.map_or(vec![weights::BEST, weights::FINAL], |which| vec![kept(which)]);
    if let Some(layers) = loose_layers(trace, &which).map_err(unreadable)? {
        return of_layers(trace, layers, architecture, reconstructs);
    }
    let reader = TraceReader::open(trace).map_err(unreadable)?;
    let best_or_final = if reader.contains(weights::BEST.group) { KeptWeights::Best } else { KeptWeights::Final };
    weights_of_trace(&reader, wanted.which.unwrap_or(best_or_final), architecture, reconstructs).map_err(|error| {
        match error {
            RunError::Trace(source) => unreadable(source),
            RunError::NoWeights { trace, group } => RunError::NoInitialWeights { trace, group },
            RunError::WeightsMisfit { trace, group, what } => RunError::InitialWeightsMisfit { trace, group, what },
            other => other,
        }
    })
}

/// The weights of a file of layers, the first for the first projection with synapses; biases that it lacks are 0.
fn of_layers(
    file: &Path,
    layers: Vec<LooseLayer>,
    architecture: &Architecture,
    reconstructs: bool,
) -> Result<Network, RunError> {
    let misfit = |what| RunError::InitialWeightsMisfit { trace: file.to_owned(), group: "its layers", what };
    let needed = architecture.routes().iter().filter(|route| route.has_synapses()).count();
    if layers.len() != needed {
        let names: Vec<&str> = layers.iter().map(|layer| layer.name.as_str()).collect();
        let (found, names) = (names.len(), names.join(", "));
        return Err(misfit(format!("there are {found} with a weight ({names}) where this network has {needed}")));
    }
    let mut layers = layers.into_iter();
    let mut loaded = vec![];
    for (k, route) in (1..).zip(architecture.routes()) {
        let Some(LooseLayer { name, weight, bias }) = route.has_synapses().then(|| layers.next()).flatten() else {
            loaded.push((WeightMatrix::zeros(0, 0), DVector::zeros(0)));
            continue;
        };
        let (rows, needed) = (route.map.array().rows, route.map.weight_shape());
        if weight.shape != needed[..] {
            let turned: Vec<usize> = weight.shape.iter().rev().copied().collect();
            let turned = if turned == needed[..] { "; transposed?" } else { "" };
            let (found, needed) = (in_words(&weight.shape), in_words(&needed));
            let what = format!("weight of {name:?} is {found} where layer {k} of this network needs {needed}{turned}");
            return Err(misfit(what));
        }
        let bias = bias.unwrap_or_else(|| Values { shape: vec![rows], values: vec![0.0; rows] });
        if bias.shape != [rows] {
            let found = in_words(&bias.shape);
            return Err(misfit(format!("bias of {name:?} is {found} where layer {k} of this network needs {rows}")));
        }
        if !weight.values.iter().chain(&bias.values).all(|x| x.is_finite()) {
            return Err(misfit(format!("{name:?} holds numbers that are not finite")));
        }
        let numbers: Vec<f32> = weight.values.iter().map(|&x| x as f32).collect();
        let bias = DVector::from_iterator(rows, bias.values.iter().map(|&x| x as f32));
        loaded.push((Architecture::weight_of_file(route, &numbers), bias));
    }
    let weights = architecture.with_weights(loaded)?;
    Ok(if reconstructs { weights.with_reconstruction_biases() } else { weights })
}

/// The weights that a trace keeps, for a network, with biases of a reconstruction if they are wanted.
///
/// # Errors
/// [`RunError::NoWeights`], [`RunError::WeightsMisfit`], or [`RunError::Trace`] if they cannot be read.
pub(super) fn weights_of_trace(
    reader: &TraceReader,
    which: KeptWeights,
    architecture: &Architecture,
    reconstructs: bool,
) -> Result<Network, RunError> {
    let kept = kept(which);
    let (trace, group) = (reader.path(), kept.group);
    if !reader.contains(group) {
        return Err(RunError::NoWeights { trace: trace.to_owned(), group });
    }
    let misfit = |what| RunError::WeightsMisfit { trace: trace.to_owned(), group, what };
    let needed = architecture.routes().iter().filter(|route| route.has_synapses()).count();
    let groups = reader.groups()?;
    let found = groups.iter().filter_map(|group| group::projection_of_weights(&kept, group)).count();
    if found != needed {
        return Err(misfit(format!("there are {found} layers of weights where this network has {needed}")));
    }
    let mut loaded = vec![];
    let mut reconstruction_biases = vec![];
    for (k, route) in (1..).zip(architecture.routes()) {
        let (array, needed) = (route.map.array(), route.map.weight_shape());
        if !route.has_synapses() {
            loaded.push((WeightMatrix::zeros(0, 0), DVector::zeros(0)));
            continue;
        }
        let group = group::weights(&kept, k);
        if !reader.contains(&group) {
            return Err(misfit(format!("there is no layer {k}, which this network has")));
        }
        let path = |term: &Term| path_of(&group, term);
        let (weight, bias) = (reader.read(&path(&state::WEIGHT))?, reader.read(&path(&state::BIAS))?);
        for (name, shape, needed) in
            [(state::WEIGHT.name, &weight.shape, &needed[..]), (state::BIAS.name, &bias.shape, &[array.rows])]
        {
            if shape != needed {
                let (found, needed) = (in_words(shape), in_words(needed));
                return Err(misfit(format!("{name} of layer {k} is {found} where this network needs {needed}")));
            }
        }
        if !weight.values.iter().chain(&bias.values).all(|x| x.is_finite()) {
            return Err(misfit(format!("layer {k} holds numbers that are not finite")));
        }
        let name = path(&state::RECONSTRUCTION_BIAS);
        if reconstructs && reader.contains(&name) {
            let read = reader.read(&name)?.values;
            reconstruction_biases.push(DVector::from_iterator(array.columns, read.iter().map(|&x| x as f32)));
        }
        let numbers: Vec<f32> = weight.values.iter().map(|&x| x as f32).collect();
        let bias = DVector::from_iterator(array.rows, bias.values.iter().map(|&x| x as f32));
        loaded.push((Architecture::weight_of_file(route, &numbers), bias));
    }
    let mut weights = architecture.with_weights(loaded)?;
    for (k, own) in weights.with_synapses_mut() {
        let group = group::weights(&kept, k);
        let Some(own) = own.normalisation.as_mut().filter(|_| reader.contains(&path_of(&group, &state::RUNNING_MEAN)))
        else {
            continue;
        };
        for (term, running) in
            [(&state::RUNNING_MEAN, &mut own.running.mean), (&state::RUNNING_VARIANCE, &mut own.running.variance)]
        {
            let read = reader.read(&path_of(&group, term))?.values;
            running.iter_mut().zip(read).for_each(|(running, x)| *running = x as f32);
        }
    }
    if !reconstructs {
        return Ok(weights);
    }
    // A network that did not reconstruct has no such biases: they begin at zero, as always.
    let mut weights = weights.with_reconstruction_biases();
    for (c, read) in weights.reconstruction_biases_mut().iter_mut().zip(reconstruction_biases) {
        *c = read;
    }
    Ok(weights)
}

fn path_of(group: &str, term: &Term) -> String {
    format!("{group}/{}", term.name)
}

/// Lengths of axes: "20 x 40 (post x pre)".
fn in_words(shape: &[usize]) -> String {
    match shape {
        [post, pre] => format!("{post} x {pre} (post x pre)"),
        _ => shape.iter().map(usize::to_string).collect::<Vec<_>>().join(" x "),
    }
}

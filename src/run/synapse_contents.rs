//! What the trace holds of synapses of a few levels: latent values, levels, and how often each was written.
use super::error::RunError;
use super::table_contents::ProjectionAxis;
use super::weight_contents::weight_axes;
use crate::learning::Learner;
use crate::learning::synapses::{Histograms, Synapses};
use crate::linalg::WeightMatrix;
use crate::measure::ProjectionLabel;
use crate::network::{Network, Projection};
use crate::synapse::array::SynapseArray;
use crate::synapse::counts::{BINS, bin_start};
use crate::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, Variable};
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, axis, state};

/// Writes the synapses of a learner, if they are of a few levels: one group for each layer (where memory allows:
/// packed synapses have only the histograms), and histograms of all.
pub(super) fn write(file: &mut TraceFile, learner: &Learner, with_arrays: bool) -> Result<(), RunError> {
    let Learner { synapses, weights, .. } = learner;
    if let Synapses::Quantised(quantised) = synapses
        && with_arrays
    {
        for ((array, latent), (k, layer)) in quantised.arrays().zip(weights.with_synapses()) {
            write_layer(file, k, array, &latent, layer)?;
        }
    }
    let histograms = synapses.histograms(weights);
    if histograms.is_empty() { Ok(()) } else { write_histograms(file, &histograms, weights) }
}

fn write_layer(
    file: &mut TraceFile,
    k: usize,
    array: &SynapseArray,
    latent: &[f32],
    projection: &Projection,
) -> Result<(), RunError> {
    let (weight, shape) = (&projection.weight, projection.map.weight_shape());
    let along = weight_axes(&shape);
    let order = projection.map.columns_in_file_order();
    let variable = |term: &Term, element| Variable::of(term, along, element);
    let levels: Vec<f32> = rows(weight, &order, |i| array.codebook().value(array.held()[i]));
    let writes: Vec<i64> = rows(weight, &order, |i| i64::from(array.counts().writes[i]));
    let flips: Vec<i64> = rows(weight, &order, |i| i64::from(array.counts().flips[i]));
    let mut variables = vec![
        variable(&state::LEVEL, Element::F32),
        variable(&state::WRITES, Element::I64),
        variable(&state::FLIPS, Element::I64),
        Variable::of(&state::SCALE, &[axis::POST], Element::F32),
    ];
    let mut values =
        vec![Row::F32(&levels), Row::I64(&writes), Row::I64(&flips), Row::F32(&array.scale()[..weight.post()])];
    let latent: Vec<f32> = if latent.is_empty() { vec![] } else { rows(weight, &order, |i| latent[i]) };
    if !latent.is_empty() {
        variables.push(variable(&state::LATENT, Element::F32));
        values.push(Row::F32(&latent));
    }
    let axes = along.iter().zip(&shape).map(|(term, &n)| Axis::of(term, Coordinate::Index(n))).collect();
    Ok(file.write_group(&Group { path: group::synapses(k), axes, variables }, &values)?)
}

/// A number of every synapse in row-major order, its columns in the `order` of files, from its place in the storage of the weight.
fn rows<T>(weight: &WeightMatrix, order: &[usize], number: impl Fn(usize) -> T) -> Vec<T> {
    let (post, stride) = (weight.post(), weight.stride());
    (0..post).flat_map(|i| order.iter().map(move |j| j * stride + i)).map(number).collect()
}

fn write_histograms(file: &mut TraceFile, histograms: &[Histograms], weights: &Network) -> Result<(), RunError> {
    let projections = ProjectionAxis::new(ProjectionLabel::of(weights).as_deref(), histograms.len());
    let bins = |which: fn(&Histograms) -> [u64; BINS]| -> Vec<i64> {
        histograms.iter().flat_map(which).map(|n| n as i64).collect()
    };
    let starts = (0..BINS).map(|bin| bin_start(bin) as i64).collect();
    let axes = vec![projections.axis(), Axis::of(&axis::COUNT_FROM, Coordinate::Integers(starts))];
    let variables = [state::SYNAPSES_BY_WRITES, state::SYNAPSES_BY_FLIPS]
        .map(|term| Variable::of(&term, &[projections.term, axis::COUNT_FROM], Element::I64));
    let group = Group { path: group::HISTOGRAM.into(), axes, variables: variables.to_vec() };
    let (writes, flips) = (bins(|layer| layer.writes), bins(|layer| layer.flips));
    projections.write_group(file, group, vec![Row::I64(&writes), Row::I64(&flips)])
}

//! What the trace holds of synapses of a few levels: latent values, levels, and how often each was written.
use super::error::RunError;
use super::trace_contents::{axis, variable};
use crate::learning::Learner;
use crate::learning::synapses::{Quantised, Synapses};
use crate::linalg::WeightMatrix;
use crate::synapse::array::SynapseArray;
use crate::synapse::counts::{BINS, bin_start, histogram};
use crate::trace::{Axis, Coordinate, Element, Group, Row, TraceFile};

/// Writes the synapses of a learner, if they are of a few levels: one group for each layer (where memory allows:
/// packed synapses have only the histograms), and histograms of all.
pub(super) fn write(file: &mut TraceFile, learner: &Learner, with_arrays: bool) -> Result<(), RunError> {
    match &learner.synapses {
        Synapses::Float | Synapses::Programmed(_) => Ok(()),
        Synapses::Pulsed(pulsed) => {
            let pulses: Vec<i64> = pulsed.pulses().flat_map(|pulses| bins(pulses.into_iter())).collect();
            write_histograms(file, &pulses, &vec![0; pulses.len()])
        }
        Synapses::Packed(packed) => {
            let flips: Vec<i64> = packed.flips().flat_map(|flips| bins(flips.iter().copied())).collect();
            // Every write of an ideal binary device flips it.
            write_histograms(file, &flips, &flips)
        }
        Synapses::Quantised(quantised) => {
            if with_arrays {
                for (k, (array, layer)) in quantised.arrays().zip(learner.weights.layers()).enumerate() {
                    write_layer(file, k + 1, quantised, array, &layer.weight)?;
                }
            }
            let of = |which: fn(&SynapseArray) -> &[u32]| -> Vec<i64> {
                let layers = quantised.arrays().zip(learner.weights.layers());
                layers.flat_map(|(array, layer)| bins(used(which(array), &layer.weight))).collect()
            };
            write_histograms(file, &of(|array| &array.counts().writes), &of(|array| &array.counts().flips))
        }
    }
}

/// The counts of the synapses, without those of the padding.
fn used<'a>(counts: &'a [u32], weight: &'a WeightMatrix) -> impl Iterator<Item = u32> + use<'a> {
    let (post, stride) = (weight.post(), weight.stride());
    (0..weight.pre()).flat_map(move |j| counts[j * stride..][..post].iter().copied())
}

fn bins(counts: impl Iterator<Item = u32>) -> [i64; BINS] {
    histogram(counts).map(|n| n as i64)
}

fn write_layer(
    file: &mut TraceFile,
    k: usize,
    quantised: &Quantised,
    array: &SynapseArray,
    weight: &WeightMatrix,
) -> Result<(), RunError> {
    let both = ["post", "pre"];
    let levels: Vec<f32> = rows(weight, |i| array.codebook().value(array.held()[i]));
    let writes: Vec<i64> = rows(weight, |i| i64::from(array.counts().writes[i]));
    let flips: Vec<i64> = rows(weight, |i| i64::from(array.counts().flips[i]));
    let mut variables = vec![
        variable("level", &both, Element::F32, "level that was last written, in units of the scale"),
        variable("writes", &both, Element::I64, "attempts to write the synapse"),
        variable("flips", &both, Element::I64, "changes of the level"),
        variable("scale", &["post"], Element::F32, "weight of a level of 1"),
    ];
    let mut values =
        vec![Row::F32(&levels), Row::I64(&writes), Row::I64(&flips), Row::F32(&array.scale()[..weight.post()])];
    let latent = quantised.latent(k);
    let latent: Vec<f32> = if latent.is_empty() { vec![] } else { rows(weight, |i| latent[i]) };
    if !latent.is_empty() {
        variables.push(variable("latent", &both, Element::F32, "latent value, in units of the scale"));
        values.push(Row::F32(&latent));
    }
    let axes = vec![
        axis("post", Coordinate::Index(weight.post()), "receiving unit"),
        axis("pre", Coordinate::Index(weight.pre()), "sending unit"),
    ];
    Ok(file.write_group(&Group { path: format!("synapses/layer{k}"), axes, variables }, &values)?)
}

/// A number of every synapse in row-major order, from its place in the storage of the weight.
fn rows<T>(weight: &WeightMatrix, number: impl Fn(usize) -> T) -> Vec<T> {
    let (post, pre, stride) = (weight.post(), weight.pre(), weight.stride());
    (0..post).flat_map(|i| (0..pre).map(move |j| j * stride + i)).map(number).collect()
}

/// `writes` and `flips` are (layer, bin).
fn write_histograms(file: &mut TraceFile, writes: &[i64], flips: &[i64]) -> Result<(), RunError> {
    let layers = (writes.len() / BINS) as i64;
    let axes: Vec<Axis> = vec![
        axis("layer", Coordinate::Integers((1..=layers).collect()), "layer, 1 is the first hidden one"),
        axis(
            "count_from",
            Coordinate::Integers((0..BINS).map(|bin| bin_start(bin) as i64).collect()),
            "lowest count of the bin; the next bin begins above the highest",
        ),
    ];
    let both = ["layer", "count_from"];
    let variables = vec![
        variable("writes", &both, Element::I64, "synapses that were written so often"),
        variable("flips", &both, Element::I64, "synapses that changed their level so often"),
    ];
    let group = Group { path: "synapses/histogram".into(), axes, variables };
    Ok(file.write_group(&group, &[Row::I64(writes), Row::I64(flips)])?)
}

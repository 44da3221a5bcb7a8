//! How the trace holds weights.
use super::error::RunError;
use crate::network::Network;
use crate::trace::{Axis, Coordinate, Element, Group, TraceFile, Variable};
use crate::vocabulary::place::group;
use crate::vocabulary::place::weights::Kept;
use crate::vocabulary::{Term, axis, state};

/// Writes weights and biases of every projection that has synapses.
pub(super) fn write_weights(file: &mut TraceFile, kept: &Kept, network: &Network) -> Result<(), RunError> {
    for (k, layer) in network.with_synapses() {
        let (shape, rows) = layer.weight_for_files();
        let along = weight_axes(&shape);
        let mut group = Group {
            path: group::weights(kept, k),
            axes: along.iter().zip(&shape).map(|(term, &n)| Axis::of(term, Coordinate::Index(n))).collect(),
            variables: vec![
                Variable::of(&state::WEIGHT, along, Element::F32),
                Variable::of(&state::BIAS, &[axis::POST], Element::F32),
            ],
        };
        let mut values = vec![crate::trace::Row::F32(&rows), crate::trace::Row::F32(layer.bias.as_slice())];
        if let Some(own) = &layer.normalisation {
            for (term, numbers) in
                [(&state::RUNNING_MEAN, &own.running.mean), (&state::RUNNING_VARIANCE, &own.running.variance)]
            {
                group.variables.push(Variable::of(term, &[axis::POST], Element::F32));
                values.push(crate::trace::Row::F32(numbers));
            }
        }
        let reconstruction = network.reconstruction_bias(k);
        if !reconstruction.is_empty() {
            group.variables.push(Variable::of(&state::RECONSTRUCTION_BIAS, &[axis::PRE], Element::F32));
            values.push(crate::trace::Row::F32(reconstruction));
        }
        file.write_group(&group, &values)?;
    }
    Ok(())
}

/// Axes of a weight of this shape: a matrix, or the windows of a convolution.
pub(super) fn weight_axes(shape: &[usize]) -> &'static [Term] {
    match shape {
        [_, _] => &[axis::POST, axis::PRE],
        _ => &[axis::POST, axis::CHANNEL, axis::KERNEL_ROW, axis::KERNEL_COLUMN],
    }
}

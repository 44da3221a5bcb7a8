//! Weights that a trace keeps.
use super::error::ResultsError;
use super::run::RunResult;
use crate::trace::{Column, TraceError};
use crate::vocabulary::place::group;
use crate::vocabulary::place::weights::{ALL, Kept};
use crate::vocabulary::state::{BIAS, RUNNING_MEAN, RUNNING_VARIANCE, WEIGHT};

/// Weights and biases of a projection.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerWeights {
    /// (post, pre), or (feature, channel, kernel row, kernel column) of a convolution.
    pub shape: Vec<usize>,
    /// Row-major: the weights of one receiving unit side by side.
    pub weight: Vec<f32>,
    /// Biases of the receiving units.
    pub bias: Vec<f32>,
}

/// Which weights the trace keeps.
pub fn kept(run: &RunResult) -> Vec<Kept> {
    ALL.into_iter().filter(|kept| run.reader().contains(kept.group)).collect()
}

/// Numbers of the projections whose weights it keeps, from 1; those without synapses are left out.
///
/// # Errors
/// If the file cannot be read.
pub fn projections(run: &RunResult, kept: &Kept) -> Result<Vec<usize>, TraceError> {
    let groups = run.reader().groups()?;
    let mut numbers: Vec<usize> = groups.iter().filter_map(|group| group::projection_of_weights(kept, group)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// Reads the weights of a projection, counted from 1, as the network that answers has them: batch normalisation by the
/// running statistics is part of weights and biases.
///
/// # Errors
/// As [`read`].
pub fn read_folded(run: &RunResult, kept: &Kept, projection: usize) -> Result<LayerWeights, ResultsError> {
    let mut layer = read(run, kept, projection)?;
    let (group, reader) = (group::weights(kept, projection), run.reader());
    let mean = format!("{group}/{}", RUNNING_MEAN.name);
    let Some(epsilon) = run.settings().batch_norm_epsilon().filter(|_| reader.contains(&mean)) else {
        return Ok(layer);
    };
    let (mean, variance) =
        (reader.read(&mean)?.values, reader.read(&format!("{group}/{}", RUNNING_VARIANCE.name))?.values);
    let columns = layer.weight.len() / layer.bias.len();
    let rows = layer.weight.chunks_exact_mut(columns).zip(&mut layer.bias);
    for ((row, bias), (m, v)) in rows.zip(mean.iter().zip(&variance)) {
        let gain = 1.0 / (v + epsilon).sqrt();
        row.iter_mut().for_each(|w| *w *= gain as f32);
        *bias = (-gain * m) as f32;
    }
    Ok(layer)
}

/// Reads the weights of a projection, counted from 1.
///
/// # Errors
/// If there are none, they cannot be read, or the group holds something else.
pub fn read(run: &RunResult, kept: &Kept, projection: usize) -> Result<LayerWeights, ResultsError> {
    let (group, reader) = (group::weights(kept, projection), run.reader());
    let weight = reader.read_column(&format!("{group}/{}", WEIGHT.name))?;
    let bias = reader.read_column(&format!("{group}/{}", BIAS.name))?;
    let info = reader.variables(&group)?;
    let axes = info.iter().find(|v| v.name == WEIGHT.name).map(|v| v.axes.iter().map(|(_, n)| *n).collect::<Vec<_>>());
    match (axes, weight, bias) {
        (Some(shape), Column::F32(weight), Column::F32(bias))
            if matches!(shape.len(), 2 | 4) && !shape.contains(&0) && bias.len() == shape[0] =>
        {
            Ok(LayerWeights { shape, weight, bias })
        }
        _ => Err(ResultsError::layout(reader.path(), group, "not a weight and a bias of single precision that fit")),
    }
}

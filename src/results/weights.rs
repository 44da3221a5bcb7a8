//! Weights that a trace keeps.
use super::error::ResultsError;
use super::run::RunResult;
use crate::trace::Column;
use crate::vocabulary::place::group;
use crate::vocabulary::place::weights::{ALL, Kept};
use crate::vocabulary::state::{BIAS, WEIGHT};

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
    ALL.into_iter().filter(|kept| run.reader().contains(&group::weights(kept, 1))).collect()
}

/// Number of its layers.
pub fn layer_count(run: &RunResult, kept: &Kept) -> usize {
    (1..).take_while(|layer| run.reader().contains(&group::weights(kept, *layer))).count()
}

/// Reads a layer, counted from 1.
///
/// # Errors
/// If there is none, it cannot be read, or holds something else.
pub fn read(run: &RunResult, kept: &Kept, layer: usize) -> Result<LayerWeights, ResultsError> {
    let (group, reader) = (group::weights(kept, layer), run.reader());
    let weight = reader.read_column(&format!("{group}/{}", WEIGHT.name))?;
    let bias = reader.read_column(&format!("{group}/{}", BIAS.name))?;
    let info = reader.variables(&group)?;
    let axes = info.iter().find(|v| v.name == WEIGHT.name).map(|v| v.axes.iter().map(|(_, n)| *n).collect::<Vec<_>>());
    match (axes, weight, bias) {
        (Some(shape), Column::F32(weight), Column::F32(bias))
            if matches!(shape.len(), 2 | 4) && bias.len() == shape[0] =>
        {
            Ok(LayerWeights { shape, weight, bias })
        }
        _ => Err(ResultsError::layout(reader.path(), group, "not a weight and a bias of single precision that fit")),
    }
}

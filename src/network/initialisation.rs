//! Initial weights, and how they are drawn.
use crate::linalg::{Matrix, WeightMatrix};
use crate::map::ArrayShape;
use crate::parameter::NonNegative;
use crate::random::{Purpose, StandardNormal, stream};
use rand::RngExt;
use rand::distr::Distribution;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Distribution of the initial weights; biases start at zero.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let network = Network::random(&[100, 50], Initialization::LecunNormal, 1)?;
/// let weight = network.projections()[0].weight.to_matrix();
/// let variance = weight.norm_squared() / weight.len() as f32;
/// assert!((variance - 0.01).abs() < 0.001);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Initialization {
    /// Normal with standard deviation 1/√pre (the ICML 2024 code).
    #[default]
    LecunNormal,
    /// Normal with standard deviation √(2/pre).
    HeNormal,
    /// Uniform in ±√(6/(pre+post)) (the ICML 2023 code).
    GlorotUniform,
    /// Normal with the given standard deviation.
    Normal(NormalInitialization),
}

/// Settings of normal initial weights.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct NormalInitialization {
    /// Standard deviation.
    pub std: NonNegative,
}

impl Initialization {
    /// Draws the matrix of the array of projection `number` (from 1), column after column.
    pub(super) fn draw(self, array: ArrayShape, number: usize, seed: u64, purpose: Purpose) -> WeightMatrix {
        let (post, pre) = (array.rows, array.columns);
        let mut random = stream(seed, purpose, &[number as u64]);
        let fan_in = pre as f64;
        let mut normal = |std: f64| {
            Matrix::from_fn(post, pre, |_, _| (std * Distribution::<f64>::sample(&StandardNormal, &mut random)) as f32)
        };
        let matrix = match self {
            Self::LecunNormal => normal(fan_in.sqrt().recip()),
            Self::HeNormal => normal((2.0 / fan_in).sqrt()),
            Self::Normal(config) => normal(config.std.get()),
            Self::GlorotUniform => {
                let bound = (6.0 / (fan_in + post as f64)).sqrt();
                Matrix::from_fn(post, pre, |_, _| (bound * (2.0 * random.random::<f64>() - 1.0)) as f32)
            }
        };
        WeightMatrix::from_matrix(&matrix)
    }
}

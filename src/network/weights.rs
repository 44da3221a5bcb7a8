//! Weights and biases of a network, and how they are drawn.
use super::arrays::Arrays;
use super::error::NetworkError;
use crate::linalg::{Matrix, WeightMatrix};
use crate::parameter::NonNegative;
use crate::random::{Purpose, stream};
use nalgebra::DVector;
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One layer: weight (post × pre) and bias (post).
#[derive(Debug, Clone, PartialEq)]
pub struct Layer {
    /// W, so that the drive is W s̄ + b.
    pub weight: WeightMatrix,
    /// b.
    pub bias: DVector<f32>,
}

/// All layers, first hidden layer first.
#[derive(Debug, Clone, PartialEq)]
pub struct Weights {
    layers: Vec<Layer>,
    /// c_k of a lifted network (pre) for every layer; empty in all others.
    reconstruction_biases: Vec<DVector<f32>>,
    pub(super) arrays: Arrays,
}

/// Index of the stream of a mirrored array's errors.
pub(super) const MIRROR_QUANTITY: u64 = crate::analog::spread::Quantity::FeedbackWeight as u64;

/// Distribution of the initial weights; biases start at zero.
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

impl Weights {
    /// Checks that the layers fit together.
    ///
    /// # Errors
    /// [`NetworkError::Empty`] or [`NetworkError::Shape`].
    pub fn new(layers: Vec<Layer>) -> Result<Self, NetworkError> {
        if layers.is_empty() {
            return Err(NetworkError::Empty);
        }
        let mut pre = layers[0].weight.pre();
        for (k, layer) in layers.iter().enumerate() {
            let post = layer.weight.post();
            if layer.weight.pre() != pre || post == 0 {
                let found = (post, layer.weight.pre());
                return Err(NetworkError::Shape { layer: k + 1, what: "weight", found, expected: (post.max(1), pre) });
            }
            if layer.bias.len() != post {
                let found = (layer.bias.len(), 1);
                return Err(NetworkError::Shape { layer: k + 1, what: "bias", found, expected: (post, 1) });
            }
            pre = post;
        }
        Ok(Self { layers, reconstruction_biases: vec![], arrays: Arrays::default() })
    }

    /// Draws initial weights for layers of `units` (inputs first); zero biases.
    ///
    /// # Errors
    /// If there are fewer than two entries in `units`, or a layer has no units.
    pub fn random(units: &[usize], initialization: Initialization, seed: u64) -> Result<Self, NetworkError> {
        Self::draw(units, initialization, seed, Purpose::InitialWeights)
    }

    pub(super) fn draw(
        units: &[usize],
        initialization: Initialization,
        seed: u64,
        purpose: Purpose,
    ) -> Result<Self, NetworkError> {
        let draw = |k: usize, pre: usize, post: usize| {
            let mut random = stream(seed, purpose, &[k as u64 + 1]);
            let fan_in = pre as f64;
            let mut normal = |std: f64| {
                Matrix::from_fn(post, pre, |_, _| {
                    (std * Distribution::<f64>::sample(&StandardNormal, &mut random)) as f32
                })
            };
            match initialization {
                Initialization::LecunNormal => normal(fan_in.sqrt().recip()),
                Initialization::HeNormal => normal((2.0 / fan_in).sqrt()),
                Initialization::Normal(config) => normal(config.std.get()),
                Initialization::GlorotUniform => {
                    let bound = (6.0 / (fan_in + post as f64)).sqrt();
                    Matrix::from_fn(post, pre, |_, _| (bound * (2.0 * random.random::<f64>() - 1.0)) as f32)
                }
            }
        };
        Self::new(
            units
                .windows(2)
                .enumerate()
                .map(|(k, pair)| Layer {
                    weight: WeightMatrix::from_matrix(&draw(k, pair[0], pair[1])),
                    bias: DVector::zeros(pair[1]),
                })
                .collect(),
        )
    }

    /// The layers, first hidden layer first.
    pub fn layers(&self) -> &[Layer] {
        &self.layers
    }

    /// The layers, whose numbers (not shapes) may be changed.
    pub fn layers_mut(&mut self) -> &mut [Layer] {
        &mut self.layers
    }

    /// c_k of a lifted network, first layer first; empty in all others.
    pub fn reconstruction_biases(&self) -> &[DVector<f32>] {
        &self.reconstruction_biases
    }

    /// The same, whose numbers (not shapes) may be changed.
    pub fn reconstruction_biases_mut(&mut self) -> &mut [DVector<f32>] {
        &mut self.reconstruction_biases
    }

    /// c_k; empty where there is none.
    pub fn reconstruction_bias(&self, k: usize) -> &[f32] {
        self.reconstruction_biases.get(k - 1).map_or(&[], |c| c.as_slice())
    }

    /// Gives every layer the bias c_k of a lifted network, of zero.
    pub fn with_reconstruction_biases(mut self) -> Self {
        self.reconstruction_biases = self.layers.iter().map(|layer| DVector::zeros(layer.weight.pre())).collect();
        self
    }

    pub(super) fn parts_mut(&mut self) -> (&mut [Layer], &mut Arrays) {
        (&mut self.layers, &mut self.arrays)
    }

    /// Bytes of the weights.
    pub fn memory_bytes(&self) -> usize {
        self.layers.iter().map(|layer| layer.weight.memory_bytes()).sum()
    }

    /// Units of every layer, inputs first.
    pub fn units(&self) -> Vec<usize> {
        std::iter::once(self.layers[0].weight.pre()).chain(self.layers.iter().map(|l| l.weight.post())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Mean 0 and the stated standard deviation, within 4 standard errors of n = 200·300 draws.
    #[test]
    fn initial_weights_have_the_stated_spread() {
        let glorot = (6.0f64 / 500.0).sqrt() / 3f64.sqrt();
        let std = NonNegative::new(0.3).unwrap();
        for (initialization, expected, kurtosis) in [
            (Initialization::LecunNormal, (1.0f64 / 300.0).sqrt(), 3.0),
            (Initialization::HeNormal, (2.0f64 / 300.0).sqrt(), 3.0),
            (Initialization::GlorotUniform, glorot, 1.8),
            (Initialization::Normal(NormalInitialization { std }), 0.3, 3.0),
        ] {
            let weights = Weights::random(&[300, 200], initialization, 3).unwrap();
            let w = weights.layers()[0].weight.to_matrix();
            let n = w.len() as f64;
            let mean = w.iter().map(|&x| f64::from(x)).sum::<f64>() / n;
            let variance = w.iter().map(|&x| f64::from(x).powi(2)).sum::<f64>() / n;
            assert!(mean.abs() < 4.0 * expected / n.sqrt(), "{initialization:?}: mean {mean}");
            let relative_error = ((kurtosis - 1.0) / n).sqrt();
            assert!((variance / expected.powi(2) - 1.0).abs() < 4.0 * relative_error, "{initialization:?}: {variance}");
        }
    }

    #[test]
    fn layers_that_do_not_fit_are_refused() {
        let layer = |post, pre| Layer { weight: WeightMatrix::zeros(post, pre), bias: DVector::zeros(post) };
        assert_eq!(Weights::new(vec![]), Err(NetworkError::Empty));
        assert!(Weights::new(vec![layer(4, 3), layer(2, 5)]).is_err());
        assert!(Weights::new(vec![layer(4, 3), layer(2, 4)]).is_ok());
    }
}

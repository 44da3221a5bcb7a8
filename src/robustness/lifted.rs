//! Networks whose answer is the minimum of an energy ([`crate::credit::lifted`]).
//!
//! On ideal hardware the minimum is searched more closely than in training, and the derivative is exact where no unit is
//! just at the edge of its set. On a chip the answer is what its units relax to, with noise of its own for every query; the
//! derivative is that of ideal hardware at the states that were reached.
use super::response::{Linearised, Response};
use crate::credit::Inference;
use crate::credit::lifted::response::LiftedFunction;
use crate::device::noise_key::Context;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;
use crate::relax::NetworkState;
use std::sync::Arc;

/// A lifted network.
#[derive(Debug, Clone)]
pub struct LiftedNetwork {
    function: Arc<LiftedFunction>,
    /// How its units relax on a chip.
    on_chip: Option<Inference>,
    is_random: bool,
}

impl LiftedNetwork {
    /// Of an inference with a quadratic energy, on its chip if it has one; `None` for any other, LPOM included, which answers
    /// by a forward pass. The network is a chain, as [`crate::credit::CreditAssignment::check`] demands.
    pub fn new(inference: &Inference, weights: &Network) -> Option<Self> {
        let lifted = inference.rule.energy().filter(|lifted| !lifted.is_lpom)?;
        Some(Self {
            function: Arc::new(LiftedFunction::new(lifted, weights)),
            on_chip: (!inference.substrate.is_ideal()).then(|| inference.clone()),
            is_random: inference.substrate.is_random(),
        })
    }
}

impl Response for LiftedNetwork {
    type Point = LiftedPoint;

    fn inputs(&self) -> usize {
        self.function.network().units()[0]
    }

    fn outputs(&self) -> usize {
        self.function.network().units().pop().unwrap_or(0)
    }

    fn respond(&self, inputs: MatrixView, query: u64, near: Option<&LiftedPoint>) -> LiftedPoint {
        let z = match &self.on_chip {
            None => self.function.states(inputs, near.map(|near| near.z.as_slice())),
            Some(inference) => {
                let weights = self.function.network();
                let mut state = NetworkState::zeros(weights, inputs.ncols(), &inference.substrate);
                state.begin(Context::Robustness, query);
                inference.forward(weights, inputs, &mut state);
                let layers = state.dyads().iter().map(|layer| layer.mean.clone());
                std::iter::once(inputs.into_owned()).chain(layers).collect()
            }
        };
        LiftedPoint { function: Arc::clone(&self.function), z }
    }

    /// Π κ(λ_k), for any weights ([`crate::credit::lifted::Lifted::certificate`]); none on a chip.
    fn certificate(&self) -> Option<f64> {
        self.function.lifted().certificate().filter(|_| self.on_chip.is_none())
    }

    fn is_random(&self) -> bool {
        self.is_random
    }
}

/// Answers of a [`LiftedNetwork`].
#[derive(Debug, Clone)]
pub struct LiftedPoint {
    function: Arc<LiftedFunction>,
    /// States, inputs first.
    z: Vec<Matrix>,
}

impl Linearised for LiftedPoint {
    fn outputs(&self) -> &Matrix {
        &self.z[self.z.len() - 1]
    }

    fn jvp(&self, tangents: MatrixView) -> Matrix {
        self.function.jvp(&self.z, tangents)
    }

    fn vjp(&self, cotangents: MatrixView) -> Matrix {
        self.function.vjp(&self.z, cotangents)
    }
}

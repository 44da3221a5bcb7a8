//! What every population and every projection of a network costs: found by inferring one stimulus.
use super::error::RunError;
use super::setup::learner;
use crate::config::Setup;
use crate::device::frozen::MeasuredDie;
use crate::learning::Learner;
use crate::linalg::Matrix;
use crate::network::{Architecture, Network, Population, Route};
use crate::relax::NetworkState;

/// What a network costs, part by part.
#[derive(Debug, Clone, PartialEq)]
pub struct NetworkCost {
    /// All populations, the stimulus first.
    pub populations: Vec<PopulationCost>,
    /// All projections.
    pub projections: Vec<ProjectionCost>,
}

/// What a population costs.
#[derive(Debug, Clone, PartialEq)]
pub struct PopulationCost {
    /// Its name and shape.
    pub population: Population,
    /// Bytes of its states and circuits, for a mini-batch.
    pub memory_bytes: usize,
    /// How many of them are for its delay lines and clocks, which only training needs.
    pub timing_bytes: usize,
}

/// What a projection costs.
#[derive(Debug, Clone, PartialEq)]
pub struct ProjectionCost {
    /// Where it goes, and how.
    pub route: Route,
    /// Synapses of its array.
    pub synapses: usize,
    /// Reads of its array in a training step, a stimulus: forward, and back.
    pub reads: [u64; 2],
    /// Floating-point operations of its products and of its gradient in a training step, a stimulus.
    pub flops: u64,
    /// Bytes of its arrays, and of what optimizer and synapses keep next to them.
    pub memory_bytes: usize,
}

/// A network that has inferred one stimulus.
pub(super) struct Probe {
    /// The weights it began with.
    pub weights: Network,
    pub learner: Learner,
}

impl Probe {
    pub fn new(setup: &Setup, architecture: &Architecture, stimulus: &[f32]) -> Result<Self, RunError> {
        let experiment = &setup.experiment;
        // The numbers do not matter, and the trace of initial weights may not be there yet.
        let weights = architecture.random(experiment.network.initialization, experiment.seeds.init);
        let weights = weights.map_err(|error| setup.misfit(&error))?;
        let mut learner = learner(experiment, &setup.hardware, weights.clone(), 1, 1, &MeasuredDie::default())
            .map_err(|e| setup.misfit(&e))?;
        let inputs = Matrix::from_column_slice(stimulus.len(), 1, stimulus);
        let outputs = learner.state.outputs().mean.nrows();
        let targets = Matrix::from_fn(outputs, 1, |i, _| if i == 0 { 1.0 } else { 0.0 });
        // A divergence shows when the run is made; here only the products count.
        let _ = learner.infer(inputs.as_view(), targets.as_view(), 0, None);
        Ok(Self { weights, learner })
    }

    /// Floating-point operations of the products by which the network answers a stimulus.
    pub fn answer_flops(&self, stimulus: &[f32]) -> u64 {
        let Learner { weights, inference, .. } = &self.learner;
        let mut state = NetworkState::zeros(weights, 1, &inference.substrate);
        inference.forward(weights, Matrix::from_column_slice(stimulus.len(), 1, stimulus).as_view(), &mut state);
        state.product_flops
    }

    /// What the parts cost with mini-batches of this size.
    pub fn cost(&self, batch_size: usize) -> NetworkCost {
        let Learner { weights, state, optimizer, synapses, inference, .. } = &self.learner;
        let populations = weights.populations().iter().enumerate().map(|(k, population)| {
            let devices = if k > 0 { inference.substrate.memory_bytes(k) } else { 0 };
            let timing = self.learner.timing_bytes(k);
            PopulationCost {
                population: population.clone(),
                memory_bytes: (state.memory_bytes(k) + timing) * batch_size + devices,
                timing_bytes: timing * batch_size,
            }
        });
        let all: usize = weights.with_synapses().map(|(_, own)| own.synapses()).sum();
        let kept = synapses.memory_bytes();
        let projections = weights.projections().iter().enumerate().map(|(p, own)| {
            let (products, reads) = (state.products(p), state.operations().reads(p));
            ProjectionCost {
                route: weights.graph().routes()[p].clone(),
                synapses: own.synapses(),
                reads: reads.map(|times| times * own.map.array().reads as u64),
                flops: (products[0] + products[1] + 1) * own.map.flops(1),
                memory_bytes: own.memory_bytes()
                    + optimizer.memory_bytes(p)
                    + (kept * own.synapses()).checked_div(all).unwrap_or(0),
            }
        });
        NetworkCost { populations: populations.collect(), projections: projections.collect() }
    }
}

/// What a network costs for samples of this shape in so many classes, whether or not they can be read.
///
/// # Errors
/// If the network cannot be built.
pub fn network_cost(setup: &Setup, sample_shape: &[usize], classes: usize) -> Result<NetworkCost, RunError> {
    let architecture = setup.architecture(sample_shape, classes)?;
    let stimulus = vec![0.0; sample_shape.iter().product()];
    Ok(Probe::new(setup, &architecture, &stimulus)?.cost(setup.experiment.training.batch_size.get()))
}

impl NetworkCost {
    /// Bytes of all states and circuits.
    pub fn state_bytes(&self) -> usize {
        self.populations.iter().map(|own| own.memory_bytes).sum()
    }

    /// Bytes of what training needs of them, and an answer does not.
    pub fn timing_bytes(&self) -> usize {
        self.populations.iter().map(|own| own.timing_bytes).sum()
    }

    /// Bytes of all arrays, and of what optimizer and synapses keep next to them.
    pub fn synapse_bytes(&self) -> usize {
        self.projections.iter().map(|own| own.memory_bytes).sum()
    }

    /// Floating-point operations of a training step, a stimulus.
    pub fn flops(&self) -> u64 {
        self.projections.iter().map(|own| own.flops).sum()
    }
}

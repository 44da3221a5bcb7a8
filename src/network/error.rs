//! What can be wrong with a network.

/// What can be wrong with a network.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NetworkError {
    /// A schedule names a layer beyond the outputs.
    #[error("layer {layer} does not exist: layers are counted from 1 (first hidden) to {layers} (outputs)")]
    NoSuchLayer {
        /// The layer named.
        layer: usize,
        /// The number of weight layers.
        layers: usize,
    },
    /// A weight matrix or bias does not fit its neighbours.
    #[error("layer {layer}: {what} has shape {found:?} where {expected:?} is needed")]
    Shape {
        /// Layer, from 1.
        layer: usize,
        /// Which array.
        what: &'static str,
        /// (rows, columns) found.
        found: (usize, usize),
        /// (rows, columns) needed.
        expected: (usize, usize),
    },
    /// A projection that does not go forward.
    #[error("projection {projection} goes from population {from} to {to}: it must go to a later one that exists")]
    Order {
        /// Projection, from 1.
        projection: usize,
        /// Population that sends.
        from: usize,
        /// Population that receives.
        to: usize,
    },
    /// A population that no projection reaches.
    #[error("no projection arrives at population {population}")]
    Unreached {
        /// Its number; 0 is the stimulus.
        population: usize,
    },
    /// A population that projects nowhere and is not the output.
    #[error("no projection leaves population {population}, which is not the output")]
    DeadEnd {
        /// Its number; 0 is the stimulus.
        population: usize,
    },
    /// A chip for a network that is not a chain.
    #[error("population {population} has several projections on one side, which no chip model sums yet")]
    Branches {
        /// Its number; 0 is the stimulus.
        population: usize,
    },
    /// A lifted network that is not a chain.
    #[error(
        "projection {projection} is no dense one to the next population: the energy of a lifted network couples neighbours only"
    )]
    LiftedGraph {
        /// Its number, from 1.
        projection: usize,
    },
    /// Adversarial inputs for a network of dyads.
    #[error("adversarial inputs follow the exact gradient, which only the credit rule backprop makes")]
    AdversarialDyads,
    /// No layers at all.
    #[error("a network needs at least one layer of weights")]
    Empty,
}

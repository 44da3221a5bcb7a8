//! What can be wrong with a network.

use crate::map::{MapError, Shape};

/// Why a layer does not fit those before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum LayerProblem {
    /// Its map does not fit what it gets.
    #[error(transparent)]
    Map(#[from] MapError),
    /// A window over units that have no places.
    #[error(
        "needs an image: dense layers, and data that are not of shape (row, column) or (channel, row, column), have no places"
    )]
    NoPlaces,
    /// A max pooling without reads to pool.
    #[error("must directly follow a convolution, whose reads it pools")]
    NoConvolution,
    /// Two average poolings after one another.
    #[error("must be followed by a layer with synapses before the next pooling")]
    PooledTwice,
    /// A skip to nothing yet.
    #[error("must stand directly after the layer that it leads to, before a pooling")]
    SkipAfterPooling,
    /// A skip from nowhere.
    #[error("no earlier layer is named \"{name}\", only {}", earlier.iter().map(|name| format!("\"{name}\"")).collect::<Vec<_>>().join(", "))]
    UnknownLayer {
        /// The name given.
        name: String,
        /// The names that there are.
        earlier: Vec<String>,
    },
    /// Two layers of one name.
    #[error("an earlier layer is named \"{name}\", too")]
    SameName {
        /// The name.
        name: String,
    },
    /// A skip between different shapes.
    #[error("it brings {made} to a layer of {needed}")]
    Skip {
        /// What arrives.
        made: Shape,
        /// What the layer is.
        needed: Shape,
    },
}

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
    /// A chip for a network whose arrays it cannot read.
    #[error(
        "population {population} has several projections on one side of which one is dense: a chip sums only what \
         it reads at places (convolutions, identity, what is pooled)"
    )]
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
    /// A max pooling in a network of two phases.
    #[error(
        "a rule with two phases has no place for a max pooling: which reads are the largest differs between its phases, \
         and units remember their state alone"
    )]
    PhasesOfMaxima,
    /// Branches with a feedback gain.
    #[error(
        "with a feedback_gain other than 1 a rule with two phases needs a chain: no energy weights its branches alike"
    )]
    PhasesOfBranches,
    /// Adversarial inputs for a network of dyads.
    #[error(
        "adversarial inputs follow the exact gradient, which only the credit rule backprop makes, on ideal hardware"
    )]
    AdversarialDyads,
    /// Two poolings of what one population reads.
    #[error("population {population} has several projections whose reads are pooled, of which it can have one")]
    Poolings {
        /// Its number; 0 is the stimulus.
        population: usize,
    },
    /// A layer that does not fit those before it.
    #[error("layer {number} ({kind}) gets {input}: {problem}")]
    Layer {
        /// Place in the list, from 1.
        number: usize,
        /// Word of the file.
        kind: &'static str,
        /// Shape that it gets.
        input: Shape,
        /// What is wrong.
        problem: Box<LayerProblem>,
    },
    /// A stream in which it is not known how long an error is on its way.
    #[error(
        "delay lines and layer clocks are for a chain of layers without max pooling, all of whose units move at every step: elsewhere it is \
         not known how long an error is on its way"
    )]
    NotTimed,
    /// More than can be held.
    #[error("the network has {synapses} synapses and {units} units, for mini-batches of {batch_size}: {reason}")]
    TooLarge {
        /// Synapses of all arrays.
        synapses: usize,
        /// Units of all populations.
        units: usize,
        /// Stimuli that are held at a time.
        batch_size: usize,
        /// What is too much.
        reason: String,
    },
    /// No layers at all.
    #[error("a network needs at least one layer of weights")]
    Empty,
}

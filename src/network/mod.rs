//! Networks: populations of dyads and the projections between them.
//!
//! | file | holds |
//! |---|---|
//! | `network` | the graph, and what changes while it learns |
//! | `layers`, `architecture` | layers as users list them, and the populations and routes that they make |
//! | `models` | networks that go by a name |
//! | `population` | name and shape of a population |
//! | `projection` | a linear map over one array of synapses |
//! | `normalisation` | batch normalisation of what a projection reads |
//! | `channel_kernel` | means over channels, and loops over those of a sample |
//! | `feedback` | the array that carries errors back: transposed, mirrored, Kolen–Pollack, fixed |
//! | `initialisation` | initial weights |
//! | `size` | how large a network may be |
mod architecture;
pub(crate) mod channel_kernel;
mod error;
mod feedback;
mod initialisation;
mod layers;
mod models;
#[allow(clippy::module_inception, reason = "the module's main type has the file of its name")]
mod network;
mod normalisation;
mod population;
mod projection;
mod size;

pub use architecture::Architecture;
pub use error::{LayerProblem, NetworkError};
pub use feedback::{FeedbackWeights, KolenPollack, Mirrored};
pub use initialisation::{Initialization, NormalInitialization};
pub use layers::{
    AveragePoolLayer, ConvolutionLayer, DenseLayer, GlobalAveragePoolLayer, Layer, MaxPoolLayer, SkipConvolution,
    SkipLayer,
};
pub use models::Model;
pub use network::{Graph, Network, Route};
pub use normalisation::{BatchNorm, ChannelStatistics, Normalisation, NormalisedArrays};
pub use population::Population;
pub use projection::Projection;

//! Linear maps: how a projection uses the matrix of its array. A map says which shape leaves for which arrives, which
//! array it needs, and moves activities forward, errors back, and both to the places where synapses learn from them.
//!
//! | file | holds |
//! |---|---|
//! | `map` | what every map can do |
//! | `linear_map` | the maps that there are |
//! | [`dense`] | y = W x: every unit to every unit |
//! | [`convolution`] | a window that slides over an image |
//! | [`identity`] | a wire without a synapse |
//! | [`average_pool`] | means over windows of an image |
//! | [`max_pool`] | the largest of a window, between the reads of a convolution and the dyads |
//! | `window`, `unfold`, `stretch` | geometry of windows, patches of an image, places of a batch |
//! | `window_kernel` | the inner loops of max pooling |
//!
//! To add one, write its file and give it an arm in [`LinearMap`].
pub mod average_pool;
pub mod convolution;
pub mod dense;
mod error;
mod factor;
pub mod identity;
mod linear_map;
#[allow(clippy::module_inception, reason = "the module's trait has the file of its name")]
mod map;
pub mod max_pool;
mod norm;
mod shape;
mod stretch;
mod unfold;
mod window;
mod window_kernel;

pub use average_pool::AveragePool;
pub use convolution::{Adjoint, Convolution};
pub use dense::Dense;
pub use error::MapError;
pub use factor::Factor;
pub use identity::Identity;
pub use linear_map::{LinearMap, Pooled};
pub use map::{ArrayShape, Map, Tiling};
pub use max_pool::{DriveMaxima, MaxPool, Maxima, MaximaSettings};
pub use norm::NormEstimate;
pub use shape::Shape;
pub(crate) use stretch::Stretch;
pub use window::{Padding, Same, Sides, Window};

//! Linear maps: how a projection uses the matrix of its array. A map says which shape leaves for which arrives, which
//! array it needs, and moves activities forward, errors back, and both to the places where synapses learn from them.
//!
//! | file | holds |
//! |---|---|
//! | `map` | what every map can do |
//! | `linear_map` | the maps that there are |
//! | [`dense`] | y = W x: every unit to every unit |
//!
//! To add one, write its file and give it an arm in [`LinearMap`].
pub mod dense;
mod linear_map;
#[allow(clippy::module_inception, reason = "the module's trait has the file of its name")]
mod map;
mod norm;
mod shape;

pub use dense::Dense;
pub use linear_map::LinearMap;
pub use map::{ArrayShape, Map};
pub use norm::NormEstimate;
pub use shape::Shape;

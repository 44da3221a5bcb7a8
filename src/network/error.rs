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
    /// Adversarial inputs for a network of dyads.
    #[error("adversarial inputs follow the exact gradient, which only the credit rule backprop makes")]
    AdversarialDyads,
    /// No layers at all.
    #[error("a network needs at least one layer of weights")]
    Empty,
}

//! Ways to estimate the largest singular value of a map.

/// How the norm of a map is estimated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NormEstimate {
    /// This many power iterations, as the authors of damped dual propagation make them.
    PowerIteration(usize),
    /// Lanczos iterations until the estimate no longer changes.
    Lanczos,
    /// At most this many Lanczos iterations.
    LanczosWithin(usize),
}

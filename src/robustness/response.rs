//! A network as a function from inputs to outputs, whatever its architecture: the only thing that measurements of
//! robustness know of it.
use crate::linalg::{Matrix, MatrixView};
use rayon::prelude::*;

/// A network as a function f from inputs to outputs, which classifies by its largest output.
///
/// All matrices are (input or output × sample); samples do not influence each other. A network whose response is
/// searched for step by step (the minimum of an energy) has to search closely enough that differences of responses and
/// derivatives are those of f, not of the search.
pub trait Response: Sync {
    /// Responses to some samples, and the derivatives there.
    type Point: Linearised + Send;

    /// Number of inputs.
    fn inputs(&self) -> usize;

    /// Number of outputs.
    fn outputs(&self) -> usize;

    /// Responds to `inputs` (input × sample). `query` keys what is random in time: the same query has the same noise,
    /// every other has noise of its own; networks without noise ignore it. `near` is an earlier point of the same
    /// samples in the same order, from which a search may start; a forward pass ignores it.
    ///
    /// The result must be the same bits for any number of threads.
    fn respond(&self, inputs: MatrixView, query: u64, near: Option<&Self::Point>) -> Self::Point;

    /// Upper bound of the Lipschitz constant of f, ‖f(x) − f(x′)‖₂ ≤ Λ ‖x − x′‖₂ for all x and x′, if one is certain.
    fn certificate(&self) -> Option<f64>;

    /// Whether the same inputs may get other outputs in another query.
    fn is_random(&self) -> bool {
        false
    }
}

/// A network near some inputs: its outputs z = f(x) and its Jacobian J = ∂f/∂x, one of their own for every sample.
pub trait Linearised {
    /// z (output × sample).
    fn outputs(&self) -> &Matrix;

    /// J v of every sample: `tangents` (input × sample) to (output × sample).
    fn jvp(&self, tangents: MatrixView) -> Matrix;

    /// Jᵀ u of every sample: `cotangents` (output × sample) to (input × sample).
    fn vjp(&self, cotangents: MatrixView) -> Matrix;
}

/// A network that is asked again and again, with noise of its own every time.
pub(super) struct Asker<'a, R: Response> {
    pub network: &'a R,
    next: u64,
}

/// Queries of a measurement.
const QUERIES: u64 = 1 << 32;

impl<'a, R: Response> Asker<'a, R> {
    /// The measurement of this number begins.
    pub fn new(network: &'a R, measurement: u64) -> Self {
        Self { network, next: measurement.wrapping_mul(QUERIES) }
    }

    /// Responds to other inputs.
    pub fn ask(&mut self, inputs: &Matrix, near: Option<&R::Point>) -> R::Point {
        self.next += 1;
        self.network.respond(inputs.as_view(), self.next, near)
    }

    /// Responds to other inputs with the noise of the query before.
    pub fn ask_alike(&mut self, inputs: &Matrix, near: Option<&R::Point>) -> R::Point {
        self.network.respond(inputs.as_view(), self.next, near)
    }
}

/// Changes every column by itself, with its number.
pub(super) fn for_each_column(matrix: &mut Matrix, change: impl Fn(usize, &mut [f32]) + Sync) {
    let rows = matrix.nrows();
    matrix.as_mut_slice().par_chunks_exact_mut(rows).enumerate().for_each(|(j, column)| change(j, column));
}

/// A column.
pub(super) fn column(matrix: &Matrix, j: usize) -> &[f32] {
    &matrix.as_slice()[j * matrix.nrows()..(j + 1) * matrix.nrows()]
}

/// The columns of these numbers.
pub(super) fn columns(matrix: MatrixView, which: &[usize]) -> Matrix {
    Matrix::from_fn(matrix.nrows(), which.len(), |i, j| matrix[(i, which[j])])
}

//! A factor of a gradient.
use crate::linalg::{Matrix, MatrixView};

/// A matrix that a gradient is a product of: what a population holds, or made of it.
#[derive(Debug, Clone)]
pub enum Factor<'a> {
    /// What a population holds.
    Held(MatrixView<'a>),
    /// Made of it.
    Made(Matrix),
}

impl Factor<'_> {
    /// The matrix.
    pub fn view(&self) -> MatrixView<'_> {
        match self {
            Self::Held(view) => *view,
            Self::Made(matrix) => matrix.as_view(),
        }
    }
}

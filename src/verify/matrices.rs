//! Matrices of the files, and how far results are from them.
use crate::linalg::Matrix;

/// The larger of two errors; NaN is larger than anything.
pub(super) fn worse(a: f64, b: f64) -> f64 {
    if b.is_nan() || b > a { b } else { a }
}

pub(super) fn largest_difference(found: &[f32], reference: &[f64]) -> f64 {
    found.iter().zip(reference).fold(0.0, |e, (&x, &r)| worse(e, (f64::from(x) - r).abs()))
}

/// A weight (post × pre) of which the file holds the rows.
pub(super) fn weight_matrix(rows: &[Vec<f64>]) -> Matrix {
    Matrix::from_fn(rows.len(), rows[0].len(), |post, pre| rows[post][pre] as f32)
}

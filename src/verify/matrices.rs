//! Matrices of the files, and how far results are from them.
use crate::linalg::{Matrix, MatrixView};

/// The larger of two errors; NaN is larger than anything.
pub(super) fn worse(a: f64, b: f64) -> f64 {
    if b.is_nan() || b > a { b } else { a }
}

pub(super) fn largest_difference(found: MatrixView, reference: &nalgebra::DMatrix<f64>) -> f64 {
    found.iter().zip(reference.iter()).fold(0.0, |e, (&x, &r)| worse(e, (f64::from(x) - r).abs()))
}

/// Rows of the file are samples; a state matrix has them as columns.
pub(super) fn unit_by_sample<T: FromF64>(rows: &[Vec<f64>]) -> nalgebra::DMatrix<T> {
    nalgebra::DMatrix::from_fn(rows[0].len(), rows.len(), |unit, sample| T::from_f64(rows[sample][unit]))
}

pub(super) fn post_by_pre<T: FromF64>(rows: &[Vec<f64>]) -> nalgebra::DMatrix<T> {
    nalgebra::DMatrix::from_fn(rows.len(), rows[0].len(), |post, pre| T::from_f64(rows[post][pre]))
}

/// Numbers of a file, in the precision that is asked for.
pub(super) trait FromF64: nalgebra::Scalar {
    fn from_f64(x: f64) -> Self;
}

impl FromF64 for f32 {
    fn from_f64(x: f64) -> Self {
        x as f32
    }
}

impl FromF64 for f64 {
    fn from_f64(x: f64) -> Self {
        x
    }
}

/// As [`Matrix`], so that weights of a case can be built.
pub(super) fn weight_matrix(rows: &[Vec<f64>]) -> Matrix {
    post_by_pre(rows)
}

//! Matrices and their products, shape-checked and free of allocation of our own.
//!
//! State matrices are [`Matrix`] (nalgebra, column-major). Products run on the `gemm` crate, one thread a call, or, where all processors shall give
//! the same bits, on plain loops ([`Arithmetic`]);
//! callers cut the work into tiles whose shapes do not depend on the number of threads, so that every sum is added
//! up in the same order always.
mod allocator;
mod arithmetic;
mod norm;
mod portable;
mod product;
mod reshape;
mod scratch;
mod sign_matrix;
mod sign_product;
mod weight_matrix;

pub use allocator::CacheLineAllocator;
pub use arithmetic::{Arithmetic, PORTABLE, SAME_EVERYWHERE, arithmetic_name, other_arithmetic};
pub use norm::{
    Operator, operator_norm, operator_norm_within, power_iteration_norm, product_operator_norm, symmetric_norm,
};
pub use product::{
    fewest_columns, gram, multiply, multiply_add, multiply_left_transposed, multiply_right_transposed,
    multiply_right_transposed_add, sum_products,
};
pub use reshape::{reshape, reshape_mut, scale_rows, side_by_side};
pub use scratch::{give_back, take_numbers, with_scratch};
pub use sign_matrix::SignMatrix;
pub use weight_matrix::WeightMatrix;

/// A column-major matrix of the simulation.
pub type Matrix = nalgebra::DMatrix<f32>;
/// Borrowed part of a matrix: unit row stride, any column stride.
pub type MatrixView<'a> = nalgebra::DMatrixView<'a, f32>;
/// Mutably borrowed part of a matrix.
pub type MatrixViewMut<'a> = nalgebra::DMatrixViewMut<'a, f32>;

//! Matrix products: the three orientations that a layer needs.
use super::arithmetic::Arithmetic;
use super::portable::{self, Number, Place, Sizes, Strides};
use super::scratch::with_scratch;
use super::{MatrixView, MatrixViewMut};
use gemm::Parallelism;
use nalgebra::{DMatrix, DMatrixViewMut};

/// C = the sum of what each of `products` writes into a matrix of its shape; C stays as it is if there are none.
pub fn sum_products(mut c: MatrixViewMut, products: impl IntoIterator<Item = impl FnOnce(MatrixViewMut)>) {
    let mut products = products.into_iter();
    if let Some(first) = products.next() {
        first(c.as_view_mut());
    }
    let (rows, columns) = c.shape();
    for product in products {
        with_scratch(rows * columns, |more| {
            product(MatrixViewMut::from_slice(more, rows, columns));
            c += MatrixView::from_slice(more, rows, columns);
        });
    }
}

/// C = A B, with shapes (m × n) = (m × k) (k × n).
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply(mut c: MatrixViewMut, a: MatrixView, b: MatrixView) {
    let (m, k) = a.shape();
    assert!(b.nrows() == k && c.shape() == (m, b.ncols()), "shapes of a product");
    let (a_strides, b_strides) = (strides(&a), strides(&b));
    kernel(&mut c, false, k, 1.0, a.as_ptr(), a_strides, b.as_ptr(), b_strides);
}

/// C += A B, with shapes (m × n) = (m × k) (k × n).
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_add(mut c: MatrixViewMut, a: MatrixView, b: MatrixView) {
    let (m, k) = a.shape();
    assert!(b.nrows() == k && c.shape() == (m, b.ncols()), "shapes of a product");
    let (a_strides, b_strides) = (strides(&a), strides(&b));
    kernel(&mut c, true, k, 1.0, a.as_ptr(), a_strides, b.as_ptr(), b_strides);
}

/// C = Aᵀ B, with shapes (m × n) = (k × m)ᵀ (k × n).
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_left_transposed(mut c: MatrixViewMut, a: MatrixView, b: MatrixView) {
    let (k, m) = a.shape();
    assert!(b.nrows() == k && c.shape() == (m, b.ncols()), "shapes of a product");
    let (a_strides, b_strides) = (transposed(strides(&a)), strides(&b));
    kernel(&mut c, false, k, 1.0, a.as_ptr(), a_strides, b.as_ptr(), b_strides);
}

/// C = factor · A Bᵀ, with shapes (m × n) = (m × k) (n × k)ᵀ.
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_right_transposed(mut c: MatrixViewMut, factor: f32, a: MatrixView, b: MatrixView) {
    let (m, k) = a.shape();
    assert!(b.ncols() == k && c.shape() == (m, b.nrows()), "shapes of a product");
    let (a_strides, b_strides) = (strides(&a), transposed(strides(&b)));
    kernel(&mut c, false, k, factor, a.as_ptr(), a_strides, b.as_ptr(), b_strides);
}

/// C += factor · A Bᵀ, with shapes (m × n) = (m × k) (n × k)ᵀ.
///
/// # Panics
/// If the shapes do not fit.
pub fn multiply_right_transposed_add(mut c: MatrixViewMut, factor: f32, a: MatrixView, b: MatrixView) {
    let (m, k) = a.shape();
    assert!(b.ncols() == k && c.shape() == (m, b.nrows()), "shapes of a product");
    let (a_strides, b_strides) = (strides(&a), transposed(strides(&b)));
    kernel(&mut c, true, k, factor, a.as_ptr(), a_strides, b.as_ptr(), b_strides);
}

/// How many columns B must have at least so that each column of the product of A (rows × inner) with B has the bits that it
/// has in a product with `columns` columns. The product crate goes other ways for small matrices, in which sums are added up
/// in another order; otherwise a column does not depend on its neighbours.
pub fn fewest_columns(rows: usize, inner: usize, columns: usize) -> usize {
    let is_tiny = rows * columns <= TINY || rows == 1;
    let is_small = rows <= SMALL && inner > UNBROKEN;
    let fewest = (TINY / rows.max(1) + 1).max(2);
    match () {
        () if is_tiny => columns,
        () if is_small && columns > SMALL => fewest.max(SMALL + 1),
        () => fewest,
    }
    .min(columns)
}

/// Numbers of a product up to which gemm 0.19 adds up along the rows of both matrices.
const TINY: usize = 16 * 16;
/// Rows and columns up to which it breaks sums of more than [`UNBROKEN`] terms at other places.
const SMALL: usize = 64;
const UNBROKEN: usize = 512;

fn strides(a: &MatrixView) -> Strides {
    let (row, column) = a.strides();
    (row as isize, column as isize)
}

fn transposed((row, column): Strides) -> Strides {
    (column, row)
}

/// Aᵀ B in double precision, for measurements: columns of A against columns of B.
///
/// # Panics
/// If the matrices have different numbers of rows.
pub fn gram(a: &DMatrix<f64>, b: &DMatrix<f64>) -> DMatrix<f64> {
    assert_eq!(a.nrows(), b.nrows(), "shapes of a product");
    let mut c = DMatrix::zeros(a.ncols(), b.ncols());
    let rows = a.nrows();
    kernel(&mut c.as_view_mut(), false, rows, 1.0, a.as_ptr(), (rows as isize, 1), b.as_ptr(), (1, rows as isize));
    c
}

/// C = factor · A B, or C += factor · A B (`add`), for matrices of any strides; the callers above have checked the shapes.
#[allow(clippy::too_many_arguments, reason = "matrices as the product crate takes them")]
fn kernel<T: Number>(
    c: &mut DMatrixViewMut<T>,
    add: bool,
    k: usize,
    factor: T,
    a: *const T,
    sa: Strides,
    b: *const T,
    sb: Strides,
) {
    let (m, n) = c.shape();
    let (row, column) = c.strides();
    if Arithmetic::chosen() == Arithmetic::Portable {
        let c = Place { first: c.as_mut_ptr(), strides: (row as isize, column as isize) };
        // SAFETY: as below.
        unsafe {
            portable::product(
                Sizes { m, n, k },
                add,
                factor,
                c,
                Place { first: a, strides: sa },
                Place { first: b, strides: sb },
            );
        }
        return;
    }
    // SAFETY: the callers hold views of shapes (m × n), (m × k), (k × n) with these strides, c mutably, so every
    // element that gemm touches belongs to one of them and c overlaps neither a nor b. Without
    // `read_dst` c may hold anything before.
    unsafe {
        gemm::gemm(
            m,
            n,
            k,
            c.as_mut_ptr(),
            column as isize,
            row as isize,
            add,
            a,
            sa.1,
            sa.0,
            b,
            sb.1,
            sb.0,
            if add { T::one() } else { T::zero() },
            factor,
            false,
            false,
            false,
            Parallelism::None,
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linalg::Matrix;
    use proptest::prelude::*;

    fn matrix(rows: usize, columns: usize, salt: usize) -> Matrix {
        Matrix::from_fn(rows, columns, |i, j| ((i * 7 + j * 13 + salt * 29) % 23) as f32 / 11.5 - 1.0)
    }

    proptest! {
        #[test]
        fn all_orientations_agree_with_the_plain_product(m in 1usize..40, n in 1usize..40, k in 1usize..90) {
            let (a, b) = (matrix(m, k, 1), matrix(k, n, 2));
            let expected = &a * &b;
            let tolerance = 1e-5 * k as f32;
            let mut c = Matrix::from_element(m, n, f32::NAN);
            multiply(c.as_view_mut(), a.as_view(), b.as_view());
            prop_assert!((&c - &expected).amax() <= tolerance);
            multiply_left_transposed(c.as_view_mut(), a.transpose().as_view(), b.as_view());
            prop_assert!((&c - &expected).amax() <= tolerance);
            multiply_right_transposed(c.as_view_mut(), -0.5, a.as_view(), b.transpose().as_view());
            prop_assert!((&c * -2.0 - &expected).amax() <= tolerance);
            multiply_add(c.as_view_mut(), a.as_view(), b.as_view());
            prop_assert!((&c * 2.0 - &expected).amax() <= tolerance);
            multiply_right_transposed_add(c.as_view_mut(), 0.5, a.as_view(), b.transpose().as_view());
            prop_assert!((&c - &expected).amax() <= tolerance);
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]
        #[test]
        fn a_column_has_the_same_bits_among_any_others(
            m in prop_oneof![1usize..20, 60usize..70, 100usize..140],
            n in prop_oneof![1usize..20, 50usize..110],
            k in prop_oneof![1usize..20, 500usize..520, 1000usize..1100],
            first in 0usize..110,
            more in 0usize..110,
        ) {
            let b = matrix(k, n, 2).map(|x| x + 0.1 * (x * 37.0).sin());
            let count = (fewest_columns(m, k, n) + more).min(n);
            // As every n-th column of a batch that is gathered.
            let columns: Vec<usize> = (0..count).map(|j| (first + j * 7) % n).collect();
            let part = b.select_columns(&columns);
            for is_transposed in [false, true] {
                let a = if is_transposed { matrix(k, m, 1) } else { matrix(m, k, 1) };
                let product = |b: &Matrix| {
                    let mut c = Matrix::zeros(m, b.ncols());
                    if is_transposed {
                        multiply_left_transposed(c.as_view_mut(), a.as_view(), b.as_view());
                    } else {
                        multiply(c.as_view_mut(), a.as_view(), b.as_view());
                    }
                    c
                };
                let expected = product(&b).select_columns(&columns);
                prop_assert!(product(&part) == expected, "{m} x {k} x {n}, of which {count}");
            }
        }
    }

    #[test]
    fn a_tile_of_a_larger_matrix_is_written_and_nothing_else() {
        let (a, b) = (matrix(5, 4, 3), matrix(4, 6, 4));
        let mut c = Matrix::from_element(9, 8, 7.0);
        multiply(c.view_mut((2, 1), (5, 6)), a.as_view(), b.as_view());
        assert!((c.view((2, 1), (5, 6)) - &a * &b).amax() < 1e-5);
        assert_eq!(c.iter().filter(|&&x| x == 7.0).count(), 9 * 8 - 30);
    }
}

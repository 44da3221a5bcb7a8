//! Other shapes of the same numbers, and rows and columns put together.
use super::{Matrix, MatrixView, MatrixViewMut};

/// The same numbers with `rows` rows.
///
/// # Panics
/// If the columns of the view do not follow each other without a gap, or the numbers do not fill whole columns.
pub fn reshape(view: MatrixView<'_>, rows: usize) -> MatrixView<'_> {
    let n = whole(view.shape(), view.strides(), rows);
    // SAFETY: the view covers exactly these n numbers, which stand one after the other.
    let numbers = unsafe { std::slice::from_raw_parts(view.as_ptr(), n) };
    MatrixView::from_slice(numbers, rows, n / rows)
}

/// The same for numbers that may be written.
///
/// # Panics
/// As [`reshape`].
pub fn reshape_mut<'a>(view: &'a mut MatrixViewMut<'_>, rows: usize) -> MatrixViewMut<'a> {
    let n = whole(view.shape(), view.strides(), rows);
    // SAFETY: the view covers exactly these n numbers, which stand one after the other, and is borrowed for as long.
    let numbers = unsafe { std::slice::from_raw_parts_mut(view.as_mut_ptr(), n) };
    MatrixViewMut::from_slice(numbers, rows, n / rows)
}

/// Columns of all blocks, of `rows` rows each, in their order.
///
/// # Panics
/// If a block has another number of rows.
pub fn side_by_side<'a>(rows: usize, blocks: impl IntoIterator<Item = MatrixView<'a>>) -> Matrix {
    let mut numbers = vec![];
    for block in blocks {
        assert_eq!(block.nrows(), rows, "rows of a block");
        numbers.extend(block.iter());
    }
    Matrix::from_vec(rows, numbers.len() / rows, numbers)
}

/// Multiplies every row by a factor of its own.
pub fn scale_rows(mut matrix: MatrixViewMut<'_>, factors: &[f32]) {
    for mut column in matrix.column_iter_mut() {
        column.iter_mut().zip(factors).for_each(|(x, factor)| *x *= factor);
    }
}

/// The count of numbers, which stand one after the other.
fn whole(shape: (usize, usize), strides: (usize, usize), rows: usize) -> usize {
    let n = shape.0 * shape.1;
    assert!(strides.0 == 1 && (shape.1 < 2 || strides.1 == shape.0), "numbers without gaps");
    assert!(n.is_multiple_of(rows), "whole columns");
    n
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_stand_side_by_side_and_rows_are_scaled() {
        let whole = Matrix::from_fn(3, 4, |i, j| (10 * i + j) as f32);
        // Blocks with gaps between their columns, of another matrix.
        let rows = Matrix::from_fn(5, 2, |i, j| (10 * i + j) as f32);
        let mut both = side_by_side(3, [rows.rows(0, 3), whole.columns(2, 2)]);
        assert_eq!(both, whole);
        scale_rows(both.as_view_mut(), &[1.0, 2.0, -1.0]);
        assert_eq!(both, Matrix::from_fn(3, 4, |i, j| [1.0, 2.0, -1.0][i] * whole[(i, j)]));
    }

    #[test]
    fn the_same_numbers_stand_in_another_shape() {
        let mut matrix = Matrix::from_fn(6, 3, |i, j| (i + 6 * j) as f32);
        assert_eq!(reshape(matrix.columns(1, 2).as_view(), 4)[(3, 2)], 17.0);
        reshape_mut(&mut matrix.columns_mut(1, 1).as_view_mut(), 2)[(0, 2)] = -1.0;
        assert_eq!(matrix[(4, 1)], -1.0);
    }

    #[test]
    #[should_panic(expected = "without gaps")]
    fn rows_of_a_matrix_have_gaps() {
        reshape(Matrix::zeros(6, 3).rows(1, 2).as_view(), 2);
    }
}

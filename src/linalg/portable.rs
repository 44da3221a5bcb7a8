//! Products of the same bits on every processor.
//!
//! An element of C is summed up over k from the first term to the last: each is multiplied, rounded, and added. Nothing is
//! contracted, and elements do not share their sums, so that neither the width of registers nor the blocks below matter.
use multiversion::multiversion;
use num_traits::{One, Zero};
use std::cell::RefCell;

/// Rows and columns of C that are summed up in registers.
const ROWS: usize = 16;
const COLUMNS: usize = 6;

/// (row, column) stride in elements.
pub(super) type Strides = (isize, isize);

/// One matrix, by its first element and its strides.
#[derive(Clone, Copy)]
pub(super) struct Place<P> {
    pub(super) first: P,
    pub(super) strides: Strides,
}

/// Shape of a product: (m × k) (k × n).
#[derive(Clone, Copy)]
pub(super) struct Sizes {
    pub(super) m: usize,
    pub(super) n: usize,
    pub(super) k: usize,
}

/// Single and double precision.
pub(super) trait Number: Copy + Zero + One + 'static {
    /// Lends memory of this thread for blocks of rows and of columns.
    fn with_blocks(work: impl FnOnce(&mut Vec<[Self; ROWS]>, &mut Vec<[Self; COLUMNS]>));

    /// Row r of these rows times column q of these columns, at (q, r).
    fn sums(rows: &[[Self; ROWS]], columns: &[[Self; COLUMNS]]) -> [[Self; ROWS]; COLUMNS];
}

macro_rules! number {
    ($number:ty) => {
        impl Number for $number {
            fn with_blocks(work: impl FnOnce(&mut Vec<[Self; ROWS]>, &mut Vec<[Self; COLUMNS]>)) {
                thread_local! {
                    static BLOCKS: RefCell<(Vec<[$number; ROWS]>, Vec<[$number; COLUMNS]>)> = const { RefCell::new((vec![], vec![])) };
                }
                BLOCKS.with_borrow_mut(|(rows, columns)| work(rows, columns));
            }

            fn sums(rows: &[[Self; ROWS]], columns: &[[Self; COLUMNS]]) -> [[Self; ROWS]; COLUMNS] {
                // Not for AVX-512, whose registers the compiler fills so badly that it is thirty times slower.
                #[multiversion(targets("x86_64+avx2", "x86_64+avx", "aarch64+neon"))]
                fn sums(rows: &[[$number; ROWS]], columns: &[[$number; COLUMNS]]) -> [[$number; ROWS]; COLUMNS] {
                    let mut sums = [[0.0; ROWS]; COLUMNS];
                    for (a, b) in rows.iter().zip(columns) {
                        for (sums, b) in sums.iter_mut().zip(b) {
                            for (sum, a) in sums.iter_mut().zip(a) {
                                *sum += a * b;
                            }
                        }
                    }
                    sums
                }
                sums(rows, columns)
            }
        }
    };
}

number!(f32);
number!(f64);

/// C = factor · A B, or C += factor · A B (`add`).
///
/// # Safety
/// The matrices have these sizes and strides, and C overlaps neither A nor B.
pub(super) unsafe fn product<T: Number>(
    Sizes { m, n, k }: Sizes,
    add: bool,
    factor: T,
    c: Place<*mut T>,
    a: Place<*const T>,
    b: Place<*const T>,
) {
    // Blocks of rows of A and of columns of B, side by side, with zeros where a block is not full.
    T::with_blocks(|rows, columns| {
        rows.resize(k, [T::zero(); ROWS]);
        columns.clear();
        columns.resize(k * n.div_ceil(COLUMNS), [T::zero(); COLUMNS]);
        for j in 0..n {
            for p in 0..k {
                // SAFETY: p < k, j < n.
                let value = unsafe { *b.first.offset(offset(b.strides, p, j)) };
                columns[j / COLUMNS * k + p][j % COLUMNS] = value;
            }
        }
        for i in (0..m).step_by(ROWS) {
            let height = ROWS.min(m - i);
            for (p, own) in rows.iter_mut().enumerate() {
                own[height..].fill(T::zero());
                for (r, value) in own[..height].iter_mut().enumerate() {
                    // SAFETY: i + r < m, p < k.
                    *value = unsafe { *a.first.offset(offset(a.strides, i + r, p)) };
                }
            }
            for (block, j) in (0..n).step_by(COLUMNS).enumerate() {
                let sums = T::sums(rows, &columns[block * k..][..k]);
                for (q, own) in sums.iter().enumerate().take(n - j) {
                    for (r, sum) in own.iter().enumerate().take(height) {
                        // SAFETY: i + r < m, j + q < n, and C is ours.
                        let place = unsafe { &mut *c.first.offset(offset(c.strides, i + r, j + q)) };
                        *place = if add { *place + factor * *sum } else { factor * *sum };
                    }
                }
            }
        }
    });
}

/// Where an element stands, counted from the first.
fn offset((row, column): Strides, i: usize, j: usize) -> isize {
    i as isize * row + j as isize * column
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// The definition, one number after the other: whatever the blocks and registers, these are the bits.
        #[test]
        fn every_element_is_the_sum_from_the_first_term_to_the_last(m in 1usize..40, n in 1usize..20, k in 0usize..60, add in any::<bool>()) {
            let number = |salt: usize| move |i: usize| ((i * 7919 + salt * 104_729) % 1009) as f32 / 503.0 - 1.0;
            let a: Vec<f32> = (0..m * k).map(number(1)).collect();
            let b: Vec<f32> = (0..k * n).map(number(2)).collect();
            let before: Vec<f32> = (0..m * n).map(number(3)).collect();
            let mut c = before.clone();
            // A by rows, B and C by columns.
            unsafe {
                product(
                    Sizes { m, n, k },
                    add,
                    0.7,
                    Place { first: c.as_mut_ptr(), strides: (1, m as isize) },
                    Place { first: a.as_ptr(), strides: (k as isize, 1) },
                    Place { first: b.as_ptr(), strides: (1, k as isize) },
                );
            }
            for i in 0..m {
                for j in 0..n {
                    let sum = (0..k).fold(0.0f32, |sum, p| sum + a[i * k + p] * b[p + j * k]);
                    let expected = if add { before[i + j * m] + 0.7 * sum } else { 0.7 * sum };
                    prop_assert_eq!(c[i + j * m].to_bits(), expected.to_bits());
                }
            }
        }
    }
}

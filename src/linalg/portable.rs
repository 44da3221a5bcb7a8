//! Products of the same bits on every processor.
//!
//! An element of C is summed up over k from the first term to the last: each is multiplied, rounded, and added. Nothing is
//! contracted, and elements do not share their sums, so that neither the width of registers nor the blocks below matter.
use multiversion::multiversion;

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

macro_rules! product {
    ($name:ident, $block:ident, $number:ty) => {
        /// C = factor · A B, or C += factor · A B (`add`).
        ///
        /// # Safety
        /// The matrices have these sizes and strides, and C overlaps neither A nor B.
        pub(super) unsafe fn $name(
            Sizes { m, n, k }: Sizes,
            add: bool,
            factor: $number,
            c: Place<*mut $number>,
            a: Place<*const $number>,
            b: Place<*const $number>,
        ) {
            // Blocks of rows of A and of columns of B, side by side, with zeros where a block is not full.
            let mut rows = vec![[0.0; ROWS]; k];
            let mut columns = vec![[0.0; COLUMNS]; k * n.div_ceil(COLUMNS)];
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
                    own[height..].fill(0.0);
                    for (r, value) in own[..height].iter_mut().enumerate() {
                        // SAFETY: i + r < m, p < k.
                        *value = unsafe { *a.first.offset(offset(a.strides, i + r, p)) };
                    }
                }
                for (block, j) in (0..n).step_by(COLUMNS).enumerate() {
                    let sums = $block(&rows, &columns[block * k..][..k]);
                    for (q, own) in sums.iter().enumerate().take(n - j) {
                        for (r, sum) in own.iter().enumerate().take(height) {
                            // SAFETY: i + r < m, j + q < n, and C is ours.
                            let place = unsafe { &mut *c.first.offset(offset(c.strides, i + r, j + q)) };
                            *place = if add { *place + factor * sum } else { factor * sum };
                        }
                    }
                }
            }
        }

        // Not for AVX-512, whose registers the compiler fills so badly that it is twenty times slower.
        #[multiversion(targets("x86_64+avx2", "x86_64+avx", "aarch64+neon"))]
        fn $block(rows: &[[$number; ROWS]], columns: &[[$number; COLUMNS]]) -> [[$number; ROWS]; COLUMNS] {
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
    };
}

product!(product_f32, block_f32, f32);
product!(product_f64, block_f64, f64);

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
                product_f32(
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

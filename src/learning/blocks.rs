//! How the columns of a weight are cut into blocks that are updated together. Blocks depend on the shape of the weight
//! alone, so that results do not depend on the threads.

/// Numbers in a block of columns: a quarter of a megabyte of gradient.
const BLOCK: usize = 1 << 16;

/// Columns of a weight in a block.
pub(super) fn block_columns(stride: usize) -> usize {
    (BLOCK / stride).max(1)
}

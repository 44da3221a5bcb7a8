//! What the columns of a layer of few levels share in one training step, and the writes that it decides on.
use crate::synapse::codebook::Codebook;

/// What all columns of a layer share in one training step.
#[derive(Debug, Clone, Copy)]
pub(super) struct LayerStep<'a> {
    pub codebook: &'a Codebook,
    /// Weight of a level of 1, of every receiving unit.
    pub scale: &'a [f32],
    pub layer: usize,
    pub noise_seed: u64,
    pub step: u64,
}

/// A synapse that is to be written: its place in the storage of the weight, and the number of its new level.
pub(super) type Change = (u32, u8);

/// The synapses of some blocks of columns that are to be written, block after block.
#[derive(Debug)]
pub(super) struct Changes<'a> {
    pub blocks: &'a mut [Vec<Change>],
    /// Columns in a block.
    pub block_columns: usize,
}

impl Changes<'_> {
    /// Cut before column number `at`.
    pub fn split(self, at: usize) -> (Self, Self) {
        let Self { blocks, block_columns } = self;
        let (a, b) = blocks.split_at_mut(at / block_columns);
        (Self { blocks: a, block_columns }, Self { blocks: b, block_columns })
    }

    /// Those of the only block, of which there are none yet.
    pub fn begin(&mut self) -> &mut Vec<Change> {
        let changes = &mut self.blocks[0];
        changes.clear();
        changes
    }
}

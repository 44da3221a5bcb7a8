//! Room for the numbers of a block of columns while their dyads are stepped.
use std::cell::Cell;

/// Numbers of a block of columns of one tile, in one piece of memory that a thread keeps.
#[derive(Default)]
pub(crate) struct Block {
    pub memory: Vec<f32>,
    /// Numbers of each kind.
    pub size: usize,
    pub draws: [Vec<f32>; 2],
}

/// What the numbers of a block are; each kind is units × samples of the block, column after column. Of a kind that is
/// off, [`ZERO`] is read instead.
/// Of s⁺; that of s⁻ comes next, as in all pairs.
pub const A_PLUS: usize = 0;
pub const D_PLUS: usize = 2;
pub const NOISE_PLUS: usize = 4;
pub const NOISE_MINUS: usize = 5;
pub const Z: [usize; 4] = [6, 7, 8, 9];
pub const CLOCK: usize = 10;
/// Never written.
pub const ZERO: usize = 11;
/// c of every dyad, where compartments exchange their roles.
pub const SIGN: usize = 12;
/// What the compartments have in both roles: gain, offset, decay and noise gain.
pub const EXCHANGED: usize = 13;
/// What is expected of the difference without a nudge: c o and c k.
pub const EXPECTED: usize = 21;
/// a + b, where s̄ keeps to it.
pub const DRIVE: usize = 23;
pub const KINDS: usize = 24;

/// Numbers of one kind in a block of whole columns: few enough that all kinds stay in the first cache, many enough that
/// a small layer is not all overhead.
pub const BLOCK: usize = 512;
/// The same where columns are part of larger ones, whose pieces lie far apart: more of them are fetched at once
/// (measured for 1024 units: 13.3 ms a training step with 512, 12.5 with 2048).
pub const BLOCK_OF_PARTS: usize = 2048;

thread_local! {
    static SCRATCH: Cell<Block> = Cell::default();
}

impl Block {
    /// Lends this thread's block, made large enough, to `work`.
    pub fn with(size: usize, work: impl FnOnce(&mut Self)) {
        SCRATCH.with(|cell| {
            let mut block = cell.take();
            if block.size < size {
                // An odd number of cache lines: kinds a multiple of 4 KiB apart would look alike to the processor's
                // check of loads against earlier stores, and wait for each other.
                block.size = (size.max(BLOCK).div_ceil(16) | 1) * 16;
                block.memory = vec![0.0; KINDS * block.size];
            }
            work(&mut block);
            cell.set(block);
        });
    }

    pub fn get(&self, kind: usize) -> &[f32] {
        &self.memory[kind * self.size..][..self.size]
    }

    pub fn get_mut(&mut self, kind: usize) -> &mut [f32] {
        &mut self.memory[kind * self.size..][..self.size]
    }

    /// The signs, and two neighbouring kinds.
    pub fn with_signs(&mut self, first: usize) -> (&[f32], &mut [f32], &mut [f32]) {
        let range = |kind: usize| kind * self.size..(kind + 1) * self.size;
        let [signs, plus, minus] =
            self.memory.get_disjoint_mut([SIGN, first, first + 1].map(range)).expect("kinds are apart");
        (signs, plus, minus)
    }

    /// Two neighbouring kinds.
    pub fn pair_mut(&mut self, first: usize) -> (&mut [f32], &mut [f32]) {
        self.memory[first * self.size..][..2 * self.size].split_at_mut(self.size)
    }
}

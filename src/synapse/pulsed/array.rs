//! An array of pulsed devices: (post × pre), moved by pulse trains or written one by one.
use super::block::{Block, Measured};
use super::config::PulsedDevice;
use super::refresh::refresh;
use super::train::{PulseTrain, Trains};
use crate::device::frozen::{Chip, Frozen, Part};
use crate::linalg::{MatrixView, WeightMatrix};
use crate::persist::{Archive, Damaged};
use crate::random::{Purpose, Stream, stream};
use crate::synapse::counts::WriteTotals;
use rayon::prelude::*;

/// The devices of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct PulsedArray {
    config: PulsedDevice,
    layer: usize,
    post: usize,
    columns: usize,
    /// Device by device of a column; one block, or two of a pair, for this many columns each.
    blocks: Vec<Vec<Block>>,
    noise_seed: u64,
}

/// Devices in a block.
const BLOCK: usize = 1 << 14;
/// Reads whose pulse trains are kept at a time: an array that is read at every place of an image has a great many.
const READS: usize = 1 << 14;

impl PulsedArray {
    /// (post × pre) devices, drawn from the chip seed where they are not measured, at weight 0.
    pub fn draw<'m>(config: &PulsedDevice, chip: impl Into<Chip<'m>>, layer: usize, post: usize, pre: usize) -> Self {
        let chip = chip.into();
        let columns = (BLOCK / post.max(1)).max(1);
        let copies = if config.one_sided_pair.is_some() { 2 } else { 1 };
        let blocks = (0..pre.div_ceil(columns)).into_par_iter().map(|number| {
            let devices = columns.min(pre - number * columns) * post;
            let block = |copy| {
                let first = copy * post * pre + number * columns * post;
                let measured = Measured { part: chip.part(Part::Synapses(layer)), first };
                Block::draw(config, chip.seeds.chip, [layer, copy, number], devices, measured)
            };
            (0..copies).map(block).collect()
        });
        Self { config: config.clone(), layer, post, columns, blocks: blocks.collect(), noise_seed: chip.seeds.noise }
    }

    fn place(&self, i: usize, j: usize) -> (usize, usize) {
        (j / self.columns, j % self.columns * self.post + i)
    }

    /// What was drawn of the devices.
    pub fn frozen(&self) -> Vec<Frozen> {
        let copies = self.blocks.first().map_or(0, Vec::len);
        let mut all: Vec<Frozen> = vec![];
        for block in (0..copies).flat_map(|copy| self.blocks.iter().map(move |pair| &pair[copy])) {
            let own = block.frozen();
            if all.is_empty() {
                all = own;
            } else {
                all.iter_mut().zip(own).for_each(|(all, own)| all.numbers.extend(own.numbers));
            }
        }
        all
    }

    /// Bytes that this takes.
    pub fn frozen_bytes(&self) -> usize {
        self.blocks.iter().flatten().map(Block::frozen_bytes).sum()
    }

    /// The weight of the device at row i and column j, as read.
    pub fn read(&self, i: usize, j: usize) -> f32 {
        let (block, device) = self.place(i, j);
        read(&self.blocks[block], device)
    }

    /// Brings every device to its entry of `weight` over its entry of `scale` (one for each row), without pulses.
    pub fn set(&mut self, weight: &WeightMatrix, scale: &[f32]) {
        let (post, columns) = (self.post, self.columns);
        let weight = weight.view();
        for (b, pair) in self.blocks.iter_mut().enumerate() {
            for device in 0..pair[0].state.len() {
                let (i, j) = (device % post, b * columns + device / post);
                let w = weight[(i, j)] / scale[i];
                let one_sided = pair.len() == 2;
                pair[0].set(&self.config, device, if one_sided { w.max(0.0) } else { w });
                if one_sided {
                    pair[1].set(&self.config, device, (-w).max(0.0));
                }
            }
        }
    }

    /// Writes what is read times its entry of `scale` into `weight`.
    pub fn read_into(&self, weight: &mut WeightMatrix, scale: &[f32]) {
        let (post, stride) = (self.post, weight.stride());
        let storage = weight.padded_slice_mut();
        storage.par_chunks_mut(stride * self.columns).zip(&self.blocks).for_each(|(storage, pair)| {
            for (c, column) in storage.chunks_exact_mut(stride).enumerate() {
                let own = c * post..(c + 1) * post;
                let weights = column[..post].iter_mut().zip(scale);
                match &pair[..] {
                    [plus, minus] => {
                        let read = plus.read[own.clone()].iter().zip(&minus.read[own]);
                        weights.zip(read).for_each(|((w, scale), (plus, minus))| *w = scale * (plus - minus));
                    }
                    _ => weights.zip(&pair[0].read[own]).for_each(|((w, scale), read)| *w = scale * read),
                }
            }
        });
    }

    /// `count` steps up or down of the device at row i and column j.
    pub fn pulse(&mut self, i: usize, j: usize, up: bool, count: u32, draw: &mut Stream) {
        let (block, device) = self.place(i, j);
        pulse(&self.config, &mut self.blocks[block], device, up, count, draw);
    }

    /// Changes the weights by about η Σ_b d_b x_bᵀ, read after read: `d` (row × read), `x` (column × read). Returns the
    /// pulses that met, and the times at which any could.
    pub fn update(&mut self, d: MatrixView, x: MatrixView, rate: f32, train: &PulseTrain, step: u64) -> WriteTotals {
        let mut all = WriteTotals::default();
        for first in (0..d.ncols()).step_by(READS) {
            all += self.update_by_piece(d, x, first, rate, train, step);
        }
        all
    }

    /// The same for the reads of a piece, from `first` on.
    fn update_by_piece(
        &mut self,
        d: MatrixView,
        x: MatrixView,
        first: usize,
        rate: f32,
        train: &PulseTrain,
        step: u64,
    ) -> WriteTotals {
        let (layer, seed, post, columns) = (self.layer as u64, self.noise_seed, self.post, self.columns);
        let granularity = self.config.granularity() as f32;
        let trains: Vec<_> = (first..d.ncols().min(first + READS))
            .into_par_iter()
            .map(|b| {
                let mut draw = stream(seed, Purpose::SynapseWrite, &[layer, step, 2, b as u64]);
                train.trains(d.column(b).as_slice(), x.column(b).as_slice(), rate, granularity, &mut draw)
            })
            .collect();
        let config = &self.config;
        let moments = trains.iter().flatten().map(Trains::moments).sum();
        let writes = self
            .blocks
            .par_iter_mut()
            .enumerate()
            .map(|(number, pair)| {
                let key = [layer, step, 3, number as u64, first as u64];
                let mut draw = stream(seed, Purpose::SynapseWrite, if first == 0 { &key[..4] } else { &key });
                let mut pulses = 0;
                for c in 0..pair[0].state.len() / post {
                    let j = number * columns + c;
                    for train in trains.iter().flatten().filter(|train| !train.column_is_silent(j)) {
                        train.for_each_meeting(j, |i, count| {
                            pulses += u64::from(count);
                            pulse(config, pair, c * post + i, train.is_up(i, j), count, &mut draw);
                        });
                    }
                }
                pulses
            })
            .sum();
        WriteTotals { writes, flips: 0, moments }
    }

    /// What the devices do by themselves after the mini-batch of training step `step`; whether they do anything.
    pub fn pass_time(&mut self, step: u64) -> bool {
        let PulsedDevice { decay, diffusion, one_sided_pair, .. } = &self.config;
        if decay.is_none() && diffusion.is_none() && one_sided_pair.is_none() {
            return false;
        }
        let (layer, seed, post, config) = (self.layer as u64, self.noise_seed, self.post, &self.config);
        self.blocks.par_iter_mut().enumerate().for_each(|(number, pair)| {
            let mut draw = stream(seed, Purpose::SynapseWrite, &[layer, step, 4, number as u64]);
            pair.iter_mut().for_each(|block| block.pass_time(&mut draw));
            refresh(config, pair, post, &mut draw);
        });
        true
    }

    /// Pulses of every device, block after block.
    pub fn counts(&self) -> Vec<u32> {
        self.blocks.iter().flatten().flat_map(|block| block.pulses.iter().copied()).collect()
    }

    /// Hands states, weights as read, and pulses (which the archive calls `pulses`) to an archive.
    ///
    /// # Errors
    /// As [`crate::persist::Persist::persist`].
    pub fn persist(&mut self, pulses: &str, archive: &mut Archive) -> Result<(), Damaged> {
        let blocks = self.blocks.iter_mut().flatten();
        archive.pieces("device", blocks.flat_map(|block| [&mut block.state[..], &mut block.read[..]]))?;
        archive.pieces(pulses, self.blocks.iter_mut().flatten().map(|block| &mut block.pulses[..]))
    }
}

fn read(pair: &[Block], device: usize) -> f32 {
    match pair {
        [plus, minus] => plus.read[device] - minus.read[device],
        _ => pair[0].read[device],
    }
}

fn pulse(config: &PulsedDevice, pair: &mut [Block], device: usize, up: bool, count: u32, draw: &mut Stream) {
    match pair {
        [plus, minus] => if up { plus } else { minus }.pulse(config, device, true, count, draw),
        _ => pair[0].pulse(config, device, up, count, draw),
    }
}

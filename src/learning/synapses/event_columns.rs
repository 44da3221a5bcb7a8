//! Events of the local signal at synapses without a latent value.
use super::latent_columns::Change;
use crate::random::{NormalStream, Purpose, key};
use crate::synapse::codebook::Codebook;
use std::cell::RefCell;

/// Counters of a block of columns.
#[derive(Debug)]
pub(in crate::learning) struct EventColumns<'a> {
    /// Events upwards minus events downwards since the synapse moved last; empty where every event moves it.
    pub counters: &'a mut [i8],
    /// Levels held.
    pub held: &'a [u8],
    /// Synapses to be written, block after block.
    pub changes: &'a mut [Vec<Change>],
    /// Columns in a block.
    pub block_columns: usize,
    pub shared: EventShared<'a>,
}

/// What all columns of a layer share.
#[derive(Debug, Clone, Copy)]
pub(in crate::learning) struct EventShared<'a> {
    /// η.
    pub rate: f32,
    pub threshold: i8,
    pub codebook: &'a Codebook,
    pub scale: &'a [f32],
    pub layer: usize,
    pub noise_seed: u64,
    pub step: u64,
}

impl EventColumns<'_> {
    pub fn split(self, at: usize, stride: usize) -> (Self, Self) {
        let Self { counters, held, changes, block_columns, shared } = self;
        let places = at * stride;
        let (na, nb) = counters.split_at_mut(places.min(counters.len()));
        let (ha, hb) = held.split_at(places);
        let (ca, cb) = changes.split_at_mut((at / block_columns).min(changes.len()));
        let part = |counters, held, changes| EventColumns { counters, held, changes, block_columns, shared };
        (part(na, ha, ca), part(nb, hb, cb))
    }

    /// The events of the block that begins at column `start`, whose gradient is `g`. Returns whether that is finite.
    pub fn update(&mut self, g: &[f32], post: usize, stride: usize, start: usize) -> bool {
        thread_local!(static UNIFORM: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        let EventShared { rate, scale, layer, noise_seed, step, .. } = self.shared;
        self.changes[0].clear();
        UNIFORM.with_borrow_mut(|uniform| {
            uniform.resize(g.len(), 0.0);
            let key = key(noise_seed, Purpose::SynapseRule, &[layer as u64, step, start as u64]);
            NormalStream::new(key).fill_uniform(uniform);
            let mut finite = true;
            for (j, (g, u)) in g.chunks_exact(post).zip(uniform.chunks_exact(post)).enumerate() {
                for (i, ((&g, &u), scale)) in g.iter().zip(u).zip(scale).enumerate() {
                    finite &= g.is_finite();
                    if u + 0.5 < rate * scale * g.abs() {
                        self.event(j * stride + i, start * stride, g < 0.0);
                    }
                }
            }
            finite
        })
    }

    /// One event at a place of the block, which begins at `first`.
    fn event(&mut self, place: usize, first: usize, up: bool) {
        if let Some(counter) = self.counters.get_mut(place) {
            *counter += if up { 1 } else { -1 };
            if counter.abs() < self.shared.threshold {
                return;
            }
            *counter = 0;
        }
        let held = self.held[place];
        let code = self.shared.codebook.neighbour(held, up);
        if code != held {
            self.changes[0].push(((first + place) as u32, code));
        }
    }
}

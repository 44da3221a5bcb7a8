//! Events of the local signal at synapses without a latent value.
use super::layer_step::{Changes, LayerStep};
use crate::random::{NormalStream, Purpose, key};
use std::cell::RefCell;

/// Counters of a block of columns.
#[derive(Debug)]
pub(in crate::learning) struct EventColumns<'a> {
    /// Events upwards minus events downwards since the synapse moved last; empty where every event moves it.
    pub(super) counters: &'a mut [i8],
    /// Levels held.
    pub(super) held: &'a [u8],
    pub(super) changes: Changes<'a>,
    pub(super) rule: EventLayer<'a>,
}

/// The rule of a layer in one training step.
#[derive(Debug, Clone, Copy)]
pub(super) struct EventLayer<'a> {
    pub layer: LayerStep<'a>,
    /// η.
    pub rate: f32,
    pub threshold: i8,
}

impl EventColumns<'_> {
    pub fn split(self, at: usize, stride: usize) -> (Self, Self) {
        let Self { counters, held, changes, rule } = self;
        let places = at * stride;
        let (na, nb) = counters.split_at_mut(places.min(counters.len()));
        let (ha, hb) = held.split_at(places);
        let (ca, cb) = changes.split(at);
        let part = |counters, held, changes| EventColumns { counters, held, changes, rule };
        (part(na, ha, ca), part(nb, hb, cb))
    }

    /// The events of the block that begins at column `start`, whose gradient is `g`. Returns whether that is finite.
    pub fn update(&mut self, g: &[f32], post: usize, stride: usize, start: usize) -> bool {
        thread_local!(static UNIFORM: RefCell<Vec<f32>> = const { RefCell::new(Vec::new()) });
        let EventLayer { layer, rate, .. } = self.rule;
        self.changes.begin();
        UNIFORM.with_borrow_mut(|uniform| {
            uniform.resize(g.len(), 0.0);
            let key = key(layer.noise_seed, Purpose::SynapseRule, &[layer.layer as u64, layer.step, start as u64]);
            NormalStream::new(key).fill_uniform(uniform);
            let mut finite = true;
            for (j, (g, u)) in g.chunks_exact(post).zip(uniform.chunks_exact(post)).enumerate() {
                for (i, ((&g, &u), scale)) in g.iter().zip(u).zip(layer.scale).enumerate() {
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
            if counter.abs() < self.rule.threshold {
                return;
            }
            *counter = 0;
        }
        let held = self.held[place];
        let code = self.rule.layer.codebook.neighbour(held, up);
        if code != held {
            self.changes.blocks[0].push(((first + place) as u32, code));
        }
    }
}

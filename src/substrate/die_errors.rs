//! Errors of backprop on a die: e = f′(v) ⊙ d, with d as it has arrived through the feedback array.
//!
//! | symbol | what |
//! |---|---|
//! | d | B ê as received: the errors ê as those above have sent them, with the noise and the converters of the read |
//! | v | membrane of the forward pass, with mismatch and noise of the unit ([`mod@super::step`]) |
//! | f′(v) | 0 where a rail holds the state |
//!
//! A unit knows its own membrane, but neither its gain g nor its offset, so g is no factor of its error. Synapses learn from
//! e as it is before it is sent on. At the outputs e = ∂ℓ/∂a − t, with the noise t of the teacher's signal.
use super::block::{BLOCK, Block, D_PLUS};
use super::die::Die;
use super::die_tile::{DieTile, V_PLUS};
use super::source::Source;
use crate::device::noise_key::NoiseKey;
use crate::dynamics::Activation;
use crate::dynamics::activation::{Transfer, with_transfer};

/// Errors of one hidden population.
pub(super) struct ErrorStep<'a> {
    pub die: &'a Die,
    pub key: NoiseKey,
    pub activation: Activation,
    /// From which the errors of those above arrive.
    pub feedback: Source<'a>,
}

impl ErrorStep<'_> {
    /// Makes the errors of the tile.
    pub fn apply(&self, tile: &mut DieTile) {
        let (units, all) = (tile.units(), tile.samples());
        let columns = (BLOCK / units).clamp(1, all.max(1));
        let key = NoiseKey { first_unit: tile.first_unit, first_sample: tile.first_sample, ..self.key };
        Block::with(columns * units, |block| {
            let buffer = std::mem::take(&mut block.draws[1]);
            let mut draws = self.die.feedback.read_draws(&key, columns * units, buffer);
            for first in (0..all).step_by(columns) {
                let samples = first..(first + columns).min(all);
                self.feedback.receive(&key, tile, samples.clone(), &mut draws, block);
                let arrived = &block.get(D_PLUS)[..samples.len() * units];
                let membrane = tile.circuits[V_PLUS].as_ref().expect("a die without dyads keeps its membranes");
                let membrane = membrane.columns(samples.start, samples.len());
                let mut errors = tile.difference.columns_mut(samples.start, samples.len());
                let columns = errors.column_iter_mut().zip(membrane.column_iter()).zip(arrived.chunks_exact(units));
                with_transfer!(self.activation, |f| for ((mut e, v), d) in columns {
                    self.descend(f, e.as_mut_slice(), v.as_slice(), d);
                });
            }
            block.draws[1] = draws.into_buffer();
        });
    }

    fn descend<F: Transfer>(&self, f: F, e: &mut [f32], v: &[f32], d: &[f32]) {
        let (low, high) = self.die.rails;
        for ((e, &v), d) in e.iter_mut().zip(v).zip(d) {
            let s = f.value(v);
            let slope = if s < low || s > high { 0.0 } else { f.derivative(v) };
            *e = slope * d;
        }
    }
}

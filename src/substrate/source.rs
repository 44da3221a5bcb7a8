//! From which arrays a population of a die receives, and what it receives of them.
use super::arrivals::Arrival;
use super::block::{A_PLUS, Block, D_PLUS};
use super::die_tile::{DRIVE_VARIANCE, DieTile, FEEDBACK_VARIANCE};
use super::placed::Received;
use crate::crossbar::periphery::{Draws, Side};
use crate::crossbar::read::Products;
use crate::device::noise_key::NoiseKey;
use std::ops::Range;

/// From which a population receives.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    /// An array whose products are read for each tile.
    Array(&'a Arrival<'a>),
    /// Arrays that were read at places before.
    Places(Side, &'a Received),
}

impl Source<'_> {
    /// a± or d± of these samples of the tile, without the bias.
    pub fn receive(self, key: &NoiseKey, tile: &DieTile, samples: Range<usize>, draws: &mut Draws, block: &mut Block) {
        let arrival = match self {
            Self::Array(arrival) => arrival,
            Self::Places(side, received) => {
                let (plus, minus) = block.pair_mut(if side == Side::Forward { A_PLUS } else { D_PLUS });
                let units = tile.units();
                for (at, j) in samples.enumerate() {
                    let own = at * units..(at + 1) * units;
                    let first = (tile.first_sample + j) * received.plus.nrows() + tile.first_unit;
                    plus[own.clone()].copy_from_slice(&received.plus.as_slice()[first..][..units]);
                    minus[own].copy_from_slice(&received.minus.as_slice()[first..][..units]);
                }
                return;
            }
        };
        let (products, variance, kind) = match arrival.crossbar.periphery.side {
            Side::Forward => (&tile.drive, &tile.circuits[DRIVE_VARIANCE], A_PLUS),
            Side::Feedback => (&tile.feedback, &tile.circuits[FEEDBACK_VARIANCE], D_PLUS),
        };
        let products = Products {
            y: products.columns(samples.start, samples.len()),
            variance: variance.as_ref().map(|variance| variance.columns(samples.start, samples.len())),
            lines: arrival.lines,
            first_sample: tile.first_sample + samples.start,
            number: tile.first_sample + samples.start,
        };
        let (plus, minus) = block.pair_mut(kind);
        arrival.crossbar.receive(key, &products, draws, plus, minus);
    }
}

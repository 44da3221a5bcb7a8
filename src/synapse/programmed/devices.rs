//! What is frozen in the devices of a layer: how their drift differs, and where they are stuck.
use super::config::ProgrammedSynapses;
use super::event::{ProgrammingEvent, block_length};
use super::law::DeviceLaw;
use crate::device::frozen::{Frozen, FrozenRule, MeasuredPart};
use crate::vocabulary::Term;
use crate::vocabulary::device::{DRIFT_DEVIATION, STUCK, stuck};

/// Numbers of the devices of a layer, plane after plane, in each of them column after column; empty where there is nothing of
/// the kind, or nothing measured.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct FrozenDevices {
    /// Normals of the drift.
    pub drift: Vec<f32>,
    /// Codes of where devices are stuck.
    pub stuck: Vec<u8>,
}

/// Which devices of a layer share a stream.
#[derive(Debug, Clone, Copy)]
pub(super) struct Block {
    pub index: usize,
    /// Synapses before it, and in the whole layer.
    pub first: usize,
    pub synapses: usize,
}

impl FrozenDevices {
    /// What is measured of a layer.
    pub fn measured(part: MeasuredPart) -> Self {
        let numbers = |term: &Term| part.numbers(term).unwrap_or_default();
        Self {
            drift: numbers(&DRIFT_DEVIATION).iter().map(|&x| x as f32).collect(),
            stuck: numbers(&STUCK).iter().map(|&x| x as u8).collect(),
        }
    }

    /// What the chip draws of the devices of a block, plane after plane of the block.
    pub(super) fn of_block(law: &DeviceLaw, event: ProgrammingEvent, block: usize, devices: usize) -> Self {
        let drift = if law.drift_is_frozen() { event.frozen_drifts(block, devices) } else { vec![] };
        let chances = if law.can_be_stuck() { event.chances(block, devices) } else { vec![] };
        Self { drift, stuck: chances.into_iter().map(|chance| law.stuck_code(chance)).collect() }
    }

    /// What a layer of this shape has, be it measured or drawn.
    pub fn frozen(&self, config: &ProgrammedSynapses, event: ProgrammingEvent, shape: (usize, usize)) -> Vec<Frozen> {
        let law = config.law();
        let (synapses, length, planes) = (shape.0 * shape.1, block_length(shape), 2 * config.pairs());
        let mut own = Self::default();
        if law.drift_is_frozen() {
            own.drift = vec![0.0; planes * synapses];
        }
        if law.can_be_stuck() {
            own.stuck = vec![stuck::FREE; planes * synapses];
        }
        for (index, first) in (0..synapses).step_by(length).enumerate() {
            let n = length.min(synapses - first);
            let block = Self::of_block(&law, event, index, planes * n);
            for plane in 0..planes {
                let (to, from) = (plane * synapses + first, plane * n);
                put(&mut own.drift, to, block.drift.iter().skip(from).take(n));
                put(&mut own.stuck, to, block.stuck.iter().skip(from).take(n));
            }
        }
        put(&mut own.drift, 0, self.drift.iter());
        put(&mut own.stuck, 0, self.stuck.iter());
        let drift = own.drift.into_iter().map(f64::from).collect();
        let stuck = own.stuck.into_iter().map(f64::from).collect();
        let mut all = vec![
            Frozen { term: DRIFT_DEVIATION, rule: FrozenRule::Finite, numbers: drift },
            Frozen { term: STUCK, rule: FrozenRule::Code(&stuck::ALL[..3]), numbers: stuck },
        ];
        all.retain(|own| !own.numbers.is_empty());
        all
    }
}

/// Writes numbers from a place on, if there are any.
fn put<'n, T: Copy + 'n>(own: &mut [T], to: usize, numbers: impl Iterator<Item = &'n T>) {
    own.iter_mut().skip(to).zip(numbers).for_each(|(own, x)| *own = *x);
}

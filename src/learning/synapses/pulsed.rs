//! Synapses that are pulsed devices: every update is made of pulses.
use super::columns::{Columns, LayerColumns};
use super::kind::{Histograms, SynapseKind};
use crate::credit::gradient::LocalGradient;
use crate::device::frozen::{Chip, Frozen};
use crate::network::{Network, Projection};
use crate::persist::{Archive, Damaged, Persist};
use crate::synapse::counts::{BINS, WriteTotals, histogram};
use crate::synapse::pulsed::array::PulsedArray;
use crate::synapse::pulsed::synapses::PulsedSynapses;
use crate::synapse::pulsed::train::PulseTrain;

/// The synapses of all projections that have any.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulsed {
    /// The devices of every projection, and the weight of a device at 1 for every receiving unit.
    layers: Vec<(PulsedArray, Vec<f32>)>,
    train: PulseTrain,
    totals: Vec<WriteTotals>,
}

impl Pulsed {
    /// Devices brought to `weights` as far as their bounds go, and the weights that they then hold.
    pub fn new<'m>(config: &PulsedSynapses, weights: &mut Network, chip: impl Into<Chip<'m>>) -> Self {
        let chip = chip.into();
        let mut layers = vec![];
        for (k, layer) in weights.with_synapses_mut() {
            let weight = &mut layer.weight;
            let scale = config.scale.fixed(weight.pre()).unwrap_or(1.0);
            let mut array = PulsedArray::draw(&config.device, chip, k, weight.post(), weight.pre());
            let scales = vec![scale; weight.post()];
            array.set(weight, &scales);
            array.read_into(weight, &scales);
            layers.push((array, scales));
        }
        let totals = vec![WriteTotals::default(); layers.len()];
        Self { layers, train: config.train, totals }
    }
}

impl SynapseKind for Pulsed {
    fn descended_numbers(&self) -> usize {
        0
    }

    /// The pulses of training step `step`: Δw ≈ −η ∂ℓ/∂w, stimulus after stimulus. Returns whether the local signals are
    /// finite.
    fn learn(&mut self, weights: &mut Network, gradient: &LocalGradient, rate: f64, step: u64) -> bool {
        let mut finite = true;
        let layers = self.layers.iter_mut().zip(&mut self.totals).zip(weights.with_synapses_mut());
        for (((array, scale), totals), (k, layer)) in layers {
            let (factor, [difference, below]) = gradient.factors(k);
            let (difference, below) = (difference.view(), below.view());
            finite &= difference.iter().chain(below.iter()).all(|x| x.is_finite());
            // d carries the sign of descent and the scale; the factor is that of the mini-batch.
            let d = difference * (-factor * scale[0]);
            *totals += array.update(d.as_view(), below, rate as f32, &self.train, step);
            array.pass_time(step);
            array.read_into(&mut layer.weight, scale);
        }
        finite
    }

    fn columns(&mut self, layers: &[Projection], _rate: f64, _step: u64) -> LayerColumns<'_> {
        layers.iter().map(|_| Columns::Elsewhere).collect()
    }

    fn frozen(&self, index: usize) -> Vec<Frozen> {
        self.layers[index].0.frozen()
    }

    fn frozen_bytes(&self) -> usize {
        self.layers.iter().map(|(array, _)| array.frozen_bytes()).sum()
    }

    fn take_totals(&mut self) -> Vec<WriteTotals> {
        self.totals.iter_mut().map(std::mem::take).collect()
    }

    fn histograms(&self, _weights: &Network) -> Vec<Histograms> {
        let of_layer = |(array, _): &(PulsedArray, Vec<f32>)| Histograms {
            writes: histogram(array.counts().into_iter()),
            flips: [0; BINS],
        };
        self.layers.iter().map(of_layer).collect()
    }
}

impl Persist for Pulsed {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        (1..)
            .zip(&mut self.layers)
            .try_for_each(|(k, (array, _))| archive.group(k, |archive| array.persist("pulses", archive)))
    }
}

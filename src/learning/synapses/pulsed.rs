//! Synapses that are pulsed devices: every update is made of pulses.
use super::Register;
use crate::network::Weights;
use crate::network::gradient::LocalGradient;
use crate::random::Seeds;
use crate::synapse::counts::WriteTotals;
use crate::synapse::pulsed::array::PulsedArray;
use crate::synapse::pulsed::config::PulsedSynapses;
use crate::synapse::pulsed::train::PulseTrain;

/// The synapses of all layers.
#[derive(Debug, Clone, PartialEq)]
pub struct Pulsed {
    /// The devices of every layer, and the weight of a device at 1 for every receiving unit.
    layers: Vec<(PulsedArray, Vec<f32>)>,
    train: PulseTrain,
    totals: Vec<WriteTotals>,
}

impl Pulsed {
    /// Devices brought to `weights` as far as their bounds go, and the weights that they then hold.
    pub fn new(config: &PulsedSynapses, weights: &mut Weights, seeds: Seeds) -> Self {
        let mut layers = vec![];
        for (k, layer) in weights.layers_mut().iter_mut().enumerate() {
            let weight = &mut layer.weight;
            let scale = config.scale.fixed(weight.pre()).unwrap_or(1.0);
            let mut array = PulsedArray::draw(&config.device, seeds, k + 1, weight.post(), weight.pre());
            let scales = vec![scale; weight.post()];
            array.set(weight, &scales);
            array.read_into(weight, &scales);
            layers.push((array, scales));
        }
        let totals = vec![WriteTotals::default(); layers.len()];
        Self { layers, train: config.train, totals }
    }

    /// The pulses of training step `step`: Δw ≈ −η ∂ℓ/∂w, stimulus after stimulus. Returns whether the local signals are
    /// finite.
    pub(super) fn learn(&mut self, weights: &mut Weights, gradient: &LocalGradient, rate: f64, step: u64) -> bool {
        let mut finite = true;
        for (k, (array, scale)) in self.layers.iter_mut().enumerate() {
            let (factor, difference, below) = gradient.factors(k + 1);
            finite &= difference.iter().chain(below.iter()).all(|x| x.is_finite());
            // d carries the sign of descent and the scale; the factor is that of the mini-batch.
            let d = difference * (-factor * scale[0]);
            let pulses = array.update(d.as_view(), below, rate as f32, &self.train, step);
            self.totals[k].writes += pulses;
            array.pass_time(step);
            array.read_into(&mut weights.layers_mut()[k].weight, scale);
        }
        finite
    }

    /// Pulses of every layer since this was asked last.
    pub(super) fn take_totals(&mut self) -> Vec<WriteTotals> {
        self.totals.iter_mut().map(std::mem::take).collect()
    }

    /// Pulses of every device, layer by layer.
    pub fn pulses(&self) -> impl Iterator<Item = Vec<u32>> {
        self.layers.iter().map(|(array, _)| array.counts())
    }

    pub(super) fn registers(&self) -> Vec<(String, Register)> {
        let of_layer = |(k, (array, _)): (usize, &(PulsedArray, Vec<f32>))| {
            [
                (format!("synapses/{}/device", k + 1), Register::Numbers(array.registers())),
                (format!("synapses/{}/pulses", k + 1), Register::Counts(array.counts())),
            ]
        };
        self.layers.iter().enumerate().flat_map(of_layer).collect()
    }

    pub(super) fn restore(&mut self, registers: Vec<Register>) {
        for ((array, _), pair) in self.layers.iter_mut().zip(registers.chunks_exact(2)) {
            let [Register::Numbers(states), Register::Counts(pulses)] = pair else { panic!("states and pulses") };
            array.restore(states, pulses);
        }
    }
}

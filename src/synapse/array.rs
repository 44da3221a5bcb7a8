//! The synapses of one layer: which level each was told to hold, what its device made of it, and how often it was
//! written.
use super::codebook::Codebook;
use super::counts::{WriteCounts, WriteTotals};
use super::devices::Devices;
use super::level_array::LevelArray;
use super::quantised::Quantised;
use super::scale::{ScaleGroup, WeightScale};
use crate::device::frozen::{Chip, Frozen};
use crate::linalg::WeightMatrix;
use crate::math;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::{Purpose, Stream, stream};
use rand::RngExt;

/// The synapses of one layer. Every vector over synapses is in the storage order of the layer's weight.
#[derive(Debug, Clone, PartialEq)]
pub struct SynapseArray {
    codebook: Codebook,
    scale_rule: WeightScale,
    /// Weight of a level of 1, of every receiving unit.
    scale: Vec<f32>,
    layer: usize,
    /// Number of the level that was last written with success.
    held: Vec<u8>,
    devices: Devices,
    counts: WriteCounts,
    /// Since [`Self::take_totals`].
    totals: WriteTotals,
    noise_seed: u64,
}

/// Step of the writes before training.
const BEFORE_TRAINING: u64 = u64::MAX;

impl SynapseArray {
    /// The devices of layer `layer` (from 1), drawn from the chip seed where they are not measured. Nothing is written yet.
    pub fn new<'m>(
        config: &Quantised<'_>,
        layer: usize,
        weight: &WeightMatrix,
        latent: &[f32],
        chip: impl Into<Chip<'m>>,
    ) -> Self {
        let chip = chip.into();
        let places = weight.stride() * weight.pre();
        let mut array = Self {
            codebook: config.codebook.clone(),
            scale_rule: config.scale,
            scale: vec![config.scale.fixed(weight.pre()).unwrap_or(1.0); weight.post()],
            layer,
            held: vec![0; places],
            devices: Devices::draw(config, layer, weight, chip),
            counts: WriteCounts::zeros(places),
            totals: WriteTotals::default(),
            noise_seed: chip.seeds.noise,
        };
        array.follow_latent(weight.post(), weight.stride(), latent);
        array
    }

    /// The levels.
    pub fn codebook(&self) -> &Codebook {
        &self.codebook
    }

    /// Weight of a level of 1, of every receiving unit.
    pub fn scale(&self) -> &[f32] {
        &self.scale
    }

    /// Whether the scale follows the latent values.
    pub fn scale_is_learnt(&self) -> bool {
        matches!(self.scale_rule, WeightScale::MeanLatent(_))
    }

    /// Number of the level that every synapse was last told to hold.
    pub fn held(&self) -> &[u8] {
        &self.held
    }

    /// How often every synapse was written.
    pub fn counts(&self) -> &WriteCounts {
        &self.counts
    }

    /// What was drawn of the devices.
    pub fn frozen(&self) -> Vec<Frozen> {
        self.devices.frozen()
    }

    /// Bytes that this takes.
    pub fn frozen_bytes(&self) -> usize {
        self.devices.frozen_bytes()
    }

    /// Writes and flips since this was asked last.
    pub fn take_totals(&mut self) -> WriteTotals {
        std::mem::take(&mut self.totals)
    }

    /// Brings every synapse to the level nearest to its latent value, without failures and without counting: the state
    /// in which a chip is delivered, or in which weights that were trained elsewhere are put onto it (`deployment`
    /// tells one such time from another).
    pub fn deliver(&mut self, latent: &[f32], deployment: Option<u64>, weight: &mut WeightMatrix) {
        let index = deployment.unwrap_or(BEFORE_TRAINING);
        let mut draw = self.draws(BEFORE_TRAINING, index);
        self.codebook.codes(latent, &mut self.held);
        if !self.devices.is_ideal() {
            for i in places(weight) {
                self.devices.set(i, self.codebook.value(self.held[i]), 0, &mut draw);
            }
        }
        self.rewrite(weight, 0);
    }

    /// Writes the level with the given number into every synapse that is named, in training step `step`.
    pub fn program(&mut self, changed: impl Iterator<Item = (u32, u8)>, step: u64, weight: &mut WeightMatrix) {
        let mut draw = self.draws(step, 0);
        let stride = weight.stride();
        let w = weight.padded_slice_mut();
        for (i, code) in changed {
            let i = i as usize;
            let value = self.codebook.value(code);
            let (attempts, worked) = self.devices.write(i, value, self.counts.writes[i], step, &mut draw);
            self.counts.writes[i] = self.counts.writes[i].saturating_add(attempts);
            self.totals.writes += u64::from(attempts);
            self.totals.moments += u64::from(attempts);
            if worked {
                self.hold(i, code);
                w[i] = self.scale[i % stride] * self.devices.read(i, value, step);
            }
        }
    }

    fn hold(&mut self, i: usize, code: u8) {
        if self.held[i] != code {
            self.held[i] = code;
            self.counts.flips[i] = self.counts.flips[i].saturating_add(1);
            self.totals.flips += 1;
        }
    }

    /// What the devices do by themselves in training step `step`, after its writes.
    pub fn pass_time(&mut self, step: u64, weight: &mut WeightMatrix) {
        let rate = self.devices.flip_rate();
        if rate > 0.0 {
            let mut draw = stream(self.noise_seed, Purpose::SynapseWrite, &[self.layer as u64, step, 1]);
            let (post, stride, n) = (weight.post(), weight.stride(), weight.post() * weight.pre());
            let w = weight.padded_slice_mut();
            // Only the synapses that move are drawn: the gaps between them are geometric.
            let mut next = gap(rate, &mut draw);
            while next < n as f64 {
                let place = next as usize;
                let i = place / post * stride + place % post;
                let up = draw.random::<bool>();
                let code = match self.codebook.neighbour(self.held[i], up) {
                    same if same == self.held[i] => self.codebook.neighbour(self.held[i], !up),
                    other => other,
                };
                let value = self.codebook.value(code);
                self.devices.set(i, value, step, &mut draw);
                w[i] = self.scale[i % stride] * self.devices.read(i, value, step);
                self.held[i] = code;
                next += 1.0 + gap(rate, &mut draw);
            }
        }
        if self.devices.pass_time(step) {
            self.rewrite(weight, step + 1);
        }
    }

    /// Takes the scale that the latent values ask for.
    pub fn follow_latent(&mut self, post: usize, stride: usize, latent: &[f32]) {
        let WeightScale::MeanLatent(mean) = self.scale_rule else { return };
        let mut sums = vec![0.0f64; post];
        for column in latent.chunks_exact(stride) {
            sums.iter_mut().zip(column).for_each(|(sum, x)| *sum += f64::from(x.abs()));
        }
        let pre = (latent.len() / stride) as f64;
        match mean.per {
            ScaleGroup::Layer => self.scale.fill((sums.iter().sum::<f64>() / (pre * post as f64)) as f32),
            ScaleGroup::OutputUnit => {
                self.scale.iter_mut().zip(sums).for_each(|(scale, sum)| *scale = (sum / pre) as f32);
            }
        }
    }

    /// Reads every device into the weight, in training step `step`.
    pub fn rewrite(&self, weight: &mut WeightMatrix, step: u64) {
        let (post, stride) = (weight.post(), weight.stride());
        for (j, column) in weight.padded_slice_mut().chunks_exact_mut(stride).enumerate() {
            for (i, (w, scale)) in column[..post].iter_mut().zip(&self.scale).enumerate() {
                let place = j * stride + i;
                *w = scale * self.devices.read(place, self.codebook.value(self.held[place]), step);
            }
        }
    }

    /// The weight if every device held exactly the level nearest to its latent value; without latent values, the level
    /// that was last written.
    pub fn rewrite_ideal(&self, latent: Option<&[f32]>, weight: &mut WeightMatrix) {
        let (post, stride) = (weight.post(), weight.stride());
        for (j, column) in weight.padded_slice_mut().chunks_exact_mut(stride).enumerate() {
            for (i, (w, scale)) in column[..post].iter_mut().zip(&self.scale).enumerate() {
                let place = j * stride + i;
                let code = latent.map_or(self.held[place], |latent| self.codebook.code(latent[place]));
                *w = scale * self.codebook.value(code);
            }
        }
    }

    fn draws(&self, step: u64, what: u64) -> Stream {
        stream(self.noise_seed, Purpose::SynapseWrite, &[self.layer as u64, step, what])
    }
}

impl Persist for SynapseArray {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array("held", &mut self.held)?;
        archive.array("writes", &mut self.counts.writes)?;
        archive.array("flips", &mut self.counts.flips)?;
        archive.array("scale", &mut self.scale)?;
        self.totals.persist(archive)?;
        self.devices.persist(archive)
    }
}

/// Places of the synapses in the storage of a weight, without the padding.
fn places(weight: &WeightMatrix) -> impl Iterator<Item = usize> + use<> {
    let (post, stride, pre) = (weight.post(), weight.stride(), weight.pre());
    (0..pre).flat_map(move |j| (0..post).map(move |i| j * stride + i))
}

/// Number of synapses that stay before the next one that moves.
fn gap(rate: f64, draw: &mut Stream) -> f64 {
    if rate >= 1.0 {
        return 0.0;
    }
    // 1 − u is in (0, 1].
    (math::ln(1.0 - draw.random::<f64>()) / math::ln_1p(-rate)).floor()
}

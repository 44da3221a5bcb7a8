//! Binary synapses as packed bits, moved by the events of single stimuli: nothing of the size of a number for each
//! weight takes part in a step, so that large networks can learn online.
use super::columns::{Columns, LayerColumns};
use super::kind::{Histograms, SynapseKind};
use crate::credit::gradient::LocalGradient;
use crate::learning::rules::SynapseRule;
use crate::linalg::{SignMatrix, WeightMatrix};
use crate::network::{Network, Projection};
use crate::persist::{Archive, Damaged, Persist};
use crate::random::{EVENT_ROWS, Purpose, Senders, events, key};
use crate::synapse::counts::{WriteTotals, histogram};
use crate::synapse::quantised::Quantised as FewLevels;
use rayon::prelude::*;

/// The synapses of all projections that have any, whose weights are [`SignMatrix`].
#[derive(Debug, Clone, PartialEq)]
pub struct Packed {
    layers: Vec<LayerBits>,
    /// Events in one direction that move a synapse.
    threshold: i8,
    noise_seed: u64,
}

/// What the synapses of one layer keep next to their bit; row-major, one row for each receiving unit.
#[derive(Debug, Clone, PartialEq)]
struct LayerBits {
    /// Empty where every event moves a synapse.
    counters: Vec<i8>,
    flips: Vec<u32>,
    totals: WriteTotals,
}

/// Rows of a layer that are moved together.
struct Rows<'a> {
    first: usize,
    pre: usize,
    /// Words of a row.
    stride: usize,
    words: &'a mut [u64],
    counters: &'a mut [i8],
    flips: &'a mut [u32],
}

impl Packed {
    /// Packs the signs of `weights` for synapses of these settings, if bits are all that the rule needs: two levels of a
    /// given scale in ideal devices, and no latent value.
    pub(super) fn of_rule(
        config: &FewLevels<'_>,
        rule: SynapseRule,
        weights: &mut Network,
        noise_seed: u64,
    ) -> Option<Self> {
        let threshold = rule.event_threshold()?;
        // The events of an array that is read at many places are those of the sum over its reads, which bits do not hold.
        let is_read_once = |layer: &Projection| layer.map.array().reads <= 1;
        if !(config.device.is_ideal() && config.codebook.is_binary() && weights.projections().iter().all(is_read_once))
        {
            return None;
        }
        let scales = weights.with_synapses().map(|(_, layer)| config.scale.fixed(layer.weight.pre()));
        let scales: Vec<f32> = scales.collect::<Option<_>>()?;
        Some(Self::new(weights, &scales, threshold, noise_seed))
    }

    /// Packs the signs of `weights`, with the scale of every layer, for a rule that moves a synapse after `threshold`
    /// events.
    pub fn new(weights: &mut Network, scales: &[f32], threshold: i8, noise_seed: u64) -> Self {
        for ((_, layer), &scale) in weights.with_synapses_mut().zip(scales) {
            let weight = &mut layer.weight;
            let (post, pre) = (weight.post(), weight.pre());
            if pre == 0 {
                // A wire.
                continue;
            }
            let signs = {
                let numbers = weight.view();
                SignMatrix::from_fn(post, pre, scale, |i, j| numbers[(i, j)] >= 0.0)
            };
            *weight = WeightMatrix::from_signs(signs);
        }
        Self::of_packed(weights, threshold, noise_seed)
    }

    /// As [`Self::new`], for weights that are packed already.
    pub fn of_packed(weights: &Network, threshold: i8, noise_seed: u64) -> Self {
        let layers = weights.with_synapses().map(|(_, layer)| {
            let synapses = layer.weight.post() * layer.weight.pre();
            let counters = if threshold > 1 { vec![0; synapses] } else { vec![] };
            LayerBits { counters, flips: vec![0; synapses], totals: WriteTotals::default() }
        });
        Self { layers: layers.collect(), threshold, noise_seed }
    }
}

impl SynapseKind for Packed {
    fn descended_numbers(&self) -> usize {
        0
    }

    /// Moves the synapses by the events of training step `step`. Returns whether the local signals are finite.
    fn learn(&mut self, weights: &mut Network, gradient: &LocalGradient, rate: f64, step: u64) -> bool {
        let mut finite = true;
        for (own, (k, layer)) in self.layers.iter_mut().zip(weights.with_synapses_mut()) {
            let (factor, [difference, below]) = gradient.factors(k);
            let (difference, below) = (difference.view(), below.view());
            let Some(signs) = layer.weight.signs_mut() else { continue };
            for b in 0..difference.ncols() {
                let (d, s) = (difference.column(b), below.column(b));
                finite &= d.iter().chain(s.iter()).all(|x| x.is_finite());
                let gain = rate as f32 * signs.scale() * factor.abs();
                let receivers: Vec<f32> = d.iter().map(|d| gain * d.abs()).collect();
                let senders: Vec<f32> = s.iter().map(|s| s.abs()).collect();
                // ∂ℓ/∂w < 0: the weight should rise.
                let up = |i: usize, j: usize| factor * d[i] * s[j] < 0.0;
                let key = key(self.noise_seed, Purpose::SynapseRule, &[k as u64, step, b as u64]);
                own.totals.flips += own.move_synapses(signs, key, &receivers, &senders, self.threshold, &up);
            }
            own.totals.writes = own.totals.flips;
            own.totals.moments = own.totals.flips;
        }
        finite
    }

    fn columns(&mut self, layers: &[Projection], _rate: f64, _step: u64) -> LayerColumns<'_> {
        layers.iter().map(|_| Columns::Elsewhere).collect()
    }

    fn take_totals(&mut self) -> Vec<WriteTotals> {
        self.layers.iter_mut().map(|own| std::mem::take(&mut own.totals)).collect()
    }

    fn histograms(&self, _weights: &Network) -> Vec<Histograms> {
        let of_layer = |own: &LayerBits| {
            let flips = histogram(own.flips.iter().copied());
            // Every write of an ideal binary device flips it.
            Histograms { writes: flips, flips }
        };
        self.layers.iter().map(of_layer).collect()
    }
}

impl Persist for Packed {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.parts(1, &mut self.layers)
    }
}

impl Persist for LayerBits {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array("flips", &mut self.flips)?;
        archive.array("counters", &mut self.counters)
    }
}

impl LayerBits {
    /// Moves the synapses that have an event; returns how many flipped.
    fn move_synapses(
        &mut self,
        signs: &mut SignMatrix,
        key: u64,
        receivers: &[f32],
        senders: &[f32],
        threshold: i8,
        up: &(impl Fn(usize, usize) -> bool + Sync),
    ) -> u64 {
        let senders = Senders::new(senders);
        let (pre, stride) = (signs.pre(), signs.stride());
        let block = EVENT_ROWS * pre;
        // An empty vector has no chunks: every block of rows then gets an empty slice.
        let mut counters: Vec<&mut [i8]> = self.counters.chunks_mut(block).collect();
        counters.resize_with(receivers.len().div_ceil(EVENT_ROWS), || &mut []);
        let words = signs.words_mut().chunks_mut(EVENT_ROWS * stride);
        let rows = words.zip(self.flips.chunks_mut(block)).zip(counters).enumerate();
        let rows = rows.map(|(b, ((words, flips), counters))| Rows {
            first: b * EVENT_ROWS,
            pre,
            stride,
            words,
            counters,
            flips,
        });
        rows.collect::<Vec<_>>()
            .into_par_iter()
            .map(|mut rows| {
                let mut flipped = 0;
                let first = rows.first;
                let last = (first + EVENT_ROWS).min(receivers.len());
                events(key, &receivers[first..last], first, &senders, |i, j| {
                    flipped += u64::from(rows.event(i - first, j, threshold, up(i, j)));
                });
                flipped
            })
            .sum()
    }
}

impl Rows<'_> {
    /// One event at row `i` of the block and column `j`; whether the synapse flipped.
    fn event(&mut self, i: usize, j: usize, threshold: i8, up: bool) -> bool {
        let place = i * self.pre + j;
        if let Some(counter) = self.counters.get_mut(place) {
            *counter += if up { 1 } else { -1 };
            if counter.abs() < threshold {
                return false;
            }
            *counter = 0;
        }
        let (word, bit) = (i * self.stride + j / 64, 1u64 << (j % 64));
        let is_up = self.words[word] & bit != 0;
        if is_up == up {
            return false;
        }
        self.words[word] ^= bit;
        self.flips[place] = self.flips[place].saturating_add(1);
        true
    }
}

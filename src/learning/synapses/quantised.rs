//! Synapses of a few levels: latent values or counters, and the devices that hold the levels.
use super::columns::{Columns, LayerColumns};
use super::event_columns::{EventColumns, EventLayer};
use super::kind::{Histograms, SynapseKind};
use super::latent_columns::{self, LatentColumns, LatentLayer};
use super::layer_step::{Change, Changes, LayerStep};
use super::loss_gradient::{loss_gradient, root_mean_square, share_above};
use crate::credit::gradient::LocalGradient;
use crate::device::frozen::{Chip, Frozen};
use crate::learning::blocks::block_columns;
use crate::learning::rules::{LatentStep, MeanGradient, SynapseRule};
use crate::linalg::WeightMatrix;
use crate::network::{Network, Projection};
use crate::persist::{Archive, Damaged, Persist};
use crate::random::{Purpose, stream};
use crate::synapse::array::SynapseArray;
use crate::synapse::counts::{WriteTotals, histogram};
use crate::synapse::quantised;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use std::sync::Arc;

/// Which weights the network computes with while it is trained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TrainOn {
    /// Those that the devices hold: every step writes the synapses whose level has changed.
    #[default]
    Devices,
    /// The relaxed weights of the rule, on a host; the devices are written before every evaluation.
    RelaxedWeights,
}

/// How synapses of a few levels are trained.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Training {
    /// The rule.
    pub rule: SynapseRule,
    /// The weights to compute with.
    pub train_on: TrainOn,
    /// Magnitude at which all latent values begin, if it is not that of the weights.
    pub latent_magnitude: Option<f32>,
    /// Training steps of an epoch.
    pub steps_per_epoch: u64,
    /// Stimuli in a mini-batch.
    pub batch_size: usize,
}

/// The synapses of all projections that have any.
#[derive(Debug, Clone, PartialEq)]
pub struct Quantised {
    training: Training,
    layers: Vec<LayerSynapses>,
    noise_seed: u64,
}

/// The synapses of one projection; vectors are in the storage order of its weight.
#[derive(Debug, Clone, PartialEq)]
struct LayerSynapses {
    array: SynapseArray,
    /// A column of padded length for each latent number of a synapse, and so on for the next column.
    theta: Vec<f32>,
    counters: Vec<i8>,
    /// Synapses to be written, of every block.
    changes: Vec<Vec<Change>>,
    stride: usize,
    /// Root mean square of ℓ′ in this training step, if the rule needs it.
    root_mean_square: Option<f64>,
}

impl Quantised {
    /// Synapses whose latent values are `weights` in units of their scale, and weights that follow from them.
    pub fn new<'m>(
        config: &quantised::Quantised<'_>,
        training: Training,
        weights: &mut Network,
        chip: impl Into<Chip<'m>>,
    ) -> Self {
        let chip = chip.into();
        let planes = training.rule.planes();
        let first_step = training.rule.at(0, training.steps_per_epoch);
        let mut layers = vec![];
        for (k, layer) in weights.with_synapses_mut() {
            let weight = &mut layer.weight;
            let stride = weight.stride();
            let gain = config.scale.fixed(weight.pre()).map_or(1.0, f32::recip);
            let mut latent: Vec<f32> = weight.padded_slice_mut().iter().map(|w| gain * w).collect();
            if let Some(magnitude) = training.latent_magnitude {
                latent.iter_mut().for_each(|x| *x = magnitude.copysign(*x));
            }
            if let Some(first_step) = &first_step {
                first_step.project(&mut latent);
            }
            let mut array = SynapseArray::new(config, k, weight, &latent, chip);
            array.deliver(&latent, None, weight);
            // ũ⁺ = −ũ⁻ = θ/2 has the difference θ.
            let theta = match planes {
                0 => vec![],
                1 => latent,
                _ => latent
                    .chunks_exact(stride)
                    .flat_map(|column| column.iter().map(|x| 0.5 * x).chain(column.iter().map(|x| -0.5 * x)))
                    .collect(),
            };
            let counts_events = training.rule.event_threshold().is_some_and(|threshold| threshold > 1);
            let blocks = weight.pre().div_ceil(block_columns(stride));
            layers.push(LayerSynapses {
                array,
                theta,
                counters: if counts_events { vec![0; stride * weight.pre()] } else { vec![] },
                changes: vec![vec![]; blocks],
                stride,
                root_mean_square: None,
            });
        }
        let mut this = Self { training, layers, noise_seed: chip.seeds.noise };
        this.relax_all(weights);
        this
    }

    /// The relaxed weights of the first training step.
    fn relax_all(&mut self, weights: &mut Network) {
        let Some(step) = self.relaxing_step(0) else { return };
        let planes = self.planes();
        for (own, (k, layer)) in self.layers.iter().zip(weights.with_synapses_mut()) {
            let (post, stride) = (layer.weight.post(), layer.weight.stride());
            let mut draw = stream(self.noise_seed, Purpose::SynapseRule, &[k as u64, 0]);
            let columns = layer.weight.padded_slice_mut().chunks_exact_mut(stride);
            for (w, theta) in columns.zip(own.theta.chunks_exact(stride * planes)) {
                let theta = latent_columns::planes(theta, planes, stride, post);
                step.relaxed(theta, own.array.codebook(), &mut w[..post], &mut draw);
                w.iter_mut().zip(own.array.scale()).for_each(|(w, scale)| *w *= scale);
            }
        }
    }

    /// The rule at training step `step`, if the network is trained with relaxed weights.
    fn relaxing_step(&self, step: u64) -> Option<Arc<dyn LatentStep>> {
        let relaxed = self.training.train_on == TrainOn::RelaxedWeights;
        relaxed.then(|| self.training.rule.at(step, self.training.steps_per_epoch)).flatten()
    }

    /// Latent numbers of a synapse.
    pub fn planes(&self) -> usize {
        self.training.rule.planes()
    }

    /// The devices of every projection with synapses, and their latent values in the storage order of the weight; empty if
    /// the rule has none.
    pub fn arrays(&self) -> impl Iterator<Item = (&SynapseArray, Cow<'_, [f32]>)> {
        self.layers.iter().map(|own| (&own.array, effective(&own.theta, self.planes(), own.stride)))
    }

    /// Share of the synapses of every projection with synapses for which plain STE does not stand in for the rule, in a
    /// mini-batch with this gradient; none if the rule always acts.
    pub fn gradients_above_threshold(&self, weights: &Network, gradient: &LocalGradient) -> Option<Vec<f64>> {
        let Training { rule, batch_size: samples, .. } = self.training;
        let layers = self.layers.iter().zip(weights.with_synapses());
        let shares = layers.map(|(own, (k, _))| {
            let loss_gradient = loss_gradient(gradient, k, own.array.scale());
            let root_mean_square = Some(root_mean_square(&loss_gradient));
            let threshold = rule.threshold(&MeanGradient { samples, root_mean_square })?;
            Some(share_above(&loss_gradient, threshold))
        });
        shares.collect()
    }
}

impl SynapseKind for Quantised {
    fn descended_numbers(&self) -> usize {
        self.planes()
    }

    fn rate_factor(&self, step: u64) -> f64 {
        self.training.rule.at(step, self.training.steps_per_epoch).map_or(1.0, |step| step.rate_factor())
    }

    /// The devices learn later, column by column; here is measured what the rule has to know of the whole gradient.
    fn learn(&mut self, weights: &mut Network, gradient: &LocalGradient, _rate: f64, _step: u64) -> bool {
        if self.training.rule.needs().root_mean_square {
            for (own, (k, _)) in self.layers.iter_mut().zip(weights.with_synapses()) {
                own.root_mean_square = Some(root_mean_square(&loss_gradient(gradient, k, own.array.scale())));
            }
        }
        true
    }

    fn columns(&mut self, layers: &[Projection], rate: f64, step: u64) -> LayerColumns<'_> {
        let Training { rule, train_on, steps_per_epoch, batch_size: samples, .. } = self.training;
        let (noise_seed, planes) = (self.noise_seed, rule.planes());
        let at = |step| rule.at(step, steps_per_epoch);
        let mut all = self.layers.iter_mut();
        let columns = (1..).zip(layers).map(|(k, layer)| {
            let own = if layer.has_synapses() { all.next() } else { None };
            let Some(own) = own else { return Columns::Elsewhere };
            let LayerSynapses { array, theta, counters, changes, stride, root_mean_square } = own;
            let changes = Changes { blocks: changes, block_columns: block_columns(*stride) };
            let layer = LayerStep { codebook: array.codebook(), scale: array.scale(), layer: k, noise_seed, step };
            match (at(step), at(step + 1)) {
                (Some(now), Some(next)) => {
                    let relaxed = train_on == TrainOn::RelaxedWeights;
                    let mean = MeanGradient { samples, root_mean_square: *root_mean_square };
                    let of_gradient = rule.needs().anything.then(|| now.of_gradient(&mean)).flatten();
                    let now = of_gradient.unwrap_or(now);
                    let rule = LatentLayer { layer, now, next, planes, relaxed };
                    Columns::Latent(LatentColumns { theta, changes, rule })
                }
                _ => {
                    let threshold = rule.event_threshold().unwrap_or(1);
                    let rule = EventLayer { layer, rate: rate as f32, threshold };
                    Columns::Events(EventColumns { counters, held: array.held(), changes, rule })
                }
            }
        });
        columns.collect()
    }

    fn program(&mut self, weights: &mut Network, step: u64) {
        let relaxed = self.training.train_on == TrainOn::RelaxedWeights;
        let planes = self.planes();
        let layers: Vec<_> = self.layers.iter_mut().zip(weights.with_synapses_mut()).collect();
        layers.into_par_iter().for_each(|(own, (_, layer))| {
            let weight = &mut layer.weight;
            let old_scale = own.array.scale_is_learnt().then(|| own.array.scale().to_vec());
            if !relaxed {
                let changes = own.changes.iter().flatten().copied();
                own.array.program(changes, step, weight);
                own.array.pass_time(step, weight);
            }
            let Some(old_scale) = old_scale else { return };
            let LayerSynapses { array, theta, stride, .. } = own;
            array.follow_latent(weight.post(), *stride, &effective(theta, planes, *stride));
            if relaxed {
                for column in weight.padded_slice_mut().chunks_exact_mut(*stride) {
                    let scales = array.scale().iter().zip(&old_scale);
                    column.iter_mut().zip(scales).for_each(|(w, (new, old))| *w *= new / old);
                }
            } else {
                array.rewrite(weight, step + 1);
            }
        });
    }

    fn frozen(&self, index: usize) -> Vec<Frozen> {
        self.layers[index].array.frozen()
    }

    fn frozen_bytes(&self) -> usize {
        self.layers.iter().map(|own| own.array.frozen_bytes()).sum()
    }

    fn take_totals(&mut self) -> Vec<WriteTotals> {
        self.layers.iter_mut().map(|own| own.array.take_totals()).collect()
    }

    fn histograms(&self, weights: &Network) -> Vec<Histograms> {
        let of_layer = |(own, (_, layer)): (&LayerSynapses, (usize, &Projection))| {
            let counts = own.array.counts();
            Histograms {
                writes: histogram(without_padding(&counts.writes, &layer.weight)),
                flips: histogram(without_padding(&counts.flips, &layer.weight)),
            }
        };
        self.layers.iter().zip(weights.with_synapses()).map(of_layer).collect()
    }

    fn deployed(&self, weights: &Network, epoch: u64) -> Option<Network> {
        (self.training.train_on == TrainOn::RelaxedWeights).then(|| {
            let mut deployed = weights.clone();
            for (own, (_, layer)) in self.layers.iter().zip(deployed.with_synapses_mut()) {
                let latent = effective(&own.theta, self.planes(), own.stride);
                own.array.clone().deliver(&latent, Some(epoch), &mut layer.weight);
            }
            deployed.refresh_arrays();
            deployed
        })
    }

    fn ideal(&self, weights: &Network) -> Option<Network> {
        let mut ideal = weights.clone();
        for (own, (_, layer)) in self.layers.iter().zip(ideal.with_synapses_mut()) {
            let latent = effective(&own.theta, self.planes(), own.stride);
            own.array.rewrite_ideal((!latent.is_empty()).then_some(&*latent), &mut layer.weight);
        }
        ideal.refresh_arrays();
        Some(ideal)
    }
}

impl Persist for Quantised {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.parts(1, &mut self.layers)
    }
}

impl Persist for LayerSynapses {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.array.persist(archive)?;
        archive.array("theta", &mut self.theta)?;
        archive.array("counters", &mut self.counters)
    }
}

/// Numbers of the synapses of a layer, without those of the padding.
fn without_padding<'a>(numbers: &'a [u32], weight: &WeightMatrix) -> impl Iterator<Item = u32> + use<'a> {
    let (post, stride) = (weight.post(), weight.stride());
    (0..weight.pre()).flat_map(move |j| numbers[j * stride..][..post].iter().copied())
}

/// One latent number for each synapse: of PMF the difference of its two.
fn effective(theta: &[f32], planes: usize, stride: usize) -> Cow<'_, [f32]> {
    if planes < 2 {
        return Cow::Borrowed(theta);
    }
    let differences = theta.chunks_exact(2 * stride).flat_map(|column| {
        let (plus, minus) = column.split_at(stride);
        plus.iter().zip(minus).map(|(p, m)| p - m)
    });
    Cow::Owned(differences.collect())
}

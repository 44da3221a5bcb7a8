//! The array that carries errors back, where it is not the forward array read from the other side.
//!
//! | `feedback_weights` | B_k, in d = B_kᵀ (s⁺ − s⁻) | source |
//! |---|---|---|
//! | `transposed` | W_k | one array, read in both directions |
//! | `mirrored` | W_k ∘ (1 + σ ξ), ξ frozen per synapse | a second array programmed with the same weights |
//! | `kolen_pollack` | B ← (1−ηλ) B + ΔW, W ← (1−ηλ) W + ΔW, from weights of its own: ‖B − W‖ shrinks as ∏(1−ηλ) | Kolen & Pollack, ICNN 1994; Akrout et al., NeurIPS 2019 |
//! | `fixed_random` | weights of its own that never change | feedback alignment: Lillicrap et al., Nat. Commun. 2016 |
use super::error::NetworkError;
use super::weights::{Initialization, Weights};
use crate::analog::Chip;
use crate::linalg::WeightMatrix;
use crate::parameter::{NonNegative, Positive};
use crate::random::{NormalStream, Purpose, key};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the weights of the feedback come from.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum FeedbackWeights {
    /// The forward array, read from the other side.
    #[default]
    Transposed,
    /// A second array with the same weights and errors of its own.
    Mirrored(Mirrored),
    /// A second array that learns to follow the first.
    KolenPollack(KolenPollack),
    /// A second array that never changes.
    FixedRandom,
}

/// Settings of a mirrored array.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Mirrored {
    /// Standard deviation of the ratio of each weight to the one it mirrors.
    pub std: NonNegative,
}

/// Settings of Kolen–Pollack learning.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct KolenPollack {
    /// λ: both arrays decay by the share λ times the learning rate at every update.
    pub decay: Positive,
}

/// Arrays that stand beside the forward weights.
#[derive(Debug, Clone, PartialEq, Default)]
pub(crate) struct Arrays {
    /// B_k of every layer from the second on, (post × pre) as W_k; empty where the forward array is read.
    pub feedback: Vec<WeightMatrix>,
    mirrored_std: Option<f32>,
    chip_seed: u64,
    /// |W_k| and |B_k|, where the read noise needs them.
    pub forward_magnitude: Vec<WeightMatrix>,
    pub feedback_magnitude: Vec<WeightMatrix>,
}

impl Weights {
    /// Sets up the arrays of a chip.
    ///
    /// # Errors
    /// If random weights of this shape cannot be drawn.
    pub fn set_arrays(
        &mut self,
        feedback: FeedbackWeights,
        initialization: Initialization,
        chip: &Chip,
        chip_seed: u64,
    ) -> Result<(), NetworkError> {
        let shapes = |layers: &[super::Layer]| -> Vec<WeightMatrix> {
            layers.iter().map(|layer| WeightMatrix::zeros(layer.weight.post(), layer.weight.pre())).collect()
        };
        let mut arrays = Arrays { chip_seed, ..Arrays::default() };
        match feedback {
            FeedbackWeights::Transposed => {}
            FeedbackWeights::Mirrored(Mirrored { std }) => {
                arrays.feedback = shapes(&self.layers()[1..]);
                arrays.mirrored_std = Some(std.get() as f32);
            }
            FeedbackWeights::KolenPollack(_) | FeedbackWeights::FixedRandom => {
                let drawn = Self::draw(&self.units(), initialization, chip_seed, Purpose::FeedbackWeights)?;
                arrays.feedback = drawn.layers()[1..].iter().map(|layer| layer.weight.clone()).collect();
            }
        }
        if chip.forward.per_weight != 0.0 {
            arrays.forward_magnitude = shapes(self.layers());
        }
        if chip.feedback.per_weight != 0.0 {
            arrays.feedback_magnitude = shapes(&self.layers()[1..]);
        }
        self.arrays = arrays;
        self.refresh_arrays();
        Ok(())
    }

    /// Brings the arrays up to date after the weights have changed.
    pub(crate) fn refresh_arrays(&mut self) {
        let mut arrays = std::mem::take(&mut self.arrays);
        if let Some(std) = arrays.mirrored_std {
            for (k, (b, layer)) in arrays.feedback.iter_mut().zip(&self.layers()[1..]).enumerate() {
                let post = layer.weight.post();
                let mut xi = vec![0.0; post];
                let (mut b, w) = (b.view_mut(), layer.weight.view());
                let index = super::weights::MIRROR_QUANTITY;
                let mut draw = NormalStream::new(key(arrays.chip_seed, Purpose::Mismatch, &[index, k as u64 + 2]));
                for (mut b, w) in b.column_iter_mut().zip(w.column_iter()) {
                    draw.fill(&mut xi);
                    for i in 0..post {
                        b[i] = w[i] * (1.0 + std * xi[i]);
                    }
                }
            }
        }
        for (magnitude, layer) in arrays.forward_magnitude.iter_mut().zip(self.layers()) {
            magnitude.view_mut().zip_apply(&layer.weight.view(), |m, w| *m = w.abs());
        }
        let own = arrays.feedback.iter();
        let forward = self.layers()[1..].iter().map(|layer| &layer.weight);
        let sources: Vec<&WeightMatrix> = if arrays.feedback.is_empty() { forward.collect() } else { own.collect() };
        for (magnitude, source) in arrays.feedback_magnitude.iter_mut().zip(sources) {
            magnitude.view_mut().zip_apply(&source.view(), |m, w| *m = w.abs());
        }
        self.arrays = arrays;
    }

    /// The weights that carry errors from layer k (from 2 to L) back, (post × pre) as W_k.
    pub fn feedback_weight(&self, k: usize) -> &WeightMatrix {
        self.arrays.feedback.get(k - 2).unwrap_or(&self.layers()[k - 1].weight)
    }

    /// B_k of every layer from the second on that are not functions of the forward weights and the chip alone.
    pub(crate) fn learnt_feedback(&self) -> &[WeightMatrix] {
        if self.arrays.mirrored_std.is_some() { &[] } else { &self.arrays.feedback }
    }

    /// Sets B_k from column-major numbers.
    pub(crate) fn set_learnt_feedback(&mut self, k: usize, numbers: &[f32]) {
        let b = &mut self.arrays.feedback[k - 2];
        let (post, pre) = (b.post(), b.pre());
        b.view_mut().copy_from(&crate::linalg::MatrixView::from_slice(numbers, post, pre));
    }

    /// Kolen–Pollack: both arrays decay by the share `decay`, the feedback array then makes the same step as the
    /// forward one, which has come from `before`.
    pub(crate) fn follow_step(&mut self, before: &[WeightMatrix], decay: f32) {
        let keep = 1.0 - decay;
        let (layers, arrays) = self.parts_mut();
        for (layer, before) in layers.iter_mut().zip(before) {
            layer.weight.view_mut().zip_apply(&before.view(), |w, old| *w -= decay * old);
        }
        for ((b, layer), before) in arrays.feedback.iter_mut().zip(&layers[1..]).zip(&before[1..]) {
            let step = layer.weight.view() - before.view() * keep;
            b.view_mut().zip_apply(&step, |b, step| *b = keep * *b + step);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analog::ChipConfig;
    use crate::analog::chip::{NominalNudge, Sides};
    use crate::random::Seeds;

    const UNITS: [usize; 4] = [7, 60, 50, 5];

    fn weights(feedback: FeedbackWeights) -> Weights {
        let nudge = NominalNudge { alpha: 0.5, sides: Sides::Direct, strength: 1.0 };
        let chip = Chip::new(&ChipConfig::default(), &UNITS, &[nudge; 3], Seeds::default());
        let mut weights = Weights::random(&UNITS, Initialization::LecunNormal, 1).unwrap();
        weights.set_arrays(feedback, Initialization::LecunNormal, &chip, 7).unwrap();
        weights
    }

    fn distance(weights: &Weights, k: usize) -> f32 {
        (weights.feedback_weight(k).view() - weights.layers()[k - 1].weight.view()).norm()
    }

    /// One step of the forward weights: W + 0.01.
    fn step(weights: &mut Weights) -> Vec<WeightMatrix> {
        let before: Vec<_> = weights.layers().iter().map(|layer| layer.weight.clone()).collect();
        weights.layers_mut().iter_mut().for_each(|layer| layer.weight.view_mut().add_scalar_mut(0.01));
        before
    }

    #[test]
    fn kolen_pollack_brings_the_arrays_together_by_its_decay() {
        let mut weights = weights(FeedbackWeights::KolenPollack(KolenPollack { decay: Positive::constant(1.0) }));
        let start = [2, 3].map(|k| distance(&weights, k));
        // Independent weights of variance 1/pre: ‖B − W‖² = 2 post, relative standard error √(2/(post·pre)).
        assert!((start[0].powi(2) / 100.0 - 1.0).abs() < 4.0 * (2.0f32 / 3000.0).sqrt());
        for n in 1..=20 {
            let before = step(&mut weights);
            weights.follow_step(&before, 0.1);
            for (k, start) in [2, 3].into_iter().zip(start) {
                let expected = start * 0.9f32.powi(n);
                assert!((distance(&weights, k) / expected - 1.0).abs() < 1e-3, "step {n}, layer {k}");
            }
        }
    }

    #[test]
    fn a_mirrored_array_keeps_its_errors_while_the_weights_move() {
        let mut weights = weights(FeedbackWeights::Mirrored(Mirrored { std: NonNegative::constant(0.2) }));
        let ratios = |weights: &Weights| -> Vec<f64> {
            let (b, w) = (weights.feedback_weight(2).to_matrix(), weights.layers()[1].weight.to_matrix());
            b.iter().zip(w.iter()).map(|(b, w)| f64::from(b / w)).collect()
        };
        let first = ratios(&weights);
        let n = first.len() as f64;
        let mean = first.iter().sum::<f64>() / n;
        let variance = first.iter().map(|r| (r - mean).powi(2)).sum::<f64>() / n;
        assert!((mean - 1.0).abs() < 4.0 * 0.2 / n.sqrt(), "{mean}");
        assert!((variance / 0.04 - 1.0).abs() < 4.0 * (2.0 / n).sqrt(), "{variance}");
        step(&mut weights);
        weights.refresh_arrays();
        assert!(first.iter().zip(ratios(&weights)).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn fixed_feedback_never_moves_and_transposed_feedback_is_the_weight() {
        let mut fixed = weights(FeedbackWeights::FixedRandom);
        let before = fixed.feedback_weight(2).clone();
        step(&mut fixed);
        fixed.refresh_arrays();
        assert_eq!(&before, fixed.feedback_weight(2));
        let mut transposed = weights(FeedbackWeights::Transposed);
        step(&mut transposed);
        assert_eq!(distance(&transposed, 3), 0.0);
    }
}

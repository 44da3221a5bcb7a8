//! The array that carries errors back, where it is not the forward array read from the other side.
//!
//! | `feedback_weights` | B_k, in d = B_kᵀ (s⁺ − s⁻) | source |
//! |---|---|---|
//! | `transposed` | W_k | one array, read in both directions |
//! | `mirrored` | W_k ∘ (1 + σ ξ), ξ frozen per synapse | a second array programmed with the same weights |
//! | `kolen_pollack` | B ← (1−ηλ) B + ΔW, W ← (1−ηλ) W + ΔW, from weights of its own: ‖B − W‖ shrinks as ∏(1−ηλ) | Kolen & Pollack, ICNN 1994; Akrout et al., NeurIPS 2019 |
//! | `fixed_random` | weights of its own that never change | feedback alignment: Lillicrap et al., Nat. Commun. 2016 |
use crate::linalg::{MatrixView, WeightMatrix};
use crate::parameter::{NonNegative, Positive};
use crate::random::{NormalStream, Purpose, key};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the weights of the feedback come from.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let feedback: FeedbackWeights = serde_json::from_str(r#"{"mirrored": {"std": 0.1}}"#)?;
/// let mut network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// network.set_arrays(feedback, Initialization::HeNormal, [false, false], 1);
/// assert_ne!(network.projections()[1].feedback_weight(), &network.projections()[1].weight);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
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

/// The array through which one projection carries errors back.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FeedbackArray {
    /// The forward array.
    Transposed,
    /// A second array that mirrors the first, with frozen errors.
    Mirrored {
        /// B, a function of W and the chip.
        matrix: WeightMatrix,
        /// Standard deviation of the errors.
        std: f32,
        /// Key of the errors.
        key: u64,
    },
    /// A second array with weights of its own.
    Own(WeightMatrix),
}

impl FeedbackArray {
    /// A mirrored array, which [`Self::mirror`] fills. `number` is that of the projection, from 1.
    pub fn mirrored(rows: usize, columns: usize, std: f32, chip_seed: u64, number: usize) -> Self {
        let quantity = crate::device::spread::Quantity::FeedbackWeight as u64;
        let key = key(chip_seed, Purpose::Mismatch, &[quantity, number as u64]);
        Self::Mirrored { matrix: WeightMatrix::zeros(rows, columns), std, key }
    }

    /// B, if it is not W itself.
    pub fn matrix(&self) -> Option<&WeightMatrix> {
        match self {
            Self::Transposed => None,
            Self::Mirrored { matrix, .. } | Self::Own(matrix) => Some(matrix),
        }
    }

    /// B = W ∘ (1 + σ ξ), if the array mirrors W.
    pub fn mirror(&mut self, weight: &WeightMatrix) {
        let Self::Mirrored { matrix, std, key } = self else { return };
        let mut xi = vec![0.0; weight.post()];
        let mut draw = NormalStream::new(*key);
        for (mut b, w) in matrix.view_mut().column_iter_mut().zip(weight.view().column_iter()) {
            draw.fill(&mut xi);
            b.iter_mut().zip(w.iter()).zip(&xi).for_each(|((b, w), xi)| *b = w * (1.0 + *std * xi));
        }
    }

    /// Kolen–Pollack: decays by 1 − `keep` and then makes the step that the forward array has made from `before`.
    pub fn follow(&mut self, weight: MatrixView, before: MatrixView, keep: f32) {
        if let Self::Own(matrix) = self {
            let step = weight - before * keep;
            matrix.view_mut().zip_apply(&step, |b, step| *b = keep * *b + step);
        }
    }
}

//! The array that carries errors back, where it is not the forward array read from the other side.
//!
//! | `feedback_weights` | B_k, in d = B_kᵀ (s⁺ − s⁻) | source |
//! |---|---|---|
//! | `transposed` | W_k | one array, read in both directions |
//! | `mirrored` | W_k ∘ (1 + σ ξ), ξ frozen per synapse | a second array programmed with the same weights |
//! | `kolen_pollack` | B ← (1−ηλ) B + ΔW, W ← (1−ηλ) W + ΔW, from weights of its own: ‖B − W‖ shrinks as ∏(1−ηλ) | Kolen & Pollack, ICNN 1994; Akrout et al., NeurIPS 2019 |
//! | `fixed_random` | weights of its own that never change | feedback alignment: Lillicrap et al., Nat. Commun. 2016 |
use super::initialisation::Initialization;
use crate::device::frozen::{Chip, Frozen, FrozenRule, Part};
use crate::linalg::{MatrixView, WeightMatrix};
use crate::map::ArrayShape;
use crate::parameter::{NonNegative, Positive};
use crate::random::{NormalStream, Purpose, key};
use crate::vocabulary::Term;
use crate::vocabulary::device::{FEEDBACK_ERROR, FEEDBACK_WEIGHT, FIRST_FEEDBACK_WEIGHT};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Where the weights of the feedback come from.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let feedback: FeedbackWeights = serde_json::from_str(r#"{"mirrored": {"std": 0.1}}"#)?;
/// let mut network = Network::random(&[4, 8, 3], Initialization::HeNormal, 1)?;
/// network.set_arrays(feedback, Initialization::HeNormal, [false, false], Seeds::default());
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
        /// Its errors.
        errors: Errors,
    },
    /// A second array with weights of its own.
    Own {
        /// B
        matrix: WeightMatrix,
        /// What they are before they learn; none if they never change.
        first: Option<FirstWeights>,
    },
}

/// Weights of an array before it learns: drawn again when they are asked for, or measured ones.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum FirstWeights {
    Drawn {
        initialization: Initialization,
        array: ArrayShape,
        number: usize,
        seed: u64,
    },
    /// Column by column.
    Measured(Vec<f64>),
}

impl FirstWeights {
    /// Of the array of projection `number`, from 1, whose weights are frozen as this quantity.
    fn of(initialization: Initialization, array: ArrayShape, chip: Chip, number: usize, term: &Term) -> Self {
        match chip.part(Part::Feedback(number)).numbers(term) {
            Some(measured) => Self::Measured(measured.to_vec()),
            None => Self::Drawn { initialization, array, number, seed: chip.seeds.chip },
        }
    }

    fn matrix(&self, array: ArrayShape) -> WeightMatrix {
        match self {
            Self::Drawn { initialization, array, number, seed } => {
                initialization.draw(*array, *number, *seed, Purpose::FeedbackWeights)
            }
            Self::Measured(numbers) => {
                let mut matrix = WeightMatrix::zeros(array.rows, array.columns);
                matrix.view_mut().iter_mut().zip(numbers).for_each(|(b, x)| *b = *x as f32);
                matrix
            }
        }
    }

    fn numbers(&self) -> Vec<f64> {
        match self {
            Self::Drawn { array, .. } => numbers_of(&self.matrix(*array)),
            Self::Measured(numbers) => numbers.clone(),
        }
    }
}

fn numbers_of(matrix: &WeightMatrix) -> Vec<f64> {
    matrix.view().iter().map(|&x| f64::from(x)).collect()
}

/// Relative errors of a mirrored array, column by column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Errors {
    /// Normal ones of this standard deviation, drawn again from their key whenever the array follows W.
    Drawn { std: f32, key: u64 },
    /// Measured ones.
    Measured(Vec<f32>),
}

impl Errors {
    /// Calls `each` with every column and its errors.
    fn for_columns(&self, rows: usize, columns: usize, mut each: impl FnMut(usize, &[f32])) {
        match self {
            Self::Measured(errors) => errors.chunks_exact(rows).enumerate().for_each(|(j, own)| each(j, own)),
            Self::Drawn { std, key } => {
                let mut errors = vec![0.0; rows];
                let mut draw = NormalStream::new(*key);
                for j in 0..columns {
                    draw.fill(&mut errors);
                    errors.iter_mut().for_each(|xi| *xi *= *std);
                    each(j, &errors);
                }
            }
        }
    }
}

impl FeedbackArray {
    /// A mirrored array, which [`Self::mirror`] fills. `number` is that of the projection, from 1.
    pub fn mirrored(rows: usize, columns: usize, std: f32, chip: Chip, number: usize) -> Self {
        let quantity = crate::device::spread::Quantity::FeedbackWeight as u64;
        let key = key(chip.seeds.chip, Purpose::Mismatch, &[quantity, number as u64]);
        let measured = chip.part(Part::Feedback(number)).numbers(&FEEDBACK_ERROR);
        let errors = match measured {
            Some(errors) => Errors::Measured(errors.iter().map(|&error| error as f32).collect()),
            None => Errors::Drawn { std, key },
        };
        Self::Mirrored { matrix: WeightMatrix::zeros(rows, columns), errors }
    }

    /// What was drawn of it.
    pub fn frozen(&self) -> Vec<Frozen> {
        let mut numbers = vec![];
        let term = match self {
            Self::Mirrored { matrix, errors } => {
                let mut keep = |_, own: &[f32]| numbers.extend(own.iter().map(|&x| f64::from(x)));
                errors.for_columns(matrix.post(), matrix.pre(), &mut keep);
                FEEDBACK_ERROR
            }
            Self::Own { matrix, first: None } => {
                numbers = numbers_of(matrix);
                FEEDBACK_WEIGHT
            }
            Self::Own { first: Some(first), .. } => {
                numbers = first.numbers();
                FIRST_FEEDBACK_WEIGHT
            }
            Self::Transposed => return vec![],
        };
        vec![Frozen { term, rule: FrozenRule::Finite, numbers }]
    }

    /// An array of its own, whose weights are drawn or measured, and learn unless they are fixed. `number` is that of the
    /// projection, from 1.
    pub fn own(initialization: Initialization, array: ArrayShape, is_fixed: bool, chip: Chip, number: usize) -> Self {
        let term = if is_fixed { FEEDBACK_WEIGHT } else { FIRST_FEEDBACK_WEIGHT };
        let first = FirstWeights::of(initialization, array, chip, number, &term);
        Self::Own { matrix: first.matrix(array), first: (!is_fixed).then_some(first) }
    }

    /// B, if it is not W itself.
    pub fn matrix(&self) -> Option<&WeightMatrix> {
        match self {
            Self::Transposed => None,
            Self::Mirrored { matrix, .. } | Self::Own { matrix, .. } => Some(matrix),
        }
    }

    /// B = W ∘ (1 + σ ξ), if the array mirrors W.
    pub fn mirror(&mut self, weight: &WeightMatrix) {
        let Self::Mirrored { matrix, errors } = self else { return };
        let (weight, mut matrix) = (weight.view(), matrix.view_mut());
        errors.for_columns(weight.nrows(), weight.ncols(), |j, own| {
            let (mut b, w) = (matrix.column_mut(j), weight.column(j));
            b.iter_mut().zip(w.iter()).zip(own).for_each(|((b, w), error)| *b = w * (1.0 + error));
        });
    }

    /// Kolen–Pollack: decays by 1 − `keep` and then makes the step that the forward array has made from `before`.
    pub fn follow(&mut self, weight: MatrixView, before: MatrixView, keep: f32) {
        if let Self::Own { matrix, .. } = self {
            let step = weight - before * keep;
            matrix.view_mut().zip_apply(&step, |b, step| *b = keep * *b + step);
        }
    }
}

//! Projections: how one population reaches another.
use super::feedback::{FeedbackArray, FeedbackWeights, Mirrored};
use super::initialisation::Initialization;
use super::normalisation::{ChannelStatistics, Normalisation};
use crate::device::frozen::{Chip, Frozen};
use crate::linalg::{MatrixView, MatrixViewMut, Operator, WeightMatrix};
use crate::map::{ArrayShape, Dense, LinearMap, MaxPool, NormEstimate, Shape};
use crate::persist::{Archive, Damaged, Persist};
use crate::random::{Purpose, Stream};
use nalgebra::DVector;

/// A linear map over one array of synapses, between two populations. With the array's matrix W its drive is A(W) s̄ + b;
/// errors go back through Aᵀ(W), or Aᵀ(B) of a feedback array of its own.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let weight = WeightMatrix::from_matrix(&Matrix::from_row_slice(2, 3, &[1.0, 0.0, 0.0, 0.0, 2.0, 0.0]));
/// let projection = Projection::dense(0, 1, weight, vec![0.0, 0.0].into());
///
/// // One stimulus of three numbers.
/// let mut drive = Matrix::zeros(2, 1);
/// projection.apply(drive.as_view_mut(), Matrix::from_column_slice(3, 1, &[1.0, 2.0, 3.0]).as_view());
/// assert_eq!(drive.as_slice(), [1.0, 4.0]);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Projection {
    /// Population that sends activity; 0 is the stimulus.
    pub from: usize,
    /// Population that receives it.
    pub to: usize,
    /// How the array is used.
    pub map: LinearMap,
    /// What finds the largest of what is read, if something does.
    pub pool: Option<MaxPool>,
    /// W (row × column).
    pub weight: WeightMatrix,
    /// b, one for every row.
    pub bias: DVector<f32>,
    /// Batch normalisation of what is read, in place of the bias.
    pub normalisation: Option<Normalisation>,
    feedback: FeedbackArray,
    /// |W| and |B|, where the read noise needs them.
    forward_magnitude: Option<WeightMatrix>,
    feedback_magnitude: Option<WeightMatrix>,
}

impl Persist for Projection {
    /// Feedback arrays that follow rules of their own are in `Network::persist_feedback`.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.weight.persist("weight", archive)?;
        archive.array("bias", self.bias.as_mut_slice())?;
        self.normalisation.iter_mut().try_for_each(|own| own.persist(archive))
    }
}

impl Projection {
    /// With the transposed array for errors.
    pub fn new(from: usize, to: usize, map: LinearMap, weight: WeightMatrix, bias: DVector<f32>) -> Self {
        Self {
            from,
            to,
            map,
            pool: None,
            weight,
            bias,
            normalisation: None,
            feedback: FeedbackArray::Transposed,
            forward_magnitude: None,
            feedback_magnitude: None,
        }
    }

    /// A dense one between populations without places, with the shape of its weights.
    pub fn dense(from: usize, to: usize, weight: WeightMatrix, bias: DVector<f32>) -> Self {
        let map = LinearMap::Dense(Dense::new(Shape::flat(weight.pre()), weight.post()));
        Self::new(from, to, map, weight, bias)
    }

    /// Initial weights and a bias of zero; `number` counts the projections of a network from 1.
    pub fn random(
        from: usize,
        to: usize,
        map: LinearMap,
        initialization: Initialization,
        number: usize,
        seed: u64,
    ) -> Self {
        let array = map.array();
        let weight = initialization.draw(array, number, seed, Purpose::InitialWeights);
        Self::new(from, to, map, weight, DVector::zeros(array.rows))
    }

    /// With this pooling of what is read.
    #[must_use]
    pub fn with_pool(self, pool: Option<MaxPool>) -> Self {
        Self { pool, ..self }
    }

    /// With this batch normalisation.
    #[must_use]
    pub fn with_normalisation(self, normalisation: Option<Normalisation>) -> Self {
        Self { normalisation, ..self }
    }

    /// The same with its normalisation, by these statistics, as part of weights and bias.
    pub(super) fn folded(&self, statistics: &ChannelStatistics) -> Self {
        let Some(normalisation) = &self.normalisation else { return self.clone() };
        let gains = normalisation.gains(statistics);
        let mut matrix = self.weight.to_matrix();
        for mut column in matrix.column_iter_mut() {
            column.iter_mut().zip(&gains).for_each(|(w, g)| *w *= g);
        }
        let bias = gains.iter().zip(&statistics.mean).map(|(g, m)| -g * m);
        let bias = DVector::from_iterator(gains.len(), bias);
        Self::new(self.from, self.to, self.map.clone(), WeightMatrix::from_matrix(&matrix), bias).with_pool(self.pool)
    }

    /// Shape of what arrives.
    pub fn output(&self) -> Shape {
        self.pool.map_or_else(|| self.map.output(), |pool| pool.output())
    }

    /// Number of synapses.
    pub fn synapses(&self) -> usize {
        self.weight.post() * self.weight.pre()
    }

    /// Whether it has any.
    pub fn has_synapses(&self) -> bool {
        self.synapses() > 0
    }

    /// Bytes of its arrays.
    pub fn memory_bytes(&self) -> usize {
        let others = [self.feedback.matrix(), self.forward_magnitude.as_ref(), self.feedback_magnitude.as_ref()];
        self.weight.memory_bytes() + others.into_iter().flatten().map(WeightMatrix::memory_bytes).sum::<usize>()
    }

    /// W in the order and (row-major) shape in which files hold it.
    pub fn weight_for_files(&self) -> (Vec<usize>, Vec<f32>) {
        (self.map.weight_shape(), self.map.numbers_for_files(&self.weight.to_matrix()))
    }

    /// Takes W in that order; the arrays next to it have to follow.
    ///
    /// # Panics
    /// If there are not as many numbers as synapses.
    pub(crate) fn take_weight_of_files(&mut self, numbers: &[f32]) {
        self.weight = WeightMatrix::from_matrix(&self.map.matrix_of_files(numbers));
    }

    /// The matrix of the array that carries errors back.
    pub fn feedback_weight(&self) -> &WeightMatrix {
        self.feedback.matrix().unwrap_or(&self.weight)
    }

    pub(crate) fn forward_magnitude(&self) -> Option<&WeightMatrix> {
        self.forward_magnitude.as_ref()
    }

    pub(crate) fn feedback_magnitude(&self) -> Option<&WeightMatrix> {
        self.feedback_magnitude.as_ref()
    }

    /// Estimates the norm of the map with its present weights.
    pub fn norm(&self, how: NormEstimate, start: &mut Stream) -> f64 {
        self.map.norm(&self.weight, how, start)
    }

    /// W x for all units (receiver × sample), without the bias.
    pub fn apply(&self, y: MatrixViewMut, x: MatrixView) {
        self.map.apply(&self.weight, y, 0, x);
    }

    /// Wᵀ d for all units (sender × sample), through the forward array.
    pub fn transposed(&self, y: MatrixViewMut, d: MatrixView) {
        self.transposed_at(y, 0, d);
    }

    /// The same for the sending units from `first` on.
    pub(crate) fn transposed_at(&self, y: MatrixViewMut, first: usize, d: MatrixView) {
        self.map.transposed(&self.weight, y, first, d);
    }

    /// Builds the arrays of a chip; `number` counts the projections of a network from 1. `reads_weights` says whether the
    /// read noise of the forward and of the feedback array depends on single weights. Nothing is fed back to a stimulus.
    pub(super) fn set_arrays(
        &mut self,
        feedback: FeedbackWeights,
        initialization: Initialization,
        reads_weights: [bool; 2],
        number: usize,
        chip: Chip,
    ) {
        let ArrayShape { rows, columns, .. } = self.map.array();
        let magnitude = |needed: bool| needed.then(|| WeightMatrix::zeros(rows, columns));
        self.forward_magnitude = magnitude(reads_weights[0]);
        self.feedback_magnitude = magnitude(reads_weights[1] && self.from > 0);
        self.feedback = match feedback {
            FeedbackWeights::Mirrored(Mirrored { std }) if self.from > 0 => {
                FeedbackArray::mirrored(rows, columns, std.get() as f32, chip, number)
            }
            FeedbackWeights::KolenPollack(_) | FeedbackWeights::FixedRandom if self.from > 0 => {
                let is_fixed = feedback == FeedbackWeights::FixedRandom;
                FeedbackArray::own(initialization, self.map.array(), is_fixed, chip, number)
            }
            _ => FeedbackArray::Transposed,
        };
        self.refresh_arrays();
    }

    /// What was drawn of the array that carries errors back.
    pub fn frozen_feedback(&self) -> Vec<Frozen> {
        self.feedback.frozen()
    }

    /// Brings the arrays next to the forward one up to date with its weights.
    pub(super) fn refresh_arrays(&mut self) {
        self.feedback.mirror(&self.weight);
        let back = self.feedback.matrix().unwrap_or(&self.weight);
        for (magnitude, source) in [(&mut self.forward_magnitude, &self.weight), (&mut self.feedback_magnitude, back)] {
            if let Some(magnitude) = magnitude {
                magnitude.view_mut().zip_apply(&source.view(), |m, w| *m = w.abs());
            }
        }
    }

    /// B, if it is not a function of the forward weights and the chip alone.
    pub(super) fn learnt_feedback(&mut self) -> Option<&mut WeightMatrix> {
        match &mut self.feedback {
            FeedbackArray::Own { matrix, .. } => Some(matrix),
            _ => None,
        }
    }

    /// Kolen–Pollack: both arrays decay by the share `decay`, the feedback array then makes the same step as the forward
    /// one, which has come from `before`.
    pub(super) fn follow_step(&mut self, before: &WeightMatrix, decay: f32) {
        self.weight.view_mut().zip_apply(&before.view(), |w, old| *w -= decay * old);
        self.feedback.follow(self.weight.view(), before.view(), 1.0 - decay);
    }
}

/// The linear map with its present weights; a pooling is left out.
impl Operator for Projection {
    fn inputs(&self) -> usize {
        self.map.input().units()
    }

    fn outputs(&self) -> usize {
        self.map.output().units()
    }

    fn apply(&self, y: MatrixViewMut, x: MatrixView) {
        self.map.apply(&self.weight, y, 0, x);
    }

    fn transposed(&self, y: MatrixViewMut, d: MatrixView) {
        self.transposed_at(y, 0, d);
    }
}

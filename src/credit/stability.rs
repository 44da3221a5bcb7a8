//! Stability of the inference of dyads: what a round of updates makes of a small deviation from the fixed point.
//!
//! Linearised at the activity of a forward pass, with the shares h± of the nudge, δ = s⁺ − s⁻ and deviations in place of states:
//!
//! ```text
//! d_k = Σ Aᵀ δ      δ_k = γ f′_k d_k      a_k = Σ A s̄      s̄_k = f′_k a_k + τ γ d_k      τ = α_h h⁺ − (1−α_h) h⁻
//! δ_L = −c a_L
//! ```
//!
//! τ is 2α_h−1 with `dp` and `damped_dp`: every hidden population turns the mean by (2α_h−1) γ d. With `dp_transpose` and
//! with α_h = ½ it is 0: the mean stays, and so does the inference. In a chain one round, the errors down and the activities
//! up, makes of a deviation e of the outputs
//!
//! ```text
//! e ← (1−2α_h) c Σ_k γ^(L−k) P_k P_kᵀ e      P_k = W_L f′_{L−1} W_{L−1} ⋯ f′_{k+1} W_{k+1}
//! ```
//!
//! so that inference converges if the *gain* |1−2α_h| γ c λ_max(Σ_k γ^(L−1−k) P_k P_kᵀ) is below 1. With one hidden layer that
//! is |1−2α|γcσ² < 1 (Høier & Zach, ICML 2024). The outputs answer to an error of their drive by c = β for a linearised
//! nudge, by β/((1+c⁺)(1−c⁻)) for a proximal one, c± being its strengths, and by 0 where the loss gradient stays that of the
//! initial forward pass. A gradient at the mean state is that of the round before, and the mean ½(s⁺+s⁻) = a + ½(c⁻−c⁺) g
//! moves with it. With damping, s̄_k and δ_k keep the share L_k/(1+L_k) of what they were.
//!
//! The gain is the growth of e in repeated rounds k = L−1 … 1, 2 … L−1, L (those of the schedule `forward_then_rounds`; an
//! undamped `up_down` makes the same of e), a power iteration through the maps of any graph and through the arrays that carry
//! the errors. Of several stimuli it is the largest: a batch rests when all of them do. A population's own slope
//! in the turn of its mean is taken as 1, the steepest, since the nudge itself can open a rectifier that is shut without; between
//! the populations f′ is that of the forward pass. For linear units the gain is exact. For others it is a guide, most often above
//! what they do near the fixed point: squared errors are assumed, and cross-entropy answers at most half as strongly; but a nudge
//! so strong that it opens other rectifiers leads to other slopes, the more so as with α_h < ½ the outputs of the fixed point are
//! 1/(1 − gain) errors away. Other orders of updates delay the error of some layers, which cannot break an undamped inference
//! whose gain is below 1; a damped population that is updated more often in a round keeps less.
use super::local::Local;
use crate::linalg::{Matrix, MatrixViewMut, sum_products};
use crate::math;
use crate::network::Network;
use crate::random::{StandardNormal, Stream};
use rand::distr::Distribution;

/// Most rounds of the iteration.
const MOST_ROUNDS: usize = 100;
/// Fewest.
const FEWEST_ROUNDS: usize = 8;
/// It ends when no growth moves by more than this share in a round.
const TOLERANCE: f64 = 1e-6;

/// How the outputs answer to an error of their drive.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Answer {
    /// c.
    pub strength: f64,
    /// ½(c⁻−c⁺), of a loss gradient that is taken at the mean state.
    pub mean_moves_by: Option<f64>,
}

/// A round of updates, linearised.
#[derive(Debug)]
pub(crate) struct LinearRound<'a> {
    /// The network.
    pub network: &'a Network,
    /// Its slopes and maxima.
    pub local: Local,
    /// Of the outputs.
    pub answer: Answer,
    /// τ.
    pub turn: f64,
    /// γ.
    pub feedback_gain: f64,
    /// L of every hidden population; empty is zero.
    pub damping: &'a [f32],
}

/// Deviations of all populations of dyads, 1 first (unit × sample).
struct Deviations {
    /// s̄, of the outputs their gradient, which is a but for one at the mean state.
    mean: Vec<Matrix>,
    /// s⁺ − s⁻.
    difference: Vec<Matrix>,
    /// ½(s⁺ + s⁻) of the outputs, where their gradient is taken; otherwise zero.
    middle: Matrix,
}

impl LinearRound<'_> {
    /// The gain of these stimuli; NaN for weights that are no numbers. `start` only says where the iteration starts.
    pub fn gain(&self, samples: usize, start: &mut Stream) -> f64 {
        let last = self.network.last();
        let mut draw = |k: usize| {
            let units = self.network.populations()[k].units();
            Matrix::from_fn(units, samples, |_, _| StandardNormal.sample(start))
        };
        let mut at = Deviations {
            mean: (1..=last).map(&mut draw).collect(),
            difference: (1..=last).map(&mut draw).collect(),
            middle: match self.answer.mean_moves_by {
                Some(_) => draw(last),
                None => Matrix::zeros(self.network.populations()[last].units(), samples),
            },
        };
        // The first round only brings the start into line.
        self.round(&mut at);
        at.normalise();
        let mut growths: Vec<Vec<f64>> = vec![];
        while growths.len() < MOST_ROUNDS {
            self.round(&mut at);
            let now = at.normalise();
            let rests = growths.last().is_some_and(|before| {
                // A NaN will not become a number.
                now.iter().zip(before).all(|(now, before)| now.is_nan() || (now - before).abs() <= TOLERANCE * before)
            });
            growths.push(now);
            if rests && growths.len() >= FEWEST_ROUNDS {
                growths.drain(..growths.len() - 1);
                break;
            }
        }
        // Deviations that turn grow unevenly.
        let late = &growths[growths.len() / 2..];
        let growth = |sample: usize| {
            math::exp(late.iter().map(|round| math::ln(round[sample])).sum::<f64>() / late.len() as f64)
        };
        // Not `max`: it would lose a NaN.
        (0..samples)
            .map(growth)
            .fold(0.0, |most: f64, growth| if growth <= most || most.is_nan() { most } else { growth })
    }

    fn round(&self, at: &mut Deviations) {
        let last = self.network.last();
        for k in (1..last).rev().chain(2..last) {
            self.update_hidden(k, at);
        }
        self.update_outputs(at);
    }

    fn update_hidden(&self, k: usize, at: &mut Deviations) {
        let damping = self.damping.get(k - 1).map_or(0.0, |&damping| f64::from(damping));
        let keep = (damping / (1.0 + damping)) as f32;
        let gain = self.feedback_gain / (1.0 + damping);
        let (share, back, turn) = ((1.0 / (1.0 + damping)) as f32, gain as f32, (self.turn * gain) as f32);
        let (drive, feedback) = (self.drive(k, at), self.feedback(k, at));
        let slopes = self.local.slopes(k).expect("a hidden population has slopes").iter();
        let own = at.mean[k - 1].iter_mut().zip(&mut at.difference[k - 1]);
        for ((((mean, difference), a), d), slope) in own.zip(&drive).zip(&feedback).zip(slopes) {
            *mean = keep * *mean + share * slope * a + turn * d;
            *difference = slope * (keep * *difference + back * d);
        }
    }

    fn update_outputs(&self, at: &mut Deviations) {
        let last = self.network.last();
        let drive = self.drive(last, at);
        let gradient = match self.answer.mean_moves_by {
            Some(share) => {
                let gradient = at.middle.clone();
                at.middle = &drive + &gradient * share as f32;
                gradient
            }
            None => drive,
        };
        at.difference[last - 1] = &gradient * -self.answer.strength as f32;
        at.mean[last - 1] = gradient;
    }

    /// a of population k; stimuli do not deviate.
    fn drive(&self, k: usize, at: &Deviations) -> Matrix {
        let mut drive = Matrix::zeros(at.mean[k - 1].nrows(), at.mean[k - 1].ncols());
        let products = self.network.arriving(k).filter(|projection| projection.from > 0).map(|projection| {
            let mean = at.mean[projection.from - 1].as_view();
            move |y: MatrixViewMut| self.local.apply(projection, y, mean)
        });
        sum_products(drive.as_view_mut(), products);
        drive
    }

    /// d of population k.
    fn feedback(&self, k: usize, at: &Deviations) -> Matrix {
        let mut feedback = Matrix::zeros(at.mean[k - 1].nrows(), at.mean[k - 1].ncols());
        let products = self.network.leaving(k).map(|projection| {
            let difference = at.difference[projection.to - 1].as_view();
            move |y: MatrixViewMut| {
                self.local.transposed(projection, y, difference, |y, d| {
                    projection.map.transposed(projection.feedback_weight(), y, 0, d);
                });
            }
        });
        sum_products(feedback.as_view_mut(), products);
        feedback
    }
}

impl Deviations {
    /// Divides every sample by the norm of its gradient and of ½(s⁺ + s⁻), which it gives; what is zero stays.
    fn normalise(&mut self) -> Vec<f64> {
        let Self { mean, difference, middle } = self;
        let norm = |column: &[f32]| column.iter().map(|&e| f64::from(e).powi(2)).sum::<f64>().sqrt();
        let error = mean.last().expect("a network has outputs");
        let columns = error.column_iter().zip(middle.column_iter());
        let norms: Vec<f64> =
            columns.map(|(error, middle)| math::hypot(norm(error.as_slice()), norm(middle.as_slice()))).collect();
        for matrix in mean.iter_mut().chain(difference).chain([middle]) {
            for (mut column, norm) in matrix.column_iter_mut().zip(&norms).filter(|(_, norm)| **norm != 0.0) {
                column.iter_mut().for_each(|x| *x = (f64::from(*x) / norm) as f32);
            }
        }
        norms
    }
}

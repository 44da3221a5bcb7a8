//! The step of a dyad: what it does with its inputs when it is updated, and how ideal hardware does it. On a die it is
//! the step of [`mod@crate::substrate::step`], of which this is the case κ = 1 without mismatch and noise, bit for bit.
//!
//! | symbol | field | shape | unit |
//! |---|---|---|---|
//! | a = W s̄ + b | `drive`, `bias` | unit × sample, unit | 1 |
//! | d = Wᵀ(s⁺ − s⁻) | `feedback` | unit × sample | 1 |
//! | h⁺γ, h⁻γ | `nudge_plus`, `nudge_minus` | – | 1 |
//! | L | `damping` | – | 1 |
//!
//! Nudged drive (L = 0 except for `damped_dp`; see [`crate::credit`] for the shares h±):
//!
//! ```text
//! u⁺ = (a + h⁺γ d + L s⁺)/(1+L)      u⁻ = (a − h⁻γ d + L s⁻)/(1+L)
//! ```
//!
//! and s± = f(u±). Units of a lifted network leak as well: 1 + L + `leak` in place of 1 + L
//! ([`crate::credit::lifted`]).
//!
//! Sources: Høier, Staudt & Zach, ICML 2023 (`dualprop_model.jl`), ICML 2024 (`src/models.py`).
use super::activation::{Activation, Transfer, with_transfer};
use super::kernel::{Circuit, CircuitColumn, Dyad, step_dyads};
use super::moves::MoveWatch;
use super::output::{OutputStep, update_outputs};
use super::tile::Tile;
use crate::linalg::MatrixView;
use multiversion::multiversion;
use std::borrow::Cow;

/// Constants of an update of one population.
#[derive(Debug, Clone)]
pub struct UnitStep<'a> {
    /// f.
    pub activation: Activation,
    /// Bias of every unit.
    pub bias: Cow<'a, [f32]>,
    /// h⁺γ.
    pub nudge_plus: f32,
    /// h⁻γ.
    pub nudge_minus: f32,
    /// α of s̄ = α s⁺ + (1−α) s⁻.
    pub alpha: f32,
    /// Whether α h⁺ = (1−α) h⁻, so that nudges leave s̄ at f(a) wherever f is linear.
    pub is_balanced: bool,
    /// L.
    pub damping: f32,
    /// How strongly a unit is drawn to zero.
    pub leak: f32,
    /// What it hears of the targets.
    pub teacher: Teacher<'a>,
}

/// What a population hears of the targets (class × sample) of the whole batch.
#[derive(Debug, Clone, Copy)]
pub enum Teacher<'a> {
    /// Nothing: a hidden population.
    Hidden,
    /// The loss nudges these outputs, if the teacher speaks.
    Outputs(Option<(OutputStep, MatrixView<'a>)>),
    /// Targets pull these outputs of a lifted network in the place of feedback, if the teacher speaks.
    Pulled(Option<MatrixView<'a>>),
    /// These outputs are held at the targets, whatever their drive.
    Held(MatrixView<'a>),
}

/// What is seen of the states after a forward pass, before they move on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Seen {
    /// Everything.
    All,
    /// Both compartments and s̄; what is fed back is made before anything reads it.
    States,
    /// s̄ alone: an update follows that makes the rest.
    Mean,
}

impl Teacher<'_> {
    /// Whether these are outputs.
    pub fn is_of_outputs(&self) -> bool {
        !matches!(self, Self::Hidden)
    }

    /// Whether the targets are heard.
    pub fn speaks(&self) -> bool {
        matches!(self, Self::Outputs(Some(_)) | Self::Pulled(Some(_)) | Self::Held(_))
    }
}

impl<'a> UnitStep<'a> {
    /// Of a unit that follows its drive: both compartments are f(a).
    pub fn following(activation: Activation, bias: Cow<'a, [f32]>, teacher: Teacher<'a>) -> Self {
        Self {
            activation,
            bias,
            nudge_plus: 0.0,
            nudge_minus: 0.0,
            alpha: 0.5,
            is_balanced: false,
            damping: 0.0,
            leak: 0.0,
            teacher,
        }
    }

    /// Whether s̄ is f(a) wherever both compartments lie on one linear piece of f.
    pub(crate) fn keeps_mean(&self) -> bool {
        self.is_balanced && self.damping == 0.0 && self.leak == 0.0
    }

    /// Updates both compartments of every dyad of the tile on ideal hardware, in the samples that are due, and notes in
    /// which they have moved.
    pub(crate) fn apply(&self, tile: &mut Tile, watch: &MoveWatch) {
        match self.teacher {
            Teacher::Outputs(nudge) => return update_outputs(nudge, &self.bias, tile, watch),
            Teacher::Pulled(Some(targets)) => {
                let own = (tile.units(), tile.samples());
                tile.feedback.copy_from(&targets.view((tile.first_unit, tile.first_sample), own));
            }
            Teacher::Hidden | Teacher::Pulled(None) | Teacher::Held(_) => {}
        }
        with_transfer!(self.activation, |f| if self.damping == 0.0 && self.leak == 0.0 {
            self.step::<_, false>(f, tile, watch);
        } else {
            self.step::<_, true>(f, tile, watch);
        });
    }

    fn step<F: Transfer, const DAMPED: bool>(&self, f: F, tile: &mut Tile, watch: &MoveWatch) {
        let bias = &self.bias[tile.first_unit..][..tile.units()];
        let Tile { s_plus, s_minus, mean, difference, drive, feedback, first_sample, .. } = tile;
        let circuit = Ideal::<DAMPED> {
            drive: drive.as_view(),
            feedback: feedback.as_view(),
            bias,
            parameters: Parameters {
                nudge_plus: self.nudge_plus,
                nudge_minus: self.nudge_minus,
                alpha: self.alpha,
                keeps_mean: self.keeps_mean(),
                damping: self.damping,
                shrink: 1.0 / (1.0 + self.damping + self.leak),
            },
        };
        let states = [s_plus.as_view_mut(), s_minus.as_view_mut(), mean.as_view_mut(), difference.as_view_mut()];
        step_dyads(f, circuit, None, Some((watch, *first_sample)), states);
    }

    /// The step without nudge and history: s⁺ = s⁻ = s̄ = f(a); no difference, no feedback. Only what is seen is written.
    pub(crate) fn settle(&self, tile: &mut Tile, seen: Seen) {
        let bias = &self.bias[tile.first_unit..][..tile.units()];
        with_transfer!(self.activation, |f| for j in 0..tile.samples() {
            activate(f, tile.drive.column(j).as_slice(), bias, tile.mean.column_mut(j).as_mut_slice());
        });
        for j in (0..tile.samples()).filter(|_| seen != Seen::Mean) {
            let mean = tile.mean.column(j);
            tile.s_plus.column_mut(j).as_mut_slice().copy_from_slice(mean.as_slice());
            tile.s_minus.column_mut(j).as_mut_slice().copy_from_slice(mean.as_slice());
            if seen == Seen::All {
                tile.difference.column_mut(j).as_mut_slice().fill(0.0);
                tile.feedback.column_mut(j).as_mut_slice().fill(0.0);
            }
        }
    }
}

/// s̄ = f(a) of one column.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn activate<F: Transfer>(f: F, drive: &[f32], bias: &[f32], mean: &mut [f32]) {
    mean.iter_mut().zip(drive).zip(bias).for_each(|((s, drive), bias)| *s = f.value(drive + bias));
}

#[derive(Clone, Copy)]
struct Parameters {
    nudge_plus: f32,
    nudge_minus: f32,
    alpha: f32,
    keeps_mean: bool,
    damping: f32,
    /// 1/(1+L+leak)
    shrink: f32,
}

/// Dyads whose compartments go all the way to f(u±).
struct Ideal<'a, const DAMPED: bool> {
    drive: MatrixView<'a>,
    feedback: MatrixView<'a>,
    bias: &'a [f32],
    parameters: Parameters,
}

#[derive(Clone, Copy)]
struct IdealColumn<'c, const DAMPED: bool> {
    drive: &'c [f32],
    feedback: &'c [f32],
    bias: &'c [f32],
    parameters: Parameters,
}

impl<const DAMPED: bool> Circuit for Ideal<'_, DAMPED> {
    const HAS_MEMBRANE: bool = false;
    const IS_WATCHED: bool = true;
    type Column<'c>
        = IdealColumn<'c, DAMPED>
    where
        Self: 'c;

    #[inline(always)]
    fn column(&self, j: usize, units: usize) -> IdealColumn<'_, DAMPED> {
        IdealColumn {
            drive: column_of(&self.drive, j, units),
            feedback: column_of(&self.feedback, j, units),
            bias: &self.bias[..units],
            parameters: self.parameters,
        }
    }
}

impl<const DAMPED: bool> CircuitColumn for IdealColumn<'_, DAMPED> {
    #[inline(always)]
    fn step<F: Transfer>(&self, f: F, i: usize, [plus, minus]: [f32; 2], _: [f32; 2]) -> Dyad {
        let p = self.parameters;
        let a = self.drive[i] + self.bias[i];
        let d = self.feedback[i];
        let (mut u_plus, mut u_minus) = (a + p.nudge_plus * d, a - p.nudge_minus * d);
        if DAMPED {
            u_plus = (u_plus + p.damping * plus) * p.shrink;
            u_minus = (u_minus + p.damping * minus) * p.shrink;
        }
        let dyad = Dyad::new(f.value(u_plus), f.value(u_minus), p.alpha);
        if !DAMPED && p.keeps_mean {
            dyad.balanced(f, a, [u_plus, u_minus], (p.nudge_plus + p.nudge_minus) * d)
        } else {
            dyad
        }
    }
}

#[inline(always)]
fn column_of<'c>(matrix: &'c MatrixView, j: usize, units: usize) -> &'c [f32] {
    &matrix.column(j).data.into_slice()[..units]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dynamics::moves::SampleSet;
    use crate::dynamics::state::DyadState;

    const BIAS: [f32; 3] = [0.5, -0.25, 0.0];

    fn step(damping: f32) -> UnitStep<'static> {
        UnitStep {
            activation: Activation::Relu,
            bias: Cow::Borrowed(&BIAS),
            nudge_plus: 0.25,
            nudge_minus: 0.75,
            alpha: 0.25,
            is_balanced: false,
            damping,
            leak: 0.0,
            teacher: Teacher::Hidden,
        }
    }

    /// Drive (1, −1, 2), feedback (2, 4, −4), previous states 1.
    fn state() -> DyadState {
        let mut dyads = DyadState::zeros(3, 1);
        dyads.drive.copy_from_slice(&[1.0, -1.0, 2.0]);
        dyads.feedback.copy_from_slice(&[2.0, 4.0, -4.0]);
        dyads.s_plus.fill(1.0);
        dyads.s_minus.fill(1.0);
        dyads
    }

    #[test]
    fn an_update_computed_by_hand() {
        let mut dyads = state();
        step(0.0).apply(&mut Tile::whole(&mut dyads, []), &MoveWatch::new(&SampleSet::all(1)));
        // a = (1.5, −1.25, 2); u⁺ = (2, −0.25, 1); u⁻ = (0, −4.25, 5).
        assert_eq!(dyads.s_plus.as_slice(), [2.0, 0.0, 1.0]);
        assert_eq!(dyads.s_minus.as_slice(), [0.0, 0.0, 5.0]);
        assert_eq!(dyads.difference.as_slice(), [2.0, 0.0, -4.0]);
        assert_eq!(dyads.mean.as_slice(), [0.5, 0.0, 4.0]);
    }

    #[test]
    fn a_damped_update_computed_by_hand() {
        let mut dyads = state();
        step(1.0).apply(&mut Tile::whole(&mut dyads, []), &MoveWatch::new(&SampleSet::all(1)));
        // (u + 1·1)/2
        assert_eq!(dyads.s_plus.as_slice(), [1.5, 0.375, 1.0]);
        assert_eq!(dyads.s_minus.as_slice(), [0.5, 0.0, 3.0]);
    }

    #[test]
    fn a_forward_pass_leaves_no_difference() {
        let mut dyads = state();
        step(1.0).settle(&mut Tile::whole(&mut dyads, []), Seen::All);
        assert_eq!(dyads.mean.as_slice(), [1.5, 0.0, 2.0]);
        assert_eq!((dyads.difference.amax(), dyads.feedback.amax()), (0.0, 0.0));
    }

    /// h⁺ = ¾, h⁻ = ¼, α = ¼.
    #[test]
    fn balanced_nudges_leave_the_mean_where_it_was_unless_a_kink_lies_between() {
        let balanced = UnitStep { is_balanced: true, nudge_plus: 0.75, nudge_minus: 0.25, ..step(0.0) };
        let mut dyads = state();
        dyads.drive.copy_from_slice(&[0.1, -1.0, 0.1]);
        dyads.feedback.copy_from_slice(&[1e-3, 1.0, -4.0]);
        balanced.settle(&mut Tile::whole(&mut dyads, []), Seen::All);
        let before = dyads.mean.clone();
        dyads.feedback.copy_from_slice(&[1e-3, 1.0, -4.0]);
        let all = SampleSet::all(1);
        let first = MoveWatch::new(&all);
        balanced.apply(&mut Tile::whole(&mut dyads, []), &first);
        // u⁺ = (…, −0.5, −2.9), u⁻ = (…, −1.5, 1.1).
        assert_eq!(dyads.mean.as_slice()[..2], before.as_slice()[..2]);
        assert!((dyads.mean[2] - 0.75 * 1.1).abs() < 1e-6, "{}", dyads.mean);
        let moves = first.moves();
        assert!(!moves.mean.is_empty() && !moves.difference.is_empty());
        // The same step once more moves nothing.
        let again = MoveWatch::new(&all);
        balanced.apply(&mut Tile::whole(&mut dyads, []), &again);
        let moves = again.moves();
        assert!(moves.mean.is_empty() && moves.difference.is_empty());
        // What has diverged shows.
        dyads.feedback.copy_from_slice(&[f32::INFINITY, f32::NAN, 1e-3]);
        balanced.apply(&mut Tile::whole(&mut dyads, []), &MoveWatch::new(&SampleSet::all(1)));
        assert!(!dyads.mean[0].is_finite() && dyads.mean[1].is_nan() && dyads.mean[2] == 0.1, "{}", dyads.mean);
    }
}

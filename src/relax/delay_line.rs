//! Delay lines, which let an error meet the activity that it belongs to.
//!
//! In a stream in which all units move at once, a stimulus needs an update for each layer on its way to the outputs, and
//! its error as many on its way back. What arrives at layer k of L as an error belongs to what layer k has seen
//! Δ_k = 2(L−k) updates before. So the drive of every unit, and the activity that this drive was made of, go through a line
//! of Δ_k stages, and the synapse multiplies what comes out of it:
//!
//! ```text
//! e_k = s⁺(a′) − s⁻(a′)         the compartments as the drive a′ of Δ_k updates ago would have them, with the nudge of today
//! ΔW_k ∝ e_k s′ᵀ                s′: what layer k−1 had sent, when that drive was made of it
//! ```
//!
//! What is sent forward stays as it is. What is sent back is the difference of the present compartments, or e_k itself
//! ([`SentBack`]): then the slopes of all layers that an error passes belong to its own stimulus, too.
//!
//! A line is analog. With the drive or activity x that goes in,
//!
//! ```text
//! v₀ = x + σ_s ξ,   v_{n+1} = (1−λ) v_n + σ_t ξ,   out = g v_Δ
//! Var out = g² (σ_s² (1−λ)^(2Δ) + σ_t² Σ_{n<Δ} (1−λ)^(2n))
//! ```
//!
//! with a gain g of every line around 1, frozen. A line without stages passes on what goes in. Everything is local: each line
//! belongs to one unit, and its length to its layer.
//!
//! Sources: the length of the line follows from the order of updates (`relax/engine.rs`); delayed activity in pipelines
//! of layers that learn, Petrowski, Dreyfus & Girault, IEEE Trans. Neural Netw. 4 (1993).
use crate::device::frozen::{Chip, Frozen, FrozenRule, Part};
use crate::device::spread::{Quantity, SpreadDistribution, singles};
use crate::linalg::Matrix;
use crate::parameter::{Fraction, NonNegative, Repeats};
use crate::persist::{Archive, Damaged, Persist};
use crate::random::NormalStream;
use crate::vocabulary::Term;
use crate::vocabulary::device::{ACTIVITY_LINE_GAIN, DRIVE_LINE_GAIN};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::VecDeque;

/// Delay lines of drive and activity.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DelayLine {
    /// Stages of a line.
    pub depth: Depth,
    /// Share of what a line holds that it loses at every stage.
    pub leak: Fraction,
    /// Standard deviation of the noise of what goes into a line.
    pub store_noise_std: NonNegative,
    /// Standard deviation of the noise that every stage adds.
    pub stage_noise_std: NonNegative,
    /// Standard deviation of the gain of a line around 1, frozen; a gain is never below 1/20.
    pub gain_std: NonNegative,
    /// Which difference a hidden layer sends back.
    pub sent_back: SentBack,
}

/// Which difference is sent back.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SentBack {
    /// That of the compartments at the present drive.
    #[default]
    Present,
    /// That of the compartments at the drive that was held back, which is what synapses learn from.
    Held,
}

/// Stages of a line.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Depth {
    /// 2(L−k) of layer k of L: as many as a stimulus needs from there to the outputs and back.
    #[default]
    Distance,
    /// As many for all layers.
    Stages(Repeats),
}

impl Depth {
    /// Stages of layer k of `layers`.
    pub(crate) fn of_layer(self, k: usize, layers: usize) -> usize {
        match self {
            Self::Distance => 2 * (layers - k),
            Self::Stages(stages) => stages.get(),
        }
    }
}

impl DelayLine {
    /// These lines with so many stages, for values of this shape (unit × sample).
    pub(crate) fn line(&self, stages: usize, chip: Chip, lines: Lines, shape: (usize, usize)) -> Line {
        let kept = 1.0 - self.leak.get();
        let (store, stage) = (self.store_noise_std.get(), self.stage_noise_std.get());
        let passed: f64 = (0..stages as i32).map(|n| kept.powi(2 * n)).sum();
        let variance = store * store * kept.powi(2 * stages as i32) + stage * stage * passed;
        let differs = stages > 0 && self.gain_std.get() > 0.0;
        let ratio = |xi| SpreadDistribution::Normal.ratio(self.gain_std.get(), xi) as f32;
        let mut gains: Vec<f32> = vec![];
        if differs {
            gains = singles(chip.seeds.chip, lines.quantity, lines.number, shape.0).into_iter().map(ratio).collect();
            chip.part(Part::Units(lines.population)).replace(&lines.term(), 0, &mut gains);
        }
        Line {
            stages,
            shape,
            lines,
            gains,
            kept: kept.powi(stages as i32) as f32,
            noise_std: if stages > 0 { variance.sqrt() as f32 } else { 0.0 },
            held: VecDeque::new(),
        }
    }
}

/// Which lines of a population.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Lines {
    /// What differs between them.
    pub quantity: Quantity,
    /// Their number among those of this quantity.
    pub number: usize,
    /// The population.
    pub population: usize,
}

impl Lines {
    fn term(self) -> Term {
        if matches!(self.quantity, Quantity::DriveLineGain) { DRIVE_LINE_GAIN } else { ACTIVITY_LINE_GAIN }
    }
}

/// The lines of all units of a population. Noise and leak of all stages are those of what comes out: each number leaves a
/// line once.
#[derive(Debug, Clone)]
pub(crate) struct Line {
    stages: usize,
    /// (unit × sample)
    shape: (usize, usize),
    lines: Lines,
    /// g of every unit; empty where it is 1.
    gains: Vec<f32>,
    /// (1−λ)^Δ
    kept: f32,
    /// Standard deviation of what comes out, over g.
    noise_std: f32,
    /// What went in (unit × sample), oldest first.
    held: VecDeque<Matrix>,
}

impl Line {
    /// What was drawn of the lines, and of which population.
    pub fn frozen(&self) -> Option<(usize, Frozen)> {
        let numbers: Vec<f64> = self.gains.iter().map(|&gain| f64::from(gain)).collect();
        let frozen = Frozen { term: self.lines.term(), rule: FrozenRule::Positive, numbers };
        (!self.gains.is_empty()).then_some((self.lines.population, frozen))
    }

    /// Bytes of what it holds when it is full, and of what comes out.
    pub fn memory_bytes(&self) -> usize {
        let (units, samples) = self.shape;
        size_of::<f32>() * units * samples * (self.stages + 2)
    }

    /// Takes a number of every unit and sample in; everything in the line moves on.
    pub fn push(&mut self, values: &Matrix) {
        if self.is_full()
            && let Some(mut oldest) = self.held.pop_front()
        {
            oldest.copy_from(values);
            self.held.push_back(oldest);
        } else {
            self.held.push_back(values.clone());
        }
    }

    /// Whether something comes out.
    pub fn is_full(&self) -> bool {
        self.held.len() > self.stages
    }

    /// What comes out; `noise` is called only if the line is noisy.
    pub fn output(&self, noise: impl FnOnce() -> NormalStream) -> Option<Matrix> {
        let mut out = self.held.front().filter(|_| self.is_full())?.clone();
        if self.kept != 1.0 {
            out *= self.kept;
        }
        if self.noise_std != 0.0 {
            let mut z = vec![0.0; out.len()];
            noise().fill(&mut z);
            out.iter_mut().zip(z).for_each(|(x, z)| *x += self.noise_std * z);
        }
        if !self.gains.is_empty() {
            for mut column in out.column_iter_mut() {
                column.iter_mut().zip(&self.gains).for_each(|(x, gain)| *x *= gain);
            }
        }
        Some(out)
    }
}

impl Persist for Line {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let mut all: Vec<f32> = self.held.iter().flat_map(|values| values.iter().copied()).collect();
        archive.vector("held", &mut all)?;
        let (units, samples) = self.shape;
        if !all.len().is_multiple_of(units * samples) || all.len() > units * samples * (self.stages + 1) {
            return Err(archive.damaged("held"));
        }
        self.held =
            all.chunks_exact(units * samples).map(|own| Matrix::from_column_slice(units, samples, own)).collect();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seeds;
    use law_assertions::{assert_correlation, assert_mean, assert_variance, kurtosis};

    const UNITS: usize = 200;
    const SAMPLES: usize = 100;

    fn line(settings: &DelayLine, stages: usize) -> Line {
        settings.line(stages, chip(7), lines(Quantity::DriveLineGain), (UNITS, SAMPLES))
    }

    /// Of a line of `stages` into which `x` goes.
    fn outputs(settings: &DelayLine, stages: usize, x: f32) -> Vec<f64> {
        let mut line = line(settings, stages);
        (0..=stages).for_each(|_| line.push(&Matrix::from_element(UNITS, SAMPLES, x)));
        line.output(|| NormalStream::new(3)).unwrap().iter().map(|&x| f64::from(x)).collect()
    }

    fn chip(seed: u64) -> Chip<'static> {
        Seeds { chip: seed, ..Seeds::default() }.into()
    }

    fn lines(quantity: Quantity) -> Lines {
        Lines { quantity, number: 1, population: 1 }
    }

    #[test]
    fn an_ideal_line_gives_what_went_in_as_many_updates_ago() {
        for stages in [0, 1, 4] {
            let mut line = line(&DelayLine::default(), stages);
            for t in 0..9usize {
                line.push(&Matrix::from_element(UNITS, SAMPLES, t as f32));
                let out = line.output(|| unreachable!("an ideal line is not noisy"));
                assert_eq!(out.map(|out| out[0]), t.checked_sub(stages).map(|t| t as f32), "{stages} stages, {t}");
            }
        }
    }

    /// Of four stages with λ = 0.2: the mean is 0.8⁴ x, the variance σ_s² 0.8⁸ + σ_t² (1 + 0.8² + 0.8⁴ + 0.8⁶).
    #[test]
    fn leak_and_noise_of_a_line_have_their_law() {
        let leak = Fraction::constant(0.2);
        let (store, stage) = (NonNegative::constant(0.5), NonNegative::constant(0.3));
        let noisy = |store_noise_std, stage_noise_std| DelayLine {
            leak,
            store_noise_std,
            stage_noise_std,
            ..DelayLine::default()
        };
        let passed = 0.8f64.powi(8);
        let added = 1.0 + 0.64 + 0.64f64.powi(2) + 0.64f64.powi(3);
        let none = NonNegative::default();
        for (settings, variance) in [
            (noisy(store, none), 0.25 * passed),
            (noisy(none, stage), 0.09 * added),
            (noisy(store, stage), 0.25 * passed + 0.09 * added),
        ] {
            let out = outputs(&settings, 4, 2.0);
            assert_mean(&out, 2.0 * 0.8f64.powi(4), variance, "what comes out");
            assert_variance(&out, variance, kurtosis::NORMAL, "what comes out");
        }
        // One stage more adds its noise to what the others let through.
        let five = outputs(&noisy(none, stage), 5, 2.0);
        assert_variance(&five, 0.09 * (added + 0.64f64.powi(4)), kurtosis::NORMAL, "five stages");
    }

    #[test]
    fn gains_are_frozen_and_those_of_drive_and_activity_are_not_the_same() {
        let settings = DelayLine { gain_std: NonNegative::constant(0.1), ..DelayLine::default() };
        let many = 20_000;
        let gains = |quantity| -> Vec<f64> {
            settings.line(2, chip(7), lines(quantity), (many, 1)).gains.iter().map(|&gain| f64::from(gain)).collect()
        };
        let (drive, activity) = (gains(Quantity::DriveLineGain), gains(Quantity::ActivityLineGain));
        for own in [&drive, &activity] {
            assert_mean(own, 1.0, 0.01, "gains");
            assert_variance(own, 0.01, kurtosis::NORMAL, "gains");
        }
        assert_correlation(&drive, &activity, 0.0, "gains");
        assert_eq!(drive, gains(Quantity::DriveLineGain));
        // The gain multiplies what comes out, the same for every sample; a line without stages has none.
        let out = outputs(&settings, 2, 2.0);
        assert!((0..UNITS).all(|i| out[i] == out[i + UNITS]) && out[0] != out[1]);
        assert!(outputs(&settings, 0, 2.0).iter().all(|&x| x == 2.0));
    }

    #[test]
    fn the_depth_is_the_way_to_the_outputs_and_back() {
        assert_eq!([1, 2, 3, 4].map(|k| Depth::Distance.of_layer(k, 4)), [6, 4, 2, 0]);
        assert_eq!([1, 4].map(|k| Depth::Stages(Repeats::constant(3)).of_layer(k, 4)), [3, 3]);
    }
}

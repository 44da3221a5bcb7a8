//! Chopping: the two compartments of a dyad exchange their roles at random, as choppers do with the branches of a
//! differential circuit.
//!
//! ```text
//! role s⁺ is played by the first compartment where c = +1, by the second where c = −1, and s⁻ by the other
//! s⁺ − s⁻ = c (s₁ − s₂)
//! ```
//!
//! Each sign c is ±1 with probability ½. What is frozen in a compartment (gain, offset, time constant), and its slow
//! noise, then enters s⁺ − s⁻ with a random sign and averages out over the stimuli. The shares of a nudge and α go with the role.
//! The amplifier of the learning circuit is exchanged with the compartments: its offset gets the same sign. A membrane keeps
//! its voltage in an exchange. All that a unit is told is c, by a clock line; no phase.
//!
//! Each sample of a mini-batch is a replica of the chip, whose signs are its own.
//!
//! Source: chopper stabilisation, Enz & Temes, Proc. IEEE 84 (1996); choppers of the training of crossbars, which reverse the
//! signs of rows and columns at random, Rasch et al., Nat. Commun. 15 (2024).
use crate::device::noise_key::Tick;
use crate::linalg::Matrix;
use crate::math;
use crate::parameter::{Count, PositiveFraction};
use crate::random::{NormalStream, Purpose, key, stream};
use rand::RngExt;
use rayon::prelude::*;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How compartments exchange their roles.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Chopping {
    /// When the roles are drawn again.
    pub every: ChopEvery,
    /// Which dyads exchange together.
    pub shared_by: SharedBy,
    /// When roles that are drawn for a stimulus are taken up.
    pub takes_effect: TakesEffect,
}

/// When roles are drawn again.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ChopEvery {
    /// For every stimulus.
    #[default]
    Stimulus,
    /// At every update.
    Update,
    /// For every n-th stimulus.
    Stimuli(Count),
}

/// Which dyads get the same sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum SharedBy {
    /// All of the chip.
    Chip,
    /// All of a layer.
    #[default]
    Layer,
    /// None: each has a sign of its own. A circuit that is shared over positions has one for all of them.
    Dyad,
}

/// When roles that are drawn for a stimulus are taken up.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum TakesEffect {
    /// With the stimulus.
    #[default]
    StimulusChange,
    /// At any step of its presentation. One that ends before leaves the roles as they are. Forward passes take the roles
    /// of their stimulus.
    AnyStep(StepProbability),
}

/// Probability of a step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct StepProbability {
    /// That roles are taken up at a step, if they have not been before.
    pub probability: PositiveFraction,
}

impl Chopping {
    /// The rule that these settings break, with its key, if they do.
    pub(crate) fn conflict(&self) -> Option<(&'static str, &'static str)> {
        let is_late = self.takes_effect != TakesEffect::StimulusChange;
        (is_late && self.every == ChopEvery::Update)
            .then_some(("takes_effect", "is for roles that are drawn for stimuli: it must be \"stimulus_change\""))
    }
}

/// What a number is drawn for.
#[derive(Clone, Copy)]
#[repr(u64)]
enum Drawn {
    Sign = 0,
    Delay = 1,
}

/// The clock lines of a die.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Chopper {
    pub chopping: Chopping,
    pub seed: u64,
}

impl Chopper {
    /// Tells one drawing of the roles from another: context, stimulus, update.
    pub fn period(&self, tick: Tick) -> [u64; 3] {
        // Stimuli of one step that follow each other are 2³² ticks apart.
        let stimulus = tick.number >> 32;
        let (step, number) = match self.chopping.every {
            ChopEvery::Stimulus => (tick.step, stimulus),
            ChopEvery::Update => (tick.step, tick.number),
            ChopEvery::Stimuli(n) => (tick.step / n.get() as u64, stimulus),
        };
        [tick.context as u64, step, number]
    }

    /// Draws the signs of a population (dyad × sample; one row where all share one). A circuit serves `places` units.
    pub fn draw(&self, period: [u64; 3], population: usize, places: usize, signs: &mut Matrix) {
        let [context, step, number] = period;
        let layer = if self.chopping.shared_by == SharedBy::Chip { 0 } else { population as u64 };
        let key = |sample: usize| {
            key(self.seed, Purpose::Chopper, &[Drawn::Sign as u64, context, step, number, layer, sample as u64])
        };
        let rows = signs.nrows();
        let columns = signs.as_mut_slice().par_chunks_exact_mut(rows).enumerate();
        columns.with_min_len((1 << 14) / rows + 1).for_each(|(sample, signs)| {
            if self.chopping.shared_by != SharedBy::Dyad {
                signs.fill(if key(sample) >> 63 == 0 { 1.0 } else { -1.0 });
                return;
            }
            let (first, others) = signs.split_at_mut(rows / places);
            NormalStream::new(key(sample)).fill_uniform(first);
            first.iter_mut().for_each(|sign| *sign = if *sign < 0.0 { -1.0 } else { 1.0 });
            others.chunks_exact_mut(first.len()).for_each(|place| place.copy_from_slice(first));
        });
    }

    /// Whether the roles that were drawn for the stimulus of a sample are those at this tick, or those before still are.
    pub fn is_in_effect(&self, tick: Tick, sample: usize) -> bool {
        let TakesEffect::AnyStep(StepProbability { probability }) = self.chopping.takes_effect else { return true };
        let indices = [Drawn::Delay as u64, tick.context as u64, tick.step, tick.number >> 32, sample as u64];
        let failure = 1.0 - stream(self.seed, Purpose::Chopper, &indices).random::<f64>();
        // Geometric: the first step with probability p, and so on.
        let steps_before = math::ln(failure) / math::ln_1p(-probability.get());
        (tick.number & u64::from(u32::MAX)) as f64 > steps_before
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::device::noise_key::Context;
    use law_assertions::{assert_correlation, assert_mean, assert_share};

    fn chopper(text: &str) -> Chopper {
        Chopper { chopping: serde_json::from_str(text).unwrap(), seed: 3 }
    }

    fn tick(step: u64, number: u64) -> Tick {
        Tick { context: Context::Training, step, number }
    }

    fn signs(chopper: &Chopper, tick: Tick, population: usize, shape: (usize, usize), places: usize) -> Matrix {
        let mut signs = Matrix::zeros(shape.0, shape.1);
        chopper.draw(chopper.period(tick), population, places, &mut signs);
        signs
    }

    #[test]
    fn signs_are_fair_and_independent() {
        for (shared_by, rows) in [("chip", 1), ("layer", 1), ("dyad", 50)] {
            let chopper = chopper(&format!(r#"{{"shared_by": "{shared_by}"}}"#));
            let all: Vec<f64> = (0..40_000 / rows as u64)
                .flat_map(|step| signs(&chopper, tick(step, 0), 2, (rows, 2), 1).iter().copied().collect::<Vec<_>>())
                .map(f64::from)
                .collect();
            assert!(all.iter().all(|c| c.abs() == 1.0));
            assert_mean(&all, 0.0, 1.0, shared_by);
            // Next dyad or sample, next stimulus.
            for lag in [1, 2 * rows] {
                assert_correlation(&all[lag..], &all[..all.len() - lag], 0.0, format!("{shared_by}, {lag} further"));
            }
        }
    }

    #[test]
    fn dyads_that_share_a_line_exchange_together_and_others_do_not() {
        let course = |shared_by: &str, population: usize| -> Vec<f32> {
            let chopper = chopper(&format!(r#"{{"shared_by": "{shared_by}"}}"#));
            (0..64).map(|step| signs(&chopper, tick(step, 0), population, (1, 1), 1)[0]).collect()
        };
        assert_eq!(course("chip", 1), course("chip", 2));
        assert_ne!(course("layer", 1), course("layer", 2));
        assert_ne!(course("dyad", 1), course("dyad", 2));
        // Three circuits at four places.
        let shared = signs(&chopper(r#"{"shared_by": "dyad"}"#), tick(0, 0), 1, (12, 9), 4);
        assert!((0..12).all(|i| shared.row(i) == shared.row(i % 3)) && shared.row(0) != shared.row(1));
    }

    #[test]
    fn roles_last_as_long_as_they_are_to() {
        let courses = |every: &str| -> Vec<Vec<f32>> {
            let chopper = chopper(&format!(r#"{{"every": {every}, "shared_by": "dyad"}}"#));
            let of = |step, number| signs(&chopper, tick(step, number), 1, (40, 1), 1).as_slice().to_vec();
            vec![of(0, 0), of(0, 1), of(1, 0), of(2, 0), of(0, 1 << 32)]
        };
        let same = |every: &str| -> Vec<bool> {
            let all = courses(every);
            all[1..].iter().map(|signs| *signs == all[0]).collect()
        };
        assert_eq!(same("\"stimulus\""), [true, false, false, false]);
        assert_eq!(same("\"update\""), [false, false, false, false]);
        assert_eq!(same("{\"stimuli\": 2}"), [true, true, false, false]);
    }

    #[test]
    fn roles_are_taken_up_at_any_step_with_its_probability() {
        let chopper = chopper(r#"{"takes_effect": {"any_step": {"probability": 0.3}}}"#);
        let n = 20_000;
        for number in [0, 1, 2, 5] {
            let taken = (0..n).filter(|&step| chopper.is_in_effect(tick(step, number), 0)).count();
            let expected = 1.0 - 0.7f64.powi(number as i32);
            assert_share(taken, n as usize, expected, format!("step {number}"));
        }
    }
}

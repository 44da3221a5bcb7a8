//! The analog memory of a unit that keeps the state of a first phase until a second one has ended
//! ([`crate::credit::phases`]).
//!
//! ```text
//! m = (1 − λ)^n (s + σ ξ) + o
//! ```
//!
//! with the state s that is stored, noise σ ξ that is new with every store, the share λ that leaks away in each of the n
//! updates of the second phase, and a frozen offset o of the circuit that reads it.
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::linalg::Matrix;
use crate::parameter::{NonNegative, ProperFraction};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The memory of a unit for the state of a first phase.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct PhaseMemory {
    /// Standard deviation of the frozen offset of what is read, over units.
    pub offset_std: NonNegative,
    /// Standard deviation of the noise of what is stored, at every store.
    pub noise_std: NonNegative,
    /// Share of what is stored that is lost in every update until the second phase has ended.
    pub leak: ProperFraction,
}

impl Default for PhaseMemory {
    fn default() -> Self {
        let none = NonNegative::constant(0.0);
        Self { offset_std: none, noise_std: none, leak: ProperFraction::constant(0.0) }
    }
}

impl PhaseMemory {
    /// Makes of the states of a population (unit × sample) what its memories, of these offsets, give when the second phase has
    /// ended, `updates` updates after they were stored.
    pub(super) fn remember(&self, offsets: &[f32], stored: &NoiseKey, updates: usize, states: &mut Matrix) {
        let noise_std = self.noise_std.get() as f32;
        let kept = (1.0 - self.leak.get()).powi(updates as i32) as f32;
        let mut noise = stored.stream_if(noise_std != 0.0, NoiseSource::PhaseMemory);
        let mut z = vec![0.0; offsets.len()];
        for mut column in states.column_iter_mut() {
            if let Some(noise) = &mut noise {
                noise.fill(&mut z);
            }
            for ((s, z), offset) in column.iter_mut().zip(&z).zip(offsets) {
                *s = kept * (*s + noise_std * z) + offset;
            }
        }
    }
}

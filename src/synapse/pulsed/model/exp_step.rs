//! A step that depends on the state exponentially.
use super::law::{Nominal, StepLaw, Stepping, number, ratio};
use crate::math::{self, Elementary};
use crate::parameter::{Finite, NonNegative};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Settings of the exponential step.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ExpStep {
    /// A↑
    pub amplitude_up: Finite,
    /// A↓
    pub amplitude_down: Finite,
    /// γ↑
    pub gamma_up: Finite,
    /// γ↓
    pub gamma_down: Finite,
    /// a
    pub a: Finite,
    /// b
    pub b: Finite,
    /// Noise of a step in addition to that of its size: the step is dw + σ (|dw| + this + noise_slope |w|) ξ.
    pub noise_add: NonNegative,
    /// See noise_add.
    pub noise_slope: NonNegative,
}

impl Default for ExpStep {
    fn default() -> Self {
        Self {
            amplitude_up: Finite::constant(0.000_81),
            amplitude_down: Finite::constant(0.368_33),
            gamma_up: Finite::constant(12.446_25),
            gamma_down: Finite::constant(12.787_85),
            a: Finite::constant(0.244),
            b: Finite::constant(0.2425),
            noise_add: NonNegative::constant(0.0),
            noise_slope: NonNegative::constant(0.0),
        }
    }
}

impl StepLaw for ExpStep {
    #[inline]
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T {
        let Stepping { w, up, s, upper, lower, noise, .. } = *device;
        let z = ratio(number::<T>(2.0) * number(self.a.get()) * w, upper - lower) + number(self.b.get());
        let (amplitude, gamma) = if up {
            (number::<T>(self.amplitude_up.get()), number::<T>(self.gamma_up.get()))
        } else {
            (number(self.amplitude_down.get()), number(-self.gamma_down.get()))
        };
        let step = s * (T::one() - amplitude * math::exp(gamma * z)).max(T::zero());
        let added = number::<T>(self.noise_add.get()) + number::<T>(self.noise_slope.get()) * w.abs();
        step + noise * (step.abs() + added)
    }

    /// The step down: aihwkit means to average both directions, but adds this one twice (rpu_expstep_device.h).
    fn granularity(&self, device: &Nominal) -> f64 {
        let shape = 1.0 - self.amplitude_down.get() * math::exp(-self.gamma_down.get() * self.b.get());
        device.dw_min * (1.0 - device.up_down.max(0.0)) * shape
    }
}

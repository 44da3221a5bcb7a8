//! What a model says of a device.
use crate::random::Stream;

/// A device as it was made.
#[derive(Debug, Clone, Copy)]
pub(in crate::synapse::pulsed) struct Made {
    /// s↑ and s↓.
    pub up: f32,
    pub down: f32,
    /// b↑ and b↓.
    pub upper: f32,
    pub lower: f32,
    /// `w_max` and `w_min`, which are the same for all devices.
    pub nominal: (f32, f32),
}

/// A device without spread and noise.
#[derive(Debug, Clone, Copy)]
pub(in crate::synapse::pulsed) struct Nominal {
    pub dw_min: f64,
    pub up_down: f64,
}

/// A device about to step.
#[derive(Debug, Clone, Copy)]
pub(in crate::synapse::pulsed) struct Stepping {
    /// State.
    pub w: f32,
    /// Whether the step is upwards.
    pub up: bool,
    /// s and b of that direction.
    pub s: f32,
    pub bound: f32,
    /// b↑ and b↓.
    pub upper: f32,
    pub lower: f32,
    /// The device's own number of that direction, see [`StepLaw::own_numbers`].
    pub own: f32,
    /// σξ
    pub noise: f32,
}

/// How the step depends on the state.
pub(super) trait StepLaw {
    /// Frozen numbers that a device of this model has for steps up and down.
    fn own_numbers(&self, _device: &Made, _draw: &mut Stream) -> Option<[f32; 2]> {
        None
    }

    /// What is subtracted from the state of a device with this number of its own to give the weight.
    fn reference(&self, _own: f32) -> f32 {
        0.0
    }

    /// Size of the step.
    fn step(&self, device: &Stepping) -> f32;

    /// The step that pulse trains count with: the nominal one at w = 0, as aihwkit takes it.
    fn granularity(&self, device: &Nominal) -> f64 {
        device.dw_min
    }

    /// The broken rules between settings, with their keys.
    fn conflicts(&self) -> Vec<(&'static str, &'static str)> {
        vec![]
    }
}

/// a/b, and 0 where a device has no range.
#[inline(always)]
pub(super) fn ratio(a: f32, b: f32) -> f32 {
    if b == 0.0 { 0.0 } else { a / b }
}

/// A step with slope k and noise of the whole step or of s alone.
#[inline(always)]
pub(super) fn linear(device: &Stepping, multiplicative: bool) -> f32 {
    let Stepping { w, s, own: k, noise, .. } = *device;
    if multiplicative { (s + k * w) * (1.0 + noise) } else { k * w + s * (1.0 + noise) }
}

//! What a model says of a device. Arrays compute in single precision; fits to measurements need derivatives, and double.
use crate::math::Elementary;

/// A device as it was made.
#[derive(Debug, Clone, Copy)]
pub(in crate::synapse::pulsed) struct Made<T> {
    /// s↑ and s↓.
    pub up: T,
    pub down: T,
    /// b↑ and b↓.
    pub upper: T,
    pub lower: T,
    /// `w_max` and `w_min`, which are the same for all devices.
    pub nominal: (T, T),
}

/// A device without spread and noise.
#[derive(Debug, Clone, Copy)]
pub(in crate::synapse::pulsed) struct Nominal {
    pub dw_min: f64,
    pub up_down: f64,
}

/// A device about to step.
#[derive(Debug, Clone, Copy)]
pub(in crate::synapse::pulsed) struct Stepping<T> {
    /// State.
    pub w: T,
    /// Whether the step is upwards.
    pub up: bool,
    /// s and b of that direction.
    pub s: T,
    pub bound: T,
    /// b↑ and b↓.
    pub upper: T,
    pub lower: T,
    /// The device's own number of that direction, see [`StepLaw::own_numbers`].
    pub own: T,
    /// σξ
    pub noise: T,
}

/// How the step depends on the state.
pub(super) trait StepLaw {
    /// Frozen numbers that a device of this model has for steps up and down; standard normals come from `normal`.
    fn own_numbers<T: Elementary>(&self, _device: &Made<T>, _normal: &mut impl FnMut() -> T) -> Option<[T; 2]> {
        None
    }

    /// What is subtracted from the state of a device with this number of its own to give the weight.
    fn reference<T: Elementary>(&self, _own: T) -> T {
        T::zero()
    }

    /// Size of the step.
    fn step<T: Elementary>(&self, device: &Stepping<T>) -> T;

    /// The step that pulse trains count with: the nominal one at w = 0, as aihwkit takes it.
    fn granularity(&self, device: &Nominal) -> f64 {
        device.dw_min
    }

    /// The broken rules between settings, with their keys.
    fn conflicts(&self) -> Vec<(&'static str, &'static str)> {
        vec![]
    }
}

/// A setting in the precision of the device.
#[inline(always)]
pub(super) fn number<T: Elementary>(setting: f64) -> T {
    T::from(setting).unwrap_or_else(T::nan)
}

/// a/b, and 0 where a device has no range.
#[inline(always)]
pub(super) fn ratio<T: Elementary>(a: T, b: T) -> T {
    if b == T::zero() { T::zero() } else { a / b }
}

/// A step with slope k and noise of the whole step or of s alone.
#[inline(always)]
pub(super) fn linear<T: Elementary>(device: &Stepping<T>, multiplicative: bool) -> T {
    let Stepping { w, s, own: k, noise, .. } = *device;
    if multiplicative { (s + k * w) * (T::one() + noise) } else { k * w + s * (T::one() + noise) }
}

//! A programmed device, and the law of its model. Conductances are in µS, times in s since the end of programming.
use std::fmt::Debug;

/// A programmed device.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Device {
    /// g_T
    pub target_us: f32,
    /// g_P
    pub programmed_us: f32,
    /// ξ it was programmed with.
    pub programming: f32,
    /// ξ of its drift.
    pub drift: f32,
    /// Whether nothing changes it.
    pub is_stuck: bool,
}

/// What settings make of a model.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Operation {
    pub g_min_us: f64,
    pub g_max_us: f64,
    /// Factor on the programming error.
    pub programming_scale: f64,
    /// Factor on the drift.
    pub drift_scale: f64,
}

/// The law of a model.
pub(super) trait DeviceModel: Debug {
    /// g_min and g_max of settings that give none.
    fn default_range_us(&self) -> (f64, f64);

    /// Conductances beyond which the law says nothing. A law in terms of g/g_max scales with g_max.
    fn characterised_us(&self) -> (f64, f64) {
        (0.0, f64::INFINITY)
    }

    /// Earliest time that the law knows: that of the reference of the drift compensation.
    fn first_time_s(&self) -> f64 {
        0.0
    }

    /// Times that the law knows, in words, if this is none of them.
    fn refuses_time(&self, time_s: f64) -> Option<&'static str> {
        (!time_s.is_finite() || time_s < 0.0).then_some("finite and >= 0")
    }

    /// Whether the drift is a property of the device, not of the way it was programmed this time.
    fn drift_is_frozen(&self) -> bool {
        true
    }

    /// Whether reads are noisy at all.
    fn has_read_noise(&self) -> bool {
        true
    }

    /// What settings of `read_noise` and `drift_scale` have to keep to: whether they do, key, and rule to be read after
    /// "must".
    fn limits(&self, _read_noise: bool, _drift_scale: f64) -> Vec<(bool, &'static str, &'static str)> {
        vec![]
    }

    /// σ_P of a device with this target.
    fn programming_std_us(&self, target_us: f64, operation: &Operation) -> f64;

    /// g_D at a time that is not refused.
    fn aged_us(&self, device: &Device, time_s: f64, operation: &Operation) -> f64;

    /// σ_R of a device that has aged to `aged_us`.
    fn read_std_us(&self, device: &Device, aged_us: f64, time_s: f64, operation: &Operation) -> f64;
}

/// No conductance is negative; NaN stays NaN, so that broken weights are seen.
pub(super) fn rectified(g: f64) -> f64 {
    if g < 0.0 { 0.0 } else { g }
}

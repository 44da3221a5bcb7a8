//! How well the curves of the fitted devices lie on the reads: from the first read of a sequence on, without noise and
//! without a look at later reads.
use super::curves::{Curves, Sequence};
use crate::synapse::pulsed::mean_device::MeanDevice;

/// Goodness of fit over the reads after pulses of a direction, of all devices.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Quality {
    /// Reads.
    pub reads: usize,
    /// Share of their variance that the curves explain; NaN if they have none.
    pub r_squared: f64,
    /// Root of the mean squared distance, in the unit of the measurement.
    pub rmse: f64,
}

/// Weights of a device along a sequence, without noise.
pub fn predicted(device: &MeanDevice, sequence: &Sequence) -> Vec<f64> {
    let mut w = device.clipped(sequence.start);
    let after = |read: &super::curves::Read| {
        w = (0..read.pulses).fold(w, |w, _| device.pulsed(w, read.up));
        w
    };
    sequence.reads.iter().map(after).collect()
}

pub(super) fn quality(curves: &Curves, devices: &[MeanDevice], up: bool) -> Quality {
    let mut pairs = vec![];
    for (curve, device) in curves.devices.iter().zip(devices) {
        for sequence in &curve.sequences {
            let both = sequence.reads.iter().zip(predicted(device, sequence));
            pairs.extend(both.filter(|(read, _)| read.up == up).map(|(read, found)| (read.weight, found)));
        }
    }
    let count = pairs.len() as f64;
    let mean = pairs.iter().map(|(read, _)| read).sum::<f64>() / count;
    let sum = |distance: &dyn Fn(&(f64, f64)) -> f64| pairs.iter().map(|pair| distance(pair).powi(2)).sum::<f64>();
    let (left, all) = (sum(&|(read, found)| read - found), sum(&|(read, _)| read - mean));
    let r_squared = if all > 0.0 { 1.0 - left / all } else { f64::NAN };
    Quality { reads: pairs.len(), r_squared, rmse: (left / count).sqrt() * curves.units.unit }
}

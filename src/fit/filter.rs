//! What a Kalman filter predicts of the next read (extended: the step is linearised at the estimate).
//!
//! Variances are in units of σ²: a step has that of its noise at σ = 1, a read has R.
use super::curves::DeviceCurve;
use crate::math;
use crate::synapse::pulsed::mean_device::MeanDevice;

/// How a read corrects the estimate, and how far it is expected from its prediction.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Gain {
    pub gain: f64,
    /// Standard deviation of the prediction error over σ.
    pub deviation: f64,
}

/// Of the likelihood of prediction errors: Σ e²/F, Σ ln F, and how many there are.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(super) struct Likelihood {
    pub squares: f64,
    pub logarithms: f64,
    pub reads: usize,
}

impl Likelihood {
    pub fn and(self, other: Self) -> Self {
        Self {
            squares: self.squares + other.squares,
            logarithms: self.logarithms + other.logarithms,
            reads: self.reads + other.reads,
        }
    }

    /// σ² under which the errors are most likely. Curves without any noise leave what rounding leaves.
    pub fn variance(self) -> f64 {
        (self.squares / self.reads as f64).max(1e-24)
    }

    /// −2 ln of it at that σ².
    pub fn minus_two_log(self) -> f64 {
        self.reads as f64 * (math::ln(2.0 * std::f64::consts::PI * self.variance()) + 1.0) + self.logarithms
    }
}

/// The filter of a device along its reads.
pub(super) fn filter(device: &MeanDevice, curve: &DeviceCurve, read_variance: f64) -> (Vec<Gain>, Likelihood) {
    let mut gains = vec![];
    let mut likelihood = Likelihood::default();
    for sequence in &curve.sequences {
        let (mut w, mut variance) = (device.clipped(sequence.start), read_variance);
        for read in &sequence.reads {
            for _ in 0..read.pulses {
                let (slope, step, next) =
                    (slope(device, w, read.up), device.step(w, read.up), device.pulsed(w, read.up));
                // A step that ends at a bound ends there whatever its noise.
                let is_free = (next - w).abs() > 0.999 * step.size.abs();
                variance = slope * slope * variance + if is_free { step.noise.powi(2) } else { 0.0 };
                w = next;
            }
            let expected = variance + read_variance;
            let (error, gain) = (read.weight - w, variance / expected);
            likelihood.squares += error * error / expected;
            likelihood.logarithms += math::ln(expected);
            likelihood.reads += 1;
            gains.push(Gain { gain, deviation: expected.sqrt() });
            w = device.clipped(w + gain * error);
            variance *= 1.0 - gain;
        }
    }
    (gains, likelihood)
}

/// Prediction errors over their expected deviation, with gains that were found before.
pub(super) fn errors(device: &MeanDevice, curve: &DeviceCurve, gains: &[Gain], errors: &mut [f64]) {
    let mut places = errors.iter_mut().zip(gains);
    for sequence in &curve.sequences {
        let mut w = device.clipped(sequence.start);
        for (read, (place, own)) in sequence.reads.iter().zip(&mut places) {
            w = (0..read.pulses).fold(w, |w, _| device.pulsed(w, read.up));
            let error = read.weight - w;
            *place = error / own.deviation;
            w = device.clipped(w + own.gain * error);
        }
    }
}

/// Derivative of the next state by the state.
fn slope(device: &MeanDevice, w: f64, up: bool) -> f64 {
    const STEP: f64 = 1e-5;
    (device.pulsed(w + STEP, up) - device.pulsed(w - STEP, up)) / (2.0 * STEP)
}

//! Pulse responses: mean and standard deviation over many devices after given numbers of pulses, as aihwkit has them.
//!
//! A preset is looked up among the hardware models by its name. All devices start from the same weight, take this many
//! pulses down and then this many up, one coincidence each, and are read without further noise.
use super::VerifyError;
use crate::config::models;
use crate::linalg::{Matrix, WeightMatrix};
use crate::random::{Purpose, Seeds, stream};
use crate::synapse::config::SynapseConfig;
use crate::synapse::pulsed::array::PulsedArray;
use crate::synapse::pulsed::config::PulsedDevice;
use rayon::prelude::*;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::path::Path;

/// One file.
#[derive(Debug, Deserialize)]
pub(super) struct PulseResponses {
    presets: BTreeMap<String, PulseResponse>,
}

/// The devices of one preset.
#[derive(Debug, Clone, Deserialize)]
pub struct PulseResponse {
    /// First this many pulses down,
    pub pulses_down_first: u32,
    /// then this many up.
    pub pulses_up_then: u32,
    /// Devices of the reference.
    pub devices: usize,
    /// Weight before the first pulse.
    pub start: f32,
    /// Numbers of pulses after which devices were read, ascending.
    pub at_pulse: Vec<u32>,
    /// Mean weight over the devices.
    pub mean: Vec<f64>,
    /// Standard deviation over the devices.
    pub std: Vec<f64>,
}

/// How well one preset is reproduced.
#[derive(Debug, Clone, PartialEq)]
pub struct PulseVerdict {
    /// Name of the preset.
    pub name: String,
    /// Largest distance of the means, over what is allowed.
    pub mean_error: f64,
    /// Largest distance of the standard deviations, over what is allowed.
    pub std_error: f64,
}

impl PulseVerdict {
    /// Whether every mean and standard deviation is within what is allowed: 4 standard errors of both samples, and
    /// what the reference's table of normal numbers may be off.
    pub fn passes(&self) -> bool {
        self.mean_error <= 1.0 && self.std_error <= 1.0
    }
}

/// Our own devices: [`CHUNKS`] arrays of this many.
const DEVICES: usize = 500;
const CHUNKS: usize = 40;

/// Pulses and readings of all presets of a file. Every device takes each of them: more are no comparison that ends in seconds.
const MOST_PULSES: u64 = 10_000;
const MOST_READINGS: usize = 1000;

/// Normal numbers in the table from which the reference draws with replacement. Its mean is off by about 1/√n, its
/// standard deviation by the share 1/√(2n), and these errors are common to all draws.
const TABLE: f64 = 32_768.0;

/// First four moments around the mean at one time.
#[derive(Debug, Clone, Copy)]
struct Moments {
    mean: f64,
    std: f64,
    fourth: f64,
}

impl Moments {
    fn of(sample: &[f64]) -> Self {
        let n = sample.len() as f64;
        let mean = sample.iter().sum::<f64>() / n;
        let central = |power: i32| sample.iter().map(|x| (x - mean).powi(power)).sum::<f64>() / n;
        Self { mean, std: (central(2) * n / (n - 1.0)).sqrt(), fourth: central(4) }
    }

    /// Variance of the standard deviation of a sample, times its size.
    fn std_variance(&self) -> f64 {
        (self.fourth - self.std.powi(4)) / (4.0 * self.std.powi(2))
    }
}

impl PulseResponses {
    pub fn verify(&self, file: &Path) -> Result<Vec<PulseVerdict>, VerifyError> {
        let wrong = |field, rule: String| VerifyError::Field { file: file.into(), field, rule };
        let pulses: u64 =
            self.presets.values().filter_map(|own| own.at_pulse.iter().max()).map(|&n| u64::from(n)).sum();
        let readings: usize = self.presets.values().map(|own| own.at_pulse.len()).sum();
        if pulses > MOST_PULSES || readings > MOST_READINGS {
            let rule = format!(
                "{pulses} pulses and {readings} readings in all; {MOST_PULSES} and {MOST_READINGS} are the most"
            );
            return Err(wrong("at_pulse", rule));
        }
        let devices = self.presets.iter().map(|(name, response)| {
            let model = models::load(name).map_err(|e| wrong("presets", e.to_string()))?;
            let SynapseConfig::Pulsed(synapses) = &model.hardware.synapses else {
                return Err(wrong("presets", format!("the hardware model {name:?} has no pulsed synapses")));
            };
            let counts = [response.at_pulse.len(), response.mean.len(), response.std.len()];
            if counts.iter().any(|&n| n != counts[0]) || !response.at_pulse.is_sorted() || response.devices < 2 {
                return Err(wrong("presets", format!("{name}: at_pulse, mean and std must fit together, ascending")));
            }
            Ok(synapses.device.clone())
        });
        // All that may be wrong is told before the first pulse.
        let devices: Vec<PulsedDevice> = devices.collect::<Result<_, _>>()?;
        Ok(self.presets.iter().zip(&devices).map(|((name, response), device)| response.compare(name, device)).collect())
    }
}

impl PulseResponse {
    /// Compares with devices of our own.
    pub fn compare(&self, name: &str, device: &PulsedDevice) -> PulseVerdict {
        let samples: Vec<Vec<Vec<f64>>> = (0..CHUNKS).into_par_iter().map(|c| self.simulate(device, c)).collect();
        let mut verdict = PulseVerdict { name: name.to_owned(), mean_error: 0.0, std_error: 0.0 };
        for (t, (&mean, &std)) in self.mean.iter().zip(&self.std).enumerate() {
            let own: Vec<f64> = samples.iter().flat_map(|chunk| chunk[t].iter().copied()).collect();
            let own = Moments::of(&own);
            let (n, theirs) = ((CHUNKS * DEVICES) as f64, self.devices as f64);
            let table = normals_in_mean(device, self.at_pulse[t]) / TABLE.sqrt();
            let mean_allowed = 4.0 * (own.std.powi(2) / n + std.powi(2) / theirs + table.powi(2)).sqrt();
            let table = own.std / (2.0 * TABLE).sqrt();
            let std_allowed = 4.0 * (own.std_variance() * (1.0 / n + 1.0 / theirs) + table.powi(2)).sqrt();
            verdict.mean_error = larger(verdict.mean_error, (own.mean - mean).abs() / mean_allowed);
            verdict.std_error = larger(verdict.std_error, (own.std - std).abs() / std_allowed);
        }
        verdict
    }

    /// The weights of one array of devices at every reading.
    fn simulate(&self, device: &PulsedDevice, chunk: usize) -> Vec<Vec<f64>> {
        let mut array = PulsedArray::draw(device, Seeds::default(), chunk, DEVICES, 1);
        array.set(&WeightMatrix::from_matrix(&Matrix::from_element(DEVICES, 1, self.start)), &[1.0; DEVICES]);
        let mut draw = stream(1, Purpose::SynapseWrite, &[chunk as u64]);
        let mut pulses = 0;
        let readings = self.at_pulse.iter().map(|&at| {
            while pulses < at {
                let up = pulses >= self.pulses_down_first;
                (0..DEVICES).for_each(|i| array.pulse(i, 0, up, 1, &mut draw));
                pulses += 1;
            }
            (0..DEVICES).map(|i| f64::from(array.read(i, 0))).collect()
        });
        readings.collect()
    }
}

/// NaN counts as the worst.
fn larger(a: f64, b: f64) -> f64 {
    if b.is_nan() { f64::INFINITY } else { a.max(b) }
}

/// By how much the mean weight would move after this many pulses if all normal numbers were larger by 1: those of the
/// steps, between the bounds, and those of the last write.
fn normals_in_mean(device: &PulsedDevice, pulses: u32) -> f64 {
    let walk = f64::from(pulses) * device.dw_min.get() * device.dw_min_std.get();
    let range = device.w_max.get() - device.w_min.get();
    walk.min(range) + device.write_noise_std.get() * device.dw_min.get()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parameter::{NonNegative, Positive};

    fn reference(name: &str) -> (PulseResponse, PulsedDevice) {
        let text = include_str!("../../tests/reference/peer_pulse_response.json");
        let file: PulseResponses = serde_json::from_str(text).unwrap();
        let SynapseConfig::Pulsed(synapses) = models::load(name).unwrap().hardware.synapses else { panic!() };
        (file.presets[name].clone(), synapses.device)
    }

    #[test]
    fn parameters_wrong_by_a_factor_of_two_are_refused() {
        let double = |x: NonNegative| NonNegative::new(2.0 * x.get()).unwrap();
        for (name, change) in [
            ("gokmen_vlasov", (|d| d.dw_min = Positive::new(2.0 * d.dw_min.get()).unwrap()) as fn(&mut PulsedDevice)),
            ("capacitor", |d| d.dw_min = Positive::new(0.5 * d.dw_min.get()).unwrap()),
        ] {
            let (response, mut device) = reference(name);
            change(&mut device);
            assert!(!response.compare(name, &device).passes(), "{name}");
        }
        for (name, change) in [
            (
                "idealized",
                (|d, x| d.dw_min_dtod = x(d.dw_min_dtod)) as fn(&mut PulsedDevice, &dyn Fn(NonNegative) -> NonNegative),
            ),
            ("reram_es", |d, x| d.write_noise_std = x(d.write_noise_std)),
            ("reram_sb", |d, x| d.dw_min_std = x(d.dw_min_std)),
            ("reram_array_om", |d, x| d.w_max_dtod = x(d.w_max_dtod)),
            ("reram_array_hfo2", |d, x| d.dw_min_dtod = x(d.dw_min_dtod)),
        ] {
            let (response, mut device) = reference(name);
            change(&mut device, &double);
            assert!(!response.compare(name, &device).passes(), "{name}");
        }
    }
}

//! Reads of analog arrays: mean and standard deviation of every output over many repetitions, as aihwkit has them.
//!
//! `io` holds aihwkit's parameters of the periphery by their own names (`IOParameters`, Rasch et al., AICAS 2021);
//! each is translated into an [`ArrayConfig`] and read by the code that reads the arrays of a chip.
use super::VerifyError;
use super::matrices::{weight_matrix, worse};
use crate::crossbar::converter::Quantiser;
use crate::crossbar::periphery::{Periphery, Side};
use crate::crossbar::read::CrossbarRead;
use crate::crossbar::settings::{ArrayConfig, BoundManagement, NoiseManagement, ReadNoise};
use crate::device::noise_key::{Context, NoiseKey, Tick};
use crate::linalg::WeightMatrix;
use crate::map::{Dense, LinearMap, Shape};
use crate::parameter::{Fraction, NonNegative};
use rayon::prelude::*;
use serde::Deserialize;
use std::path::Path;

type Rows = Vec<Vec<f64>>;

/// One file.
#[derive(Debug, Deserialize)]
pub(super) struct ArrayReads {
    cases: Vec<ReadCase>,
}

#[derive(Debug, Deserialize)]
struct ReadCase {
    name: String,
    io: IoParameters,
    /// (output × input)
    weights: Rows,
    /// (sample × input)
    x: Rows,
    repeats: usize,
    /// (sample × output)
    mean: Rows,
    std: Rows,
}

/// aihwkit's names; a resolution of 0 or below is off, above 1 it is a number of steps.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct IoParameters {
    inp_res: f64,
    out_res: f64,
    out_noise: f64,
    #[serde(default)]
    inp_noise: f64,
    #[serde(default)]
    w_noise: f64,
    w_noise_type: Option<String>,
    noise_management: String,
    bound_management: String,
    inp_bound: f64,
    out_bound: f64,
    #[serde(default)]
    inp_sto_round: bool,
    #[serde(default)]
    out_sto_round: bool,
}

/// How well the reads of one periphery are reproduced.
#[derive(Debug, Clone, PartialEq)]
pub struct ArrayVerdict {
    /// Name of the case.
    pub name: String,
    /// Largest distance of the means, over what is allowed: 4 standard errors of both samples, or one step of the ADC
    /// where that is more.
    pub mean_error: f64,
    /// Largest relative difference of the standard deviations.
    pub std_error: f64,
}

/// Products of all cases of a file ([`ReadCase::products`]): more are no comparison that ends in seconds.
const MOST_PRODUCTS: f64 = 3e8;

/// Largest relative difference of standard deviations that passes.
pub const STD_TOLERANCE: f64 = 0.03;

/// Largest error that single precision alone makes, relative to the largest output.
const ROUNDING: f64 = 2e-5;

impl ArrayVerdict {
    /// Whether every output has mean and standard deviation of the reference.
    pub fn passes(&self) -> bool {
        self.mean_error <= 1.0 && self.std_error <= STD_TOLERANCE
    }
}

impl ArrayReads {
    /// Repeats all reads.
    pub fn verify(&self, file: &Path) -> Result<Vec<ArrayVerdict>, VerifyError> {
        let products: f64 = self.cases.iter().map(ReadCase::products).sum();
        if products > MOST_PRODUCTS {
            let rule = format!("{products:e} products in all; {MOST_PRODUCTS:e} are the most");
            return Err(VerifyError::Field { file: file.into(), field: "repeats", rule });
        }
        self.cases.iter().map(|case| case.verify(file)).collect()
    }
}

impl IoParameters {
    fn port(&self, file: &Path) -> Result<Periphery, VerifyError> {
        let wrong = |field, rule: String| VerifyError::Field { file: file.into(), field, rule };
        let std = |field, x: f64| NonNegative::new(x).map_err(|e| wrong(field, e.to_string()));
        let w_noise = std("io.w_noise", self.w_noise)?;
        let none = NonNegative::constant(0.0);
        let (per_input_norm, per_weight) = match self.w_noise_type.as_deref() {
            Some("ADDITIVE_CONSTANT") => (w_noise, none),
            Some("PCM_READ") => (none, w_noise),
            Some("NONE") | None => (none, none),
            Some(other) => {
                let rule = format!("{other:?} is not one of NONE, ADDITIVE_CONSTANT, PCM_READ");
                return Err(wrong("io.w_noise_type", rule));
            }
        };
        // Both compartments have the same part in it, so one compartment shows the whole law.
        let read_noise = ReadNoise {
            std: std("io.out_noise", self.out_noise)?,
            per_input_norm,
            per_weight,
            common_mode: Fraction::constant(1.0),
        };
        let config = ArrayConfig {
            read_noise,
            dac_noise_std: std("io.inp_noise", self.inp_noise)?,
            noise_management: match self.noise_management.as_str() {
                "NONE" => NoiseManagement::None,
                "ABS_MAX" => NoiseManagement::AbsMax,
                other => return Err(wrong("io.noise_management", format!("{other:?} is not one of NONE, ABS_MAX"))),
            },
            bound_management: match self.bound_management.as_str() {
                "NONE" => BoundManagement::None,
                "ITERATIVE" => BoundManagement::Iterative,
                other => return Err(wrong("io.bound_management", format!("{other:?} is not one of NONE, ITERATIVE"))),
            },
            ..ArrayConfig::default()
        };
        let mut port = Periphery::new(&config, Side::Forward);
        port.dac = quantiser(self.inp_res, self.inp_bound, self.inp_sto_round);
        port.adc = quantiser(self.out_res, self.out_bound, self.out_sto_round);
        Ok(port)
    }
}

fn quantiser(resolution: f64, bound: f64, stochastic: bool) -> Quantiser {
    let share = if resolution > 1.0 { 1.0 / resolution } else { resolution };
    let range = if bound > 0.0 { bound } else { f64::INFINITY };
    Quantiser::new((share > 0.0).then_some(share * 2.0 * bound), range, stochastic)
}

/// Moments of one output.
#[derive(Debug, Clone, Copy, Default)]
struct Sums {
    first: f64,
    second: f64,
}

impl ReadCase {
    /// What it takes: the products of weights with inputs, and a read itself as much as a hundred.
    fn products(&self) -> f64 {
        let synapses: usize = self.weights.iter().map(Vec::len).sum();
        (self.repeats as f64) * (self.x.len() as f64) * (synapses as f64 + 100.0)
    }

    fn check(&self, file: &Path) -> Result<(), VerifyError> {
        let wrong = |field, rule: &str| Err(VerifyError::Field { file: file.into(), field, rule: rule.into() });
        let (outputs, inputs) = (self.weights.len(), self.weights.first().map_or(0, Vec::len));
        let is = |rows: &Rows, height, width| rows.len() == height && rows.iter().all(|row| row.len() == width);
        if inputs == 0 || !is(&self.weights, outputs, inputs) {
            return wrong("weights", "must be (output x input)");
        }
        let samples = self.x.len();
        if samples == 0 || !is(&self.x, samples, inputs) {
            return wrong("x", "must be (sample x input)");
        }
        if !is(&self.mean, samples, outputs) || !is(&self.std, samples, outputs) {
            return wrong("mean, std", "must be (sample x output)");
        }
        if self.repeats < 2 {
            return wrong("repeats", "must be at least 2");
        }
        Ok(())
    }

    fn verify(&self, file: &Path) -> Result<ArrayVerdict, VerifyError> {
        self.check(file)?;
        let port = self.io.port(file)?;
        let weight = WeightMatrix::from_matrix(&weight_matrix(&self.weights));
        let map = LinearMap::Dense(Dense::new(Shape::flat(weight.pre()), weight.post()));
        let read = CrossbarRead { periphery: &port, map: &map, matrix: &weight, magnitude: None }.with_magnitude();
        let samples: Vec<Vec<Sums>> =
            self.x.par_iter().enumerate().map(|(sample, x)| repeated_reads(&read, x, sample, self.repeats)).collect();
        let n = self.repeats as f64;
        let largest = self.mean.iter().flatten().fold(1.0f64, |m, x| m.max(x.abs()));
        let (mut mean_error, mut std_error) = (0.0f64, 0.0f64);
        for ((sums, x), (means, stds)) in samples.iter().zip(&self.x).zip(self.mean.iter().zip(&self.std)) {
            // In units of the signal, which noise management scales.
            let scale = if port.follows_signal { x.iter().fold(0.0f64, |m, x| m.max(x.abs())) } else { 1.0 };
            let step = f64::from(port.adc.step) * scale;
            for ((sums, &mean), &std) in sums.iter().zip(means).zip(stds) {
                let found = sums.first / n;
                let variance = (sums.second / n - found * found).max(0.0);
                let standard_error = ((variance + std * std) / n).sqrt();
                // Where reads do not vary, the spread of the reference is the rounding error of its own mean.
                let varies = variance > (ROUNDING * largest).powi(2);
                let rounding_of_mean = if varies { 0.0 } else { std };
                let allowed = (4.0 * standard_error).max(step) + rounding_of_mean + ROUNDING * largest;
                mean_error = worse(mean_error, (found - mean).abs() / allowed);
                if varies || std > 2.0 * f64::from(f32::EPSILON).sqrt() * largest {
                    std_error = worse(std_error, (variance.sqrt() / std - 1.0).abs());
                }
            }
        }
        Ok(ArrayVerdict { name: self.name.clone(), mean_error, std_error })
    }
}

fn repeated_reads(read: &CrossbarRead, x: &[f64], sample: usize, repeats: usize) -> Vec<Sums> {
    let x: Vec<f32> = x.iter().map(|&x| x as f32).collect();
    let outputs = read.receivers();
    let (mut plus, mut minus) = (vec![0.0; outputs], vec![0.0; outputs]);
    let mut sums = vec![Sums::default(); outputs];
    for repeat in 0..repeats as u64 {
        let tick = Tick { context: Context::Audit, step: repeat, number: 0 };
        let key = NoiseKey { first_sample: sample, ..NoiseKey::new(1, tick, 1) };
        read.read_column(&key, &x, &mut plus, &mut minus);
        for (sums, &y) in sums.iter_mut().zip(&plus) {
            sums.first += f64::from(y);
            sums.second += f64::from(y).powi(2);
        }
    }
    sums
}

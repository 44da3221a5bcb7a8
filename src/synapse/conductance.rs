//! A few-level synapse made of one conductance, or of two whose difference counts.
//!
//! Device d is on at gᵒⁿ_d and off at gᵒᶠᶠ_d, nominally 1 and 1/`on_off_ratio`, each with a spread of its own. Level v
//! asks for the share t of the way from off to on, and a write leaves
//!
//! g_d = (gᵒᶠᶠ_d + (gᵒⁿ_d − gᵒᶠᶠ_d) t) (1 + `write_noise_std` ξ), never below 0, with a new ξ at every write.
//!
//! | arrangement | t of level v | read, G the nominal window gᵒⁿ − gᵒᶠᶠ |
//! |---|---|---|
//! | `single` | (1 + v)/2 | (2g − gᵒⁿ − gᵒᶠᶠ)/G, against a reference half way between nominal on and off |
//! | `differential_pair` | max(±v, 0) | (g⁺ − g⁻)/G |
//!
//! The read-out knows the nominal window, so a finite ratio alone costs nothing: it makes spread and noise of the
//! conductances larger in units of the weight. A conductance that drifts has fallen to g (t/t₀)^−ν at time t after its
//! write (Joshi et al., Nature Communications 2020).
use super::level_array::LevelArray;
use crate::device::spread::SpreadDistribution;
use crate::math;
use crate::parameter::{AboveOne, Fraction, NonNegative, Positive, ProperFraction, Repeats};
use crate::persist::{Archive, Damaged, Persist};
use crate::random::{Purpose, Stream, stream};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A synapse of conductances.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ConductanceDevice {
    /// Devices in a synapse.
    pub arrangement: Arrangement,
    /// Nominal on-conductance over nominal off-conductance; null is an off-conductance of zero.
    pub on_off_ratio: Option<AboveOne>,
    /// Differences of the on-conductance between devices.
    pub on_spread: DeviceSpread,
    /// Differences of the off-conductance between devices.
    pub off_spread: DeviceSpread,
    /// Standard deviation of a written conductance over its aim, new at every write.
    pub write_noise_std: NonNegative,
    /// Probability that a write leaves a synapse as it was.
    pub failed_write_probability: ProperFraction,
    /// A write that has failed is repeated until this many attempts were made in all.
    pub write_attempts: Repeats,
    /// Share of the devices that are always on.
    pub stuck_on: Fraction,
    /// Share of the devices that are always off.
    pub stuck_off: Fraction,
    /// What time does to a written synapse; null is nothing.
    pub retention: Option<Retention>,
    /// Writes that a synapse tolerates before it stays as it is for good; null is any number.
    pub endurance: Option<Endurance>,
}

/// Devices in a synapse.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Arrangement {
    /// One, read against a reference column.
    #[default]
    Single,
    /// Two, whose difference is read.
    DifferentialPair,
}

/// Frozen differences of a conductance between devices.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct DeviceSpread {
    /// Standard deviation of the ratio to the nominal value (`normal`) or of its logarithm (`log_normal`).
    pub std: NonNegative,
    /// Shape of the distribution.
    pub distribution: SpreadDistribution,
}

/// What time does to a written synapse.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Retention {
    /// It moves to a neighbouring level by itself, at random times.
    FlipRate(FlipRate),
    /// Its conductances fall with a power of time.
    Drift(Drift),
}

/// Random changes of the level.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct FlipRate {
    /// Probability in a training step.
    pub per_step: Fraction,
}

/// Power-law drift.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Drift {
    /// Mean exponent ν.
    pub nu: NonNegative,
    /// Standard deviation of ν between devices; ν is never negative.
    #[serde(default)]
    pub nu_std: NonNegative,
    /// Time t₀ after a write from which on it drifts.
    pub t0_s: Positive,
    /// Duration of a training step.
    pub step_s: Positive,
}

/// Limited number of writes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Endurance {
    /// Median number of writes.
    pub writes: Positive,
    /// Standard deviation of the logarithm of that number.
    #[serde(default)]
    pub log_std: NonNegative,
}

impl Default for DeviceSpread {
    fn default() -> Self {
        Self { std: NonNegative::constant(0.0), distribution: SpreadDistribution::LogNormal }
    }
}

impl Default for ConductanceDevice {
    fn default() -> Self {
        Self {
            arrangement: Arrangement::Single,
            on_off_ratio: None,
            on_spread: DeviceSpread::default(),
            off_spread: DeviceSpread::default(),
            write_noise_std: NonNegative::constant(0.0),
            failed_write_probability: ProperFraction::constant(0.0),
            write_attempts: Repeats::constant(1),
            stuck_on: Fraction::constant(0.0),
            stuck_off: Fraction::constant(0.0),
            retention: None,
            endurance: None,
        }
    }
}

impl ConductanceDevice {
    /// Whether a synapse holds exactly the level that was written last.
    pub fn is_ideal(&self) -> bool {
        let differs = self.on_spread.std.get() > 0.0 || (self.off_spread.std.get() > 0.0 && self.off() > 0.0);
        let fails = self.failed_write_probability.get() + self.stuck_on.get() + self.stuck_off.get() > 0.0;
        let varies = self.write_noise_std.get() > 0.0 || self.retention.is_some();
        !(differs || fails || varies || self.endurance.is_some())
    }

    /// The broken rule between settings, with its key.
    pub fn conflict(&self) -> Option<(&'static str, String)> {
        let all = self.stuck_on.get() + self.stuck_off.get();
        (all > 1.0).then(|| ("stuck_off", "and stuck_on must not make more than all devices".to_owned()))
    }

    fn off(&self) -> f64 {
        self.on_off_ratio.map_or(0.0, |ratio| ratio.get().recip())
    }

    fn devices(&self) -> usize {
        match self.arrangement {
            Arrangement::Single => 1,
            Arrangement::DifferentialPair => 2,
        }
    }
}

/// Frozen quantities; the numbers are part of every result.
#[derive(Debug, Clone, Copy)]
enum Quantity {
    On = 0,
    Off = 1,
    Stuck = 2,
    Lifetime = 3,
    Drift = 4,
}

/// One conductance of every synapse.
#[derive(Debug, Clone, PartialEq)]
struct Conductances {
    on: Vec<f32>,
    off: Vec<f32>,
    /// As written, before any drift.
    written: Vec<f32>,
    /// ν; empty without drift.
    nu: Vec<f32>,
}

/// The devices of one layer, in the storage order of its weight.
#[derive(Debug, Clone, PartialEq)]
pub struct ConductanceArray {
    config: ConductanceDevice,
    devices: Vec<Conductances>,
    /// Writes that a synapse tolerates; empty if any number.
    lifetime: Vec<u32>,
    /// Training step of the last write; empty without drift.
    written_at: Vec<u32>,
    /// Nominal on-conductance plus off-conductance, and their difference.
    nominal: (f32, f32),
}

impl ConductanceArray {
    /// Draws the devices of `places` synapses of a layer from the chip seed. Nothing is written yet.
    pub fn draw(config: &ConductanceDevice, chip_seed: u64, layer: usize, places: usize) -> Self {
        let off = config.off();
        let open = |quantity: Quantity, device: usize| {
            stream(chip_seed, Purpose::SynapseMismatch, &[quantity as u64, layer as u64, device as u64])
        };
        let normals = |quantity, device, n: usize| -> Vec<f64> {
            let mut draw = open(quantity, device);
            (0..n).map(|_| StandardNormal.sample(&mut draw)).collect()
        };
        let spread = |nominal: f64, spread: DeviceSpread, quantity, device| -> Vec<f32> {
            if spread.std.get() == 0.0 {
                return vec![nominal as f32; places];
            }
            let ratio = |xi: f64| spread.distribution.ratio(spread.std.get(), xi);
            normals(quantity, device, places).into_iter().map(|xi| (nominal * ratio(xi)) as f32).collect()
        };
        let (stuck_on, stuck_off) = (config.stuck_on.get(), config.stuck_off.get());
        let devices = (0..config.devices()).map(|device| {
            let mut on = spread(1.0, config.on_spread, Quantity::On, device);
            let mut off = spread(off, config.off_spread, Quantity::Off, device);
            if stuck_on + stuck_off > 0.0 {
                let mut draw = open(Quantity::Stuck, device);
                for (on, off) in on.iter_mut().zip(&mut off) {
                    let u: f64 = draw.random();
                    // A device that cannot change has both states in the same place.
                    if u < stuck_on {
                        *off = *on;
                    } else if u < stuck_on + stuck_off {
                        *on = *off;
                    }
                }
            }
            let nu = match config.retention {
                Some(Retention::Drift(drift)) => normals(Quantity::Drift, device, places)
                    .into_iter()
                    .map(|xi| (drift.nu.get() + drift.nu_std.get() * xi).max(0.0) as f32)
                    .collect(),
                _ => vec![],
            };
            Conductances { written: off.clone(), on, off, nu }
        });
        let lifetime = config.endurance.map_or(vec![], |endurance| {
            let (median, log_std) = (endurance.writes.get(), endurance.log_std.get());
            let lifetime = |xi: f64| (median * math::exp(log_std * xi)).round().min(f64::from(u32::MAX)) as u32;
            normals(Quantity::Lifetime, 0, places).into_iter().map(lifetime).collect()
        });
        let drifts = matches!(config.retention, Some(Retention::Drift(_)));
        Self {
            config: *config,
            devices: devices.collect(),
            lifetime,
            written_at: if drifts { vec![0; places] } else { vec![] },
            nominal: ((1.0 + off) as f32, (1.0 - off) as f32),
        }
    }
}

impl LevelArray for ConductanceArray {
    fn write(&mut self, i: usize, value: f32, writes: u32, step: u64, draw: &mut Stream) -> (u32, bool) {
        if self.lifetime.get(i).is_some_and(|&lifetime| writes >= lifetime) {
            return (1, false);
        }
        let failure = self.config.failed_write_probability.get();
        let most = self.config.write_attempts.get() as u32;
        let mut attempts = 1;
        if failure > 0.0 {
            while draw.random::<f64>() < failure {
                if attempts == most {
                    return (attempts, false);
                }
                attempts += 1;
            }
        }
        self.set(i, value, step, draw);
        (attempts, true)
    }

    fn set(&mut self, i: usize, value: f32, step: u64, draw: &mut Stream) {
        let noise = self.config.write_noise_std.get() as f32;
        let shares = match self.config.arrangement {
            Arrangement::Single => [0.5 * (1.0 + value), 0.0],
            Arrangement::DifferentialPair => [value.max(0.0), (-value).max(0.0)],
        };
        for (device, share) in self.devices.iter_mut().zip(shares) {
            let (on, off) = (device.on[i], device.off[i]);
            let mut g = off + (on - off) * share;
            if noise > 0.0 {
                let xi: f32 = StandardNormal.sample(draw);
                // A stuck device does not take part in a write.
                if on != off {
                    g = (g * (1.0 + noise * xi)).max(0.0);
                }
            }
            device.written[i] = g;
        }
        if let Some(written_at) = self.written_at.get_mut(i) {
            *written_at = step as u32;
        }
    }

    fn read(&self, i: usize, _value: f32, step: u64) -> f32 {
        let g = |device: &Conductances| match self.config.retention {
            Some(Retention::Drift(drift)) => {
                let steps = step.saturating_sub(u64::from(self.written_at[i])) as f64;
                let elapsed = (steps * drift.step_s.get() / drift.t0_s.get()).max(1.0) as f32;
                device.written[i] * math::pow(elapsed, -device.nu[i])
            }
            _ => device.written[i],
        };
        let (sum, window) = self.nominal;
        match self.devices.as_slice() {
            [plus, minus] => (g(plus) - g(minus)) / window,
            [single, ..] => (2.0 * g(single) - sum) / window,
            [] => 0.0,
        }
    }

    fn flip_rate(&self) -> f64 {
        match self.config.retention {
            Some(Retention::FlipRate(rate)) => rate.per_step.get(),
            _ => 0.0,
        }
    }

    fn pass_time(&mut self, _step: u64) -> bool {
        // Every weight drifts, or none.
        !self.written_at.is_empty()
    }
}

impl Persist for ConductanceArray {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.pieces("device", self.devices.iter_mut().map(|device| &mut device.written[..]))?;
        archive.array("written_at", &mut self.written_at)
    }
}

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
use super::conductance_device::{Arrangement, ConductanceDevice, DeviceSpread, Retention};
use super::level_array::LevelArray;
use crate::device::frozen::{Chip, Frozen, FrozenRule, MeasuredPart, Part};
use crate::linalg::WeightMatrix;
use crate::math;
use crate::persist::{Archive, Damaged, Persist};
use crate::random::{Purpose, StandardNormal, Stream, stream};
use crate::vocabulary::Term;
use crate::vocabulary::device::{self, stuck};
use rand::RngExt;
use rand::distr::Distribution;

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
    /// Where they are stuck ([`stuck`]); empty if none can be.
    stuck: Vec<u8>,
}

impl Conductances {
    /// The conductance of device i that asks for this share of the way from off to on, and whether it is stuck.
    fn at_share(&self, i: usize, share: f32) -> (f32, bool) {
        let (on, off) = (self.on[i], self.off[i]);
        match self.stuck.get(i) {
            Some(&stuck::ON) => (on, true),
            Some(&stuck::OFF) => (off, true),
            _ => (off + (on - off) * share, false),
        }
    }
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
    /// Rows of the weight, and how far its columns are apart.
    rows: (usize, usize),
}

/// Measured numbers of the devices of a layer, which has no padding.
struct MeasuredDevices<'a> {
    part: MeasuredPart<'a>,
    post: usize,
    stride: usize,
}

impl MeasuredDevices<'_> {
    /// Column after column: calls `replace` with where its numbers begin and its rows.
    fn columns<T>(&self, device: usize, own: &mut [T], mut replace: impl FnMut(usize, &mut [T])) {
        let columns = own.len() / self.stride;
        for (j, column) in own.chunks_exact_mut(self.stride).enumerate() {
            replace((device * columns + j) * self.post, &mut column[..self.post]);
        }
    }

    fn replace(&self, term: &Term, device: usize, own: &mut [f32]) {
        self.columns(device, own, |from, column| self.part.replace(term, from, column));
    }
}

impl ConductanceArray {
    /// Draws the devices of a layer with such a weight from the chip seed, where they are not measured. Nothing is written
    /// yet.
    pub fn draw(config: &ConductanceDevice, chip: Chip, layer: usize, weight: &WeightMatrix) -> Self {
        let (chip_seed, places) = (chip.seeds.chip, weight.stride() * weight.pre());
        let part = chip.part(Part::Synapses(layer));
        let measured = MeasuredDevices { part, post: weight.post(), stride: weight.stride() };
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
            measured.replace(&device::ON_CONDUCTANCE, device, &mut on);
            measured.replace(&device::OFF_CONDUCTANCE, device, &mut off);
            let mut stuck = vec![];
            if stuck_on + stuck_off > 0.0 {
                let mut draw = open(Quantity::Stuck, device);
                let code = |u: f64| match u {
                    u if u < stuck_on => stuck::ON,
                    u if u < stuck_on + stuck_off => stuck::OFF,
                    _ => stuck::FREE,
                };
                stuck = (0..places).map(|_| code(draw.random())).collect();
                let replace = |from, column: &mut [u8]| part.replace_codes(&device::STUCK, from, column);
                measured.columns(device, &mut stuck, replace);
            }
            let mut nu = match config.retention {
                Some(Retention::Drift(drift)) => normals(Quantity::Drift, device, places)
                    .into_iter()
                    .map(|xi| (drift.nu.get() + drift.nu_std.get() * xi).max(0.0) as f32)
                    .collect(),
                _ => vec![],
            };
            measured.replace(&device::DRIFT_EXPONENT, device, &mut nu);
            Conductances { written: off.clone(), on, off, nu, stuck }
        });
        let mut lifetime = config.endurance.map_or(vec![], |endurance| {
            let (median, log_std) = (endurance.writes.get(), endurance.log_std.get());
            let lifetime = |xi: f64| (median * math::exp(log_std * xi)).round().min(f64::from(u32::MAX)) as u32;
            normals(Quantity::Lifetime, 0, places).into_iter().map(lifetime).collect()
        });
        let replace = |from, column: &mut [u32]| part.replace_counts(&device::ENDURANCE, from, column);
        measured.columns(0, &mut lifetime, replace);
        let drifts = matches!(config.retention, Some(Retention::Drift(_)));
        Self {
            config: *config,
            devices: devices.collect(),
            lifetime,
            written_at: if drifts { vec![0; places] } else { vec![] },
            nominal: ((1.0 + off) as f32, (1.0 - off) as f32),
            rows: (weight.post(), weight.stride()),
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
            let (mut g, is_stuck) = device.at_share(i, share);
            if noise > 0.0 {
                let xi: f32 = StandardNormal.sample(draw);
                // A stuck device does not take part in a write.
                if !is_stuck {
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

    fn frozen(&self) -> Vec<Frozen> {
        let (post, stride) = self.rows;
        // Without the padding.
        fn plain<T: Copy + Into<f64>>(all: &[T], post: usize, stride: usize) -> impl Iterator<Item = f64> {
            all.chunks_exact(stride).flat_map(move |column| column[..post].iter().map(|&x| x.into()))
        }
        let of_devices = |term: Term, rule, own: &dyn Fn(&Conductances) -> &[f32]| {
            let numbers = self.devices.iter().flat_map(|device| plain(own(device), post, stride)).collect();
            Frozen { term, rule, numbers }
        };
        let mut frozen = vec![
            of_devices(device::ON_CONDUCTANCE, FrozenRule::NonNegative, &|own| &own.on),
            of_devices(device::OFF_CONDUCTANCE, FrozenRule::NonNegative, &|own| &own.off),
            of_devices(device::DRIFT_EXPONENT, FrozenRule::NonNegative, &|own| &own.nu),
        ];
        let numbers = self.devices.iter().flat_map(|device| plain(&device.stuck, post, stride)).collect();
        frozen.push(Frozen { term: device::STUCK, rule: FrozenRule::Code(&stuck::ALL[..3]), numbers });
        let numbers = plain(&self.lifetime, post, stride).collect();
        frozen.push(Frozen { term: device::ENDURANCE, rule: FrozenRule::Count, numbers });
        frozen.retain(|own| !own.numbers.is_empty());
        frozen
    }

    fn frozen_bytes(&self) -> usize {
        let of_device = |own: &Conductances| {
            size_of_val(&own.on[..])
                + size_of_val(&own.off[..])
                + size_of_val(&own.nu[..])
                + size_of_val(&own.stuck[..])
        };
        self.devices.iter().map(of_device).sum::<usize>() + size_of_val(&self.lifetime[..])
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

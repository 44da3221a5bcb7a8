//! Measured curves: reads between pulses, device by device.
use super::error::FitError;

/// A read after pulses.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Read {
    /// Direction of the pulses.
    pub up: bool,
    /// Their number since the read before.
    pub pulses: u32,
    /// What was read, as a weight.
    pub weight: f64,
}

/// Reads of a device from a state on that no pulse of the table has made.
#[derive(Debug, Clone, PartialEq)]
pub struct Sequence {
    /// The first read, as a weight.
    pub start: f64,
    /// Those after pulses.
    pub reads: Vec<Read>,
}

/// All reads of a device.
#[derive(Debug, Clone, PartialEq)]
pub struct DeviceCurve {
    /// Its name.
    pub name: String,
    /// Its reads.
    pub sequences: Vec<Sequence>,
}

/// What a weight means in the unit of the measurement: value = zero + unit · weight.
#[derive(Debug, Clone, PartialEq)]
pub struct Units {
    /// What is read at weight 0.
    pub zero: f64,
    /// What a weight of 1 adds.
    pub unit: f64,
    /// Name of the measured quantity, as "`conductance_uS`".
    pub quantity: String,
}

/// Curves of devices, in weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Curves {
    /// The devices.
    pub devices: Vec<DeviceCurve>,
    /// What their weights mean.
    pub units: Units,
}

impl DeviceCurve {
    /// All reads.
    pub fn weights(&self) -> impl Iterator<Item = f64> {
        self.sequences.iter().flat_map(|own| std::iter::once(own.start).chain(own.reads.iter().map(|read| read.weight)))
    }

    /// Reads after pulses of a direction.
    pub fn reads(&self, up: bool) -> usize {
        self.sequences.iter().flat_map(|own| &own.reads).filter(|read| read.up == up).count()
    }

    /// The weight below which this share of the reads is.
    pub(super) fn quantile(&self, share: f64) -> f64 {
        let mut sorted: Vec<f64> = self.weights().collect();
        sorted.sort_by(f64::total_cmp);
        sorted[(share * (sorted.len() - 1) as f64).round() as usize]
    }
}

impl Curves {
    /// Of devices in the unit of the measurement. Unless given, weight 0 is the middle between the lowest and the highest
    /// reads (2 % of the reads of a device may be beyond), and weights reach from −1 to 1.
    ///
    /// # Errors
    /// [`FitError`] if there is nothing to fit, or a unit is wrong.
    pub fn new(
        mut devices: Vec<DeviceCurve>,
        quantity: &str,
        zero: Option<f64>,
        unit: Option<f64>,
    ) -> Result<Self, FitError> {
        devices.retain(|device| !device.sequences.is_empty());
        if devices.is_empty() {
            return Err(FitError::NoReads);
        }
        for device in &devices {
            let first = device.sequences[0].start;
            if device.weights().all(|weight| weight == first) {
                return Err(FitError::Flat { device: device.name.clone(), value: first });
            }
        }
        let mean = |share| devices.iter().map(|device| device.quantile(share)).sum::<f64>() / devices.len() as f64;
        let (lowest, highest) = (mean(0.02), mean(0.98));
        let zero = zero.unwrap_or((lowest + highest) / 2.0);
        let unit = unit.unwrap_or((highest - lowest) / 2.0);
        if !zero.is_finite() {
            return Err(FitError::Units { key: "zero", rule: "must be finite", value: zero });
        }
        if !unit.is_finite() || unit <= 0.0 {
            return Err(FitError::Units { key: "unit", rule: "must be finite and > 0", value: unit });
        }
        let weights = devices.iter_mut().flat_map(|device| &mut device.sequences);
        for own in weights {
            own.start = (own.start - zero) / unit;
            own.reads.iter_mut().for_each(|read| read.weight = (read.weight - zero) / unit);
        }
        Ok(Self { devices, units: Units { zero, unit, quantity: quantity.to_owned() } })
    }
}

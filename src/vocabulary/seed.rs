//! The seeds of an experiment.
use super::term::Term;

/// A seed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seed {
    /// Its key in the settings, below [`SETTINGS`].
    pub key: &'static str,
    /// Its attribute in traces and variable in the points of sweeps.
    pub name: &'static str,
    /// One phrase.
    pub long_name: &'static str,
}

impl Seed {
    /// The seed as a quantity.
    pub fn term(&self) -> Term {
        Term::new(self.name, self.long_name)
    }
}

/// Of the data.
pub const DATA: Seed = Seed { key: "data", name: "seed_data", long_name: "seed of the data" };
/// Of the initial weights.
pub const INIT: Seed = Seed { key: "init", name: "seed_init", long_name: "seed of the initial weights" };
/// Of the devices.
pub const CHIP: Seed = Seed { key: "chip", name: "seed_chip", long_name: "seed of the devices" };
/// Of the noise.
pub const NOISE: Seed = Seed { key: "noise", name: "seed_noise", long_name: "seed of the noise" };

/// All of them.
pub const SEEDS: [Seed; 4] = [DATA, INIT, CHIP, NOISE];

/// The settings that hold them.
pub const SETTINGS: &str = "seeds";

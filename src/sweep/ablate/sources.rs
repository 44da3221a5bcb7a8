//! The non-idealities that a hardware model can have, each with the settings that make it.
use crate::config::key::KeyPath;
use crate::config::strict::read_text;
use crate::config::{ConfigError, Hardware, Setup};
use serde_json::Value;
use std::path::Path;

/// A non-ideality that can be removed by itself.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Source {
    pub name: &'static str,
    /// Keys of the hardware model; reset to their defaults, the non-ideality is gone.
    keys: &'static [&'static str],
    /// Keys of the experiment that only make sense with it.
    experiment_keys: &'static [&'static str],
}

const fn source(name: &'static str, keys: &'static [&'static str]) -> Source {
    Source { name, keys, experiment_keys: &[] }
}

const SOURCES: [Source; 21] = [
    // A spread of time constants needs one.
    source("membrane", &["hardware.units.relaxation", "hardware.units.tau_s", "hardware.units.mismatch.time_constant"]),
    source("rails", &["hardware.units.rails"]),
    source("gain mismatch", &["hardware.units.mismatch.gain"]),
    source("offset mismatch", &["hardware.units.mismatch.offset"]),
    source("alpha spread", &["hardware.units.mismatch.alpha_std"]),
    source("calibration", &["hardware.units.calibration"]),
    source("chopping", &["hardware.units.chopping"]),
    source("white noise", &["hardware.units.process_noise.white"]),
    source("drift", &["hardware.units.process_noise.ornstein_uhlenbeck"]),
    source("flicker noise", &["hardware.units.process_noise.flicker"]),
    source("readout noise", &["hardware.units.readout_noise"]),
    source("send threshold", &["hardware.units.send_threshold"]),
    source("input noise", &["hardware.input_noise_std"]),
    source("teacher noise", &["hardware.teacher_noise"]),
    // Noise and bound management are ways to use a converter's range.
    source(
        "converters",
        &[
            "hardware.arrays.forward.dac",
            "hardware.arrays.forward.adc",
            "hardware.arrays.forward.noise_management",
            "hardware.arrays.forward.bound_management",
            "hardware.arrays.feedback.dac",
            "hardware.arrays.feedback.adc",
            "hardware.arrays.feedback.noise_management",
            "hardware.arrays.feedback.bound_management",
        ],
    ),
    source("read noise", &["hardware.arrays.forward.read_noise", "hardware.arrays.feedback.read_noise"]),
    source("DAC noise", &["hardware.arrays.forward.dac_noise_std", "hardware.arrays.feedback.dac_noise_std"]),
    source("feedback array", &["hardware.arrays.feedback_weights"]),
    source("learning circuit", &["hardware.learning"]),
    source("phase memory", &["hardware.phase_memory"]),
    Source { name: "synapses", keys: &["hardware.synapses"], experiment_keys: &["training.synapses"] },
];

impl Source {
    /// Keys that are to be reset so that it is gone.
    pub fn removal(&self) -> impl Iterator<Item = &'static str> {
        self.keys.iter().chain(self.experiment_keys).copied()
    }

    /// Whether the settings differ from those of an ideal chip.
    fn is_in(&self, hardware: &Value, ideal: &Value) -> bool {
        let differs = |key: &&&str| {
            let path = key.strip_prefix("hardware.").and_then(|key| KeyPath::parse(key).ok());
            path.is_some_and(|path| path.find(hardware) != path.find(ideal))
        };
        self.keys.iter().any(|key| differs(&key))
    }
}

/// The non-idealities of a chip.
pub(super) fn present(setup: &Setup) -> Vec<&'static Source> {
    let Ok(ideal) = ideal_settings() else { return vec![] };
    SOURCES.iter().filter(|source| source.is_in(&setup.hardware_file.effective, &ideal)).collect()
}

/// The settings of an ideal chip.
fn ideal_settings() -> Result<Value, ConfigError> {
    let text = r#"{"schema_version": 2, "name": "ideal", "description": ""}"#;
    Ok(read_text::<Hardware>(Path::new("ideal"), text, &[])?.effective)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Removing all sources must leave an ideal chip: a setting of the hardware that no source has would be forgotten.
    #[test]
    fn the_sources_are_all_that_makes_a_chip_non_ideal() {
        let ideal = ideal_settings().unwrap();
        for (name, text) in crate::config::models::SHIPPED {
            let mut hardware = read_text::<Hardware>(Path::new(name), text, &[]).unwrap().effective;
            for key in SOURCES.iter().flat_map(|source| source.keys) {
                let path = key.strip_prefix("hardware.").unwrap();
                let pointer = format!("/{}", path.replace('.', "/"));
                *hardware.pointer_mut(&pointer).unwrap_or_else(|| panic!("{key} does not exist")) =
                    ideal.pointer(&pointer).unwrap().clone();
            }
            // How reads are shared is none either: it says what noise of a read is common to.
            let shared = ["forward", "feedback"].map(|side| format!("/arrays/{side}/shared_by_compartments"));
            shared.iter().for_each(|key| *hardware.pointer_mut(key).unwrap() = Value::Bool(false));
            for key in ["units", "synapses", "arrays", "input_noise_std", "teacher_noise", "learning", "phase_memory"] {
                let (mut own, mut expected) = (hardware[key].clone(), ideal[key].clone());
                // The clock is not a non-ideality.
                for settings in [&mut own, &mut expected] {
                    if let Some(units) = settings.as_object_mut() {
                        units.remove("dt_s");
                    }
                }
                assert_eq!(own, expected, "{name}: {key}");
            }
        }
    }

    #[test]
    fn names_and_keys_stand_once() {
        for (i, a) in SOURCES.iter().enumerate() {
            for b in &SOURCES[..i] {
                assert_ne!(a.name, b.name);
                assert!(a.keys.iter().all(|key| !b.keys.contains(key)), "{} {}", a.name, b.name);
            }
        }
    }
}

//! The hardware models that come with the program.
use super::Hardware;
use super::error::ConfigError;
use super::strict::{Loaded, read, read_text};
use super::suggest::nearest;
use std::path::Path;

/// Name and file of every model in `hw_models/`, the ideal one first.
pub const SHIPPED: &[(&str, &str)] = &[
    ("ideal", include_str!("../../hw_models/ideal.json")),
    ("aihwkit_io_default", include_str!("../../hw_models/aihwkit_io_default.json")),
    ("aihwkit_preset_io", include_str!("../../hw_models/aihwkit_preset_io.json")),
    ("aihwkit_standard_hwa", include_str!("../../hw_models/aihwkit_standard_hwa.json")),
    ("aihwkit_standard_io", include_str!("../../hw_models/aihwkit_standard_io.json")),
    ("brainscales2", include_str!("../../hw_models/brainscales2.json")),
    ("crosssim_isaac", include_str!("../../hw_models/crosssim_isaac.json")),
    ("crosssim_prime", include_str!("../../hw_models/crosssim_prime.json")),
    ("crosssim_sonos", include_str!("../../hw_models/crosssim_sonos.json")),
    ("dynap_se", include_str!("../../hw_models/dynap_se.json")),
];

/// A hardware model with what is needed to explain it.
#[derive(Debug)]
pub struct Model {
    /// The model.
    pub hardware: Hardware,
    /// As read.
    pub loaded: Loaded<Hardware>,
}

/// Name and text of a model that comes with the program.
///
/// # Errors
/// [`ConfigError::NoSuchModel`]
pub fn shipped(name: &str) -> Result<&'static (&'static str, &'static str), ConfigError> {
    SHIPPED.iter().find(|(own, _)| *own == name).ok_or_else(|| ConfigError::NoSuchModel {
        name: name.to_owned(),
        nearest: nearest(name, SHIPPED.iter().map(|(own, _)| *own)).map(str::to_owned),
    })
}

/// Loads a model by its name, or a file.
///
/// # Errors
/// [`ConfigError`]
pub fn load(name: &str) -> Result<Model, ConfigError> {
    let path = Path::new(name);
    let loaded = if path.extension().is_some() {
        read::<Hardware>(path, &[])?
    } else {
        let (own, text) = shipped(name)?;
        read_text::<Hardware>(Path::new(&format!("hw_models/{own}.json")), text, &[])?
    };
    Ok(Model { hardware: loaded.value.clone(), loaded })
}

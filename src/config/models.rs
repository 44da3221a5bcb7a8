//! The hardware models that come with the program.
use super::error::ConfigError;
use super::strict::{Loaded, read, read_text};
use super::suggest::nearest;
use super::{Edit, Hardware};
use std::path::Path;

/// Name and file of every model in `hw_models/`, the ideal one first.
pub const SHIPPED: &[(&str, &str)] = &[
    ("ideal", include_str!("../../hw_models/ideal.json")),
    ("aihwkit_gokmen_vlasov_preset", include_str!("../../hw_models/aihwkit_gokmen_vlasov_preset.json")),
    ("aihwkit_io_default", include_str!("../../hw_models/aihwkit_io_default.json")),
    ("aihwkit_preset_io", include_str!("../../hw_models/aihwkit_preset_io.json")),
    ("aihwkit_standard_hwa", include_str!("../../hw_models/aihwkit_standard_hwa.json")),
    ("aihwkit_standard_io", include_str!("../../hw_models/aihwkit_standard_io.json")),
    ("analog_generic", include_str!("../../hw_models/analog_generic.json")),
    ("binary_generic", include_str!("../../hw_models/binary_generic.json")),
    ("binary_ideal", include_str!("../../hw_models/binary_ideal.json")),
    ("binary_reram_array_hfo2", include_str!("../../hw_models/binary_reram_array_hfo2.json")),
    ("binary_reram_array_om", include_str!("../../hw_models/binary_reram_array_om.json")),
    ("brainscales2", include_str!("../../hw_models/brainscales2.json")),
    ("capacitor", include_str!("../../hw_models/capacitor.json")),
    ("crosssim_isaac", include_str!("../../hw_models/crosssim_isaac.json")),
    ("crosssim_prime", include_str!("../../hw_models/crosssim_prime.json")),
    ("crosssim_sonos", include_str!("../../hw_models/crosssim_sonos.json")),
    ("dynap_se", include_str!("../../hw_models/dynap_se.json")),
    ("ecram", include_str!("../../hw_models/ecram.json")),
    ("ecram_mo", include_str!("../../hw_models/ecram_mo.json")),
    ("gokmen_vlasov", include_str!("../../hw_models/gokmen_vlasov.json")),
    ("hermes_one_device", include_str!("../../hw_models/hermes_one_device.json")),
    ("hermes_two_devices", include_str!("../../hw_models/hermes_two_devices.json")),
    ("idealized", include_str!("../../hw_models/idealized.json")),
    ("pcm", include_str!("../../hw_models/pcm.json")),
    ("pcm_like", include_str!("../../hw_models/pcm_like.json")),
    ("reram_array_hfo2", include_str!("../../hw_models/reram_array_hfo2.json")),
    ("reram_array_om", include_str!("../../hw_models/reram_array_om.json")),
    ("reram_cmo", include_str!("../../hw_models/reram_cmo.json")),
    ("reram_es", include_str!("../../hw_models/reram_es.json")),
    ("reram_sb", include_str!("../../hw_models/reram_sb.json")),
    ("reram_wan2022", include_str!("../../hw_models/reram_wan2022.json")),
    ("state_independent", include_str!("../../hw_models/state_independent.json")),
];

/// A hardware model with what is needed to explain it.
#[derive(Debug)]
pub struct Model {
    /// The model.
    pub hardware: Hardware,
    /// As read.
    pub loaded: Loaded<Hardware>,
}

/// Name and text of a model that comes with the program; letters may be of any size.
///
/// # Errors
/// [`ConfigError::NoSuchModel`]
pub fn shipped(name: &str) -> Result<&'static (&'static str, &'static str), ConfigError> {
    SHIPPED.iter().find(|(own, _)| own.eq_ignore_ascii_case(name)).ok_or_else(|| ConfigError::NoSuchModel {
        name: name.to_owned(),
        nearest: nearest(name, SHIPPED.iter().map(|(own, _)| *own)).map(str::to_owned),
    })
}

/// Loads a model that comes with the program, changed by the edits.
///
/// # Errors
/// [`ConfigError`]
pub fn load_with(name: &str, edits: &[Edit]) -> Result<Loaded<Hardware>, ConfigError> {
    let (own, text) = shipped(name)?;
    read_text(Path::new(&format!("hw_models/{own}.json")), text, edits)
}

/// Loads a model by its name, or a file.
///
/// # Errors
/// [`ConfigError`]
pub fn load(name: &str) -> Result<Model, ConfigError> {
    let path = Path::new(name);
    let loaded = if path.extension().is_some() { read::<Hardware>(path, &[])? } else { load_with(name, &[])? };
    Ok(Model { hardware: loaded.value.clone(), loaded })
}

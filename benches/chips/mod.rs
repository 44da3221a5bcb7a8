//! Chips that training steps are timed on, against ideal hardware.
use dyadsim::config::Hardware;
use dyadsim::substrate::DieConfig;

/// Chips with more and more switched on.
pub fn chips() -> Vec<(&'static str, DieConfig)> {
    let parse = |changes: serde_json::Value| -> DieConfig {
        let mut model = serde_json::json!({"schema_version": 2, "name": "bench", "description": ""});
        model.as_object_mut().expect("an object").extend(changes.as_object().expect("an object").clone());
        serde_json::from_value::<Hardware>(model).expect("a hardware model").chip()
    };
    let array = serde_json::json!({
        "dac": {"bits": 8, "range": 1}, "adc": {"bits": 8, "range": 8}, "noise_management": "abs_max",
        "read_noise": {"std": 0.001, "per_input_norm": 0.001, "common_mode": 0.5}
    });
    let units = |process: serde_json::Value| {
        serde_json::json!({
            "tau_s": 1e-6, "dt_s": 1e-5,
            "rails": {"low": -20, "high": 20},
            "mismatch": {"gain": {"std": 0.001}, "offset": {"std": 0.001}, "time_constant": {"std": 0.1},
                         "alpha_std": 0.05},
            "process_noise": process, "readout_noise": {"std": 0.001, "common_mode": 0.5}
        })
    };
    let white = serde_json::json!({"std": 0.001, "common_mode": 0.5});
    let drift = serde_json::json!({"std": 0.001, "correlation_time_s": 1e-3});
    let flicker = serde_json::json!({"std": 0.001, "corner_hz": 1e3, "low_hz": 100.0});
    let rest = |units: serde_json::Value, array: serde_json::Value| {
        parse(serde_json::json!({
            "units": units,
            "arrays": {"forward": array, "feedback": array},
            "input_noise_std": 0.001, "teacher_noise": {"std": 0.001, "common_mode": 0.5},
            "learning": {"offset_std": 0.0001, "noise_std": 0.0001, "resolution": {"bits": 8, "range": 1}}
        }))
    };
    let mut device_noise = array.clone();
    device_noise["read_noise"]["per_weight"] = 0.001.into();
    let generic: Hardware =
        serde_json::from_str(include_str!("../../hw_models/analog_generic.json")).expect("a hardware model");
    vec![
        ("mismatch", parse(serde_json::json!({"units": {"mismatch": {"gain": {"std": 0.001}}}}))),
        (
            "+ noise of all sources (white), 8-bit converters",
            rest(units(serde_json::json!({"white": white})), array.clone()),
        ),
        (
            "+ Ornstein-Uhlenbeck and 1/f noise",
            rest(units(serde_json::json!({"white": white, "ornstein_uhlenbeck": drift, "flicker": flicker})), array),
        ),
        ("(as the second) + per-weight read noise", rest(units(serde_json::json!({"white": white})), device_noise)),
        ("analog_generic", generic.chip()),
    ]
}

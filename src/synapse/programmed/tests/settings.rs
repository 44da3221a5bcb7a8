//! Files and rules.
use super::*;
use crate::synapse::settings::SynapseSettings;
use serde_json::Value;

const PRESETS: [&str; 6] = [
    include_str!("../../../../hw_models/pcm_like.json"),
    include_str!("../../../../hw_models/hermes_one_device.json"),
    include_str!("../../../../hw_models/hermes_two_devices.json"),
    include_str!("../../../../hw_models/reram_wan2022.json"),
    include_str!("../../../../hw_models/reram_cmo.json"),
    include_str!("../../../../hw_models/state_independent.json"),
];

fn conflicts(text: &str) -> Vec<String> {
    let config: ProgrammedSynapses = serde_json::from_str(text).unwrap();
    config.conflicts().into_iter().map(|(key, _)| key).collect()
}

#[test]
fn presets_are_read_and_state_the_figures_of_their_models() {
    let models = [
        ProgrammedModel::PcmLike,
        HERMES_ONE,
        HERMES_TWO,
        ProgrammedModel::ReramWan2022,
        CMO_WIDE,
        state_independent(),
    ];
    for (text, model) in PRESETS.iter().zip(models) {
        let file: Value = serde_json::from_str(text).unwrap();
        let config: ProgrammedSynapses = serde_json::from_value(file["synapses"]["programmed"].clone()).unwrap();
        assert_eq!(config.model, model);
        assert_eq!(config.conflicts(), []);
        for figure in file["figures"].as_array().unwrap() {
            let pointer = format!("/{}", figure["key"].as_str().unwrap().replace('.', "/"));
            assert!(file.pointer(&pointer).is_some(), "{pointer}");
        }
        // What a preset writes down is what the model takes by itself.
        let (stated, own) = (config.law().operation, settings(model).law().operation);
        assert!((stated.g_max_us / own.g_max_us - 1.0).abs() < 1e-9 && (stated.g_min_us - own.g_min_us).abs() < 1e-9);
    }
}

#[test]
fn rules_that_settings_break_together_are_found() {
    assert!(conflicts("{}").is_empty());
    let wan = r#"{"model": "reram_wan2022", "read_noise": false, "time_s": 86400}"#;
    assert!(conflicts(wan).is_empty());
    for (text, keys) in [
        (r#"{"model": "reram_wan2022", "drift_scale": 2}"#, vec!["time_s", "read_noise", "drift_scale"]),
        (r#"{"model": {"reram_cmo": {}}, "time_s": 0.5}"#, vec!["time_s"]),
        (r#"{"model": {"reram_cmo": {}}, "g_min_s": 1e-6}"#, vec!["g_max_s"]),
        (r#"{"model": {"hermes": {"devices": "one"}}, "g_max_s": 20e-6}"#, vec!["g_max_s"]),
        (r#"{"g_min_s": 25e-6}"#, vec!["g_min_s"]),
        (r#"{"mapping": {"mean_of_pairs": {"pairs": 1000}}}"#, vec!["mapping.mean_of_pairs.pairs"]),
    ] {
        assert_eq!(conflicts(text), keys, "{text}");
    }
}

#[test]
fn settings_survive_their_file() {
    for model in [ProgrammedModel::PcmLike, HERMES_ONE, state_independent(), CMO_TIGHT] {
        let config = settings(model);
        assert_eq!(
            serde_json::from_str::<ProgrammedSynapses>(&serde_json::to_string(&config).unwrap()).unwrap(),
            config
        );
    }
    assert!(serde_json::from_str::<ProgrammedSynapses>(r#"{"drift": 1}"#).is_err());
    assert!(schemars::schema_for!(ProgrammedSynapses).as_value()["properties"]["model"].is_object());
}

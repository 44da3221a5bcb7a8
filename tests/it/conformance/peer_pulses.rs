//! Pulse responses of aihwkit's device presets: mean and standard deviation over devices, for eight presets. That
//! parameters wrong by a factor of 2 are refused is tested next to the comparison.
use crate::fixtures::repository::repository_file;
use dyadsim::verify::{Verdict, VerifyError, verify};
use serde_json::json;

fn reference() -> std::path::PathBuf {
    repository_file("tests/reference/peer_pulse_response.json")
}

#[test]
fn mean_and_spread_after_pulses_are_those_of_aihwkit() {
    let verdicts = verify(&reference()).unwrap();
    assert_eq!(verdicts.len(), 8);
    for verdict in &verdicts {
        println!("{verdict:?}");
        assert!(matches!(verdict, Verdict::Pulses(_)) && verdict.passes(), "{verdict:?}");
    }
}

#[test]
fn more_pulses_or_readings_than_end_in_seconds_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("case.json");
    let many = vec![0u32; 1001];
    for (at_pulse, message) in
        [(vec![1, u32::MAX], "4294967295 pulses and 2 readings"), (many, "0 pulses and 1001 readings")]
    {
        let numbers = vec![0.1; at_pulse.len()];
        let response = json!({
            "pulses_down_first": 1, "pulses_up_then": 1, "devices": 900, "start": 0, "at_pulse": at_pulse, "mean": numbers, "std": numbers
        });
        std::fs::write(&file, json!({"presets": {"gokmen_vlasov": response}}).to_string()).unwrap();
        let error = verify(&file).unwrap_err();
        assert!(matches!(error, VerifyError::Field { .. }) && error.to_string().contains(message), "{error}");
    }
}

#[test]
fn presets_that_do_not_exist_or_have_no_pulses_are_errors() {
    let text = std::fs::read_to_string(reference()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (name, message) in
        [("gokmen_vlasow", "gokmen_vlasov"), ("ideal", "the hardware model \"ideal\" has no pulsed synapses")]
    {
        let file = folder.path().join(format!("{name}.json"));
        std::fs::write(&file, text.replace("gokmen_vlasov", name)).unwrap();
        let error = verify(&file).unwrap_err();
        assert!(matches!(error, VerifyError::Field { .. }) && error.to_string().contains(message), "{error}");
    }
}

//! Reads of analog arrays against aihwkit: mean and standard deviation of every output, for seven peripheries.
use crate::fixtures::repository::repository_file;
use dyadsim::verify::{Verdict, VerifyError, verify};

#[test]
fn mean_and_spread_of_every_output_are_those_of_aihwkit() {
    let file = repository_file("tests/reference/peer_mvm.json");
    let verdicts = verify(&file).unwrap();
    assert_eq!(verdicts.len(), 7);
    for verdict in &verdicts {
        println!("{verdict:?}");
        assert!(verdict.passes(), "{verdict:?}");
    }
}

/// The comparison itself: noise, resolution or range that are wrong by a factor of 2 do not pass.
#[test]
fn a_periphery_that_is_wrong_by_a_factor_of_two_is_noticed() {
    let file = repository_file("tests/reference/peer_mvm.json");
    let text = std::fs::read_to_string(file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    for (case, parameter) in [
        ("out_noise", "out_noise"),
        ("inp_noise", "inp_noise"),
        ("w_noise_additive", "w_noise"),
        ("w_noise_pcm_read", "w_noise"),
        ("dac7", "inp_res"),
        ("full_default", "out_noise"),
    ] {
        let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
        let cases = json["cases"].as_array_mut().unwrap();
        cases.retain(|c| c["name"] == case);
        let wrong = cases[0]["io"][parameter].as_f64().unwrap() * 2.0;
        cases[0]["io"][parameter] = wrong.into();
        let path = folder.path().join("wrong.json");
        std::fs::write(&path, json.to_string()).unwrap();
        let verdicts = verify(&path).unwrap();
        assert!(!verdicts.iter().any(Verdict::passes), "{case}: {verdicts:?}");
    }
}

/// Where nothing is drawn or rounded at the receiving end, an array without a bound reads as one whose bound is far away.
#[test]
fn an_ideal_receiving_end_gives_the_products() {
    let text = std::fs::read_to_string(repository_file("tests/reference/peer_mvm.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let cases = json["cases"].as_array_mut().unwrap();
    cases.retain(|case| case["name"] == "inp_noise" || case["name"] == "dac7");
    assert_eq!(cases.len(), 2);
    for case in cases {
        assert_eq!(case["io"]["out_bound"], 1000.0);
        case["io"]["out_bound"] = 0.into();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("unbounded.json");
    std::fs::write(&path, json.to_string()).unwrap();
    let verdicts = verify(&path).unwrap();
    assert!(verdicts.len() == 2 && verdicts.iter().all(Verdict::passes), "{verdicts:?}");
}

#[test]
fn more_reads_than_end_in_seconds_are_refused() {
    let text = std::fs::read_to_string(repository_file("tests/reference/peer_mvm.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["cases"][3]["repeats"] = (1u64 << 53).into();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.json");
    std::fs::write(&path, json.to_string()).unwrap();
    let error = verify(&path).unwrap_err();
    assert!(error.to_string().contains("e18 products in all; 3e8 are the most"), "{error}");
}

#[test]
fn a_periphery_that_is_not_known_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("case.json");
    let case = |io: &str| {
        format!(
            r#"{{"cases": [{{"name": "x", "io": {{"inp_res": -1, "out_res": -1, "out_noise": 0, "inp_bound": 1,
            "out_bound": 1, {io}}}, "weights": [[1]], "x": [[1]], "repeats": 2, "mean": [[1]], "std": [[0]]}}]}}"#
        )
    };
    for (io, message) in [
        (r#""noise_management": "MEAN", "bound_management": "NONE""#, r#""MEAN" is not one of NONE, ABS_MAX"#),
        (r#""noise_management": "NONE", "bound_management": "SHIFT""#, r#""SHIFT" is not one of NONE, ITERATIVE"#),
        (r#""noise_management": "NONE", "bound_management": "NONE", "ir_drop": 1"#, "unknown field `ir_drop`"),
    ] {
        std::fs::write(&path, case(io)).unwrap();
        let error: VerifyError = verify(&path).unwrap_err();
        assert!(error.to_string().contains(message), "{error}");
    }
}

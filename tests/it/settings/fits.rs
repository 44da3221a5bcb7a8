//! `dyad models fit`: from a table to a hardware model that trains.
use crate::fixtures::{experiment, output, text};
use dyadsim::config::Setup;
use dyadsim::config::models::load;
use serde_json::json;
use std::fmt::Write;
use std::path::Path;

/// Soft bounds between 20 and 100 µS without noise: 60 pulses up and down.
fn table(folder: &Path, up: &str) {
    let mut table = "device,pulse,direction,conductance_uS\n1,0,,20\n".to_owned();
    let mut g = 20.0;
    for n in 0..240usize {
        let is_up = (n / 60).is_multiple_of(2);
        g += if is_up { 0.05 * (100.0 - g) } else { -0.08 * (g - 20.0) };
        writeln!(table, "1,{},{},{g}", n % 60 + 1, if is_up { up } else { "down" }).unwrap();
    }
    std::fs::write(folder.join("curve.csv"), table).unwrap();
}

#[test]
fn a_table_becomes_a_hardware_model_that_trains() {
    let here = tempfile::tempdir().unwrap();
    table(here.path(), "up");
    let arguments = ["models", "fit", "curve.csv", "--model", "soft_bounds", "-o", "device.json", "--plot", "fit.png"];
    let fitted = output(here.path(), &arguments);
    let told = text(&fitted);
    assert!(fitted.status.success(), "{told}");
    for part in ["soft_bounds of 1 device", "R² 1.0000", "dw_min", "there is one device", "fit.png"] {
        assert!(told.contains(part), "{part} is missing in\n{told}");
    }
    assert!(std::fs::metadata(here.path().join("fit.png")).unwrap().len() > 10_000);
    let model = load(here.path().join("device.json").to_str().unwrap()).unwrap();
    let device = &model.loaded.given["synapses"]["pulsed"]["device"];
    let number = |key: &str| device[key].as_f64().unwrap();
    // The bounds are 40 µS on either side of the middle: what is 0.05 of the distance to one is 0.05 of its bound.
    assert!((number("dw_min") / number("w_min").abs() - 0.08).abs() < 1e-3, "{device}");
    let up = number("dw_min") * (1.0 + number("up_down"));
    assert!((up / number("w_max") - 0.05).abs() < 1e-3, "{device}");
    let shown = text(&output(here.path(), &["models", "show", "device.json"]));
    assert!(shown.contains("conductance_uS") && shown.contains("standard error"), "{shown}");
    let file = experiment(
        here.path(),
        json!({"hardware": "device.json", "training": {"epochs": 1, "batch_size": 20, "rate": 0.1}}),
    );
    Setup::load(&file, &[]).unwrap();
    let explained = output(here.path(), &["explain", file.to_str().unwrap()]);
    assert!(explained.status.success(), "{}", text(&explained));
    let run = output(here.path(), &["run", file.to_str().unwrap(), "--out", "run", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    // A figure without a name stands next to the model.
    let usual = ["models", "fit", "curve.csv", "--model", "soft_bounds", "--out", "other.json", "--plot"];
    assert!(output(here.path(), &usual).status.success() && here.path().join("other.svg").exists());
}

#[test]
fn all_models_are_compared_and_wrong_words_refused() {
    let here = tempfile::tempdir().unwrap();
    table(here.path(), "sideways");
    for (arguments, expected) in [
        (vec!["curve.csv"], "row 2, column \"direction\": must be up, down or empty, got \"sideways\""),
        (vec!["no.csv"], "no.csv: "),
        (vec!["curve.csv", "--column", "direction"], "--column: must be NAME=COLUMN, got direction"),
    ] {
        let refused = output(here.path(), &[&["models", "fit"], &arguments[..]].concat());
        assert!(!refused.status.success() && text(&refused).contains(expected), "{}", text(&refused));
    }
    table(here.path(), "up");
    let wrong = output(here.path(), &["models", "fit", "curve.csv", "--model", "soft"]);
    assert!(text(&wrong).contains("--model: must be one of constant_step, linear_step"), "{}", text(&wrong));
    let all = text(&output(here.path(), &["models", "fit", "curve.csv"]));
    assert!(all.contains("AIC") && all.contains("piecewise_step"), "{all}");
}

//! Pages of runs and sweeps: what they hold is what the files hold, and a real browser opens and clicks them.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, output, text};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::{Path, PathBuf};
use std::process::Command;

/// The interpreter, if it can drive a browser. In CI it has to.
fn python_with_browser() -> Option<String> {
    let python = std::env::var("DYADSIM_PYTHON").unwrap_or("python3".to_owned());
    let script = browser_folder().join("browser.py");
    let reason = match Command::new(&python).arg(script).output() {
        Ok(output) if output.status.success() => return Some(python),
        Ok(output) => String::from_utf8_lossy(&output.stderr).lines().last().unwrap_or_default().to_owned(),
        Err(error) => error.to_string(),
    };
    let in_ci = std::env::var("CI").is_ok_and(|value| value == "true");
    assert!(!in_ci, "CI needs selenium, chromium and chromedriver: {python}: {reason}");
    println!("skipped: {python}: {reason} (tests/browser/requirements.txt; Debian: chromium, chromium-driver)");
    None
}

fn browser_folder() -> PathBuf {
    repository_file("tests/browser")
}

/// Runs the program, which has to succeed.
fn run(folder: &Path, arguments: &[&str]) {
    let done = output(folder, arguments);
    assert!(done.status.success(), "{arguments:?}: {}", text(&done));
}

/// Opens a page and compares it with what the files hold; screenshots stay in the target folder.
fn check_in_browser(script: &str, page: &Path, expected: &Value) {
    let Some(python) = python_with_browser() else { return };
    let screenshots = Path::new(env!("CARGO_TARGET_TMPDIR")).join("report");
    std::fs::create_dir_all(&screenshots).unwrap();
    let file = page.with_extension("expected.json");
    std::fs::write(&file, expected.to_string()).unwrap();
    let script = browser_folder().join(script);
    let check = Command::new(python).arg(script).args([page, &file, &screenshots]).output().unwrap();
    assert!(check.status.success(), "{}", text(&check));
}

/// The JSON that the script of a page reads.
fn data_of(page: &str) -> Value {
    let start = "<script id=\"data\" type=\"application/json\">";
    let from = page.find(start).unwrap() + start.len();
    serde_json::from_str(&page[from..from + page[from..].find("</script>").unwrap()]).unwrap()
}

/// Asserts that nothing on the page is an address, and that the library it carries comes with its licence.
fn assert_asks_for_nothing(page: &str) {
    let without = page.replace("href=\"data:,\"", "");
    for forbidden in
        ["<script src", "<link rel=\"stylesheet", "@import", "url(", "<img", "<iframe", "fetch(", "XMLHttpRequest"]
    {
        assert!(!without.contains(forbidden), "{forbidden}");
    }
    for attribute in ["src=", "href="] {
        assert!(!without.contains(attribute), "{attribute}");
    }
    assert!(page.contains("default-src 'none'"));
    let licence = include_str!("../../src/report/vendor/uplot/LICENSE");
    assert!(licence.contains("Copyright (c) 2022 Leon Sorokin") && page.contains(licence.trim_end()));
}

/// NaN is null in JSON.
fn known(x: f64) -> Value {
    if x.is_finite() { Value::from(x) } else { Value::Null }
}

fn sweep_file(folder: &Path) {
    let changes = json!({
        // With `dp` and β = 8 every round multiplies the states, see `runs/divergence.rs`.
        "network": {"hidden": [40, 20], "activation": "identity"},
        "schedule": {"forward_then_rounds": {"rounds": 60}},
        "loss": "half_squared_error",
        "training": {"epochs": 2, "batch_size": 20, "rate": 0.002},
        "recording": {"states": {"every_steps": 20, "moment": "every_update", "samples": {"first": 2}}}
    });
    experiment(folder, changes);
    let sweep = json!({
        "schema_version": 2,
        "title": "Which rule </script> bears <b>which</b> nudge?",
        "description": "A question & its answer",
        "base": "experiment.json",
        "set": {"nudging.alpha": 0.0},
        "axes": [
            {"name": "rule", "long_name": "credit rule", "keys": ["credit_rule"], "points": {"values": ["dp", "dp_transpose"]}},
            {"name": "beta", "long_name": "strength β", "keys": ["nudging.beta"], "points": {"values": [0.1, 0.5, 8.0]}, "scale": "logarithmic"}
        ],
        "replicates": {"count": 2, "vary": ["init"]},
        "output": {"traces": true, "figure": false}
    });
    std::fs::write(folder.join("sweep.json"), sweep.to_string()).unwrap();
}

/// What the page of the sweep has to show, from its file: for every cell and point the accuracy and the loss.
fn expected_of_sweep(file: &Path) -> Value {
    let reader = TraceReader::open(file).unwrap();
    let accuracy = reader.read("final/test_accuracy").unwrap();
    assert_eq!(accuracy.shape, [2, 3, 2]);
    let loss = reader.read("final/test_loss").unwrap().values;
    let status = reader.read("points/status").unwrap().values;
    let settings = reader.read_texts("points/settings").unwrap();
    let names: Vec<String> = ["dp", "dp_transpose"]
        .iter()
        .flat_map(|rule| ["0.1", "0.5", "8"].map(|beta| format!("credit rule: {rule}, strength β = {beta}")))
        .collect();
    let cells = names.iter().enumerate().map(|(cell, name)| {
        let seeds = |values: &[f64]| values[2 * cell..2 * cell + 2].iter().map(|&x| known(x)).collect::<Value>();
        json!({"name": name, "test_accuracy": seeds(&accuracy.values), "test_loss": seeds(&loss)})
    });
    let points = (0..12).map(|p| {
        let settings: Value = serde_json::from_str(&settings[p]).unwrap();
        json!({"index": p, "name": names[p / 2], "status": status[p], "test_accuracy": known(accuracy.values[p]), "settings": settings})
    });
    json!({
        "title": reader.text("title").unwrap(),
        "cells": cells.collect::<Value>(),
        "points": points.collect::<Value>(),
    })
}

#[test]
fn the_page_of_a_sweep_shows_what_its_file_holds() {
    let folder = tempfile::tempdir().unwrap();
    sweep_file(folder.path());
    run(folder.path(), &["sweep", "sweep.json", "--out", "s", "--quiet"]);
    run(folder.path(), &["report", "s", "-o", "page.html"]);
    let file = folder.path().join("page.html");
    let page = std::fs::read_to_string(&file).unwrap();
    assert_asks_for_nothing(&page);
    assert!(
        page.contains("Which rule &lt;&#x2f;script&gt; bears &lt;b&gt;which&lt;&#x2f;b&gt; nudge?"),
        "titles are no markup"
    );
    assert!(!page.contains("<b>which"));

    let reader = TraceReader::open(&folder.path().join("s/sweep.h5")).unwrap();
    let data = data_of(&page);
    let status: Vec<f64> = data["points"].as_array().unwrap().iter().map(|p| p["status"].as_f64().unwrap()).collect();
    assert_eq!(status, reader.read("points/status").unwrap().values);
    assert!(status.contains(&1.0) && status.iter().any(|&s| s != 1.0), "some learn, some do not: {status:?}");
    let complete = status.iter().filter(|&&s| s == 1.0).count();
    assert!(page.contains(&format!("<dd>{complete} of 12</dd>")), "the findings count the points");
    let mut compared = 0;
    for metric in data["metrics"].as_array().unwrap() {
        for (group, key) in [("final", "final"), ("curves", "curves")] {
            let Some(found) = metric[key].as_array() else { continue };
            let place = format!("{group}/{}", metric["name"].as_str().unwrap());
            let values = reader.read(&place).unwrap().values;
            assert_eq!(found.len(), values.len(), "{place}");
            for (found, &x) in found.iter().zip(&values) {
                match found.as_f64() {
                    None => assert!(!x.is_finite(), "{place}: {x} is missing"),
                    Some(found) => assert!((found - x).abs() <= 5e-7 * x.abs(), "{place}: {found}, not {x}"),
                }
                compared += 1;
            }
        }
    }
    assert!(compared > 300, "{compared}");
    // Points with traces bring their states.
    let states = data["states"].as_array().unwrap();
    assert!(!states.is_empty() && states.len() <= 4 && page.contains("id=\"states-chart\""));
    check_in_browser("check_sweep.py", &file, &expected_of_sweep(&folder.path().join("s/sweep.h5")));
}

#[test]
fn the_page_of_a_run_shows_the_states_of_its_trace() {
    let folder = tempfile::tempdir().unwrap();
    let states =
        json!({"every_steps": 8, "moment": "every_update", "samples": {"first": 3}, "signals": ["s_plus", "s_minus"]});
    let file = experiment(folder.path(), json!({"recording": {"states": states}}));
    run(folder.path(), &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    run(folder.path(), &["report", "r"]);
    let page_file = folder.path().join("r/report.html");
    let page = std::fs::read_to_string(&page_file).unwrap();
    assert_asks_for_nothing(&page);
    assert!(page.contains("<mark>&quot;epochs&quot;: 3</mark>"), "what is not the default is marked");

    let reader = TraceReader::open(&folder.path().join("r/trace.h5")).unwrap();
    let values = |name: &str| reader.read(name).unwrap().values;
    let layers = (1..=3).map(|layer| {
        let group = format!("states/layer{layer}");
        let plus = reader.read(&format!("{group}/s_plus")).unwrap();
        json!({
            "shape": plus.shape, "units": plus.shape[3], "s_plus": plus.values,
            "s_minus": values(&format!("{group}/s_minus")), "alpha": 0.25,
        })
    });
    let labels: Vec<Vec<i64>> =
        values("states/stimuli/label").chunks(3).map(|row| row.iter().map(|&x| x as i64).collect()).collect();
    let steps: Vec<i64> = values("states/layer1/step").iter().map(|&x| x as i64).collect();
    let expected = json!({
        "layers": layers.collect::<Value>(), "labels": labels, "steps": steps,
        "test_accuracy": values("metrics/test_accuracy").last(),
    });
    check_in_browser("check_run.py", &page_file, &expected);
}

#[test]
fn a_folder_without_results_is_refused_and_leaves_no_page() {
    let folder = tempfile::tempdir().unwrap();
    let done = output(folder.path(), &["report", ".", "-o", "page.html"]);
    assert_eq!(done.status.code(), Some(1));
    assert!(text(&done).contains("holds neither sweep.h5 nor trace.h5"), "{}", text(&done));
    assert!(!folder.path().join("page.html").exists());
}

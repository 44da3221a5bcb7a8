//! Sweeps: the same bytes however they are computed, every point what `dyad run` makes of its settings, and no point
//! ever the end of the others.
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{dyad, output, text};
use dyadsim::trace::TraceReader;
use rand::{RngExt, SeedableRng};
use serde_json::{Value, json};
use std::path::Path;
use std::time::{Duration, Instant};

fn run(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", text(&output));
    text(&output)
}

fn refused(folder: &Path, arguments: &[&str]) -> String {
    let output = output(folder, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?}: {}", text(&output));
    text(&output)
}

fn same_files(folder: &Path, a: &str, b: &str) {
    for file in ["sweep.h5", "sweep.csv"] {
        let read = |sweep: &str| std::fs::read(folder.join(sweep).join(file)).unwrap();
        assert!(read(a) == read(b), "{file} of {a} and {b} differ");
    }
}

#[test]
fn the_result_is_the_same_bytes_for_any_number_of_jobs_and_shards() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    run(folder, &["sweep", "sweep.json", "--out", "one", "--jobs", "1"]);
    run(folder, &["sweep", "sweep.json", "--out", "three", "--jobs", "3"]);
    same_files(folder, "one", "three");
    // Prepared, then made in shares, with another number of them in between.
    run(folder, &["sweep", "sweep.json", "--out", "shards", "--prepare"]);
    run(folder, &["sweep", "--resume", "shards", "--shard", "3/3"]);
    let told = refused(folder, &["merge", "shards"]);
    assert!(told.contains("8 of 12 points are missing"), "{told}");
    run(folder, &["sweep", "--resume", "shards", "--shard", "1/2"]);
    run(folder, &["sweep", "--resume", "shards", "--shard", "2/2"]);
    let status = run(folder, &["status", "shards"]);
    assert!(status.contains("12: 12 complete") && status.contains("3/3"), "{status}");
    run(folder, &["merge", "shards"]);
    same_files(folder, "one", "shards");
}

#[test]
fn a_sweep_killed_at_random_moments_ends_with_the_same_bytes() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(
        folder,
        json!({
            "set": {"network.hidden": [30], "data.source.digits.train_count": 600, "training.epochs": 4},
            "replicates": {"count": 6, "vary": ["init", "noise"]}
        }),
    );
    let started = Instant::now();
    run(folder, &["sweep", "sweep.json", "--out", "whole", "--jobs", "2"]);
    let whole = started.elapsed();
    let mut random = rand_xoshiro::Xoshiro256PlusPlus::seed_from_u64(20);
    let points = || {
        let shard = std::fs::read_to_string(folder.join("killed/shards/1-of-1.jsonl")).unwrap_or_default();
        shard.lines().filter(|line| line.ends_with('}')).count()
    };
    let prepare = || run(folder, &["sweep", "sweep.json", "--out", "killed", "--prepare", "--overwrite"]);
    prepare();
    let (mut killed, mut midway) = (0, 0);
    while killed < 20 {
        let before = points();
        let arguments = ["sweep", "--resume", "killed", "--quiet", "--jobs", "2"];
        let mut child = dyad(folder, &arguments).stdout(std::process::Stdio::null()).spawn().unwrap();
        std::thread::sleep(whole.mul_f64(random.random_range(0.02..0.5)));
        // SIGKILL: nothing is flushed, no destructor runs.
        let _ = child.kill();
        if child.wait().unwrap().success() {
            same_files(folder, "whole", "killed");
            prepare();
            continue;
        }
        assert!(points() >= before, "a finished point was lost");
        killed += 1;
        midway += usize::from((1..36).contains(&points()));
    }
    println!("{midway} of {killed} kills left some points and not all");
    assert!(midway > 0, "no kill came between two points");
    run(folder, &["sweep", "--resume", "killed"]);
    same_files(folder, "whole", "killed");
    // A line that was being written when the power went off is made again.
    let shard = folder.join("killed/shards/1-of-1.jsonl");
    let lines = std::fs::read(&shard).unwrap();
    std::fs::write(&shard, &lines[..lines.len() - 40]).unwrap();
    std::fs::remove_file(folder.join("killed/sweep.h5")).unwrap();
    run(folder, &["sweep", "--resume", "killed"]);
    same_files(folder, "whole", "killed");
}

#[test]
fn an_interrupted_sweep_says_how_to_go_on() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({"set": {"training.epochs": 4000}}));
    let mut child = dyad(folder, &["sweep", "sweep.json", "--out", "cut", "--quiet"])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    while !folder.join("cut/shards/1-of-1.jsonl").exists() {
        std::thread::sleep(Duration::from_millis(5));
    }
    // Its signals are caught before the shard is opened.
    std::process::Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(130));
    let mut told = String::new();
    std::io::Read::read_to_string(&mut child.stdout.take().unwrap(), &mut told).unwrap();
    assert!(told.contains("dyad sweep --resume cut"), "{told}");
    assert!(!folder.join("cut/sweep.h5").exists());
}

#[test]
fn every_point_is_what_a_run_makes_of_its_settings() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    run(folder, &["sweep", "sweep.json", "--out", "s"]);
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    assert!(reader.is_sweep());
    let settings = reader.read_texts("points/settings").unwrap();
    let accuracy = reader.read("final/test_accuracy").unwrap();
    assert_eq!(accuracy.shape, [2, 3, 2]);
    let curves = reader.read("curves/angle_deg").unwrap();
    assert_eq!(curves.shape, [2, 3, 2, 4, 2]);
    for point in [0, 5, 11] {
        let changed: Value = serde_json::from_str(&settings[point]).unwrap();
        let common = json!({
            "network.hidden": [12], "data.source.digits.train_count": 200, "data.source.digits.test_count": 50
        });
        let mut arguments = vec!["run".to_owned(), "experiment.json".to_owned(), "--quiet".to_owned()];
        arguments.extend(["--out".to_owned(), format!("r{point}")]);
        for (key, value) in common.as_object().unwrap().iter().chain(changed.as_object().unwrap()) {
            arguments.extend(["--set".to_owned(), format!("{key}={value}")]);
        }
        run(folder, &arguments.iter().map(String::as_str).collect::<Vec<_>>());
        let trace = TraceReader::open(&folder.join(format!("r{point}/trace.h5"))).unwrap();
        let metrics = trace.read("metrics/test_accuracy").unwrap().values;
        assert_eq!(accuracy.values[point].to_bits(), metrics.last().unwrap().to_bits());
        let angles = trace.read("metrics/angle_deg").unwrap().values;
        // What was not measured is NaN, of whichever sign.
        let bits = |values: &[f64]| values.iter().map(|x| if x.is_nan() { 0 } else { x.to_bits() }).collect::<Vec<_>>();
        assert_eq!(bits(&curves.values[point * 8..(point + 1) * 8]), bits(&angles), "point {point}");
    }
}

#[test]
fn replicates_have_the_seeds_of_the_base_and_the_following_ones() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    run(folder, &["sweep", "sweep.json", "--out", "common", "--set", "seeds.init=7"]);
    let reader = TraceReader::open(&folder.join("common/sweep.h5")).unwrap();
    let seeds = |reader: &TraceReader, name: &str| reader.read(&format!("points/seed_{name}")).unwrap().values;
    assert_eq!(seeds(&reader, "init"), [7.0, 8.0].repeat(6));
    assert_eq!(seeds(&reader, "noise"), [1.0, 2.0].repeat(6));
    assert_eq!(seeds(&reader, "data"), [1.0; 12]);
    // Without common random numbers every run has its own.
    let own = "sweep.replicates.common_random_numbers=false";
    run(folder, &["sweep", "sweep.json", "--out", "own", "--set", own]);
    let reader = TraceReader::open(&folder.join("own/sweep.h5")).unwrap();
    let mut init = seeds(&reader, "init");
    init.sort_by(f64::total_cmp);
    init.dedup();
    assert_eq!(init.len(), 12);
    assert_eq!(seeds(&reader, "data"), [1.0; 12]);
}

#[test]
fn points_that_diverge_or_fail_are_results_like_the_others() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(
        folder,
        json!({
            "axes": [{"name": "case", "points": {"settings": [
                {"label": "good", "set": {}},
                {"label": "diverges", "set": {"training.rate": 1e30, "training.optimizer": {"sgd": {}}}},
                {"label": "fails", "set": {"network.initial_weights.trace": "nowhere.h5"}},
                {"label": "not a number", "set": {
                    "measure.divergence": false, "training.rate": 1e30, "training.optimizer": {"sgd": {}}
                }}
            ]}}],
            "replicates": {"count": 1, "vary": []}
        }),
    );
    let told = run(folder, &["sweep", "sweep.json", "--out", "s"]);
    assert!(told.contains("4: 1 complete, 1 diverged, 1 failed, 1 non_finite"), "{told}");
    assert!(told.contains("nowhere.h5"), "{told}");
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    assert_eq!(reader.read("final/status").unwrap().values, [1.0, 2.0, 3.0, 4.0]);
    let step = reader.read("final/diverged_step").unwrap().values;
    assert!(step[0].is_nan() && step[1] >= 0.0 && step[2].is_nan());
    assert!(reader.read("final/test_accuracy").unwrap().values[2].is_nan());
    let messages = reader.read_texts("points/message").unwrap();
    assert_eq!(messages[0], "");
    assert!(messages[1].contains("step") && messages[2].contains("nowhere.h5"), "{messages:?}");
    let table = std::fs::read_to_string(folder.join("s/sweep.csv")).unwrap();
    assert!(table.lines().any(|line| line.starts_with("2,fails,1,failed,,,,")), "{table}");
}

#[test]
fn points_that_are_missing_are_nan_in_a_partial_result() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    run(folder, &["sweep", "sweep.json", "--out", "s", "--prepare"]);
    run(folder, &["sweep", "--resume", "s", "--shard", "1/4"]);
    run(folder, &["merge", "s", "--partial"]);
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    let status = reader.read("final/status").unwrap().values;
    let accuracy = reader.read("final/test_accuracy").unwrap().values;
    for point in 0..12 {
        let made = point % 4 == 0;
        assert_eq!(status[point] == 1.0, made);
        assert_eq!(accuracy[point].is_finite(), made);
    }
}

#[test]
fn one_illegal_point_starts_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let axis = json!([{"name": "beta", "keys": ["nudging.beta"], "points": {"values": [0.1, -1, 1]}}]);
    sweep(folder, json!({ "axes": axis }));
    let told = refused(folder, &["sweep", "sweep.json", "--out", "s"]);
    assert!(told.contains("2 of 6 points are illegal, nothing was started"), "{told}");
    assert!(told.contains("point 2 (beta = -1, replicate 1): --set nudging.beta=-1"), "{told}");
    assert!(told.contains("nudging.beta = -1: must be > 0"), "{told}");
    assert!(!folder.join("s").exists());
    // So does one that does not fit its data.
    let axis = json!([{"name": "batch", "keys": ["training.batch_size"], "points": {"values": [10, 1000]}}]);
    sweep(folder, json!({ "axes": axis }));
    let told = refused(folder, &["sweep", "sweep.json", "--out", "s"]);
    assert!(told.contains("there are only 200 training samples"), "{told}");
    assert!(!folder.join("s").exists());
}

#[test]
fn a_dry_run_prints_the_points_and_makes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    let told = run(folder, &["sweep", "sweep.json", "--dry-run"]);
    assert!(told.contains("rule = dp_transpose, beta = 0.1, replicate 2"), "{told}");
    assert!(told.contains("12 points, all valid") && told.contains("floating-point operations"), "{told}");
    assert!(!folder.join("runs").exists());
}

#[test]
fn what_is_computed_is_frozen_when_the_sweep_begins() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    run(folder, &["sweep", "sweep.json", "--out", "whole"]);
    run(folder, &["sweep", "sweep.json", "--out", "edited", "--prepare"]);
    for file in ["sweep.json", "experiment.json", "ideal.json"] {
        std::fs::write(folder.join(file), "changed by somebody while the queue was long").unwrap();
    }
    run(folder, &["sweep", "--resume", "edited"]);
    same_files(folder, "whole", "edited");
    let told = refused(folder, &["sweep", "--resume", "."]);
    assert!(told.contains("holds no sweep"), "{told}");
}

#[test]
fn a_trained_network_is_what_every_point_begins_with() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let method = json!([{"name": "method", "points": {"settings": [
        {"label": "transferred", "set": {"training.epochs": 0}},
        {"label": "untrained", "set": {"training.epochs": 0, "network.initial_weights": null}}
    ]}}]);
    sweep(
        folder,
        json!({"axes": method, "trained": {"set": {"training.epochs": 6}}, "replicates": {"count": 1, "vary": []}}),
    );
    run(folder, &["sweep", "sweep.json", "--out", "plan", "--prepare"]);
    assert!(folder.join("plan/trained/trace.h5").exists());
    run(folder, &["sweep", "sweep.json", "--out", "s"]);
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    let accuracy = reader.read("final/test_accuracy").unwrap().values;
    let trained = TraceReader::open(&folder.join("s/trained/trace.h5")).unwrap();
    let metrics = trained.read("metrics/test_accuracy").unwrap().values;
    assert_eq!(accuracy[0].to_bits(), metrics.last().unwrap().to_bits());
    assert_eq!(accuracy[1].to_bits(), metrics[0].to_bits());
    assert_ne!(accuracy[0], accuracy[1]);
}

/// What the dies of a population share is no part of what is measured on them.
#[test]
fn a_die_of_a_population_is_what_a_run_of_its_own_makes_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let chips = json!([{"name": "chip", "keys": ["seeds.chip"], "points": {"values": [1, 2, 3]}}]);
    let set = json!({"training.epochs": 0, "hardware.units.mismatch.gain.std": 0.3});
    let trained = json!({"set": {"training.epochs": 3, "hardware.units.mismatch.gain.std": 0}});
    sweep(folder, json!({"axes": chips, "set": set, "trained": trained, "replicates": {"count": 1, "vary": []}}));
    run(folder, &["sweep", "sweep.json", "--out", "s"]);
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    let of_population = reader.read("final/test_loss").unwrap().values;
    assert!(of_population[0] != of_population[1] && of_population[1] != of_population[2], "{of_population:?}");
    for (chip, loss) in (1..).zip(&of_population) {
        let (out, seed) = (format!("run{chip}"), format!("seeds.chip={chip}"));
        let set = [
            "training.epochs=0",
            "hardware.units.mismatch.gain.std=0.3",
            "network.initial_weights.trace=s/trained/trace.h5",
            &seed,
        ];
        let edits = set.iter().flat_map(|edit| ["--set", edit]);
        let arguments: Vec<&str> = ["run", "experiment.json", "--out", &out].into_iter().chain(edits).collect();
        run(folder, &arguments);
        let own = TraceReader::open(&folder.join(&out).join("trace.h5")).unwrap();
        assert_eq!(own.read("metrics/test_loss").unwrap().values[0].to_bits(), loss.to_bits(), "chip {chip}");
    }
}

#[test]
fn drawn_points_stand_along_samples_with_their_coordinates() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let axes = json!([
        {"name": "rule", "keys": ["credit_rule"], "points": {"values": ["dp", "dp_transpose"]}},
        {"name": "beta", "keys": ["nudging.beta"], "points": {"logarithmic": {"from": 0.01, "to": 1}}}
    ]);
    sweep(folder, json!({"axes": axes, "sampling": {"latin_hypercube": {"count": 8, "seed": 3}}}));
    run(folder, &["sweep", "sweep.json", "--out", "s"]);
    let reader = TraceReader::open(&folder.join("s/sweep.h5")).unwrap();
    assert_eq!(reader.read("final/test_accuracy").unwrap().shape, [8, 2]);
    let rules = reader.read_texts("final/rule").unwrap();
    assert_eq!(rules.iter().filter(|rule| *rule == "dp").count(), 4, "one of eight strata each");
    let mut strata: Vec<i64> =
        reader.read("final/beta").unwrap().values.iter().map(|beta| (4.0 * (beta.log10() + 2.0)) as i64).collect();
    strata.sort_unstable();
    assert_eq!(strata, (0..8).collect::<Vec<_>>());
}

#[test]
fn an_ablation_has_the_chip_without_and_with_each_non_ideality_alone() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    sweep(folder, json!({}));
    let small = ["--set", "network.hidden=[12]", "--set", "training.epochs=1", "--replicates", "2"];
    let told = refused(folder, &[&["ablate", "experiment.json", "--out", "a"][..], &small].concat());
    assert!(told.contains("there is nothing to ablate"), "{told}");
    let noise = ["--set", "hardware.units.readout_noise.std=0.1", "--set", "hardware.input_noise_std=0.3"];
    let told = run(folder, &[&["ablate", "experiment.json", "--out", "a"][..], &small, &noise].concat());
    assert!(told.contains("readout noise") && told.contains("input noise") && told.contains("all"), "{told}");
    let reader = TraceReader::open(&folder.join("a/sweep.h5")).unwrap();
    let variants = reader.read_texts("final/variant").unwrap();
    let expected =
        ["ideal", "full", "only readout noise", "only input noise", "without readout noise", "without input noise"];
    assert_eq!(variants, expected);
    let loss = reader.read("final/train_loss").unwrap().values;
    // Two sources: one alone is the chip without the other, to the last bit.
    assert_eq!(loss[4..6], loss[10..12]);
    assert_eq!(loss[6..8], loss[8..10]);
    assert_ne!(loss[0..2], loss[2..4]);
}

/// Dies that differ by their seeds alone are replicates, in the console and in the report.
#[test]
fn a_population_of_dies_is_pooled() {
    let folder = tempfile::tempdir().unwrap();
    let axes = json!([
        {"name": "noise", "keys": ["hardware.input_noise_std"], "points": {"values": [0, 0.2]}},
        {"name": "chip", "keys": ["seeds.chip"], "points": {"values": [1, 2, 3]}}
    ]);
    let file = sweep(folder.path(), json!({"axes": axes, "replicates": {"count": 2, "vary": ["init"]}}));
    let made = output(folder.path(), &["sweep", file.to_str().unwrap(), "-o", "s", "--quiet"]);
    let told = text(&made);
    assert!(made.status.success(), "{told}");
    for line in ["best", "worst"] {
        let line = told.lines().find(|own| own.starts_with(line)).unwrap();
        assert!(
            line.contains("noise = 0") && line.contains("mean of 6 replicates") && !line.contains("chip"),
            "{line}"
        );
    }
    let report = output(folder.path(), &["report", "s", "-o", "s.html"]);
    assert!(report.status.success(), "{}", text(&report));
    let page = std::fs::read_to_string(folder.path().join("s.html")).unwrap();
    assert!(page.contains("mean of 6 replicates") && !page.contains("mean of 2 replicates"));
}

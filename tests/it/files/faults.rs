//! One call that changes the disk fails, anywhere in a run, a sweep or an export: the program ends well with the right
//! file, or with a message and what was there before, and goes on when there is room. `tests/faults/failing_io.c` is
//! loaded before the C library; where there is no compiler for it, the tests say that they skip.
use crate::fixtures::preloaded::{FAILING_IO, library};
use crate::fixtures::{dyad, experiment, numbers, output, text};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::json;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

/// How a call fails.
const KINDS: [&str; 3] = ["enospc", "eio", "short"];

/// A command of which some calls may fail.
struct Faulty<'a> {
    folder: &'a Path,
    library: PathBuf,
    arguments: &'a [&'a str],
}

impl Faulty<'_> {
    fn command(&self) -> Command {
        let mut command = dyad(self.folder, self.arguments);
        command.env("LD_PRELOAD", &self.library).env("FAIL_PATH", "here-calls-fail");
        command
    }

    /// Calls of one that goes well.
    fn calls(&self) -> u64 {
        let count = self.folder.join("count");
        let ended = self.command().env("FAIL_COUNT", &count).output().unwrap();
        assert!(ended.status.success(), "{}", text(&ended));
        std::fs::read_to_string(count).unwrap().parse().unwrap()
    }

    /// With call `at` failing. It ends by itself, and says why if it does not end well.
    fn with_failing(&self, at: u64, kind: &str) -> Output {
        let ended = self.command().env("FAIL_AT", at.to_string()).env("FAIL_AS", kind).output().unwrap();
        let code = ended.status.code();
        assert!(matches!(code, Some(0 | 1)), "{kind} at {at}: {:?}: {}", ended.status, text(&ended));
        let told = text(&ended);
        assert!(code == Some(0) || told.contains("error: "), "{kind} at {at}: {told}");
        assert!(kind != "short" || code == Some(0), "{kind} at {at}: the rest could have been written: {told}");
        ended
    }
}

/// Some calls of so many with how they fail: the first and last ones, and others drawn by this seed.
fn sample(calls: u64, most: usize, seed: u64) -> Vec<(u64, &'static str)> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(seed);
    let place = |i: usize| match i {
        0..3 => 1 + i as u64,
        3..6 => calls.saturating_sub(i as u64 - 3).max(1),
        _ => random.random_range(1..=calls),
    };
    (0..most).map(place).collect::<Vec<_>>().into_iter().zip(KINDS.into_iter().cycle()).collect()
}

fn clear(folder: &Path) {
    let _ = std::fs::remove_dir_all(folder.join("here-calls-fail"));
}

fn small(folder: &Path) {
    let changes = json!({
        "data": {"source": {"digits": {"train_count": 100, "test_count": 20}}},
        "training": {"epochs": 3, "batch_size": 20, "rate": 0.002},
        "recording": {"states": {"every_steps": 2, "samples": {"first": 1}}},
        "output": {"figure": false, "checkpoint_every_epochs": 1}
    });
    experiment(folder, changes);
}

/// That nothing in the folder is damaged, as `dyad check` sees it.
fn check(folder: &Path, what: &str) {
    if !folder.join("here-calls-fail").exists() {
        return;
    }
    let checked = output(folder, &["check", "here-calls-fail"]);
    let told = text(&checked);
    assert!(
        !told.contains("damaged") && (checked.status.success() || told.contains("holds neither")),
        "{what}: {told}"
    );
}

#[test]
fn a_run_survives_a_failing_call_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let Some(library) = library(FAILING_IO, folder) else { return };
    small(folder);
    let run = ["run", "experiment.json", "--out", "here-calls-fail", "--quiet", "--threads", "1"];
    let faulty = Faulty { folder, library, arguments: &run };
    let calls = faulty.calls();
    let expected = numbers(&folder.join("here-calls-fail/trace.h5"));
    for (at, kind) in sample(calls, 36, 1) {
        clear(folder);
        let what = format!("{kind} at {at} of {calls}");
        let ended = faulty.with_failing(at, kind);
        check(folder, &what);
        if !ended.status.success() {
            let more = if folder.join("here-calls-fail").exists() { &["--resume"][..] } else { &[] };
            let resumed = output(folder, &[&run[..], more].concat());
            assert!(resumed.status.success(), "{what}: {}", text(&resumed));
        }
        assert!(numbers(&folder.join("here-calls-fail/trace.h5")) == expected, "{what}: other numbers");
        let left: Vec<_> = std::fs::read_dir(folder.join("here-calls-fail"))
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        assert!(!left.iter().any(|name| name.to_string_lossy().contains("partial")), "{what}: {left:?}");
    }
}

#[test]
fn a_sweep_survives_a_failing_call_anywhere() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let Some(library) = library(FAILING_IO, folder) else { return };
    small(folder);
    let sweep = json!({
        "schema_version": 2, "title": "a sweep", "base": "experiment.json",
        "set": {"training.epochs": 1, "recording.states": null},
        "axes": [{"name": "beta", "keys": ["nudging.beta"], "points": {"values": [0.1, 0.2]}}],
        "output": {"figure": false}
    });
    std::fs::write(folder.join("sweep.json"), sweep.to_string()).unwrap();
    let arguments = ["sweep", "sweep.json", "--out", "here-calls-fail", "--quiet", "--jobs", "1"];
    let faulty = Faulty { folder, library, arguments: &arguments };
    let calls = faulty.calls();
    let result = || std::fs::read(folder.join("here-calls-fail/sweep.h5")).unwrap();
    let expected = result();
    for (at, kind) in sample(calls, 15, 2) {
        clear(folder);
        let what = format!("{kind} at {at} of {calls}");
        let ended = faulty.with_failing(at, kind);
        check(folder, &what);
        if !ended.status.success() {
            let is_begun = folder.join("here-calls-fail/plan.json").exists();
            let again = if is_begun {
                &["sweep", "--resume", "here-calls-fail", "--quiet", "--jobs", "1"][..]
            } else {
                &arguments
            };
            let resumed = output(folder, again);
            assert!(resumed.status.success(), "{what}: {}", text(&resumed));
        }
        assert!(result() == expected, "{what}: other bytes");
    }
}

/// The state that they begin with stays until there is the trace of all.
#[test]
fn more_epochs_can_be_added_after_a_kill_at_any_call() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let Some(library) = library(FAILING_IO, folder) else { return };
    small(folder);
    let edit = ["--set", "output.checkpoint_every_epochs=null"];
    let made = output(folder, &["run", "experiment.json", "--out", "ended", "--quiet", edit[0], edit[1]]);
    assert!(made.status.success(), "{}", text(&made));
    let begin = || {
        clear(folder);
        let copied = Command::new("cp").current_dir(folder).args(["-r", "ended", "here-calls-fail"]).status();
        assert!(copied.unwrap().success());
    };
    let run = ["run", "experiment.json", "--out", "here-calls-fail", "--quiet", edit[0], edit[1]];
    let extend = [&run[..], &["--extend-epochs", "2"]].concat();
    let faulty = Faulty { folder, library, arguments: &extend };
    begin();
    let calls = faulty.calls();
    let trace = folder.join("here-calls-fail/trace.h5");
    let [before, expected] = [numbers(&folder.join("ended/trace.h5")), numbers(&trace)];
    let mut again = 0;
    for at in calls.saturating_sub(30).max(1)..=calls {
        begin();
        let _ = faulty.command().env("FAIL_AT", at.to_string()).env("FAIL_AS", "killed").output().unwrap();
        if numbers(&trace) == before {
            let extended = output(folder, &extend);
            assert!(extended.status.success(), "killed at {at} of {calls}: {}", text(&extended));
            again += 1;
        }
        assert!(numbers(&trace) == expected, "killed at {at} of {calls}");
        // Once more, and the state of all of them is there.
        assert!(output(folder, &[&run[..], &["--resume"]].concat()).status.success());
        assert!(output(folder, &extend).status.success(), "killed at {at} of {calls}");
    }
    assert!((1..30).contains(&again), "{again} kills came before the trace");
}

#[test]
fn what_is_made_of_a_run_is_whole_or_as_before() {
    let place = tempfile::tempdir().unwrap();
    let folder = place.path();
    let Some(library) = library(FAILING_IO, folder) else { return };
    small(folder);
    let made = output(folder, &["run", "experiment.json", "--out", "run", "--quiet"]);
    assert!(made.status.success(), "{}", text(&made));
    let states = ["--what", "states/layer1"];
    let exports: [&[&str]; 7] = [
        &["export", "run", "--to", "csv", "-o", "here-calls-fail/a.csv", states[0], states[1]],
        &["export", "run", "--to", "parquet", "-o", "here-calls-fail/a.parquet", states[0], states[1]],
        &["export", "run", "--to", "npz", "-o", "here-calls-fail/a.npz"],
        &["export", "run", "--to", "nir", "-o", "here-calls-fail/a.nir"],
        &["plot", "run", "--what", "curves", "-o", "here-calls-fail/a.svg"],
        &["plot", "run", "--what", "curves", "-o", "here-calls-fail/a.png"],
        &["report", "run", "-o", "here-calls-fail/a.html"],
    ];
    let contents = || -> BTreeMap<_, _> {
        let entries = std::fs::read_dir(folder.join("here-calls-fail")).unwrap().map(|entry| entry.unwrap().path());
        entries.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect()
    };
    for (seed, arguments) in exports.into_iter().enumerate() {
        clear(folder);
        std::fs::create_dir(folder.join("here-calls-fail")).unwrap();
        let faulty = Faulty { folder, library: library.clone(), arguments };
        let calls = faulty.calls();
        let expected = contents();
        assert_eq!(expected.len(), 1, "{arguments:?}");
        let before: BTreeMap<_, _> = expected.keys().map(|path| (path.clone(), b"before".to_vec())).collect();
        for (at, kind) in sample(calls, 7, seed as u64) {
            before.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
            let ended = faulty.with_failing(at, kind);
            let there = contents();
            let is_right = there == expected || (!ended.status.success() && there == before);
            assert!(is_right, "{kind} at {at} of {calls} of {arguments:?}: {:?}", there.keys().collect::<Vec<_>>());
        }
    }
}

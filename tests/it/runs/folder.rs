//! A folder belongs to one run, and no output that is full or closed ends one.
use crate::fixtures::repository::program;
use crate::fixtures::{experiment, output};
use dyadsim::run::FolderLock;
use serde_json::json;
use std::fs::OpenOptions;
use std::process::{Command, Stdio};
use tempfile::TempDir;

/// A folder with a short experiment in `experiment.json`.
fn place() -> TempDir {
    let place = tempfile::tempdir().unwrap();
    let small = json!({"data": {"source": {"digits": {"train_count": 200, "test_count": 50}}}, "training": {"epochs": 1, "batch_size": 20, "rate": 0.002}});
    experiment(place.path(), small);
    place
}

#[test]
fn a_folder_in_which_another_process_works_is_left_alone() {
    let place = place();
    let out = place.path().join("out");
    let lock = FolderLock::take(&out).unwrap();
    for more in [&[][..], &["--resume"], &["--overwrite"]] {
        let run = output(place.path(), &[&["run", "experiment.json", "--out", "out", "--quiet"], more].concat());
        let message = String::from_utf8_lossy(&run.stderr).into_owned();
        let owner = format!("out: another process works in it ({}", gethostname::gethostname().to_string_lossy());
        assert!(!run.status.success() && message.contains(&owner), "{more:?}: {message}");
        assert!(message.contains(&format!("process {})", std::process::id())), "{message}");
    }
    assert_eq!(std::fs::read_dir(&out).unwrap().count(), 1);
    drop(lock);
    assert!(output(place.path(), &["run", "experiment.json", "--out", "out", "--quiet"]).status.success());
    assert!(!out.join(".lock").exists());
}

#[test]
fn an_ended_run_is_not_resumed_with_other_settings() {
    let place = place();
    assert!(output(place.path(), &["run", "experiment.json", "--out", "out", "--quiet"]).status.success());
    let resumed = ["run", "experiment.json", "--out", "out", "--quiet", "--resume"];
    assert!(output(place.path(), &resumed).status.success());
    let other = output(place.path(), &[&resumed[..], &["--set", "training.epochs=2"]].concat());
    let message = String::from_utf8_lossy(&other.stderr).into_owned();
    assert!(!other.status.success() && message.contains("differ: experiment.training.epochs"), "{message}");
}

#[cfg(target_os = "linux")]
#[test]
fn outputs_that_are_full_or_closed_end_no_run() {
    let place = place();
    let full = || Stdio::from(OpenOptions::new().write(true).open("/dev/full").unwrap());
    let run = |out: &str, stdout: Stdio, stderr: Stdio| {
        let mut command = Command::new(program());
        command.current_dir(place.path()).args(["run", "experiment.json", "--out", out]);
        let status = command.stdout(stdout).stderr(stderr).status().unwrap();
        assert!(place.path().join(out).join("trace.h5").exists());
        status.code()
    };
    assert_eq!(run("a", Stdio::null(), full()), Some(0));
    assert_eq!(run("b", full(), Stdio::null()), Some(1));
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    assert_eq!(run("c", writer.try_clone().unwrap().into(), writer.into()), Some(0));
}

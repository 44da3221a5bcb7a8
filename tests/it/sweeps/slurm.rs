//! `dyad sweep --engine slurm` against programs that stand in for those of Slurm: what it asks of them, and what it
//! makes of their answers. `make test-slurm` does the same with a real Slurm.
use crate::fixtures::{dyad, experiment, text};
use serde_json::{Value, json};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A folder with a sweep of four quick points, and a `bin` of programs named as those of Slurm.
struct Site {
    folder: tempfile::TempDir,
}

impl Site {
    fn new(changes: &Value) -> Self {
        let site = Self { folder: tempfile::tempdir().unwrap() };
        experiment(site.path(), json!({"training": {"epochs": 1, "batch_size": 50, "rate": 0.002}}));
        let mut sweep = json!({
            "schema_version": 2,
            "title": "a sweep",
            "base": "experiment.json",
            "axes": [{"name": "alpha", "keys": ["nudging.alpha"], "points": {"values": [0, 0.2, 0.4, 0.5]}}],
            "output": {"figure": false}
        });
        for (key, value) in changes.as_object().unwrap() {
            sweep[key] = value.clone();
        }
        std::fs::write(site.path().join("sweep.json"), sweep.to_string()).unwrap();
        std::fs::create_dir(site.path().join("bin")).unwrap();
        // Numbers of jobs go up from 41; a script whose name is in the file `refused` is refused.
        site.program(
            "sbatch",
            "echo \"$@\" >> calls
             script=$(basename \"$(printf '%s\\n' \"$@\" | tail -n 1)\")
             if grep -q \"$script\" refused 2>/dev/null; then
               echo 'sbatch: error: no such account' >&2
               echo 'sbatch: error: Batch job submission failed' >&2
               exit 1
             fi
             echo $((40 + $(wc -l < calls)))",
        );
        site.queue("");
        site.program("scontrol", "echo 'MaxArraySize            = 1001'");
        site
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    /// Written by a child: a handle of this process could be inherited by what another test starts at the same moment, and
    /// no program that is open for writing can be executed.
    fn program(&self, name: &str, script: &str) {
        let path = self.path().join("bin").join(name);
        let mut shell = Command::new("sh")
            .args(["-c", "cat > \"$0\" && chmod 755 \"$0\""])
            .arg(path)
            .stdin(Stdio::piped())
            .spawn()
            .unwrap();
        shell.stdin.take().unwrap().write_all(format!("#!/bin/sh\n{script}\n").as_bytes()).unwrap();
        assert!(shell.wait().unwrap().success());
    }

    /// What squeue lists.
    fn queue(&self, listing: &str) {
        self.program("squeue", &format!("printf '%s' '{listing}'"));
    }

    fn dyad(&self, arguments: &[&str]) -> Output {
        let path = format!("{}:{}", self.path().join("bin").display(), std::env::var("PATH").unwrap());
        dyad(self.path(), arguments).env("PATH", path).output().unwrap()
    }

    /// Arguments of all calls of sbatch so far.
    fn calls(&self) -> Vec<String> {
        let calls = std::fs::read_to_string(self.path().join("calls")).unwrap_or_default();
        let folder = self.path().canonicalize().unwrap();
        calls.lines().map(|line| line.replace(folder.to_str().unwrap(), "SITE")).collect()
    }

    fn read(&self, file: &str) -> String {
        std::fs::read_to_string(self.path().join(file)).unwrap()
    }
}

fn succeeds(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(output));
    text(output)
}

fn fails(output: &Output) -> String {
    assert_eq!(output.status.code(), Some(1), "{}", text(output));
    text(output)
}

#[test]
fn jobs_wait_for_each_other_and_are_remembered() {
    let site = Site::new(&json!({"trained": {}}));
    let said = succeeds(&site.dyad(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm", "--tasks", "3"]));
    let expected = [
        "--parsable SITE/out/slurm/prepare.sh",
        "--parsable --dependency=afterok:41 SITE/out/slurm/array.sh",
        "--parsable --dependency=afterany:42 SITE/out/slurm/merge.sh",
    ];
    assert_eq!(site.calls(), expected);
    assert!(said.contains("#SBATCH --array=1-3\n") && said.contains("job 42 (dyad-out)"), "{said}");
    let jobs: Value = serde_json::from_str(&site.read("out/slurm/jobs.json")).unwrap();
    let ids: Vec<_> = jobs["jobs"].as_array().unwrap().iter().map(|job| (&job["kind"], &job["id"])).collect();
    let (prepare, array, merge) = (json!("prepare"), json!("array"), json!("merge"));
    assert_eq!(ids, [(&prepare, &json!("41")), (&array, &json!("42")), (&merge, &json!("43"))]);
}

#[test]
fn only_shards_with_missing_points_are_submitted_again() {
    let site = Site::new(&json!({}));
    let resume = ["sweep", "--resume", "out", "--engine", "slurm"];
    succeeds(&site.dyad(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm", "--tasks", "3", "--jobs", "2"]));
    assert!(site.read("out/slurm/array.sh").contains("#SBATCH --cpus-per-task=2\n"));
    for shard in ["1/3", "3/3"] {
        succeeds(&site.dyad(&["sweep", "--resume", "out", "--shard", shard, "--quiet"]));
    }
    // As many shards as before, though it is not said.
    succeeds(&site.dyad(&resume));
    let array = site.read("out/slurm/array.sh");
    assert!(array.contains("#SBATCH --array=2\n") && array.contains("$SLURM_ARRAY_TASK_ID/3"), "{array}");
    // Nothing left to run: only the merge, which waits for nothing.
    succeeds(&site.dyad(&["sweep", "--resume", "out", "--shard", "2/3", "--quiet"]));
    succeeds(&site.dyad(&resume));
    assert_eq!(site.calls()[4..], ["--parsable SITE/out/slurm/merge.sh"]);
    succeeds(&site.dyad(&["merge", "out"]));
    let said = succeeds(&site.dyad(&resume));
    assert!(said.starts_with("all points are there"), "{said}");
    assert_eq!(site.calls().len(), 5);
    succeeds(&site.dyad(&["sweep", "sweep.json", "--out", "local", "--quiet"]));
    let bytes = |folder: &str| std::fs::read(site.path().join(folder).join("sweep.h5")).unwrap();
    assert!(bytes("out") == bytes("local"), "shards and the local engine differ");
}

#[test]
fn jobs_in_the_queue_are_not_doubled() {
    let site = Site::new(&json!({}));
    let resume = ["sweep", "--resume", "out", "--engine", "slurm"];
    succeeds(&site.dyad(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm"]));
    site.queue("41_[2-4]|dyad-out|PENDING\n41_1|dyad-out|RUNNING\n");
    let said = fails(&site.dyad(&resume));
    assert!(said.contains("41_[2-4] pending, 41_1 running") && said.contains("`scancel 41`"), "{said}");
    let again = ["sweep", "sweep.json", "--out", "out", "--engine", "slurm", "--overwrite"];
    assert!(fails(&site.dyad(&again)).contains("still has jobs in the queue"));
    assert!(site.path().join("out/plan.json").exists());
    site.program("squeue", "echo 'slurm_load_jobs error: Unable to contact slurm controller' >&2; exit 1");
    assert!(fails(&site.dyad(&resume)).contains("Unable to contact slurm controller"));
    assert_eq!(site.calls().len(), 2);
    // Ended long ago; and another job that has the number now.
    site.program("squeue", "echo 'slurm_load_jobs error: Invalid job id specified' >&2; exit 1");
    succeeds(&site.dyad(&resume));
    site.queue("43|another|RUNNING\n");
    succeeds(&site.dyad(&resume));
    assert_eq!(site.calls().len(), 6);
}

#[test]
fn what_slurm_refuses_is_told_and_what_it_took_is_remembered() {
    let site = Site::new(&json!({}));
    std::fs::write(site.path().join("refused"), "merge.sh").unwrap();
    let said = fails(&site.dyad(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm"]));
    assert!(said.contains("merge.sh: no such account; Batch job submission failed"), "{said}");
    site.queue("41_[1-4]|dyad-out|PENDING\n");
    assert!(fails(&site.dyad(&["sweep", "--resume", "out", "--engine", "slurm"])).contains("`scancel 41`"));
}

#[test]
fn a_submission_that_is_refused_as_a_whole_leaves_no_folder() {
    let site = Site::new(&json!({}));
    std::fs::write(site.path().join("refused"), "array.sh").unwrap();
    let submit = ["sweep", "sweep.json", "--out", "out", "--engine", "slurm"];
    fails(&site.dyad(&submit));
    assert!(!site.path().join("out").exists());
    // What was in it stays.
    std::fs::create_dir(site.path().join("out")).unwrap();
    std::fs::write(site.path().join("out/mine.txt"), "").unwrap();
    fails(&site.dyad(&submit));
    let left: Vec<_> =
        std::fs::read_dir(site.path().join("out")).unwrap().map(|own| own.unwrap().file_name()).collect();
    assert_eq!(left, ["mine.txt"]);
    std::fs::remove_file(site.path().join("refused")).unwrap();
    succeeds(&site.dyad(&[&submit[..], &["--setup", "module load x", "--mem", "auto", "--array-limit", "2"]].concat()));
    let array = site.read("out/slurm/array.sh");
    assert!(array.contains("#SBATCH --array=1-4%2\n") && array.contains("\nmodule load x\nexec "), "{array}");
    assert!(array.contains("#SBATCH --mem=200M\n") || array.contains("#SBATCH --mem=300M\n"), "{array}");
}

#[test]
fn without_slurm_the_scripts_can_still_be_written() {
    let site = Site::new(&json!({}));
    let alone = |arguments: &[&str]| dyad(site.path(), arguments).env("PATH", "").output().unwrap();
    let written: PathBuf = site.path().join("out/slurm/array.sh");
    let said = fails(&alone(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm"]));
    assert!(said.contains("cannot start sbatch") && said.contains("--no-submit"), "{said}");
    assert!(!site.path().join("out").exists());
    succeeds(&alone(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm", "--no-submit"]));
    assert!(written.exists() && !site.path().join("out/slurm/jobs.json").exists());
}

#[test]
fn arrays_keep_within_the_size_that_slurm_allows() {
    let site = Site::new(&json!({}));
    site.program("scontrol", "echo 'MaxArraySize            = 3'");
    succeeds(&site.dyad(&["sweep", "sweep.json", "--out", "out", "--engine", "slurm"]));
    assert!(site.read("out/slurm/array.sh").contains("#SBATCH --array=1-2\n"));
    let said = fails(&site.dyad(&["sweep", "sweep.json", "--out", "two", "--engine", "slurm", "--tasks", "3"]));
    assert!(said.contains("--tasks 3: an array has at most 2 tasks"), "{said}");
}

#[test]
fn options_of_slurm_need_slurm() {
    let site = Site::new(&json!({}));
    for (arguments, told) in [
        (&["sweep", "sweep.json", "--tasks", "3"][..], "--tasks means nothing without --engine slurm"),
        (&["sweep", "sweep.json", "--engine", "local", "--no-submit"], "--no-submit means nothing"),
        (&["sweep", "--resume", "out", "--engine", "slurm", "--shard", "1/2"], "--shard and --prepare are what"),
    ] {
        let output = site.dyad(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", text(&output));
        assert!(text(&output).contains(told), "{}", text(&output));
    }
    assert!(site.calls().is_empty());
}

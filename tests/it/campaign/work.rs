//! A short run and a short sweep, what they end with when they are left alone, and what is asked of them after a fault.
use super::tally::Harm;
use crate::fixtures::preloaded::{FAILING_IO, library};
use crate::fixtures::{dyad, experiment, numbers, text};
use dyadsim::trace::{Array, ArrayFile};
use rand::RngExt;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::json;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::os::unix::process::ExitStatusExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// Folder of the results; calls on paths that hold this name may fail.
pub const OUT: &str = "here-calls-fail";

/// Bits of everything that work ends with.
type Results = BTreeMap<String, Vec<u64>>;

/// What is disturbed.
pub struct Work {
    pub name: &'static str,
    place: TempDir,
    begin: Vec<&'static str>,
    go_on: Vec<&'static str>,
    expected: Results,
    /// How long it takes when it is left alone.
    pub takes: Duration,
    /// Calls that change the disk, and the library that lets them fail.
    pub calls: Option<(u64, PathBuf)>,
}

impl Work {
    /// A run that records states, writes a checkpoint after every epoch, and draws its figure.
    pub fn run() -> Self {
        let run = ["run", "experiment.json", "--quiet", "--out", OUT];
        Self::new("run", run.to_vec(), [&run[..], &["--resume"]].concat())
    }

    /// A sweep of twelve points.
    pub fn sweep() -> Self {
        let begin = vec!["sweep", "sweep.json", "--quiet", "--jobs", "2", "--out", OUT];
        Self::new("sweep", begin, vec!["sweep", "--resume", OUT, "--quiet", "--jobs", "2"])
    }

    fn new(name: &'static str, begin: Vec<&'static str>, go_on: Vec<&'static str>) -> Self {
        let place = tempfile::tempdir().unwrap();
        write_settings(place.path());
        let mut work = Self { name, place, begin, go_on, expected: Results::new(), takes: Duration::ZERO, calls: None };
        let started = Instant::now();
        let whole = work.command().output().unwrap();
        assert!(whole.status.success(), "{}", text(&whole));
        work.takes = started.elapsed();
        work.expected = work.results();
        work.clear();
        if let Some(library) = library(FAILING_IO, work.folder()) {
            let count = work.folder().join("count");
            let counted = work.failing(work.command(), &library).env("FAIL_COUNT", &count).output().unwrap();
            assert!(counted.status.success(), "{}", text(&counted));
            work.calls = Some((fs::read_to_string(count).unwrap().parse().unwrap(), library));
            work.clear();
        }
        work
    }

    /// Writes what it is to do, as it has been from the beginning.
    pub fn write_settings(&self) {
        write_settings(self.folder());
    }

    /// Where it is done.
    pub fn folder(&self) -> &Path {
        self.place.path()
    }

    /// The folder of its results.
    pub fn out(&self) -> PathBuf {
        self.folder().join(OUT)
    }

    /// Removes all results.
    pub fn clear(&self) {
        let _ = fs::remove_dir_all(self.out());
    }

    /// What a user would call now: begins it, or goes on with it.
    pub fn command(&self) -> Command {
        let is_begun = match self.name {
            "run" => self.out().exists(),
            _ => self.out().join("plan.json").exists(),
        };
        dyad(self.folder(), if is_begun { &self.go_on } else { &self.begin })
    }

    /// A command with the library that lets calls fail.
    pub fn failing(&self, mut command: Command, library: &Path) -> Command {
        command.env("LD_PRELOAD", library).env("FAIL_PATH", OUT);
        command
    }

    /// The same with this happening at call `at`, or from it on.
    pub fn failing_at(&self, command: Command, library: &Path, at: u64, what: &str) -> Command {
        let mut command = self.failing(command, library);
        command.env("FAIL_AT", at.to_string()).env("FAIL_AS", what);
        command
    }

    /// A moment while it works.
    pub fn moment(&self, random: &mut Xoshiro256PlusPlus) -> Duration {
        self.takes.mul_f64(random.random_range(0.02..1.0))
    }

    /// What is done and on disk: epochs in the last whole checkpoint, points in the shards.
    pub fn done(&self) -> u64 {
        let out = self.out();
        if self.name == "sweep" {
            let shards = fs::read_dir(out.join("shards")).into_iter().flatten().map(|entry| entry.unwrap().path());
            let lines =
                |path| fs::read_to_string(path).unwrap_or_default().lines().filter(|l| l.ends_with('}')).count();
            return shards.map(lines).sum::<usize>() as u64;
        }
        if out.join("trace.h5").exists() {
            return u64::MAX;
        }
        let read = |name| ArrayFile::read(&out.join(name)).ok();
        let epoch = |file: ArrayFile| match file.into_arrays().remove("epoch") {
            Some(Array::U64(epoch)) => epoch[0],
            other => panic!("the epoch of a checkpoint is {other:?}"),
        };
        read("checkpoint.h5").or_else(|| read("checkpoint-before.h5")).map_or(0, epoch)
    }

    /// Holds what a command has left against what was there before it: nothing is damaged, nothing less is done, and it
    /// has said why if it did not end well. Tells whether it ended well.
    pub fn judge(&self, ended: &Output, done_before: u64, by_signal: Option<i32>) -> Result<bool, Harm> {
        let told = text(ended);
        self.undamaged()?;
        let done = self.done();
        if done < done_before {
            return Err(Harm::Lost(format!("{done} done instead of {done_before}: {told}")));
        }
        match (ended.status.code(), ended.status.signal()) {
            (Some(0), _) => self.compare().map(|()| true),
            (Some(1), _) if told.contains("error: ") => Ok(false),
            (Some(130), _) if by_signal.is_some() && told.contains("resume") || told.contains("starts over") => {
                Ok(false)
            }
            (_, Some(signal)) if by_signal == Some(signal) => Ok(false),
            _ => Err(Harm::Wrong(format!("{}: {told}", ended.status))),
        }
    }

    /// That `dyad check` finds nothing damaged, and two checkpoints are two files.
    fn undamaged(&self) -> Result<(), Harm> {
        if !self.out().exists() {
            return Ok(());
        }
        let file = |name: &str| fs::metadata(self.out().join(name)).ok().map(|file| file.ino());
        if file("checkpoint.h5").is_some() && file("checkpoint.h5") == file("checkpoint-before.h5") {
            return Err(Harm::Wrong("both checkpoints are one file".to_owned()));
        }
        let checked = dyad(self.folder(), &["check", OUT]).output().unwrap();
        let told = text(&checked);
        let is_sound = !told.contains("damaged") && (checked.status.success() || told.contains("holds neither"));
        if is_sound { Ok(()) } else { Err(Harm::Wrong(told)) }
    }

    /// Goes on until it is done, without a fault, and compares.
    pub fn finish(&self) -> Result<(), Harm> {
        let ended = self.command().output().unwrap();
        if !ended.status.success() {
            return Err(Harm::Lost(format!("it does not go on: {}", text(&ended))));
        }
        self.compare()?;
        self.nothing_else()
    }

    /// After a try: done to the end, compared, and cleared.
    pub fn settle(&self, judged: Result<bool, Harm>) -> Result<bool, Harm> {
        let outcome = judged.and_then(|ended_well| self.finish().map(|()| !ended_well));
        self.clear();
        outcome
    }

    /// That it ended with what it ends with when it is left alone.
    pub fn compare(&self) -> Result<(), Harm> {
        self.whole()?;
        let results = self.results();
        let differs = self.expected.iter().find(|(name, values)| results.get(*name) != Some(values));
        differs.map_or(Ok(()), |(name, _)| Err(Harm::Wrong(format!("{name} differs"))))
    }

    /// That it ended with results which are whole.
    pub fn whole(&self) -> Result<(), Harm> {
        if !self.out().join(if self.name == "run" { "trace.h5" } else { "sweep.h5" }).exists() {
            return Err(Harm::Wrong("it ended well without results".to_owned()));
        }
        self.undamaged()
    }

    /// That everything else is there as well, and nothing is left behind.
    fn nothing_else(&self) -> Result<(), Harm> {
        let entries = fs::read_dir(self.out()).unwrap();
        let names: Vec<String> =
            entries.map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned()).collect();
        if let Some(rest) = names.iter().find(|name| name.contains("partial") || name.starts_with("checkpoint")) {
            return Err(Harm::Wrong(format!("{rest} is left behind")));
        }
        let own = if self.name == "run" { "final-state.h5" } else { "plan.json" };
        let missing = ["figure.svg", "figure.png", own].into_iter().find(|own| !names.iter().any(|name| name == own));
        missing.map_or(Ok(()), |name| Err(Harm::Lost(format!("{name} is not there at the end"))))
    }

    fn results(&self) -> Results {
        let out = self.out();
        if self.name == "run" {
            return numbers(&out.join("trace.h5"));
        }
        let bytes = |name: &str| fs::read(out.join(name)).unwrap().into_iter().map(u64::from).collect();
        ["sweep.h5", "sweep.csv"].map(|name| (name.to_owned(), bytes(name))).into()
    }
}

/// The output of a command that ends at a moment of its own.
pub fn spawn(mut command: Command) -> std::process::Child {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn write_settings(folder: &Path) {
    experiment(
        folder,
        json!({
            "training": {"epochs": 20, "batch_size": 20, "rate": 0.002},
            "recording": {"states": {"every_steps": 2, "samples": {"first": 1}}},
            "output": {"figure": true, "checkpoint_every_epochs": 1}
        }),
    );
    let sweep = json!({
        "schema_version": 2, "title": "a sweep", "base": "experiment.json",
        "set": {
            "network.hidden": [12], "data.source.digits.train_count": 200, "data.source.digits.test_count": 50,
            "training.epochs": 6, "recording.states": null
        },
        "axes": [
            {"name": "rule", "keys": ["credit_rule"], "points": {"values": ["dp", "dp_transpose"]}},
            {"name": "beta", "keys": ["nudging.beta"], "points": {"logarithmic": {"from": 0.01, "to": 1, "count": 3}}}
        ],
        "replicates": {"count": 2, "vary": ["init", "noise"]}
    });
    fs::write(folder.join("sweep.json"), sweep.to_string()).unwrap();
}

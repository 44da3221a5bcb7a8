//! A disk that is full, and memory that does not suffice.
use super::tally::Tally;
use super::work::{OUT, Work};
use crate::fixtures::{dyad, text};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::path::{Path, PathBuf};
use std::process::Command;

const TRIES: u64 = 30;
/// Memory that suffices for a small network, kB.
const ENOUGH: u64 = 1_000_000;
/// Memory that suffices for the program itself, and for a network of 41 million synapses.
const LARGE: [u64; 2] = [680_000, 1_800_000];

pub fn campaign(work: &Work) -> Vec<Tally> {
    let mut tallies = vec![full_disk(work), small_disk(work), little_memory(work)];
    if work.name == "run" {
        tallies.push(large_network(work));
    }
    tallies
}

/// From some call on there is no room, until the command has ended.
fn full_disk(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "a full disk");
    let Some((calls, library)) = &work.calls else { return tally };
    let mut random = Xoshiro256PlusPlus::seed_from_u64(3);
    for _ in 0..TRIES {
        let at = random.random_range(1..=*calls);
        let ended = work.failing_at(work.command(), library, at, "full").output().unwrap();
        tally.count(work.settle(work.judge(&ended, 0, None)));
    }
    tally
}

/// A file system of its own that fills up, and has more room afterwards. Only root may mount one: others skip this.
fn small_disk(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "a small disk");
    let Some(disk) = Disk::over(work.folder()) else { return tally };
    work.write_settings();
    let mut random = Xoshiro256PlusPlus::seed_from_u64(8);
    let before = disk.used();
    assert!(work.command().output().unwrap().status.success(), "it works where there is room");
    let needed = disk.used() - before;
    work.clear();
    for _ in 0..TRIES {
        disk.resize(before + random.random_range(4..=needed * 5 / 4));
        let ended = work.command().output().unwrap();
        let judged = work.judge(&ended, 0, None);
        disk.resize(ROOM);
        tally.count(work.settle(judged));
    }
    tally
}

/// KiB of a disk with room for everything.
const ROOM: u64 = 1 << 18;

/// A tmpfs that lies over a folder.
struct Disk {
    folder: PathBuf,
}

impl Disk {
    fn over(folder: &Path) -> Option<Self> {
        let size = format!("size={ROOM}k");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &size, "tmpfs"]).arg(folder).output();
        let is_mounted = mounted.is_ok_and(|ended| ended.status.success());
        is_mounted.then(|| Self { folder: folder.to_owned() })
    }

    /// KiB that are taken.
    fn used(&self) -> u64 {
        let told = Command::new("df").args(["-k", "--output=used"]).arg(&self.folder).output().unwrap();
        text(&told).lines().nth(1).and_then(|own| own.trim().parse().ok()).expect("df tells a number")
    }

    fn resize(&self, kilobytes: u64) {
        let size = format!("remount,size={kilobytes}k");
        assert!(Command::new("mount").args(["-o", &size]).arg(&self.folder).status().unwrap().success(), "{size}");
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg(&self.folder).status();
    }
}

/// A command that may have so much memory (RLIMIT_AS).
fn limited(work: &Work, command: &Command, kilobytes: u64) -> Command {
    let mut shell = Command::new("sh");
    let script = format!("ulimit -v {kilobytes} && exec \"$0\" \"$@\"");
    shell.current_dir(work.folder()).args(["-c", &script]).arg(command.get_program()).args(command.get_args());
    shell
}

/// From what the program can be loaded with to what it needs.
fn little_memory(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "little memory");
    let version = dyad(work.folder(), &["--version"]);
    // Below, the system cannot even load it.
    let is_loaded = |kilobytes| limited(work, &version, kilobytes).output().unwrap().status.success();
    let least = (10_000..).step_by(2000).find(|&kilobytes| is_loaded(kilobytes)).unwrap();
    for step in 0..TRIES {
        let kilobytes = least + (ENOUGH - least) * step / (TRIES - 1);
        let ended = limited(work, &work.command(), kilobytes).output().unwrap();
        tally.count(work.settle(work.judge(&ended, 0, None)));
    }
    tally
}

/// Memory that suffices for the program, and not for what it is to do.
fn large_network(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "little memory for a large network");
    let large = ["network.hidden=[6000,6000]", "training.epochs=1", "data.source.digits.train_count=20"];
    let settings = large.map(|own| ["--set", own]).concat();
    for step in 0..TRIES / 2 {
        let run = [&["run", "experiment.json", "--quiet", "--out", OUT][..], &settings].concat();
        let kilobytes = LARGE[0] + (LARGE[1] - LARGE[0]) * step / (TRIES / 2 - 1);
        let ended = limited(work, &dyad(work.folder(), &run), kilobytes).output().unwrap();
        let judged = match ended.status.success() {
            true => work.whole().map(|()| true),
            false => work.judge(&ended, 0, None),
        };
        work.clear();
        tally.count(judged.map(|ended_well| !ended_well));
    }
    tally
}

//! Folders that cannot be written, that go away, or that two processes want.
use super::tally::{Harm, Tally};
use super::work::{OUT, Work, spawn};
use crate::fixtures::{dyad, text};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::fs;

const TRIES: usize = 20;

pub fn campaign(work: &Work) -> Vec<Tally> {
    vec![read_only(work), vanishing(work), two_processes(work)]
}

/// From some call on the folder can only be read, the first of all calls among them.
fn read_only(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "a folder that becomes read-only");
    let Some((calls, library)) = &work.calls else { return tally };
    let mut random = Xoshiro256PlusPlus::seed_from_u64(4);
    for number in 0..TRIES {
        let at = if number == 0 { 1 } else { random.random_range(1..=*calls) };
        let ended = work.failing_at(work.command(), library, at, "readonly").output().unwrap();
        tally.count(work.settle(work.judge(&ended, 0, None)));
    }
    tally
}

/// The folder goes away at some moment, as a disk does that is pulled out, and is there again afterwards.
fn vanishing(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "a folder that vanishes");
    let mut random = Xoshiro256PlusPlus::seed_from_u64(5);
    let away = work.folder().join("away");
    while tally.hit() < TRIES {
        let child = spawn(work.command());
        std::thread::sleep(work.moment(&mut random));
        let has_gone = fs::rename(work.out(), &away).is_ok();
        let ended = child.wait_with_output().unwrap();
        if has_gone {
            // What it may have made in its place is no part of it.
            work.clear();
            fs::rename(&away, work.out()).unwrap();
        }
        tally.count(work.settle(work.judge(&ended, 0, None)).map(|hit| hit && has_gone));
    }
    tally
}

/// The same command twice: one has the folder, the other says so.
fn two_processes(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "two processes in one folder");
    let mut random = Xoshiro256PlusPlus::seed_from_u64(6);
    for number in 0..TRIES {
        let first = spawn(work.command());
        std::thread::sleep(work.takes.mul_f64(random.random_range(0.0..0.5)));
        // The second one begins another, or wants to go on with that of the first.
        let second = match (number % 2, work.name) {
            (0, _) => spawn(work.command()),
            (_, "run") => spawn(dyad(work.folder(), &["run", "experiment.json", "--out", OUT, "--resume"])),
            _ => spawn(dyad(work.folder(), &["sweep", "--resume", OUT])),
        };
        let ended = [first, second].map(|child| child.wait_with_output().unwrap());
        let both = || ended.iter().map(text).collect::<String>();
        let well = ended.iter().filter(|ended| ended.status.success()).count();
        let refused = ended.iter().filter(|ended| text(ended).contains("error: ")).count();
        let outcome = match (well, refused) {
            (1, 1) => work.compare().map(|()| true),
            // The first was done already.
            (2, 0) => work.compare().map(|()| false),
            _ => Err(Harm::Wrong(both())),
        };
        work.clear();
        tally.count(outcome);
    }
    tally
}

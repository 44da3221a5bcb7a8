//! SIGKILL: nothing is flushed and no destructor runs. At random moments, and at calls that change the disk, where half of
//! the writes get through halfway.
use super::tally::{Harm, Tally};
use super::work::{OUT, Work, spawn};
use crate::fixtures::{dyad, text};
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::process::Command;

const SIGKILL: i32 = 9;

pub fn campaign(work: &Work) -> Vec<Tally> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(1);
    match work.name {
        "run" => vec![
            at_moments(work, 50, "SIGKILL at a random moment", &mut random),
            at_calls(work, 50, "SIGKILL while it writes", &mut random, Of::Whole),
        ],
        _ => vec![
            at_calls(work, 25, "SIGKILL while it is planned", &mut random, Of::Planning),
            at_moments(work, 25, "SIGKILL at a random moment", &mut random),
            at_calls(work, 25, "SIGKILL while it writes", &mut random, Of::Whole),
            at_calls(work, 25, "SIGKILL while it is merged", &mut random, Of::Merging),
        ],
    }
}

/// So few that they can be part of all tests.
pub fn few(work: &Work) -> Tally {
    at_calls(work, 8, "SIGKILL while it writes", &mut Xoshiro256PlusPlus::seed_from_u64(8), Of::Whole)
}

/// Kills it again and again until it is done, and begins anew, until there were so many kills.
fn at_moments(work: &Work, kills: usize, fault: &'static str, random: &mut Xoshiro256PlusPlus) -> Tally {
    let mut tally = Tally::new(work.name, fault);
    while tally.hit() < kills {
        let done = work.done();
        let mut child = spawn(work.command());
        // Early enough to be killed several times before the end.
        std::thread::sleep(work.moment(random).mul_f64(0.6));
        let _ = child.kill();
        let ended = child.wait_with_output().unwrap();
        let outcome = work.judge(&ended, done, Some(SIGKILL)).map(|ended_well| !ended_well);
        let is_over = !matches!(outcome, Ok(true));
        tally.count(outcome);
        if is_over {
            work.clear();
        }
    }
    // The last one goes on to its end.
    if let Err(harm) = work.finish() {
        tally.count(Err(harm));
    }
    work.clear();
    tally
}

/// Which of its commands is killed.
#[derive(Clone, Copy, PartialEq)]
enum Of {
    Whole,
    Planning,
    Merging,
}

fn at_calls(work: &Work, kills: usize, fault: &'static str, random: &mut Xoshiro256PlusPlus, of: Of) -> Tally {
    let mut tally = Tally::new(work.name, fault);
    let Some((_, library)) = &work.calls else { return tally };
    let merge = || dyad(work.folder(), &["merge", OUT]);
    let command = || match of {
        Of::Whole => work.command(),
        Of::Planning => dyad(work.folder(), &["sweep", "sweep.json", "--prepare", "--out", OUT]),
        Of::Merging => merge(),
    };
    if of == Of::Merging {
        made(dyad(work.folder(), &["sweep", "sweep.json", "--prepare", "--out", OUT]));
        made(dyad(work.folder(), &["sweep", "--resume", OUT, "--quiet", "--shard", "1/1"]));
        made(copy(work, OUT, "points-made"));
    }
    let begin = || {
        work.clear();
        if of == Of::Merging {
            made(copy(work, "points-made", OUT));
        }
    };
    begin();
    let count = work.folder().join("count");
    made({
        let mut counted = work.failing(command(), library);
        counted.env("FAIL_COUNT", &count);
        counted
    });
    let calls: u64 = std::fs::read_to_string(count).unwrap().parse().unwrap();
    while tally.hit() < kills {
        begin();
        let done = work.done();
        let what = if tally.hit().is_multiple_of(2) { "killed" } else { "torn" };
        let at = random.random_range(1..=calls);
        let ended = work.failing_at(command(), library, at, what).output().unwrap();
        let judged = match ended.status.success() {
            // What was asked for is less than all of it.
            true if of == Of::Planning => Ok(true),
            _ => work.judge(&ended, done, Some(SIGKILL)),
        };
        tally.count(match (judged, of) {
            (Ok(false), Of::Merging) => {
                let merged = merge().output().unwrap();
                let lost = || Harm::Lost(format!("it is not merged: {}", text(&merged)));
                merged.status.success().then_some(()).ok_or_else(lost).and_then(|()| work.compare()).map(|()| true)
            }
            (judged, _) => work.settle(judged),
        });
    }
    work.clear();
    tally
}

/// Runs a command that must end well.
fn made(mut command: Command) {
    let ended = command.output().unwrap();
    assert!(ended.status.success(), "{}", text(&ended));
}

fn copy(work: &Work, from: &str, to: &str) -> Command {
    let mut command = Command::new("cp");
    command.current_dir(work.folder()).args(["-r", from, to]);
    command
}

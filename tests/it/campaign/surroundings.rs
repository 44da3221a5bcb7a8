//! A clock that is set back, and outputs that are closed.
use super::tally::{Harm, Tally};
use super::work::{Work, spawn};
use crate::fixtures::preloaded::{CLOCK_SET_BACK, library};
use crate::fixtures::text;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;
use std::process::Command;

const TRIES: usize = 10;

pub fn campaign(work: &Work) -> Vec<Tally> {
    vec![clock(work), outputs(work)]
}

/// The clock goes back by a day at some moment, the work is killed, and goes on where its files are of tomorrow.
fn clock(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "a clock that is set back by a day");
    let Some(library) = library(CLOCK_SET_BACK, work.folder()) else { return tally };
    let mut random = Xoshiro256PlusPlus::seed_from_u64(7);
    let set_back = |at: u64| {
        let mut command = work.command();
        command.env("LD_PRELOAD", &library).env("CLOCK_AT", at.to_string());
        command
    };
    for _ in 0..TRIES {
        let mut child = spawn(set_back(random.random_range(1..20)));
        std::thread::sleep(work.moment(&mut random));
        let _ = child.kill();
        let judged = work.judge(&child.wait_with_output().unwrap(), 0, Some(9));
        let done = work.done();
        let resumed = judged.and_then(|_| work.judge(&set_back(1).output().unwrap(), done, None));
        tally.count(work.settle(resumed).map(|_| true));
    }
    tally
}

/// Nobody reads what it prints.
fn outputs(work: &Work) -> Tally {
    let mut tally = Tally::new(work.name, "an output that is closed or full");
    for script in [
        "exec \"$0\" \"$@\" >&-",
        "exec \"$0\" \"$@\" 2>&-",
        "exec \"$0\" \"$@\" <&- >&- 2>&-",
        "{ \"$0\" \"$@\"; echo $? >status; } | true; exit $(cat status)",
        "{ \"$0\" \"$@\" 2>&1; echo $? >status; } | true; exit $(cat status)",
        "exec \"$0\" \"$@\" >/dev/full",
        "exec \"$0\" \"$@\" >/dev/full 2>&1",
    ] {
        let command = work.command();
        let mut shell = Command::new("bash");
        shell.current_dir(work.folder()).args(["-c", script]).arg(command.get_program());
        // What is printed while it works, too.
        shell.args(command.get_args().filter(|argument| *argument != "--quiet"));
        let ended = shell.output().unwrap();
        let expected = i32::from(script.contains("/dev/full"));
        tally.count(match ended.status.code() {
            Some(code) if code == expected => work.compare().map(|()| true),
            _ => Err(Harm::Wrong(format!("{script}: {}: {}", ended.status, text(&ended)))),
        });
        work.clear();
    }
    tally
}

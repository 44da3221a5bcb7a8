//! Signals by which users, terminals and clusters end a program.
use super::tally::Tally;
use super::work::{Work, spawn};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use std::process::Command;

const SIGNALS: [(&str, i32); 4] = [("SIGTERM", 15), ("SIGINT", 2), ("SIGHUP", 1), ("SIGUSR1", 10)];
const TRIES: usize = 8;

pub fn campaign(work: &Work) -> Vec<Tally> {
    let mut random = Xoshiro256PlusPlus::seed_from_u64(2);
    SIGNALS
        .map(|(name, number)| {
            let mut tally = Tally::new(work.name, name);
            for _ in 0..TRIES {
                let child = spawn(work.command());
                std::thread::sleep(work.moment(&mut random));
                // It may have ended.
                let _ = Command::new("kill").args([format!("-{number}"), child.id().to_string()]).output();
                let ended = child.wait_with_output().unwrap();
                tally.count(work.settle(work.judge(&ended, 0, Some(number))));
            }
            tally
        })
        .into()
}

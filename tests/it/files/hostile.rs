//! Broken and hostile files of every kind: those that once did harm, and some new ones. `make fuzz` makes many more.
#[path = "../../../fuzz/src/mutate.rs"]
mod mutate;
#[path = "../../../fuzz/src/seeds.rs"]
mod seeds;
#[path = "../../../fuzz/src/targets.rs"]
mod targets;

use crate::fixtures::repository::{program, repository};
use rand::seq::IndexedRandom;
use rand_xoshiro::Xoshiro256PlusPlus;
use rand_xoshiro::rand_core::SeedableRng;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use targets::{TARGETS, Target};

/// Files of each kind, where `DYADSIM_HOSTILE_FILES` names no other number.
const FILES: u64 = 150;

/// Reads a file, and keeps it if that panics.
fn read(target: &Target, folder: &Path, bytes: &[u8], name: &str) -> Result<(), PathBuf> {
    catch_unwind(AssertUnwindSafe(|| (target.read)(folder, bytes))).map_err(|_| {
        let kept = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}-{name}", target.name));
        std::fs::write(&kept, bytes).unwrap();
        kept
    })
}

#[test]
fn no_broken_file_does_harm() {
    let folder = tempfile::tempdir().unwrap();
    let seeds = seeds::gather(repository(), program(), folder.path());
    let files = std::env::var("DYADSIM_HOSTILE_FILES").map_or(FILES, |own| own.parse().unwrap());
    for target in TARGETS {
        let seeds = &seeds[target.name];
        for (number, bytes) in seeds.iter().enumerate() {
            read(&target, folder.path(), bytes, &format!("right-{number}")).unwrap();
        }
        for number in 0..files {
            // Each from its own number, so that one can be made again alone.
            let mut random = Xoshiro256PlusPlus::seed_from_u64(number);
            let [own, other] = [(); 2].map(|()| seeds.choose(&mut random).unwrap());
            let bytes = mutate::changed(target.form, own, other, &mut random);
            read(&target, folder.path(), &bytes, &format!("{number}")).unwrap();
        }
    }
}

/// The files of `fuzz/found/<target>/` once panicked, aborted, hung or asked for too much memory.
#[test]
fn files_that_once_did_harm_are_read() {
    let folder = tempfile::tempdir().unwrap();
    seeds::gather(repository(), program(), folder.path());
    for target in TARGETS {
        let Ok(found) = std::fs::read_dir(repository().join("fuzz/found").join(target.name)) else { continue };
        for file in found {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            read(&target, folder.path(), &bytes, "found").unwrap();
        }
    }
}

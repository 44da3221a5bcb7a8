//! A process that reads changed files one after another.
use super::place::Place;
use dyadsim_fuzz::targets::TARGETS;
use dyadsim_fuzz::{mutate, seeds};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus as Random;
use std::collections::BTreeSet;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::Mutex;
use tempfile::TempDir;

/// Where code has panicked; one file is kept of each.
static PANICS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Reads the files first, first + step, … of a target, from where the place in `folder` says that it was left.
pub fn work(name: &str, folder: &Path, first: u64, step: u64, until: u64) {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder lies in that of the project");
    let program = std::env::var("DYAD").map_or_else(|_| root.join("target/release/dyad"), Into::into);
    let target = *TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target {name}"));
    let world = TempDir::new().expect("a folder can be made");
    let seeds = seeds::gather(root, &program, world.path()).remove(name).expect("every target has seeds");
    let (place, before) =
        Place::open(&folder.join(format!("place-{first}-of-{step}"))).expect("the folder can be written");
    std::panic::set_hook(Box::new(|panic| {
        let at = panic.location().map(ToString::to_string).unwrap_or_default();
        if PANICS.lock().unwrap_or_else(|own| own.into_inner()).insert(at) {
            eprintln!("{panic}");
        }
    }));
    let mut number = before.unwrap_or(first);
    // Every file is a change of a right one or of the file before it, so that changes add up.
    let mut last: Option<Vec<u8>> = None;
    while number < until {
        let mut random = Random::seed_from_u64(number);
        let [own, other] = [(); 2].map(|()| seeds.choose(&mut random).expect("there are seeds"));
        let own = last.take().filter(|_| random.random_ratio(1, 2)).unwrap_or_else(|| own.clone());
        let bytes = mutate::changed(target.form, &own, other, &mut random);
        place.set(number, &bytes).expect("the folder can be written");
        let known = PANICS.lock().unwrap_or_else(|own| own.into_inner()).len();
        if catch_unwind(AssertUnwindSafe(|| (target.read)(world.path(), &bytes))).is_err()
            && PANICS.lock().unwrap_or_else(|own| own.into_inner()).len() > known
        {
            std::fs::write(folder.join(format!("panic-{number}")), &bytes).expect("the folder can be written");
        }
        last = Some(bytes);
        number += step;
    }
    place.set(number, &[]).expect("the folder can be written");
}

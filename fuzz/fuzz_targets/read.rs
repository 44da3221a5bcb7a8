//! One target of libFuzzer for all kinds of files; the environment says which: `DYADSIM_FUZZ=trace`.
#![no_main]
use dyadsim_fuzz::targets::{TARGETS, Target};
use dyadsim_fuzz::{mutate, seeds};
use libfuzzer_sys::{fuzz_mutator, fuzz_target, fuzzer_mutate};
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus as Random;
use std::path::Path;
use std::sync::LazyLock;
use tempfile::TempDir;

struct World {
    target: Target,
    folder: TempDir,
    seeds: Vec<Vec<u8>>,
}

static WORLD: LazyLock<World> = LazyLock::new(|| {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("the folder lies in that of the project");
    let program = std::env::var("DYAD").map_or_else(|_| root.join("target/release/dyad"), Into::into);
    let name = std::env::var("DYADSIM_FUZZ").expect("DYADSIM_FUZZ names a target");
    let target = *TARGETS.iter().find(|target| target.name == name).unwrap_or_else(|| panic!("no target {name}"));
    let folder = TempDir::new().expect("a folder can be made");
    let mut seeds = seeds::gather(root, &program, folder.path());
    World { target, seeds: seeds.remove(target.name).expect("every target has seeds"), folder }
});

fuzz_target!(|bytes: &[u8]| (WORLD.target.read)(WORLD.folder.path(), bytes));

fuzz_mutator!(|data: &mut [u8], size: usize, max_size: usize, seed: u32| {
    let mut random = Random::seed_from_u64(seed.into());
    if size > 0 && random.random_ratio(1, 4) {
        return fuzzer_mutate(data, size, max_size);
    }
    let other = WORLD.seeds.choose(&mut random).map_or(&[][..], Vec::as_slice);
    let own = if size < 8 || random.random_ratio(1, 10) { other.to_vec() } else { data[..size].to_vec() };
    let mut bytes = mutate::changed(WORLD.target.form, &own, other, &mut random);
    bytes.truncate(max_size);
    data[..bytes.len()].copy_from_slice(&bytes);
    bytes.len()
});

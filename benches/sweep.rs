//! What several cores give a sweep: the same points with one and with two simulations at a time. `make bench` runs it.
use dyadsim::config::{Edit, SourceFiles};
use dyadsim::data::Datasets;
use dyadsim::linalg::CacheLineAllocator;
use dyadsim::run::Interrupt;
use dyadsim::sweep::{ExecuteOptions, Plan, Shard, SweepFolder, check, execute};
use std::path::Path;
use std::time::Instant;

/// As the program has it.
#[global_allocator]
static ALLOCATOR: CacheLineAllocator = CacheLineAllocator;

const REPEATS: usize = 3;

fn main() {
    println!("Sweep: experiments/noise_robustness.json with one replicate and two strengths of noise (72 points).");
    let datasets = Datasets::default();
    // The data is read and the caches are warm before the clock starts.
    seconds(&datasets, 2);
    let mut ratios: Vec<(f64, f64, f64)> = (0..REPEATS)
        .map(|_| {
            let (one, two) = (seconds(&datasets, 1), seconds(&datasets, 2));
            (one / two, one, two)
        })
        .collect();
    ratios.sort_by(|a, b| a.0.total_cmp(&b.0));
    let (ratio, one, two) = ratios[REPEATS / 2];
    println!("median of {REPEATS}: {one:.2} s with one job, {two:.2} s with two: {ratio:.2} times as fast");
}

/// Seconds of all points with this many simulations at a time.
fn seconds(datasets: &Datasets, jobs: usize) -> f64 {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("experiments/noise_robustness.json");
    let edits = ["sweep.replicates.count=1", "sweep.axes[1].points={\"values\":[0,0.01]}"];
    let edits = edits.map(|text| Edit::parse(text).expect("an edit"));
    let plan = Plan::read(SourceFiles::default(), &file, &edits).expect("a valid sweep");
    let costed = check(plan, datasets).expect("valid points");
    let folder = tempfile::tempdir().expect("a temporary folder");
    let folder = SweepFolder::new(folder.path());
    let options = ExecuteOptions { shard: Shard::WHOLE, jobs, command: "bench".to_owned() };
    let started = Instant::now();
    execute(&costed, &folder, datasets, &options, &mut (), &Interrupt::default()).expect("a sweep");
    started.elapsed().as_secs_f64()
}

//! What is done with a file that may be broken or hostile: as a command would read it, as far as nothing is trained.
//!
//! Every reader takes the bytes of the file and a folder for it that holds what else belongs there. It may find the file
//! wrong or right; it must not panic, abort, hang, or ask for much more memory than the file is long.
use dyadsim::config::{Edit, Hardware, Setup, SourceFiles, explain};
use dyadsim::data::{self, DataConfig, DataSource};
use dyadsim::export::{Export, Format, export};
use dyadsim::results::statistics::ErrorKind;
use dyadsim::run::{RunFolder, check_run, estimate};
use dyadsim::storage::seal_json;
use dyadsim::sweep::{Plan, SavedPlan, SweepFolder, report as progress};
use dyadsim::trace::{ArrayFile, RecorderState, check_journal, describe, loose_layers, named_arrays};
use dyadsim::vocabulary::place;
use dyadsim::{data::Datasets, plot, report, results, verify};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

/// How a file is built, which says how it is best changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// An object in JSON.
    Json,
    /// Numbers at fixed places.
    Binary,
    /// One object in JSON a line.
    Lines,
}

/// A kind of file.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name.
    pub name: &'static str,
    /// How it is built.
    pub form: Form,
    /// Reads one.
    pub read: fn(&Path, &[u8]),
}

const fn target(name: &'static str, form: Form, read: fn(&Path, &[u8])) -> Target {
    Target { name, form, read }
}

/// All kinds of files that the program reads.
pub const TARGETS: [Target; 25] = [
    target("experiment", Form::Json, experiment),
    target("hardware", Form::Json, hardware),
    target("sweep_file", Form::Json, sweep_file),
    target("toml", Form::Binary, toml),
    target("yaml", Form::Binary, yaml),
    target("set", Form::Binary, set),
    target("idx", Form::Binary, idx),
    target("npz", Form::Binary, npz),
    target("cifar10", Form::Binary, cifar10),
    target("cifar10_python", Form::Binary, cifar10_python),
    target("npy", Form::Binary, npy),
    target("csv", Form::Binary, csv),
    target("parquet", Form::Binary, parquet),
    target("hdf5_data", Form::Binary, hdf5_data),
    target("archive", Form::Binary, archive),
    target("weights", Form::Binary, weights),
    target("devices", Form::Binary, devices),
    target("trace", Form::Binary, trace),
    target("sweep_result", Form::Binary, trace),
    target("checkpoint", Form::Binary, checkpoint),
    target("recorder_state", Form::Binary, recorder_state),
    target("journal", Form::Binary, journal),
    target("plan", Form::Json, plan),
    target("shard", Form::Lines, shard),
    target("verify_case", Form::Json, verify_case),
];

fn write(folder: &Path, name: &str, bytes: &[u8]) -> PathBuf {
    let path = folder.join(name);
    fs::write(&path, bytes).expect("the folder can be written");
    path
}

/// A network that is checked by inferring one stimulus: larger ones are right, and slow.
const MOST_SYNAPSES: usize = 100_000;

/// `dyad explain`, and what `dyad run` does before it trains.
fn look_at(setup: &Setup) {
    let _ = explain::render(&explain::explain(&setup.experiment_file));
    let _ = explain::render(&explain::explain(&setup.hardware_file));
    let Ok(architecture) = setup.architecture(&[28, 28], 10) else { return };
    let DataSource::Digits(digits) = &setup.experiment.data.source else { return };
    if architecture.synapses() <= MOST_SYNAPSES && digits.train_count.get() + digits.test_count.get() < 1000 {
        let _ = estimate(setup, &Datasets::default());
    }
}

fn experiment(folder: &Path, bytes: &[u8]) {
    if let Ok(setup) = Setup::load(&write(folder, "experiments/x.json", bytes), &[]) {
        look_at(&setup);
    }
}

fn toml(folder: &Path, bytes: &[u8]) {
    if let Ok(setup) = Setup::load(&write(folder, "experiments/x.toml", bytes), &[]) {
        look_at(&setup);
    }
}

fn yaml(folder: &Path, bytes: &[u8]) {
    if let Ok(setup) = Setup::load(&write(folder, "experiments/x.yaml", bytes), &[]) {
        look_at(&setup);
    }
}

fn hardware(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "hw_models/x.json", bytes);
    let hardware = json!(file.to_str()).to_string();
    let edits = [Edit::parse(&format!("hardware={hardware}")).expect("the name of a file is a value")];
    if let Ok(setup) = Setup::load(&folder.join("experiments/small.json"), &edits) {
        look_at(&setup);
    }
    let _: Result<Hardware, _> = serde_json::from_slice(bytes);
}

fn sweep_file(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "experiments/s.json", bytes);
    if let Ok(plan) = Plan::read(SourceFiles::default(), &file, &[]) {
        let _ = plan.shape();
        for point in plan.points.iter().take(8) {
            let _ = plan.setup(point, None);
        }
    }
}

/// Several `--set KEY=VALUE`, a line each.
fn set(folder: &Path, bytes: &[u8]) {
    let text = String::from_utf8_lossy(bytes);
    let edits: Vec<Edit> = text.lines().take(8).filter_map(|line| Edit::parse(line).ok()).collect();
    let _ = Setup::load(&folder.join("experiments/small.json"), &edits);
}

/// `dyad data show`.
fn show(folder: &Path, source: Value) {
    let config: DataConfig = serde_json::from_value(json!({ "source": source })).expect("the settings are right");
    let _ = data::survey(&config, folder, 1);
}

fn idx(folder: &Path, bytes: &[u8]) {
    write(folder, "train-images-idx3-ubyte", bytes);
    show(folder, json!({ "idx": { "location": { "directory": folder } } }));
    // The same as labels.
    write(folder, "own-labels", bytes);
    let files = json!({ "train_images": "images", "train_labels": "own-labels", "test_images": "images", "test_labels": "labels" });
    show(folder, json!({ "idx": { "location": { "files": files } } }));
}

fn npz(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "x.npz", bytes);
    show(folder, json!({ "npz": { "file": file } }));
}

fn cifar10(folder: &Path, bytes: &[u8]) {
    write(folder, "cifar/data_batch_1.bin", bytes);
    show(folder, json!({ "cifar10": { "directory": folder.join("cifar") } }));
}

fn cifar10_python(folder: &Path, bytes: &[u8]) {
    write(folder, "cifar-python/data_batch_1", bytes);
    show(folder, json!({ "cifar10": { "directory": folder.join("cifar-python") } }));
}

fn npy(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "x.npy", bytes);
    let right = folder.join("right.npy");
    show(folder, json!({ "npy": { "x_train": file, "y_train": file, "x_test": right, "y_test": right } }));
}

fn csv(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "x.csv", bytes);
    show(folder, json!({ "table": { "train": file, "test": folder.join("right.csv"), "target": "class" } }));
}

fn parquet(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "x.parquet", bytes);
    show(folder, json!({ "table": { "train": file, "test": folder.join("right.parquet"), "target": "epoch" } }));
}

fn hdf5_data(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "x.h5", bytes);
    show(folder, json!({ "hdf5": { "file": file } }));
}

/// What `dyad data fetch` has fetched. It is packed here: what is changed in packed bytes ends at their sum.
fn archive(folder: &Path, bytes: &[u8]) {
    let mut packed = GzEncoder::new(vec![], Compression::fast());
    packed.write_all(bytes).expect("memory can be written");
    let file = write(folder, "x.tar.gz", &packed.finish().expect("it is in memory"));
    let wanted = data::fetch::Unpack { folder: "set".into(), members: vec!["a.bin".into(), "b.bin".into()] };
    let _ = data::fetch::unpack(&file, &wanted, &folder.join("out"));
}

/// Weights of another program, `network.initial_weights`.
fn weights(folder: &Path, bytes: &[u8]) {
    if let Ok(Some(layers)) = loose_layers(&write(folder, "weights", bytes), &[place::weights::FINAL]) {
        for layer in layers {
            assert_eq!(layer.weight.shape.iter().product::<usize>(), layer.weight.values.len());
        }
    }
}

/// Measured devices of a chip, `die`.
fn devices(folder: &Path, bytes: &[u8]) {
    for (_, array) in named_arrays(&write(folder, "devices", bytes), place::group::DEVICES).unwrap_or_default() {
        assert_eq!(array.shape.iter().product::<usize>(), array.values.len());
    }
}

/// `dyad info`, `export`, `plot` or `report` of a result whose checksum has been taken off; its bytes say which.
fn trace(folder: &Path, bytes: &[u8]) {
    let file = write(folder, "trace.h5", bytes);
    if results::open(&file).is_err() {
        return;
    }
    let out = folder.join("out");
    let to = |to: Format| {
        let _ = export(&Export { from: &file, to, what: None, weights: None, out: Some(&out.join(to.name())) });
    };
    match bytes.iter().map(|&byte| usize::from(byte)).sum::<usize>() % 6 {
        0 => drop(describe(&file)),
        1 => to(Format::Csv),
        2 => to(Format::Npz),
        3 => to(Format::Nir),
        4 => drop(plot::plot(&[file.as_path()], &plot::Request::default())),
        _ => drop(report::write(&file, ErrorKind::default(), &out.join("report.html"))),
    }
}

/// `dyad check`, and what `--resume` reads first. Its checksum is that of what is there: others can reckon it, too.
fn checkpoint(folder: &Path, bytes: &[u8]) {
    let path = write(folder, "run/checkpoint.h5", bytes);
    let mut file = fs::File::options().read(true).write(true).open(&path).expect("it has been written");
    dyadsim::storage::seal(&mut file).expect("it can be written");
    let _ = ArrayFile::read(&path);
}

fn recorder_state(_folder: &Path, bytes: &[u8]) {
    if let Some(state) = RecorderState::from_bytes(bytes) {
        assert_eq!(state.to_bytes(), bytes, "what is read is what is written");
    }
}

fn journal(folder: &Path, bytes: &[u8]) {
    let path = write(folder, "run/journal", bytes);
    let _ = check_journal(&path, bytes.len() as u64);
    let _ = check_run(&RunFolder::new(folder.join("run")));
}

fn plan(folder: &Path, bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    write(folder, "sweep/plan.json", seal_json(text).as_bytes());
    if let Ok(plan) = SavedPlan::read(&SweepFolder::new(folder.join("sweep"))).and_then(SavedPlan::load) {
        let _ = plan.shape();
    }
}

fn shard(folder: &Path, bytes: &[u8]) {
    let sealed = |line: &str| if line.starts_with('{') { seal_json(line) } else { line.to_owned() };
    let text: Vec<String> = String::from_utf8_lossy(bytes).lines().map(sealed).collect();
    write(folder, "sweep/shards/1-of-1.jsonl", (text.join("\n") + "\n").as_bytes());
    let _ = progress(&SweepFolder::new(folder.join("sweep")), 4);
}

fn verify_case(folder: &Path, bytes: &[u8]) {
    let _ = verify::verify(&write(folder, "case.json", bytes));
}

//! Right files of every kind, of which broken ones are made, and the folder that their readers find the rest in.
use dyadsim::trace::{Array, ArrayFile, Axis, Coordinate, Element, Recorder, Row, StreamGroup, Variable};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::fs;
use std::io::Write as _;
use std::path::Path;
use std::process::Command;

/// Files by the name of their target.
pub type Seeds = BTreeMap<&'static str, Vec<Vec<u8>>>;

/// Longer files are not changed: most of their changes meet the same lines.
const MOST_BYTES: usize = 200 << 10;

/// Fills a folder and gives the seeds. `root` is that of the project, `program` is `dyad`.
pub fn gather(root: &Path, program: &Path, folder: &Path) -> Seeds {
    for place in ["experiments", "hw_models", "cifar", "cifar-python", "run", "sweep/shards", "out"] {
        fs::create_dir_all(folder.join(place)).expect("the folder can be written");
    }
    let experiments = files(&root.join("experiments"));
    for (name, bytes) in &experiments {
        write(&folder.join("experiments").join(name), bytes);
    }
    let hardware = files(&root.join("hw_models"));
    for (name, bytes) in &hardware {
        write(&folder.join("hw_models").join(name), bytes);
    }
    write(&folder.join("experiments/small.json"), small().to_string().as_bytes());
    write(&folder.join("experiments/small_sweep.json"), small_sweep().to_string().as_bytes());
    let (sweeps, mut alone): (Vec<_>, Vec<_>) =
        experiments.into_iter().partition(|(_, bytes)| String::from_utf8_lossy(bytes).contains("\"axes\""));
    alone.push(("small.json".into(), small().to_string().into_bytes()));
    let bytes = |files: Vec<(String, Vec<u8>)>| files.into_iter().map(|(_, bytes)| bytes).collect::<Vec<_>>();
    let mut seeds = Seeds::from([
        ("experiment", bytes(alone)),
        ("hardware", bytes(hardware)),
        ("sweep_file", bytes(sweeps)),
        ("set", vec![SETTINGS.as_bytes().to_vec()]),
        ("toml", vec![TOML.as_bytes().to_vec()]),
        ("yaml", vec![YAML.as_bytes().to_vec()]),
        ("verify_case", bytes([files(&root.join("tests/golden")), references(root)].concat())),
    ]);
    seeds.extend(data(folder, program));
    seeds.extend(results(folder, program));
    seeds.extend(recorded(folder));
    for (target, files) in &mut seeds {
        files.retain(|bytes| bytes.len() <= MOST_BYTES);
        assert!(!files.is_empty(), "{target} has no seed");
    }
    seeds
}

const SETTINGS: &str = "training.rate=0.1\nnudging.alpha=0.3\nhardware=\"ideal\"\nnetwork.hidden=[3,4]\n\
    training.optimizer={\"adam\":{}}\nhardware.units.mismatch.gain.std=0.1\nhardware.arrays.forward.adc.bits=8\n\
    schedule={\"fwK\":{\"passes\":2}}\nrecording.states={\"every_steps\":3}";

const TOML: &str = "schema_version = 2\ntitle = \"small\" # a comment\nhardware = \"../hw_models/ideal.json\"\n\
    data.source.digits = { train_count = 60, test_count = 20 }\n[network]\nhidden = [6, 5]\n[nudging]\nalpha = 0.5\nbeta = 1e-1\n\
    [schedule.fwbwK]\npasses = 2\n[training]\nepochs = 2\nbatch_size = 10\nrate = 0.01\n";
const YAML: &str = "schema_version: 2\ntitle: small # a comment\nhardware: ../hw_models/ideal.json\ndata:\n  source:\n    digits: \
    {train_count: 60, test_count: 20}\nnetwork: &network\n  hidden: [6, 5]\nnudging:\n  alpha: 0.5\n  beta: 1e-1\nschedule:\n  \
    fwbwK:\n    passes: 2\ntraining:\n  epochs: 2\n  batch_size: 10\n  rate: 0.01\n";

fn small() -> Value {
    json!({
        "schema_version": 2,
        "title": "small",
        "hardware": "../hw_models/analog_generic.json",
        "data": {"source": {"digits": {"train_count": 60, "test_count": 20}}, "train_samples": 50},
        "network": {"hidden": [6, 5], "activation": "relu"},
        "nudging": {"alpha": 0.5, "beta": 0.5},
        "schedule": {"fwbwK": {"passes": 2}},
        "training": {"epochs": 2, "batch_size": 10, "rate": 0.01},
        "recording": {"states": {"every_steps": 5, "samples": {"first": 2}}},
        "measure": {"gradient_every_steps": 5},
        "output": {"figure": false, "checkpoint_every_epochs": 1}
    })
}

fn small_sweep() -> Value {
    json!({
        "schema_version": 2,
        "title": "small",
        "base": "small.json",
        "set": {"recording.states": null},
        "axes": [{"name": "beta", "keys": ["nudging.beta"], "points": {"values": [0.1, 1.0]}}],
        "replicates": {"count": 2, "vary": ["init"]},
        "output": {"figure": false}
    })
}

/// The files of a folder, without those below it.
fn files(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = fs::read_dir(folder).expect("the folder is there").map(|entry| entry.expect("it can be read"));
    let mut files: Vec<_> = entries
        .filter(|entry| entry.path().extension().is_some_and(|ending| ending == "json"))
        .map(|entry| (entry.file_name().to_string_lossy().into_owned(), read(&entry.path())))
        .collect();
    files.sort();
    files
}

/// Reference cases of others, which do not take seconds each: fewer pulses and fewer reads.
fn references(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut references = files(&root.join("tests/reference"));
    for (_, bytes) in &mut references {
        let mut file: Value = serde_json::from_slice(bytes).expect("it is JSON");
        if let Some(presets) = file.get_mut("presets").and_then(Value::as_object_mut) {
            for preset in presets.values_mut() {
                preset["at_pulse"] = json!([1, 2]);
                preset["mean"] = json!([0.0, 0.1]);
                preset["std"] = json!([0.1, 0.1]);
            }
        }
        if let Some(cases) = file.get_mut("cases").and_then(Value::as_array_mut) {
            for case in cases.iter_mut().filter(|own| own.get("repeats").is_some()) {
                case["repeats"] = json!(10);
            }
        }
        *bytes = file.to_string().into_bytes();
    }
    references
}

fn read(path: &Path) -> Vec<u8> {
    fs::read(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) {
    fs::write(path, bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
}

fn dyad(program: &Path, folder: &Path, arguments: &[&str]) {
    let done = Command::new(program).args(arguments).current_dir(folder).output().expect("the program can be started");
    assert!(done.status.success(), "dyad {arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
}

/// Two images and more of 3 × 3 pixels.
fn idx_images(kind: u8, width: usize) -> Vec<u8> {
    let mut bytes = vec![0, 0, kind, 3];
    [6u32, 3, 3].iter().for_each(|&length| bytes.extend(length.to_be_bytes()));
    bytes.extend((0..54 * width).map(|k| (k * 37 % 251) as u8));
    bytes
}

fn data(folder: &Path, program: &Path) -> Seeds {
    let images = idx_images(8, 1);
    let labels = [&[0, 0, 8, 1, 0, 0, 0, 6][..], &[0, 1, 2, 0, 1, 2]].concat();
    for (name, bytes) in
        [("images", &images), ("t10k-images-idx3-ubyte", &images), ("train-images-idx3-ubyte", &images)]
    {
        write(&folder.join(name), bytes);
    }
    for name in ["labels", "train-labels-idx1-ubyte", "t10k-labels-idx1-ubyte"] {
        write(&folder.join(name), &labels);
    }
    let mut packed = GzEncoder::new(vec![], Compression::default());
    packed.write_all(&images).expect("memory can be written");
    let rows: Vec<u8> = (0..3 * 3073).map(|k| if k % 3073 == 0 { (k / 3073) as u8 } else { (k % 255) as u8 }).collect();
    for number in 1..=5 {
        write(&folder.join(format!("cifar/data_batch_{number}.bin")), &rows);
    }
    write(&folder.join("cifar/test_batch.bin"), &rows);
    dyad(program, folder, &["data", "export", "digits", "--train", "12", "--test", "10", "-o", "seed.npz"]);
    hdf5_arrays(&folder.join("seed.h5"));
    let table =
        b"id;width;class;note\n1;0.5;setosa;\"a;b\"\n2;1e-3;virginica;\n3;-7;setosa;NA\n4;0,5;virginica;x\n".to_vec();
    write(&folder.join("right.csv"), &table);
    let array = npy();
    write(&folder.join("right.npy"), &array);
    let batch = python_batch();
    let archive = archive();
    for name in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        write(&folder.join("cifar-python").join(name), &batch);
    }
    Seeds::from([
        ("archive", vec![archive]),
        ("csv", vec![table]),
        ("npy", vec![array]),
        ("cifar10_python", vec![batch]),
        ("idx", vec![images, labels, idx_images(11, 2), idx_images(13, 4), packed.finish().expect("it is in memory")]),
        ("npz", vec![read(&folder.join("seed.npz"))]),
        ("cifar10", vec![rows]),
        ("hdf5_data", vec![read(&folder.join("seed.h5"))]),
    ])
}

/// Two files in an archive, not packed.
fn archive() -> Vec<u8> {
    let mut archive = tar::Builder::new(vec![]);
    for (name, byte) in [("set/a.bin", 1), ("set/b.bin", 2)] {
        let mut header = tar::Header::new_gnu();
        header.set_size(700);
        header.set_mode(0o644);
        archive.append_data(&mut header, name, &[byte; 700][..]).expect("memory can be written");
    }
    archive.into_inner().expect("it is in memory")
}

/// Six whole numbers, as NumPy writes them.
fn npy() -> Vec<u8> {
    let header = format!("{:<117}\n", "{'descr': '<i4', 'fortran_order': False, 'shape': (6,), }");
    let mut bytes = [b"\x93NUMPY\x01\0", &(header.len() as u16).to_le_bytes()[..], header.as_bytes()].concat();
    [0i32, 1, 2, 0, 1, 2].iter().for_each(|number| bytes.extend(number.to_le_bytes()));
    bytes
}

/// Two pictures in a pickle, as Python 2 wrote it.
fn python_batch() -> Vec<u8> {
    let mut bytes = b"\x80\x02}q\x01(U\x06labelsq\x04]q\x05(K\x03K\x01eU\x04dataq\x06cnumpy.core.multiarray\n_reconstruct\nq\x07\
        cnumpy\nndarray\nq\x08K\0\x85U\x01b\x87R(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\0K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xff\
        J\xff\xff\xff\xffK\0tb\x89T\0\x18\0\0"
        .to_vec();
    bytes.extend((0..2 * 3072).map(|k| (k % 251) as u8));
    bytes.extend(b"tbu.");
    bytes
}

fn hdf5_arrays(path: &Path) {
    let file = hdf5::File::create(path).expect("the folder can be written");
    let pixels: Vec<f32> = (0..54).map(|k| k as f32 / 54.0).collect();
    let classes = [0i32, 1, 2, 0, 1, 2];
    for set in ["train", "test"] {
        let name = format!("x_{set}");
        let builder = file.new_dataset::<f32>().shape([6, 9]).chunk([2, 9]).deflate(4);
        builder.create(name.as_str()).and_then(|own| own.write_raw(&pixels)).expect("it can be written");
        let labels = file.new_dataset::<i32>().shape([6]);
        labels.create(format!("y_{set}").as_str()).and_then(|own| own.write_raw(&classes)).expect("it can be written");
    }
    file.close().expect("it can be written");
}

/// Bytes of the checksum at the end of a file.
const SEAL: usize = 24;

fn without_seal(path: &Path) -> Vec<u8> {
    let mut bytes = read(path);
    bytes.truncate(bytes.len() - SEAL);
    bytes
}

/// An object without the checksum that is its last key.
fn without_sum(line: &str) -> String {
    line.rfind(",\"crc32\"").map_or(line.to_owned(), |at| format!("{}}}", &line[..at]))
}

fn results(folder: &Path, program: &Path) -> Seeds {
    dyad(program, folder, &["run", "experiments/small.json", "--out", "seed-run"]);
    dyad(program, folder, &["sweep", "experiments/small_sweep.json", "--out", "seed-sweep"]);
    dyad(program, folder, &["export", "seed-run", "--to", "parquet", "--what", "metrics", "--out", "right.parquet"]);
    for (to, out) in [("npz", "seed-weights.npz"), ("nir", "seed-weights.nir")] {
        dyad(program, folder, &["export", "seed-run", "--to", to, "--out", out]);
    }
    let plan = read(&folder.join("seed-sweep/plan.json"));
    let shard = read(&folder.join("seed-sweep/shards/1-of-1.jsonl"));
    let lines: Vec<String> = String::from_utf8_lossy(&shard).lines().map(without_sum).collect();
    write(&folder.join("sweep/plan.json"), &plan);
    let [npz, nir] = ["npz", "nir"].map(|to| folder.join(format!("seed-weights.{to}")));
    Seeds::from([
        ("weights", vec![read(&npz), without_seal(&nir)]),
        ("devices", vec![read(&npz), read(&folder.join("seed.h5"))]),
        ("parquet", vec![read(&folder.join("right.parquet"))]),
        ("trace", vec![without_seal(&folder.join("seed-run/trace.h5"))]),
        ("sweep_result", vec![without_seal(&folder.join("seed-sweep/sweep.h5"))]),
        ("plan", vec![without_sum(&String::from_utf8_lossy(&plan)).into_bytes()]),
        ("shard", vec![lines.join("\n").into_bytes()]),
    ])
}

/// What a run keeps while it goes on.
fn recorded(folder: &Path) -> Seeds {
    let mut arrays = ArrayFile::new();
    arrays.insert("weights/1", Array::F32(vec![0.5; 60]));
    arrays.insert("step", Array::U64(vec![7]));
    arrays.insert("settings", Array::U8(b"{}".to_vec()));
    let checkpoint = folder.join("seed-checkpoint.h5");
    arrays.write(&checkpoint).expect("it can be written");

    let axis = |name: &str, length| Axis {
        name: name.into(),
        coordinate: Coordinate::Index(length),
        long_name: name.into(),
        units: "1".into(),
    };
    let variable = Variable {
        name: "s_plus".into(),
        axes: vec!["step".into(), "unit".into()],
        element: Element::F32,
        long_name: "a state".into(),
        units: "1".into(),
        is_coordinate: false,
    };
    let stream = StreamGroup {
        path: "states/layer1".into(),
        growing: axis("step", 0),
        axes: vec![axis("unit", 5)],
        variables: vec![variable],
        coordinates: vec![],
    };
    let path = folder.join("seed-journal");
    let mut recorder = Recorder::create(&path, vec![stream]).expect("the folder can be written");
    for step in 0..20 {
        recorder.push(0, step, &[Row::F32(&[step as f32; 5])]).expect("it can be written");
    }
    let state = recorder.state().expect("it can be written").to_bytes();
    drop(recorder.finish().expect("it can be written"));
    Seeds::from([
        ("checkpoint", vec![without_seal(&checkpoint)]),
        ("recorder_state", vec![state]),
        ("journal", vec![read(&path)]),
    ])
}

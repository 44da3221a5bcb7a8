//! Augmented training images in a run: what they change and what they leave alone, and how the inputs of a run are
//! made again from its trace.
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{experiment, numbers, output, stream, text};
use dyadsim::trace::TraceReader;
use law_assertions::assert_share;
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::Path;

/// Bits of all numbers of a run with these settings.
fn trace(changes: Value, threads: &str) -> BTreeMap<String, Vec<u64>> {
    let folder = tempfile::tempdir().unwrap();
    run(folder.path(), changes, threads)
}

fn run(folder: &Path, changes: Value, threads: &str) -> BTreeMap<String, Vec<u64>> {
    let file = experiment(folder, changes);
    let run =
        output(folder, &["run", file.to_str().unwrap(), "--out", "r", "--quiet", "--threads", threads, "--overwrite"]);
    assert!(run.status.success(), "{}", text(&run));
    numbers(&folder.join("r/trace.h5"))
}

fn only(all: &BTreeMap<String, Vec<u64>>, start: &str) -> BTreeMap<String, Vec<u64>> {
    let some: BTreeMap<_, _> =
        all.iter().filter(|(name, _)| name.starts_with(start)).map(|(name, x)| (name.clone(), x.clone())).collect();
    assert!(!some.is_empty(), "{start}");
    some
}

fn data(augmentation: Value) -> Value {
    json!({"source": {"digits": {"train_count": 300, "test_count": 100}}, "augmentation": augmentation})
}

fn both() -> Value {
    json!({"random_crop": {"padding": 2}, "horizontal_flip": {"probability": 0.5}})
}

#[test]
fn neither_threads_nor_recording_change_a_bit_of_a_run_on_augmented_images() {
    for schedule in [json!({"fwbwK": {"passes": 2}}), stream()] {
        let settings = json!({"data": data(both()), "schedule": schedule, "training":
            {"epochs": 2, "batch_size": 20, "rate": 0.002, "validation": {"last": {"fraction": 0.2}}}});
        let one = trace(settings.clone(), "1");
        assert!(one == trace(settings.clone(), "2"));
        let mut recorded = settings.clone();
        recorded["recording"] = json!({"states": {"every_steps": 3, "moment": "every_update"}});
        recorded["measure"] = json!({});
        assert!(only(&one, "weights/final") == only(&trace(recorded, "2"), "weights/final"));
        for other in [json!(null), json!({"random_crop": {"padding": 2}}), json!({"horizontal_flip": {}})] {
            let mut settings = settings.clone();
            settings["data"] = data(other);
            assert!(only(&one, "weights/final") != only(&trace(settings, "2"), "weights/final"));
        }
    }
}

/// Training that moves nothing: what is measured of the data sets is what it is without augmentation.
#[test]
fn only_the_mini_batch_is_augmented() {
    let settings = |augmentation: Value| {
        json!({
            "data": data(augmentation),
            "training": {"epochs": 1, "batch_size": 20, "rate": 1e-30, "optimizer": {"sgd": {}},
                "validation": {"last": {"fraction": 0.2}}},
            "measure": {"stability": {"passes": 5, "samples": 20}, "gradient_every_steps": 1},
            "recording": {"states": {"every_steps": 1, "samples": {"first": 20}}}
        })
    };
    let (plain, augmented) = (trace(settings(json!(null)), "2"), trace(settings(both()), "2"));
    for same in
        ["metrics/train", "metrics/validation", "metrics/test", "stability/", "weights/initial", "states/stimuli"]
    {
        assert!(only(&plain, same) == only(&augmented, same), "{same}");
    }
    for other in ["gradient/cos", "states/layer1/s_plus"] {
        assert!(only(&plain, other) != only(&augmented, other), "{other}");
    }
}

#[test]
fn a_sample_is_varied_alike_in_batches_of_any_size_and_otherwise_in_every_epoch() {
    let recorded = |batch_size: usize| {
        let all = trace(
            json!({
                "data": data(both()), "schedule": {"fwbwK": {"passes": 1}},
                "training": {"epochs": 2, "batch_size": batch_size, "rate": 1e-30, "optimizer": {"sgd": {}}},
                "measure": {}, "network": {"hidden": [40]},
                "recording": {"states": {"every_steps": 1, "signals": ["drive"], "layers": {"listed": [1]},
                    "units": {"first": 5}, "samples": "all"}}
            }),
            "2",
        );
        let indices = all["states/stimuli/sample_index"].clone();
        // Drives of the first layer, sample after sample in the order of the epochs.
        indices.into_iter().zip(all["states/layer1/drive"].chunks(5).map(<[u64]>::to_vec)).collect::<Vec<_>>()
    };
    let mut samples = recorded(20);
    assert!(samples == recorded(60));
    // 25 crops, flipped or not: a sample looks the same in two epochs once in 50 times.
    samples.sort();
    let alike = samples.chunks(2).filter(|pair| pair[0] == pair[1]).count();
    assert!(samples.chunks(2).all(|pair| pair[0].0 == pair[1].0));
    assert_share(alike, 300, 1.0 / 50.0, "samples that look the same in two epochs");
}

#[test]
fn samples_without_places_are_refused_by_every_command() {
    let folder = tempfile::tempdir().unwrap();
    let file = hdf5::File::create(folder.path().join("set.h5")).unwrap();
    for split in ["train", "test"] {
        let inputs = file.new_dataset::<u8>().shape([30, 12]).create(&*format!("x_{split}")).unwrap();
        inputs.write_raw(&[1u8; 30 * 12]).unwrap();
        let labels = file.new_dataset::<u8>().shape([30]).create(&*format!("y_{split}")).unwrap();
        labels.write_raw(&[0u8; 30]).unwrap();
    }
    file.close().unwrap();
    let data = json!({"source": {"hdf5": {"file": "set.h5"}}, "augmentation": both()});
    let file = experiment(folder.path(), json!({"data": data}));
    for command in ["run", "explain"] {
        let refused = output(folder.path(), &[command, file.to_str().unwrap()]);
        let message = "set.h5 train: data.augmentation needs images, (row, column) or (channel, row, column), but \
                       samples have shape [12]";
        assert!(text(&refused).contains(message), "{}", text(&refused));
    }
    assert!(!folder.path().join("runs/experiment/trace.h5").exists());
}

/// A colour image in three channels of different brightness.
fn write_colours(folder: &Path) {
    let file = hdf5::File::create(folder.join("set.h5")).unwrap();
    for (split, samples) in [("train", 200), ("test", 50)] {
        let pixel = |i: usize| (i * 7919 % [30, 90, 200][i / 36 % 3]) as u8;
        let pixels: Vec<u8> = (0..samples * 3 * 36).map(pixel).collect();
        let inputs = file.new_dataset::<u8>().shape([samples, 3, 6, 6]).create(&*format!("x_{split}")).unwrap();
        inputs.write_raw(&pixels).unwrap();
        let labels = file.new_dataset::<u8>().shape([samples]).create(&*format!("y_{split}")).unwrap();
        labels.write_raw(&(0..samples).map(|i| (i % 4) as u8).collect::<Vec<_>>()).unwrap();
    }
    file.close().unwrap();
}

#[test]
fn a_trace_keeps_the_numbers_of_its_scaling_which_make_the_same_run() {
    let folder = tempfile::tempdir().unwrap();
    write_colours(folder.path());
    let data = |scaling: Value| json!({"data": {"source": {"hdf5": {"file": "set.h5"}}, "scaling": scaling, "augmentation": both()}});
    let measured = run(folder.path(), data(json!("standardise_per_channel")), "2");
    let reader = TraceReader::open(&folder.path().join("r/trace.h5")).unwrap();
    let scaling: Value = serde_json::from_str(&reader.text("scaling_json").unwrap()).unwrap();
    assert_eq!((scaling["full_scale"].as_f64(), scaling["mean"].as_array().unwrap().len()), (Some(255.0), 3));
    let explained = output(folder.path(), &["explain", folder.path().join("experiment.json").to_str().unwrap()]);
    let mean: Vec<f64> = serde_json::from_value(scaling["mean"].clone()).unwrap();
    let line = format!(" = (value / 255 - mean) / std, mean {mean:.4?}, std ");
    assert!(text(&explained).contains(&line), "{}", text(&explained));
    assert!(text(&explained).contains("a sample           shape [3, 6, 6]"), "{}", text(&explained));
    drop(reader);
    let stated = json!({"affine": {"mean": scaling["mean"], "std": scaling["std"]}});
    assert!(measured == run(folder.path(), data(stated), "2"));
}

/// Points of a sweep share the samples that they vary in their own ways.
#[test]
fn augmentation_can_be_swept() {
    let folder = tempfile::tempdir().unwrap();
    let axes = json!([{"name": "padding", "keys": ["data.augmentation.random_crop.padding"],
        "points": {"values": [1, 3]}}]);
    let set = json!({"network.hidden": [12], "data": data(json!({"random_crop": {"padding": 1}}))});
    let file = sweep(folder.path(), json!({"axes": axes, "set": set, "replicates": {"count": 1, "vary": ["init"]}}));
    let swept = output(folder.path(), &["sweep", file.to_str().unwrap(), "--out", "s", "--jobs", "2", "--quiet"]);
    assert!(swept.status.success(), "{}", text(&swept));
    let result = TraceReader::open(&folder.path().join("s/sweep.h5")).unwrap();
    let losses: Vec<u64> = result.read("final/train_loss").unwrap().values.iter().map(|x| x.to_bits()).collect();
    assert_eq!(losses.len(), 2);
    let network = json!({"network": {"hidden": [12]}, "measure": {"gradient_every_steps": 10}});
    for (padding, loss) in [1, 3].into_iter().zip(&losses) {
        let mut settings = network.clone();
        settings["data"] = data(json!({"random_crop": {"padding": padding}}));
        assert_eq!(trace(settings, "1")["metrics/train_loss"].last(), Some(loss), "padding {padding}");
    }
    assert_ne!(losses[0], losses[1]);
}

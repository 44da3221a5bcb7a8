//! Networks that begin with the weights of an earlier run, and runs that only measure.
use crate::fixtures::repository::repository_file;
use crate::fixtures::{experiment, numbers, output, text};
use serde_json::{Value, json};
use std::path::Path;

/// Makes a run of the experiment with these settings in folder `out`.
fn run(folder: &Path, out: &str, changes: Value) -> std::process::Output {
    let file = experiment(folder, changes);
    output(folder, &["run", file.to_str().unwrap(), "--out", out, "--quiet"])
}

fn weights(folder: &Path, run: &str, which: &str) -> Vec<Vec<u64>> {
    let mut all = numbers(&folder.join(run).join("trace.h5"));
    all.retain(|name, _| name.starts_with(&format!("weights/{which}/")));
    assert_eq!(all.len(), 3 * 4, "{which} weights of {run}: {:?}", all.keys());
    all.into_values().collect()
}

fn measured_only() -> Value {
    json!({"epochs": 0, "batch_size": 20, "rate": 0.002})
}

#[test]
fn a_run_begins_with_the_weights_it_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let validation = json!({"random": {"fraction": 0.2}});
    // So fast that the last weights are not the best ones, and the first are the worst.
    let training = json!({"epochs": 4, "batch_size": 20, "rate": 0.03, "validation": validation});
    let first = run(folder, "first", json!({"training": training}));
    assert!(first.status.success(), "{}", text(&first));
    let [initial, last, best] = ["initial", "final", "best"].map(|which| weights(folder, "first", which));
    assert!(initial != last && initial != best);
    for (which, expected) in [(json!("initial"), &initial), (json!("final"), &last), (json!(null), &best)] {
        let network = json!({"hidden": [40, 20], "initial_weights": {"trace": "first/trace.h5", "which": which}});
        let again = run(folder, "again", json!({"network": network, "training": measured_only()}));
        assert!(again.status.success(), "{}", text(&again));
        assert!(&weights(folder, "again", "initial") == expected, "{which}");
        assert!(&weights(folder, "again", "final") == expected, "{which}");
        std::fs::remove_dir_all(folder.join("again")).unwrap();
    }
    // Without a validation set the final ones are the best there are.
    let second = run(folder, "second", json!({"training": {"epochs": 1, "batch_size": 20, "rate": 0.002}}));
    assert!(second.status.success(), "{}", text(&second));
    let network = json!({"hidden": [40, 20], "initial_weights": {"trace": "second/trace.h5"}});
    let again = run(folder, "again", json!({"network": network, "training": measured_only()}));
    assert!(again.status.success(), "{}", text(&again));
    assert!(weights(folder, "again", "initial") == weights(folder, "second", "final"));
    assert_eq!(score(folder, "again", 0), score(folder, "second", 1));
}

/// Test loss and accuracy in row `epoch`.
fn score(folder: &Path, run: &str, epoch: usize) -> [u64; 2] {
    let all = numbers(&folder.join(run).join("trace.h5"));
    ["metrics/test_loss", "metrics/test_accuracy"].map(|name| all[name][epoch])
}

/// Devices of two levels are set to the signs of the weights, as with random initial weights.
#[test]
fn devices_are_set_to_the_weights() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = run(folder, "first", json!({"training": {"epochs": 1, "batch_size": 20, "rate": 0.002}}));
    assert!(first.status.success(), "{}", text(&first));
    let hardware = repository_file("hw_models/binary_ideal.json");
    let mut training = measured_only();
    training["synapses"] = json!({"rule": {"straight_through": {}}});
    let network = json!({"hidden": [40, 20], "initial_weights": {"trace": "first/trace.h5"}});
    let binary = run(folder, "binary", json!({"hardware": hardware, "network": network, "training": training}));
    assert!(binary.status.success(), "{}", text(&binary));
    let of = |run: &str, which: &str| {
        numbers(&folder.join(run).join("trace.h5"))[&format!("weights/{which}/layer2/weight")].clone()
    };
    let (float, held) = (of("first", "final"), of("binary", "initial"));
    let numbers = |bits: &[u64]| bits.iter().map(|&x| f64::from_bits(x)).collect::<Vec<_>>();
    let (float, held) = (numbers(&float), numbers(&held));
    assert!(held.iter().all(|w| w.abs() == held[0].abs() && *w != 0.0));
    assert!(float.iter().zip(&held).all(|(f, h)| f.signum() == h.signum()));
}

#[test]
fn weights_that_do_not_fit_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = run(folder, "first", json!({"training": {"epochs": 1, "batch_size": 20, "rate": 0.002}}));
    assert!(first.status.success(), "{}", text(&first));
    for (hidden, initial_weights, told) in [
        (json!([40, 20]), json!({"trace": "none.h5"}), "network.initial_weights.trace: "),
        (json!([40, 20]), json!({"trace": "experiment.json"}), "experiment.json: not an HDF5 file"),
        (json!([40, 20]), json!({"trace": "first/trace.h5", "which": "best"}), "trace.h5 holds no weights/best"),
        (
            json!([40, 21]),
            json!({"trace": "first/trace.h5"}),
            "trace.h5, weights/final: weight of layer 2 is 20 x 40 (post x pre) where this network needs 21 x 40",
        ),
        (json!([40]), json!({"trace": "first/trace.h5"}), "there are 3 layers of weights where this network has 2"),
    ] {
        let network = json!({"hidden": hidden, "initial_weights": initial_weights});
        let refused = run(folder, "refused", json!({"network": network}));
        assert_eq!(refused.status.code(), Some(1));
        let message = text(&refused);
        assert!(message.contains("network.initial_weights") && message.contains(told), "{message}");
        assert!(!folder.join("refused").exists());
    }
}

/// Nothing is learnt, and everything that is measured is measured once, as in the first step of a training.
#[test]
fn no_epochs_measure_the_network_as_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let recording = json!({"states": {"every_steps": 1}});
    let mut rate = measured_only();
    rate["rate_schedule"] = json!({"warmup_cosine": {"warmup_epochs": 2}});
    let measure = json!({"stability": {}});
    let changes = json!({"training": rate, "recording": recording, "measure": measure, "output": {"figure": true}});
    let file = experiment(folder, changes);
    let file = file.to_str().unwrap();
    let made = output(folder, &["run", file, "--out", "r"]);
    assert!(made.status.success(), "{}", text(&made));
    for told in ["status               complete", "epoch   0/0", "angle to backprop", "no training steps", "figure.svg"]
    {
        assert!(text(&made).contains(told), "{told}: {}", text(&made));
    }
    assert!(!text(&made).contains("NaN") && !text(&made).contains("warning"), "{}", text(&made));
    assert!(folder.join("r/figure.png").exists());
    let ended = output(folder, &["run", file, "--out", "r", "--resume"]);
    assert!(text(&ended).contains("this run has ended (complete)"), "{}", text(&ended));
    let trained = run(folder, "trained", json!({"recording": recording, "measure": {"gradient_every_steps": 100}}));
    assert!(trained.status.success(), "{}", text(&trained));
    let (once, trained) = (numbers(&folder.join("r/trace.h5")), numbers(&folder.join("trained/trace.h5")));
    for name in ["gradient/angle_deg", "residual/residual", "states/layer1/s_plus", "metrics/test_loss"] {
        let first = &once[name];
        assert!(!first.is_empty() && first[..] == trained[name][..first.len()], "{name}");
    }
    assert_eq!(once["metrics/epoch"].len(), 1);
    assert_eq!(once["gradient/step"].len(), 1);
    assert!(once["metrics/angle_deg"].iter().all(|&x| f64::from_bits(x).is_finite()));
    let explained = output(folder, &["explain", file, "--set", "training.epochs=0"]);
    assert!(explained.status.success() && text(&explained).contains("training steps     0"), "{}", text(&explained));
}

/// What `dyad export` writes, and what another program would, is read again.
#[test]
fn weights_are_taken_from_a_folder_an_archive_and_a_graph() {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let first = run(folder, "first", json!({"training": {"epochs": 1, "batch_size": 20, "rate": 0.002}}));
    assert!(first.status.success(), "{}", text(&first));
    for format in ["npz", "nir"] {
        let exported = output(folder, &["export", "first", "--to", format, "--out", &format!("net.{format}")]);
        assert!(exported.status.success(), "{}", text(&exported));
    }
    let begin = |file: &str, hidden: Value| {
        let network = json!({"hidden": hidden, "initial_weights": {"trace": file}});
        run(folder, "again", json!({"network": network, "training": measured_only()}))
    };
    let expected = weights(folder, "first", "final");
    for file in ["first", "net.npz", "net.nir"] {
        let again = begin(file, json!([40, 20]));
        assert!(again.status.success(), "{file}: {}", text(&again));
        assert!(weights(folder, "again", "initial") == expected, "{file}");
        std::fs::remove_dir_all(folder.join("again")).unwrap();
    }
    let misfit = begin("net.nir", json!([40, 30]));
    let message = String::from_utf8_lossy(&misfit.stderr).into_owned();
    let what = "net.nir, its layers: weight of \"layer2\" is 20 x 40 (post x pre) where layer 2 of this network needs 30 x 40 (post x pre)";
    assert!(!misfit.status.success() && message.contains(what), "{message}");
}

/// As `numpy.savez` of PyTorch's `state_dict`; layers without biases have none.
#[test]
fn weights_of_another_program_are_matched_by_their_names() {
    use npyz::WriterBuilder;
    use npyz::zip::{CompressionMethod, write::FileOptions};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let write = |arrays: &[(&str, &[u64], f64)]| {
        let mut archive = npyz::npz::NpzWriter::create(folder.join("net.npz")).unwrap();
        for (name, shape, value) in arrays {
            let plain = FileOptions::default().compression_method(CompressionMethod::Stored);
            let builder = archive.array(name, plain).unwrap().default_dtype();
            let mut writer = builder.shape(shape).begin_nd().unwrap();
            writer.extend((0..shape.iter().product::<u64>()).map(|k| value + k as f64)).unwrap();
            writer.finish().unwrap();
        }
    };
    let begin = |out: &str| {
        let network = json!({"hidden": [3], "initial_weights": {"trace": "net.npz"}});
        run(folder, out, json!({"network": network, "training": measured_only()}))
    };
    write(&[("fc2.weight", &[10, 3], 0.5), ("fc1.bias", &[3], 7.0), ("fc1.weight", &[3, 784], -2.0)]);
    let made = begin("made");
    assert!(made.status.success(), "{}", text(&made));
    let all = numbers(&folder.join("made").join("trace.h5"));
    let first = |name: &str| f64::from_bits(all[&format!("weights/initial/{name}")][0]);
    assert_eq!(["layer1/weight", "layer1/bias", "layer2/weight", "layer2/bias"].map(first), [-2.0, 7.0, 0.5, 0.0]);
    let says = |out: &str, what: &str| {
        let refused = begin(out);
        let message = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(!refused.status.success() && message.contains(what), "{message}");
    };
    write(&[("fc1.weight", &[784, 3], 0.0), ("fc2.weight", &[10, 3], 0.0)]);
    says(
        "turned",
        "weight of \"fc1.\" is 784 x 3 (post x pre) where layer 1 of this network needs 3 x 784 (post x pre); transposed?",
    );
    write(&[("fc1.weight", &[3, 784], 0.0)]);
    says("few", "there are 1 with a weight (fc1.) where this network has 2");
    // A length that is wrong must not ask for memory.
    write(&[("fc1.weight", &[3, 784], 0.0)]);
    let mut bytes = std::fs::read(folder.join("net.npz")).unwrap();
    let (own, wrong) = (b"(3, 784, )", b"(9999999,)");
    let at = bytes.windows(own.len()).position(|window| window == own).unwrap();
    bytes[at..at + own.len()].copy_from_slice(wrong);
    std::fs::write(folder.join("net.npz"), bytes).unwrap();
    says("vast", "array \"fc1.weight\" with [9999999] numbers is more than a file of ");
}

/// A graph that reaches for other files, or claims more than is in it, is refused before anything is opened.
#[test]
fn weights_of_a_hostile_graph_are_refused() {
    use hdf5::{File, Group};
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let matrix = |node: &Group, shape: [usize; 2]| {
        let all = node.new_dataset::<f32>().shape(shape).create("weight").unwrap();
        all.write_raw(&vec![0.5f32; shape[0] * shape[1]]).unwrap();
    };
    let node = |nodes: &Group, name: &str, shape| matrix(&nodes.create_group(name).unwrap(), shape);
    let other = File::create(folder.join("other.h5")).unwrap();
    node(&other.as_group().unwrap(), "fc1", [3, 784]);
    other.close().unwrap();
    // What the nodes beside a right last one are, and what of the message must be told.
    let refused = |case: &str, expected: &str, first: &dyn Fn(&File, &Group)| {
        let made = folder.join("made.nir");
        let file = File::create(&made).unwrap();
        let nodes = file.create_group("node").unwrap().create_group("nodes").unwrap();
        node(&nodes, "fc2", [10, 3]);
        first(&file, &nodes);
        drop(nodes);
        file.close().unwrap();
        std::fs::copy(&made, folder.join("net.nir")).unwrap();
        let network = json!({"hidden": [3], "initial_weights": {"trace": "net.nir"}});
        let found = run(folder, case, json!({"network": network, "training": measured_only()}));
        let message = String::from_utf8_lossy(&found.stderr).into_owned();
        assert_eq!(found.status.success(), expected.is_empty(), "{case}: {message}");
        assert!(message.contains(expected), "{case}: {message}");
        assert_eq!(folder.join(case).exists(), expected.is_empty(), "{case}");
    };
    refused("right", "", &|_, nodes| node(nodes, "fc1", [3, 784]));
    let link = "fc1 is a link to another place or file";
    refused("file", link, &|_, nodes| nodes.link_external("other.h5", "/fc1", "fc1").unwrap());
    refused("place", link, &|file, nodes| {
        node(&file.as_group().unwrap(), "elsewhere", [3, 784]);
        nodes.link_soft("/elsewhere", "fc1").unwrap();
    });
    // Opening it would wait for ever.
    refused("terminal", link, &|_, nodes| nodes.link_external("/dev/tty", "/fc1", "fc1").unwrap());
    let link = "weight is a link to another place or file";
    refused("array", link, &|_, nodes| {
        let fc1 = nodes.create_group("fc1").unwrap();
        fc1.link_external("other.h5", "/fc1/weight", "weight").unwrap();
    });
    refused("outside", "its numbers lie outside of the file", &|_, nodes| {
        let name = folder.join("other.h5");
        let fc1 = nodes.create_group("fc1").unwrap();
        let builder = fc1.new_dataset::<f32>().with_dcpl(|list| list.external(name.to_str().unwrap(), 0, 4 * 3 * 784));
        builder.shape([3, 784]).create("weight").unwrap();
    });
    refused("vast", "[1099511627776, 784] numbers in a file of ", &|_, nodes| {
        let fc1 = nodes.create_group("fc1").unwrap();
        fc1.new_dataset::<f32>().chunk((1, 784)).shape([1 << 40, 784]).create("weight").unwrap();
    });
}

//! Networks with forks, skips and convolutions as NIR graphs, read by Python's package `nir`.
use crate::fixtures::python::{python, run_script};
use crate::fixtures::{experiment, output, text};
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use dyadsim::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, TraceReader, Variable};
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use serde_json::{Value, json};
use std::path::Path;

const UNITS: [usize; 4] = [4, 7, 6, 3];
const ROUTES: [(usize, usize); 5] = [(0, 1), (0, 2), (1, 2), (1, 3), (2, 3)];
const SAMPLES: usize = 30;

fn network() -> Network {
    let populations = UNITS.iter().map(|&units| Population::flat(units.to_string(), units)).collect();
    let projection = |(number, (from, to)): (usize, (usize, usize))| {
        let map = LinearMap::Dense(Dense::new(Shape::flat(UNITS[from]), UNITS[to]));
        let mut own = Projection::random(from, to, map, Initialization::LecunNormal, number, 3);
        own.bias.iter_mut().enumerate().for_each(|(i, b)| *b = 0.1 * (i + number) as f32 - 0.4);
        own
    };
    Network::new(populations, (1..).zip(ROUTES).map(projection).collect()).unwrap()
}

/// A trace as a run writes it, of this graph with these weights.
fn write_trace(path: &Path, network: &Network, projections: &Value) {
    let settings = json!({"experiment": {"credit_rule": "dp", "loss": "softmax_cross_entropy",
        "network": {"activation": "tanh"}}, "hardware": {"name": "ideal"}});
    let populations: Vec<Value> = UNITS.map(|units| json!({"name": "", "shape": [units, 1, 1]})).to_vec();
    let graph = json!({"populations": populations, "projections": projections});
    let made = path.with_extension("made");
    let mut file = TraceFile::create(&made).unwrap();
    let attributes = [
        ("Conventions", "dyadsim-trace-2".to_owned()),
        ("config_json", settings.to_string()),
        ("network_json", graph.to_string()),
    ];
    for (name, text) in attributes {
        file.text_attribute(name, &text).unwrap();
    }
    for (number, own) in (1..).zip(network.projections()) {
        let axis = |name: &str, n| Axis {
            name: name.into(),
            coordinate: Coordinate::Index(n),
            long_name: "an axis".into(),
            units: "1".into(),
        };
        let variable = |name: &str, axes: &[&str]| Variable {
            name: name.into(),
            axes: axes.iter().map(|&axis| axis.to_owned()).collect(),
            element: Element::F32,
            long_name: "a variable".into(),
            units: "1".into(),
            is_coordinate: false,
        };
        let group = Group {
            path: format!("weights/final/layer{number}"),
            axes: vec![axis("post", own.weight.post()), axis("pre", own.weight.pre())],
            variables: vec![variable("weight", &["post", "pre"]), variable("bias", &["post"])],
        };
        let rows = own.weight.to_matrix().transpose();
        file.write_group(&group, &[Row::F32(rows.as_slice()), Row::F32(own.bias.as_slice())]).unwrap();
    }
    file.finish().unwrap();
    std::fs::rename(made, path).unwrap();
}

/// Stimuli with what the network answers, for NumPy; the label of all is the first class.
fn write_data(path: &Path, network: &Network) {
    let inputs = Matrix::from_fn(network.units()[0], SAMPLES, |i, j| ((i * 3 + j * 5) % 7) as f32 / 3.5 - 1.0);
    let inference = Inference::of(Backprop::new(Activation::Tanh, Loss::default()));
    let mut state = NetworkState::zeros(network, SAMPLES, &Substrate::Ideal);
    inference.forward(network, inputs.as_view(), &mut state);
    let mut archive = NpzWriter::create(path).unwrap();
    for (name, matrix) in [("inputs", &inputs), ("outputs", &state.outputs().mean)] {
        let shape = [SAMPLES as u64, matrix.nrows() as u64];
        let mut array =
            archive.array(name, Default::default()).unwrap().default_dtype().shape(&shape).begin_nd().unwrap();
        array.extend(matrix.iter().copied()).unwrap();
        array.finish().unwrap();
    }
    let shape = [SAMPLES as u64];
    let mut labels =
        archive.array("labels", Default::default()).unwrap().default_dtype().shape(&shape).begin_nd().unwrap();
    labels.extend([0i64; SAMPLES]).unwrap();
    labels.finish().unwrap();
}

#[test]
fn branches_are_edges_and_what_meets_is_summed_before_the_activation() {
    let Some(python) = python("numpy, h5py, nir") else { return };
    let folder = tempfile::tempdir().unwrap();
    let [trace, graph, data] = ["trace.h5", "graph.nir", "data.npz"].map(|name| folder.path().join(name));
    let network = network();
    write_trace(&trace, &network, &ROUTES.map(|(from, to)| json!({"from": from, "to": to})).to_vec().into());
    write_data(&data, &network);
    let export = output(folder.path(), &["export", "trace.h5", "--to", "nir", "-o", "graph.nir"]);
    assert!(export.status.success(), "{}", text(&export));
    assert!(text(&export).contains("final weights of 4-7-6-3; NIR has no tanh"), "{}", text(&export));

    let check = run_script(&python, "tests/python/check_nir.py", &[&trace, &graph, Path::new("final"), &data]);
    assert!(check.status.success(), "{}", text(&check));
    let found: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(found["error"].as_f64().unwrap() < 1e-6, "{found}");
    let edges = json!([
        ["input", "layer1"],
        ["input", "layer2"],
        ["layer1", "layer3"],
        ["layer2", "population2"],
        ["layer3", "population2"],
        ["layer1", "layer4"],
        ["population2", "layer5"],
        ["layer4", "output"],
        ["layer5", "output"]
    ]);
    assert_eq!(found["edges"], edges);
    let activations = ["layer1", "layer2", "layer3", "layer4", "layer5", "population2"];
    let expected = ["tanh", "identity", "identity", "identity", "identity", "tanh"];
    assert_eq!(activations.map(|name| found["activations"][name].clone()), expected);
    assert!(found["metadata"]["note"].as_str().unwrap().contains("apply tanh to what the nodes give whose"), "{found}");
}

#[test]
fn weights_that_are_no_matrix_between_their_populations_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut projections = ROUTES.map(|(from, to)| json!({"from": from, "to": to})).to_vec();
    projections[3] = json!({"from": 0, "to": 3});
    write_trace(&folder.path().join("trace.h5"), &network(), &projections.into());
    let export = output(folder.path(), &["export", "trace.h5", "--to", "nir", "-o", "graph.nir"]);
    assert_eq!(export.status.code(), Some(1));
    let said = text(&export);
    assert!(said.contains("trace.h5: weights/final/layer4: its weights are not those"), "{said}");
    assert!(!folder.path().join("graph.nir").exists());
}

/// Trains a network of these layers on digits for an epoch and exports it.
fn export_layers(folder: &Path, layers: &Value) -> std::process::Output {
    let changes = json!({
        "data": {"source": {"digits": {"train_count": 40, "test_count": 10}}},
        "network": {"layers": layers, "activation": "tanh"},
        "credit_rule": "backprop", "nudging": null, "schedule": null,
        "training": {"epochs": 1, "batch_size": 20, "rate": 0.01},
        "measure": {}
    });
    let file = experiment(folder, changes);
    let run = output(folder, &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", text(&run));
    output(folder, &["export", "r", "--to", "nir", "-o", "graph.nir"])
}

/// The network of a trace.
fn trained(trace: &Path, layers: &Value) -> Network {
    let layers: Vec<Layer> = serde_json::from_value(layers.clone()).unwrap();
    let image = Shape { channels: 1, rows: 28, columns: 28 };
    let architecture = Architecture::new(image, &layers, Some(10), Default::default()).unwrap();
    let reader = TraceReader::open(trace).unwrap();
    let weights = (1..).zip(architecture.routes()).map(|(number, route)| {
        let read = |name: &str| -> Vec<f32> {
            let path = format!("weights/final/layer{number}/{name}");
            reader.read(&path).unwrap().values.iter().map(|&x| x as f32).collect()
        };
        match route.map.array().rows {
            0 => (WeightMatrix::zeros(0, 0), vec![].into()),
            _ => (Architecture::weight_of_file(route, &read("weight")), read("bias").into()),
        }
    });
    architecture.with_weights(weights.collect()).unwrap()
}

#[test]
fn convolutions_poolings_and_wires_compute_what_the_network_does() {
    let Some(python) = python("numpy, h5py, nir") else { return };
    let folder = tempfile::tempdir().unwrap();
    let layers = json!([
        {"convolution": {"features": 4, "kernel": 3, "padding": "same", "name": "first"}},
        {"convolution": {"features": 4, "kernel": [3, 5], "padding": "same", "groups": 2, "name": "second"}},
        {"skip": {"from": "first"}},
        {"average_pool": {"window": 2}},
        {"convolution": {"features": 6, "kernel": 3, "stride": 2, "padding": 1, "dilation": 1}},
        {"skip": {"from": "second", "convolution": {"stride": 4}}},
        {"average_pool": {"window": [3, 2], "stride": 2}},
        {"dense": {"units": 12}}
    ]);
    let export = export_layers(folder.path(), &layers);
    assert!(export.status.success(), "{}", text(&export));
    let [trace, graph, data] = ["r/trace.h5", "graph.nir", "data.npz"].map(|name| folder.path().join(name));
    let network = trained(&trace, &layers);
    write_data(&data, &network);
    let check = run_script(&python, "tests/python/check_nir.py", &[&trace, &graph, Path::new("final"), &data]);
    assert!(check.status.success(), "{}", text(&check));
    let found: Value = serde_json::from_slice(&check.stdout).unwrap();
    assert!(found["error"].as_f64().unwrap() < 1e-5, "{found}");
    let kinds = [
        ("layer1", "Conv2d"),
        ("layer2", "Conv2d"),
        ("population2", "Scale"),
        ("pool4", "AvgPool2d"),
        ("layer4", "Conv2d"),
        ("layer5", "Conv2d"),
        ("population3", "Scale"),
        ("pool6", "AvgPool2d"),
        ("flatten6", "Flatten"),
        ("layer6", "Affine"),
        ("layer7", "Affine"),
        ("input", "Input"),
        ("output", "Output"),
    ];
    assert_eq!(found["kinds"].as_object().unwrap().len(), kinds.len(), "{found}");
    for (name, kind) in kinds {
        assert_eq!(found["kinds"][name], kind, "{name} of {found}");
    }
    let edges = found["edges"].as_array().unwrap();
    assert!(edges.contains(&json!(["layer1", "population2"])), "the wire of the first skip: {found}");
}

#[test]
fn what_nir_has_no_word_for_is_refused_with_the_reason() {
    let convolution = |kernel: Value, stride: usize, padding: Value| json!({"convolution": {"features": 2, "kernel": kernel, "stride": stride, "padding": padding}});
    for (layers, reason) in [
        (json!([convolution(json!(3), 1, json!(1)), {"max_pool": {"window": 2}}]), "max pooling has no NIR node"),
        (json!([convolution(json!(3), 2, json!("same"))]), "more places behind than before"),
        (json!([convolution(json!([3, 1]), 1, json!(0))]), "not square"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let export = export_layers(folder.path(), &layers);
        assert_eq!(export.status.code(), Some(1), "{}", text(&export));
        let said = text(&export);
        assert!(said.contains("layer 1 has no node") && said.contains(reason), "{said}");
        assert!(!folder.path().join("graph.nir").exists());
    }
}

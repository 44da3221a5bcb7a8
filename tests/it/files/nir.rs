//! A network with a fork and a skip as a NIR graph, read by Python's package `nir`.
use crate::fixtures::python::{python, run_script};
use crate::fixtures::{output, text};
use dyadsim::prelude::*;
use dyadsim::trace::{Axis, Coordinate, Element, Group, Row, TraceFile, Variable};
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
    let inputs = Matrix::from_fn(UNITS[0], SAMPLES, |i, j| ((i * 3 + j * 5) % 7) as f32 / 3.5 - 1.0);
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

/// As those of a convolution: its array is no matrix between two populations.
#[test]
fn weights_that_are_no_matrix_between_their_populations_are_refused() {
    let folder = tempfile::tempdir().unwrap();
    let mut projections = ROUTES.map(|(from, to)| json!({"from": from, "to": to})).to_vec();
    projections[3] = json!({"from": 0, "to": 3});
    write_trace(&folder.path().join("trace.h5"), &network(), &projections.into());
    let export = output(folder.path(), &["export", "trace.h5", "--to", "nir", "-o", "graph.nir"]);
    assert_eq!(export.status.code(), Some(1));
    let said = text(&export);
    assert!(said.contains("trace.h5: weights/final/layer4") && said.contains("only dense projections"), "{said}");
    assert!(!folder.path().join("graph.nir").exists());
}

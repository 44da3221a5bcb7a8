//! What `dyad explain` says of a network, and the memory that it foresees, against the arrays that there are.
use crate::fixtures::sweeps::sweep;
use crate::fixtures::{experiment, output, text};
use dyadsim::config::Setup;
use dyadsim::data::Datasets;
use dyadsim::measure::Evaluator;
use dyadsim::prelude::*;
use dyadsim::run::{Cost, estimate};
use serde_json::{Value, json};
use std::path::Path;

/// The part of an explanation that begins with this line.
fn part<'a>(told: &'a str, first: &str) -> &'a str {
    let begin = told.find(&format!("\n{first}\n")).unwrap() + 1;
    told[begin..].split("\n\n").next().unwrap()
}

fn explained(folder: &Path, changes: Value) -> String {
    let file = experiment(folder, changes);
    text(&output(folder, &["explain", file.to_str().unwrap()]))
}

#[test]
fn a_network_is_listed_layer_by_layer() {
    let folder = tempfile::tempdir().unwrap();
    let network = json!({"layers": [
        {"convolution": {"features": 4, "kernel": 5, "stride": [2, 1], "name": "stem"}},
        {"convolution": {"features": 4, "kernel": 3, "padding": "same", "groups": 2, "dilation": 2}},
        {"skip": {"from": "stem"}},
        {"convolution": {"features": 8, "kernel": 1}},
        {"max_pool": {"window": [2, 3]}},
        {"average_pool": {"window": 2, "stride": 1}},
        {"dense": {"units": 30}}
    ]});
    let told = explained(folder.path(), json!({"network": network, "schedule": {"fwbwK": {"passes": 1}}}));
    assert_eq!(format!("{}\n", part(&told, "layers")), include_str!("explained_network.txt"));
    assert!(!told.contains("long form"), "there is none of layers");
}

#[test]
fn short_forms_are_spelled_out() {
    let folder = tempfile::tempdir().unwrap();
    let told = explained(folder.path(), json!({"network": {"hidden": [40, 20]}}));
    let long = part(&told, "network in its long form");
    assert_eq!(long.lines().nth(2), Some(r#"    {"dense":{"units":40}},"#));
    let told = explained(folder.path(), json!({"network": {"model": "mini_cnn", "width": 0.25}}));
    let long = part(&told, "network in its long form");
    assert_eq!(long.lines().nth(2), Some(r#"    {"convolution":{"features":8,"kernel":3,"padding":1}},"#));
    // What is printed is what a file may hold: the same network.
    let layers: Value = serde_json::from_str(&format!("{{{}}}", long.split_once('\n').unwrap().1)).unwrap();
    let as_listed = explained(folder.path(), json!({"network": layers}));
    assert_eq!(part(&as_listed, "layers"), part(&told, "layers"));
}

/// Weights of torchvision's networks with heads for these images, without biases and normalisation; the images are not there.
#[test]
fn large_networks_fit_the_page_and_have_their_numbers_of_synapses() {
    let folder = tempfile::tempdir().unwrap();
    let source = json!({"source": {"cifar10": {"directory": "nowhere"}}});
    for (model, synapses) in [("vgg16", " 33625792 "), ("resnet18", " 11164352 ")] {
        let told = explained(folder.path(), json!({"network": {"model": model}, "data": source}));
        let table = part(&told, "layers");
        assert!(table.lines().all(|line| line.chars().count() <= 110), "{table}");
        let total = table.lines().find(|line| line.starts_with("  total")).unwrap();
        assert!(total.contains(synapses), "{total}");
        assert!(told.contains("the data cannot be read"));
    }
}

fn foreseen(changes: Value) -> (Setup, Cost) {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup::load(&experiment(folder.path(), changes), &[]).unwrap();
    let cost = estimate(&setup, &Datasets::default()).unwrap();
    (setup, cost)
}

fn bytes(numbers: &Matrix) -> usize {
    size_of_val(numbers.as_slice())
}

/// Everything that the states of a batch are made of.
#[test]
fn the_memory_of_states_is_that_of_their_arrays() {
    let convolutions = json!({"layers": [
        {"convolution": {"features": 6, "kernel": 5}}, {"max_pool": {"window": 3, "stride": 2}}, {"dense": {"units": 30}}
    ]});
    let backprop =
        json!({"network": convolutions, "credit_rule": "backprop", "nudging": null, "schedule": null, "measure": {}});
    let lifted = json!({"credit_rule": "lifted", "nudging": null, "schedule": null, "measure": {}, "loss": "half_squared_error"});
    let mut by_mean = convolutions.clone();
    by_mean["maxima"] = json!({"gradient": "s_plus"});
    for changes in [json!({}), json!({"network": convolutions}), json!({"network": by_mean}), backprop, lifted] {
        let (setup, cost) = foreseen(changes.clone());
        let architecture = setup.architecture(&[28, 28], 10).unwrap();
        let network = architecture.random(setup.experiment.network.initialization, 1).unwrap();
        let batch = setup.experiment.training.batch_size.get();
        let state = NetworkState::zeros(&network, batch, &Substrate::Ideal);
        assert_eq!(cost.network.populations[0].memory_bytes, bytes(state.activity(0)), "{changes}");
        for (own, dyads) in cost.network.populations[1..].iter().zip(state.dyads()) {
            let matrices =
                [&dyads.s_plus, &dyads.s_minus, &dyads.mean, &dyads.difference, &dyads.drive, &dyads.feedback];
            let maxima = dyads.pooling.as_ref().map_or(0, |pooling| {
                let finds_anew = setup.experiment.network.maxima.is_some();
                own.population.units() * batch + bytes(&pooling.routed) * if finds_anew { 2 } else { 1 }
            });
            let expected = matrices.map(bytes).iter().sum::<usize>() + maxima;
            assert_eq!(own.memory_bytes, expected, "{} of {changes}", own.population.name);
        }
        for (own, projection) in cost.network.projections.iter().zip(network.projections()) {
            // Adam keeps two numbers of every weight and bias.
            let numbers = projection.weight.memory_bytes();
            let expected = 3 * numbers + 2 * size_of_val(projection.bias.as_slice());
            assert_eq!(own.memory_bytes, expected, "{changes}");
        }
    }
}

/// A die keeps what it has received, and membranes, next to the states.
#[test]
fn circuits_of_a_die_need_memory_of_their_own() {
    let layers = json!({"layers": [{"convolution": {"features": 6, "kernel": 5}}, {"dense": {"units": 30}}]});
    let (_, ideal) = foreseen(json!({"network": layers}));
    let (setup, noisy) = foreseen(json!({"network": layers, "hardware": "noisy.json"}));
    let batch = setup.experiment.training.batch_size.get();
    let more = |k: usize| noisy.network.populations[k].memory_bytes - ideal.network.populations[k].memory_bytes;
    let units = ideal.network.populations[1].population.units();
    // At least v⁺, v⁻, a⁺ and a⁻ of every unit.
    assert!(more(1) > 4 * 4 * units * batch, "{}", more(1));
}

/// 784-40-20-10: lines of 4 and 2 stages, one more number on its way in and one that comes out; of hidden units the drives of two
/// updates, and two compartments.
#[test]
fn delay_lines_of_a_stream_need_memory_of_their_own() {
    let stream = |more: Value| {
        let mut stream = json!({"presentation": {"fixed": {"steps": 4}}});
        stream.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        foreseen(json!({"schedule": {"stream": stream}})).1
    };
    let (without, with) = (stream(json!({})), stream(json!({"delay_line": {}})));
    let batch = foreseen(json!({})).0.experiment.training.batch_size.get();
    let numbers = [6 * 784, (6 + 4 + 4) * 40, (4 + 2 + 4) * 20, 0];
    for (k, numbers) in numbers.into_iter().enumerate() {
        assert_eq!(with.network.populations[k].timing_bytes, 4 * batch * numbers, "{k}");
    }
    assert_eq!(without.network.timing_bytes(), 0);
    assert_eq!(with.memory.evaluation, without.memory.evaluation);
}

#[test]
fn the_peak_is_the_sum_of_what_is_kept_and_the_largest_of_what_passes() {
    assert_eq!(Evaluator::samples(&[100, 0]), [0, 100]);
    assert_eq!(Evaluator::samples(&[1000, 600, 20]), [250, 100]);
    let (_, cost) = foreseen(json!({"training": {"epochs": 1, "batch_size": 20, "rate": 0.002}}));
    let memory = cost.memory;
    // 784-40-20-10: two compartments, two signals and two inputs of every dyad, and the stimulus.
    let state = 4 * (6 * 70 + 784);
    assert_eq!(memory.states, 20 * (state + 4 * 784));
    // Of the training set 250 stay, of both sets 100 pass; the test set has 100.
    assert_eq!(memory.evaluation, 350 * (state + 4 * 784));
    assert_eq!(memory.data, 700 * 4 * 784);
    // The states of backprop, and both compartments before an update.
    assert_eq!(memory.measurements, 20 * (state + 4 * 2 * 70));
    let weights: usize = 784 * 40 + 40 * 20 + 20 * 10;
    // The weights, two moments, and the weights before training.
    assert_eq!(memory.synapses, 4 * (4 * weights + 2 * 70));
    // A copy of all that for the final state, and the largest matrix in the order of files.
    let tables = memory.files - (memory.synapses + 4 * 784 * 40);
    assert!(tables < 10_000, "{tables} bytes of what was measured before training");
    assert!(memory.program > 10_000_000 && memory.program < 100_000_000);
    let sum = memory.data + memory.synapses + memory.states + memory.evaluation + memory.measurements;
    assert_eq!(memory.total(), sum + memory.files + memory.program);
}

/// Forward and back in one pass: the products of each array and of its gradient.
#[test]
fn reads_and_arithmetic_are_those_of_a_training_step() {
    let layers = json!({"layers": [{"convolution": {"features": 6, "kernel": 5}}, {"dense": {"units": 30}}]});
    let (_, cost) = foreseen(json!({
        "network": layers, "credit_rule": "backprop", "nudging": null, "schedule": null, "measure": {},
    }));
    let [convolution, dense, output] = &cost.network.projections[..] else { panic!("three projections") };
    assert_eq!((convolution.reads, dense.reads, output.reads), ([576, 0], [1, 1], [1, 1]));
    assert_eq!(convolution.flops, 2 * 2 * 6 * 25 * 576);
    assert_eq!(dense.flops, 3 * 2 * 30 * 6 * 576);
    let step = (convolution.flops + dense.flops + output.flops) as f64 * 20.0;
    assert!((cost.training_flops - step * cost.steps as f64).abs() < 1.0);
}

/// What does not fit is refused before the folder of the run is there.
#[test]
fn a_run_or_sweep_that_takes_more_memory_than_it_may_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = experiment(folder.path(), json!({}));
    let file = path.to_str().unwrap();
    let refused = output(folder.path(), &["run", file, "--out", "r", "--memory-limit", "10M"]);
    assert_eq!(refused.status.code(), Some(1));
    let said = text(&refused);
    assert!(said.contains("this run takes about") && said.contains("more than the 10.5 MB of the limit"), "{said}");
    assert!(!folder.path().join("r").exists());
    let wide = ["run", file, "--out", "r", "--memory-limit", "900M", "--set", "network.hidden=[12000,12000]"];
    let said = text(&output(folder.path(), &wide));
    assert!(said.contains("this run takes about 1"), "{said}");
    let said = text(&output(folder.path(), &["run", file, "--memory-limit", "much"]));
    assert!(said.contains("must be an amount of memory"), "{said}");
    assert!(output(folder.path(), &["run", file, "--out", "r", "--memory-limit", "1G"]).status.success());

    let points = sweep(folder.path(), json!({}));
    let points = points.to_str().unwrap();
    let said = text(&output(folder.path(), &["sweep", points, "--out", "s", "--jobs", "2", "--memory-limit", "20M"]));
    assert!(said.contains("this sweep, 2 at a time (--jobs), takes about"), "{said}");
    assert!(!folder.path().join("s").exists());
}

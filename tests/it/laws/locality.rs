//! Nothing tells a unit or a synapse which phase it is in: what a unit does at a step depends on its own state, what
//! its neighbours send, its weights and, at the outputs, the teacher.
use dyadsim::credit::{CreditRule, Evidence, Inference, Nudging};
use dyadsim::device::noise_key::Context;
use dyadsim::dynamics::Activation;
use dyadsim::dynamics::loss::Loss;
use dyadsim::linalg::Matrix;
use dyadsim::network::{Initialization, Network};
use dyadsim::random::{NormalStream, Seeds};
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Plan, Start, Update};
use dyadsim::substrate::{Die, DieConfig, Substrate};

const UNITS: [usize; 6] = [5, 8, 7, 6, 9, 4];
const SAMPLES: usize = 3;
const LAYERS: usize = UNITS.len() - 1;

fn network(on_chip: bool) -> (Inference, Network) {
    let inference =
        Inference::new(Activation::Tanh, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, Nudging::default());
    let mut inference = Inference { start: Start::Carried, ..inference };
    let network = Network::random(&UNITS, Initialization::LecunNormal, 3).unwrap();
    if on_chip {
        let nudges = inference.rule.nominal_nudges(&network);
        inference.substrate = Substrate::die(Die::new(&DieConfig::default(), &UNITS, &nudges, Seeds::default()));
    }
    (inference, network)
}

/// A state as after a long life, in which nothing is settled.
fn random_state(inference: &Inference, network: &Network) -> NetworkState {
    let mut state = NetworkState::zeros(network, SAMPLES, &inference.substrate);
    inference.forward(network, Matrix::from_element(UNITS[0], SAMPLES, 0.3).as_view(), &mut state);
    for (k, layer) in state.dyads_mut().iter_mut().enumerate() {
        let mut draw = NormalStream::new(k as u64);
        draw.fill(layer.s_plus.as_mut_slice());
        draw.fill(layer.s_minus.as_mut_slice());
        for i in 0..layer.mean.len() {
            let (plus, minus) = (layer.s_plus.as_slice()[i], layer.s_minus.as_slice()[i]);
            layer.difference.as_mut_slice()[i] = plus - minus;
            layer.mean.as_mut_slice()[i] = 0.5 * (plus + minus);
        }
    }
    state
}

fn step(inference: &Inference, weights: &Network, state: &NetworkState, inputs: f32, target: usize) -> NetworkState {
    let mut state = state.clone();
    let x = Matrix::from_fn(UNITS[0], SAMPLES, |i, j| inputs + 0.1 * (i + j) as f32);
    let y = Matrix::from_fn(UNITS[LAYERS], SAMPLES, |i, _| if i == target { 1.0 } else { 0.0 });
    let plan = Plan { updates: vec![Update::All], ..Plan::default() };
    inference.infer(weights, x.as_view(), y.as_view(), &plan, &mut state, None);
    state
}

/// Layers (from 1) whose states differ.
fn changed(a: &NetworkState, b: &NetworkState) -> Vec<usize> {
    (1..=LAYERS)
        .filter(|k| {
            let (a, b) = (&a.dyads()[k - 1], &b.dyads()[k - 1]);
            a.s_plus != b.s_plus || a.s_minus != b.s_minus
        })
        .collect()
}

#[test]
fn a_step_reads_only_the_neighbours_and_at_the_outputs_the_teacher() {
    for on_chip in [false, true] {
        let (inference, weights) = network(on_chip);
        let state = random_state(&inference, &weights);
        let reference = step(&inference, &weights, &state, 0.0, 1);
        // Another teacher reaches the outputs, and no other layer.
        assert_eq!(changed(&reference, &step(&inference, &weights, &state, 0.0, 2)), [LAYERS]);
        // Another stimulus reaches the first layer, and no other.
        assert_eq!(changed(&reference, &step(&inference, &weights, &state, 1.0, 1)), [1]);
        // Another state of one layer reaches its two neighbours (without membrane a unit does not read itself).
        for k in 1..=LAYERS {
            let mut other = state.clone();
            other.dyads_mut()[k - 1].mean.iter_mut().for_each(|x| *x += 0.5);
            other.dyads_mut()[k - 1].difference.iter_mut().for_each(|x| *x += 0.5);
            let neighbours: Vec<usize> =
                [k.wrapping_sub(1), k + 1].into_iter().filter(|k| (1..=LAYERS).contains(k)).collect();
            assert_eq!(changed(&reference, &step(&inference, &weights, &other, 0.0, 1)), neighbours, "layer {k}");
        }
        // Other weights into layer k reach layer k, and by the feedback layer k − 1.
        for k in 1..=LAYERS {
            let mut other = weights.clone();
            other.projections_mut()[k - 1].weight.view_mut().iter_mut().for_each(|w| *w *= 1.5);
            let reached: Vec<usize> = [k.wrapping_sub(1), k].into_iter().filter(|&k| k >= 1).collect();
            assert_eq!(changed(&reference, &step(&inference, &other, &state, 0.0, 1)), reached, "weights of {k}");
        }
    }
}

/// Time itself is no signal: the same states, inputs and teacher give the same step, whenever it is.
#[test]
fn a_step_does_not_know_what_time_it_is() {
    let (inference, weights) = network(true);
    let state = random_state(&inference, &weights);
    let reference = step(&inference, &weights, &state, 0.0, 1);
    for (when, ticks) in [(0, 5), (1_000_000, 0)] {
        let mut later = state.clone();
        later.begin(Context::Training, when);
        for _ in 0..ticks {
            later.begin(Context::Training, when + ticks);
        }
        assert!(changed(&reference, &step(&inference, &weights, &later, 0.0, 1)).is_empty());
    }
}

/// A synapse reads s⁺ − s⁻ of the dyad it ends on and s̄ of the one it comes from.
#[test]
fn a_synapse_learns_from_its_two_dyads_alone() {
    let (inference, weights) = network(false);
    let state = random_state(&inference, &weights);
    let gradients = |state: &NetworkState| -> Vec<Matrix> {
        let evidence = Evidence::of_dyads(0.1, SAMPLES);
        let local = evidence.gradient(state);
        (1..=LAYERS).map(|k| local.weight(k)).collect()
    };
    let reference = gradients(&state);
    for k in 1..=LAYERS {
        let mut other = state.clone();
        other.dyads_mut()[k - 1].mean.iter_mut().for_each(|x| *x += 0.5);
        other.dyads_mut()[k - 1].difference.iter_mut().for_each(|x| *x += 0.5);
        let moved: Vec<usize> = (1..=LAYERS).filter(|&i| gradients(&other)[i - 1] != reference[i - 1]).collect();
        let expected: Vec<usize> = [k, k + 1].into_iter().filter(|&i| i <= LAYERS).collect();
        assert_eq!(moved, expected, "layer {k}");
    }
}

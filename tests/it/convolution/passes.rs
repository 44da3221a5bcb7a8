//! Further passes make again only what has changed, and no bit of what they find is another one for that.
use super::gradients::{CLASSES, IMAGE, network, networks};
use dyadsim::device::noise_key::Context;
use dyadsim::map::{DriveMaxima, Maxima, MaximaSettings};
use dyadsim::prelude::*;
use dyadsim::relax::schedule::{Passes, Update};
use serde_json::{Value, json};

const SAMPLES: usize = 90;

/// Large enough that few of their samples can be made apart from the others.
fn wider() -> Vec<(&'static str, Value)> {
    vec![
        (
            "max pooling",
            json!([
                {"convolution": {"features": 20, "kernel": 3, "padding": "same"}}, {"max_pool": {"window": 2}},
                {"convolution": {"features": 12, "kernel": 3, "padding": "same"}}, {"max_pool": {"window": [2, 3], "stride": 1}},
                {"dense": {"units": 30}}
            ]),
        ),
        (
            "skips and average pooling",
            json!([
                {"convolution": {"features": 16, "kernel": 3, "padding": "same", "name": "first"}},
                {"convolution": {"features": 16, "kernel": 3, "padding": "same"}}, {"skip": {"from": "first"}},
                {"convolution": {"features": 14, "kernel": 3, "padding": "same", "stride": 2}},
                {"skip": {"from": "hidden_2", "convolution": {"stride": 2}}},
                {"global_average_pool": {}}
            ]),
        ),
        ("dense layers", json!([{"dense": {"units": 150}}, {"dense": {"units": 40}}])),
    ]
}

fn stimuli() -> Matrix {
    Matrix::from_fn(IMAGE.units(), SAMPLES, |i, j| ((i * 17 + j * 29 + i * i * (3 + j % 5)) % 37) as f32 / 18.5 - 1.0)
}

/// Most outputs are so near their targets that few of their dyads meet a kink.
fn targets(network: &Network, inference: &Inference, inputs: &Matrix) -> Matrix {
    let mut state = NetworkState::zeros(network, SAMPLES, &inference.substrate);
    inference.forward(network, inputs.as_view(), &mut state);
    let error = |i: usize, j: usize| {
        let size = if j % 7 == 3 { 0.5 } else { 1e-5 };
        if i == (2 * j + 1) % CLASSES { size } else { 0.0 }
    };
    &state.outputs().mean + Matrix::from_fn(CLASSES, SAMPLES, error)
}

#[test]
fn what_is_not_made_again_is_what_it_would_be() {
    let [mean, s_plus] = [DriveMaxima::Mean, DriveMaxima::SPlus];
    let maxima = [
        MaximaSettings::default(),
        MaximaSettings { drive: mean, feedback: Maxima::SPlus, gradient: Maxima::Mean },
        MaximaSettings { drive: s_plus, feedback: Maxima::Mean, gradient: Maxima::SPlus },
    ];
    let inputs = stimuli();
    for (name, layers) in networks().into_iter().chain(wider()) {
        for maxima in maxima {
            let network = network(&layers, maxima);
            let nudging = Nudging { beta: Positive::new(0.5).unwrap(), ..Nudging::default() };
            let inference = Inference::new(Activation::Relu, Loss::HalfSquaredError, CreditRule::DpTranspose, nudging);
            let targets = targets(&network, &inference, &inputs);
            let passes = Passes { passes: Repeats::new(6).unwrap() };
            for schedule in [Schedule::FwK(passes), Schedule::FwbwK(passes)] {
                let mut plan = Plan::default();
                schedule.plan(network.last(), Start::Forward, 1, 0, &mut plan).unwrap();
                let infer = |inference: &Inference, updates: &[Update], state: &mut NetworkState| {
                    state.begin(Context::Training, 0);
                    let plan = Plan { updates: updates.to_vec(), ..Plan::default() };
                    inference.infer(&network, inputs.as_view(), targets.as_view(), &plan, state, None);
                };
                let [mut whole, mut stepwise] =
                    [0, 1].map(|_| NetworkState::zeros(&network, SAMPLES, &inference.substrate));
                infer(&inference, &plan.updates, &mut whole);
                // States that are carried over: everything is made again before every update.
                let carried = Inference { start: Start::Carried, ..inference.clone() };
                infer(&inference, &[], &mut stepwise);
                plan.updates.iter().for_each(|&update| infer(&carried, &[update], &mut stepwise));
                for (k, (whole, stepwise)) in (1..).zip(whole.dyads().iter().zip(stepwise.dyads())) {
                    let same = |a: &Matrix, b: &Matrix, what: &str| {
                        let differs = (0..SAMPLES).filter(|&j| a.column(j) != b.column(j)).collect::<Vec<_>>();
                        assert!(differs.is_empty(), "{name}, {maxima:?}, {schedule:?}: {what} of {k} in {differs:?}");
                    };
                    same(&whole.mean, &stepwise.mean, "mean");
                    same(&whole.difference, &stepwise.difference, "difference");
                    same(&whole.s_plus, &stepwise.s_plus, "s_plus");
                    assert!(whole.mean.iter().all(|x| x.is_finite()));
                }
            }
        }
    }
}

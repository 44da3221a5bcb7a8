//! The gain of the nudging in networks of several hidden layers: against matrices in double precision, and against the rate at
//! which inference really converges or runs away.
use dyadsim::config::StabilityProbe;
use dyadsim::credit::dual_propagation::DualPropagation;
use dyadsim::credit::{CreditRule, Damping, Inference, Nudging};
use dyadsim::dynamics::output::{Linearised, LossGradientAt, OutputNudge};
use dyadsim::dynamics::{Activation, Loss};
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::map::{MaximaSettings, Shape};
use dyadsim::measure::{Probed, Stability};
use dyadsim::network::{Architecture, FeedbackWeights, Initialization, Layer, Network};
use dyadsim::parameter::{Count, Fraction, OpenFraction, Positive, ProbePasses, Repeats};
use dyadsim::random::{Purpose, Seeds, Stream, stream};
use dyadsim::relax::NetworkState;
use dyadsim::relax::schedule::{Listed, Parallel, Passes, Rounds, Schedule};
use dyadsim::vocabulary::Verdict;
use nalgebra::{DMatrix, DVector};
use rand::RngExt;
use rand_distr::{Distribution, StandardNormal};
use serde_json::json;

const SAMPLES: usize = 6;

/// A chain in double precision, first weights first.
#[derive(Clone)]
struct Weights(Vec<DMatrix<f64>>);

impl Weights {
    fn random(units: &[usize], draw: &mut Stream) -> Self {
        let layer = |pair: &[usize]| {
            let std = (pair[0] as f64).sqrt().recip();
            DMatrix::from_fn(pair[1], pair[0], |_, _| {
                let x: f64 = StandardNormal.sample(draw);
                x * std
            })
        };
        Self(units.windows(2).map(layer).collect())
    }

    /// λ_max of Σ_k γ^(L−1−k) P_k P_kᵀ with P_k = W_L f′ W_{L−1} ⋯ f′ W_{k+1}, for f′ of the hidden layers.
    fn eigenvalue(&self, gamma: f64, slopes: &[DVector<f64>]) -> f64 {
        let last = self.0.last().unwrap();
        let (mut sum, mut reach, mut gain) = (DMatrix::zeros(last.nrows(), last.nrows()), last.clone(), 1.0);
        for k in (1..self.0.len()).rev() {
            sum += &reach * reach.transpose() * gain;
            reach = reach * DMatrix::from_diagonal(&slopes[k - 1]) * &self.0[k - 1];
            gain *= gamma;
        }
        sum.symmetric_eigenvalues().max()
    }

    fn linear(&self) -> Vec<DVector<f64>> {
        self.0.iter().map(|weight| DVector::from_element(weight.nrows(), 1.0)).collect()
    }

    /// With output weights that make it this eigenvalue.
    fn with_eigenvalue(mut self, gamma: f64, wanted: f64) -> Self {
        let factor = (wanted / self.eigenvalue(gamma, &self.linear())).sqrt();
        *self.0.last_mut().unwrap() *= factor;
        self
    }

    fn network(&self) -> Network {
        let layer = |weight: &DMatrix<f64>| {
            (WeightMatrix::from_matrix(&weight.clone().cast::<f32>()), DVector::zeros(weight.nrows()))
        };
        Network::chain(self.0.iter().map(layer).collect()).unwrap()
    }
}

fn draws(number: u64) -> Stream {
    stream(11, Purpose::InitialWeights, &[number])
}

fn stimuli(units: usize) -> Matrix {
    let mut draw = draws(u64::MAX);
    Matrix::from_fn(units, SAMPLES, |_, _| StandardNormal.sample(&mut draw))
}

fn nudging(alpha: f64, alpha_hidden: f64, beta: f64) -> Nudging {
    let fraction = |x| Fraction::new(x).unwrap();
    let (alpha, alpha_hidden) = (fraction(alpha), Some(fraction(alpha_hidden)));
    Nudging { alpha, alpha_hidden, beta: Positive::new(beta).unwrap(), ..Nudging::default() }
}

fn inference(activation: Activation, nudging: Nudging) -> Inference {
    Inference::new(activation, Loss::HalfSquaredError, CreditRule::Dp, nudging)
}

fn gain(inference: &Inference, network: &Network) -> f64 {
    inference.nudging_gain(network, stimuli(network.units()[0]).as_view(), 1)
}

fn probe(inference: &Inference, schedule: &Schedule, network: &Network, passes: usize, tolerance: f64) -> Stability {
    probe_near(0.1, inference, schedule, network, passes, tolerance)
}

/// Probes with targets at this distance of what the network answers.
fn probe_near(
    distance: f32,
    inference: &Inference,
    schedule: &Schedule,
    network: &Network,
    passes: usize,
    tolerance: f64,
) -> Stability {
    let inputs = stimuli(network.units()[0]);
    let mut state = NetworkState::zeros(network, SAMPLES, &inference.substrate);
    inference.forward(network, inputs.as_view(), &mut state);
    let mut draw = draws(u64::MAX - 1);
    let targets = state.outputs().mean.map(|a| {
        let x: f32 = StandardNormal.sample(&mut draw);
        a + distance * x
    });
    let settings = StabilityProbe {
        passes: ProbePasses::new(passes).unwrap(),
        tolerance: OpenFraction::new(tolerance).unwrap(),
        ..StabilityProbe::default()
    };
    let (inputs, targets) = (inputs.as_view(), targets.as_view());
    Probed { inference, schedule, weights: network, inputs, targets, seed: 1, epoch: 0 }.stability(&settings)
}

/// Growth of the changes in a pass, once the fastest deviation is left, over an even number of passes.
fn rate(inference: &Inference, schedule: &Schedule, network: &Network) -> f64 {
    rate_near(0.1, [30, 60], inference, schedule, network)
}

fn rate_near(
    distance: f32,
    [from, to]: [usize; 2],
    inference: &Inference,
    schedule: &Schedule,
    network: &Network,
) -> f64 {
    let changes = probe_near(distance, inference, schedule, network, to + 1, 1e-12).changes;
    let to = to.min(changes.len() - 1) & !1;
    assert!(to > from + 8, "{changes:?}");
    (changes[to] / changes[from]).powf(1.0 / (to - from) as f64)
}

fn up_down() -> Schedule {
    Schedule::UpDown(Rounds { rounds: Repeats::constant(1) })
}

/// Updates of a round: L−1 … 1, 2 … L−1, L.
fn round(last: usize) -> Schedule {
    let layers = (1..last).rev().chain(2..=last).map(|k| Count::new(k).unwrap());
    Schedule::Listed(Listed { layers: layers.collect() })
}

fn expected(share: f64) -> Verdict {
    if share < 1.0 { Verdict::Converged } else { Verdict::Diverged }
}

/// λ = 5.79 for these sizes: the nudges count that every hidden layer gives to the mean, not the last one's alone, which
/// would leave all three below 1.
#[test]
fn the_gain_counts_every_hidden_layer() {
    let weights = Weights::random(&[20, 24, 24, 24, 4], &mut draws(0)).with_eigenvalue(1.0, 5.79);
    let network = weights.network();
    let norm = weights.0.last().unwrap().clone().singular_values().max();
    for (nudging, value) in
        [(nudging(0.3, 0.9, 0.2), 0.927), (nudging(0.3, 0.9, 0.4), 1.854), (nudging(0.0, 0.0, 0.2), 1.158)]
    {
        let inference = inference(Activation::Identity, nudging);
        assert!((gain(&inference, &network) / value - 1.0).abs() < 1e-3, "{}", gain(&inference, &network));
        let of_the_last = (1.0 - 2.0 * nudging.alpha_hidden().get()).abs() * nudging.beta.get() * norm * norm;
        assert!(of_the_last < 0.8 * value, "{of_the_last}");
        let found = probe(&inference, &up_down(), &network, 500, 1e-4);
        assert_eq!(found.verdict, expected(value), "gain {value}");
        if value < 1.5 {
            let rate = rate(&inference, &up_down(), &network);
            assert!((rate / value - 1.0).abs() < 0.02, "{rate} against {value}");
        }
    }
}

/// Random chains of one to four hidden layers, asymmetries, strengths and γ, on both sides of the boundary.
#[test]
fn the_rate_per_pass_of_random_linear_networks_is_their_gain() {
    for number in 0..60 {
        let mut draw = draws(1000 + number);
        let hidden = 1 + number as usize % 4;
        let units: Vec<usize> = (0..hidden).map(|_| draw.random_range(6..25)).collect();
        let units = [&[8], &units[..], &[4]].concat();
        let alpha_hidden = [0.0, 0.1, 0.3, 0.7, 0.9, 1.0][draw.random_range(0..6)];
        let (alpha, beta) = (draw.random_range(0.0..1.0), draw.random_range(0.05..0.8));
        let gamma = draw.random_range(0.5..1.5);
        let mut nudging =
            Nudging { feedback_gain: Positive::new(gamma).unwrap(), ..nudging(alpha, alpha_hidden, beta) };
        let mut answer = beta;
        if number % 3 == 0 {
            nudging.output = OutputNudge::Proximal;
            answer = beta / ((1.0 + alpha * beta) * (1.0 - (1.0 - alpha) * beta));
        }
        let turn = (1.0 - 2.0 * alpha_hidden).abs() * gamma * answer;
        let inference = inference(Activation::Identity, nudging);
        for share in [0.9, 1.1] {
            let network = Weights::random(&units, &mut draw).with_eigenvalue(gamma, share / turn).network();
            let found = gain(&inference, &network);
            assert!((found / share - 1.0).abs() < 2e-3, "{number}: {found} against {share}");
            for schedule in [up_down(), round(hidden + 1)] {
                let rate = rate(&inference, &schedule, &network);
                assert!((rate / share - 1.0).abs() < 0.03, "{number}: {rate} per pass against {share}");
                let verdict = probe(&inference, &schedule, &network, 500, 1e-4).verdict;
                assert_eq!(verdict, expected(share), "{number} at {share}");
            }
            if share < 1.0 {
                // Delays of the error cannot break it.
                let passes = Passes { passes: Repeats::constant(1) };
                for schedule in [
                    Schedule::FwK(passes),
                    Schedule::FwbwK(passes),
                    Schedule::OddEven(passes),
                    Schedule::Parallel(Parallel::of_steps(Repeats::constant(1))),
                ] {
                    let verdict = probe(&inference, &schedule, &network, 1000, 1e-4).verdict;
                    assert_eq!(verdict, Verdict::Converged, "{number}: {schedule:?}");
                }
            }
        }
    }
}

/// The slopes between the layers are those of the stimuli, of which the fastest counts; a layer's own one does not.
#[test]
fn the_slopes_of_every_stimulus_count_between_the_layers() {
    for (activation, number) in [(Activation::Relu, 0), (Activation::Tanh, 1)] {
        let weights = Weights::random(&[8, 20, 16, 12, 4], &mut draws(2000 + number));
        let (inputs, gamma) = (stimuli(8).cast::<f64>(), 1.3);
        let mut each = vec![];
        for input in inputs.column_iter() {
            let (mut s, mut slopes) = (input.into_owned(), vec![]);
            for weight in &weights.0[..3] {
                let a = weight * &s;
                slopes.push(a.map(|a| f64::from(activation.derivative(a as f32))));
                s = a.map(|a| f64::from(activation.value(a as f32)));
            }
            each.push(0.4 * 0.45 * gamma * weights.eigenvalue(gamma, &slopes));
        }
        let most = each.iter().copied().fold(0.0, f64::max);
        assert!(each.iter().any(|gain| *gain < 0.95 * most), "{each:?}");
        let nudging = Nudging { feedback_gain: Positive::new(gamma).unwrap(), ..nudging(0.5, 0.7, 0.45) };
        let found = gain(&inference(activation, nudging), &weights.network());
        assert!((found / most - 1.0).abs() < 2e-3, "{activation:?}: {found} against {most}");
    }
    // One hidden layer: |1−2α|βσ², whatever its activation.
    let weights = Weights::random(&[8, 30, 4], &mut draws(2002));
    let norm = weights.0[1].clone().singular_values().max();
    for activation in [Activation::Relu, Activation::Tanh, Activation::HardSigmoid, Activation::Identity] {
        let found = gain(&inference(activation, nudging(0.2, 0.2, 0.4)), &weights.network());
        assert!((found / (0.6 * 0.4 * norm * norm) - 1.0).abs() < 1e-4, "{activation:?}: {found}");
    }
}

/// It is a guide where units are not linear. With α < ½ the fixed point is 1/(1 − gain) errors away from the forward pass, where
/// other rectifiers are open, and few networks of rectifiers that are close to the boundary find a limit cycle across their kinks.
#[test]
fn networks_below_the_boundary_converge() {
    let mut cycles = 0;
    for number in 0..120 {
        let network = Weights::random(&[8, 20, 16, 12, 4], &mut draws(3000 + number)).network();
        let alpha = [0.0, 0.2, 0.8, 1.0][number as usize % 4];
        let activation = if number % 8 < 4 { Activation::Relu } else { Activation::Tanh };
        let share = if alpha < 0.5 && activation == Activation::Relu { 0.7 } else { 0.95 };
        let at = gain(&inference(activation, nudging(alpha, alpha, 1.0)), &network);
        let inference = inference(activation, nudging(alpha, alpha, share / at));
        let verdict = probe(&inference, &up_down(), &network, 1000, 1e-4).verdict;
        if activation == Activation::Relu && verdict == Verdict::LimitCycle {
            cycles += 1;
        } else {
            assert_eq!(verdict, Verdict::Converged, "{number}: {activation:?}, α {alpha}");
        }
    }
    assert!(cycles <= 6, "{cycles} of 60");
}

#[test]
fn nothing_turns_with_dp_transpose_or_symmetric_nudging() {
    let network = Weights::random(&[8, 20, 16, 4], &mut draws(4000)).network();
    for (rule, alpha) in [(CreditRule::DpTranspose, 0.0), (CreditRule::DpTranspose, 0.3), (CreditRule::Dp, 0.5)] {
        let nudging = nudging(0.1, alpha, 5.0);
        let inference = Inference::new(Activation::Identity, Loss::HalfSquaredError, rule, nudging);
        assert_eq!(gain(&inference, &network), 0.0, "{rule:?}");
    }
    // The loss gradient does not follow the outputs.
    let linearised = Linearised { loss_gradient_at: LossGradientAt::InitialForward };
    let nudging = Nudging { output: OutputNudge::Linearised(linearised), ..nudging(0.0, 0.0, 5.0) };
    assert_eq!(gain(&inference(Activation::Identity, nudging), &network), 0.0);
}

/// With one hidden layer z² − κz − μ = 0 for κ = ½(1−2α)β and μ = (1−2α_h)βσ²: the gradient is a round old, and the
/// mean state moves with it.
#[test]
fn a_gradient_at_the_mean_state_comes_a_round_late() {
    let linearised = Linearised { loss_gradient_at: LossGradientAt::MeanState };
    for (alpha, alpha_hidden, beta) in [(0.0, 0.0, 0.8), (0.5, 0.1, 0.6), (1.0, 0.2, 0.9), (0.9, 0.9, 0.7)] {
        let (kappa, turn) = (0.5 * (1.0 - 2.0 * alpha) * beta, (1.0 - 2.0 * alpha_hidden) * beta);
        let output = OutputNudge::Linearised(linearised);
        let inference = inference(Activation::Identity, Nudging { output, ..nudging(alpha, alpha_hidden, beta) });
        for share in [0.9, 1.1] {
            let square = |lambda: f64| kappa * kappa / 4.0 + turn * lambda;
            // Complex, of size √−μ, where the gradient goes against the mean.
            let lambda = if turn < 0.0 { -share * share / turn } else { share * (share - f64::abs(kappa)) / turn };
            assert!(turn > 0.0 || square(lambda) < 0.0);
            let network = Weights::random(&[8, 12, 4], &mut draws(5000)).with_eigenvalue(1.0, lambda).network();
            let found = gain(&inference, &network);
            assert!((found / share - 1.0).abs() < 0.02, "{alpha}, {alpha_hidden}: {found} against {share}");
            // Complex deviations turn while they grow.
            let rate = rate_near(0.3, [20, 80], &inference, &round(2), &network);
            assert!((rate / share - 1.0).abs() < 0.03, "{alpha}, {alpha_hidden}: {rate} per pass against {share}");
        }
    }
}

#[test]
fn every_layer_keeps_what_its_damping_says() {
    let rule = CreditRule::DampedDp(Damping::default());
    for (alpha, damping) in
        [(1.0, [0.5, 1.2, 0.3]), (0.0, [0.5, 1.2, 0.3]), (0.9, [2.0, 0.1, 1.5]), (1.0, [3.0, 3.0, 3.0])]
    {
        let damped = nudging(alpha, alpha, 0.3);
        let dyads = DualPropagation::new(Activation::Identity, Loss::HalfSquaredError, rule, damped);
        let inference = Inference::of(dyads.with_damping(damping.map(|l| l as f32).to_vec()));
        let network =
            |lambda: f64| Weights::random(&[8, 14, 12, 10, 4], &mut draws(6000)).with_eigenvalue(1.0, lambda).network();
        for share in [0.9, 1.1] {
            let mut range = [0.1, 1000.0f64];
            for _ in 0..30 {
                let middle = (range[0] * range[1]).sqrt();
                range[usize::from(gain(&inference, &network(middle)) > share)] = middle;
            }
            let lambda = range[0];
            let found = gain(&inference, &network(lambda));
            assert!((found / share - 1.0).abs() < 0.01, "{found} at λ {lambda}");
            let rate = rate(&inference, &round(4), &network(lambda));
            assert!((rate / share - 1.0).abs() < 0.03, "{alpha}, {damping:?}: {rate} per pass against {share}");
            // Damping tolerates more where the deviation turns its sign, and slows it down where not.
            let undamped = (1.0 - 2.0 * alpha).abs() * 0.3 * lambda;
            assert!(if alpha > 0.5 { undamped > 1.3 } else { (undamped - 1.0) / (share - 1.0) > 1.3 }, "{undamped}");
        }
    }
}

fn images(layers: serde_json::Value) -> Network {
    let layers: Vec<Layer> = serde_json::from_value(layers).unwrap();
    let image = Shape { channels: 2, rows: 6, columns: 8 };
    let architecture = Architecture::new(image, &layers, Some(4), MaximaSettings::default()).unwrap();
    architecture.random(Initialization::LecunNormal, 5).unwrap()
}

/// Convolutions, averages and skips, and errors that go back through an array of their own.
#[test]
fn any_graph_has_its_gain() {
    let mut network = images(json!([
        {"convolution": {"features": 4, "kernel": 3, "padding": "same", "name": "first"}},
        {"convolution": {"features": 4, "kernel": 3, "padding": "same"}},
        {"skip": {"from": "first"}},
        {"average_pool": {"window": 2, "stride": 1}},
        {"dense": {"units": 7}}
    ]));
    for (feedback, gamma) in [("\"transposed\"", 1.0), ("\"transposed\"", 0.6), ("{\"mirrored\": {\"std\": 0.3}}", 1.2)]
    {
        let feedback: FeedbackWeights = serde_json::from_str(feedback).unwrap();
        network.set_arrays(feedback, Initialization::LecunNormal, [false, false], Seeds::default());
        for alpha in [0.1, 0.9] {
            let of = |beta: f64| {
                let feedback_gain = Positive::new(gamma).unwrap();
                inference(Activation::Identity, Nudging { feedback_gain, ..nudging(alpha, alpha, beta) })
            };
            let at = gain(&of(1.0), &network);
            for share in [0.9, 1.1] {
                let inference = of(share / at);
                let rate = rate(&inference, &up_down(), &network);
                assert!((rate / share - 1.0).abs() < 0.03, "{feedback:?}, γ {gamma}: {rate} per pass against {share}");
                let verdict = probe(&inference, &up_down(), &network, 500, 1e-4).verdict;
                assert_eq!(verdict, expected(share), "{feedback:?}, γ {gamma}, α {alpha}");
            }
        }
    }
}

/// Targets so near that maxima stay where they are.
#[test]
fn errors_go_back_to_the_maxima() {
    let network = images(json!([
        {"convolution": {"features": 4, "kernel": 3, "padding": "same"}},
        {"convolution": {"features": 5, "kernel": 3, "padding": 1}},
        {"max_pool": {"window": 2}},
        {"dense": {"units": 7}}
    ]));
    for alpha in [0.1, 0.9] {
        let at = gain(&inference(Activation::Identity, nudging(alpha, alpha, 1.0)), &network);
        let inference = inference(Activation::Identity, nudging(alpha, alpha, 0.9 / at));
        let rate = rate_near(1e-3, [10, 30], &inference, &up_down(), &network);
        assert!((rate / 0.9 - 1.0).abs() < 0.03, "{rate} per pass");
    }
}

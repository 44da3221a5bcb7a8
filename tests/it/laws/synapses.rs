//! Laws of synapses that are devices: spreads, writes, failures, retention, endurance, pulses, events. Every bound is
//! four standard errors of the law that is tested.
use dyadsim::linalg::{Matrix, WeightMatrix};
use dyadsim::random::Seeds;
use dyadsim::synapse::array::SynapseArray;
use dyadsim::synapse::config::SynapseConfig;
use dyadsim::synapse::pulsed::array::PulsedArray;
use dyadsim::synapse::pulsed::config::PulsedDevice;
use dyadsim::synapse::pulsed::train::PulseTrain;
use law_assertions::{assert_estimate, assert_mean, assert_share, assert_variance, kurtosis, mean, variance};
use serde_json::{Value, json};

const POST: usize = 100;
const PRE: usize = 400;
const N: usize = POST * PRE;

/// Synapses of one layer with all levels at 1, and their weight.
fn synapses(device: Value, level: f32) -> (SynapseArray, WeightMatrix) {
    array(json!({"binary": {"scale": {"fixed": {"value": 1}}, "device": {"conductance": device}}}), level)
}

fn array(config: Value, level: f32) -> (SynapseArray, WeightMatrix) {
    let config: SynapseConfig = serde_json::from_value(config).unwrap();
    let mut weight = WeightMatrix::zeros(POST, PRE);
    let latent = vec![level; weight.stride() * PRE];
    let mut array = SynapseArray::new(&config.quantised().unwrap(), 1, &weight, &latent, Seeds::default());
    array.deliver(&latent, None, &mut weight);
    (array, weight)
}

/// Writes level number `code` into all synapses.
fn write_all(array: &mut SynapseArray, weight: &mut WeightMatrix, code: u8, step: u64) {
    let stride = weight.stride();
    let places = (0..PRE).flat_map(move |j| (0..POST).map(move |i| ((j * stride + i) as u32, code)));
    array.program(places, step, weight);
}

/// Mean and variance of a normal law.
fn assert_normal(x: &[f32], mean: f64, variance: f64, what: &str) {
    assert_mean(x, mean, variance, what);
    assert_variance(x, variance, kurtosis::NORMAL, what);
}

fn weights(weight: &WeightMatrix) -> Vec<f32> {
    weight.to_matrix().iter().copied().collect()
}

#[test]
fn an_ideal_synapse_holds_its_level_whatever_the_ratio() {
    for device in
        [json!({}), json!({"on_off_ratio": 3}), json!({"arrangement": "differential_pair", "on_off_ratio": 2})]
    {
        let (mut array, mut weight) = synapses(device, 1.0);
        assert!(weights(&weight).iter().all(|&w| w == 1.0));
        write_all(&mut array, &mut weight, 0, 0);
        assert!(weights(&weight).iter().all(|&w| w == -1.0));
    }
}

/// w = (2g − on − off)/(on − off): the spread of the on-conductance is seen twice, over the window.
#[test]
fn spread_of_the_conductances_is_divided_by_the_window() {
    for ratio in [2.0, 10.0] {
        let off: f64 = 1.0 / ratio;
        let spread = json!({"std": 0.05, "distribution": "normal"});
        let device = json!({"on_off_ratio": ratio, "on_spread": spread, "off_spread": spread});
        let (mut array, mut weight) = synapses(device, 1.0);
        assert_normal(&weights(&weight), 1.0, (2.0 * 0.05 / (1.0 - off)).powi(2), "on");
        write_all(&mut array, &mut weight, 0, 0);
        assert_normal(&weights(&weight), -1.0, (2.0 * 0.05 * off / (1.0 - off)).powi(2), "off");
    }
}

#[test]
fn a_pair_adds_the_spreads_of_both_devices() {
    let spread = json!({"std": 0.05, "distribution": "normal"});
    let device =
        json!({"arrangement": "differential_pair", "on_off_ratio": 4, "on_spread": spread, "off_spread": spread});
    let (_, weight) = synapses(device, 1.0);
    let variance = 0.05f64.powi(2) * (1.0 + 0.25f64.powi(2)) / 0.75f64.powi(2);
    assert_normal(&weights(&weight), 1.0, variance, "the weights");
}

#[test]
fn a_write_draws_new_noise_and_time_without_a_write_draws_none() {
    let (mut array, mut weight) = synapses(json!({"write_noise_std": 0.1, "on_off_ratio": 5}), 1.0);
    let first = weights(&weight);
    array.pass_time(0, &mut weight);
    assert_eq!(first, weights(&weight));
    write_all(&mut array, &mut weight, 1, 0);
    let second = weights(&weight);
    // Both are on + noise: 2·0.1/(1 − 0.2) each, independently.
    let differences: Vec<f32> = first.iter().zip(&second).map(|(a, b)| a - b).collect();
    assert_normal(&differences, 0.0, 2.0 * (2.0 * 0.1 / 0.8f64).powi(2), "two writes");
    assert!(array.counts().writes.iter().filter(|&&n| n == 1).count() == POST * PRE);
    assert!(array.counts().flips.iter().all(|&n| n == 0), "a write of the same level is no flip");
}

#[test]
fn failed_writes_leave_the_synapse_as_it_was_and_are_counted() {
    let (mut array, mut weight) = synapses(json!({"failed_write_probability": 0.3}), 1.0);
    write_all(&mut array, &mut weight, 0, 0);
    let failed = weights(&weight).iter().filter(|&&w| w == 1.0).count();
    assert_share(failed, N, 0.3, "failed writes");
    let totals = array.take_totals();
    assert_eq!((totals.writes, totals.flips), (N as u64, N as u64 - failed as u64));

    let (mut array, mut weight) = synapses(json!({"failed_write_probability": 0.3, "write_attempts": 3}), 1.0);
    write_all(&mut array, &mut weight, 0, 0);
    assert_share(weights(&weight).iter().filter(|&&w| w == 1.0).count(), N, 0.027, "writes given up");
    // Attempts: 1 + 0.3 + 0.09 in the mean, with variance p + 3p² − (p + p²)² for p = 0.3 (geometric, cut at 3).
    let p = 0.3f64;
    let variance = p + 3.0 * p * p - (p + p * p).powi(2);
    let attempts = array.take_totals().writes as f64 / N as f64;
    assert_estimate(attempts, 1.0 + p + p * p, (variance / N as f64).sqrt(), "attempts");
}

#[test]
fn stuck_devices_have_their_share_and_stay() {
    let (mut array, mut weight) = synapses(json!({"stuck_on": 0.1, "stuck_off": 0.2}), 1.0);
    assert_share(weights(&weight).iter().filter(|&&w| w == -1.0).count(), N, 0.2, "stuck off");
    write_all(&mut array, &mut weight, 0, 0);
    assert_share(weights(&weight).iter().filter(|&&w| w == 1.0).count(), N, 0.1, "stuck on");
}

#[test]
fn levels_are_lost_at_the_flip_rate() {
    let (mut array, mut weight) = synapses(json!({"retention": {"flip_rate": {"per_step": 0.02}}}), 1.0);
    array.pass_time(0, &mut weight);
    assert_share(weights(&weight).iter().filter(|&&w| w == -1.0).count(), N, 0.02, "flipped synapses");
    (1..20).for_each(|step| array.pass_time(step, &mut weight));
    // Of a two-state chain: (1 − (1 − 2p)^n)/2.
    assert_share(
        weights(&weight).iter().filter(|&&w| w == -1.0).count(),
        N,
        (1.0 - 0.96f64.powi(20)) / 2.0,
        "flipped synapses",
    );
}

/// g falls as (t/t₀)^−ν from the time of its own write on.
#[test]
fn conductances_drift_with_the_time_since_their_write() {
    let drift = json!({"nu": 0.1, "nu_std": 0.02, "t0_s": 1, "step_s": 10});
    let (mut array, mut weight) = synapses(json!({"retention": {"drift": drift}}), 1.0);
    write_all(&mut array, &mut weight, 1, 99);
    array.pass_time(199, &mut weight);
    // w = 2g − 1 and t/t₀ = 10 · 101 after the write in step 99.
    let exponents: Vec<f32> = weights(&weight).into_iter().map(|w| -((w + 1.0) / 2.0).ln() / 1010f32.ln()).collect();
    assert_normal(&exponents, 0.1, 0.02f64.powi(2), "the exponent");
}

#[test]
fn a_worn_synapse_stays_as_it_is() {
    let (mut array, mut weight) = synapses(json!({"endurance": {"writes": 10, "log_std": 0.5}}), 1.0);
    for step in 0..20 {
        write_all(&mut array, &mut weight, (step % 2) as u8, step);
    }
    let before = weights(&weight);
    write_all(&mut array, &mut weight, 0, 20);
    let after = weights(&weight);
    let flipped = before.iter().zip(&after).filter(|(a, b)| a != b).count();
    // The number of writes is rounded: after 20 of them those that tolerate 21 or more flip once more.
    let normal = statrs::distribution::Normal::standard();
    let worn = statrs::distribution::ContinuousCDF::cdf(&normal, (20.5f64 / 10.0).ln() / 0.5);
    assert_share(flipped, N, 1.0 - worn, "synapses that are not worn");
}

#[test]
fn levels_between_the_bounds_are_held_too() {
    let config = json!({"levels": {"levels": {"uniform": {"count": 5}}, "scale": {"fixed": {"value": 2}},
        "device": {"conductance": {"arrangement": "differential_pair", "on_off_ratio": 10}}}});
    let (_, weight) = array(config, 0.4);
    assert!(weights(&weight).iter().all(|&w| (w - 1.0).abs() < 1e-6));
}

#[test]
fn a_binary_synapse_of_pulsed_devices_ends_at_its_bounds() {
    let config = json!({"binary": {"scale": {"fixed": {"value": 1}}, "device": {"pulsed": {"pulses_per_write": 40,
        "device": {"model": "constant_step", "dw_min": 0.1, "w_min": -1, "w_max": 1, "w_max_dtod": 0.2}}}}});
    let (mut array, mut weight) = array(config, 1.0);
    assert_normal(&weights(&weight), 1.0, 0.04, "the upper bound");
    write_all(&mut array, &mut weight, 0, 0);
    assert!(weights(&weight).iter().all(|&w| w == -1.0));
}

fn pulsed(settings: Value) -> PulsedDevice {
    let mut device = json!({"model": "constant_step", "dw_min": 0.001, "w_min": -1, "w_max": 1});
    device.as_object_mut().unwrap().extend(settings.as_object().unwrap().clone());
    serde_json::from_value(device).unwrap()
}

fn read_all(array: &PulsedArray) -> Vec<f32> {
    (0..PRE).flat_map(|j| (0..POST).map(move |i| (i, j))).map(|(i, j)| array.read(i, j)).collect()
}

/// In the mean over devices Δw = η d x; every pulse that meets is one step.
#[test]
fn stochastic_trains_make_the_wanted_change_in_the_mean() {
    for kind in ["stochastic", "mean_count"] {
        let train: PulseTrain = serde_json::from_value(json!({"kind": kind})).unwrap();
        let mut array = PulsedArray::draw(&pulsed(json!({})), Seeds::default(), 1, POST, PRE);
        let d = Matrix::from_element(POST, 1, -0.5);
        let x = Matrix::from_element(PRE, 1, 0.8);
        let updates = 200;
        for step in 0..updates {
            array.update(d.as_view(), x.as_view(), 0.01, &train, step);
        }
        // 4 pulses of 0.001 in the mean; rows and columns share trains, so that the rows are the independent ones.
        let wanted = -0.01 * 0.5 * 0.8 * updates as f64;
        let per_update = 4.0 * 1e-6;
        let error = (updates as f64 * per_update / POST as f64).sqrt();
        assert_estimate(mean(&read_all(&array)), wanted, error, kind);
    }
}

#[test]
fn noise_of_a_step_adds_up_over_pulses() {
    let device = pulsed(json!({"dw_min_std": 0.5, "write_noise_std": 2}));
    let mut array = PulsedArray::draw(&device, Seeds::default(), 1, POST, PRE);
    let mut draw = dyadsim::random::stream(1, dyadsim::random::Purpose::SynapseWrite, &[9]);
    for j in 0..PRE {
        (0..POST).for_each(|i| array.pulse(i, j, true, 100, &mut draw));
    }
    // 100 steps of 0.001 (1 + 0.5 ξ), and write noise of 2 · 0.001 once.
    assert_normal(&read_all(&array), 0.1, 100.0 * 0.0005f64.powi(2) + 0.002f64.powi(2), "100 pulses");
}

#[test]
fn spreads_of_pulsed_devices_are_those_of_the_settings() {
    let device = pulsed(json!({"dw_min_dtod": 0.3, "up_down": 0.2, "stuck": {"probability": 0.1, "range": 0.5}}));
    let mut array = PulsedArray::draw(&device, Seeds::default(), 1, POST, PRE);
    let resting = read_all(&array);
    let stuck: Vec<f32> = resting.iter().copied().filter(|&w| w != 0.0).collect();
    assert_share(stuck.len(), N, 0.1, "stuck devices");
    assert_mean(&stuck, 0.0, 0.25 / 3.0, "stuck devices");
    assert_variance(&stuck, 0.25 / 3.0, kurtosis::UNIFORM, "stuck devices");
    let mut draw = dyadsim::random::stream(1, dyadsim::random::Purpose::SynapseWrite, &[9]);
    for j in 0..PRE {
        (0..POST).for_each(|i| array.pulse(i, j, false, 1, &mut draw));
    }
    let moved = read_all(&array).into_iter().zip(&resting).filter(|(_, r)| **r == 0.0);
    let steps: Vec<f32> = moved.map(|(w, _)| -w / 0.001).collect();
    let (mean, variance) = (mean(&steps), variance(&steps));
    // Down: g − 0.2 with g of spread 0.3; taken without sign, which matters for 0.4 % of the devices.
    assert!((mean - 0.8).abs() < 0.01, "{mean}");
    assert!((variance - 0.09).abs() < 0.005, "{variance}");
}

/// A tenth at the highest, a fifth at the lowest weight, each of the device itself; pulses and a reset move the others alone.
#[test]
fn stuck_pulsed_devices_have_their_share_at_both_bounds_and_stay() {
    let spread = json!({"w_max_dtod": 0.1, "w_min_dtod": 0.1, "stuck": {"on": 0.1, "off": 0.2}});
    for changes in [json!({}), json!({"w_min": 0, "one_sided_pair": {}})] {
        let mut settings = spread.clone();
        settings.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        let is_pair = settings.get("one_sided_pair").is_some();
        let mut array = PulsedArray::draw(&pulsed(settings), Seeds::default(), 1, POST, PRE);
        let resting = read_all(&array);
        let high: Vec<f32> = resting.iter().copied().filter(|w| *w > 0.5).collect();
        let low = resting.iter().filter(|w| **w < -0.5).count();
        if is_pair {
            // One of the two is on, and the other is not.
            assert_share(high.len(), N, 0.1 * 0.9, "stuck at the highest difference");
            assert_share(low, N, 0.1 * 0.9, "stuck at the lowest difference");
        } else {
            assert_share(high.len(), N, 0.1, "stuck at the highest weight");
            assert_share(low, N, 0.2, "stuck at the lowest weight");
            assert_normal(&high, 1.0, 0.01, "highest weights");
        }
        let mut draw = dyadsim::random::stream(1, dyadsim::random::Purpose::SynapseWrite, &[9]);
        for j in 0..PRE {
            (0..POST).for_each(|i| array.pulse(i, j, true, 100, &mut draw));
        }
        let moved = read_all(&array);
        let still = moved.iter().zip(&resting).filter(|(a, b)| a == b).count();
        // Up moves the plus device of a pair.
        assert_share(still, N, 0.3, "devices that do not move");
        let steps: Vec<f32> = moved.iter().zip(&resting).map(|(a, b)| a - b).filter(|step| *step != 0.0).collect();
        assert!(steps.iter().all(|step| (step - 0.1).abs() < 1e-3));
    }
}

#[test]
fn a_decaying_device_loses_its_share_with_every_mini_batch() {
    let device = pulsed(json!({"decay": {"lifetime_batches": 100}, "dw_min": 0.1}));
    let mut array = PulsedArray::draw(&device, Seeds::default(), 1, POST, PRE);
    array.set(&WeightMatrix::from_matrix(&Matrix::from_element(POST, PRE, 0.8)), &[1.0; POST]);
    (0..50).for_each(|step| assert!(array.pass_time(step)));
    let expected = 0.8 * 0.99f32.powi(50);
    assert!(read_all(&array).iter().all(|w| (w - expected).abs() < 1e-4));
}

#[test]
fn a_pair_that_only_moves_up_is_refreshed_and_keeps_its_difference() {
    // The trains of the refresh send all their 31 pulses: rounding leaves their probabilities at 1.
    let step = 0.0078125;
    let device = pulsed(json!({"dw_min": step, "w_min": 0, "one_sided_pair": {"above": 0.5, "other_above": 0.25}}));
    let mut array = PulsedArray::draw(&device, Seeds::default(), 1, POST, PRE);
    let mut draw = dyadsim::random::stream(1, dyadsim::random::Purpose::SynapseWrite, &[9]);
    for (up, count) in [(true, 71), (false, 40)] {
        (0..PRE).for_each(|j| (0..POST).for_each(|i| array.pulse(i, j, up, count, &mut draw)));
    }
    let before = read_all(&array);
    assert!(before.iter().all(|w| (w - 31.0 * step).abs() < 1e-4));
    array.pass_time(0);
    assert!(read_all(&array).iter().all(|w| (w - 31.0 * step).abs() < 1e-4));
    // Refreshed, there is room for 97 more steps up: without a refresh only 57.
    (0..PRE).for_each(|j| (0..POST).for_each(|i| array.pulse(i, j, true, 90, &mut draw)));
    assert!(read_all(&array).iter().all(|w| (w - 121.0 * step).abs() < 1e-3));
}

#[test]
fn pulses_and_devices_do_not_depend_on_the_number_of_threads() {
    let model: Value = serde_json::from_str(include_str!("../../../hw_models/reram_sb.json")).unwrap();
    let device: PulsedDevice = serde_json::from_value(model["synapses"]["pulsed"]["device"].clone()).unwrap();
    let run = |threads: usize| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let mut array = PulsedArray::draw(&device, Seeds::default(), 1, POST, PRE);
            let d = Matrix::from_fn(POST, 5, |i, b| ((i * 7 + b) % 13) as f32 / 13.0 - 0.4);
            let x = Matrix::from_fn(PRE, 5, |j, b| ((j * 5 + b) % 11) as f32 / 11.0);
            array.update(d.as_view(), x.as_view(), 0.02, &PulseTrain::default(), 3);
            array
        })
    };
    let one = run(1);
    assert!(one.counts().iter().any(|&n| n > 0));
    assert_eq!(one, run(2));
    assert_eq!(one, run(5));
}

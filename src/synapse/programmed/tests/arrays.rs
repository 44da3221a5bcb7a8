//! Keys, threads, mapping and compensation.
use super::*;
use crate::parameter::{Fraction, Repeats};
use crate::synapse::programmed::config::{DriftCompensation, Mapping, MeanOfPairs};
use law_assertions::{assert_estimate, assert_share, variance};

fn doubles(read: &Matrix) -> Vec<f64> {
    read.iter().skip(1).map(|&w| f64::from(w)).collect()
}

fn mean_magnitude(read: &Matrix) -> f64 {
    read.iter().map(|w| f64::from(w.abs())).sum::<f64>() / read.len() as f64
}

fn graded(post: usize, pre: usize) -> Matrix {
    Matrix::from_fn(post, pre, |i, j| ((i * 7 + j * 13) % 23) as f32 / 11.0 - 1.0)
}

#[test]
fn without_error_drift_and_noise_weights_come_back() {
    let weights = graded(50, 37);
    for model in [ProgrammedModel::PcmLike, HERMES_ONE, HERMES_TWO, state_independent(), CMO_WIDE] {
        let config = ProgrammedSynapses { read_noise: false, ..reads_only(model) };
        let read = ProgrammedArray::program(&weights, &config, EVENT).read(1e5, &[]).unwrap();
        assert!((read - &weights).amax() < 1e-5);
    }
}

#[test]
fn results_do_not_depend_on_the_number_of_threads() {
    let config = ProgrammedSynapses {
        drift_compensation: DriftCompensation::Global,
        mapping: Mapping::MeanOfPairs(MeanOfPairs { pairs: Repeats::constant(3) }),
        ..settings(ProgrammedModel::PcmLike)
    };
    let run = |threads| {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        pool.install(|| {
            let array = ProgrammedArray::program(&graded(50, 37), &config, EVENT);
            let read = array.read(1e3, &[1, 2]).unwrap();
            (array, read)
        })
    };
    assert_eq!(run(1), run(3));
}

#[test]
fn every_key_has_noise_of_its_own() {
    let config = settings(ProgrammedModel::PcmLike);
    let read = |event: ProgrammingEvent, reader: &[u64]| {
        ProgrammedArray::program(&weights(0.5), &config, event).read(100.0, reader).unwrap()
    };
    let reference = read(EVENT, &[1]);
    assert_eq!(reference, read(EVENT, &[1]));
    let uncorrelated = |other: &Matrix| {
        assert_correlation(&doubles(&reference), &doubles(other), 0.0, "two reads");
    };
    let seeds = Seeds { chip: 9, noise: 9, ..EVENT.seeds };
    uncorrelated(&read(ProgrammingEvent { seeds, ..EVENT }, &[1]));
    uncorrelated(&read(ProgrammingEvent { layer: 3, ..EVENT }, &[1]));
    // Another reader finds the same devices with other noise.
    let frozen = ProgrammedArray::program(&weights(0.5), &reads_only(ProgrammedModel::PcmLike), EVENT);
    let [a, b] = [1, 2].map(|reader| doubles(&frozen.read(100.0, &[reader]).unwrap()));
    assert_correlation(&a, &b, 0.0, "two readers");
}

#[test]
fn drift_belongs_to_the_chip_and_the_error_to_the_event() {
    let config = settings(ProgrammedModel::PcmLike);
    let normals = |event: ProgrammingEvent| -> (Vec<f64>, Vec<f64>) {
        let devices = plus_devices(&ProgrammedArray::program(&weights(0.5), &config, event));
        devices.iter().map(|d| (f64::from(d.programming), f64::from(d.drift))).unzip()
    };
    let (error, drift) = normals(EVENT);
    assert_correlation(&error, &drift, 0.0, "error and drift");
    let (other_error, same_drift) = normals(ProgrammingEvent { event: 1, ..EVENT });
    assert_eq!(drift, same_drift);
    assert_correlation(&error, &other_error, 0.0, "two events");
    let (same_error, other_drift) = normals(ProgrammingEvent { seeds: Seeds { chip: 9, ..EVENT.seeds }, ..EVENT });
    assert_eq!(error, same_error);
    assert_correlation(&drift, &other_drift, 0.0, "two chips");
}

#[test]
fn compensation_restores_the_mean_magnitude() {
    // 5·10⁴ times t₀: 50001^−0.049 = 0.588, raised a little by the spread of ν.
    let time_s = 1e6;
    let plain = array(&settings(ProgrammedModel::PcmLike), 0.5);
    let start = mean_magnitude(&plain.read(0.0, &[]).unwrap());
    let left = mean_magnitude(&plain.read(time_s, &[]).unwrap()) / start;
    assert!((0.55..0.65).contains(&left), "{left}");
    let config =
        ProgrammedSynapses { drift_compensation: DriftCompensation::Global, ..settings(ProgrammedModel::PcmLike) };
    let compensated = array(&config, 0.5);
    let aged = compensated.aged(time_s).unwrap();
    let restored = mean_magnitude(&aged.read(&[])) / start;
    // Four independent reads, each with a noise of less than 8 % of a weight.
    let error = 2.0 * 0.08 / N.sqrt();
    assert_estimate(restored, 1.0, error, "restored magnitude");
    assert_estimate(f64::from(aged.compensation()) * left, 1.0, error, "compensation");
    // The calibrating reads have noise of their own.
    assert_ne!(compensated.aged(0.0).unwrap().compensation(), 1.0);
}

/// Both devices of a pair may be stuck: a tenth at g_max, a fifth at g_min.
#[test]
fn stuck_devices_have_their_share_and_neither_err_nor_drift() {
    let config = ProgrammedSynapses {
        stuck_on: Fraction::constant(0.1),
        stuck_off: Fraction::constant(0.2),
        read_noise: false,
        ..settings(ProgrammedModel::PcmLike)
    };
    let array = array(&config, 0.5);
    let n = SIDE * SIDE - 1;
    let largest = config.law().operation.g_max_us as f32;
    for time_s in [0.0, 1e6] {
        let read = doubles(&array.read(time_s, &[]).unwrap());
        let near = |w: f64| read.iter().filter(|x| (**x - w).abs() < 1e-6).count();
        let aged = array.aged(time_s).unwrap();
        let stuck: Vec<bool> = plus_devices(&array).iter().map(|device| device.is_stuck).collect();
        let conductances = plus(&aged.conductances);
        let at = |g: f32| conductances.iter().zip(&stuck).filter(|(own, stuck)| **stuck && own.mean == g).count();
        assert_share(at(largest), n, 0.1, "stuck on");
        assert_share(at(0.0), n, 0.2, "stuck off");
        // The minus device is to stand at 0, below which the error of half of those that are free would bring it.
        assert_share(near(1.0), n, 0.1 * (0.2 + 0.7 / 2.0), "plus on, minus at 0");
        assert_share(near(-1.0), n, 0.2 * 0.1, "plus off, minus on");
    }
    // They belong to the chip, not to the event or the noise.
    let stuck = |event| {
        let array = ProgrammedArray::program(&weights(0.5), &config, event);
        array.devices.iter().map(|device| device.is_stuck).collect::<Vec<_>>()
    };
    let seeds = |chip, noise| Seeds { chip, noise, ..EVENT.seeds };
    assert_eq!(stuck(EVENT), stuck(ProgrammingEvent { event: 3, seeds: seeds(EVENT.seeds.chip, 99), ..EVENT }));
    assert_ne!(stuck(EVENT), stuck(ProgrammingEvent { seeds: seeds(99, EVENT.seeds.noise), ..EVENT }));
}

#[test]
fn the_mean_of_four_pairs_has_a_quarter_of_the_variance() {
    let config = |mapping| ProgrammedSynapses { mapping, ..settings(ProgrammedModel::PcmLike) };
    let std = |mapping| variance(&doubles(&array(&config(mapping), 0.5).read(0.0, &[]).unwrap())).sqrt();
    let ratio = std(Mapping::SinglePair) / std(Mapping::MeanOfPairs(MeanOfPairs { pairs: Repeats::constant(4) }));
    // Relative standard error 1/√(2n) of each.
    assert_estimate(ratio / 2.0, 1.0, 1.0 / N.sqrt(), "ratio");
}

#[test]
fn empty_and_zero_layers_are_read_as_such() {
    let config =
        ProgrammedSynapses { drift_compensation: DriftCompensation::Global, ..settings(ProgrammedModel::PcmLike) };
    for (post, pre) in [(0, 5), (5, 0), (4, 5)] {
        let read = ProgrammedArray::program(&Matrix::zeros(post, pre), &config, EVENT).read(1.0, &[]).unwrap();
        assert_eq!(read, Matrix::zeros(post, pre));
    }
}

#[test]
fn a_time_that_was_not_measured_is_refused() {
    let refused = |model, time_s| {
        let config = settings(model);
        ProgrammedArray::program(&graded(3, 2), &config, EVENT).read(time_s, &[]).is_err()
    };
    assert!(refused(ProgrammedModel::ReramWan2022, 3600.0) && !refused(ProgrammedModel::ReramWan2022, 86_400.0));
    assert!(refused(CMO_WIDE, 0.5) && !refused(CMO_WIDE, 0.0) && !refused(CMO_WIDE, 1.0));
    assert!(refused(ProgrammedModel::PcmLike, -1.0) && refused(ProgrammedModel::PcmLike, f64::NAN));
}

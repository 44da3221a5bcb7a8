//! What a die does with a convolution: the first two moments of its reads against the naive implementation of
//! [`super::naive`], and the mismatch of its units.
use super::naive::{Naive, hardware, naive_back, naive_forward, peripheries, rows};
use dyadsim::device::noise_key::Context;
use dyadsim::map::MaximaSettings;
use dyadsim::network::{Architecture, Layer};
use dyadsim::prelude::*;
use dyadsim::relax::schedule::Update;
use law_assertions::{STANDARD_ERRORS, assert_correlation, assert_mean, assert_variance, kurtosis, mean, variance};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256PlusPlus;
use serde_json::{Value, json};

pub(super) const IMAGE: Shape = Shape { channels: 2, rows: 5, columns: 4 };
/// Copies of each of two images in a batch, and batches.
pub(super) const COPIES: usize = 200;
pub(super) const BATCHES: u64 = 50;

/// A network of linear dyads whose last layer are the outputs, on this hardware.
pub(super) struct Chip {
    pub network: Network,
    inference: Inference,
    pub state: NetworkState,
}

impl Chip {
    pub fn new(image: Shape, layers: &Value, hardware_model: &Value, samples: usize) -> Self {
        let layers: Vec<Layer> = serde_json::from_value(layers.clone()).unwrap();
        let architecture = Architecture::new(image, &layers, None, MaximaSettings::default()).unwrap();
        let mut network = architecture.random(Initialization::LecunNormal, 3).unwrap();
        let nudging = Nudging { beta: Positive::new(1.0).unwrap(), ..Nudging::default() };
        let inference = Inference::new(Activation::Identity, Loss::HalfSquaredError, CreditRule::DpTranspose, nudging);
        let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::LecunNormal);
        let inference =
            inference.on_die(&hardware(hardware_model), &mut network, feedback, initialization, Seeds::default());
        let state = NetworkState::zeros(&network, samples, &inference.substrate);
        Self { network, inference, state }
    }

    pub fn infer(&mut self, step: u64, inputs: &Matrix, targets: &Matrix, updates: Vec<Update>) {
        self.state.begin(Context::Training, step);
        let plan = Plan { updates, ..Plan::default() };
        let Self { network, inference, state } = self;
        inference.infer(network, inputs.as_view(), targets.as_view(), &plan, state, None);
    }
}

/// Means of two samples of every unit within 4 standard errors, standard deviations within 5 %.
pub(super) fn assert_same_moments(found: &[Vec<f64>], expected: &[Vec<f64>], what: &str) {
    assert_eq!(found.len(), expected.len());
    let mut moving = 0;
    for (unit, (found, expected)) in found.iter().zip(expected).enumerate() {
        let (a, b) = (variance(found), variance(expected));
        let error = (a / found.len() as f64 + b / expected.len() as f64).sqrt();
        let apart = (mean(found) - mean(expected)).abs();
        assert!(apart <= STANDARD_ERRORS * error + 1e-5, "{what}, unit {unit}: means {apart} apart, error {error}");
        // A unit that clips in nearly every read varies by a few rare ones.
        if b.sqrt() > 0.02 {
            moving += 1;
            assert!((a.sqrt() / b.sqrt() - 1.0).abs() < 0.05, "{what}, unit {unit}: {} for {}", a.sqrt(), b.sqrt());
        }
    }
    assert!(2 * moving > found.len(), "{what}: reads that do not vary prove nothing");
}

/// Two images, and a batch of copies of them in turn, in the order of files.
pub(super) fn images(shape: Shape) -> (Vec<Vec<f64>>, Matrix) {
    // Nowhere halfway between two levels of a converter, where rounding would be a matter of precision.
    let image = |which: usize| (0..shape.units()).map(move |unit| (1.7 * unit as f64 + which as f64).sin() as f32);
    let images: Vec<Vec<f64>> = (0..2).map(|which| image(which).map(f64::from).collect()).collect();
    let in_file = |unit: usize| unit % shape.places() * shape.channels + unit / shape.places();
    let batch = Matrix::from_fn(shape.units(), 2 * COPIES, |unit, j| images[j % 2][in_file(unit)] as f32);
    (images, batch)
}

/// Sorts what a batch gives (unit × sample) to the samples of every unit of this image.
pub(super) fn collect(samples: &mut [Vec<f64>], image: usize, numbers: impl Fn(usize, usize) -> f64) {
    for (unit, own) in samples.iter_mut().enumerate() {
        own.extend((image..2 * COPIES).step_by(2).map(|sample| numbers(unit, sample)));
    }
}

#[test]
fn a_convolution_is_read_as_aihwkit_reads_unfolded_images() {
    let (images, batch) = images(IMAGE);
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(11);
    let layers = json!([{"convolution": {"features": 3, "kernel": 3, "padding": 1}}]);
    for (name, own) in peripheries() {
        let mut chip = Chip::new(IMAGE, &layers, &json!({"arrays": {"forward": own.json()}}), 2 * COPIES);
        let units = chip.network.units()[1];
        let empty = || vec![vec![vec![]; units]; 4];
        let (mut found, mut expected) = (empty(), empty());
        let targets = Matrix::zeros(units, 2 * COPIES);
        let rows = rows(&chip.network, 0);
        for step in 0..BATCHES {
            chip.infer(step, &batch, &targets, vec![Update::OutputsUnnudged]);
            let dyads = &chip.state.dyads()[0];
            for image in 0..2 {
                collect(&mut found[2 * image], image, |i, j| dyads.s_plus[(i, j)].into());
                collect(&mut found[2 * image + 1], image, |i, j| dyads.s_minus[(i, j)].into());
                for _ in 0..COPIES {
                    let reads = naive_forward(&own, &rows, IMAGE, &images[image], &mut draw);
                    for (side, reads) in reads.iter().enumerate() {
                        expected[2 * image + side].iter_mut().zip(reads).for_each(|(all, &y)| all.push(y));
                    }
                }
            }
        }
        for (which, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_same_moments(found, expected, &format!("{name}, image {}, side {}", which / 2, which % 2));
        }
        if own.dac.is_some() || own.dac_noise > 0.0 {
            continue;
        }
        // Places are reads of their own: their noise has nothing in common, that of compartments its share.
        let (plus, minus) = (&found[0], &found[1]);
        assert_correlation(&plus[0], &plus[3], 0.0, format!("{name}: two places"));
        assert_correlation(&plus[0], &plus[1], 0.0, format!("{name}: two features"));
        assert_correlation(&plus[0], &minus[0], own.common_mode, format!("{name}: two compartments"));
    }
}

/// The pooling stands behind the converters and follows the mean of both compartments.
#[test]
fn pooled_reads_follow_the_mean_of_both_compartments() {
    let (images, batch) = images(IMAGE);
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(12);
    let layers = json!([{"convolution": {"features": 3, "kernel": 3, "padding": 1}}, {"max_pool": {"window": 2}}]);
    let (_, own) = peripheries()[3];
    let own = Naive { std: 0.3, ..own };
    let mut chip = Chip::new(IMAGE, &layers, &json!({"arrays": {"forward": own.json()}}), 2 * COPIES);
    let units = chip.network.units()[1];
    let (mut found, mut expected) = (vec![vec![vec![]; units]; 2], vec![vec![vec![]; units]; 2]);
    let (targets, rows) = (Matrix::zeros(units, 2 * COPIES), rows(&chip.network, 0));
    for step in 0..BATCHES {
        chip.infer(step, &batch, &targets, vec![Update::OutputsUnnudged]);
        let dyads = &chip.state.dyads()[0];
        collect(&mut found[0], 0, |i, j| dyads.s_plus[(i, j)].into());
        collect(&mut found[1], 0, |i, j| dyads.s_minus[(i, j)].into());
        for _ in 0..COPIES {
            let [plus, minus] = naive_forward(&own, &rows, IMAGE, &images[0], &mut draw);
            let [of_plus, of_minus] = &mut expected[..] else { unreachable!("two sides") };
            for (unit, (of_plus, of_minus)) in of_plus.iter_mut().zip(of_minus).enumerate() {
                let (place, feature) = (unit / 3, unit % 3);
                let (row, column) = (2 * (place / 2), 2 * (place % 2));
                let reads = [(0, 0), (0, 1), (1, 0), (1, 1)]
                    .map(|(r, c)| ((row + r) * IMAGE.columns + column + c) * 3 + feature);
                let mean = |read: &usize| plus[*read] + minus[*read];
                let at = reads.into_iter().max_by(|a, b| mean(a).total_cmp(&mean(b)).then(b.cmp(a))).unwrap();
                of_plus.push(plus[at]);
                of_minus.push(minus[at]);
            }
        }
    }
    for (side, (found, expected)) in found.iter().zip(&expected).enumerate() {
        assert_same_moments(found, expected, &format!("pooled, side {side}"));
    }
}

/// The forward arrays are ideal, so that every difference that is sent back is known.
#[test]
fn differences_come_back_place_by_place() {
    let (_, batch) = images(IMAGE);
    let mut draw = Xoshiro256PlusPlus::seed_from_u64(13);
    let layers = json!([
        {"convolution": {"features": 2, "kernel": 3, "padding": 1}},
        {"convolution": {"features": 3, "kernel": 3, "padding": 1}}
    ]);
    for (name, own) in peripheries() {
        let mut chip = Chip::new(IMAGE, &layers, &json!({"arrays": {"feedback": own.json()}}), 2 * COPIES);
        let [_, hidden, outputs] = chip.network.units()[..] else { panic!("two layers") };
        let targets = Matrix::from_fn(outputs, 2 * COPIES, |i, j| ((i * 7 + j % 2 * 3) % 11) as f32 / 5.5 - 1.0);
        let empty = || vec![vec![vec![]; hidden]; 4];
        let (mut found, mut expected) = (empty(), empty());
        let rows = rows(&chip.network, 1);
        for step in 0..BATCHES {
            chip.infer(step, &batch, &targets, vec![Update::Layer(2), Update::Layer(1)]);
            let [below, above] = chip.state.dyads() else { panic!("two layers") };
            for image in 0..2 {
                // s± = a ± ½ d±
                let received = |s: &Matrix, i: usize, j: usize| 2.0 * f64::from(s[(i, j)] - below.drive[(i, j)]);
                collect(&mut found[2 * image], image, |i, j| received(&below.s_plus, i, j));
                collect(&mut found[2 * image + 1], image, |i, j| -received(&below.s_minus, i, j));
                let apart = (above.s_plus.column(image) - above.s_minus.column(image)).map(f64::from);
                for _ in 0..COPIES {
                    let reads = naive_back(&own, &rows, IMAGE, apart.as_slice(), &mut draw);
                    for (side, reads) in reads.iter().enumerate() {
                        expected[2 * image + side].iter_mut().zip(reads).for_each(|(all, &y)| all.push(y));
                    }
                }
            }
        }
        for (which, (found, expected)) in found.iter().zip(&expected).enumerate() {
            assert_same_moments(found, expected, &format!("{name} back, image {}, side {}", which / 2, which % 2));
        }
    }
}

/// Every unit of a convolution is a circuit of its own: the places of a feature do not share their gain and offset.
#[test]
fn every_unit_of_a_convolution_has_its_own_mismatch() {
    let image = Shape { channels: 1, rows: 60, columns: 50 };
    let layers = json!([{"convolution": {"features": 2, "kernel": 1}}]);
    let model = json!({"units": {"mismatch": {"gain": {"std": 0.2}, "offset": {"std": 0.1}}}});
    let mut chip = Chip::new(image, &layers, &model, 2);
    chip.network.projections_mut()[0].weight.copy_from(&Matrix::from_element(2, 1, 1.0));
    let inputs = Matrix::from_element(image.units(), 2, 1.0);
    let targets = Matrix::zeros(2 * image.units(), 2);
    chip.infer(0, &inputs, &targets, vec![Update::OutputsUnnudged]);
    let dyads = &chip.state.dyads()[0];
    assert_eq!(dyads.s_plus.column(0), dyads.s_plus.column(1), "mismatch is that of the unit, not of the stimulus");
    let feature = |feature: usize| -> Vec<f64> {
        dyads.s_plus.column(0).iter().skip(feature).step_by(2).map(|&s| f64::from(s)).collect()
    };
    let (first, second) = (feature(0), feature(1));
    // Log-normal gain of a drive of 1, and the offset.
    let expected = (0.04f64.exp() - 1.0) * 0.04f64.exp() + 0.01;
    for own in [&first, &second] {
        assert_mean(own, 0.02f64.exp(), expected, "the places of a feature");
        assert_variance(own, expected, kurtosis::NORMAL + 0.6, "the places of a feature");
        assert_correlation(&own[1..], &own[..own.len() - 1], 0.0, "neighbouring places");
    }
    assert_correlation(&first, &second, 0.0, "two features of a place");
    chip.infer(1, &inputs, &targets, vec![Update::OutputsUnnudged]);
    let again: Vec<f64> = chip.state.dyads()[0].s_plus.column(0).iter().step_by(2).map(|&s| f64::from(s)).collect();
    assert_eq!(again, first, "mismatch is frozen");
}

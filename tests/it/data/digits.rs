//! The built-in digits: what a sample depends on, which classes come, and the laws of noise and jitter.
use dyadsim::data::{DataConfig, DataSource, DataSplits, DigitsConfig, PixelScaling, load};
use dyadsim::parameter::{Count, NonNegative};
use law_assertions::{assert_mean, assert_variance, kurtosis};
use std::path::Path;

const SIDE: usize = 28;

fn digits(digits: DigitsConfig, data_seed: u64) -> DataSplits {
    let config = DataConfig { source: DataSource::Digits(digits), ..DataConfig::default() };
    load(&config, Path::new("."), data_seed).unwrap()
}

fn of_counts(train: usize, test: usize) -> DigitsConfig {
    DigitsConfig {
        train_count: Count::new(train).unwrap(),
        test_count: Count::new(test).unwrap(),
        ..DigitsConfig::default()
    }
}

#[test]
fn a_sample_does_not_depend_on_how_many_are_drawn_or_on_threads() {
    let many = digits(of_counts(157, 31), 5);
    for threads in [1, 3] {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().unwrap();
        let few = pool.install(|| digits(of_counts(43, 31), 5));
        for index in 0..43 {
            assert_eq!(few.train.sample(index), many.train.sample(index), "{threads} threads, sample {index}");
        }
        assert_eq!(few.train.labels(), &many.train.labels()[..43]);
        assert_eq!(few.test, many.test);
    }
}

#[test]
fn a_limit_takes_the_first_samples() {
    let all = digits(of_counts(50, 20), 1);
    let config = DataConfig {
        source: DataSource::Digits(of_counts(50, 20)),
        train_samples: Some(Count::new(7).unwrap()),
        ..DataConfig::default()
    };
    let limited = load(&config, Path::new("."), 1).unwrap();
    assert_eq!((limited.train.len(), limited.test.len()), (7, 20));
    assert_eq!(limited.train.inputs(), &all.train.inputs()[..7 * SIDE * SIDE]);
}

#[test]
fn more_samples_than_configured_are_refused() {
    let config = DataConfig {
        source: DataSource::Digits(of_counts(50, 20)),
        test_samples: Some(Count::new(21).unwrap()),
        ..DataConfig::default()
    };
    let error = load(&config, Path::new("."), 1).unwrap_err().to_string();
    assert_eq!(error, "digits test: must hold the 21 samples asked for, but has 20");
}

#[test]
fn absurd_settings_are_refused_or_drawn() {
    let config = DataConfig { source: DataSource::Digits(of_counts(usize::MAX, 1)), ..DataConfig::default() };
    let error = load(&config, Path::new("."), 1).unwrap_err().to_string();
    assert!(error.starts_with("digits train: at most 4294967295 samples can be used"), "{error}");
    let huge = NonNegative::new(f64::MAX).unwrap();
    let wild = digits(DigitsConfig { distortion: huge, pixel_noise_std: huge, ..of_counts(20, 1) }, 1);
    assert!(wild.train.inputs().iter().all(|value| (0.0..=1.0).contains(value)));
}

#[test]
fn seeds_and_splits_give_different_samples() {
    let (one, two) = (digits(of_counts(20, 20), 1), digits(of_counts(20, 20), 2));
    for index in 0..20 {
        assert_ne!(one.train.sample(index), two.train.sample(index));
        assert_ne!(one.train.sample(index), one.test.sample(index));
    }
    assert_ne!(one.train.labels(), two.train.labels());
    assert_ne!(one.train.labels(), one.test.labels());
}

#[test]
fn ten_neighbours_hold_each_class_once_in_mixed_order() {
    let labels = digits(of_counts(1000, 10), 3).train.labels().to_vec();
    for ten in labels.chunks(10) {
        let mut sorted = ten.to_vec();
        sorted.sort_unstable();
        assert_eq!(sorted, (0..10).collect::<Vec<u16>>());
    }
    // Each class stands at each place of its ten with chance 1/10: among 100 tens, 10 times on average and, within 4
    // standard errors (3 each), less than 22 times plus 1 for the tails of 100 cells.
    for place in 0..10 {
        for class in 0..10 {
            let times = labels.chunks(10).filter(|ten| ten[place] == class).count();
            assert!((1..=23).contains(&times), "class {class} stands {times} times at place {place}");
        }
    }
}

#[test]
fn pixels_fill_the_unit_range_and_stay_in_it() {
    let set = digits(DigitsConfig::default(), 1);
    assert_eq!((set.train.len(), set.test.len(), set.train.sample_shape()), (10_000, 2_000, &[SIDE, SIDE][..]));
    let (least, most) = set.train.inputs().iter().fold((f32::MAX, f32::MIN), |(a, b), &x| (a.min(x), b.max(x)));
    assert_eq!((least, most), (0.0, 1.0));
}

#[test]
fn noise_on_empty_background_is_a_normal_clipped_at_zero() {
    for std in [0.05, 0.2] {
        let config = DigitsConfig {
            distortion: NonNegative::new(0.0).unwrap(),
            pixel_noise_std: NonNegative::new(std).unwrap(),
            ..of_counts(2000, 1)
        };
        let set = digits(config, 1).train;
        // Without distortion no digit comes near the two rows at the top.
        let background: Vec<f64> =
            (0..set.len()).flat_map(|index| &set.sample(index)[..2 * SIDE]).map(|&value| f64::from(value)).collect();
        let squares: Vec<f64> = background.iter().map(|x| x * x).collect();
        // X = max(0, N(0, σ²)): E X = σ/√(2π), E X² = σ²/2, E X⁴ = 3σ⁴/2. Rounding to 1/255 is far below the errors.
        let expected_mean = std / (2.0 * std::f64::consts::PI).sqrt();
        let square = std * std / 2.0;
        assert_mean(&background, expected_mean, square - expected_mean * expected_mean, format!("σ = {std}"));
        assert_mean(&squares, square, 1.25 * std.powi(4), format!("squares at σ = {std}"));
    }
}

#[test]
fn noise_on_grey_pixels_is_normal_and_leaves_the_digit_in_place() {
    let std = 0.05;
    let with_noise = |std| {
        let config = DigitsConfig { pixel_noise_std: NonNegative::new(std).unwrap(), ..of_counts(500, 1) };
        digits(config, 9).train
    };
    let (clean, noisy) = (with_noise(0.0), with_noise(std));
    // 6 standard deviations from the ends of the range nothing is clipped.
    let differences: Vec<f64> = clean
        .inputs()
        .iter()
        .zip(noisy.inputs())
        .filter(|(clean, _)| (0.3..=0.7).contains(*clean))
        .map(|(&clean, &noisy)| f64::from(noisy) - f64::from(clean))
        .collect();
    assert!(differences.len() > 10_000);
    // Rounding both pictures to 1/255 adds 2/12 of a step squared.
    let expected = std * std + 2.0 / 12.0 / 255.0f64.powi(2);
    assert_mean(&differences, 0.0, expected, "noise");
    assert_variance(&differences, expected, kurtosis::NORMAL, "noise");
}

#[test]
fn shift_is_uniform_within_its_range() {
    let config = DigitsConfig { pixel_noise_std: NonNegative::new(0.0).unwrap(), ..of_counts(12_000, 1) };
    let set = digits(config, 4).train;
    // A zero is symmetric about its centre, so the centre of its ink is where the shift puts it.
    let centres: Vec<[f64; 2]> = (0..set.len())
        .filter(|&index| set.labels()[index] == 0)
        .map(|index| centre_of_ink(set.sample(index)))
        .collect();
    for axis in [0, 1] {
        let centres: Vec<f64> = centres.iter().map(|centre| centre[axis]).collect();
        // Uniform within ± 2.6 pixels: variance 2.6²/3. The wobble of eight points, 0.45 pixel (0.3 across) each, adds
        // 0.02.
        let expected = 2.6f64.powi(2) / 3.0 + 0.02;
        assert_mean(&centres, 13.5, expected, format!("axis {axis}"));
        assert_variance(&centres, expected, kurtosis::UNIFORM, format!("axis {axis}"));
    }
}

#[test]
fn without_distortion_samples_of_one_style_are_equal() {
    let zero = NonNegative::new(0.0).unwrap();
    let config = DigitsConfig { distortion: zero, pixel_noise_std: zero, ..of_counts(400, 1) };
    let set = digits(config, 1).train;
    for digit in 0..10 {
        let mut pictures: Vec<Vec<u32>> = (0..set.len())
            .filter(|&index| set.labels()[index] == digit)
            .map(|index| set.sample(index).iter().map(|value| value.to_bits()).collect())
            .collect();
        pictures.sort();
        pictures.dedup();
        let styles = [1, 3, 2, 2, 2, 1, 1, 2, 1, 2][usize::from(digit)];
        assert_eq!(pictures.len(), styles, "digit {digit}");
    }
}

/// Published results rest on these samples: they may only change with a major version.
#[test]
fn samples_are_stable() {
    let config = DataConfig {
        source: DataSource::Digits(of_counts(20, 10)),
        scaling: PixelScaling::None,
        ..DataConfig::default()
    };
    let set = load(&config, Path::new("."), 7).unwrap().train;
    assert_eq!(set.labels(), STABLE_LABELS);
    for (index, &expected) in STABLE_SUMS.iter().enumerate() {
        let sum: f32 = set.sample(index).iter().sum();
        // Another platform's sine may turn the rounding of a few pixels.
        assert!((sum - expected).abs() <= 10.0, "sample {index}: pixels sum to {sum}, not {expected}");
    }
}

const STABLE_LABELS: [u16; 20] = [2, 0, 6, 8, 9, 7, 1, 5, 3, 4, 9, 5, 3, 0, 7, 6, 2, 8, 4, 1];
const STABLE_SUMS: [f32; 4] = [35_833.0, 37_875.0, 47_906.0, 37_152.0];

/// (x, y) of the centre of ink, in pixels.
fn centre_of_ink(sample: &[f32]) -> [f64; 2] {
    let mut sums = [0.0f64; 3];
    for (index, &ink) in sample.iter().enumerate() {
        let ink = f64::from(ink);
        sums[0] += ink;
        sums[1] += ink * (index % SIDE) as f64;
        sums[2] += ink * (index / SIDE) as f64;
    }
    [sums[1] / sums[0], sums[2] / sums[0]]
}

//! Settings of the data set as written in a file, the scalings, the validation split and the order of samples.
use dyadsim::data::{
    AffineScaling, DataConfig, DataError, DataSource, DataSplits, Dataset, DigitsConfig, HeldOut, OneOrPerChannel,
    PixelScaling, ValidationSplit, epoch_order, load, split_validation,
};
use dyadsim::parameter::{Count, Finite, OpenFraction, Positive};
use law_assertions::{assert_estimate, assert_share};
use nalgebra::DMatrix;
use proptest::prelude::*;
use serde_json::{Value, json};
use std::path::Path;

fn parse(value: Value) -> Result<DataConfig, String> {
    serde_json::from_value(value).map_err(|error| error.to_string())
}

#[test]
fn an_empty_object_means_the_built_in_digits() {
    let config = parse(json!({})).unwrap();
    assert_eq!(config, DataConfig::default());
    assert_eq!(config.source, DataSource::Digits(DigitsConfig::default()));
    assert_eq!(config.scaling, PixelScaling::Unit);
}

#[test]
fn settings_come_back_as_written() {
    for value in [
        json!({}),
        json!({"source": {"digits": {"train_count": 50, "distortion": 0.5}}, "test_samples": 3}),
        json!({"source": {"idx": {"location": {"directory": "mnist"}}}, "scaling": "standardise"}),
        json!({"source": {"idx": {"classes": 26, "location": {"files": {
            "train_images": "a", "train_labels": "b", "test_images": "c", "test_labels": "d"}}}}}),
        json!({"source": {"cifar10": {"directory": "c"}},
            "scaling": {"affine": {"mean": [0.49, 0.48, 0.45], "std": 0.25}}}),
        json!({"source": {"cifar100": {"directory": "c", "labels": "coarse"}}, "scaling": "none"}),
        json!({"source": {"tiny_imagenet": {"directory": "t"}}, "scaling": "standardise_per_channel",
            "augmentation": {"random_crop": {"padding": 8}, "horizontal_flip": {}}}),
        json!({"source": {"imagenet32": {"directory": "i"}}, "augmentation": {"horizontal_flip": {"probability": 1}}}),
        json!({"source": {"npz": {"file": "set.npz", "arrays": {"x_train": "images"}}}}),
        json!({"source": {"hdf5": {"file": "set.h5", "classes": 7}}}),
    ] {
        let config = parse(value.clone()).unwrap_or_else(|error| panic!("{value}: {error}"));
        assert_eq!(parse(serde_json::to_value(&config).unwrap()).unwrap(), config);
    }
}

#[test]
fn mistakes_in_settings_are_refused() {
    let cases = [
        (json!({"scale": "unit"}), "unknown field `scale`"),
        (json!({"source": {"digits": {"counts": 3}}}), "unknown field `counts`"),
        (json!({"source": {"digits": {"train_count": 0}}}), "must be a whole number >= 1, got 0"),
        (json!({"source": {"digits": {"pixel_noise_std": -0.1}}}), "must be finite and >= 0, got -0.1"),
        (json!({"source": {"mnist": {}}}), "unknown variant `mnist`"),
        (json!({"source": {"npz": {}}}), "missing field `file`"),
        (
            json!({"scaling": {"affine": {"mean": 0, "std": [0.5, 0]}}}),
            "must be one number in its range, or a list of them, one per channel",
        ),
    ];
    for (value, expected) in cases {
        let error = parse(value.clone()).unwrap_err();
        assert!(error.contains(expected), "{value}: {error}");
    }
}

#[test]
fn every_setting_is_described_in_the_schema() {
    fn check(path: &str, value: &Value, described: &mut usize) {
        if let Some(properties) = value.get("properties").and_then(Value::as_object) {
            for (name, property) in properties {
                // A variant's only property is the variant itself, described one level up.
                let variant = properties.len() == 1 && value.get("description").is_some();
                assert!(variant || property.get("description").is_some(), "{path}.{name} has no description");
                *described += 1;
            }
        }
        match value {
            Value::Object(map) => map.iter().for_each(|(key, inner)| check(&format!("{path}.{key}"), inner, described)),
            Value::Array(list) => list.iter().for_each(|inner| check(path, inner, described)),
            _ => {}
        }
    }
    let mut described = 0;
    for schema in [schemars::schema_for!(DataConfig), schemars::schema_for!(ValidationSplit)] {
        check("", schema.as_value(), &mut described);
    }
    assert!(described > 30, "{described}");
}

/// Digits under a scaling, next to the raw ones.
fn scaled(scaling: PixelScaling) -> (DataSplits, DataSplits) {
    let source = || {
        DataSource::Digits(DigitsConfig {
            train_count: Count::new(30).unwrap(),
            test_count: Count::new(20).unwrap(),
            ..DigitsConfig::default()
        })
    };
    let config = |scaling| DataConfig { source: source(), scaling, ..DataConfig::default() };
    let base = Path::new(".");
    (load(&config(PixelScaling::None), base, 1).unwrap(), load(&config(scaling), base, 1).unwrap())
}

fn assert_maps(raw: &Dataset, scaled: &Dataset, map: impl Fn(f64) -> f64) {
    for (&raw, &scaled) in raw.inputs().iter().zip(scaled.inputs()) {
        let expected = map(f64::from(raw));
        assert!((f64::from(scaled) - expected).abs() <= 1e-6 * expected.abs(), "{raw} became {scaled}, not {expected}");
    }
}

#[test]
fn unit_and_affine_scaling_are_the_stated_maps() {
    let (raw, unit) = scaled(PixelScaling::Unit);
    assert_maps(&raw.train, &unit.train, |value| value / 255.0);
    let mean = OneOrPerChannel::One(Finite::new(0.1307).unwrap());
    let std = OneOrPerChannel::One(Positive::new(0.3081).unwrap());
    let (raw, affine) = scaled(PixelScaling::Affine(AffineScaling { mean, std }));
    assert_maps(&raw.test, &affine.test, |value| (value / 255.0 - 0.1307) / 0.3081);
}

#[test]
fn standardised_training_inputs_have_mean_0_and_deviation_1_and_the_test_set_has_the_same_map() {
    let (raw, standard) = scaled(PixelScaling::Standardise);
    let moments = |set: &Dataset| {
        let n = set.inputs().len() as f64;
        let mean = set.inputs().iter().map(|&x| f64::from(x)).sum::<f64>() / n;
        (mean, (set.inputs().iter().map(|&x| (f64::from(x) - mean).powi(2)).sum::<f64>() / n).sqrt())
    };
    let (mean, std) = moments(&standard.train);
    assert!(mean.abs() < 1e-6 && (std - 1.0).abs() < 1e-6, "{mean} {std}");
    let (mean, std) = moments(&raw.train);
    assert_maps(&raw.test, &standard.test, |value| (value - mean) / std);
}

#[test]
fn numbers_per_channel_need_samples_with_this_many_channels() {
    let mean = OneOrPerChannel::PerChannel([0.1, 0.2, 0.3].map(|mean| Finite::new(mean).unwrap()).to_vec());
    let std = OneOrPerChannel::One(Positive::new(1.0).unwrap());
    let scaling = PixelScaling::Affine(AffineScaling { mean, std });
    let error = load(&DataConfig { scaling, ..DataConfig::default() }, Path::new("."), 1).unwrap_err().to_string();
    assert_eq!(
        error,
        "scaling lists 3 values of mean, one per channel, but samples of shape [28, 28] have 1 channels (the first of \
         three axes)"
    );
}

#[test]
fn each_channel_has_its_own_numbers() {
    let folder = tempfile::TempDir::new().unwrap();
    let file = hdf5::File::create(folder.path().join("set.h5")).unwrap();
    for split in ["train", "test"] {
        // Two samples of 2 channels × 1 row × 3 columns.
        let pixels: Vec<u8> = (0..12).map(|i| 20 * i).collect();
        file.new_dataset::<u8>()
            .shape([2, 2, 1, 3])
            .create(&*format!("x_{split}"))
            .unwrap()
            .write_raw(&pixels)
            .unwrap();
        file.new_dataset::<u8>().shape([2]).create(&*format!("y_{split}")).unwrap().write_raw(&[0u8, 1]).unwrap();
    }
    file.close().unwrap();
    let config = parse(json!({"source": {"hdf5": {"file": "set.h5"}},
        "scaling": {"affine": {"mean": [0.5, 0.25], "std": [0.5, 2.0]}}}));
    let train = load(&config.unwrap(), folder.path(), 1).unwrap().train;
    for (index, &input) in train.inputs().iter().enumerate() {
        let unit = 20.0 * index as f32 / 255.0;
        let expected = if index / 3 % 2 == 0 { (unit - 0.5) / 0.5 } else { (unit - 0.25) / 2.0 };
        assert!((input - expected).abs() < 1e-6, "value {index}: {input}, not {expected}");
    }
}

fn random(size: HeldOut) -> ValidationSplit {
    ValidationSplit::Random(size)
}

fn fraction(value: f64) -> HeldOut {
    HeldOut::Fraction(OpenFraction::new(value).unwrap())
}

fn count(value: usize) -> HeldOut {
    HeldOut::Count(Count::new(value).unwrap())
}

#[test]
fn the_last_samples_can_be_held_out() {
    let (train, validation) = split_validation(10, ValidationSplit::Last(fraction(0.25)), 1).unwrap();
    assert_eq!((train, validation), ((0..7).collect(), vec![7, 8, 9]));
}

#[test]
fn a_split_that_leaves_a_side_empty_is_refused() {
    for (size, held_out) in [(count(10), 10), (count(11), 11), (fraction(0.01), 0), (fraction(0.999), 10)] {
        let error = split_validation(10, random(size), 1).unwrap_err();
        assert!(matches!(error, DataError::Validation { .. }));
        assert_eq!(
            error.to_string(),
            format!("validation must take from 1 to 9 of the 10 training samples, got {held_out}")
        );
    }
}

#[test]
fn every_sample_is_held_out_equally_often() {
    let (samples, held_out, seeds) = (20, 5, 4000);
    let mut times = vec![0u32; samples as usize];
    for seed in 0..seeds {
        for index in split_validation(samples, random(count(held_out)), seed).unwrap().1 {
            times[index as usize] += 1;
        }
    }
    let share = held_out as f64 / f64::from(samples);
    for (index, &times) in times.iter().enumerate() {
        assert_share(times as usize, seeds as usize, share, format!("sample {index}"));
    }
}

#[test]
fn every_order_of_four_samples_is_equally_likely() {
    let epochs = 24_000;
    let mut times = std::collections::BTreeMap::<Vec<u32>, u32>::new();
    let mut order = Vec::new();
    for epoch in 0..epochs {
        epoch_order(4, 1, epoch, true, &mut order);
        *times.entry(order.clone()).or_default() += 1;
    }
    assert_eq!(times.len(), 24);
    let chi_square: f64 = times.values().map(|&n| (f64::from(n) - 1000.0).powi(2) / 1000.0).sum();
    // 23 degrees of freedom: mean 23, standard deviation √46.
    assert_estimate(chi_square, 23.0, 46f64.sqrt(), "χ² of the orders");
}

proptest! {
    #[test]
    fn a_split_is_a_partition_in_ascending_order(n in 2u32..300, share in 0.01..0.99f64, seed: u64, last: bool) {
        let size = fraction(share);
        let split = if last { ValidationSplit::Last(size) } else { random(size) };
        if let Ok((train, validation)) = split_validation(n, split, seed) {
            prop_assert_eq!(validation.len(), (share * f64::from(n)).round() as usize);
            prop_assert!(train.is_sorted() && validation.is_sorted());
            let mut all = [train, validation].concat();
            all.sort_unstable();
            prop_assert_eq!(all, (0..n).collect::<Vec<_>>());
        }
    }

    #[test]
    fn an_epoch_visits_every_sample_once_and_depends_on_its_key_alone(n in 0u32..300, seed: u64, epoch: u64) {
        let (mut order, mut again) = (vec![9; 5], Vec::new());
        epoch_order(n, seed, epoch, true, &mut order);
        epoch_order(n, seed, epoch, true, &mut again);
        prop_assert_eq!(&order, &again);
        epoch_order(n, seed, epoch, false, &mut again);
        prop_assert!(again.iter().copied().eq(0..n));
        order.sort_unstable();
        prop_assert_eq!(order, again);
    }

    #[test]
    fn a_batch_holds_the_samples_of_its_indices(indices in proptest::collection::vec(0u32..9, 0..20)) {
        let inputs = DMatrix::from_fn(3, 9, |feature, sample| (10 * sample + feature) as f32);
        let set = Dataset::new("set".to_owned(), inputs, (0..9).collect(), 9, vec![3]).unwrap();
        let mut batch = DMatrix::from_element(3, indices.len(), f32::NAN);
        let mut labels = vec![u16::MAX; indices.len()];
        set.fill_batch(&indices, &mut batch, &mut labels);
        for (column, &index) in indices.iter().enumerate() {
            prop_assert_eq!(u32::from(labels[column]), index);
            for feature in 0..3 {
                prop_assert_eq!(batch[(feature, column)], (10 * index) as f32 + feature as f32);
            }
        }
    }
}

#[test]
#[should_panic(expected = "batch matrix must be (feature × batch)")]
fn a_batch_matrix_of_the_wrong_shape_panics() {
    let set = Dataset::new("set".to_owned(), DMatrix::zeros(3, 9), vec![0; 9], 1, vec![3]).unwrap();
    set.fill_batch(&[0, 1], &mut DMatrix::zeros(2, 2), &mut [0; 2]);
}

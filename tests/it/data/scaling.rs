//! Scaling of each channel by its own mean and standard deviation, and the numbers that are kept of a scaling.
use dyadsim::data::{DataSplits, load};
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

const SAMPLES: usize = 40;
/// (channel, row, column)
const SHAPE: [usize; 3] = [3, 4, 5];
const PLANE: usize = 4 * 5;

/// Pixels whose mean and spread differ from channel to channel.
fn pixel(split: usize, i: usize) -> f64 {
    let channel = i / PLANE % 3;
    ((i * 7919 + split * 31) % [40, 90, 200][channel] + [100, 5, 50][channel]) as f64
}

/// A set of this element type.
fn write<T: hdf5::H5Type>(folder: &Path, shape: &[usize], element: impl Fn(f64) -> T) {
    let file = hdf5::File::create(folder.join("set.h5")).unwrap();
    for (number, split) in ["train", "test"].into_iter().enumerate() {
        let values: Vec<T> = (0..SAMPLES * 3 * PLANE).map(|i| element(pixel(number, i))).collect();
        let shape = [&[SAMPLES], shape].concat();
        file.new_dataset::<T>().shape(shape).create(&*format!("x_{split}")).unwrap().write_raw(&values).unwrap();
        let labels = file.new_dataset::<u8>().shape([SAMPLES]).create(&*format!("y_{split}")).unwrap();
        labels.write_raw(&[0u8; SAMPLES]).unwrap();
    }
    file.close().unwrap();
}

fn read(folder: &Path, scaling: Value) -> Result<DataSplits, String> {
    let config = json!({"source": {"hdf5": {"file": "set.h5"}}, "scaling": scaling, "train_samples": 30});
    load(&serde_json::from_value(config).unwrap(), folder, 1).map_err(|error| error.to_string())
}

/// Mean and standard deviation of a channel over the first 30 training samples.
fn moments(channel: usize) -> (f64, f64) {
    let values: Vec<f64> = (0..30 * 3 * PLANE).filter(|i| i / PLANE % 3 == channel).map(|i| pixel(0, i)).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    (mean, (values.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / n).sqrt())
}

#[test]
fn each_channel_of_both_sets_is_scaled_by_the_numbers_of_the_training_set() {
    let folder = TempDir::new().unwrap();
    for (full_scale, is_byte) in [(255.0, true), (1.0, false)] {
        if is_byte {
            write(folder.path(), &SHAPE, |x| x as u8);
        } else {
            write(folder.path(), &SHAPE, |x| x as f32);
        }
        let DataSplits { train, test, .. } = read(folder.path(), json!("standardise_per_channel")).unwrap();
        let scaling = train.scaling();
        assert_eq!((scaling, scaling.full_scale, scaling.mean.len()), (test.scaling(), full_scale, 3));
        for channel in 0..3 {
            let (mean, std) = moments(channel);
            let close = |found: f64, expected: f64| (found / expected - 1.0).abs() < 1e-12;
            assert!(close(scaling.mean[channel] * full_scale, mean), "{scaling:?} {mean}");
            assert!(close(scaling.std[channel] * full_scale, std), "{scaling:?} {std}");
        }
        for (number, set) in [train, test].iter().enumerate() {
            for (i, &input) in set.inputs().iter().enumerate() {
                let (mean, std) = moments(i / PLANE % 3);
                let expected = (pixel(number, i) - mean) / std;
                assert!((f64::from(input) - expected).abs() < 1e-5, "value {i}: {input}, not {expected}");
            }
        }
    }
}

/// New images can be scaled as those that a network has learnt.
#[test]
fn the_numbers_given_as_affine_scaling_make_the_same_bits() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &SHAPE, |x| x as u8);
    let measured = read(folder.path(), json!("standardise_per_channel")).unwrap();
    let scaling = serde_json::to_value(measured.train.scaling()).unwrap();
    let stated = json!({"affine": {"mean": scaling["mean"], "std": scaling["std"]}});
    assert_eq!(read(folder.path(), stated).unwrap(), measured);
}

#[test]
fn the_map_of_every_scaling_makes_its_inputs() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &SHAPE, |x| x as u8);
    for scaling in [json!("unit"), json!("none"), json!("standardise"), json!({"affine": {"mean": 0.5, "std": 0.2}})] {
        let DataSplits { train, test, .. } = read(folder.path(), scaling.clone()).unwrap();
        for (number, set) in [train, test].iter().enumerate() {
            for (i, &input) in set.inputs().iter().enumerate() {
                assert_eq!(input, set.scaling().map(i / PLANE % 3, pixel(number, i)), "{scaling}");
            }
        }
    }
}

#[test]
fn an_image_without_channels_is_one_channel_and_other_samples_are_refused() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &[12, 5], |x| x as u8);
    let train = read(folder.path(), json!("standardise_per_channel")).unwrap().train;
    let whole = read(folder.path(), json!("standardise")).unwrap().train;
    assert_eq!(train.scaling().mean.len(), 1);
    assert!(train.inputs().iter().zip(whole.inputs()).all(|(a, b)| (a - b).abs() < 1e-5));
    write(folder.path(), &[60], |x| x as u8);
    assert_eq!(
        read(folder.path(), json!("standardise_per_channel")).unwrap_err(),
        "set.h5 train: scaling \"standardise_per_channel\" needs images, (row, column) or (channel, row, column), but \
         samples have shape [60]; choose \"standardise\""
    );
}

#[test]
fn a_channel_without_contrast_is_refused() {
    let folder = TempDir::new().unwrap();
    // Pixels below 50 are only in the second channel.
    write(folder.path(), &SHAPE, |x| if x >= 100.0 { x as u8 } else { 7 });
    let other = read(folder.path(), json!("standardise_per_channel")).unwrap_err();
    assert_eq!(
        other,
        "set.h5 train: scaling \"standardise_per_channel\" needs pixels that differ, but all of channel 1 are 7"
    );
}

/// Values of a feature are spread over the samples; the last one of the first 30 training samples alone counts.
#[test]
fn each_feature_may_be_scaled_by_its_own_numbers() {
    let folder = TempDir::new().unwrap();
    write(folder.path(), &SHAPE, |x| x as f32);
    let DataSplits { train, .. } = read(folder.path(), json!("standardise_per_feature")).unwrap();
    let features = 3 * PLANE;
    for feature in [0, 17, features - 1] {
        let raw: Vec<f64> = (0..30).map(|sample| pixel(0, sample * features + feature)).collect();
        let mean = raw.iter().sum::<f64>() / 30.0;
        let std = (raw.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / 30.0).sqrt();
        let expected = |sample: usize| if std > 0.0 { (raw[sample] - mean) / std } else { 0.0 };
        for sample in [0, 29] {
            assert!((f64::from(train.sample(sample)[feature]) - expected(sample)).abs() < 1e-5);
        }
    }
    let DataSplits { train, .. } = read(folder.path(), json!("min_max_per_feature")).unwrap();
    for feature in 0..features {
        let own: Vec<f32> = (0..30).map(|sample| train.sample(sample)[feature]).collect();
        let (low, high) = own.iter().fold((f32::INFINITY, f32::NEG_INFINITY), |(l, h), &x| (l.min(x), h.max(x)));
        assert!(low == 0.0 && (high == 1.0 || high == 0.0), "{low} to {high}");
    }
}

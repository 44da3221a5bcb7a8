//! Tiny ImageNet and downsampled ImageNet: what is read from files as they are published, and what is said about bad
//! ones.
use dyadsim::data::{DataConfig, DataSplits, load};
use jpeg_encoder::{ColorType, Encoder, SamplingFactor};
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use serde_json::{Value, json};
use std::fs;
use std::path::Path;
use tempfile::TempDir;

fn config(source: Value, changes: Value) -> DataConfig {
    let mut config = json!({"source": source, "scaling": "none"});
    for (key, value) in changes.as_object().unwrap() {
        config[key] = value.clone();
    }
    serde_json::from_value(config).unwrap()
}

fn read(folder: &Path, source: Value, changes: Value) -> Result<DataSplits, String> {
    load(&config(source, changes), folder, 1)
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.display()), ""))
}

const CLASSES: [&str; 3] = ["n02", "n01", "n03"];

fn jpeg(pixels: &[u8], side: u16, colour: ColorType) -> Vec<u8> {
    let mut bytes = vec![];
    let mut encoder = Encoder::new(&mut bytes, 100);
    encoder.set_sampling_factor(SamplingFactor::F_1_1);
    encoder.encode(pixels, side, side, colour).unwrap();
    bytes
}

/// An image of this level, whose right half is darker by 40; a coloured one is that much greener and twice as bluer.
fn picture(level: u8, colour: ColorType) -> Vec<u8> {
    let of_place = |place: usize| {
        let level = if place % 64 < 32 { level } else { level - 40 };
        if colour == ColorType::Luma { vec![level] } else { vec![level, level + 20, level + 40] }
    };
    jpeg(&(0..64 * 64).flat_map(of_place).collect::<Vec<_>>(), 64, colour)
}

/// Level of an image: its class and number.
fn level(class: usize, number: usize) -> u8 {
    (60 + 40 * class + 2 * number) as u8
}

/// Three classes of 2, 12 and 2 training images and two test images.
fn tiny_folder(subfolder: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let root = folder.path().join(subfolder);
    for (class, (name, count)) in CLASSES.iter().zip([2, 12, 2]).enumerate() {
        let images = root.join("train").join(name).join("images");
        fs::create_dir_all(&images).unwrap();
        fs::write(root.join("train").join(name).join(format!("{name}_boxes.txt")), "").unwrap();
        for number in 0..count {
            let colour = if class == 2 { ColorType::Luma } else { ColorType::Rgb };
            fs::write(images.join(format!("{name}_{number}.JPEG")), picture(level(class, number), colour)).unwrap();
        }
    }
    fs::create_dir_all(root.join("val/images")).unwrap();
    for (number, class) in [(0, 1), (1, 0)] {
        fs::write(root.join(format!("val/images/val_{number}.JPEG")), picture(level(class, 0), ColorType::Rgb))
            .unwrap();
    }
    fs::write(root.join("val/val_annotations.txt"), "val_0.JPEG\tn01\t0\t32\t44\t62\nval_1.JPEG\tn02\t1\t2\t3\t4\n")
        .unwrap();
    fs::write(root.join("wnids.txt"), CLASSES.join("\n") + "\n").unwrap();
    folder
}

fn tiny(folder: &TempDir, changes: Value) -> Result<DataSplits, String> {
    read(folder.path(), json!({"tiny_imagenet": {"directory": "."}}), changes)
        .map_err(|message| message.replace("./", ""))
}

/// Level of the left and the right half in a channel, which JPEG keeps to a few steps.
fn levels(sample: &[f32], channel: usize) -> (f32, f32) {
    let plane = &sample[channel * 4096..][..4096];
    assert!(plane.chunks(64).all(|row| row[..32].iter().all(|x| (x - plane[0]).abs() <= 3.0)), "left half");
    assert!(plane.chunks(64).all(|row| row[32..].iter().all(|x| (x - plane[63]).abs() <= 3.0)), "right half");
    (plane[0], plane[63])
}

#[test]
fn tiny_imagenet_is_read_in_rounds_over_the_classes_of_its_list() {
    for subfolder in ["", "tiny-imagenet-200"] {
        let folder = tiny_folder(subfolder);
        let DataSplits { train, test, .. } = tiny(&folder, json!({})).unwrap();
        assert_eq!((train.sample_shape(), train.classes(), train.len(), test.len()), (&[3, 64, 64][..], 3, 16, 2));
        assert_eq!(train.labels(), [&[0, 1, 2, 0, 1, 2][..], &[1; 10]].concat());
        assert_eq!(test.labels(), [1, 0]);
        let numbers = [&[0, 0, 0, 1, 1, 1][..], &(2..12).collect::<Vec<_>>()].concat();
        let read = (0..16).map(|i| (train.sample(i), usize::from(train.labels()[i]), numbers[i]));
        for (sample, class, number) in read.chain([(test.sample(0), 1, 0), (test.sample(1), 0, 0)]) {
            for channel in 0..3 {
                // Grey images become three equal channels.
                let more = if class == 2 { 0 } else { 20 * channel };
                let expected = f32::from(level(class, number)) + more as f32;
                let (left, right) = levels(sample, channel);
                assert!((left - expected).abs() <= 3.0 && (right - expected + 40.0).abs() <= 3.0, "{left} {right}");
            }
            assert!(class != 2 || sample[..4096] == sample[4096..2 * 4096]);
        }
    }
}

#[test]
fn images_behind_a_limit_are_not_opened() {
    let folder = tiny_folder("");
    let whole = tiny(&folder, json!({})).unwrap();
    for unread in ["train/n01/images/n01_1.JPEG", "train/n03/images/n03_1.JPEG", "val/images/val_1.JPEG"] {
        fs::write(folder.path().join(unread), "no image").unwrap();
    }
    let DataSplits { train, test, .. } = tiny(&folder, json!({"train_samples": 4, "test_samples": 1})).unwrap();
    assert_eq!((train.labels(), test.labels()), (&[0, 1, 2, 0][..], &[1][..]));
    assert_eq!((train.sample(3), test.sample(0)), (whole.train.sample(3), whole.test.sample(0)));
    assert_eq!(
        tiny(&tiny_folder("tiny-imagenet-200"), json!({"train_samples": 17})).unwrap_err(),
        "tiny-imagenet-200 train: must hold the 17 samples asked for, but has 16"
    );
}

#[test]
fn bad_files_of_tiny_imagenet_are_named() {
    let small = jpeg(&[0; 32 * 32], 32, ColorType::Luma);
    let whole = picture(100, ColorType::Rgb);
    let cut_off = whole[..whole.len() - 2].to_vec();
    let damaged = [&whole[..whole.len() - 200], &[0xff, 0xd9]].concat();
    let image = "train/n01/images/n01_1.JPEG";
    let cases: [(&str, Option<&[u8]>, &str); 13] = [
        ("wnids.txt", None, "wnids.txt: cannot be read"),
        ("wnids.txt", Some(b"\n"), "wnids.txt: holds no samples"),
        ("wnids.txt", Some(b"n01\nn02\n\nn01\n"), "wnids.txt: line 4: class \"n01\" is there already"),
        ("wnids.txt", Some(b"n01\nn02\nn99\n"), "train/n99/images: cannot be read"),
        ("wnids.txt", Some(b"n03\nn01\n"), "val/val_annotations.txt: line 2: class \"n02\" is not in wnids.txt"),
        ("val/val_annotations.txt", None, "val/val_annotations.txt: cannot be read"),
        (
            "val/val_annotations.txt",
            Some(b"val_0.JPEG n01"),
            "val/val_annotations.txt: line 1: must hold an image and its class, parted by a tab, got \"val_0.JPEG n01\"",
        ),
        ("val/images/val_1.JPEG", None, "val/images/val_1.JPEG: cannot be read"),
        (image, Some(&small), "train/n01/images/n01_1.JPEG: JPEG image: must have 64 x 64 pixels, got 32 x 32"),
        (image, Some(b"no image\xff\xd9"), "train/n01/images/n01_1.JPEG: JPEG image: "),
        (image, Some(&[]), "train/n01/images/n01_1.JPEG: JPEG image: is cut off"),
        (image, Some(&cut_off), "train/n01/images/n01_1.JPEG: JPEG image: is cut off"),
        (image, Some(&damaged), "train/n01/images/n01_1.JPEG: JPEG image: "),
    ];
    for (file, bytes, expected) in cases {
        let folder = tiny_folder("");
        let path = folder.path().join(file);
        match bytes {
            Some(bytes) => fs::write(path, bytes).unwrap(),
            None => fs::remove_file(path).unwrap(),
        }
        let message = tiny(&folder, json!({})).unwrap_err();
        let whole = !expected.ends_with(": ");
        assert!(if whole { message == expected } else { message.starts_with(expected) }, "{file}: {message}");
    }
    let folder = tiny_folder("");
    fs::remove_dir_all(folder.path().join("train/n02/images")).unwrap();
    fs::create_dir(folder.path().join("train/n02/images")).unwrap();
    assert_eq!(tiny(&folder, json!({})).unwrap_err(), "train/n02/images: holds no samples");
}

/// Writes an array.
fn add<T: npyz::AutoSerialize>(archive: &mut Archive, name: &str, shape: &[usize], values: impl Iterator<Item = T>) {
    let shape: Vec<u64> = shape.iter().map(|&length| length as u64).collect();
    let builder = archive.array(name, Default::default()).unwrap().default_dtype();
    let mut writer = builder.shape(&shape).begin_nd().unwrap();
    writer.extend(values).unwrap();
    writer.finish().unwrap();
}

type Archive = NpzWriter<std::io::BufWriter<fs::File>>;

/// A published archive of images whose pixels are `first`, `first` + 1 and so on, around 251.
fn write_batch(path: &Path, side: usize, labels: &[i64], first: usize) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let (samples, features) = (labels.len(), 3 * side * side);
    let mut archive = NpzWriter::create(path).unwrap();
    let pixels = (first..first + samples * features).map(|i| (i % 251) as u8);
    add(&mut archive, "data", &[samples, features], pixels);
    add(&mut archive, "labels", &[samples], labels.iter().copied());
    add(&mut archive, "mean", &[features], (0..features).map(|i| i as f64));
}

/// Ten training files of two images and one of three test images, in these folders.
fn imagenet_folder(side: usize, training: &[&str; 2], test: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    for i in 1..=10 {
        let path = folder.path().join(training[usize::from(i > 5)]).join(format!("train_data_batch_{i}.npz"));
        write_batch(&path, side, &[i, 1000 - i], i as usize);
    }
    write_batch(&folder.path().join(test).join("val_data.npz"), side, &[1, 1000, 500], 7);
    folder
}

fn imagenet(folder: &TempDir, source: &str, changes: Value) -> Result<DataSplits, String> {
    read(folder.path(), json!({source: {"directory": "."}}), changes).map_err(|message| message.replace("./", ""))
}

#[test]
fn downsampled_imagenet_is_read_file_after_file_with_or_without_its_folders() {
    for (source, side, training, test) in [
        ("imagenet16", 16, ["Imagenet16_train_npz"; 2], "Imagenet16_val_npz"),
        ("imagenet32", 32, ["Imagenet32_train_npz"; 2], "Imagenet32_val_npz"),
        ("imagenet32", 32, [""; 2], ""),
        ("imagenet64", 64, ["Imagenet64_train_part1_npz", "Imagenet64_train_part2_npz"], "Imagenet64_val_npz"),
    ] {
        let folder = imagenet_folder(side, &training, test);
        let DataSplits { train, test, .. } = imagenet(&folder, source, json!({})).unwrap();
        assert_eq!((train.sample_shape(), train.classes(), train.len()), (&[3, side, side][..], 1000, 20));
        assert_eq!(train.labels()[..4], [0, 998, 1, 997]);
        assert_eq!(test.labels(), [0, 999, 499]);
        let features = 3 * side * side;
        for (sample, first) in
            [(train.sample(0), 1), (train.sample(19), 10 + features), (test.sample(2), 7 + 2 * features)]
        {
            assert!(sample.iter().zip(first..).all(|(&found, i)| found == (i % 251) as f32), "{source}");
        }
    }
}

#[test]
fn files_and_samples_behind_a_limit_are_not_read() {
    let folder = imagenet_folder(32, &["", ""], "");
    let whole = imagenet(&folder, "imagenet32", json!({})).unwrap();
    let limits = json!({"train_samples": 3, "test_samples": 1});
    for i in 3..=10 {
        fs::remove_file(folder.path().join(format!("train_data_batch_{i}.npz"))).unwrap();
    }
    // Labels behind the limit do not matter either.
    write_batch(&folder.path().join("val_data.npz"), 32, &[1, -7, 2000], 7);
    let DataSplits { train, test, .. } = imagenet(&folder, "imagenet32", limits).unwrap();
    assert_eq!((train.labels(), test.labels()), (&[0, 998, 1][..], &[0][..]));
    for sample in 0..3 {
        assert_eq!(train.sample(sample), whole.train.sample(sample));
    }
    assert_eq!(test.sample(0), whole.test.sample(0));
    assert_eq!(
        imagenet(&folder, "imagenet32", json!({"train_samples": 5, "test_samples": 1})).unwrap_err(),
        ".: holds no train_data_batch_3.npz, nor does a folder Imagenet32_train_npz or Imagenet32_val_npz in it (the \
         version for Python, without .npz, is not read)"
    );
}

#[test]
fn bad_files_of_downsampled_imagenet_are_named() {
    let of_batch_2 = |spoil: &dyn Fn(&Path)| {
        let folder = imagenet_folder(32, &["", ""], "");
        spoil(&folder.path().join("train_data_batch_2.npz"));
        imagenet(&folder, "imagenet32", json!({})).unwrap_err()
    };
    let label = |label: i64| of_batch_2(&|path| write_batch(path, 32, &[3, label], 0));
    for wrong in [0, 1001, -1] {
        assert_eq!(
            label(wrong),
            format!(
                "train_data_batch_2.npz: array \"labels\", element 1: label must be a whole number from 1 to 1000, got {wrong}"
            )
        );
    }
    assert_eq!(
        of_batch_2(&|path| write_batch(path, 16, &[1, 2], 0)),
        "train_data_batch_2.npz: array \"data\" must have two axes, a row of 3 x 32 x 32 values for every label, got \
         shape [2, 768]"
    );
    let arrays = |path: &Path, data: &str, is_byte: bool, labels: usize| {
        let mut archive = NpzWriter::create(path).unwrap();
        match is_byte {
            true => add(&mut archive, data, &[2, 3072], (0..2 * 3072).map(|_| 0u8)),
            false => add(&mut archive, data, &[2, 3072], (0..2 * 3072).map(|_| 0f32)),
        }
        add(&mut archive, "labels", &[labels], (0..labels).map(|_| 1i64));
    };
    assert_eq!(
        of_batch_2(&|path| arrays(path, "data", true, 3)),
        "train_data_batch_2.npz: array \"data\" must have two axes, a row of 3 x 32 x 32 values for every label, got \
         shape [2, 3072]"
    );
    assert_eq!(
        of_batch_2(&|path| arrays(path, "images", true, 2)),
        "train_data_batch_2.npz: holds no array \"data\"; there are: images, labels"
    );
    let floats = of_batch_2(&|path| arrays(path, "data", false, 2));
    let start = "train_data_batch_2.npz: array \"data\" must hold integers of 8 bits without sign, got type ";
    assert!(floats.starts_with(start), "{floats}");
    assert_eq!(of_batch_2(&|path| fs::write(path, "no archive").unwrap()), "train_data_batch_2.npz: cannot be read");
}

//! IDX and CIFAR files: what is read from good ones, and what is said about bad ones.
use crate::fixtures::repository::repository_file;
use dyadsim::data::{
    Cifar10Config, Cifar100Config, Cifar100Labels, DataConfig, DataSource, DataSplits, IdxConfig, IdxLocation,
    PixelScaling, load,
};
use flate2::{Compression, write::GzEncoder};
use proptest::prelude::*;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

const TRAIN_IMAGES: &str = "train-images-idx3-ubyte";
const TRAIN_LABELS: &str = "train-labels-idx1-ubyte";

fn idx_config(directory: &Path) -> DataConfig {
    let location = IdxLocation::Directory(directory.to_owned());
    let source = DataSource::Idx(IdxConfig { location, input_axes: None, classes: None });
    DataConfig { source, scaling: PixelScaling::None, ..DataConfig::default() }
}

fn images(samples: u32, rows: u32, columns: u32, pixels: &[u8]) -> Vec<u8> {
    let mut bytes = [0x803, samples, rows, columns].map(u32::to_be_bytes).concat();
    bytes.extend(pixels);
    bytes
}

fn labels(labels: &[u8]) -> Vec<u8> {
    let mut bytes = [0x801, labels.len() as u32].map(u32::to_be_bytes).concat();
    bytes.extend(labels);
    bytes
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A folder with two training pictures of 2 × 3 pixels and one test picture; `spoil` replaces one file.
fn idx_folder(spoil: Option<(&str, Vec<u8>)>) -> TempDir {
    let folder = TempDir::new().unwrap();
    let write = |name: &str, bytes: Vec<u8>| fs::write(folder.path().join(name), bytes).unwrap();
    write(TRAIN_IMAGES, images(2, 2, 3, &[1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 255]));
    write(TRAIN_LABELS, labels(&[9, 0]));
    write("t10k-images-idx3-ubyte", images(1, 2, 3, &[0; 6]));
    write("t10k-labels-idx1-ubyte", labels(&[4]));
    if let Some((name, bytes)) = spoil {
        write(name, bytes);
    }
    folder
}

/// What is said about a folder with one bad file, without the folder's name.
fn idx_complaint(name: &str, bytes: Vec<u8>) -> String {
    let folder = idx_folder(Some((name, bytes)));
    complaint(&idx_config(folder.path()), folder.path())
}

fn complaint(config: &DataConfig, folder: &Path) -> String {
    let error = load(config, Path::new("."), 1).unwrap_err();
    error.to_string().replace(&format!("{}/", folder.display()), "")
}

#[test]
fn idx_pictures_keep_their_order_and_shape() {
    let folder = idx_folder(None);
    let DataSplits { train, test, .. } = load(&idx_config(folder.path()), Path::new("."), 1).unwrap();
    assert_eq!(train.sample(0), [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
    assert_eq!(train.sample(1), [7.0, 8.0, 9.0, 10.0, 11.0, 255.0]);
    assert_eq!((train.labels(), test.labels()), (&[9, 0][..], &[4][..]));
    assert_eq!((train.sample_shape(), train.classes()), (&[2, 3][..], 10));
}

#[test]
fn relative_paths_count_from_the_base_folder() {
    let folder = idx_folder(None);
    let base = folder.path().parent().unwrap();
    let relative = PathBuf::from(folder.path().file_name().unwrap());
    assert_eq!(load(&idx_config(&relative), base, 1).unwrap().train.len(), 2);
}

#[test]
fn gzip_is_told_by_content_not_by_name() {
    let plain_named_gz = idx_folder(None);
    let path = plain_named_gz.path().join(TRAIN_IMAGES);
    fs::rename(&path, path.with_extension("gz")).unwrap();
    let gzip_named_plain = idx_folder(Some((TRAIN_LABELS, gzip(&labels(&[9, 0])))));
    for folder in [plain_named_gz, gzip_named_plain] {
        assert_eq!(load(&idx_config(folder.path()), Path::new("."), 1).unwrap().train.labels(), [9, 0]);
    }
}

#[test]
fn a_missing_idx_file_is_named_in_both_spellings() {
    let folder = idx_folder(None);
    fs::remove_file(folder.path().join(TRAIN_LABELS)).unwrap();
    let expected =
        format!("{}: holds neither train-labels-idx1-ubyte nor train-labels-idx1-ubyte.gz", folder.path().display());
    assert_eq!(complaint(&idx_config(folder.path()), folder.path()), expected);
}

#[test]
fn bad_idx_headers_are_refused_with_their_place() {
    let cases = [
        (
            TRAIN_IMAGES,
            labels(&[1, 2]),
            "train-images-idx3-ubyte must have two axes or more, samples first, none of length 0, got shape [2]",
        ),
        (
            TRAIN_LABELS,
            vec![0, 0, 10, 1, 0, 0, 0, 2, 1, 2],
            "train-labels-idx1-ubyte: is no IDX file: it must start with 0x0000, a type (08, 09, 0b to 0e) and the number of \
             axes, got 0x00000a01",
        ),
        (
            TRAIN_IMAGES,
            vec![0, 0],
            "train-images-idx3-ubyte: the magic number starts at byte 0 and needs 4 bytes, but 2 follow",
        ),
        (
            TRAIN_IMAGES,
            images(2, 2, 3, &[])[..14].to_vec(),
            "train-images-idx3-ubyte: the length of axis 2 starts at byte 12 and needs 4 bytes, but 2 follow",
        ),
        (
            TRAIN_IMAGES,
            images(2, 0, 3, &[]),
            "train-images-idx3-ubyte: length of axis 1 at byte 8 must be at least 1, got 0",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(idx_complaint(name, bytes), expected);
    }
}

#[test]
fn idx_content_of_the_wrong_length_is_refused_with_its_place() {
    let cases = [
        (
            TRAIN_IMAGES,
            images(2, 2, 3, &[0; 11]),
            "train-images-idx3-ubyte needs 12 bytes after its header, but 11 follow",
        ),
        (
            TRAIN_IMAGES,
            gzip(&images(2, 2, 3, &[0; 11])),
            "train-images-idx3-ubyte needs 12 bytes after its header, but 11 follow",
        ),
        (
            TRAIN_IMAGES,
            images(2, 2, 3, &[0; 15]),
            "train-images-idx3-ubyte needs 12 bytes after its header, but 15 follow",
        ),
        (
            TRAIN_IMAGES,
            images(u32::MAX, u32::MAX, u32::MAX, &[0; 5]),
            "train-images-idx3-ubyte needs 18446744073709551615 bytes after its header, but 5 follow",
        ),
        (
            TRAIN_LABELS,
            gzip(&[labels(&[1, 2]), vec![7]].concat()),
            "train-labels-idx1-ubyte needs 2 bytes after its header, but 3 follow",
        ),
    ];
    for (name, bytes, expected) in cases {
        assert_eq!(idx_complaint(name, bytes), expected);
    }
}

#[test]
fn a_gzip_stream_that_breaks_off_is_refused() {
    let noise: Vec<u8> = (0..60_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let mut bytes = gzip(&images(10_000, 2, 3, &noise));
    bytes.truncate(bytes.len() / 2);
    let folder = idx_folder(Some((TRAIN_IMAGES, bytes)));
    fs::write(folder.path().join(TRAIN_LABELS), labels(&[0; 10_000])).unwrap();
    let complaint = complaint(&idx_config(folder.path()), folder.path());
    let (start, rest) =
        complaint.split_at("train-images-idx3-ubyte: gzip stream is cut off or damaged after byte ".len());
    assert_eq!(start, "train-images-idx3-ubyte: gzip stream is cut off or damaged after byte ");
    let offset: usize = rest.strip_suffix(" of the decompressed stream").unwrap().parse().unwrap();
    assert!(offset < 60_016, "{offset}");
}

#[test]
fn labels_that_do_not_fit_are_refused() {
    let folder = idx_folder(Some((TRAIN_LABELS, labels(&[9, 10]))));
    let mut config = idx_config(folder.path());
    let DataSource::Idx(idx) = &mut config.source else { unreachable!() };
    idx.classes = Some(dyadsim::parameter::Count::new(10).unwrap());
    assert_eq!(
        complaint(&config, folder.path()),
        "train-labels-idx1-ubyte, element 1: label must be a whole number from 0 to 9, got 10"
    );
    assert_eq!(
        idx_complaint(TRAIN_LABELS, labels(&[1, 2, 3])),
        "train-images-idx3-ubyte of shape [2, 2, 3] holds 2 samples, but train-labels-idx1-ubyte holds 3 labels; transposed? With \
         data.source.idx.input_axes [\"row\", \"column\", \"sample\"] its last axis counts the samples"
    );
}

#[test]
fn training_and_test_pictures_must_have_one_shape() {
    let complaint = idx_complaint("t10k-images-idx3-ubyte", images(1, 3, 2, &[0; 6]));
    assert_eq!(complaint, "training samples have shape [2, 3], but test samples have [3, 2]");
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever a file holds, it is read or refused; no content makes the program panic.
    #[test]
    fn any_bytes_are_read_or_refused(prefix in 0usize..20, tail in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut bytes = images(2, 2, 3, &[0; 12]);
        bytes.truncate(prefix);
        bytes.extend(tail);
        let folder = idx_folder(Some((TRAIN_IMAGES, bytes)));
        let _ = load(&idx_config(folder.path()), Path::new("."), 1);
    }

    #[test]
    fn idx_files_come_back_as_written(
        (rows, columns) in (1u32..5, 1u32..5),
        marks in proptest::collection::vec(0u8..10, 1..6),
        salt in any::<u8>(),
        compressed in any::<bool>(),
    ) {
        let pixels: Vec<u8> =
            (0..marks.len() as u32 * rows * columns).map(|i| (i as u8).wrapping_mul(37).wrapping_add(salt)).collect();
        let folder = TempDir::new().unwrap();
        for split in ["train", "t10k"] {
            for (name, bytes) in [
                (format!("{split}-images-idx3-ubyte"), images(marks.len() as u32, rows, columns, &pixels)),
                (format!("{split}-labels-idx1-ubyte"), labels(&marks)),
            ] {
                fs::write(folder.path().join(name), if compressed { gzip(&bytes) } else { bytes }).unwrap();
            }
        }
        let train = load(&idx_config(folder.path()), Path::new("."), 1).unwrap().train;
        let read: Vec<u8> = train.inputs().iter().map(|&value| value as u8).collect();
        prop_assert_eq!(read, pixels);
        prop_assert_eq!(train.labels(), marks.iter().map(|&mark| u16::from(mark)).collect::<Vec<_>>());
    }
}

/// Records of the given label bytes; every pixel of record i has the value 10 · channel + i.
fn cifar_records(label_bytes: &[&[u8]]) -> Vec<u8> {
    let record = |(index, label): (usize, &&[u8])| {
        let pixels = (0..3).flat_map(|channel| vec![(10 * channel + index) as u8; 32 * 32]);
        label.iter().copied().chain(pixels).collect::<Vec<u8>>()
    };
    label_bytes.iter().enumerate().flat_map(record).collect()
}

fn cifar10_folder(subfolder: &str) -> TempDir {
    let folder = TempDir::new().unwrap();
    let inner = folder.path().join(subfolder);
    fs::create_dir_all(&inner).unwrap();
    for batch in 1..=5u8 {
        fs::write(inner.join(format!("data_batch_{batch}.bin")), cifar_records(&[&[batch], &[9]])).unwrap();
    }
    fs::write(inner.join("test_batch.bin"), cifar_records(&[&[0]])).unwrap();
    folder
}

fn cifar10_config(folder: &TempDir) -> DataConfig {
    let source = DataSource::Cifar10(Cifar10Config { directory: folder.path().to_owned() });
    DataConfig { source, scaling: PixelScaling::None, ..DataConfig::default() }
}

#[test]
fn cifar_10_is_read_batch_after_batch_with_or_without_its_folder() {
    for subfolder in ["", "cifar-10-batches-bin"] {
        let folder = cifar10_folder(subfolder);
        let DataSplits { train, test, .. } = load(&cifar10_config(&folder), Path::new("."), 1).unwrap();
        assert_eq!(train.labels(), [1, 9, 2, 9, 3, 9, 4, 9, 5, 9]);
        assert_eq!((test.len(), train.sample_shape(), train.classes()), (1, &[3, 32, 32][..], 10));
        let channels: Vec<f32> = train.sample(3).chunks(32 * 32).map(|channel| channel[500]).collect();
        assert_eq!(channels, [1.0, 11.0, 21.0]);
    }
}

#[test]
fn bad_cifar_files_are_refused_with_their_place() {
    let truncated = cifar_records(&[&[1], &[2]])[..3073 + 500].to_vec();
    let cases = [
        (truncated, "data_batch_3.bin: record 1 starts at byte 3073 and needs 3073 bytes, but 500 follow"),
        (Vec::new(), "data_batch_3.bin: record 0 starts at byte 0 and needs 3073 bytes, but 0 follow"),
        (cifar_records(&[&[1], &[2], &[10]]), "data_batch_3.bin: label at byte 6146 must be below 10, got 10"),
    ];
    for (bytes, expected) in cases {
        let folder = cifar10_folder("");
        fs::write(folder.path().join("data_batch_3.bin"), bytes).unwrap();
        assert_eq!(complaint(&cifar10_config(&folder), folder.path()), expected);
    }
    let folder = cifar10_folder("");
    fs::remove_file(folder.path().join("test_batch.bin")).unwrap();
    assert_eq!(complaint(&cifar10_config(&folder), folder.path()), "test_batch.bin: cannot be read");
}

#[test]
fn cifar_100_has_fine_and_coarse_labels() {
    let folder = TempDir::new().unwrap();
    fs::write(folder.path().join("train.bin"), cifar_records(&[&[19, 99], &[3, 42]])).unwrap();
    fs::write(folder.path().join("test.bin"), cifar_records(&[&[0, 20]])).unwrap();
    for (labels, classes, expected) in [(Cifar100Labels::Fine, 100, [99, 42]), (Cifar100Labels::Coarse, 20, [19, 3])] {
        let source = DataSource::Cifar100(Cifar100Config { directory: folder.path().to_owned(), labels });
        let train = load(&DataConfig { source, ..DataConfig::default() }, Path::new("."), 1).unwrap().train;
        assert_eq!((train.classes(), train.labels()), (classes, &expected[..]));
    }
    fs::write(folder.path().join("test.bin"), cifar_records(&[&[0, 1], &[0, 100]])).unwrap();
    let source =
        DataSource::Cifar100(Cifar100Config { directory: folder.path().to_owned(), labels: Cifar100Labels::Fine });
    let config = DataConfig { source, ..DataConfig::default() };
    assert_eq!(complaint(&config, folder.path()), "test.bin: label at byte 3075 must be below 100, got 100");
}

/// Runs where the real files are: in the folder that DYADSIM_MNIST names, or next to the project.
#[test]
fn the_real_mnist_is_read() {
    let folder =
        std::env::var_os("DYADSIM_MNIST").map_or_else(|| repository_file("../shared/data/mnist"), PathBuf::from);
    if !folder.is_dir() {
        println!("SKIPPED: no MNIST in {}; set DYADSIM_MNIST to the folder with its four files", folder.display());
        return;
    }
    let config = DataConfig { scaling: PixelScaling::Unit, ..idx_config(&folder) };
    let DataSplits { train, test, .. } = load(&config, Path::new("."), 1).unwrap();
    assert_eq!((train.len(), test.len(), train.sample_shape()), (60_000, 10_000, &[28, 28][..]));
    assert_eq!(train.labels()[..10], [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);
    assert_eq!(test.labels()[..5], [7, 2, 1, 0, 4]);
    let counts: Vec<usize> = (0..10).map(|c| train.labels().iter().filter(|&&label| label == c).count()).collect();
    assert_eq!(counts, [5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851, 5949]);
    // The mean and standard deviation that everyone normalises MNIST with.
    let n = train.inputs().len() as f64;
    let mean = train.inputs().iter().map(|&value| f64::from(value)).sum::<f64>() / n;
    let std = (train.inputs().iter().map(|&value| f64::from(value).powi(2)).sum::<f64>() / n - mean * mean).sqrt();
    assert!((mean - 0.1307).abs() < 1e-4 && (std - 0.3081).abs() < 1e-4, "{mean} {std}");
}

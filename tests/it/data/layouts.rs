//! Arrays as other programs lay them out: IDX files of every type and number of axes, samples along another axis, files of
//! MATLAB, and parts of large files.
use dyadsim::data::{DataConfig, DataSplits, load};
use flate2::{Compression, write::GzEncoder};
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use serde_json::{Value, json};
use std::fs;
use std::io::{Seek, SeekFrom, Write};
use tempfile::TempDir;

/// What a source becomes, unscaled; messages come without the folder.
fn read(folder: &TempDir, source: Value, changes: Value) -> Result<DataSplits, String> {
    let mut config = json!({"source": source, "scaling": "none"});
    config.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
    let config: DataConfig = serde_json::from_value(config).map_err(|error| error.to_string())?;
    let without_folder = format!("{}/", folder.path().display());
    load(&config, folder.path(), 1).map_err(|error| error.to_string().replace(&without_folder, "").replace("./", ""))
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// An IDX file: type, lengths of the axes, elements.
fn idx(code: u8, lengths: &[u32], elements: &[u8]) -> Vec<u8> {
    let mut bytes = vec![0, 0, code, lengths.len() as u8];
    bytes.extend(lengths.iter().flat_map(|length| length.to_be_bytes()));
    bytes.extend(elements);
    bytes
}

/// A folder with these inputs and labels as training set, and the same as test set.
fn idx_folder(inputs: &[u8], labels: &[u8]) -> TempDir {
    let folder = TempDir::new().unwrap();
    for set in ["train", "t10k"] {
        fs::write(folder.path().join(format!("{set}-images-idx3-ubyte")), inputs).unwrap();
        fs::write(folder.path().join(format!("{set}-labels-idx1-ubyte")), labels).unwrap();
    }
    folder
}

fn read_idx(folder: &TempDir, changes: Value) -> Result<DataSplits, String> {
    read(folder, json!({"idx": {"location": {"directory": "."}}}), changes)
}

#[test]
fn idx_inputs_may_have_any_type_and_number_of_axes() {
    macro_rules! elements {
        ($number:ty) => {
            [1, 2, 3, 4, 5, 6].map(|x| x as $number).iter().flat_map(|x| x.to_be_bytes()).collect::<Vec<u8>>()
        };
    }
    let labels = idx(8, &[2], &[1, 0]);
    for (code, elements) in [
        (8, elements!(u8)),
        (9, elements!(i8)),
        (11, elements!(i16)),
        (12, elements!(i32)),
        (13, elements!(f32)),
        (14, elements!(f64)),
    ] {
        for shape in [&[2, 3][..], &[2, 1, 3], &[2, 3, 1, 1]] {
            let train = read_idx(&idx_folder(&idx(code, shape, &elements), &labels), json!({})).unwrap().train;
            assert_eq!((train.sample(0), train.sample(1)), (&[1.0, 2.0, 3.0][..], &[4.0, 5.0, 6.0][..]), "type {code}");
            let sample_shape: Vec<usize> = shape[1..].iter().map(|&length| length as usize).collect();
            assert_eq!(train.sample_shape(), sample_shape);
        }
    }
}

#[test]
fn idx_labels_may_have_the_columns_of_qmnist() {
    let row = |class: i32| [class, 4, 1029, 0, 21, 102_916, 0, 0].map(i32::to_be_bytes).concat();
    let labels = idx(12, &[3, 8], &[row(7), row(0), row(2)].concat());
    let folder = idx_folder(&idx(8, &[3, 2], &[0; 6]), &labels);
    assert_eq!(read_idx(&folder, json!({})).unwrap().train.labels(), [7, 0, 2]);
    let others = idx(12, &[2, 3], &[[5i32, 0, 9].map(i32::to_be_bytes).concat(), vec![0; 12]].concat());
    assert_eq!(
        read_idx(&idx_folder(&idx(8, &[2, 2], &[0; 4]), &others), json!({})).unwrap_err(),
        "train-labels-idx1-ubyte must have one axis, or rows with a single 1 among zeros (numpy.argmax(y, axis=1) makes \
         classes of scores; data.targets \"labels\" learns several 1 in a row, \"values\" any numbers), got shape [2, 3]"
    );
}

/// As EMNIST: letters from 1, images on their side, names of its archive.
#[test]
fn letters_from_1_are_counted_from_0_and_that_is_said() {
    let folder = TempDir::new().unwrap();
    for set in ["train", "test"] {
        let name = |content: &str| folder.path().join(format!("emnist-letters-{set}-{content}-ubyte.gz"));
        fs::write(name("images-idx3"), gzip(&idx(8, &[2, 2, 3], &[0, 1, 2, 10, 11, 12, 0, 0, 0, 0, 0, 0]))).unwrap();
        fs::write(name("labels-idx1"), gzip(&idx(8, &[2], &[26, 1]))).unwrap();
    }
    let source =
        json!({"idx": {"location": {"directory": "."}, "classes": 26, "input_axes": ["sample", "column", "row"]}});
    let splits = read(&folder, source, json!({})).unwrap();
    assert_eq!((splits.train.labels(), splits.train.classes()), (&[25, 0][..], 26));
    assert_eq!(splits.train.sample_shape(), [3, 2]);
    assert_eq!(splits.train.sample(0), [0.0, 10.0, 1.0, 11.0, 2.0, 12.0]);
    let [note] = &splits.notes[..] else { panic!("{:?}", splits.notes) };
    assert!(note.ends_with("-labels-idx1-ubyte.gz run from 1 to 26: class k holds those of label k + 1"), "{note}");
}

#[test]
fn names_of_copies_are_known_and_several_that_fit_are_listed() {
    let folder = TempDir::new().unwrap();
    let (inputs, labels) = (idx(8, &[1, 2], &[3, 4]), idx(8, &[1], &[9]));
    for set in ["train", "t10k"] {
        fs::write(folder.path().join(format!("{set}-images.idx3-ubyte")), &inputs).unwrap();
        // A folder of the same name, as some archives unpack.
        let name = format!("{set}-labels-idx1-ubyte");
        fs::create_dir(folder.path().join(&name)).unwrap();
        fs::write(folder.path().join(&name).join(&name), &labels).unwrap();
    }
    assert_eq!(read_idx(&folder, json!({})).unwrap().train.sample(0), [3.0, 4.0]);
    fs::rename(folder.path().join("train-images.idx3-ubyte"), folder.path().join("emnist-a-train-images-idx3-ubyte"))
        .unwrap();
    fs::write(folder.path().join("emnist-b-train-images-idx3-ubyte"), &inputs).unwrap();
    let complaint = read_idx(&folder, json!({})).unwrap_err();
    assert!(complaint.contains("(emnist-a-train-images-idx3-ubyte, emnist-b-train-images-idx3-ubyte)"), "{complaint}");
}

#[test]
fn gzip_may_have_several_members_and_zeros_at_the_end() {
    let inputs = idx(8, &[1, 4], &[1, 2, 3, 4]);
    let parts = [gzip(&inputs[..9]), gzip(&[]), gzip(&inputs[9..]), vec![0; 3000]].concat();
    let folder = idx_folder(&parts, &gzip(&idx(8, &[1], &[0])));
    assert_eq!(read_idx(&folder, json!({})).unwrap().train.sample(0), [1.0, 2.0, 3.0, 4.0]);
    let folder = idx_folder(&[parts, vec![7]].concat(), &idx(8, &[1], &[0]));
    assert!(read_idx(&folder, json!({})).unwrap_err().contains("gzip stream is cut off or damaged after byte 16"));
}

/// Of files that are cut off or as large as a disk, the first samples are there.
#[test]
fn only_the_samples_that_are_asked_for_are_read() {
    let first = json!({"train_samples": 2, "test_samples": 2});
    let noise: Vec<u8> = (0..100_000u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    let cut = |bytes: Vec<u8>| bytes[..bytes.len() / 2].to_vec();
    let folder = idx_folder(&cut(gzip(&idx(8, &[50_000, 2], &noise))), &gzip(&idx(8, &[50_000], &vec![0; 50_000])));
    let train = read_idx(&folder, first.clone()).unwrap().train;
    assert_eq!(train.sample(1), [f32::from(noise[2]), f32::from(noise[3])]);
    assert!(read_idx(&folder, json!({})).unwrap_err().contains("gzip stream is cut off"));

    // 3 GB of which the first rows alone were ever written.
    let (samples, features) = (1_000_000, 1000);
    let file = hdf5::File::create(folder.path().join("set.h5")).unwrap();
    for name in ["x_train", "x_test"] {
        let large = file.new_dataset::<f32>().chunk((2, features)).shape((samples, features)).create(name).unwrap();
        let first = hdf5::Hyperslab::new(vec![hdf5::SliceOrIndex::from(..2), hdf5::SliceOrIndex::from(..)]);
        large.write_slice(&ndarray::Array2::from_elem((2, features), 3.0f32), first).unwrap();
    }
    for name in ["y_train", "y_test"] {
        file.new_dataset::<u8>().chunk(1000).shape(samples).create(name).unwrap();
    }
    drop(file);
    let train = read(&folder, json!({"hdf5": {"file": "set.h5", "classes": 2}}), first.clone()).unwrap().train;
    assert_eq!((train.len(), train.features(), train.sample(1)[999]), (2, 1000, 3.0));
    let more = json!({"train_samples": samples + 1});
    assert_eq!(
        read(&folder, json!({"hdf5": {"file": "set.h5"}}), more).unwrap_err(),
        "set.h5 train: must hold the 1000001 samples asked for, but has 1000000"
    );
}

/// A table of three samples of two features; element (sample, feature) is 10 sample + feature. `lengths` and `values` are those of
/// the file, `order` the order of its elements.
fn npz(folder: &TempDir, lengths: &[u64], values: &[u8], order: npyz::Order) {
    let mut archive = NpzWriter::create(folder.path().join("set.npz")).unwrap();
    for set in ["train", "test"] {
        let builder = archive.array(&format!("x_{set}"), Default::default()).unwrap().default_dtype();
        let mut writer = builder.order(order).shape(lengths).begin_nd().unwrap();
        writer.extend(values.iter().copied()).unwrap();
        writer.finish().unwrap();
        let builder = archive.array(&format!("y_{set}"), Default::default()).unwrap().default_dtype();
        let mut writer = builder.shape(&[3]).begin_nd().unwrap();
        writer.extend([0u8, 1, 2]).unwrap();
        writer.finish().unwrap();
    }
}

#[test]
fn samples_along_another_axis_are_named_or_refused() {
    let folder = TempDir::new().unwrap();
    let source = |axes: Value| json!({"npz": {"file": "set.npz", "input_axes": axes}});
    let samples =
        |splits: DataSplits| (0..splits.train.len()).map(|k| splits.train.sample(k).to_vec()).collect::<Vec<_>>();
    let rows = [vec![0.0, 1.0], vec![10.0, 11.0], vec![20.0, 21.0]];
    npz(&folder, &[2, 3], &[0, 10, 20, 1, 11, 21], npyz::Order::C);
    assert_eq!(samples(read(&folder, source(json!(["feature", "sample"])), json!({})).unwrap()), rows);
    assert_eq!(
        read(&folder, source(Value::Null), json!({})).unwrap_err(),
        "set.npz: array \"x_train\" of shape [2, 3] holds 2 samples, but set.npz: array \"y_train\" holds 3 labels; transposed? \
         With data.source.npz.input_axes [\"feature\", \"sample\"] its last axis counts the samples"
    );
    assert_eq!(
        read(&folder, source(json!(["row", "column", "sample"])), json!({})).unwrap_err(),
        "set.npz: array \"x_train\" must have the 3 axes of data.source.npz.input_axes, got shape [2, 3]"
    );
    // The first samples, with either axis running fastest.
    let first = json!({"train_samples": 2});
    assert_eq!(samples(read(&folder, source(json!(["feature", "sample"])), first.clone()).unwrap()), rows[..2]);
    npz(&folder, &[3, 2], &[0, 10, 20, 1, 11, 21], npyz::Order::Fortran);
    assert_eq!(samples(read(&folder, source(Value::Null), json!({})).unwrap()), rows);
    assert_eq!(samples(read(&folder, source(Value::Null), first).unwrap()), rows[..2]);
    // Channels last, as TensorFlow has them, become channels first.
    npz(&folder, &[3, 1, 2, 2], &[0, 1, 2, 3, 10, 11, 12, 13, 20, 21, 22, 23], npyz::Order::C);
    let splits = read(&folder, source(json!(["sample", "row", "column", "channel"])), json!({})).unwrap();
    assert_eq!((splits.train.sample_shape(), splits.train.sample(1)), (&[2, 1, 2][..], &[10.0, 12.0, 11.0, 13.0][..]));
    let twice = read(&folder, source(json!(["sample", "row", "row"])), json!({})).unwrap_err();
    assert!(twice.contains("must name every axis once, got row twice"), "{twice}");
}

/// As `save(file, …, '-v7.3')` writes arrays of MATLAB: with their lengths in reverse, behind a user block.
fn matlab(folder: &TempDir, arrays: &[(&str, &[usize], Vec<f64>)]) {
    let path = folder.path().join("set.h5");
    let file = hdf5::FileBuilder::new().with_fcpl(|list| list.userblock(512)).create(&path).unwrap();
    for (name, size, values) in arrays {
        let stored: Vec<usize> = size.iter().rev().copied().collect();
        file.new_dataset::<f64>().shape(stored).create(*name).unwrap().write_raw(values).unwrap();
    }
    drop(file);
    let mut file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.seek(SeekFrom::Start(0)).unwrap();
    file.write_all(b"MATLAB 7.3 MAT-file, Platform: GLNXA64, Created on: Mon Jan  6 12:00:00 2025 HDF5 schema 1.00 .")
        .unwrap();
}

/// The elements of an array of this size in MATLAB's order, element (i, j, …) being i, j, … as decimal digits.
fn digits(size: &[usize]) -> Vec<f64> {
    let element = |at: usize| {
        let step = |(number, rest): (usize, usize), &length: &usize| (10 * number + rest % length, rest / length);
        size.iter().fold((0, at), step).0 as f64
    };
    (0..size.iter().product()).map(element).collect()
}

fn read_matlab(size: &[usize], samples: usize, changes: Value) -> Result<DataSplits, String> {
    let folder = TempDir::new().unwrap();
    let labels: Vec<f64> = (0..samples).map(|k| (k % 2 + 1) as f64).collect();
    let column = [samples, 1];
    let arrays: [(&str, &[usize], Vec<f64>); 4] = [
        ("x_train", size, digits(size)),
        ("x_test", size, digits(size)),
        ("y_train", &column, labels.clone()),
        ("y_test", &column, labels),
    ];
    matlab(&folder, &arrays);
    read(&folder, json!({"hdf5": changes}), json!({}))
}

#[test]
fn files_of_matlab_are_read_as_matlab_has_them() {
    let file = json!({"file": "set.h5"});
    // A table with samples in rows.
    let splits = read_matlab(&[4, 3], 4, file.clone()).unwrap();
    assert_eq!((splits.train.sample(1), splits.train.labels()), (&[10.0, 11.0, 12.0][..], &[0, 1, 0, 1][..]));
    let note = "set.h5: array \"x_train\" of MATLAB, size [4, 3]: its first axis counts the samples";
    assert!(splits.notes[0].ends_with(note), "{:?}", splits.notes);
    // One with samples in columns.
    assert_eq!(read_matlab(&[3, 4], 4, file.clone()).unwrap().train.sample(1), [1.0, 11.0, 21.0]);
    // Images along the last axis.
    let train = read_matlab(&[2, 3, 4], 4, file.clone()).unwrap().train;
    assert_eq!((train.sample_shape(), train.sample(2)), (&[2, 3][..], &[2.0, 12.0, 22.0, 102.0, 112.0, 122.0][..]));
    let train = read_matlab(&[2, 1, 3, 4], 4, file.clone()).unwrap().train;
    assert_eq!(train.sample_shape(), [3, 2, 1]);
    assert_eq!(train.sample(2), [2.0, 1002.0, 12.0, 1012.0, 22.0, 1022.0]);
    // Whichever it is of a square, it is said.
    let splits = read_matlab(&[4, 4], 4, file.clone()).unwrap();
    assert_eq!(splits.train.sample(1), [10.0, 11.0, 12.0, 13.0]);
    assert!(
        splits.notes[0].contains("size [4, 4]: its first axis counts the samples, although both"),
        "{:?}",
        splits.notes
    );
    let splits = read_matlab(&[4, 4], 4, json!({"file": "set.h5", "input_axes": ["feature", "sample"]})).unwrap();
    assert_eq!(splits.train.sample(1), [1.0, 11.0, 21.0, 31.0]);
    let misfit = read_matlab(&[5, 3], 4, file).unwrap_err();
    assert!(misfit.contains("of shape [5, 3] holds 5 samples, but") && misfit.contains("holds 4 labels"), "{misfit}");
}

#[test]
fn what_is_no_data_is_named() {
    let labels = idx(8, &[2], &[0, 1]);
    let says = |start: &[u8], what: &str| {
        let complaint = read_idx(&idx_folder(start, &labels), json!({})).unwrap_err();
        assert_eq!(complaint, format!("train-images-idx3-ubyte: is {what}"));
    };
    let page = "a web page, not data: the download has failed, or needs a login";
    says(b"<!DOCTYPE html>\n<html>", page);
    says(&gzip(b"<html><head>"), page);
    let pointer = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 9912422\n";
    says(pointer, "a pointer of Git LFS, not the file itself: get that with `git lfs pull`");
    says(b"PK\x03\x04rest", "a zip archive: unpack it");
    says(&gzip(&gzip(&idx(8, &[2, 1], &[3, 4]))), "gzip within gzip: unpack it once more with `gzip -d`");
    let folder = TempDir::new().unwrap();
    for (file, start, part) in [
        ("set.npz", &b"\x80\x04\x95\x10\0\0"[..], "set.npz: is a pickle of Python"),
        ("set.npz", b"\x93NUMPY\x01\0", "set.npz: is a single array of NumPy (.npy)"),
        ("set.h5", b"MATLAB 5.0 MAT-file, Platform: PCWIN64", "set.h5: is a file of MATLAB 5"),
        ("set.h5", b"\xfd7zXZ\0\0", "set.h5: is compressed by xz"),
    ] {
        fs::write(folder.path().join(file), start).unwrap();
        let kind = if file == "set.npz" { "npz" } else { "hdf5" };
        let complaint = read(&folder, json!({kind: {"file": file}}), json!({})).unwrap_err();
        assert!(complaint.starts_with(part), "{complaint}");
    }
}

#[test]
fn digits_are_written_for_other_programs() {
    let folder = TempDir::new().unwrap();
    let own = dyadsim::data::digits(30, 20, 5).unwrap();
    dyadsim::data::write_npz(&own, &folder.path().join("digits.npz")).unwrap();
    let again = read(&folder, json!({"npz": {"file": "digits.npz"}}), json!({"scaling": "unit"})).unwrap();
    assert_eq!((&again.train.inputs(), &again.test.inputs()), (&own.train.inputs(), &own.test.inputs()));
    assert_eq!((again.train.labels(), again.train.sample_shape()), (own.train.labels(), own.train.sample_shape()));
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
}

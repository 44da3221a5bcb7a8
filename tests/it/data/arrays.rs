//! NumPy and HDF5 files: types, shapes, names, and what is said about bad ones.
use dyadsim::data::{ArrayNames, DataConfig, DataSource, DataSplits, Hdf5Config, NpzConfig, PixelScaling, load};
use dyadsim::parameter::Count;
use npyz::WriterBuilder;
use npyz::npz::NpzWriter;
use std::path::Path;
use tempfile::TempDir;

/// A file with arrays, written by one of the two libraries.
trait Container {
    const FILE: &'static str;
    fn create(path: &Path) -> Self;
    fn add<T: npyz::AutoSerialize + hdf5::H5Type + Copy>(&mut self, name: &str, shape: &[u64], values: &[T]);
    fn source(path: &Path, arrays: ArrayNames, classes: Option<Count>) -> DataSource;
}

struct Npz(NpzWriter<std::io::BufWriter<std::fs::File>>);

impl Container for Npz {
    const FILE: &'static str = "set.npz";
    fn create(path: &Path) -> Self {
        Self(NpzWriter::create(path).unwrap())
    }
    fn add<T: npyz::AutoSerialize + hdf5::H5Type + Copy>(&mut self, name: &str, shape: &[u64], values: &[T]) {
        let mut writer =
            self.0.array(name, Default::default()).unwrap().default_dtype().shape(shape).begin_nd().unwrap();
        writer.extend(values.iter().copied()).unwrap();
        writer.finish().unwrap();
    }
    fn source(path: &Path, arrays: ArrayNames, classes: Option<Count>) -> DataSource {
        DataSource::Npz(NpzConfig { file: path.to_owned(), arrays, input_axes: None, classes })
    }
}

struct Hdf5(hdf5::File);

impl Container for Hdf5 {
    const FILE: &'static str = "set.h5";
    fn create(path: &Path) -> Self {
        Self(hdf5::File::create(path).unwrap())
    }
    fn add<T: npyz::AutoSerialize + hdf5::H5Type + Copy>(&mut self, name: &str, shape: &[u64], values: &[T]) {
        let shape: Vec<usize> = shape.iter().map(|&length| length as usize).collect();
        self.0.new_dataset::<T>().shape(shape).create(name).unwrap().write_raw(values).unwrap();
    }
    fn source(path: &Path, arrays: ArrayNames, classes: Option<Count>) -> DataSource {
        DataSource::Hdf5(Hdf5Config { file: path.to_owned(), arrays, input_axes: None, classes })
    }
}

/// What a file becomes; messages come without the folder.
fn outcome<C: Container>(
    fill: impl Fn(&mut C),
    arrays: ArrayNames,
    classes: Option<usize>,
    scaling: PixelScaling,
) -> Result<DataSplits, String> {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join(C::FILE);
    let mut file = C::create(&path);
    fill(&mut file);
    drop(file);
    let source = C::source(&path, arrays, classes.map(|classes| Count::new(classes).unwrap()));
    load(&DataConfig { source, scaling, ..DataConfig::default() }, Path::new("."), 1)
        .map_err(|error| error.to_string().replace(&format!("{}/", folder.path().display()), ""))
}

fn defaults<C: Container>(fill: impl Fn(&mut C)) -> Result<DataSplits, String> {
    outcome(fill, ArrayNames::default(), None, PixelScaling::Unit)
}

/// Good test arrays for two features.
fn add_test<C: Container>(file: &mut C) {
    file.add("x_test", &[1, 2], &[0u8, 255]);
    file.add("y_test", &[1], &[0u8]);
}

fn samples_of_any_shape_are_flattened_last_axis_fastest<C: Container>() {
    let splits = defaults(|file: &mut C| {
        file.add("x_train", &[2, 2, 3], &[0u8, 51, 102, 153, 204, 255, 255, 204, 153, 102, 51, 0]);
        file.add("y_train", &[2, 1], &[1i64, 4]);
        file.add("x_test", &[1, 2, 3], &[0u8; 6]);
        file.add("y_test", &[1], &[0u8]);
    })
    .unwrap();
    assert_eq!(splits.train.sample(0), [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]);
    assert_eq!(splits.train.sample_shape(), [2, 3]);
    assert_eq!((splits.train.labels(), splits.train.classes(), splits.test.classes()), (&[1, 4][..], 5, 5));
}

fn every_numeric_type_gives_the_same_inputs<C: Container>() {
    fn read<C: Container, T: npyz::AutoSerialize + hdf5::H5Type + Copy>(
        values: [T; 4],
        scaling: PixelScaling,
    ) -> Vec<f32> {
        let fill = |file: &mut C| {
            file.add("x_train", &[2, 2], &values);
            file.add("y_train", &[2], &[0u16, 1]);
            file.add("x_test", &[2, 2], &values);
            file.add("y_test", &[2], &[1i8, 0]);
        };
        let splits = outcome(fill, ArrayNames::default(), None, scaling).unwrap();
        assert_eq!(splits.train.inputs(), splits.test.inputs());
        splits.train.inputs().to_vec()
    }
    let raw = vec![0.0, 51.0, 3.0, 127.0];
    let unit: Vec<f32> = raw.iter().map(|value| value / 255.0).collect();
    macro_rules! integers {
        ($($number:ty),*) => {$(
            assert_eq!(read::<C, $number>([0, 51, 3, 127], PixelScaling::Unit), unit, stringify!($number));
            assert_eq!(read::<C, $number>([0, 51, 3, 127], PixelScaling::None), raw, stringify!($number));
        )*};
    }
    integers!(u8, i8, u16, i16, u32, i32, u64, i64);
    assert_eq!(read::<C, f32>([0.0, 0.5, 1.0, 0.25], PixelScaling::Unit), [0.0, 0.5, 1.0, 0.25]);
    assert_eq!(read::<C, f64>([0.0, -51.5, 3.0, 1e6], PixelScaling::None), [0.0, -51.5, 3.0, 1e6]);
}

fn arrays_may_have_other_names<C: Container>() {
    let names = ["images", "classes", "images_t", "classes_t"];
    let fill = |file: &mut C| {
        file.add("images", &[1, 2], &[1u8, 2]);
        file.add("classes", &[1], &[1u8]);
        file.add("images_t", &[1, 2], &[3u8, 4]);
        file.add("classes_t", &[1], &[0u8]);
    };
    let [x_train, y_train, x_test, y_test] = names.map(str::to_owned);
    let arrays = ArrayNames { x_train, y_train, x_test, y_test, ..ArrayNames::default() };
    let splits = outcome(fill, arrays, Some(3), PixelScaling::None).unwrap();
    assert_eq!((splits.test.sample(0), splits.test.classes()), (&[3.0, 4.0][..], 3));
    assert_eq!(
        defaults(fill).unwrap_err(),
        format!("{}: holds no array \"x_train\"; there are: classes, classes_t, images, images_t", C::FILE)
    );
}

fn bad_arrays_are_named<C: Container>() {
    let with_train = |x_shape: &'static [u64], y_shape: &'static [u64], labels: &'static [i64]| {
        let fill = move |file: &mut C| {
            file.add("x_train", x_shape, &vec![7u8; x_shape.iter().product::<u64>() as usize]);
            file.add("y_train", y_shape, labels);
            add_test(file);
        };
        outcome(fill, ArrayNames::default(), Some(5), PixelScaling::Unit).unwrap_err()
    };
    let file = C::FILE;
    assert_eq!(
        with_train(&[4], &[4], &[0; 4]),
        format!("{file}: array \"x_train\" must have two axes or more, samples first, none of length 0, got shape [4]")
    );
    assert_eq!(
        with_train(&[2, 2], &[2, 2], &[0; 4]),
        format!(
            "{file}: array \"y_train\" must have one axis, or rows with a single 1 among zeros (numpy.argmax(y, axis=1) makes \
             classes of scores; data.targets \"labels\" learns several 1 in a row, \"values\" any numbers), got shape [2, 2]"
        )
    );
    assert_eq!(
        with_train(&[2, 2], &[3], &[0; 3]),
        format!(
            "{file}: array \"x_train\" of shape [2, 2] holds 2 samples, but {file}: array \"y_train\" holds 3 labels"
        )
    );
    assert_eq!(
        with_train(&[2, 2], &[2], &[1, 5]),
        format!("{file}: array \"y_train\", element 1: label must be a whole number from 0 to 4, got 5")
    );
    assert_eq!(
        with_train(&[2, 2], &[2], &[-1, 0]),
        format!("{file}: array \"y_train\", element 0: label must be a whole number from 0 to 4, got -1")
    );
    let float_labels = defaults(|file: &mut C| {
        file.add("x_train", &[1, 2], &[7u8; 2]);
        file.add("y_train", &[1], &[0.5f32]);
        add_test(file);
    });
    assert_eq!(
        float_labels.unwrap_err(),
        format!("{file}: array \"y_train\", element 0: label must be a whole number from 0 to 65535, got 0.5")
    );
}

fn inputs_outside_the_range_of_the_scaling_are_refused<C: Container>() {
    let with_train = |floats: Option<[f64; 4]>| {
        defaults(move |file: &mut C| {
            match floats {
                Some(values) => file.add("x_train", &[2, 2], &values),
                None => file.add("x_train", &[2, 2], &[0i32, 255, 256, 3]),
            }
            file.add("y_train", &[2], &[0u8, 1]);
            add_test(file);
        })
        .unwrap_err()
    };
    let set = format!("{} train", C::FILE);
    let remedy = "choose \"none\", \"standardise\" or \"standardise_per_feature\", or rescale the file";
    assert_eq!(
        with_train(Some([0.0, 1.0, 0.5, -0.25])),
        format!(
            "{set}: this scaling needs floating-point inputs from 0 to 1, got -0.25 (sample 1, feature 1); {remedy}"
        )
    );
    assert_eq!(
        with_train(None),
        format!("{set}: this scaling needs integers from 0 to 255, got 256 (sample 1, feature 0); {remedy}")
    );
    assert_eq!(
        with_train(Some([0.0, f64::NAN, 0.5, 0.5])),
        format!("{set}: input must be finite, got NaN (sample 0, feature 1)")
    );
}

/// Of the classes 2, 0, 1.
fn labels_may_be_numbers_of_any_type_or_rows_with_a_one<C: Container>() {
    fn read<C: Container, T: npyz::AutoSerialize + hdf5::H5Type + Copy>(shape: &[u64], labels: &[T]) -> Vec<u16> {
        let fill = |file: &mut C| {
            file.add("x_train", &[3, 2], &[7u8; 6]);
            file.add("y_train", shape, labels);
            add_test(file);
        };
        defaults(fill).unwrap().train.labels().to_vec()
    }
    assert_eq!(read::<C, _>(&[3], &[2.0f32, 0.0, 1.0]), [2, 0, 1]);
    assert_eq!(read::<C, _>(&[1, 3], &[2.0f64, 0.0, 1.0]), [2, 0, 1]);
    assert_eq!(read::<C, _>(&[3, 3], &[0u8, 0, 1, 1, 0, 0, 0, 1, 0]), [2, 0, 1]);
    assert_eq!(read::<C, _>(&[3, 4], &[0.0f32, 0., 1., 0., 1., 0., 0., 0., 0., 1., 0., 0.]), [2, 0, 1]);
    assert_eq!(read::<C, _>(&[3], &[true, false, true]), [1, 0, 1]);
}

fn booleans_are_one_and_zero<C: Container>() {
    let splits = defaults(|file: &mut C| {
        file.add("x_train", &[1, 2], &[false, true]);
        file.add("y_train", &[1], &[0u8]);
        add_test(file);
    });
    assert_eq!(splits.unwrap().train.sample(0), [0.0, 1.0]);
}

macro_rules! for_both {
    ($($law:ident),* $(,)?) => {
        mod npz { $(#[test] fn $law() { super::$law::<super::Npz>(); })* }
        mod hdf5_file { $(#[test] fn $law() { super::$law::<super::Hdf5>(); })* }
    };
}

for_both!(
    samples_of_any_shape_are_flattened_last_axis_fastest,
    every_numeric_type_gives_the_same_inputs,
    arrays_may_have_other_names,
    bad_arrays_are_named,
    labels_may_be_numbers_of_any_type_or_rows_with_a_one,
    booleans_are_one_and_zero,
    inputs_outside_the_range_of_the_scaling_are_refused,
);

#[test]
fn numpy_arrays_in_foreign_byte_order_are_turned() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("set.npz");
    let mut archive = NpzWriter::create(&path).unwrap();
    for split in ["train", "test"] {
        let builder = archive.array(&format!("x_{split}"), Default::default()).unwrap();
        let mut writer =
            builder.dtype(npyz::DType::new_scalar(">f4".parse().unwrap())).shape(&[1, 2]).begin_nd().unwrap();
        writer.extend([0.5f32, -3.25]).unwrap();
        writer.finish().unwrap();
        let builder = archive.array(&format!("y_{split}"), Default::default()).unwrap();
        let mut writer = builder.dtype(npyz::DType::new_scalar(">i4".parse().unwrap())).shape(&[1]).begin_nd().unwrap();
        writer.push(&258i32).unwrap();
        writer.finish().unwrap();
    }
    drop(archive);
    let source = Npz::source(&path, ArrayNames::default(), None);
    let config = DataConfig { source, scaling: PixelScaling::None, ..DataConfig::default() };
    let train = load(&config, Path::new("."), 1).unwrap().train;
    assert_eq!((train.sample(0), train.labels()), (&[0.5, -3.25][..], &[258][..]));
}

/// As `numpy.asfortranarray` and the transpose of an array are saved: the first index runs fastest.
#[test]
fn numpy_arrays_in_fortran_order_are_turned() {
    let splits = defaults(|file: &mut Npz| {
        let builder = file.0.array("x_train", Default::default()).unwrap().default_dtype();
        let mut writer = builder.order(npyz::Order::Fortran).shape(&[2, 3, 2]).begin_nd().unwrap();
        // Element (sample, row, column) is 100 sample + 10 row + column.
        writer.extend([0u8, 100, 10, 110, 20, 120, 1, 101, 11, 111, 21, 121]).unwrap();
        writer.finish().unwrap();
        file.add("y_train", &[2], &[0u8, 0]);
        file.add("x_test", &[1, 3, 2], &[0u8; 6]);
        file.add("y_test", &[1], &[0u8]);
    })
    .unwrap();
    let raw = |sample: usize| splits.train.sample(sample).iter().map(|x| (255.0 * x).round() as u8).collect::<Vec<_>>();
    assert_eq!(raw(0), [0, 1, 10, 11, 20, 21]);
    assert_eq!(raw(1), [100, 101, 110, 111, 120, 121]);
}

#[test]
fn half_precision_is_read() {
    let folder = TempDir::new().unwrap();
    let halves = [0.5f32, 0.25].map(half::f16::from_f32);
    let path = folder.path().join("set.h5");
    let mut file = Hdf5::create(&path);
    file.0.new_dataset::<half::f16>().shape([1, 2]).create("x_train").unwrap().write_raw(&halves).unwrap();
    file.add("y_train", &[1], &[0u8]);
    add_test(&mut file);
    drop(file);
    let read = |source| load(&DataConfig { source, ..DataConfig::default() }, Path::new("."), 1).unwrap();
    assert_eq!(read(Hdf5::source(&path, ArrayNames::default(), None)).train.sample(0), [0.5, 0.25]);

    let path = folder.path().join("set.npz");
    let mut file = Npz::create(&path);
    let element = npyz::DType::new_scalar("<f2".parse().unwrap());
    let builder = file.0.array("x_train", Default::default()).unwrap().dtype(element);
    let mut writer = builder.shape(&[1, 2]).begin_nd().unwrap();
    writer.extend(halves).unwrap();
    writer.finish().unwrap();
    file.add("y_train", &[1], &[0u8]);
    add_test(&mut file);
    drop(file);
    assert_eq!(read(Npz::source(&path, ArrayNames::default(), None)).train.sample(0), [0.5, 0.25]);
}

#[test]
fn files_that_are_none_are_refused() {
    let folder = TempDir::new().unwrap();
    for (name, complaint) in [("set.npz", "cannot be read"), ("set.h5", "HDF5 cannot read it")] {
        let path = folder.path().join(name);
        std::fs::write(&path, "not an archive").unwrap();
        let arrays = ArrayNames::default();
        let source =
            if name == Npz::FILE { Npz::source(&path, arrays, None) } else { Hdf5::source(&path, arrays, None) };
        let missing = match &source {
            DataSource::Npz(npz) => DataSource::Npz(NpzConfig { file: "absent".into(), ..npz.clone() }),
            DataSource::Hdf5(hdf5) => DataSource::Hdf5(Hdf5Config { file: "absent".into(), ..hdf5.clone() }),
            _ => unreachable!(),
        };
        let say = |source| {
            let config = DataConfig { source, ..DataConfig::default() };
            load(&config, folder.path(), 1)
                .unwrap_err()
                .to_string()
                .replace(&format!("{}/", folder.path().display()), "")
        };
        assert_eq!(say(source), format!("{name}: {complaint}"));
        assert_eq!(say(missing), "absent: cannot be read");
    }
}

#[test]
fn hdf5_data_sets_may_lie_in_groups() {
    let names = ["a/x", "a/y", "b/x", "b/y"].map(str::to_owned);
    let fill = |file: &mut Hdf5| {
        for group in ["a", "b"] {
            file.0.create_group(group).unwrap();
            file.add(&format!("{group}/x"), &[1, 2], &[1u8, 2]);
            file.add(&format!("{group}/y"), &[1], &[0u8]);
        }
    };
    let [x_train, y_train, x_test, y_test] = names;
    let arrays = ArrayNames { x_train, y_train, x_test, y_test, ..ArrayNames::default() };
    assert_eq!(outcome(fill, arrays.clone(), None, PixelScaling::None).unwrap().train.sample(0), [1.0, 2.0]);
    let absent = ArrayNames { x_train: "c/x".to_owned(), ..arrays };
    assert_eq!(
        outcome(fill, absent, None, PixelScaling::None).unwrap_err(),
        "set.h5: holds no array \"c/x\"; there are: a, b"
    );
}

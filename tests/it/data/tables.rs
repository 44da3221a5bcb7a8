//! Tables, single arrays of NumPy, packed netCDF variables, names of classes, CIFAR for Python, and test sets that are taken from
//! the training samples.
use dyadsim::data::{DataConfig, DataError, DataSplits, load};
use dyadsim::trace::TraceReader;
use serde_json::{Value, json};
use std::path::Path;
use tempfile::TempDir;

fn config(data: Value) -> DataConfig {
    serde_json::from_value(data).unwrap()
}

fn read(folder: &Path, data: Value) -> Result<DataSplits, String> {
    load(&config(data), folder, 1).map_err(|error: DataError| {
        let source = std::error::Error::source(&error).map_or(String::new(), |source| format!(": {source}"));
        format!("{error}{source}").replace(&format!("{}/", folder.display()), "")
    })
}

/// A file of one array: its type as NumPy writes it, its shape, its bytes.
fn npy(folder: &Path, name: &str, descr: &str, shape: &str, bytes: &[u8]) {
    let head = format!("{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}");
    let padded = format!("{head:<117}\n");
    let mut file = b"\x93NUMPY\x01\x00".to_vec();
    file.extend((padded.len() as u16).to_le_bytes());
    file.extend(padded.as_bytes());
    file.extend(bytes);
    std::fs::write(folder.join(name), file).unwrap();
}

const IRIS: &str =
    "id,length,width,species\n1,5.1,3.5,setosa\n2,7.0,3.2,versicolor\n3,6.3,3.3,virginica\n4,4.9,3.0,setosa\n";

#[test]
fn a_table_has_a_column_of_names() {
    let place = TempDir::new().unwrap();
    let folder = place.path();
    std::fs::write(folder.join("train.csv"), IRIS).unwrap();
    std::fs::write(folder.join("test.csv"), "id;length;width;species\n1;6.0;3;virginica\n").unwrap();
    let table = json!({"train": "train.csv", "test": "test.csv", "target": "species", "ignore": ["id"]});
    let splits = read(folder, json!({"source": {"table": table}, "scaling": "none"})).unwrap();
    assert_eq!((splits.train.labels(), splits.test.labels()), (&[0, 1, 2, 0][..], &[2][..]));
    assert_eq!(splits.class_names, ["setosa", "versicolor", "virginica"]);
    assert_eq!((splits.train.sample(1), splits.test.sample(0)), (&[7.0, 3.2][..], &[6.0, 3.0][..]));
    assert_eq!((splits.train.classes(), splits.train.outputs()), (3, 3));
    assert!(splits.notes[0].ends_with("are the classes 0 setosa, 1 versicolor, 2 virginica"), "{:?}", splits.notes);

    let told = |changes: Value| {
        let mut table = table.clone();
        for (key, value) in changes.as_object().unwrap() {
            table[key] = value.clone();
        }
        read(folder, json!({"source": {"table": table}, "scaling": "none"})).unwrap_err()
    };
    assert_eq!(
        told(json!({"target": "spezies"})),
        "train.csv: holds no array \"spezies\"; there are: id, length, width, species"
    );
    assert!(
        told(json!({"target": "id", "ignore": []}))
            .starts_with("train.csv: column \"species\": must hold numbers, got \"setosa\" of sample 0")
    );
    assert!(told(json!({"sample_shape": [3]})).contains("has 2 columns of inputs, which do not fill"));
    std::fs::write(folder.join("test.csv"), "id,width,length,species\n1,6.0,3,virginica\n").unwrap();
    let moved = told(json!({}));
    assert!(
        moved.starts_with("test.csv: column 1 of the inputs is \"width\", but that of train.csv is \"length\""),
        "{moved}"
    );
    std::fs::write(folder.join("test.csv"), "id,length,width,species\n1,6.0,,virginica\n").unwrap();
    assert_eq!(told(json!({})), "test.csv test: input must be finite, got NaN (sample 0, feature 1)");
    std::fs::write(folder.join("test.csv"), "id,length,width,species\n1,6.0,1,\n").unwrap();
    assert_eq!(told(json!({})), "test.csv: column \"species\": the label of sample 0 is missing");
}

#[test]
fn a_table_of_pixels_is_a_table_of_images() {
    let place = TempDir::new().unwrap();
    let folder = place.path();
    std::fs::write(folder.join("t.csv"), "3,0,255,10,20\n1,1,2,3,4\n").unwrap();
    let table = json!({"train": "t.csv", "test": "t.csv", "target": "0", "header": false, "sample_shape": [2, 2], "classes": 10});
    let splits = read(folder, json!({"source": {"table": table}})).unwrap();
    assert_eq!((splits.train.labels(), splits.train.sample_shape()), (&[3, 1][..], &[2, 2][..]));
    assert_eq!(splits.train.sample(0)[1], 1.0);
}

#[test]
fn a_table_may_be_parquet() {
    let place = TempDir::new().unwrap();
    let folder = place.path();
    // What this program exports is read by it.
    let file = crate::fixtures::experiment(
        folder,
        json!({"data": {"source": {"digits": {"train_count": 100, "test_count": 20}}}}),
    );
    let run = crate::fixtures::output(folder, &["run", file.to_str().unwrap(), "--out", "r", "--quiet"]);
    assert!(run.status.success(), "{}", crate::fixtures::text(&run));
    let what = ["export", "r", "--to", "parquet", "--what", "metrics/test_loss", "-o", "m.parquet"];
    let export = crate::fixtures::output(folder, &what);
    assert!(export.status.success(), "{}", crate::fixtures::text(&export));
    let table = json!({"train": "m.parquet", "test": "m.parquet", "target": "epoch"});
    let splits = read(folder, json!({"source": {"table": table}, "scaling": "none"})).unwrap();
    let trace = TraceReader::open(&folder.join("r/trace.h5")).unwrap();
    let losses = trace.read("metrics/test_loss").unwrap().values;
    assert_eq!((splits.train.labels(), splits.train.sample(2)[0]), (&[0, 1, 2, 3][..], losses[2] as f32));
}

#[test]
fn the_test_set_may_be_some_of_the_training_samples() {
    let place = TempDir::new().unwrap();
    let folder = place.path();
    let rows: String = (0..50).map(|k| format!("{k},{}\n", k % 2)).collect();
    std::fs::write(folder.join("t.csv"), format!("x,y\n{rows}")).unwrap();
    let data = |split: Value| json!({"source": {"table": {"train": "t.csv", "target": "y"}}, "scaling": "none", "test_split": split});
    let first = |set: &dyadsim::data::Dataset| (0..set.len()).map(|k| set.sample(k)[0] as usize).collect::<Vec<_>>();
    let splits = read(folder, data(json!({"random": {"fraction": 0.2}}))).unwrap();
    let (train, test) = (first(&splits.train), first(&splits.test));
    assert_eq!((train.len(), test.len()), (40, 10));
    let mut all = [train.clone(), test.clone()].concat();
    all.sort_unstable();
    assert_eq!(all, (0..50).collect::<Vec<_>>());
    assert_ne!(test, (40..50).collect::<Vec<_>>());
    // Another seed of the data takes others.
    let other = load(&config(data(json!({"random": {"fraction": 0.2}}))), folder, 2).unwrap();
    assert_ne!(first(&other.test), test);
    assert_eq!(first(&read(folder, data(json!({"last": {"count": 3}}))).unwrap().test), [47, 48, 49]);
    assert!(read(folder, data(json!(null))).unwrap_err().contains("there is no test set: name its files, or"));
    assert!(
        read(folder, data(json!({"last": {"count": 50}})))
            .unwrap_err()
            .contains("data.test_split must take from 1 to 49")
    );
}

#[test]
fn arrays_may_be_in_files_of_their_own() {
    let place = TempDir::new().unwrap();
    let folder = place.path();
    let doubles = |numbers: &[f64]| numbers.iter().flat_map(|x| x.to_le_bytes()).collect::<Vec<_>>();
    npy(folder, "x.npy", "<f8", "(3, 2)", &doubles(&[0.0, 1.0, 0.5, 0.25, 1.0, 0.0]));
    let names: Vec<u8> = "dogcatdog".chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
    npy(folder, "y.npy", "<U3", "(3,)", &names);
    npy(folder, "xv.npy", "|u1", "(1, 2)", &[0, 255]);
    npy(folder, "yv.npy", "|S3", "(1,)", b"cat");
    let mut source =
        json!({"x_train": "x.npy", "y_train": "y.npy", "x_validation": "xv.npy", "y_validation": "yv.npy"});
    let splits = read(folder, json!({"source": {"npy": source}, "test_split": {"last": {"count": 1}}})).unwrap();
    assert_eq!((splits.train.labels(), splits.test.labels()), (&[1, 0][..], &[1][..]));
    let validation = splits.validation.unwrap();
    assert_eq!((validation.labels(), validation.sample(0)), (&[0][..], &[0.0, 1.0][..]));
    source["x_train"] = json!("y.npy");
    let told = read(folder, json!({"source": {"npy": source}, "test_split": {"last": {"count": 1}}})).unwrap_err();
    assert!(told.contains("y.npy must have two axes or more"), "{told}");
    std::fs::write(folder.join("x.npy"), "PK\x03\x04").unwrap();
    source["x_train"] = json!("x.npy");
    let told = read(folder, json!({"source": {"npy": source}, "test_split": {"last": {"count": 1}}})).unwrap_err();
    assert!(told.starts_with("x.npy: is a zip archive"), "{told}");
}

#[test]
fn packed_variables_of_netcdf_are_unpacked() {
    let place = TempDir::new().unwrap();
    let folder = place.path();
    let file = hdf5::File::create(folder.join("set.nc")).unwrap();
    let attribute = |dataset: &hdf5::Dataset, name: &str, x: f64| {
        dataset.new_attr::<f64>().create(name).unwrap().write_scalar(&x).unwrap();
    };
    for (name, missing) in [("x_train", 7i16), ("x_test", -999)] {
        let dataset = file.new_dataset::<i16>().shape([2, 2]).create(name).unwrap();
        dataset.write_raw(&[0i16, 10, 7, 100]).unwrap();
        attribute(&dataset, "scale_factor", 0.5);
        attribute(&dataset, "add_offset", -1.0);
        dataset.new_attr::<i16>().create("_FillValue").unwrap().write_scalar(&missing).unwrap();
    }
    for name in ["y_train", "y_test"] {
        let names: Vec<hdf5::types::VarLenUnicode> = ["b", "a"].map(|name| name.parse().unwrap()).to_vec();
        file.new_dataset::<hdf5::types::VarLenUnicode>().shape(2).create(name).unwrap().write_raw(&names).unwrap();
    }
    drop(file);
    let told = read(folder, json!({"source": {"hdf5": {"file": "set.nc"}}, "scaling": "none"})).unwrap_err();
    assert_eq!(told, "set.nc train: input must be finite, got NaN (sample 1, feature 0)");
    let arrays = json!({"x_train": "x_test", "y_train": "y_test"});
    let splits =
        read(folder, json!({"source": {"hdf5": {"file": "set.nc", "arrays": arrays}}, "scaling": "none"})).unwrap();
    assert_eq!((splits.train.sample(0), splits.train.sample(1)), (&[-1.0, 4.0][..], &[2.5, 49.0][..]));
    assert_eq!((splits.train.labels(), splits.class_names.join(" ")), (&[1, 0][..], "a b".to_owned()));
}

/// A batch of CIFAR as Python 2 wrote it: two images, the second of one grey.
fn cifar_batch(key: &str, labels: [u8; 2]) -> Vec<u8> {
    let mut pixels: Vec<u8> = (0..3072).map(|k| (k / 1024) as u8).collect();
    pixels.extend([9; 3072]);
    let mut batch = b"\x80\x02}q\x01(U\x0bbatch_labelq\x02U\x05batchq\x03".to_vec();
    batch.extend([b'U', key.len() as u8]);
    batch.extend(key.as_bytes());
    batch.extend([b']', b'(', b'K', labels[0], b'K', labels[1], b'e']);
    batch.extend(b"U\x04datacnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R");
    batch.extend(b"(K\x01K\x02M\x00\x0c\x86cnumpy\ndtype\nU\x02u1K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89T");
    batch.extend((pixels.len() as u32).to_le_bytes());
    batch.extend(pixels);
    batch.extend(b"tbu.");
    batch
}

#[test]
fn cifar_for_python_is_read_and_never_run() {
    let place = TempDir::new().unwrap();
    let folder = place.path().join("cifar-10-batches-py");
    std::fs::create_dir(&folder).unwrap();
    for file in ["data_batch_1", "data_batch_2", "data_batch_3", "data_batch_4", "data_batch_5", "test_batch"] {
        std::fs::write(folder.join(file), cifar_batch("labels", [3, 9])).unwrap();
    }
    let data = json!({"source": {"cifar10": {"directory": "."}}});
    let splits = read(place.path(), data.clone()).unwrap();
    assert_eq!(
        (splits.train.len(), splits.test.labels(), splits.train.sample_shape()),
        (10, &[3, 9][..], &[3, 32, 32][..])
    );
    assert_eq!((splits.test.sample(0)[1024], splits.test.sample(1)[0]), (1.0 / 255.0, 9.0 / 255.0));
    std::fs::write(folder.join("test_batch"), b"\x80\x02cposix\nsystem\nU\x02id\x85R.").unwrap();
    let told = read(place.path(), data.clone()).unwrap_err();
    assert!(
        told.contains("test_batch: the pickle asks for posix.system of Python at byte 2, which is never called"),
        "{told}"
    );
    std::fs::write(folder.join("test_batch"), cifar_batch("labels", [3, 10])).unwrap();
    assert!(read(place.path(), data).unwrap_err().contains("label 1 must be below 10, got 10"));
    let of_100 = place.path().join("cifar-100-python");
    std::fs::create_dir(&of_100).unwrap();
    for file in ["train", "test"] {
        std::fs::write(of_100.join(file), cifar_batch("fine_labels", [3, 99])).unwrap();
    }
    let splits = read(place.path(), json!({"source": {"cifar100": {"directory": "."}}})).unwrap();
    assert_eq!((splits.train.labels(), splits.train.classes()), (&[3, 99][..], 100));
}

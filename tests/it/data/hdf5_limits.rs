//! HDF5 files of others that would fill the memory or reach for other files: bombs, links, external storage, virtual data
//! sets, filters of plugins. What they must be told is written next to each.
use dyadsim::data::{DataConfig, load};
use hdf5::{Dataset, File};
use serde_json::json;
use std::path::Path;

/// A file with everything that is needed, of which `x_train` is made here.
fn told(x_train: impl FnOnce(&File, &Path)) -> Result<usize, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("made.h5");
    let file = File::create(&path).unwrap();
    for name in ["x_test", "x_right"] {
        file.new_dataset::<u8>().shape((2, 2)).create(name).unwrap().write_raw(&[1u8, 2, 3, 4]).unwrap();
    }
    for name in ["y_train", "y_test"] {
        file.new_dataset::<u8>().shape(2).create(name).unwrap().write_raw(&[0u8, 1]).unwrap();
    }
    x_train(&file, folder.path());
    file.close().unwrap();
    // A copy: a process that another test has started meanwhile may hold the lock of the file itself.
    std::fs::copy(&path, folder.path().join("set.h5")).unwrap();
    let config: DataConfig = serde_json::from_value(json!({"source": {"hdf5": {"file": "set.h5"}}})).unwrap();
    let without_folder = format!("{}/", folder.path().display());
    let read = load(&config, folder.path(), 1).map_err(|error| error.to_string().replace(&without_folder, ""));
    read.map(|splits| splits.train.len())
}

/// The same, with what it must be refused with after its name; `…` stands for any text.
fn refused(expected: &str, x_train: impl FnOnce(&File, &Path)) {
    let found = told(x_train).unwrap_err();
    let found = found.strip_prefix("set.h5: array \"x_train\" is not read: ").unwrap_or_else(|| panic!("{found}"));
    let mut rest = found;
    for part in expected.split('…') {
        rest = rest.split_once(part).unwrap_or_else(|| panic!("{expected} is not {found}")).1;
    }
    assert!(rest.is_empty(), "{expected} is not {found}");
}

#[test]
fn what_is_right_is_read() {
    let right = |file: &File, _: &Path| {
        file.new_dataset::<u8>()
            .chunk((1, 2))
            .shuffle()
            .deflate(4)
            .fletcher32()
            .shape((2, 2))
            .create("x_train")
            .unwrap();
    };
    assert_eq!(told(right), Ok(2));
}

/// No byte of them stands in the file.
#[test]
fn numbers_that_were_never_written_do_not_fill_the_memory() {
    refused(
        "it claims [2, 549755813888] numbers of 8 bytes in a file of … bytes, which is taken for 671… bytes of numbers at most; write all of them",
        |file, _| {
            file.new_dataset::<f64>().fill_value(7.0).chunk((1, 1024)).shape((2, 1 << 39)).create("x_train").unwrap();
        },
    );
}

/// Deflate makes a thousand bytes of one where all are the same.
#[test]
fn little_that_unpacks_to_much_does_not_fill_the_memory() {
    refused(
        "it claims [2, 100000000] numbers of 1 bytes in a file of … bytes, which is taken for … bytes of numbers at most; if they are right, unpack it with `h5repack -f NONE`",
        |file, _| {
            let bomb =
                file.new_dataset::<u8>().chunk((1, 10_000_000)).deflate(9).shape((2, 100_000_000)).create("x_train");
            for at in (0..100_000_000).step_by(10_000_000) {
                bomb.as_ref()
                    .unwrap()
                    .write_slice(&ndarray::Array2::<u8>::zeros((1, 10_000_000)), (0..1, at..at + 10_000_000))
                    .unwrap();
            }
        },
    );
}

/// HDF5 would hold it as a whole to read one number.
#[test]
fn a_chunk_larger_than_the_file_is_refused() {
    refused(
        "it claims [1, 500000000] numbers of 4 bytes in a file of … bytes, which …; write all of them",
        |file, _| {
            file.new_dataset::<f32>().chunk((1, 500_000_000)).shape((2, 500_000_000)).create("x_train").unwrap();
        },
    );
}

#[test]
fn links_are_not_followed() {
    let rule = "\"x_train\" is a link to another place or file; name the file and the array it stands for";
    refused(rule, |file, folder| {
        let other = File::create(folder.join("other.h5")).unwrap();
        other.new_dataset::<u8>().shape((2, 2)).create("x").unwrap().write_raw(&[1u8, 2, 3, 4]).unwrap();
        other.close().unwrap();
        file.link_external("other.h5", "/x", "x_train").unwrap();
    });
    // Opening it would wait for ever.
    refused(rule, |file, _| file.link_external("/dev/tty", "/x", "x_train").unwrap());
    refused(rule, |file, _| file.link_soft("/x_right", "x_train").unwrap());
}

#[test]
fn numbers_of_other_files_are_not_read() {
    refused("its numbers are in other files; write it again into one file", |file, folder| {
        std::fs::write(folder.join("secret"), [1; 4]).unwrap();
        let name = folder.join("secret");
        let builder = file.new_dataset::<u8>().with_dcpl(|list| list.external(name.to_str().unwrap(), 0, 4));
        builder.shape((2, 2)).create("x_train").unwrap();
    });
    refused("it is a virtual data set, whose numbers are in others; write it again as one array", |file, _| {
        let builder =
            file.new_dataset::<u8>().with_dcpl(|list| list.virtual_map("other.h5", "x", (2, 2), .., (2, 2), ..));
        builder.shape((2, 2)).create("x_train").unwrap();
    });
}

#[test]
fn filters_of_plugins_are_asked_for() {
    let lz4 = 32_004;
    let made = |file: &File| -> hdf5::Result<Dataset> {
        let filter = hdf5::filters::Filter::user(lz4, &[]);
        file.new_dataset::<u8>().chunk((1, 2)).set_filters(&[filter]).shape((2, 2)).create("x_train")
    };
    let mut is_made = false;
    let found = told(|file, _| is_made = made(file).is_ok());
    // HDF5 makes such a file only where it has the filter.
    if is_made && std::env::var_os("HDF5_PLUGIN_PATH").is_none() {
        let found = found.unwrap_err();
        assert!(found.contains("filter that is not built into this program; name the folder of its plugin"), "{found}");
    }
}

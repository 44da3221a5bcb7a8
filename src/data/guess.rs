//! Which source a file or folder is for, told by its names.
use super::{
    ArrayNames, Cifar10Config, Cifar100Config, Cifar100Labels, DataSource, Hdf5Config, IdxConfig, IdxLocation,
    NpzConfig, TinyImagenetConfig, idx,
};
use std::path::Path;

/// The source that reads a file or folder, with its usual names of arrays; `None` if it looks like none.
pub fn source_of(path: &Path) -> Option<DataSource> {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    if !path.is_dir() {
        let ending = path.extension()?.to_str()?.to_lowercase();
        let (file, arrays) = (absolute, ArrayNames::default());
        return match ending.as_str() {
            "npz" => Some(DataSource::Npz(NpzConfig { file, arrays, input_axes: None, classes: None })),
            "h5" | "hdf5" | "mat" | "nc" => {
                Some(DataSource::Hdf5(Hdf5Config { file, arrays, input_axes: None, classes: None }))
            }
            _ => None,
        };
    }
    let has = |names: &[&str]| names.iter().any(|name| path.join(name).exists());
    if has(&["cifar-10-batches-bin", "data_batch_1.bin", "cifar-10-batches-py", "data_batch_1"]) {
        return Some(DataSource::Cifar10(Cifar10Config { directory: absolute }));
    }
    if has(&["cifar-100-binary", "train.bin", "cifar-100-python"]) {
        return Some(DataSource::Cifar100(Cifar100Config { directory: absolute, labels: Cifar100Labels::Fine }));
    }
    if has(&["tiny-imagenet-200", "wnids.txt"]) {
        return Some(DataSource::TinyImagenet(TinyImagenetConfig { directory: absolute }));
    }
    let location = IdxLocation::Directory(absolute);
    idx::holds_files(path).then_some(DataSource::Idx(IdxConfig { location, input_axes: None, classes: None }))
}

//! What can be wrong with a data set.
use std::fmt;
use std::io;
use std::path::PathBuf;

/// A position in a file; of a gzip file, in what it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ByteOffset {
    /// Bytes before the position.
    pub at: u64,
    /// Whether the bytes are counted after decompression.
    pub decompressed: bool,
}

impl fmt::Display for ByteOffset {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "byte {}{}", self.at, if self.decompressed { " of the decompressed stream" } else { "" })
    }
}

/// A data set that cannot be used.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the message of each variant")]
pub enum DataError {
    /// A file cannot be opened or read.
    #[error("{}: cannot be read", file.display())]
    Read { file: PathBuf, source: io::Error },
    /// A folder of a public set is not there.
    #[error("{}: there is no such folder; `dyad data fetch {set} --dir {}` makes it", folder.display(), folder.display())]
    NoFolder { folder: PathBuf, set: &'static str },
    /// A file cannot be written.
    #[error("{}: cannot be written", file.display())]
    Write { file: PathBuf, source: io::Error },
    /// A file is of another kind than its place says, and which.
    #[error("{}: is {what}", file.display())]
    Unreadable { file: PathBuf, what: &'static str },
    /// HDF5 has no code for how an array is compressed.
    #[error(
        "{}: {object} is compressed by a filter that is not built into this program; name the folder of its plugin in \
             HDF5_PLUGIN_PATH, or write the file again with `h5repack -f GZIP=4`", file.display()
    )]
    Hdf5Filter { file: PathBuf, object: String, source: hdf5::Error },
    /// A directory lacks a file.
    #[error("{}: holds neither {name} nor {name}.gz", directory.display())]
    MissingFile { directory: PathBuf, name: &'static str },
    /// A directory lacks a file of downsampled ImageNet.
    #[error(
        "{}: holds no {name}, nor does a folder {} in it (the version for Python, without .npz, is not read)",
        directory.display(), folders.join(" or ")
    )]
    MissingBatch { directory: PathBuf, name: String, folders: &'static [&'static str] },
    /// A line of a text file is wrong.
    #[error("{}: line {line}: {rule}", file.display())]
    Line { file: PathBuf, line: usize, rule: String },
    /// An image cannot be used.
    #[error("{}: JPEG image: {reason}", file.display())]
    Image { file: PathBuf, reason: String },
    /// A gzip file is cut off or damaged.
    #[error("{}: gzip stream is cut off or damaged after {offset}", file.display())]
    Gzip { file: PathBuf, offset: ByteOffset, source: io::Error },
    /// A directory has more than one file that could be meant.
    #[error("{}: holds no {name}, but more than one like it ({}); name the four files in data.source.idx.location.files", directory.display(), several.join(", "))]
    SeveralFiles { directory: PathBuf, name: &'static str, several: Vec<String> },
    /// A file is no IDX file.
    #[error("{}: is no IDX file: it must start with 0x0000, a type (08, 09, 0b to 0e) and the number of axes, got {found:#010x}", file.display())]
    Magic { file: PathBuf, found: u32 },
    /// A size in a header is 0.
    #[error("{}: length of axis {axis} at {offset} must be at least 1, got 0", file.display())]
    ZeroSize { file: PathBuf, offset: ByteOffset, axis: u8 },
    /// A file ends too early.
    #[error("{}: {part} starts at {offset} and needs {needed} bytes, but {found} follow", file.display())]
    Truncated { file: PathBuf, part: String, offset: ByteOffset, needed: u64, found: u64 },
    /// A label of a binary file is too large.
    #[error("{}: label at {offset} must be below {classes}, got {label}", file.display())]
    LabelByte { file: PathBuf, offset: ByteOffset, label: u8, classes: usize },
    /// Two files or arrays do not belong together.
    #[error(
        "{inputs_in} of shape {inputs_shape:?} holds {samples} samples, but {labels_in} holds {labels} labels{transposed}"
    )]
    SampleCounts {
        inputs_in: String,
        inputs_shape: Vec<u64>,
        samples: u64,
        labels_in: String,
        labels: usize,
        transposed: String,
    },
    /// A file has no array of a name.
    #[error("{}: holds no array {array:?}; there are: {}", file.display(), if present.is_empty() { "none".to_owned() } else { present.join(", ") })]
    ArrayMissing { file: PathBuf, array: String, present: Vec<String> },
    /// An array has an unusable type.
    #[error("{place} must hold {rule}, got type {found}")]
    ArrayType { place: String, rule: &'static str, found: String },
    /// An array has an unusable shape.
    #[error("{place} must {rule}, got shape {shape:?}")]
    ArrayShape { place: String, rule: String, shape: Vec<u64> },
    /// The content of an array does not fill its shape, or goes on behind it.
    #[error("{place} needs {needed} bytes after its header, but {found} follow")]
    ArrayLength { place: String, needed: u64, found: u64 },
    /// A label of an array is too large or too small.
    #[error("{place}, element {index}: label must be a whole number from {smallest} to {largest}, got {label}")]
    LabelElement { place: String, index: usize, label: f64, smallest: usize, largest: usize },
    /// An array holds no numbers but Python objects.
    #[error(
        "{place} holds Python objects (dtype object); save it as numbers, as by {array}.astype(float), or names of classes by {array}.astype(str)"
    )]
    PythonObjects { place: String, array: String },
    /// An array of a NumPy archive cannot be read.
    #[error("{place} cannot be read")]
    Array { place: String, source: io::Error },
    /// An HDF5 file cannot be opened or read.
    #[error("{}: HDF5 cannot read {object}", file.display())]
    Hdf5 { file: PathBuf, object: String, source: hdf5::Error },
    /// An array of an HDF5 file is not what is read of files of others.
    #[error("{place} {rule}")]
    Hdf5Rule { place: String, rule: String },
    /// Arrays in memory that are not there.
    #[error(
        "data.source.memory: the arrays of MD5 {md5} are not in memory{}; give them as `data` of `run` in Python",
        if *has_others { ", others are" } else { "" }
    )]
    NotInMemory { md5: String, has_others: bool },
    /// A file or set holds nothing.
    #[error("{set}: holds no samples")]
    Empty { set: String },
    /// A set is larger than a sample number.
    #[error("{set}: at most {} samples can be used, got {samples}", u32::MAX)]
    TooManySamples { set: String, samples: usize },
    /// The settings ask for more samples than there are.
    #[error("{set}: must hold the {wanted} samples asked for, but has {available}")]
    TooFewSamples { set: String, wanted: usize, available: usize },
    /// Inputs and labels of a set differ in number.
    #[error("{set}: {samples} samples, but {labels} labels")]
    LabelCount { set: String, samples: usize, labels: usize },
    /// Inputs of a set do not fit its shape.
    #[error("{set}: {features} features per sample do not fill shape {sample_shape:?}")]
    Features { set: String, features: usize, sample_shape: Vec<usize> },
    /// A label is not a class.
    #[error("{set}: label of sample {sample} must be below {classes}, got {label}")]
    Label { set: String, sample: usize, label: u16, classes: usize },
    /// An input is NaN or infinite.
    #[error("{set}: input must be finite, got {value} (sample {sample}, feature {feature})")]
    NotFinite { set: String, sample: usize, feature: usize, value: f32 },
    /// Training and test samples differ in shape.
    #[error("training samples have shape {train:?}, but {set} samples have {other:?}")]
    SampleShapes { train: Vec<usize>, set: &'static str, other: Vec<usize> },
    /// An input is outside the range that the scaling stands on.
    #[error(
        "{set}: this scaling needs {rule}, got {value} (sample {sample}, feature {feature}); \
             choose \"none\", \"standardise\" or \"standardise_per_feature\", or rescale the file"
    )]
    ScalingRange { set: String, rule: &'static str, sample: usize, feature: usize, value: f32 },
    /// All training inputs are equal, so they have no standard deviation to divide by.
    #[error("{set}: scaling \"standardise\" needs inputs that differ, but all are {value}")]
    Constant { set: String, value: f64 },
    /// All training pixels of a channel are equal, so they have no standard deviation to divide by.
    #[error(
        "{set}: scaling \"standardise_per_channel\" needs pixels that differ, but all of channel {channel} are {value}"
    )]
    ConstantChannel { set: String, channel: usize, value: f64 },
    /// Scaled per feature, a crop would mix features.
    #[error("{set}: data.augmentation needs a scaling of whole channels, not one of each feature")]
    AugmentedFeatures { set: String },
    /// Samples have no channels.
    #[error(
        "{set}: scaling \"standardise_per_channel\" needs images, (row, column) or (channel, row, column), but samples \
             have shape {sample_shape:?}; choose \"standardise\""
    )]
    NoChannels { set: String, sample_shape: Vec<usize> },
    /// Samples have no rows and columns.
    #[error(
        "{set}: data.augmentation needs images, (row, column) or (channel, row, column), but samples have shape \
             {sample_shape:?}"
    )]
    NoPlaces { set: String, sample_shape: Vec<usize> },
    /// A crop could miss the image.
    #[error(
        "{set}: data.augmentation.random_crop.padding must be below the sides of an image, {rows} x {columns} pixels, \
             got {padding}"
    )]
    CropPadding { set: String, rows: usize, columns: usize, padding: usize },
    /// A per-channel setting does not fit the samples.
    #[error(
        "scaling lists {given} values of {setting}, one per channel, but samples of shape {sample_shape:?} \
             have {channels} channels (the first of three axes)"
    )]
    Channels { setting: &'static str, given: usize, channels: usize, sample_shape: Vec<usize> },
    /// A validation set leaves nothing to train on, or is itself empty.
    #[error("{set} must take from 1 to {most} of the {samples} training samples, got {held_out}")]
    Validation { set: &'static str, held_out: usize, samples: usize, most: usize },
    /// Neither a test set nor a part of the training samples to test with.
    #[error("{set}: there is no test set: name its files, or take some of the training samples with data.test_split")]
    NoTestSet { set: String },
    /// More names of classes than classes.
    #[error(
        "{place} has {found} different labels, but there are at most {most} classes; are these texts, or numbers (data.targets \"values\")?"
    )]
    ClassNames { place: String, found: usize, most: usize },
    /// Samples have not as many targets as outputs.
    #[error("{set}: {rows} targets of each sample for {outputs} outputs")]
    Outputs { set: String, rows: usize, outputs: usize },
    /// A target is not what it must be.
    #[error("{set}: target of sample {sample}, output {output} must {rule}, got {value}")]
    Target { set: String, sample: usize, output: usize, rule: &'static str, value: f32 },
    /// A table cannot be used.
    #[error("{place}: {rule}")]
    Table { place: String, rule: String },
    /// A pickle cannot be read.
    #[error("{}: {reason}", file.display())]
    Pickle { file: PathBuf, reason: String },
}

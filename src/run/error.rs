//! What can stop a run.
use super::extension_error::ExtensionError;
use super::memory_limit::TooMuchMemory;
use crate::config::ConfigError;
use crate::data::DataError;
use crate::network::NetworkError;
use crate::persist::Damaged;
use crate::trace::TraceError;
use std::path::{Path, PathBuf};

/// What can stop a run. A divergence is a result, not an error.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The data cannot be read.
    #[error(transparent)]
    Data(#[from] DataError),
    /// The network cannot be built.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The network does not fit the data, or the hardware.
    #[error(transparent)]
    Settings(#[from] ConfigError),
    /// A trace or checkpoint cannot be written or read.
    #[error(transparent)]
    Trace(#[from] TraceError),
    /// A folder or file of the run cannot be made, moved or removed.
    #[error("{path}: {source}", path = .path.display())]
    Io {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// It needs more memory than it may take.
    #[error(transparent)]
    Memory(#[from] TooMuchMemory),
    /// The mini-batch is larger than the training set.
    #[error("training.batch_size = {batch_size}: there are only {samples} training samples")]
    BatchTooLarge {
        /// Size asked for.
        batch_size: usize,
        /// Training samples without those held out.
        samples: usize,
    },
    /// The trace that holds the initial weights cannot be read.
    #[error("network.initial_weights.trace: {source}")]
    InitialWeights {
        /// Why not.
        source: TraceError,
    },
    /// It keeps no such weights.
    #[error("network.initial_weights: {trace} holds no {group}; name others by `which`, or another trace", trace = .trace.display())]
    NoInitialWeights {
        /// Which trace.
        trace: PathBuf,
        /// Group of the weights asked for.
        group: &'static str,
    },
    /// Its weights are not those of this network.
    #[error("network.initial_weights: {trace}, {group}: {what}", trace = .trace.display())]
    InitialWeightsMisfit {
        /// Which trace.
        trace: PathBuf,
        /// Group of the weights.
        group: &'static str,
        /// What does not fit.
        what: String,
    },
    /// The arrays of a measured die are not those of this chip.
    #[error("die: {file}: {what}", file = .file.display())]
    Die {
        /// Which file.
        file: PathBuf,
        /// What does not fit.
        what: String,
    },
    /// A checkpoint was made with another measured die.
    #[error("{checkpoint}: the arrays of the file that `die` names are not those that the run began with; give it these, or begin again without --resume", checkpoint = .checkpoint.display())]
    OtherDie {
        /// Which checkpoint.
        checkpoint: PathBuf,
    },
    /// The arrays of a measured die cannot be read.
    #[error("die: {source}")]
    DieFile {
        /// Why not.
        source: TraceError,
    },
    /// A file is not the trace of a run.
    #[error("{file}: holds no settings of a run: name a run's folder or its trace.h5", file = .file.display())]
    NotARun {
        /// Which file.
        file: PathBuf,
    },
    /// The settings in a trace are not valid any more.
    #[error("{trace}: its settings cannot be read by this version: {source}", trace = .trace.display())]
    TraceSettings {
        /// Which trace.
        trace: PathBuf,
        /// What is wrong with them.
        source: ConfigError,
    },
    /// The data of a run that has ended is not where its experiment was.
    #[error("{source} (looked for from the folder of {experiment}, as its trace says; if the experiment has moved, name it by --experiment FILE)", experiment = .experiment.display())]
    DataOfTrace {
        /// The experiment file as the trace names it.
        experiment: PathBuf,
        /// What is wrong with the data.
        source: Box<DataError>,
    },
    /// A trace keeps no such weights.
    #[error("{trace} holds no {group}: name others by --weights (recording.weights of the experiment keeps them)", trace = .trace.display())]
    NoWeights {
        /// Which trace.
        trace: PathBuf,
        /// Group of the weights asked for.
        group: &'static str,
    },
    /// The weights in a trace are not those of its network.
    #[error("{trace}, {group}: {what}", trace = .trace.display())]
    WeightsMisfit {
        /// Which trace.
        trace: PathBuf,
        /// Group of the weights.
        group: &'static str,
        /// What does not fit.
        what: String,
    },
    /// Units to be recorded that a layer does not have.
    #[error("recording.states.units: unit {unit} does not exist in layer {layer}, which has {units}")]
    NoSuchUnit {
        /// Unit asked for.
        unit: usize,
        /// Layer, from 1.
        layer: usize,
        /// Units it has.
        units: usize,
    },
    /// The folder holds results already.
    #[error("{folder} already holds {what}; use --resume to continue an unfinished run, --overwrite to replace it, or another --out", folder = .folder.display())]
    Occupied {
        /// Which folder.
        folder: PathBuf,
        /// What is in it.
        what: &'static str,
    },
    /// Another process works in the folder.
    #[error("{folder}: another process works in it{owner}", folder = .folder.display())]
    InUse {
        /// Which folder.
        folder: PathBuf,
        /// Host and number of the process, in brackets after a space; empty if they are not known.
        owner: String,
    },
    /// There is nothing to resume.
    #[error("{folder}: there is no checkpoint to resume from", folder = .folder.display())]
    NothingToResume {
        /// Which folder.
        folder: PathBuf,
    },
    /// HDF5 takes no such name.
    #[error("{}: the path of a folder of results must be UTF-8: no HDF5 file could be opened in it", folder.display())]
    FolderName {
        /// Which folder.
        folder: PathBuf,
    },
    /// The run has ended, with other settings.
    #[error("{folder}: the run that is to be continued has ended, with other settings; these differ: {keys}; start a new one in another --out, or with --overwrite{}", for_more_epochs(keys), folder = .folder.display())]
    EndedOtherwise {
        /// Which folder.
        folder: PathBuf,
        /// Keys that differ.
        keys: String,
    },
    /// It cannot be continued for more epochs.
    #[error(transparent)]
    Extension(#[from] ExtensionError),
    /// The checkpoint is of another experiment.
    #[error("{checkpoint}: was made with other settings; these differ: {keys}", checkpoint = .checkpoint.display())]
    OtherExperiment {
        /// Which checkpoint.
        checkpoint: PathBuf,
        /// Keys that differ.
        keys: String,
    },
    /// The checkpoint is of another version of the program, which may have computed otherwise.
    #[error("{checkpoint}: was made by dyadsim {version}, this is {}: end the run with that version, or make it again", env!("CARGO_PKG_VERSION"), checkpoint = .checkpoint.display())]
    OtherProgram {
        /// Which checkpoint.
        checkpoint: PathBuf,
        /// The version that it names.
        version: String,
    },
    /// The checkpoint lacks an array, or one has another size than this network needs.
    #[error("{checkpoint}: {array}", checkpoint = .checkpoint.display())]
    DamagedCheckpoint {
        /// Which checkpoint.
        checkpoint: PathBuf,
        /// Which array.
        array: Damaged,
    },
}

/// How to get more epochs, if that is all that was asked for.
fn for_more_epochs(keys: &str) -> &'static str {
    if keys == "experiment.training.epochs" { "; --extend-epochs N adds epochs to it" } else { "" }
}

impl RunError {
    /// What is wrong with an array of this checkpoint.
    pub(super) fn damaged(checkpoint: &Path) -> impl FnOnce(Damaged) -> Self {
        let checkpoint = checkpoint.to_owned();
        |array| Self::DamagedCheckpoint { checkpoint, array }
    }
}

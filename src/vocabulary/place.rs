//! Groups, attributes and names of files: where a result stands.

/// Names of files.
pub mod file {
    /// The trace of a run.
    pub const TRACE: &str = "trace.h5";
    /// The states of a run that goes on.
    pub const JOURNAL: &str = "trace.journal";
    /// Scores of a run, epoch by epoch, while it goes on.
    pub const METRICS: &str = "metrics.csv";
    /// The same for TensorBoard.
    pub const EVENTS: &str = "events.out.tfevents.dyadsim";
    /// What a run has measured so far, while it has no trace.
    pub const PROGRESS: &str = "progress.h5";
    /// Where a run can be continued.
    pub const CHECKPOINT: &str = "checkpoint.h5";
    /// The one before, should that one be damaged.
    pub const CHECKPOINT_BEFORE: &str = "checkpoint-before.h5";
    /// Where a run that has ended can go on for more epochs.
    pub const FINAL_STATE: &str = "final-state.h5";
    /// The one of fewer epochs, until there is the trace of all.
    pub const FINAL_STATE_BEFORE: &str = "final-state-before.h5";
    /// Held by whoever works in a folder.
    pub const LOCK: &str = ".lock";
    /// The result of a sweep.
    pub const SWEEP: &str = "sweep.h5";
    /// The result of a sweep as a table.
    pub const SWEEP_TABLE: &str = "sweep.csv";
    /// The folder of the points of a sweep whose traces are kept.
    pub const POINTS: &str = "points";
    /// Files of a measurement of robustness, without ending.
    pub const ROBUSTNESS: &str = "robustness";

    /// The folder of a point of a sweep below [`POINTS`].
    pub fn point(index: usize) -> String {
        format!("{index:06}")
    }
}

/// Groups of data sets.
pub mod group {
    use super::super::state;

    /// Scores and norms along epochs.
    pub const METRICS: &str = "metrics";
    /// Audits of the gradient.
    pub const GRADIENT: &str = "gradient";
    /// Audits of the gradient after every update.
    pub const GRADIENT_COURSE: &str = "gradient_course";
    /// Quality of the learning signal.
    pub const SIGNAL: &str = "signal";
    /// Motion of the states.
    pub const RESIDUAL: &str = "residual";
    /// Writes and flips along epochs.
    pub const SYNAPSES: &str = "synapses";
    /// Energy and time of the chip along epochs.
    pub const COSTS: &str = "costs";
    /// Probes of inference.
    pub const STABILITY: &str = "stability";
    /// Lipschitz constants and robustness.
    pub const ROBUSTNESS: &str = "robustness";
    /// Synapses by how often they were written and flipped.
    pub const HISTOGRAM: &str = "synapses/histogram";
    /// What the final network answers to every sample.
    pub const PREDICTIONS: &str = "predictions";
    /// What is frozen in the devices of a chip.
    pub const DEVICES: &str = "devices";
    /// The recorded stimuli.
    pub const STIMULI: &str = "states/stimuli";
    /// Last values of a sweep.
    pub const FINAL: &str = "final";
    /// Values of a sweep along epochs.
    pub const CURVES: &str = "curves";
    /// Points of a sweep.
    pub const POINTS: &str = "points";

    /// Tables of a run; of a quantity that several have, the first counts.
    pub const TABLES: [&str; 9] =
        [METRICS, SYNAPSES, COSTS, STABILITY, ROBUSTNESS, GRADIENT, SIGNAL, RESIDUAL, GRADIENT_COURSE];

    const OF_STATES: &str = "states/layer";
    const OF_LAYER: &str = "layer";

    /// Recorded states of a layer.
    pub fn states(layer: usize) -> String {
        format!("{OF_STATES}{layer}")
    }

    /// The layer whose states a group holds.
    pub fn layer_of_states(group: &str) -> Option<usize> {
        group.strip_prefix(OF_STATES)?.parse().ok()
    }

    /// Units of a layer below [`DEVICES`], and in the names of the arrays of a measured die.
    pub fn units_of_die(layer: usize) -> String {
        format!("units/{OF_LAYER}{layer}")
    }

    /// Synapses of a projection below [`DEVICES`].
    pub fn synapses_of_die(projection: usize) -> String {
        format!("synapses/{OF_LAYER}{projection}")
    }

    /// Feedback array of a projection below [`DEVICES`].
    pub fn feedback_of_die(projection: usize) -> String {
        format!("feedback/{OF_LAYER}{projection}")
    }

    /// Synapses of a projection.
    pub fn synapses(projection: usize) -> String {
        format!("{SYNAPSES}/{OF_LAYER}{projection}")
    }

    /// Weights of a projection below those of all; in a chain its number is that of the layer which it reaches.
    pub fn weights(kept: &super::weights::Kept, projection: usize) -> String {
        format!("{}/{OF_LAYER}{projection}", kept.group)
    }

    /// The projection whose weights a group holds.
    pub fn projection_of_weights(kept: &super::weights::Kept, group: &str) -> Option<usize> {
        group.strip_prefix(kept.group)?.strip_prefix('/')?.strip_prefix(OF_LAYER)?.parse().ok()
    }

    /// Status of the points of a sweep.
    pub fn status_of_points() -> String {
        format!("{POINTS}/{}", state::STATUS.name)
    }
}

/// Which weights a trace keeps.
pub mod weights {
    /// Weights by the time at which they were such.
    #[derive(Debug, Clone, Copy, PartialEq, Eq)]
    pub struct Kept {
        /// Their name.
        pub name: &'static str,
        /// Their group.
        pub group: &'static str,
    }

    /// Before training.
    pub const INITIAL: Kept = Kept { name: "initial", group: "weights/initial" };
    /// After training.
    pub const FINAL: Kept = Kept { name: "final", group: "weights/final" };
    /// The best on the validation set.
    pub const BEST: Kept = Kept { name: "best", group: "weights/best" };

    /// All of them.
    pub const ALL: [Kept; 3] = [INITIAL, FINAL, BEST];
}

/// Attributes of files.
pub mod attribute {
    /// Kind and version of the layout.
    pub const CONVENTIONS: &str = "Conventions";
    /// Title of the experiment or sweep.
    pub const TITLE: &str = "title";
    /// Its question.
    pub const DESCRIPTION: &str = "description";
    /// How the run ended.
    pub const STATUS: &str = "status";
    /// Whether nothing is missing.
    pub const COMPLETE: &str = "complete";
    /// All settings of the run, or of the base of a sweep, as JSON.
    pub const CONFIG: &str = "config_json";
    /// The map from raw values to inputs, in numbers, as JSON.
    pub const SCALING: &str = "scaling_json";
    /// Samples of every set by class, range and scaling of the inputs, and what is odd about them, as JSON.
    pub const DATA: &str = "data_json";
    /// Populations and projections of the network, as JSON.
    pub const NETWORK: &str = "network_json";
    /// All settings of the sweep, as JSON.
    pub const SWEEP: &str = "sweep_json";
    /// Description of the axes of the sweep, as JSON.
    pub const AXES: &str = "axes_json";
    /// All settings of a measurement of robustness, as JSON.
    pub const ROBUSTNESS: &str = "robustness_json";
    /// Version of the program.
    pub const VERSION: &str = "dyadsim_version";
    /// Commit of the program.
    pub const COMMIT: &str = "git_commit";
    /// Instructions that products were made by.
    pub const ARITHMETIC: &str = "arithmetic";
    /// The command line.
    pub const COMMAND: &str = "command";
    /// The experiment file.
    pub const EXPERIMENT_FILE: &str = "experiment_file";
    /// When the run began.
    pub const STARTED: &str = "started";
    /// When the run ended.
    pub const ENDED: &str = "ended";
    /// Epochs that were made.
    pub const EPOCHS_DONE: &str = "epochs_done";
    /// Epochs after which a run that had ended was continued.
    pub const EXTENDED_AFTER: &str = "extended_after_epochs";
    /// Epoch of the best weights.
    pub const BEST_EPOCH: &str = "best_epoch";
    /// What diverged.
    pub const DIVERGENCE: &str = "divergence";
    /// In which layer.
    pub const DIVERGENCE_LAYER: &str = "divergence_layer";
    /// In which unit.
    pub const DIVERGENCE_UNIT: &str = "divergence_unit";
    /// At which training step.
    pub const DIVERGENCE_STEP: &str = "divergence_step";
    /// Why it looks as if nothing was learnt.
    pub const NOT_LEARNT: &str = "not_learnt";
    /// Points of the sweep.
    pub const POINTS: &str = "points";
    /// The trace that was measured.
    pub const TRACE: &str = "trace";
    /// Which of its weights.
    pub const WEIGHTS: &str = "weights";

    /// Those that hold JSON.
    pub const JSON: [&str; 5] = [AXES, CONFIG, NETWORK, ROBUSTNESS, SWEEP];

    /// What the conventions of a trace begin with.
    pub const OF_TRACES: &str = "dyadsim-trace-";
    /// What the conventions of the result of a sweep begin with.
    pub const OF_SWEEPS: &str = "dyadsim-sweep-";
    /// Conventions of a trace.
    pub const TRACE_CONVENTIONS: &str = "dyadsim-trace-2";
    /// Conventions of the result of a sweep.
    pub const SWEEP_CONVENTIONS: &str = "dyadsim-sweep-2";

    /// One phrase for a variable or axis.
    pub const LONG_NAME: &str = "long_name";
    /// Its unit.
    pub const UNITS: &str = "units";
    /// What figures call it.
    pub const LABEL: &str = "label";
    /// Which direction is better.
    pub const BETTER: &str = "better";
    /// How its numbers are written.
    pub const FORMAT: &str = "format";
    /// Numbers that stand for words, as the CF conventions write them.
    pub const FLAG_VALUES: &str = "flag_values";
    /// These words.
    pub const FLAG_MEANINGS: &str = "flag_meanings";
    /// Variables that are coordinates next to an axis.
    pub const COORDINATES: &str = "coordinates";
}

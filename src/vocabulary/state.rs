//! The arrays that are recorded: states, stimuli, weights, synapses, and the points of a sweep.
use super::axis::EPOCH_OF_STEP;
use super::term::Term;

/// Compartment that is nudged towards lower loss.
pub const S_PLUS: Term = Term::new("s_plus", "compartment s+ of the dyads").label_as("s⁺");
/// Compartment that is nudged towards higher loss.
pub const S_MINUS: Term = Term::new("s_minus", "compartment s- of the dyads").label_as("s⁻");
/// Activity.
pub const MEAN: Term = Term::new("mean", "weighted mean of the compartments, alpha s+ + (1-alpha) s-");
/// Learning signal.
pub const DIFFERENCE: Term = Term::new("difference", "difference of the compartments, s+ - s-").label_as("s⁺ − s⁻");
/// Input from below.
pub const DRIVE: Term = Term::new("drive", "drive, W mean + b of the layer below");
/// Input from above.
pub const FEEDBACK: Term =
    Term::new("feedback", "feedback, W^T difference of the layer above (outputs: loss gradient)");

/// Signals of a layer.
pub const SIGNALS: [Term; 6] = [S_PLUS, S_MINUS, MEAN, DIFFERENCE, DRIVE, FEEDBACK];

/// Channel of a unit.
pub const CHANNEL: Term = Term::new("channel", "channel of the unit");
/// Row of a unit.
pub const ROW: Term = Term::new("row", "row of the unit");
/// Column of a unit.
pub const COLUMN: Term = Term::new("column", "column of the unit");
/// When an update of a chip ends.
pub const TIME: Term = Term::new("time_s", "time since the stimulus was set, at the end of the update").units("s");
/// Populations that a projection connects.
pub const ROUTE: Term = Term::new("route", "populations that the projection connects");

/// Coordinates next to an axis: where a unit stands, when an update ends, what a projection connects, and the epoch of a step.
pub const NEXT_TO_AXES: [Term; 6] = [CHANNEL, ROW, COLUMN, TIME, ROUTE, EPOCH_OF_STEP];

/// Which stimulus.
pub const SAMPLE_INDEX: Term = Term::new("sample_index", "index of the stimulus in the training set");
/// Its class.
pub const LABEL: Term = Term::new("label", "class of the stimulus");

/// Class of a sample of the test set.
pub const TRUE_CLASS: Term = Term::new("true_class", "class of the sample");
/// What the network takes it for.
pub const PREDICTED_CLASS: Term = Term::new("predicted_class", "class of the largest output");
/// What the outputs answer to it.
pub const OUTPUT: Term = Term::new("output", "mean of the output dyads without a nudge");
/// How many samples of a class are taken for a class.
pub const CONFUSION: Term = Term::new("confusion", "samples of the class that are taken for the predicted class");

/// Weights of a layer.
pub const WEIGHT: Term = Term::new("weight", "weight");
/// Biases of a layer.
pub const BIAS: Term = Term::new("bias", "bias of the receiving unit");
/// Running mean of what a normalised array reads.
pub const RUNNING_MEAN: Term = Term::new("running_mean", "running mean of what the unit or feature reads");
/// Its running variance.
pub const RUNNING_VARIANCE: Term = Term::new("running_variance", "running variance of what the unit or feature reads");
/// Biases of a reconstruction.
pub const RECONSTRUCTION_BIAS: Term = Term::new("reconstruction_bias", "bias of the sending unit's reconstruction");

/// Level of a synapse.
pub const LEVEL: Term = Term::new("level", "level that was last written, in units of the scale");
/// Writes of a synapse.
pub const WRITES: Term = Term::new("writes", "attempts to write the synapse");
/// Flips of a synapse.
pub const FLIPS: Term = Term::new("flips", "changes of the level");
/// Scale of the synapses of a receiving unit.
pub const SCALE: Term = Term::new("scale", "weight of a level of 1");
/// Latent value of a synapse.
pub const LATENT: Term = Term::new("latent", "latent value, in units of the scale");
/// Synapses by their writes.
pub const SYNAPSES_BY_WRITES: Term = WRITES.described_as("synapses that were written this often").label_as("written");
/// Synapses by their flips.
pub const SYNAPSES_BY_FLIPS: Term =
    FLIPS.described_as("synapses that changed their level this often").label_as("flipped");

/// How a run or a point has ended.
pub const STATUS: Term = Term::new("status", "how the run ended");
/// Why a point has not ended well.
pub const MESSAGE: Term = Term::new("message", "why it did not end well");
/// What a point changes.
pub const SETTINGS: Term = Term::new("settings", "settings in which the run differs from the base, as JSON");

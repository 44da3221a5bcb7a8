//! The axes of all arrays, and what an axis of a sweep can be.
use super::term::Term;

/// Epochs.
pub const EPOCH: Term = Term::new("epoch", "epoch; 0 is the untrained network");
/// Epochs of training steps.
pub const EPOCH_OF_STEP: Term = EPOCH.described_as("epoch in which the step is made; 0 if nothing is trained");
/// Training steps.
pub const STEP: Term = Term::new("step", "training step, from 0").label_as("training step");
/// Layers.
pub const LAYER: Term = Term::new("layer", "layer, 1 is the first hidden one, the last are the outputs");
/// Projections, where they are more than the layers.
pub const PROJECTION: Term = Term::new("projection", "projection, by its number in network_json; 1 is the first");
/// Updates of layers.
pub const UPDATE: Term = Term::new("update", "update within the inference of a stimulus");
/// Stimuli.
pub const SAMPLE: Term = Term::new("sample", "place of the stimulus in the mini-batch");
/// Classes of the samples.
pub const CLASS: Term = Term::new("class", "class of the sample");
/// Classes that a network takes samples for.
pub const PREDICTED: Term = Term::new("predicted", "class that the network takes the sample for");
/// Units.
pub const UNIT: Term = Term::new("unit", "unit of the layer");
/// Rows of a weight matrix.
pub const POST: Term = Term::new("post", "receiving unit");
/// Columns of a weight matrix.
pub const PRE: Term = Term::new("pre", "sending unit");
/// Devices of a synapse.
pub const DEVICE: Term = Term::new("device", "device of the synapse; of two, the weight is the first less the second");
/// Features whose units share a circuit.
pub const FEATURE: Term = Term::new("feature", "feature, whose units at all places are one circuit");
/// Channels that a convolution reads.
pub const CHANNEL: Term = Term::new("channel", "sending channel");
/// Rows of the window of a convolution.
pub const KERNEL_ROW: Term = Term::new("kernel_row", "row of the window");
/// Columns of the window of a convolution.
pub const KERNEL_COLUMN: Term = Term::new("kernel_column", "column of the window");
/// Bins of a histogram of counts.
pub const COUNT_FROM: Term = Term::new("count_from", "lowest count of the bin; the next bin begins above the highest");
/// Sizes of perturbations in L2.
pub const EPSILON_L2: Term = Term::new("epsilon_l2", "size of a perturbation of the inputs in L2").label_as("ε in L2");
/// Sizes of perturbations in the maximum norm.
pub const EPSILON_LINF: Term = Term::new("epsilon_linf", "size of a perturbation of the inputs in the maximum norm")
    .label_as("ε in the maximum norm");
/// Replicates of a sweep.
pub const REPLICATE: Term = Term::new("replicate", "replicate");
/// Points of a sweep that were drawn.
pub const DRAWN_SAMPLE: Term = SAMPLE.described_as("number of the drawn point");
/// Samples that a network has answered.
pub const TEST_SAMPLE: Term = SAMPLE.described_as("number of the sample in the test set");
/// All points of a sweep.
pub const POINT: Term = Term::new("point", "number of the run, in row-major order of the axes");

/// Axes along the parts of a network.
pub const PARTS: [Term; 2] = [LAYER, PROJECTION];

/// Whether the axis of this name runs along the parts of a network.
pub fn is_of_parts(name: &str) -> bool {
    PARTS.iter().any(|term| term.name == name)
}

/// Axes along the sizes of perturbations.
pub const EPSILONS: [Term; 2] = [EPSILON_L2, EPSILON_LINF];

/// What an axis of a sweep is; the words are those in the attribute that describes the axes.
pub mod role {
    /// Its values are combined with those of the other axes.
    pub const GRID: &str = "grid";
    /// It counts points that were drawn.
    pub const SAMPLE: &str = "sample";
    /// A quantity that was drawn for each of them.
    pub const DRAWN: &str = "drawn";
    /// It counts replicates.
    pub const REPLICATE: &str = "replicate";
}

/// How an axis of a sweep is drawn.
pub mod scale {
    /// By the logarithms of its numbers.
    pub const LOGARITHMIC: &str = "logarithmic";
    /// By words.
    pub const CATEGORY: &str = "category";
}

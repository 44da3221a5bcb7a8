//! What is frozen in the devices of a chip.
use super::term::Term;

/// Gain of both compartments of a unit, where they are alike.
pub const GAIN: Term = Term::new("gain", "gain of the unit");
/// Gain of s⁺.
pub const GAIN_PLUS: Term = Term::new("gain_plus", "gain of the compartment s+");
/// Gain of s⁻.
pub const GAIN_MINUS: Term = Term::new("gain_minus", "gain of the compartment s-");
/// Offset of both compartments of a unit, where they are alike.
pub const OFFSET: Term = Term::new("offset", "offset of the drive of the unit");
/// Offset of s⁺.
pub const OFFSET_PLUS: Term = Term::new("offset_plus", "offset of the drive of the compartment s+");
/// Offset of s⁻.
pub const OFFSET_MINUS: Term = Term::new("offset_minus", "offset of the drive of the compartment s-");
/// Time constant of both compartments of a unit, where they are alike.
pub const TIME_CONSTANT: Term = Term::new("time_constant", "time constant of the unit over the nominal one");
/// Time constant of s⁺.
pub const TIME_CONSTANT_PLUS: Term =
    Term::new("time_constant_plus", "time constant of the compartment s+ over the nominal one");
/// Time constant of s⁻.
pub const TIME_CONSTANT_MINUS: Term =
    Term::new("time_constant_minus", "time constant of the compartment s- over the nominal one");
/// Asymmetry of a dyad.
pub const ALPHA: Term = Term::new("alpha", "asymmetry alpha of the dyad");
/// Offset of the circuit that subtracts the compartments.
pub const DIFFERENCE_OFFSET: Term =
    Term::new("difference_offset", "offset of the circuit that subtracts the compartments");
/// Offset of the memory for a first phase.
pub const MEMORY_OFFSET: Term = Term::new("memory_offset", "offset of the memory for the state of a first phase");

/// Gain of the delay line of a drive.
pub const DRIVE_LINE_GAIN: Term = Term::new("drive_line_gain", "gain of the delay line of the drive of the unit");
/// Gain of the delay line of an activity.
pub const ACTIVITY_LINE_GAIN: Term = Term::new("activity_line_gain", "gain of the delay line of what the unit sends");

/// Conductance of a device that is on.
pub const ON_CONDUCTANCE: Term =
    Term::new("on_conductance", "conductance of the device when it is on, over the nominal one");
/// Conductance of a device that is off.
pub const OFF_CONDUCTANCE: Term =
    Term::new("off_conductance", "conductance of the device when it is off, over the nominal one when it is on");
/// Writes that a synapse tolerates.
pub const ENDURANCE: Term = Term::new("endurance_writes", "writes that the synapse tolerates");
/// Exponent of the drift.
pub const DRIFT_EXPONENT: Term = Term::new("drift_exponent", "exponent of the drift of the device");
/// How the drift of a programmed device differs from that of others.
pub const DRIFT_DEVIATION: Term = Term::new(
    "drift_deviation",
    "drift of the device, in standard deviations from the mean of devices programmed like it",
);
/// Which devices cannot be changed.
pub const STUCK: Term = Term::new("stuck", "whether the device is stuck, and where");

/// Step of a pulse up.
pub const STEP_UP: Term = Term::new("step_up", "step of a pulse up, as the model of the device scales it");
/// Step of a pulse down.
pub const STEP_DOWN: Term = Term::new("step_down", "step of a pulse down, as the model of the device scales it");
/// Highest weight of a device.
pub const UPPER_BOUND: Term = Term::new("upper_bound", "highest weight of the device, in units of the scale");
/// Lowest weight of a device.
pub const LOWER_BOUND: Term = Term::new("lower_bound", "lowest weight of the device, in units of the scale");
/// Weight after a reset.
pub const RESET_WEIGHT: Term = Term::new("reset_weight", "weight of the device after a reset, in units of the scale");
/// Number of the model for pulses up.
pub const MODEL_UP: Term = Term::new("model_up", "number that the model of the device has for pulses up");
/// Number of the model for pulses down.
pub const MODEL_DOWN: Term = Term::new("model_down", "number that the model of the device has for pulses down");
/// Loss of the state.
pub const LOSS: Term =
    Term::new("loss_per_batch", "share of its distance to the reset weight that a device loses with a mini-batch");
/// Random walk of the state.
pub const DIFFUSION: Term =
    Term::new("diffusion_std", "standard deviation of the random walk of the device with a mini-batch");

/// Errors of a mirrored feedback array.
pub const FEEDBACK_ERROR: Term =
    Term::new("feedback_error", "relative error of the feedback weight to the weight that it mirrors");

/// Weights of a feedback array that never changes.
pub const FEEDBACK_WEIGHT: Term = Term::new("feedback_weight", "weight of the feedback array, which never changes");

/// Weights that a feedback array has before it learns.
pub const FIRST_FEEDBACK_WEIGHT: Term =
    Term::new("first_feedback_weight", "weight of the feedback array before training, which it then learns");

/// All of them.
pub const TERMS: [Term; 32] = [
    GAIN,
    GAIN_PLUS,
    GAIN_MINUS,
    OFFSET,
    OFFSET_PLUS,
    OFFSET_MINUS,
    TIME_CONSTANT,
    TIME_CONSTANT_PLUS,
    TIME_CONSTANT_MINUS,
    ALPHA,
    DIFFERENCE_OFFSET,
    MEMORY_OFFSET,
    DRIVE_LINE_GAIN,
    ACTIVITY_LINE_GAIN,
    ON_CONDUCTANCE,
    OFF_CONDUCTANCE,
    ENDURANCE,
    DRIFT_EXPONENT,
    DRIFT_DEVIATION,
    STUCK,
    STEP_UP,
    STEP_DOWN,
    UPPER_BOUND,
    LOWER_BOUND,
    RESET_WEIGHT,
    MODEL_UP,
    MODEL_DOWN,
    LOSS,
    DIFFUSION,
    FEEDBACK_ERROR,
    FEEDBACK_WEIGHT,
    FIRST_FEEDBACK_WEIGHT,
];

/// Where a device may be stuck; the numbers are those of [`STUCK`].
pub mod stuck {
    /// It is not.
    pub const FREE: u8 = 0;
    /// Where it is on, or at its highest weight.
    pub const ON: u8 = 1;
    /// Where it is off, or at its lowest weight.
    pub const OFF: u8 = 2;
    /// Between these.
    pub const BETWEEN: u8 = 3;
    /// All with their words.
    pub const ALL: [(u8, &str); 4] = [(FREE, "free"), (ON, "on"), (OFF, "off"), (BETWEEN, "between")];
}

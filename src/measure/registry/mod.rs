//! All measurements. To add one, write its file here and name its constructor in [`ALL`]; if it has settings, they are a
//! field of `MeasureConfig`.
//!
//! | file | group in the trace: series | when |
//! |---|---|---|
//! | `accuracy` | `metrics`: loss and accuracy of the training and the test set | every N epochs |
//! | `ideal_devices` | `metrics`: test accuracy if every synapse held its level exactly | with the accuracy |
//! | `float_twin` | `metrics`: test accuracy of a network with float synapses that is trained as well | with the accuracy |
//! | `validation` | `metrics`: loss and accuracy of the validation set | every epoch |
//! | `lifted_inference` | `metrics`: passes and residual of the inference of a lifted network | every epoch |
//! | `norms` | `metrics`: spectral norms, gain of the nudging | every N epochs |
//! | `gradient` | `gradient`: angle of the local gradient to backprop; `metrics`: its mean | every N steps |
//! | `gradient_course` | `gradient_course`: the same angle after every update | every N steps |
//! | `gradient_threshold` | `metrics`: share of the synapses whose gradient is above the threshold of their rule | every N steps, mean of an epoch |
//! | `signal_quality` | `signal`: signal-to-noise ratio of the learning signal, clipping | with the gradient |
//! | `residual` | `residual`: change of the states in every update | every N steps |
//! | `writes` | `synapses`: writes and flips | every epoch |
//! | `events` | `metrics`: values that dyads send as events | every epoch |
//! | `costs` | `costs`: energy and time of the chip, and their parts | every epoch |
//! | `stability` | `stability`: whether inference converges | every N epochs |
//! | `robustness` | `robustness`: Lipschitz constants, accuracy under attack | every N epochs |
mod accuracy;
mod costs;
mod events;
mod float_twin;
mod gradient;
mod gradient_course;
mod gradient_threshold;
mod ideal_devices;
mod lifted_inference;
mod norms;
mod residual;
pub mod robustness;
mod signal_quality;
mod stability;
mod validation;
mod writes;

use super::measurement::{Made, Subject};

/// Makes each measurement, if the settings ask for it. The order is that of the columns and tables of a trace.
pub const ALL: [fn(&Subject) -> Made; 16] = [
    accuracy::make,
    ideal_devices::make,
    float_twin::make,
    validation::make,
    lifted_inference::make,
    norms::make,
    gradient::make,
    gradient_course::make,
    gradient_threshold::make,
    signal_quality::make,
    residual::make,
    writes::make,
    events::make,
    costs::make,
    stability::make,
    robustness::make,
];

//! What operations of the chip cost, as far as its hardware model states it.
use super::term::Term;

const fn energy(name: &'static str, label: &'static str, long_name: &'static str) -> Term {
    Term::new(name, long_name).units("J").label_as(label)
}

const fn time(name: &'static str, label: &'static str, long_name: &'static str) -> Term {
    Term::new(name, long_name).units("s").label_as(label)
}

/// Energy of training, by stimulus.
pub const ENERGY_PER_STIMULUS: Term = energy(
    "energy_per_stimulus_j",
    "energy per stimulus",
    "energy of training on a stimulus, of the parts whose cost is stated",
);
/// Time of training, by stimulus.
pub const TIME_PER_STIMULUS: Term = time(
    "time_per_stimulus_s",
    "time per stimulus",
    "time of training on a stimulus, of the parts whose cost is stated",
);
/// Reads of synapses.
pub const ENERGY_CELL_READ: Term = energy(
    "energy_cell_read_j",
    "energy cell read",
    "energy of training on a stimulus: currents through synapses that are read",
);
/// Forward reads.
pub const ENERGY_ROW_READ: Term =
    energy("energy_row_read_j", "energy row read", "energy of training on a stimulus: rows in forward reads");
/// Reads back.
pub const ENERGY_COLUMN_READ: Term =
    energy("energy_column_read_j", "energy column read", "energy of training on a stimulus: columns in reads back");
/// Conversions of what is sent.
pub const ENERGY_DAC: Term =
    energy("energy_dac_j", "energy dac", "energy of training on a stimulus: conversions of what is sent");
/// Conversions of what is received.
pub const ENERGY_ADC: Term =
    energy("energy_adc_j", "energy adc", "energy of training on a stimulus: conversions of what is received");
/// Updates of units.
pub const ENERGY_UNIT_UPDATE: Term =
    energy("energy_unit_update_j", "energy unit update", "energy of training on a stimulus: updates of units");
/// Writes.
pub const ENERGY_WRITE_PULSE: Term =
    energy("energy_write_pulse_j", "energy write pulse", "energy of training on a stimulus: pulses to synapses");
/// Static power.
pub const ENERGY_STATIC_POWER: Term = energy(
    "energy_static_power_j",
    "energy static power",
    "energy of training on a stimulus: static power during its time",
);
/// Calibration.
pub const ENERGY_CALIBRATION: Term = energy(
    "energy_calibration_j",
    "energy calibration",
    "energy of calibration by a stimulus of the epoch, which its other parts contain",
);
/// Parts that are not known.
pub const COSTS_MISSING: Term =
    Term::new("costs_missing", "parts of the energy or the time of training whose cost is not stated");
/// Energy of an epoch.
pub const ENERGY_EPOCH: Term =
    energy("energy_epoch_j", "energy epoch", "energy of training in the epoch, of the parts whose cost is stated");
/// Time of an epoch.
pub const TIME_EPOCH: Term =
    time("time_epoch_s", "time epoch", "time of training in the epoch, of the parts whose cost is stated");
/// Energy of a run.
pub const ENERGY_TRAINING: Term = energy(
    "energy_training_j",
    "energy training",
    "energy of training up to this epoch, of the parts whose cost is stated",
);
/// Time of a run.
pub const TIME_TRAINING: Term =
    time("time_training_s", "time training", "time of training up to this epoch, of the parts whose cost is stated");
/// Energy up to an accuracy.
pub const ENERGY_TO_ACCURACY: Term = energy(
    "energy_to_accuracy_j",
    "energy to accuracy",
    "energy of training up to the first epoch with the wanted test accuracy",
);
/// Time up to an accuracy.
pub const TIME_TO_ACCURACY: Term = time(
    "time_to_accuracy_s",
    "time to accuracy",
    "time of training up to the first epoch with the wanted test accuracy",
);
/// Energy of an answer.
pub const ENERGY_PER_ANSWER: Term = energy(
    "energy_per_answer_j",
    "energy per answer",
    "energy of a forward pass without learning, of the parts whose cost is stated",
);
/// Time of an answer.
pub const TIME_PER_ANSWER: Term = time(
    "time_per_answer_s",
    "time per answer",
    "time of a forward pass without learning, of the parts whose cost is stated",
);

/// The parts of the energy of training on a stimulus, with what figures call them.
pub const PARTS: [(&str, Term); 8] = [
    ("synapses", ENERGY_CELL_READ),
    ("rows", ENERGY_ROW_READ),
    ("columns", ENERGY_COLUMN_READ),
    ("DAC", ENERGY_DAC),
    ("ADC", ENERGY_ADC),
    ("units", ENERGY_UNIT_UPDATE),
    ("writes", ENERGY_WRITE_PULSE),
    ("static power", ENERGY_STATIC_POWER),
];

/// All of them, the parts after the sums.
pub const ALL: [Term; 20] = [
    ENERGY_PER_STIMULUS,
    TIME_PER_STIMULUS,
    ENERGY_TRAINING,
    TIME_TRAINING,
    ENERGY_TO_ACCURACY,
    TIME_TO_ACCURACY,
    ENERGY_PER_ANSWER,
    TIME_PER_ANSWER,
    ENERGY_EPOCH,
    TIME_EPOCH,
    ENERGY_CELL_READ,
    ENERGY_ROW_READ,
    ENERGY_COLUMN_READ,
    ENERGY_DAC,
    ENERGY_ADC,
    ENERGY_UNIT_UPDATE,
    ENERGY_WRITE_PULSE,
    ENERGY_STATIC_POWER,
    ENERGY_CALIBRATION,
    COSTS_MISSING,
];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vocabulary::metric::{find, rank};

    #[test]
    fn every_quantity_stands_once_and_the_parts_are_among_them() {
        for (place, term) in ALL.iter().enumerate() {
            assert_eq!(rank(term.name), rank(ALL[0].name) + place, "{} stands twice", term.name);
            assert!(!term.long_name.is_empty() && !term.label().contains('_'), "{term:?}");
        }
        assert!(PARTS.iter().all(|(_, term)| find(term.name) == Some(term)));
    }
}

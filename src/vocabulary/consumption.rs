//! What operations of the chip cost, as far as its hardware model states it.
use super::term::Term;

/// Energy of training, by stimulus.
pub const ENERGY_PER_STIMULUS: Term =
    Term::new("energy_per_stimulus_j", "energy of training on a stimulus, of the parts whose cost is stated")
        .units("J")
        .label_as("energy per stimulus");
/// Time of training, by stimulus.
pub const TIME_PER_STIMULUS: Term =
    Term::new("time_per_stimulus_s", "time of training on a stimulus, of the parts whose cost is stated")
        .units("s")
        .label_as("time per stimulus");
/// Reads of synapses.
pub const ENERGY_CELL_READ: Term =
    Term::new("energy_cell_read_j", "energy of training on a stimulus: currents through synapses that are read")
        .units("J")
        .label_as("energy cell read");
/// Forward reads.
pub const ENERGY_ROW_READ: Term =
    Term::new("energy_row_read_j", "energy of training on a stimulus: rows in forward reads")
        .units("J")
        .label_as("energy row read");
/// Reads back.
pub const ENERGY_COLUMN_READ: Term =
    Term::new("energy_column_read_j", "energy of training on a stimulus: columns in reads back")
        .units("J")
        .label_as("energy column read");
/// Conversions of what is sent.
pub const ENERGY_DAC: Term = Term::new("energy_dac_j", "energy of training on a stimulus: conversions of what is sent")
    .units("J")
    .label_as("energy dac");
/// Conversions of what is received.
pub const ENERGY_ADC: Term =
    Term::new("energy_adc_j", "energy of training on a stimulus: conversions of what is received")
        .units("J")
        .label_as("energy adc");
/// Updates of units.
pub const ENERGY_UNIT_UPDATE: Term =
    Term::new("energy_unit_update_j", "energy of training on a stimulus: updates of units")
        .units("J")
        .label_as("energy unit update");
/// Writes.
pub const ENERGY_WRITE_PULSE: Term =
    Term::new("energy_write_pulse_j", "energy of training on a stimulus: pulses to synapses")
        .units("J")
        .label_as("energy write pulse");
/// Static power.
pub const ENERGY_STATIC_POWER: Term =
    Term::new("energy_static_power_j", "energy of training on a stimulus: static power during its time")
        .units("J")
        .label_as("energy static power");
/// Calibration.
pub const ENERGY_CALIBRATION: Term = Term::new(
    "energy_calibration_j",
    "energy of calibration by a stimulus of the epoch, which its other parts contain",
)
.units("J")
.label_as("energy calibration");
/// Parts that are not known.
pub const COSTS_MISSING: Term =
    Term::new("costs_missing", "parts of the energy or the time of training whose cost is not stated");
/// Energy of an epoch.
pub const ENERGY_EPOCH: Term =
    Term::new("energy_epoch_j", "energy of training in the epoch, of the parts whose cost is stated")
        .units("J")
        .label_as("energy epoch");
/// Time of an epoch.
pub const TIME_EPOCH: Term =
    Term::new("time_epoch_s", "time of training in the epoch, of the parts whose cost is stated")
        .units("s")
        .label_as("time epoch");
/// Energy of a run.
pub const ENERGY_TRAINING: Term =
    Term::new("energy_training_j", "energy of training up to this epoch, of the parts whose cost is stated")
        .units("J")
        .label_as("energy training");
/// Time of a run.
pub const TIME_TRAINING: Term =
    Term::new("time_training_s", "time of training up to this epoch, of the parts whose cost is stated")
        .units("s")
        .label_as("time training");
/// Energy up to an accuracy.
pub const ENERGY_TO_ACCURACY: Term =
    Term::new("energy_to_accuracy_j", "energy of training up to the first epoch with the wanted test accuracy")
        .units("J")
        .label_as("energy to accuracy");
/// Time up to an accuracy.
pub const TIME_TO_ACCURACY: Term =
    Term::new("time_to_accuracy_s", "time of training up to the first epoch with the wanted test accuracy")
        .units("s")
        .label_as("time to accuracy");
/// Energy of an answer.
pub const ENERGY_PER_ANSWER: Term =
    Term::new("energy_per_answer_j", "energy of a forward pass without learning, of the parts whose cost is stated")
        .units("J")
        .label_as("energy per answer");
/// Time of an answer.
pub const TIME_PER_ANSWER: Term =
    Term::new("time_per_answer_s", "time of a forward pass without learning, of the parts whose cost is stated")
        .units("s")
        .label_as("time per answer");

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

//! Noise of the teacher's signal where it is no nudge: targets that outputs are held at, and errors of backprop.
use crate::device::noise_key::{NoiseKey, NoiseSource};
use crate::device::pair::PairMix;
use crate::dynamics::state::DyadState;
use crate::linalg::{Matrix, MatrixView, give_back, take_numbers};

/// Holds both compartments at the targets (unit × sample), as the teacher gives them.
pub(super) fn clamp(teacher: PairMix, key: &NoiseKey, targets: MatrixView, dyads: &mut DyadState) {
    dyads.s_plus.copy_from(&targets);
    dyads.s_minus.copy_from(&targets);
    if !teacher.is_on() {
        return;
    }
    let mut stream = key.stream(NoiseSource::Teacher);
    let mut z = take_numbers(2 * targets.nrows());
    for j in 0..targets.ncols() {
        stream.fill(&mut z);
        for i in 0..targets.nrows() {
            let (common, own) = (teacher.common * z[i], teacher.own * z[targets.nrows() + i]);
            dyads.s_plus[(i, j)] += common + own;
            dyads.s_minus[(i, j)] += common - own;
        }
    }
    give_back(z);
}

/// Adds what the teacher's noise makes of errors at the outputs (unit × sample).
pub(super) fn of_errors(teacher: PairMix, key: &NoiseKey, errors: &mut Matrix) {
    if !teacher.is_on() {
        return;
    }
    let mut stream = key.stream(NoiseSource::Teacher);
    let mut z = take_numbers(errors.nrows());
    for mut error in errors.column_iter_mut() {
        stream.fill(&mut z);
        error.iter_mut().zip(&z).for_each(|(e, z)| *e -= teacher.common * z);
    }
    give_back(z);
}

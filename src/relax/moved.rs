//! A population in the middle of a step of a stream: its drive, and what its compartments would be at another one.
use super::rule::UnitRule;
use super::state::NetworkState;
use crate::linalg::Matrix;
use crate::network::Network;

/// A population in the middle of a step of a stream.
#[derive(Clone, Copy)]
pub(crate) struct Moved<'a> {
    pub rule: &'a dyn UnitRule,
    pub network: &'a Network,
    pub state: &'a NetworkState,
    /// Its number.
    pub k: usize,
}

impl Moved<'_> {
    /// The voltages that are read out, on hardware with membranes.
    fn voltages(&self) -> Option<[Matrix; 2]> {
        let now = self.state.membranes(self.k)?.map(Matrix::clone);
        Some(match self.state.lead(self.k) {
            Some((lead, [plus, minus])) => {
                let ahead =
                    |now: &Matrix, before: &Matrix| now.zip_map(before, |now, before| now + lead * (now - before));
                [ahead(&now[0], plus), ahead(&now[1], minus)]
            }
            None => now,
        })
    }

    /// a, its drive (unit × sample) with the bias, as this step had it: on hardware with membranes the part of their
    /// voltages in which the nudges, as they are designed, cancel.
    pub fn drive(&self) -> Matrix {
        let Some([v_plus, v_minus]) = self.voltages() else {
            let mut drive = self.state.dyads()[self.k - 1].drive.clone();
            let bias = self.state.bias(self.network, self.k);
            for mut column in drive.column_iter_mut() {
                column.iter_mut().zip(&*bias).for_each(|(a, bias)| *a += bias);
            }
            return drive;
        };
        let step = self.rule.step(self.network, self.k, None);
        let share = step.nudge_minus / (step.nudge_plus + step.nudge_minus);
        v_plus.zip_map(&v_minus, |plus, minus| minus + share * (plus - minus))
    }

    /// s⁺ and s⁻ as they would be at a drive (unit × sample) that was held back, where they are those of the drive `now`:
    /// the nudges are those of today, and so is what the read-out adds.
    pub fn compartments(&self, held: &Matrix, now: &Matrix) -> [Matrix; 2] {
        let step = self.rule.step(self.network, self.k, None);
        let dyads = &self.state.dyads()[self.k - 1];
        let f = |v: f32| step.activation.value(v);
        let Some(voltages) = self.voltages() else {
            let nudged = |share: f32| held.zip_map(&dyads.feedback, |a, d| f(a + share * d));
            return [nudged(step.nudge_plus), nudged(-step.nudge_minus)];
        };
        let (low, high) = self.state.rails();
        let clipped = |v: f32| {
            // Not `min` and `max`: they would hide NaN.
            let s = f(v);
            let s = if s < low { low } else { s };
            if s > high { high } else { s }
        };
        let mut pair = [dyads.s_plus.clone(), dyads.s_minus.clone()];
        for (s, v) in pair.iter_mut().zip(&voltages) {
            for (((s, v), held), now) in s.iter_mut().zip(v.iter()).zip(held.iter()).zip(now.iter()) {
                *s += clipped(v + (held - now)) - clipped(*v);
            }
        }
        pair
    }
}

//! A clock of each layer: its synapses write while what arrives has been still.
//!
//! When a stimulus changes, layer k of L gets an error that belongs to it 2(L−k) updates later. So the synapses of layer k
//! learn once its own drive has changed by less than a threshold in each of the last 2(L−k) updates:
//!
//! ```text
//! √(mean over the units of (a(t) − a(t−1))²) < threshold
//! ```
//!
//! That is measured in each replica of the network, of the layer's own drive; no unit is told that a stimulus has changed. The
//! outputs, whose error is there at once, always learn.
use crate::linalg::Matrix;
use crate::parameter::Positive;
use crate::persist::{Archive, Damaged, Persist};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The clock of each layer.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct LayerClock {
    /// Root mean square over the units of a layer by which its drive may change in an update and still counts as still.
    pub threshold: Positive,
}

impl Default for LayerClock {
    fn default() -> Self {
        Self { threshold: Positive::constant(0.1) }
    }
}

/// For how long the drive of a layer has been still.
#[derive(Debug, Clone)]
pub(crate) struct StillDrive {
    threshold: f32,
    /// Updates for which it must have been.
    wait: u64,
    /// The drive of the last update (unit × sample).
    last: Matrix,
    /// Updates since it has changed last, in every sample.
    still: Vec<u64>,
}

impl StillDrive {
    /// Of a layer of this shape (unit × sample), whose synapses wait for so many updates.
    pub fn new(settings: &LayerClock, wait: usize, shape: (usize, usize)) -> Self {
        Self {
            threshold: settings.threshold.get() as f32,
            wait: wait as u64,
            last: Matrix::zeros(shape.0, shape.1),
            still: vec![0; shape.1],
        }
    }

    /// Sees the drive of another update.
    pub fn see(&mut self, drive: &Matrix) {
        for ((still, last), now) in self.still.iter_mut().zip(self.last.column_iter()).zip(drive.column_iter()) {
            let square: f32 = last.iter().zip(now.iter()).map(|(last, now)| (now - last) * (now - last)).sum();
            // What is not a number is not still.
            let is_still = (square / last.len() as f32).sqrt() < self.threshold;
            *still = if is_still { *still + 1 } else { 0 };
        }
        self.last.copy_from(drive);
    }

    /// In which samples the synapses write.
    pub fn due(&self) -> impl Iterator<Item = bool> + '_ {
        self.still.iter().map(|&still| still >= self.wait)
    }
}

impl Persist for StillDrive {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.array("last", self.last.as_mut_slice())?;
        archive.array("still", &mut self.still)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn synapses_write_when_their_drive_has_been_still_for_long_enough() {
        let mut clock = StillDrive::new(&LayerClock { threshold: Positive::constant(0.5) }, 2, (4, 2));
        // The first sample changes at update 3, by a root mean square of 0.6, the second by one of 0.45.
        let due: Vec<Vec<bool>> = (0..8)
            .map(|t| {
                let after = if t < 3 { 0.0 } else { 1.0 };
                let sample = |change: f32| [1.0 + change * after, 2.0 - change * after, 3.0, 4.0];
                clock.see(&Matrix::from_column_slice(
                    4,
                    2,
                    &[sample(0.6 * 2f32.sqrt()), sample(0.45 * 2f32.sqrt())].concat(),
                ));
                clock.due().collect()
            })
            .collect();
        let first = [false, false, true, false, false, true, true, true];
        let second = [false, false, true, true, true, true, true, true];
        assert!((0..8).all(|t| due[t] == [first[t], second[t]]), "{due:?}");
        // Without a wait they always do.
        let mut outputs = StillDrive::new(&LayerClock::default(), 0, (4, 1));
        outputs.see(&Matrix::from_element(4, 1, f32::NAN));
        assert!(outputs.due().all(|due| due));
    }
}

//! What a run has reached.
use crate::learning::Learner;
use crate::measure::Measurements;
use crate::network::Network;
use crate::persist::{Archive, Array, Damaged, Persist};
use crate::trace::ArrayFile;

/// What a run has reached.
pub(super) struct Progressed {
    pub learner: Learner,
    pub measurements: Measurements,
    /// Weights as the devices hold them before training, if they are recorded.
    pub initial: Option<Network>,
    /// Epochs made.
    pub epoch: u64,
    /// Epochs after which it had ended and was continued.
    pub extended_after: Vec<u64>,
    /// Weights that did best on the validation set.
    pub best: Option<Network>,
    /// Their epoch.
    pub best_epoch: Option<u64>,
    /// Their validation accuracy, R² or F1.
    pub best_accuracy: f64,
    /// Fingerprint of the measured die that it has; 0 without one.
    pub die: u64,
}

const EPOCH: &str = "epoch";

impl Progressed {
    /// The epoch of what was saved in a file.
    pub fn epoch_in(file: &ArrayFile) -> Option<u64> {
        match file.array(EPOCH)? {
            Array::U64(epoch) => epoch.first().copied(),
            _ => None,
        }
    }
}

impl Persist for Progressed {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.number(EPOCH, &mut self.epoch)?;
        archive.vector("extended_after", &mut self.extended_after)?;
        match archive.has("die", self.die != 0) {
            true => archive.number("die", &mut self.die)?,
            false => self.die = 0,
        }
        self.learner.persist(archive)?;
        self.measurements.persist(archive)?;
        if archive.has("best_epoch", self.best_epoch.is_some()) {
            archive.part("best", self.best.get_or_insert_with(|| self.learner.weights.clone()))?;
            archive.number("best_epoch", self.best_epoch.get_or_insert(0))?;
            archive.number("best_accuracy", &mut self.best_accuracy)?;
        }
        Ok(())
    }
}

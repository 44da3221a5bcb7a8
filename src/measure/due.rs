//! When a measurement is due.
use crate::parameter::Count;

/// How long a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Epochs in all.
    pub epochs: u64,
    /// Training steps in each of them.
    pub steps_per_epoch: u64,
}

impl Clock {
    /// The epoch that a training step belongs to, from 1; 0 if nothing is trained.
    pub fn epoch_of(&self, step: u64) -> u64 {
        if self.epochs == 0 { 0 } else { step / self.steps_per_epoch.max(1) + 1 }
    }
}

/// The epochs and training steps at which a measurement is made.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Due {
    /// After which epochs.
    pub epochs: DueEpochs,
    /// At which training steps.
    pub steps: DueSteps,
}

/// After which epochs a measurement is made; epoch 0 is the untrained network.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DueEpochs {
    /// After none.
    Never,
    /// After the last.
    Last,
    /// After every n-th, epoch 0 among them, and after the last.
    Every(Count),
}

/// At which training steps a measurement is made; they count from 0.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum DueSteps {
    /// At none.
    Never,
    /// At every n-th, step 0 among them.
    Every(Count),
    /// The same, and at the first step of the last epoch.
    EveryAndLastEpoch(Count),
}

/// Every one of them.
pub const ALWAYS: Count = Count::constant(1);

impl Due {
    /// After these epochs, and at no training step.
    pub fn after(epochs: DueEpochs) -> Self {
        Self { epochs, steps: DueSteps::Never }
    }

    /// At these training steps, and after no epoch.
    pub fn at(steps: DueSteps) -> Self {
        Self { epochs: DueEpochs::Never, steps }
    }

    /// Whether the measurement is made after an epoch.
    pub fn after_epoch(&self, epoch: u64, clock: &Clock) -> bool {
        let last = epoch == clock.epochs;
        match self.epochs {
            DueEpochs::Never => false,
            DueEpochs::Last => last,
            DueEpochs::Every(n) => last || epoch.is_multiple_of(n.get() as u64),
        }
    }

    /// Whether the measurement is made at a training step.
    pub fn at_step(&self, step: u64, clock: &Clock) -> bool {
        let is_multiple = |n: Count| step.is_multiple_of(n.get() as u64);
        match self.steps {
            DueSteps::Never => false,
            DueSteps::Every(n) => is_multiple(n),
            DueSteps::EveryAndLastEpoch(n) => {
                let steps = clock.steps_per_epoch.saturating_mul(clock.epochs);
                is_multiple(n) || step.saturating_add(clock.steps_per_epoch) == steps
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CLOCK: Clock = Clock { epochs: 7, steps_per_epoch: 10 };

    fn epochs(epochs: DueEpochs, clock: &Clock) -> Vec<u64> {
        (0..=clock.epochs).filter(|&epoch| Due::after(epochs).after_epoch(epoch, clock)).collect()
    }

    fn steps(steps: DueSteps) -> Vec<u64> {
        (0..70).filter(|&step| Due::at(steps).at_step(step, &CLOCK)).collect()
    }

    #[test]
    fn a_step_belongs_to_the_epoch_that_it_is_made_in() {
        assert_eq!([0, 9, 10, 69].map(|step| CLOCK.epoch_of(step)), [1, 1, 2, 7]);
        assert_eq!(Clock { epochs: 0, ..CLOCK }.epoch_of(0), 0);
    }

    #[test]
    fn epochs_count_from_the_untrained_network_to_the_last() {
        let none: [u64; 0] = [];
        assert_eq!(epochs(DueEpochs::Never, &CLOCK), none);
        assert_eq!(epochs(DueEpochs::Last, &CLOCK), [7]);
        assert_eq!(epochs(DueEpochs::Every(Count::constant(3)), &CLOCK), [0, 3, 6, 7]);
        assert_eq!(epochs(DueEpochs::Every(Count::constant(7)), &CLOCK), [0, 7]);
        // A network that is not trained is measured once.
        assert_eq!(epochs(DueEpochs::Last, &Clock { epochs: 0, ..CLOCK }), [0]);
    }

    #[test]
    fn steps_count_from_zero_and_the_last_epoch_has_one() {
        let none: [u64; 0] = [];
        assert_eq!(steps(DueSteps::Never), none);
        assert_eq!(steps(DueSteps::Every(Count::constant(25))), [0, 25, 50]);
        assert_eq!(steps(DueSteps::EveryAndLastEpoch(Count::constant(25))), [0, 25, 50, 60]);
        assert_eq!(steps(DueSteps::EveryAndLastEpoch(Count::constant(1000))), [0, 60]);
    }
}

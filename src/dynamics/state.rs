//! States of the dyads of every population for a batch of stimuli.
use crate::linalg::Matrix;
use crate::persist::{Archive, Damaged, Persist};

/// States and inputs of one population of dyads, each (unit × sample).
///
/// ```
/// use dyadsim::dynamics::DyadState;
///
/// let mut layer = DyadState::zeros(100, 50);
/// layer.s_plus.fill(0.1);
/// assert_eq!(layer.s_plus.column(7).len(), 100);
/// ```
#[derive(Debug, Clone)]
pub struct DyadState {
    /// Compartment s⁺.
    pub s_plus: Matrix,
    /// Compartment s⁻.
    pub s_minus: Matrix,
    /// s̄ = α s⁺ + (1−α) s⁻, which goes forward.
    pub mean: Matrix,
    /// s⁺ − s⁻, which goes back.
    pub difference: Matrix,
    /// W s̄ of what arrives, without the bias.
    pub drive: Matrix,
    /// Wᵀ (s⁺ − s⁻) of what is fed back; of the outputs: the loss gradient that nudges them.
    pub feedback: Matrix,
}

impl DyadState {
    /// Zero states.
    pub fn zeros(units: usize, samples: usize) -> Self {
        let zeros = || Matrix::zeros(units, samples);
        Self {
            s_plus: zeros(),
            s_minus: zeros(),
            mean: zeros(),
            difference: zeros(),
            drive: zeros(),
            feedback: zeros(),
        }
    }

    /// Makes all states zero.
    pub(crate) fn reset(&mut self) {
        let Self { s_plus, s_minus, mean, difference, drive, feedback } = self;
        for matrix in [s_plus, s_minus, mean, difference, drive, feedback] {
            matrix.fill(0.0);
        }
    }
}

impl Persist for DyadState {
    /// Drive and feedback are made again before they are used, but a recording of every update sees them before that.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let Self { s_plus, s_minus, mean, difference, drive, feedback } = self;
        ["s_plus", "s_minus", "mean", "difference", "drive", "feedback"]
            .into_iter()
            .zip([s_plus, s_minus, mean, difference, drive, feedback])
            .try_for_each(|(name, matrix)| archive.array(name, matrix.as_mut_slice()))
    }
}

/// What all populations hold.
#[derive(Debug, Clone)]
pub struct States {
    /// Population 0: the stimuli (unit × sample), on a die as they are sent.
    pub stimulus: Matrix,
    /// Population 1 first.
    pub dyads: Vec<DyadState>,
}

/// All populations but one.
#[derive(Clone, Copy)]
pub(crate) struct Others<'a> {
    stimulus: &'a Matrix,
    before: &'a [DyadState],
    after: &'a [DyadState],
}

impl States {
    /// Zero states of populations of `units`, the stimulus first.
    pub fn zeros(units: &[usize], samples: usize) -> Self {
        Self {
            stimulus: Matrix::zeros(units[0], samples),
            dyads: units[1..].iter().map(|&n| DyadState::zeros(n, samples)).collect(),
        }
    }

    /// What population k sends forward: the stimulus, or s̄.
    pub fn activity(&self, k: usize) -> &Matrix {
        match k {
            0 => &self.stimulus,
            _ => &self.dyads[k - 1].mean,
        }
    }

    /// Population k, and all others.
    pub(crate) fn around(&mut self, k: usize) -> (&mut DyadState, Others<'_>) {
        let Self { stimulus, dyads } = self;
        let (before, rest) = dyads.split_at_mut(k - 1);
        let (own, after) = rest.split_first_mut().expect("populations of dyads are counted from 1");
        (own, Others { stimulus, before, after })
    }
}

impl<'a> Others<'a> {
    /// What population k sends forward.
    pub fn activity(&self, k: usize) -> &'a Matrix {
        match k {
            0 => self.stimulus,
            _ => &self.dyads(k).mean,
        }
    }

    /// s⁺ − s⁻ of population k.
    pub fn difference(&self, k: usize) -> &'a Matrix {
        &self.dyads(k).difference
    }

    fn dyads(&self, k: usize) -> &'a DyadState {
        match k.checked_sub(self.before.len() + 2) {
            Some(after) => &self.after[after],
            None => &self.before[k - 1],
        }
    }
}

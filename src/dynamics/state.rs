//! States of the dyads of every population for a batch of stimuli.
use crate::linalg::Matrix;
use crate::map::MaxPool;
use crate::map::max_pool::Taps;
use crate::network::Graph;
use crate::persist::{Archive, Damaged, Persist};
use rayon::prelude::*;

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
    /// What is known of the maxima, where reads are pooled.
    pub pooling: Option<Pooling>,
    /// What goes back through a projection (by its place among all), where backprop makes it another thing than
    /// `difference`.
    pub returned: Vec<(usize, Matrix)>,
    /// What units with two phases hold of them.
    pub phases: Option<PhaseStates>,
}

/// What units with two phases hold of them, next to their states.
#[derive(Debug, Clone)]
pub struct PhaseStates {
    /// The state of the first phase, as it is kept until the second has ended.
    pub kept: Matrix,
    /// State of the second phase less that of the first, as it arrives at the synapses that the population sends to.
    pub contrast: Matrix,
}

/// The maxima of what a population reads.
#[derive(Debug, Clone)]
pub struct Pooling {
    /// Windows of which the largest value counts.
    pub pool: MaxPool,
    /// Taps that were the largest when the drive was read last (unit × sample).
    pub taps: Taps,
    /// s⁺ − s⁻ at these taps, zero elsewhere (read unit × sample).
    pub routed: Matrix,
    /// What the synapses learn from, at the taps that count for that; absent where it is `routed`.
    pub signal: Option<Matrix>,
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
            pooling: None,
            returned: vec![],
            phases: None,
        }
    }

    /// With the maxima of a pooling.
    fn with_pooling(self, pool: Option<MaxPool>) -> Self {
        let (units, samples) = self.mean.shape();
        let pooling = pool.map(|pool| Pooling {
            pool,
            taps: Taps::zeros(units, samples),
            routed: Matrix::zeros(pool.input().units(), samples),
            signal: None,
        });
        Self { pooling, ..self }
    }

    /// Bytes of all of it.
    pub fn memory_bytes(&self) -> usize {
        let Self { s_plus, s_minus, mean, difference, drive, feedback, pooling, returned, phases } = self;
        let bytes = |matrix: &Matrix| size_of_val(matrix.as_slice());
        let maxima = pooling.as_ref().map_or(0, |Pooling { taps, routed, signal, .. }| {
            taps.len() + bytes(routed) + signal.as_ref().map_or(0, bytes)
        });
        let returned = returned.iter().map(|(_, errors)| bytes(errors)).sum::<usize>();
        let phases = phases.as_ref().map_or(0, |PhaseStates { kept, contrast }| bytes(kept) + bytes(contrast));
        let states = [s_plus, s_minus, mean, difference, drive, feedback].into_iter().map(bytes).sum::<usize>();
        states + maxima + returned + phases
    }

    /// s⁺ − s⁻ as it goes back through the array of projection p (from 0): at the maxima where its reads are pooled.
    pub(crate) fn returned(&self, p: usize, pooled: bool) -> &Matrix {
        match &self.pooling {
            Some(pooling) if pooled => &pooling.routed,
            _ => self.returned.iter().find(|(own, _)| *own == p).map_or(&self.difference, |(_, errors)| errors),
        }
    }

    /// Routes s⁺ − s⁻ to the maxima, where reads are pooled; to be called when the population has moved.
    pub(crate) fn route(&mut self) {
        if let Some(Pooling { pool, taps, routed, .. }) = &mut self.pooling {
            route(pool, &self.difference, taps, routed);
        }
    }

    /// (s⁺ + s⁻)/2.
    pub(crate) fn middle(&self) -> Matrix {
        let mut middle = self.s_plus.clone();
        self.write_middle(&mut middle);
        middle
    }

    /// Writes (s⁺ + s⁻)/2.
    pub(crate) fn write_middle(&self, middle: &mut Matrix) {
        let pairs = self.s_plus.as_slice().iter().zip(self.s_minus.as_slice());
        middle.as_mut_slice().iter_mut().zip(pairs).for_each(|(middle, (plus, minus))| *middle = 0.5 * (plus + minus));
    }

    /// Makes all states zero.
    pub(crate) fn reset(&mut self) {
        let Self { s_plus, s_minus, mean, difference, drive, feedback, pooling, returned, phases } = self;
        returned.clear();
        *phases = None;
        if let Some(pooling) = pooling {
            pooling.taps.fill(0);
            pooling.routed.fill(0.0);
        }
        for matrix in [s_plus, s_minus, mean, difference, drive, feedback] {
            matrix.fill(0.0);
        }
    }
}

impl Persist for DyadState {
    /// Drive and feedback are made again before they are used, but a recording of every update sees them before that. What
    /// backprop returns, or two phases have left, is never carried over.
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let Self { s_plus, s_minus, mean, difference, drive, feedback, pooling, returned: _, phases: _ } = self;
        if let Some(pooling) = pooling {
            archive.array("maxima", pooling.taps.as_mut_slice())?;
            archive.array("routed", pooling.routed.as_mut_slice())?;
        }
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
    /// Zero states of all populations.
    pub fn zeros(graph: &Graph, samples: usize) -> Self {
        let units = |k: usize| graph.populations()[k].units();
        let dyads = |k: usize| DyadState::zeros(units(k), samples).with_pooling(graph.pool(k));
        Self { stimulus: Matrix::zeros(units(0), samples), dyads: (1..graph.populations().len()).map(dyads).collect() }
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

    /// s⁺ of population k; the stimulus itself for k = 0.
    pub fn s_plus(&self, k: usize) -> &'a Matrix {
        match k {
            0 => self.stimulus,
            _ => &self.dyads(k).s_plus,
        }
    }

    /// Population k of dyads.
    pub fn dyads(&self, k: usize) -> &'a DyadState {
        match k.checked_sub(self.before.len() + 2) {
            Some(after) => &self.after[after],
            None => &self.before[k - 1],
        }
    }
}

/// Routes what a population holds (unit × sample) to the taps of every sample.
pub(crate) fn route(pool: &MaxPool, values: &Matrix, taps: &Taps, routed: &mut Matrix) {
    let (units, reads) = (values.nrows(), routed.nrows());
    let samples = values.as_slice().par_chunks_exact(units).zip(taps.as_slice().par_chunks_exact(units));
    samples.zip(routed.as_mut_slice().par_chunks_exact_mut(reads)).for_each(|((values, taps), routed)| {
        pool.route(values, taps, routed);
    });
}

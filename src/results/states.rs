//! Recorded states of the layers of a run, and the stimuli that they answer to.
use super::network::NetworkGraph;
use super::run::RunResult;
use crate::trace::TraceError;
use crate::vocabulary::place::group;
use crate::vocabulary::state::{DIFFERENCE, LABEL, MEAN, S_MINUS, S_PLUS, SAMPLE_INDEX, SIGNALS};
use crate::vocabulary::{Term, axis};

/// What was recorded of a layer: signals over (step, update, sample, unit).
#[derive(Debug, Clone, PartialEq)]
pub struct LayerStates {
    /// The layer, from 1.
    pub layer: usize,
    /// Numbers of the recorded units.
    pub units: Vec<f64>,
    /// Numbers of the recorded training steps.
    pub steps: Vec<f64>,
    /// Updates of a step; `None` if only its end was recorded.
    pub updates: Option<Vec<f64>>,
    /// Places in the mini-batch of the recorded stimuli.
    pub samples: Vec<f64>,
    /// The recorded signals.
    pub signals: Vec<Term>,
    /// Weight of s⁺ in the mean.
    pub alpha: f64,
}

/// The recorded layers, ascending.
///
/// # Errors
/// If the file cannot be read.
pub fn layers(run: &RunResult) -> Result<Vec<LayerStates>, TraceError> {
    let groups = run.reader().groups()?;
    let mut layers: Vec<usize> = groups.iter().filter_map(|group| group::layer_of_states(group)).collect();
    layers.sort_unstable();
    let last = NetworkGraph::of_run(run).map_or(run.settings().hidden().len() + 1, |network| network.last());
    layers.into_iter().map(|layer| LayerStates::new(run, layer, last)).collect()
}

impl LayerStates {
    /// `last` is the number of the outputs.
    fn new(run: &RunResult, layer: usize, last: usize) -> Result<Self, TraceError> {
        let group = group::states(layer);
        let coordinate = |term: &Term| run.column(&group, term.name);
        let has = |term: &Term| run.reader().contains(&format!("{group}/{}", term.name));
        let own = Self {
            layer,
            units: coordinate(&axis::UNIT)?,
            steps: coordinate(&axis::STEP)?,
            updates: if has(&axis::UPDATE) { Some(coordinate(&axis::UPDATE)?) } else { None },
            samples: coordinate(&axis::SAMPLE)?,
            signals: SIGNALS.into_iter().filter(|term| has(term)).collect(),
            alpha: run.settings().alpha(layer == last),
        };
        let axes = [own.steps.len(), own.update_count(), own.samples.len(), own.units.len()];
        let numbers: usize = axes.iter().product();
        for variable in run.reader().variables(&group)?.iter().filter(|v| own.signals.iter().any(|s| s.name == v.name))
        {
            if variable.axes.iter().map(|(_, length)| length).product::<usize>() != numbers {
                let path = format!("{group}/{}", variable.name);
                return Err(run.reader().damaged(&path, format!("does not fill its axes, which have {axes:?} places")));
            }
        }
        Ok(own)
    }

    /// Updates of a step, 1 if only its end was recorded.
    pub fn update_count(&self) -> usize {
        self.updates.as_ref().map_or(1, Vec::len)
    }

    /// Whether a signal was recorded.
    pub fn has(&self, signal: &Term) -> bool {
        self.signals.iter().any(|own| own.name == signal.name)
    }

    /// Whether both compartments were recorded, from which mean and difference follow.
    pub fn has_compartments(&self) -> bool {
        self.has(&S_PLUS) && self.has(&S_MINUS)
    }

    /// Signals that were recorded or follow from the compartments.
    pub fn known_signals(&self) -> Vec<Term> {
        let follows = |term: &Term| self.has_compartments() && [MEAN.name, DIFFERENCE.name].contains(&term.name);
        SIGNALS.into_iter().filter(|term| self.has(term) || follows(term)).collect()
    }

    fn path(&self, signal: &Term) -> String {
        format!("{}/{}", group::states(self.layer), signal.name)
    }

    /// All numbers of a signal: (step, update, sample, unit) in row-major order.
    ///
    /// # Errors
    /// If it was not recorded or cannot be read.
    pub fn read(&self, run: &RunResult, signal: &Term) -> Result<Vec<f64>, TraceError> {
        Ok(run.reader().read(&self.path(signal))?.values)
    }

    /// The numbers of a recorded step, by its place: (update, sample, unit).
    ///
    /// # Errors
    /// If there is no such step, or it cannot be read.
    pub fn read_step(&self, run: &RunResult, signal: &Term, place: usize) -> Result<Vec<f64>, TraceError> {
        Ok(run.reader().read_row(&self.path(signal), place)?.values)
    }
}

/// Index of the recorded stimuli in the training set, (step, sample); none if the trace does not say.
///
/// # Errors
/// If the file cannot be read.
pub fn stimuli(run: &RunResult) -> Result<Vec<f64>, TraceError> {
    run.column(group::STIMULI, SAMPLE_INDEX.name)
}

/// Class of the recorded stimuli, (step, sample); none if the trace does not say.
///
/// # Errors
/// If the file cannot be read.
pub fn classes(run: &RunResult) -> Result<Vec<f64>, TraceError> {
    run.column(group::STIMULI, LABEL.name)
}

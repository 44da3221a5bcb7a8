//! Which states go into the trace, gathered row by row. Reads the states and never writes them.
use super::error::RunError;
use crate::config::{RecordingMoment, Signal, StateRecording};
use crate::network::inference::VisitObserver;
use crate::network::schedule::Visit;
use crate::network::{LayerState, NetworkState, Weights};
use crate::trace::{Recorder, Row};
use smallvec::SmallVec;

/// The selection of a recording, resolved for one network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StateSelection {
    pub every_steps: u64,
    pub signals: Vec<Signal>,
    /// (layer from 1, its units) of the recorded layers.
    pub layers: Vec<(usize, Vec<usize>)>,
    /// Places in the mini-batch.
    pub samples: Vec<usize>,
    /// Visits of a stimulus, if each is recorded.
    pub visits: Option<usize>,
}

impl StateSelection {
    /// Resolves a recording for layers of `units` (inputs first).
    pub fn new(recording: &StateRecording, units: &[usize], batch: usize, visits: usize) -> Result<Self, RunError> {
        // Layers and samples were checked with the file; units are known only now.
        let layers = recording.layers.resolve(1, units.len() - 1).unwrap_or_default();
        let layers = layers.into_iter().map(|layer| {
            let own = recording.units.resolve(0, units[layer] - 1);
            own.map(|own| (layer, own)).map_err(|unit| RunError::NoSuchUnit { unit, layer, units: units[layer] })
        });
        Ok(Self {
            every_steps: recording.every_steps.get() as u64,
            signals: recording.signals.clone(),
            layers: layers.collect::<Result<_, _>>()?,
            samples: recording.samples.resolve(0, batch - 1).unwrap_or_default(),
            visits: (recording.moment == RecordingMoment::EveryVisit).then_some(visits),
        })
    }

    /// Whether this training step is recorded.
    pub fn includes(&self, step: u64) -> bool {
        step.is_multiple_of(self.every_steps)
    }

    /// Bytes of one recorded step.
    pub fn row_bytes(&self) -> usize {
        let units: usize = self.layers.iter().map(|(_, units)| units.len()).sum();
        4 * units * self.samples.len() * self.signals.len() * self.visits.unwrap_or(1)
    }
}

/// Gathers the selected numbers of one training step.
#[derive(Debug, Clone)]
pub(super) struct StateRow {
    selection: StateSelection,
    /// Per recorded layer and signal: [visit], sample, unit in row-major order.
    numbers: Vec<Vec<Vec<f32>>>,
    biases: Vec<Vec<f32>>,
}

impl StateRow {
    pub fn new(selection: StateSelection) -> Self {
        let numbers = vec![vec![vec![]; selection.signals.len()]; selection.layers.len()];
        let biases = vec![vec![]; selection.layers.len()];
        Self { selection, numbers, biases }
    }

    pub fn selection(&self) -> &StateSelection {
        &self.selection
    }

    /// Begins a training step.
    pub fn begin(&mut self) {
        self.numbers.iter_mut().flatten().for_each(Vec::clear);
    }

    /// Ends a training step: visits that were not made are not a number.
    pub fn end(&mut self) {
        let visits = self.selection.visits.unwrap_or(1);
        for ((_, units), per_signal) in self.selection.layers.iter().zip(&mut self.numbers) {
            let full = visits * self.selection.samples.len() * units.len();
            per_signal.iter_mut().for_each(|numbers| numbers.resize(full, f32::NAN));
        }
    }

    fn read_biases(&mut self, weights: &Weights) {
        for ((layer, units), biases) in self.selection.layers.iter().zip(&mut self.biases) {
            let bias = &weights.layers()[layer - 1].bias;
            biases.clear();
            biases.extend(units.iter().map(|&unit| bias[unit]));
        }
    }

    /// Appends the present states of a network with these weights.
    pub fn take(&mut self, state: &NetworkState, weights: &Weights) {
        self.read_biases(weights);
        for (((layer, units), per_signal), biases) in
            self.selection.layers.iter().zip(&mut self.numbers).zip(&self.biases)
        {
            let layer = &state.layers()[layer - 1];
            for (signal, numbers) in self.selection.signals.iter().zip(per_signal) {
                let matrix = matrix_of(*signal, layer);
                for &sample in &self.selection.samples {
                    let column = matrix.column(sample);
                    let column = column.as_slice();
                    match signal {
                        // The state keeps the drive without its bias.
                        Signal::Drive => numbers.extend(units.iter().zip(biases).map(|(&u, b)| column[u] + b)),
                        // Most recordings take all units, or the first ones.
                        _ if is_run(units) => numbers.extend_from_slice(&column[units[0]..][..units.len()]),
                        _ => numbers.extend(units.iter().map(|&unit| column[unit])),
                    }
                }
            }
        }
    }

    /// Hands the row of training step `step` to the recorder, with index and class of the recorded stimuli.
    pub fn push(&self, recorder: &mut Recorder, step: u64, indices: &[u32], labels: &[u16]) -> Result<(), RunError> {
        for index in 0..self.selection.layers.len() {
            let rows: SmallVec<[Row; 6]> = self.layer(index).iter().map(|numbers| Row::F32(numbers)).collect();
            recorder.push(index, step as i64, &rows)?;
        }
        let samples = &self.selection.samples;
        let indices: SmallVec<[i64; 16]> = samples.iter().map(|&s| i64::from(indices[s])).collect();
        let labels: SmallVec<[i64; 16]> = samples.iter().map(|&s| i64::from(labels[s])).collect();
        recorder.push(self.selection.layers.len(), step as i64, &[Row::I64(&indices), Row::I64(&labels)])?;
        Ok(())
    }

    /// The numbers of a recorded layer, one slice a signal.
    pub fn layer(&self, index: usize) -> &[Vec<f32>] {
        &self.numbers[index]
    }
}

/// Whether the numbers follow each other without a gap.
fn is_run(numbers: &[usize]) -> bool {
    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

fn matrix_of(signal: Signal, layer: &LayerState) -> &crate::linalg::Matrix {
    match signal {
        Signal::SPlus => &layer.s_plus,
        Signal::SMinus => &layer.s_minus,
        Signal::Mean => &layer.mean,
        Signal::Difference => &layer.difference,
        Signal::Drive => &layer.drive,
        Signal::Feedback => &layer.feedback,
    }
}

impl VisitObserver for StateRow {
    fn before(&mut self, _: usize, _: Visit, _: &NetworkState) {}
    fn after(&mut self, _: usize, _: Visit, state: &NetworkState, weights: &Weights) {
        self.take(state, weights);
    }
}

impl Signal {
    /// Its name in files.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::SPlus => "s_plus",
            Self::SMinus => "s_minus",
            Self::Mean => "mean",
            Self::Difference => "difference",
            Self::Drive => "drive",
            Self::Feedback => "feedback",
        }
    }

    /// What it is, for people.
    pub(super) fn long_name(self) -> &'static str {
        match self {
            Self::SPlus => "compartment s+ of the dyads",
            Self::SMinus => "compartment s- of the dyads",
            Self::Mean => "weighted mean of the compartments, alpha s+ + (1-alpha) s-",
            Self::Difference => "difference of the compartments, s+ - s-",
            Self::Drive => "drive, W mean + b of the layer below",
            Self::Feedback => "feedback, W^T difference of the layer above (outputs: loss gradient)",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Selection;
    use crate::network::Initialization;
    use crate::parameter::Count;

    #[test]
    fn rows_hold_visit_sample_unit_in_this_order() {
        let units = [4, 5, 3];
        let recording = StateRecording {
            moment: RecordingMoment::EveryVisit,
            signals: vec![Signal::SMinus, Signal::Drive],
            layers: Selection::Listed(vec![1]),
            units: Selection::Listed(vec![3, 0]),
            samples: Selection::First(Count::constant(2)),
            ..StateRecording::default()
        };
        let selection = StateSelection::new(&recording, &units, 6, 2).unwrap();
        assert_eq!(selection.row_bytes(), 4 * 2 * 2 * 2 * 2);
        let mut weights = Weights::random(&units, Initialization::LecunNormal, 1).unwrap();
        weights.layers_mut()[0].bias[3] = 0.5;
        let mut state = NetworkState::zeros(&units, 6, None);
        let mut row = StateRow::new(selection);
        row.begin();
        for visit in 0..2 {
            let layer = &mut state.layers_mut()[0];
            for (j, i) in (0..6).flat_map(|j| (0..5).map(move |i| (j, i))) {
                layer.s_minus[(i, j)] = (100 * visit + 10 * j + i) as f32;
                layer.drive[(i, j)] = i as f32;
            }
            row.take(&state, &weights);
        }
        assert_eq!(row.layer(0)[0], [3.0, 0.0, 13.0, 10.0, 103.0, 100.0, 113.0, 110.0]);
        assert_eq!(row.layer(0)[1], [3.5, 0.0, 3.5, 0.0, 3.5, 0.0, 3.5, 0.0]);
    }

    #[test]
    fn a_unit_that_a_layer_lacks_is_refused() {
        let recording = StateRecording { units: Selection::Listed(vec![4]), ..StateRecording::default() };
        assert!(matches!(
            StateSelection::new(&recording, &[4, 5, 3], 6, 2),
            Err(RunError::NoSuchUnit { unit: 4, layer: 2, units: 3 })
        ));
    }
}

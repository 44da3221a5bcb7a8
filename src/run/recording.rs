//! Which states go into the trace, gathered row by row. Reads the states and never writes them.
use super::error::RunError;
use crate::config::{RecordingMoment, Signal, StateRecording};
use crate::dynamics::DyadState;
use crate::map::Shape;
use crate::network::{Architecture, Network};
use crate::relax::NetworkState;
use crate::relax::UpdateObserver;
use crate::relax::schedule::Update;
use crate::trace::{Recorder, Row};
use crate::vocabulary::{Term, state};
use smallvec::SmallVec;

/// The selection of a recording, resolved for one network.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct StateSelection {
    pub every_steps: u64,
    pub signals: Vec<Signal>,
    /// (layer from 1, its units) of the recorded layers, in the order of files.
    pub layers: Vec<(usize, Vec<usize>)>,
    /// The shapes of the populations that have places.
    pub shapes: Vec<Option<Shape>>,
    /// Where these units stand in memory.
    in_memory: Vec<Vec<usize>>,
    /// Places in the mini-batch.
    pub samples: Vec<usize>,
    /// Updates of a stimulus, if each is recorded.
    pub updates: Option<usize>,
    /// Whether stimuli have a class.
    pub has_classes: bool,
}

impl StateSelection {
    /// Resolves a recording for a network.
    pub fn new(
        recording: &StateRecording,
        network: &Architecture,
        batch: usize,
        updates: usize,
    ) -> Result<Self, RunError> {
        // Layers and samples were checked with the file; units are known only now.
        let populations = network.populations();
        let units = network.units();
        let layers = recording.layers.resolve(1, units.len() - 1).unwrap_or_default();
        let layers = layers.into_iter().map(|layer| {
            let own = recording.units.resolve(0, units[layer] - 1);
            own.map(|own| (layer, own)).map_err(|unit| RunError::NoSuchUnit { unit, layer, units: units[layer] })
        });
        let layers = layers.collect::<Result<Vec<_>, _>>()?;
        let in_memory = |(layer, units): &(usize, Vec<usize>)| {
            let order: Vec<usize> = populations[*layer].shape.file_order().collect();
            units.iter().map(|&unit| order[unit]).collect()
        };
        let shape =
            |(layer, _): &(usize, Vec<usize>)| Some(populations[*layer].shape).filter(|shape| shape.places() > 1);
        Ok(Self {
            every_steps: recording.every_steps.get() as u64,
            signals: recording.signals.clone(),
            shapes: layers.iter().map(shape).collect(),
            in_memory: layers.iter().map(in_memory).collect(),
            layers,
            samples: recording.samples.resolve(0, batch - 1).unwrap_or_default(),
            updates: (recording.moment == RecordingMoment::EveryUpdate).then_some(updates),
            has_classes: true,
        })
    }

    /// The same of stimuli that have a class, or have none.
    pub fn of_classes(self, has_classes: bool) -> Self {
        Self { has_classes, ..self }
    }

    /// Whether this training step is recorded.
    pub fn includes(&self, step: u64) -> bool {
        step.is_multiple_of(self.every_steps)
    }

    /// Bytes of one recorded step.
    pub fn row_bytes(&self) -> usize {
        let units: usize = self.layers.iter().map(|(_, units)| units.len()).sum();
        4 * units * self.samples.len() * self.signals.len() * self.updates.unwrap_or(1)
    }
}

/// Gathers the selected numbers of one training step.
#[derive(Debug, Clone)]
pub(super) struct StateRow {
    selection: StateSelection,
    /// Per recorded layer and signal: [update], sample, unit in row-major order.
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

    /// Ends a training step: updates that were not made are not a number.
    pub fn end(&mut self) {
        let updates = self.selection.updates.unwrap_or(1);
        for ((_, units), per_signal) in self.selection.layers.iter().zip(&mut self.numbers) {
            let full = updates * self.selection.samples.len() * units.len();
            per_signal.iter_mut().for_each(|numbers| numbers.resize(full, f32::NAN));
        }
    }

    fn read_biases(&mut self, state: &NetworkState, weights: &Network) {
        let layers = self.selection.layers.iter().zip(&self.selection.in_memory);
        for (((layer, _), units), biases) in layers.zip(&mut self.biases) {
            let bias = state.bias(weights, *layer);
            biases.clear();
            biases.extend(units.iter().map(|&unit| bias[unit]));
        }
    }

    /// Appends the present states of a network with these weights.
    pub fn take(&mut self, state: &NetworkState, weights: &Network) {
        self.read_biases(state, weights);
        let layers = self.selection.layers.iter().zip(&self.selection.in_memory);
        for ((((layer, _), units), per_signal), biases) in layers.zip(&mut self.numbers).zip(&self.biases) {
            let layer = &state.dyads()[layer - 1];
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

    /// Hands the row of training step `step` to the recorder, with the epoch that it belongs to, and index and class of the
    /// recorded stimuli.
    pub fn push(
        &self,
        recorder: &mut Recorder,
        [step, epoch]: [u64; 2],
        indices: &[u32],
        labels: &[u16],
    ) -> Result<(), RunError> {
        let epoch = [epoch as i64];
        for index in 0..self.selection.layers.len() {
            let signals = self.layer(index).iter().map(|numbers| Row::F32(numbers));
            let rows: SmallVec<[Row; 7]> = signals.chain([Row::I64(&epoch)]).collect();
            recorder.push(index, step as i64, &rows)?;
        }
        let samples = &self.selection.samples;
        let indices: SmallVec<[i64; 16]> = samples.iter().map(|&s| i64::from(indices[s])).collect();
        let labels: SmallVec<[i64; 16]> = samples.iter().map(|&s| i64::from(labels[s])).collect();
        let classes = self.selection.has_classes.then_some(Row::I64(&labels));
        let row: SmallVec<[Row; 3]> =
            std::iter::once(Row::I64(&indices)).chain(classes).chain([Row::I64(&epoch)]).collect();
        recorder.push(self.selection.layers.len(), step as i64, &row)?;
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

fn matrix_of(signal: Signal, layer: &DyadState) -> &crate::linalg::Matrix {
    match signal {
        Signal::SPlus => &layer.s_plus,
        Signal::SMinus => &layer.s_minus,
        Signal::Mean => &layer.mean,
        Signal::Difference => &layer.difference,
        Signal::Drive => &layer.drive,
        Signal::Feedback => &layer.feedback,
    }
}

impl UpdateObserver for StateRow {
    fn before(&mut self, _: usize, _: Update, _: &NetworkState) {}
    fn after(&mut self, _: usize, _: Update, state: &NetworkState, weights: &Network) {
        self.take(state, weights);
    }
}

/// What files call a signal.
pub(super) fn term(signal: Signal) -> &'static Term {
    match signal {
        Signal::SPlus => &state::S_PLUS,
        Signal::SMinus => &state::S_MINUS,
        Signal::Mean => &state::MEAN,
        Signal::Difference => &state::DIFFERENCE,
        Signal::Drive => &state::DRIVE,
        Signal::Feedback => &state::FEEDBACK,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Selection;
    use crate::network::Initialization;
    use crate::parameter::Count;
    use crate::substrate::Substrate;

    #[test]
    fn rows_hold_update_sample_unit_in_this_order() {
        let units = [4, 5, 3];
        let recording = StateRecording {
            moment: RecordingMoment::EveryUpdate,
            signals: vec![Signal::SMinus, Signal::Drive],
            layers: Selection::Listed(vec![1]),
            units: Selection::Listed(vec![3, 0]),
            samples: Selection::First(Count::constant(2)),
            ..StateRecording::default()
        };
        let selection = StateSelection::new(&recording, &Architecture::chain(&units), 6, 2).unwrap();
        assert_eq!(selection.row_bytes(), 4 * 2 * 2 * 2 * 2);
        let mut weights = Network::random(&units, Initialization::LecunNormal, 1).unwrap();
        weights.projections_mut()[0].bias[3] = 0.5;
        let mut state = NetworkState::zeros(&weights, 6, &Substrate::Ideal);
        let mut row = StateRow::new(selection);
        row.begin();
        for update in 0..2 {
            let layer = &mut state.dyads_mut()[0];
            for (j, i) in (0..6).flat_map(|j| (0..5).map(move |i| (j, i))) {
                layer.s_minus[(i, j)] = (100 * update + 10 * j + i) as f32;
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
            StateSelection::new(&recording, &Architecture::chain(&[4, 5, 3]), 6, 2),
            Err(RunError::NoSuchUnit { unit: 4, layer: 2, units: 3 })
        ));
    }
}

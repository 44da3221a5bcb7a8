//! Inference on a chip: which neighbours' lines a layer reads, through which arrays, and when it sends.
//!
//! A layer that has moved sends: s̄ through the converters of the forward array, s⁺ − s⁻ through those of the feedback
//! array. What is sent is latched: `mean` and `difference` of the state are the values on the lines, until the layer
//! moves again. In a simultaneous step all layers read before any of them sends. The difference of the first layer is
//! read by nobody and stays as it is.
use super::analog_state::{LineState, SEND_SAMPLES, SentInputs};
use super::analog_unit::{AnalogStep, ReadAgain};
use super::inference::Inference;
use super::products::{drive, feedback};
use super::reread::Reread;
use super::state::{Freshness, Input, LayerState, LayerTile, NetworkState};
use super::weights::Weights;
use crate::analog::Chip;
use crate::analog::learning_circuit::Amplifier;
use crate::analog::moment::{Moment, Place, Source};
use crate::linalg::{Matrix, MatrixView, WeightMatrix};
use rayon::prelude::*;

/// Puts the inputs of new stimuli on the lines of the first layer, with noise of their own.
pub(super) fn chip_send_inputs(chip: &Chip, inputs: MatrixView, state: &mut NetworkState) {
    chip_sense_inputs(chip, inputs, state);
    let place = place(chip, state.moment, 0);
    let SentInputs { values, line } = state.sent_inputs.as_mut().expect("a chip's states hold its inputs");
    line.send(&chip.forward, place, values);
}

/// Inputs with their noise, before they are sent.
pub(super) fn chip_sense_inputs(chip: &Chip, inputs: MatrixView, state: &mut NetworkState) {
    let place = place(chip, state.moment, 0);
    let SentInputs { values, .. } = state.sent_inputs.as_mut().expect("a chip's states hold its inputs");
    let units = values.nrows();
    values.as_mut_slice().par_chunks_mut(units).enumerate().with_min_len(SEND_SAMPLES).for_each(|(j, x)| {
        let clean = inputs.column(j);
        if chip.input_noise_std == 0.0 {
            x.copy_from_slice(clean.as_slice());
        } else {
            Place { first_sample: j, ..place }.stream(Source::Input).fill(x);
            x.iter_mut().zip(clean.as_slice()).for_each(|(x, clean)| *x = clean + chip.input_noise_std * *x);
        }
    });
}

pub(super) fn place(chip: &Chip, moment: Moment, layer: usize) -> Place {
    Place { seed: chip.noise_seed, moment, layer, first_unit: 0, first_sample: 0 }
}

/// What a layer reads from one neighbour.
struct Sender<'a> {
    values: MatrixView<'a>,
    line: &'a LineState,
}

/// A layer between its neighbours.
struct Surroundings<'a> {
    below: Sender<'a>,
    layer: &'a mut LayerState,
    above: Option<Sender<'a>>,
}

fn surroundings(state: &mut NetworkState, k: usize) -> Surroundings<'_> {
    let (layers, inputs) = state.layers_and_inputs();
    let (before, rest) = layers.split_at_mut(k - 1);
    let (layer, after) = rest.split_first_mut().expect("layers are counted from 1 to L");
    let below = match before.last() {
        Some(below) => Sender { values: below.mean.as_view(), line: &analog_of(below).forward },
        None => Sender { values: inputs.values.as_view(), line: &inputs.line },
    };
    let above =
        after.first().map(|above| Sender { values: above.difference.as_view(), line: &analog_of(above).feedback });
    Surroundings { below, layer, above }
}

pub(super) fn analog_of(layer: &LayerState) -> &super::analog_state::AnalogState {
    layer.analog.as_ref().expect("a chip's states have an analog part")
}

/// The products of a layer with its neighbours' lines, tile by tile.
struct Products<'a> {
    drive: Option<(&'a WeightMatrix, MatrixView<'a>)>,
    feedback: Option<(&'a WeightMatrix, MatrixView<'a>)>,
    drive_variance: Option<(&'a WeightMatrix, MatrixView<'a>)>,
    feedback_variance: Option<(&'a WeightMatrix, MatrixView<'a>)>,
}

impl<'a> Products<'a> {
    fn new(
        k: usize,
        [stale_drive, stale_feedback]: [bool; 2],
        weights: &'a Weights,
        below: &Sender<'a>,
        above: Option<&Sender<'a>>,
    ) -> Self {
        let squares = |magnitude: Option<&'a WeightMatrix>, line: &'a LineState| {
            magnitude.zip(line.squares.as_ref().map(|squares| squares.as_view()))
        };
        let above = above.filter(|_| stale_feedback);
        let arrays = &weights.arrays;
        Self {
            drive: stale_drive.then(|| (&weights.layers()[k - 1].weight, below.values)),
            feedback: above.map(|above| (weights.feedback_weight(k + 1), above.values)),
            drive_variance: squares(arrays.forward_magnitude.get(k - 1), below.line).filter(|_| stale_drive),
            feedback_variance: above.and_then(|above| squares(arrays.feedback_magnitude.get(k - 1), above.line)),
        }
    }

    fn make(&self, tile: &mut LayerTile) {
        if let Some((weight, below)) = self.drive {
            drive(tile, weight, below);
        }
        if let Some((weight, above)) = self.feedback {
            feedback(tile, weight, above);
        }
        let first_unit = tile.first_unit;
        let (first_sample, samples) = (tile.first_sample, tile.samples());
        let Some(analog) = &mut tile.analog else { return };
        if let (Some(into), Some((magnitude, squares))) = (&mut analog.drive_variance, self.drive_variance) {
            magnitude.multiply_rows(into.as_view_mut(), first_unit, squares.columns(first_sample, samples));
        }
        if let (Some(into), Some((magnitude, squares))) = (&mut analog.feedback_variance, self.feedback_variance) {
            let squares = squares.columns(first_sample, samples);
            magnitude.multiply_columns_transposed(into.as_view_mut(), first_unit, squares);
        }
    }
}

/// Makes the stale products of layer k without a unit step.
pub(super) fn chip_refresh(k: usize, stale: [bool; 2], weights: &Weights, state: &mut NetworkState) {
    let Surroundings { below, layer, above } = surroundings(state, k);
    let products = Products::new(k, stale, weights, &below, above.as_ref());
    LayerTile::whole(layer).for_each(&|tile: &mut LayerTile| products.make(tile));
}

impl Inference {
    /// Forward pass of layer k on a chip: all the way to its drive, without feedback and teacher.
    pub(super) fn chip_settle(&self, chip: &Chip, k: usize, weights: &Weights, state: &mut NetworkState) {
        self.chip_step(chip, k, None, [true, false], true, None, weights, state);
        self.send(k, state);
        state.freshness[k - 1] = Freshness { drive: Input::Current, feedback: Input::Stale, settled: false };
    }

    /// Visit of layer k on a chip.
    #[allow(clippy::too_many_arguments, reason = "the parts of one stimulus, passed down unchanged")]
    pub(super) fn chip_visit(
        &self,
        chip: &Chip,
        k: usize,
        nudged_outputs: bool,
        stale: [bool; 2],
        update_probability: Option<f32>,
        weights: &Weights,
        targets: MatrixView,
        state: &mut NetworkState,
    ) {
        self.chip_step(chip, k, nudged_outputs.then_some(targets), stale, false, update_probability, weights, state);
    }

    #[allow(clippy::too_many_arguments, reason = "the parts of one stimulus, passed down unchanged")]
    fn chip_step(
        &self,
        chip: &Chip,
        k: usize,
        teacher: Option<MatrixView>,
        stale: [bool; 2],
        settle: bool,
        update_probability: Option<f32>,
        weights: &Weights,
        state: &mut NetworkState,
    ) {
        let layers = weights.layers().len();
        if stale[1] {
            self.send_differences(k + 1, k + 1, state);
        }
        let place = place(chip, state.moment, k);
        let Surroundings { below, layer, above } = surroundings(state, k);
        let above = above.filter(|_| !settle);
        let products = Products::new(k, stale, weights, &below, above.as_ref());
        let own = &weights.layers()[k - 1];
        let forward_magnitude = weights.arrays.forward_magnitude.get(k - 1);
        let forward_again = |sample: usize, plus: &mut [f32], minus: &mut [f32]| {
            let product = |w: &WeightMatrix, x: MatrixView, y: &mut Matrix| w.multiply_rows(y.as_view_mut(), 0, x);
            let reread = Reread { port: &chip.forward, weight: &own.weight, magnitude: forward_magnitude };
            reread.read(&place, raw_column(below.line, sample), sample, product, plus, minus);
        };
        let feedback_again = |sample: usize, plus: &mut [f32], minus: &mut [f32]| {
            let product =
                |w: &WeightMatrix, x: MatrixView, y: &mut Matrix| w.multiply_columns_transposed(y.as_view_mut(), 0, x);
            let magnitude = weights.arrays.feedback_magnitude.get(k - 1);
            let reread = Reread { port: &chip.feedback, weight: weights.feedback_weight(k + 1), magnitude };
            let line = above.as_ref().expect("only called where there is feedback").line;
            reread.read(&place, raw_column(line, sample), sample, product, plus, minus);
        };
        let started = analog_of(layer).coloured_started;
        let local = self.made.local.as_deref().filter(|_| !settle);
        let pull = local.and_then(|local| local.pull(k)).and(teacher);
        let teacher = teacher.filter(|_| local.is_none());
        let step = AnalogStep {
            chip,
            devices: &chip.layers[k - 1],
            place,
            activation: self.transfer(k, layers),
            bias: local.map_or(own.bias.as_slice(), |local| &local.bias[k - 1]),
            damping: if settle { 0.0 } else { self.damping(k) },
            leak: local.map_or(0.0, |local| local.leak(k, pull.is_some())),
            below: &below.line.lines,
            above: above.as_ref().map(|above| above.line.lines.as_slice()),
            teacher: teacher.map(|targets| (self.output_nudge(), targets)),
            pull,
            settle,
            update_probability,
            coloured_started: started,
            forward_again: chip.forward.bound_managed.then_some(&forward_again as &ReadAgain),
            feedback_again: (chip.feedback.bound_managed && above.is_some()).then_some(&feedback_again as &ReadAgain),
        };
        let work = |tile: &mut LayerTile| {
            products.make(tile);
            step.apply(tile);
        };
        // Outputs need all units for their softmax, bound management for the largest of them.
        let whole_columns = k == layers || chip.forward.bound_managed || chip.feedback.bound_managed;
        let tile = LayerTile::whole(layer);
        if whole_columns {
            tile.for_each_by_samples(&work);
        } else {
            tile.for_each(&work);
        }
        state.analog_mut(k).coloured_started = true;
    }

    /// The learning circuits of all dyads read their s⁺ and s⁻, with noise of the present tick.
    pub(crate) fn read_learning_signals(&self, state: &mut NetworkState) {
        let Some(chip) = self.chip.as_deref().filter(|chip| chip.has_learning_circuit()) else { return };
        let moment = state.moment;
        for (k, (layer, devices)) in state.layers_unchecked_mut().iter_mut().zip(&chip.layers).enumerate() {
            let amplifier = Amplifier {
                quantiser: chip.multiplier,
                noise_std: chip.multiplier_noise_std,
                offset: &devices.difference_offset,
                zero: &devices.signal_zero,
            };
            let analog = layer.analog.as_mut().expect("a chip's states have an analog part");
            let signal = analog.learning_signal.as_mut().expect("this chip has learning circuits");
            let (s_plus, s_minus) = (layer.s_plus.as_slice(), layer.s_minus.as_slice());
            amplifier.read(&place(chip, moment, k + 1), s_plus, s_minus, signal.as_mut_slice());
        }
    }

    /// Layer k puts its state on its lines.
    pub(super) fn send(&self, k: usize, state: &mut NetworkState) {
        let Some(chip) = &self.chip else { return };
        let moment = state.moment;
        let place = place(chip, moment, k);
        let layer = &mut state.layers_unchecked_mut()[k - 1];
        let analog = layer.analog.as_mut().expect("a chip's states have an analog part");
        analog.forward.send(&chip.forward, place, &mut layer.mean);
        // The first layer has nobody below it who would read its difference.
        analog.feedback.pending = (k > 1).then_some(moment);
    }

    /// Puts the differences of the layers `from` … on their lines, if they are not there yet: a layer that moves
    /// again before it is read need not have sent.
    pub(super) fn send_differences(&self, from: usize, to: usize, state: &mut NetworkState) {
        let Some(chip) = &self.chip else { return };
        for (k, layer) in (1..).zip(state.layers_unchecked_mut()).skip(from - 1).take(to + 1 - from) {
            let analog = layer.analog.as_mut().expect("a chip's states have an analog part");
            if let Some(moment) = analog.feedback.pending.take() {
                analog.feedback.send(&chip.feedback, place(chip, moment, k), &mut layer.difference);
            }
        }
    }
}

pub(super) fn raw_column(line: &LineState, sample: usize) -> Vec<f32> {
    line.raw.as_ref().map_or(vec![], |raw| raw.column(sample).iter().copied().collect())
}

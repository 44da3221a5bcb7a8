//! The states of all dyads for a batch of stimuli, and tiles of them.
use super::analog_state::{AnalogState, AnalogTile, SentInputs};
use crate::analog::Chip;
use crate::analog::moment::{Context, Moment};
use crate::linalg::{Matrix, MatrixViewMut, WeightMatrix};

/// States and inputs of one layer, each (unit × sample).
#[derive(Debug, Clone)]
pub struct LayerState {
    /// Compartment s⁺.
    pub s_plus: Matrix,
    /// Compartment s⁻.
    pub s_minus: Matrix,
    /// s̄ = α s⁺ + (1−α) s⁻, which goes forward.
    pub mean: Matrix,
    /// s⁺ − s⁻, which goes back.
    pub difference: Matrix,
    /// W s̄ of the layer below, without the bias.
    pub drive: Matrix,
    /// Wᵀ (s⁺ − s⁻) of the layer above; of the outputs: the loss gradient that nudges them.
    pub feedback: Matrix,
    /// Membrane values v±, before the activation; only for units that relax partially.
    pub membrane: Option<Membrane>,
    /// What analog hardware keeps beside; only on hardware that is not ideal.
    pub(crate) analog: Option<AnalogState>,
}

impl LayerState {
    /// What the synapses learn from: s⁺ − s⁻, as the learning circuit has read it last.
    pub fn learning_signal(&self) -> &Matrix {
        self.analog.as_ref().and_then(|analog| analog.learning_signal.as_ref()).unwrap_or(&self.difference)
    }
}

/// Membrane values of one layer, each (unit × sample).
#[derive(Debug, Clone)]
pub struct Membrane {
    /// v⁺
    pub v_plus: Matrix,
    /// v⁻
    pub v_minus: Matrix,
}

/// What a layer knows of one of its two inputs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Input {
    /// The sender has changed since.
    Stale,
    /// The product is that of the sender's present state.
    Current,
}

/// States of all layers for a batch.
#[derive(Debug, Clone)]
pub struct NetworkState {
    layers: Vec<LayerState>,
    pub(crate) freshness: Vec<Freshness>,
    /// Arithmetic of the matrix products made so far, in floating-point operations.
    pub product_flops: u64,
    /// Key of the noise at the present tick.
    pub(crate) moment: Moment,
    /// The inputs as the first layer receives them; only on hardware that is not ideal.
    pub(crate) sent_inputs: Option<SentInputs>,
    samples: usize,
}

/// Which inputs of a layer are up to date, and whether a visit would change anything.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Freshness {
    pub drive: Input,
    pub feedback: Input,
    /// The layer has been visited since its inputs last changed.
    pub settled: bool,
}

impl Freshness {
    pub(crate) const STALE: Self = Self { drive: Input::Stale, feedback: Input::Stale, settled: false };
}

impl NetworkState {
    /// Zero states for layers of `units` (inputs first) and a batch of `samples`, with what the chip (if any) keeps
    /// beside.
    pub fn zeros(units: &[usize], samples: usize, chip: Option<&Chip>) -> Self {
        let layers = units[1..]
            .iter()
            .map(|&n| {
                let zeros = || Matrix::zeros(n, samples);
                LayerState {
                    s_plus: zeros(),
                    s_minus: zeros(),
                    mean: zeros(),
                    difference: zeros(),
                    drive: zeros(),
                    feedback: zeros(),
                    membrane: chip
                        .is_some_and(|chip| chip.relaxes)
                        .then(|| Membrane { v_plus: zeros(), v_minus: zeros() }),
                    analog: chip.map(|chip| AnalogState::new(chip, n, samples)),
                }
            })
            .collect::<Vec<_>>();
        let freshness = vec![Freshness::STALE; layers.len()];
        let sent_inputs = chip.map(|chip| SentInputs::new(chip, units[0], samples));
        Self { layers, freshness, product_flops: 0, moment: Moment::START, sent_inputs, samples }
    }

    /// The layers, first hidden layer first.
    pub fn layers(&self) -> &[LayerState] {
        &self.layers
    }

    /// States may be overwritten (to restore a checkpoint): all products are then made anew.
    pub fn layers_mut(&mut self) -> &mut [LayerState] {
        self.forget_products();
        &mut self.layers
    }

    pub(crate) fn layers_unchecked_mut(&mut self) -> &mut [LayerState] {
        &mut self.layers
    }

    /// The layers, and the inputs on the lines of the first one, of states on a chip.
    pub(super) fn layers_and_inputs(&mut self) -> (&mut [LayerState], &SentInputs) {
        (&mut self.layers, self.sent_inputs.as_ref().expect("a chip's states hold its inputs"))
    }

    pub(crate) fn analog_mut(&mut self, k: usize) -> &mut AnalogState {
        self.layers[k - 1].analog.as_mut().expect("a chip's states have an analog part")
    }

    /// Sets the key of all noise to the beginning of a step.
    pub fn begin(&mut self, context: Context, step: u64) {
        self.moment = Moment { context, step, tick: 0 };
    }

    /// Coloured noise begins anew from its stationary law, as for stimuli of another time.
    pub(crate) fn restart_coloured_noise(&mut self) {
        for analog in self.layers.iter_mut().filter_map(|layer| layer.analog.as_mut()) {
            analog.coloured_started = false;
        }
    }

    /// Moves the key of the noise on.
    pub(crate) fn skip_ticks(&mut self, ticks: u64) {
        self.moment.tick += ticks;
    }

    /// Number of stimuli.
    pub fn samples(&self) -> usize {
        self.samples
    }

    /// To be called when weights or inputs have changed.
    pub fn forget_products(&mut self) {
        self.freshness.fill(Freshness::STALE);
    }

    /// All states zero.
    pub(crate) fn reset(&mut self) {
        for layer in &mut self.layers {
            let LayerState { s_plus, s_minus, mean, difference, drive, feedback, .. } = layer;
            for matrix in [s_plus, s_minus, mean, difference, drive, feedback] {
                matrix.fill(0.0);
            }
            if let Some(membrane) = &mut layer.membrane {
                membrane.v_plus.fill(0.0);
                membrane.v_minus.fill(0.0);
            }
            if let Some(analog) = &mut layer.analog {
                analog.reset_lines();
            }
        }
        self.forget_products();
    }
}

/// A rectangle of a layer's states: units from `first_unit` on, samples from `first_sample` on.
pub(crate) struct LayerTile<'a> {
    pub first_unit: usize,
    pub first_sample: usize,
    pub s_plus: MatrixViewMut<'a>,
    pub s_minus: MatrixViewMut<'a>,
    pub mean: MatrixViewMut<'a>,
    pub difference: MatrixViewMut<'a>,
    pub drive: MatrixViewMut<'a>,
    pub feedback: MatrixViewMut<'a>,
    pub membrane: Option<(MatrixViewMut<'a>, MatrixViewMut<'a>)>,
    pub analog: Option<AnalogTile<'a>>,
}

/// Splits every matrix of a tile at the same place.
macro_rules! split_tile {
    ($tile:ident, $method:ident, $at:ident, $units:expr, $samples:expr) => {{
        let (s_plus, s_plus_rest) = $tile.s_plus.$method(..$at, $at..);
        let (s_minus, s_minus_rest) = $tile.s_minus.$method(..$at, $at..);
        let (mean, mean_rest) = $tile.mean.$method(..$at, $at..);
        let (difference, difference_rest) = $tile.difference.$method(..$at, $at..);
        let (drive, drive_rest) = $tile.drive.$method(..$at, $at..);
        let (feedback, feedback_rest) = $tile.feedback.$method(..$at, $at..);
        let (membrane, membrane_rest) = match &mut $tile.membrane {
            Some((plus, minus)) => {
                let (plus, plus_rest) = plus.$method(..$at, $at..);
                let (minus, minus_rest) = minus.$method(..$at, $at..);
                (Some((plus, minus)), Some((plus_rest, minus_rest)))
            }
            None => (None, None),
        };
        let (analog, analog_rest) = match &mut $tile.analog {
            Some(analog) => {
                let (analog, rest) = analog.split($units, $samples);
                (Some(analog), Some(rest))
            }
            None => (None, None),
        };
        (
            LayerTile {
                first_unit: $tile.first_unit,
                first_sample: $tile.first_sample,
                s_plus,
                s_minus,
                mean,
                difference,
                drive,
                feedback,
                membrane,
                analog,
            },
            LayerTile {
                first_unit: $tile.first_unit + $units,
                first_sample: $tile.first_sample + $samples,
                s_plus: s_plus_rest,
                s_minus: s_minus_rest,
                mean: mean_rest,
                difference: difference_rest,
                drive: drive_rest,
                feedback: feedback_rest,
                membrane: membrane_rest,
                analog: analog_rest,
            },
        )
    }};
}

/// Largest tile of a layer. Wide enough for the product kernel, narrow enough that two cores share a layer of 256
/// units or a batch of 50; the shape depends on layer and batch alone, never on the number of threads.
const TILE_UNITS: usize = 128;
const TILE_SAMPLES: usize = 32;
/// Largest tile of a layer whose weights are packed: their transposed product reads long runs of memory.
const PACKED_TILE_UNITS: usize = 4096;

impl<'a> LayerTile<'a> {
    pub fn whole(layer: &'a mut LayerState) -> Self {
        LayerTile {
            first_unit: 0,
            first_sample: 0,
            s_plus: layer.s_plus.as_view_mut(),
            s_minus: layer.s_minus.as_view_mut(),
            mean: layer.mean.as_view_mut(),
            difference: layer.difference.as_view_mut(),
            drive: layer.drive.as_view_mut(),
            feedback: layer.feedback.as_view_mut(),
            membrane: layer.membrane.as_mut().map(|m| (m.v_plus.as_view_mut(), m.v_minus.as_view_mut())),
            analog: layer.analog.as_mut().map(AnalogTile::whole),
        }
    }

    pub fn units(&self) -> usize {
        self.mean.nrows()
    }

    pub fn samples(&self) -> usize {
        self.mean.ncols()
    }

    /// Calls `work` for all tiles: a layer of many units is cut by units (each weight is then read once), a small
    /// one by samples.
    pub fn for_each(self, work: &(impl Fn(&mut LayerTile) + Sync)) {
        self.for_each_of(TILE_UNITS, work);
    }

    /// As [`Self::for_each`], for work that reads these weights.
    pub fn for_each_reading(self, weight: &WeightMatrix, work: &(impl Fn(&mut LayerTile) + Sync)) {
        self.for_each_of(if weight.is_packed() { PACKED_TILE_UNITS } else { TILE_UNITS }, work);
    }

    fn for_each_of(mut self, most: usize, work: &(impl Fn(&mut LayerTile) + Sync)) {
        let (units, samples) = (self.units(), self.samples());
        let (unit_tiles, sample_tiles) =
            if units > most { (units.div_ceil(most), 1) } else { (1, samples.div_ceil(TILE_SAMPLES)) };
        for_each_tile(&mut self, unit_tiles, sample_tiles, work);
    }

    /// As [`Self::for_each`], but a tile has all units: for outputs, whose softmax needs them.
    pub fn for_each_by_samples(mut self, work: &(impl Fn(&mut LayerTile) + Sync)) {
        let sample_tiles = self.samples().div_ceil(TILE_SAMPLES);
        for_each_tile(&mut self, 1, sample_tiles, work);
    }
}

/// Halves the tile until it is one of `unit_tiles` × `sample_tiles`, the halves on two threads if they are free.
fn for_each_tile(
    tile: &mut LayerTile,
    unit_tiles: usize,
    sample_tiles: usize,
    work: &(impl Fn(&mut LayerTile) + Sync),
) {
    if unit_tiles > 1 {
        let first = unit_tiles / 2;
        let at = tile.units() * first / unit_tiles;
        let (mut a, mut b) = split_tile!(tile, rows_range_pair_mut, at, at, 0);
        rayon::join(
            || for_each_tile(&mut a, first, sample_tiles, work),
            || for_each_tile(&mut b, unit_tiles - first, sample_tiles, work),
        );
    } else if sample_tiles > 1 && tile.samples() > 6 * sample_tiles {
        let first = sample_tiles / 2;
        // Near the middle, at a multiple of the six columns that the product kernel takes at once.
        let at = (tile.samples() * first / sample_tiles).div_euclid(6).max(1) * 6;
        let (mut a, mut b) = split_tile!(tile, columns_range_pair_mut, at, 0, at);
        rayon::join(|| for_each_tile(&mut a, 1, first, work), || for_each_tile(&mut b, 1, sample_tiles - first, work));
    } else {
        work(tile);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analog::chip::{NominalNudge, Sides};
    use crate::analog::{ChipConfig, UnitsConfig};
    use crate::parameter::PositiveFraction;
    use crate::random::Seeds;

    #[test]
    fn tiles_cover_every_state_once() {
        for (units, samples) in [(1, 1), (10, 100), (128, 50), (129, 3), (1024, 100), (300, 77)] {
            let nudge = NominalNudge { alpha: 0.5, sides: Sides::Direct, strength: 1.0 };
            let units_config =
                UnitsConfig { relaxation: Some(PositiveFraction::constant(0.5)), ..UnitsConfig::default() };
            let config = ChipConfig { units: units_config, ..ChipConfig::default() };
            let chip = Chip::new(&config, &[5, units], &[nudge], Seeds::default());
            let mut state = NetworkState::zeros(&[5, units], samples, Some(&chip));
            LayerTile::whole(&mut state.layers_mut()[0]).for_each(&|tile: &mut LayerTile| {
                assert!(tile.units() <= TILE_UNITS);
                for j in 0..tile.samples() {
                    for i in 0..tile.units() {
                        let place = (tile.first_unit + i) * samples + tile.first_sample + j;
                        tile.mean[(i, j)] += place as f32;
                        tile.membrane.as_mut().unwrap().1[(i, j)] += 1.0;
                    }
                }
            });
            let layer = &state.layers()[0];
            assert_eq!(layer.mean, Matrix::from_fn(units, samples, |i, j| (i * samples + j) as f32));
            assert!(layer.membrane.as_ref().unwrap().v_minus.iter().all(|&x| x == 1.0));
        }
    }
}

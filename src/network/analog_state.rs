//! What a layer on analog hardware keeps beside its states: the lines it sends on, coloured noise, and what its
//! learning circuit reads.
use crate::analog::Chip;
use crate::analog::array::{ArrayPort, Line};
use crate::analog::moment::{Moment, Place};
use crate::linalg::{Matrix, MatrixViewMut};
use rayon::prelude::*;

/// What one layer keeps.
#[derive(Debug, Clone)]
pub(crate) struct AnalogState {
    /// Line of every sample that s̄ goes forward on.
    pub forward: LineState,
    /// Line of every sample that s⁺ − s⁻ goes back on.
    pub feedback: LineState,
    /// Sections of coloured noise: unit × (sample, section, channel).
    pub coloured: Matrix,
    /// Whether the coloured noise has been drawn from its stationary law.
    pub coloured_started: bool,
    /// Σ|w|x̂² of what the layer receives from below, if the read noise needs it.
    pub drive_variance: Option<Matrix>,
    /// The same from above.
    pub feedback_variance: Option<Matrix>,
    /// e, what the synapses learn from; absent where that is s⁺ − s⁻.
    pub learning_signal: Option<Matrix>,
}

/// What was sent on the lines of one array.
#[derive(Debug, Clone)]
pub(crate) struct LineState {
    /// One per sample.
    pub lines: Vec<Line>,
    /// Squares of what was sent, if the read noise needs them.
    pub squares: Option<Matrix>,
    /// What was to be sent, if bound management may have to send it again.
    pub raw: Option<Matrix>,
    /// When the layer moved, if what it sends has not been put on the line yet.
    pub pending: Option<Moment>,
    idle: Line,
}

impl LineState {
    pub fn new(port: &ArrayPort, units: usize, samples: usize) -> Self {
        let idle = Line { scale: if port.follows_signal { 0.0 } else { 1.0 }, norm: 0.0 };
        let zeros = || Matrix::zeros(units, samples);
        Self {
            lines: vec![idle; samples],
            squares: (port.per_weight != 0.0).then(zeros),
            raw: port.bound_managed.then(zeros),
            pending: None,
            idle,
        }
    }

    /// Sends all columns of `x` (unit × sample) through the port; they become what is received at the other end.
    pub fn send(&mut self, port: &ArrayPort, place: Place, x: &mut Matrix) {
        if let Some(raw) = &mut self.raw {
            raw.copy_from(x);
        }
        if !port.sends_plainly() {
            let units = x.nrows();
            let columns = SEND_SAMPLES * units;
            let tiles = x.as_mut_slice().par_chunks_mut(columns).zip(self.lines.par_chunks_mut(SEND_SAMPLES));
            tiles.enumerate().for_each(|(tile, (x, lines))| {
                let place = Place { first_sample: tile * SEND_SAMPLES, ..place };
                with_buffer(|buffer| {
                    let mut draws = port.line_draws(&place, units, buffer);
                    for (x, line) in x.chunks_exact_mut(units).zip(lines) {
                        *line = port.send(x, 1.0, &mut draws);
                    }
                    draws.into_buffer()
                });
            });
        }
        if let Some(squares) = &mut self.squares {
            squares.iter_mut().zip(x.iter()).for_each(|(square, x)| *square = x * x);
        }
    }
}

/// Samples that share a stream of line noise.
pub(crate) const SEND_SAMPLES: usize = 32;

thread_local! {
    static BUFFER: std::cell::Cell<Vec<f32>> = const { std::cell::Cell::new(Vec::new()) };
}

/// Lends this thread's buffer, which `work` hands back.
pub(crate) fn with_buffer(work: impl FnOnce(Vec<f32>) -> Vec<f32>) {
    BUFFER.with(|cell| cell.set(work(cell.take())));
}

impl AnalogState {
    pub fn new(chip: &Chip, units: usize, samples: usize) -> Self {
        let zeros = || Matrix::zeros(units, samples);
        Self {
            forward: LineState::new(&chip.forward, units, samples),
            feedback: LineState::new(&chip.feedback, units, samples),
            coloured: Matrix::zeros(units, samples * 2 * chip.coloured_sections()),
            coloured_started: false,
            drive_variance: (chip.forward.per_weight != 0.0).then(zeros),
            feedback_variance: (chip.feedback.per_weight != 0.0).then(zeros),
            learning_signal: chip.has_learning_circuit().then(zeros),
        }
    }

    /// As before anything was sent.
    pub fn reset_lines(&mut self) {
        for line in [&mut self.forward, &mut self.feedback] {
            let idle = line.idle;
            line.lines.fill(idle);
            line.pending = None;
        }
    }
}

/// A rectangle of a layer's analog state.
pub(crate) struct AnalogTile<'a> {
    pub coloured: MatrixViewMut<'a>,
    pub drive_variance: Option<MatrixViewMut<'a>>,
    pub feedback_variance: Option<MatrixViewMut<'a>>,
    samples: usize,
}

impl<'a> AnalogTile<'a> {
    pub fn whole(state: &'a mut AnalogState) -> Self {
        let samples = state.forward.lines.len();
        Self {
            coloured: state.coloured.as_view_mut(),
            drive_variance: state.drive_variance.as_mut().map(|m| m.as_view_mut()),
            feedback_variance: state.feedback_variance.as_mut().map(|m| m.as_view_mut()),
            samples,
        }
    }

    /// Cuts after `units` rows or after `samples` columns; the other is 0.
    pub fn split(&mut self, units: usize, samples: usize) -> (AnalogTile<'_>, AnalogTile<'_>) {
        let columns_per_sample = self.coloured.ncols() / self.samples;
        fn cut<'b>(
            m: &'b mut MatrixViewMut<'_>,
            units: usize,
            columns: usize,
        ) -> (MatrixViewMut<'b>, MatrixViewMut<'b>) {
            if units > 0 {
                m.rows_range_pair_mut(..units, units..)
            } else {
                m.columns_range_pair_mut(..columns, columns..)
            }
        }
        fn cut_some<'b>(
            m: &'b mut Option<MatrixViewMut<'_>>,
            units: usize,
            columns: usize,
        ) -> (Option<MatrixViewMut<'b>>, Option<MatrixViewMut<'b>>) {
            m.as_mut().map(|m| cut(m, units, columns)).map_or((None, None), |(a, b)| (Some(a), Some(b)))
        }
        let (first, rest) = if units > 0 { (self.samples, self.samples) } else { (samples, self.samples - samples) };
        let (coloured, coloured_rest) = cut(&mut self.coloured, units, samples * columns_per_sample);
        let (drive, drive_rest) = cut_some(&mut self.drive_variance, units, samples);
        let (feedback, feedback_rest) = cut_some(&mut self.feedback_variance, units, samples);
        (
            AnalogTile { coloured, drive_variance: drive, feedback_variance: feedback, samples: first },
            AnalogTile {
                coloured: coloured_rest,
                drive_variance: drive_rest,
                feedback_variance: feedback_rest,
                samples: rest,
            },
        )
    }
}

/// The inputs of the present stimuli as they are sent to the first layer.
#[derive(Debug, Clone)]
pub(crate) struct SentInputs {
    pub values: Matrix,
    pub line: LineState,
}

impl SentInputs {
    pub fn new(chip: &Chip, units: usize, samples: usize) -> Self {
        Self { values: Matrix::zeros(units, samples), line: LineState::new(&chip.forward, units, samples) }
    }
}

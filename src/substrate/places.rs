//! Arrays that a die reads at places, one after the other: those of convolutions, and of what is pooled.
//!
//! Each read sends a patch, with a scale of its own, and every compartment receives it; on the way back each sends the
//! difference of one place, and what comes out of the columns is added up where patches overlap (so does aihwkit with
//! unfolded images). A convolution in groups is one array of blocks along the diagonal: a read sends the patch of all groups, and each
//! block reaches the features of its own. What is sent is converted when it is read. A pooling stands behind the converters; it follows the mean of both compartments.
use super::arrivals::Arrival;
use crate::crossbar::lines::Lines;
use crate::crossbar::periphery::Line;
use crate::crossbar::read::{CrossbarRead, Products};
use crate::device::noise_key::NoiseKey;
use crate::linalg::{Matrix, MatrixView, MatrixViewMut, with_scratch};
use crate::map::{ArrayShape, LinearMap, Stretch};
use std::borrow::Cow;
use std::cell::Cell;
use std::ops::Range;

/// Products of one array for some samples, before the noise of the read.
pub(super) struct KeptTile<'a> {
    /// (read unit × sample), column after column.
    pub products: &'a mut [f32],
    /// Of every read.
    pub lines: &'a mut [Line],
}

/// Numbers that are received at once: few enough to stay in the first cache with what is drawn for them.
const BLOCK: usize = 2048;

/// Reads of so many numbers each that are received at once.
fn reads_of_block(numbers: usize, reads: usize) -> usize {
    (BLOCK / numbers).clamp(1, reads.max(1))
}

thread_local! {
    static BUFFER: Cell<Vec<f32>> = const { Cell::new(Vec::new()) };
}

/// One array that is read at places, and the keys of the noise of those that send and receive.
pub(super) struct PlacedRead<'a> {
    pub arrival: &'a Arrival<'a>,
    pub sender: NoiseKey,
    pub receiver: NoiseKey,
    /// Number of the array among those that join the same two populations, and others of the receiver.
    pub number: usize,
}

/// Streams of reads at places, away from those of whole populations and of reads that are repeated.
const PLACED: usize = 1 << 48;

impl PlacedRead<'_> {
    pub fn array(&self) -> ArrayShape {
        self.arrival.crossbar.map.array()
    }

    /// The key of a piece that begins at this read of the batch.
    fn key(&self, key: &NoiseKey, first: usize) -> NoiseKey {
        NoiseKey { first_unit: PLACED + self.number, first_sample: first, ..*key }
    }

    /// Units that receive from one read, and numbers that are sent to it.
    fn lines(&self) -> [usize; 2] {
        let map = self.arrival.crossbar.map.one_read();
        [map.output().units(), map.input().units()]
    }

    /// The array as one that is read once for every column of what is sent.
    fn at_one_place<'b>(&'b self, map: &'b LinearMap) -> CrossbarRead<'b> {
        let own = &self.arrival.crossbar;
        let magnitude = own.magnitude.as_deref().map(Cow::Borrowed);
        CrossbarRead { periphery: own.periphery, map, matrix: own.matrix, magnitude }
    }

    /// Sends the columns of `sent` and multiplies: products (receiver × read), the variances of their noise where it
    /// needs them, and the lines.
    fn multiply(&self, first: usize, mut sent: MatrixViewMut, mut y: MatrixViewMut) -> (Lines, Option<Matrix>) {
        let map = self.arrival.crossbar.map.one_read();
        let crossbar = self.at_one_place(&map);
        let mut lines = Lines::new(crossbar.periphery, 0, 0);
        lines.send_piece(crossbar.periphery, self.key(&self.sender, first), &mut sent);
        crossbar.product(y.as_view_mut(), 0, sent.as_view());
        let variance = lines.squares.as_ref().filter(|_| crossbar.magnitude.is_some()).map(|squares| {
            let mut variance = Matrix::zeros(y.nrows(), y.ncols());
            crossbar.variance(variance.as_view_mut(), 0, squares.as_view());
            variance
        });
        (lines, variance)
    }

    /// Receives the products (receiver × read), some columns after the other: `visit` is told which, and calls what writes what
    /// both compartments receive of them.
    fn receive(
        &self,
        first: usize,
        y: MatrixView,
        lines: &Lines,
        variance: Option<&Matrix>,
        mut visit: impl FnMut(Range<usize>, &mut dyn FnMut(&mut [f32], &mut [f32])),
    ) {
        let periphery = self.arrival.crossbar.periphery;
        let most = reads_of_block(y.nrows(), y.ncols());
        let map = self.arrival.crossbar.map.one_read();
        let (crossbar, key) = (self.at_one_place(&map), self.key(&self.receiver, first));
        let mut draws = periphery.read_draws(&key, most * y.nrows(), BUFFER.take());
        for at in (0..y.ncols()).step_by(most) {
            let own = at..(at + most).min(y.ncols());
            let products = Products {
                y: y.columns(own.start, own.len()),
                variance: variance.map(|variance| variance.columns(own.start, own.len())),
                lines,
                first_sample: own.start,
                number: (self.number << 40) + first + own.start,
            };
            visit(own, &mut |plus, minus| crossbar.receive(&key, &products, &mut draws, plus, minus));
        }
        BUFFER.set(draws.into_buffer());
    }

    /// What both compartments receive of the reads of some samples: (read unit × sample), column after column. Products
    /// that are `kept` are made if they are `due`.
    pub fn forward(&self, samples: Range<usize>, [plus, minus]: [&mut [f32]; 2], kept: Option<KeptTile>, due: bool) {
        let ([rows, columns], reads) = (self.lines(), self.array().reads);
        if reads == 0 {
            // A wire.
            let values = self.arrival.values.columns(samples.start, samples.len());
            plus.iter_mut().zip(minus).zip(values.iter()).for_each(|((plus, minus), &x)| (*plus, *minus) = (x, x));
            return;
        }
        let map = self.arrival.crossbar.map;
        let stretch = Stretch { first: 0, places: reads, samples: samples.len() };
        let (mut products, mut lines_kept) = kept.map(|kept| (kept.products, kept.lines)).unzip();
        for piece in stretch.pieces(map.reads_at_once()) {
            let first = samples.start * reads + piece.start;
            let own = piece.start * rows..piece.end * rows;
            let mut visit = |columns: Range<usize>, receive: &mut dyn FnMut(&mut [f32], &mut [f32])| {
                let to = own.start + columns.start * rows..own.start + columns.end * rows;
                receive(&mut plus[to.clone()], &mut minus[to]);
            };
            if let (false, Some(products), Some(kept)) = (due, &products, &lines_kept) {
                let y = MatrixView::from_slice(&products[own.clone()], rows, piece.len());
                let lines = Lines::of(&kept[piece.clone()]);
                self.receive(first, y, &lines, None, &mut visit);
                continue;
            }
            with_scratch((columns + rows) * piece.len(), |scratch| {
                let (unfolded, y) = scratch.split_at_mut(columns * piece.len());
                for (sample, places, at) in stretch.of_piece(piece.clone()) {
                    let x = self.arrival.values.column(samples.start + sample);
                    let n = places.len() * columns;
                    map.unfold(x.data.into_slice(), places, &mut unfolded[at * columns..][..n]);
                }
                let sent = MatrixViewMut::from_slice(unfolded, columns, piece.len());
                let y = match &mut products {
                    Some(products) => &mut products[own.clone()],
                    None => y,
                };
                let (lines, variance) =
                    self.multiply(first, sent, MatrixViewMut::from_slice(&mut *y, rows, piece.len()));
                if let Some(kept) = &mut lines_kept {
                    kept[piece.clone()].copy_from_slice(&lines.of_sample);
                }
                let y = MatrixView::from_slice(y, rows, piece.len());
                self.receive(first, y, &lines, variance.as_ref(), &mut visit);
            });
        }
    }

    /// What both compartments of the senders receive back of the differences `d` (read unit × sample) of some samples:
    /// (unit × sample), column after column.
    pub fn back(&self, samples: Range<usize>, d: MatrixView, plus: &mut [f32], minus: &mut [f32]) {
        let ([rows, columns], reads) = (self.lines(), self.array().reads);
        let units = plus.len() / samples.len();
        if reads == 0 {
            plus.iter_mut().zip(minus).zip(d.iter()).for_each(|((plus, minus), &x)| (*plus, *minus) = (x, x));
            return;
        }
        if let Some(adjoint) = &self.arrival.adjoint {
            adjoint.apply(MatrixViewMut::from_slice(plus, units, samples.len()), 0, d);
            minus.copy_from_slice(plus);
            return;
        }
        plus.fill(0.0);
        minus.fill(0.0);
        let map = self.arrival.crossbar.map;
        let stretch = Stretch { first: 0, places: reads, samples: samples.len() };
        for piece in stretch.pieces(map.reads_at_once()) {
            let most = reads_of_block(columns, piece.len()) * columns;
            with_scratch((rows + columns) * piece.len() + 2 * most, |scratch| {
                let (received, scratch) = scratch.split_at_mut(2 * most);
                let (sent, y) = scratch.split_at_mut(rows * piece.len());
                for (sample, places, at) in stretch.of_piece(piece.clone()) {
                    let d = d.column(sample);
                    sent[at * rows..][..places.len() * rows]
                        .copy_from_slice(&d.as_slice()[places.start * rows..places.end * rows]);
                }
                let (sent, first) =
                    (MatrixViewMut::from_slice(sent, rows, piece.len()), samples.start * reads + piece.start);
                let (lines, variance) = self.multiply(first, sent, MatrixViewMut::from_slice(y, columns, piece.len()));
                let y = MatrixView::from_slice(y, columns, piece.len());
                self.receive(first, y, &lines, variance.as_ref(), |own, receive| {
                    let (from_plus, from_minus) = received[..2 * own.len() * columns].split_at_mut(own.len() * columns);
                    receive(from_plus, from_minus);
                    for (sample, places, at) in stretch.of_piece(piece.start + own.start..piece.start + own.end) {
                        let own = sample * units..(sample + 1) * units;
                        let received = at * columns..(at + places.len()) * columns;
                        map.fold(&from_plus[received.clone()], places.clone(), &mut plus[own.clone()]);
                        map.fold(&from_minus[received], places, &mut minus[own]);
                    }
                });
            });
        }
    }
}

//! The convolution: one array that is read at every place, as a cross-correlation like that of every deep-learning library.
//! Its matrix is (feature × patch), a patch as `unfold` makes it.
//!
//! Patches are made for some places at a time, in memory that stays in cache, and multiplied there; an image is never
//! unfolded as a whole. How the work is cut depends on shapes alone.
use super::error::MapError;
use super::factor::Factor;
use super::map::{ArrayShape, Map, Tiling};
use super::shape::Shape;
use super::stretch::Stretch;
use super::unfold::Patches;
use super::window::Window;
use crate::linalg::{
    Matrix, MatrixView, MatrixViewMut, WeightMatrix, fewest_columns, multiply_right_transposed,
    multiply_right_transposed_add, reshape, reshape_mut, with_scratch,
};
use std::ops::Range;

/// Numbers of patches that are made at a time, unless that is too few of them: one megabyte.
const PATCHES: usize = 1 << 18;
/// Places that are multiplied at a time, if there are as many.
const PLACES: Range<usize> = 160..1024;

/// Features from a window that slides over an image.
///
/// ```
/// use dyadsim::map::{Convolution, Map, Padding, Same, Sides, Window};
/// use dyadsim::parameter::Size;
/// use dyadsim::prelude::*;
///
/// let image = Shape { channels: 3, rows: 32, columns: 32 };
/// let [three, one] = [3, 1].map(|x| Sides::Both(Size::new(x).unwrap()));
/// let window = Window::new(image, three, one, one, Padding::Same(Same::Same))?;
/// let convolution = Convolution::new(image, 64, 1, window)?;
/// assert_eq!(convolution.output(), Shape { channels: 64, rows: 32, columns: 32 });
/// // One read of an array of 64 × 27 synapses at each of 1024 places.
/// let array = convolution.array();
/// assert_eq!((array.rows, array.columns, array.reads), (64, 27, 1024));
/// # Ok::<(), dyadsim::map::MapError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Convolution {
    input: Shape,
    features: usize,
    groups: usize,
    window: Window,
}

impl Convolution {
    /// `features` of an image `input`, each from the channels of one of `groups`.
    ///
    /// # Errors
    /// [`MapError::Groups`] if the groups divide channels or features unevenly.
    pub fn new(input: Shape, features: usize, groups: usize, window: Window) -> Result<Self, MapError> {
        if groups == 0 || !input.channels.is_multiple_of(groups) || !features.is_multiple_of(groups) {
            return Err(MapError::Groups { groups, channels: input.channels, features });
        }
        Ok(Self { input, features, groups, window })
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Groups of channels.
    pub fn groups(&self) -> usize {
        self.groups
    }

    /// The same of one patch, whose groups stand one after the other: blocks along the diagonal of an array.
    pub(super) fn at_one_place(&self) -> Self {
        let input = Shape::flat(self.groups * self.array().columns);
        let one = [1, 1];
        let window = Window { input: one, output: one, kernel: one, stride: one, dilation: one, padding: [0, 0] };
        Self { input, window, ..*self }
    }

    /// With stride 1 Aᵀ is a convolution as well, by the windows turned around.
    pub fn adjoint(&self, matrix: &WeightMatrix) -> Option<Adjoint> {
        let Window { input, output, kernel, stride, dilation, padding } = self.window;
        // Without padding there are more places to make than to read.
        let grows = 4 * self.input.places() > 5 * self.window.places();
        if stride != [1, 1] || self.groups > 1 || matrix.is_packed() || grows {
            return None;
        }
        let mut before = [0; 2];
        for side in 0..2 {
            before[side] = ((kernel[side] - 1) * dilation[side]).checked_sub(padding[side])?;
        }
        let window = Window { input: output, output: input, kernel, stride, dilation, padding: before };
        let (channels, features) = (self.input.channels, self.features);
        let adjoint = Self { input: self.output(), features: channels, groups: 1, window };
        let mut turned = WeightMatrix::lent(channels, features * self.window.taps());
        let weight = matrix.view();
        let mut to = turned.view_mut();
        for tap in 0..self.window.taps() {
            let own = weight.columns((self.window.taps() - 1 - tap) * channels, channels);
            own.transpose_to(&mut to.columns_mut(tap * features, features));
        }
        Some(Adjoint { map: adjoint, matrix: turned })
    }

    /// Patches and features of a group.
    fn group(&self, group: usize) -> (Patches<'_>, Range<usize>) {
        let (channels, features) = (self.input.channels / self.groups, self.features / self.groups);
        let patches = Patches {
            window: &self.window,
            channels: self.input.channels,
            first_channel: group * channels,
            patch_channels: channels,
        };
        (patches, group * features..(group + 1) * features)
    }
}

/// Aᵀ of a convolution as a convolution of its own, with its matrix.
#[derive(Debug)]
pub struct Adjoint {
    map: Convolution,
    matrix: WeightMatrix,
}

impl Adjoint {
    /// y = Aᵀ d for the sending units from `first` on, as many as `y` has rows; `d` (receiver × sample) is whole.
    pub fn apply(&self, y: MatrixViewMut, first: usize, d: MatrixView) {
        self.map.apply(&self.matrix, y, first, d);
    }

    /// Fewest samples of which it can be made, as [`Map::fewest_samples`].
    pub fn fewest_samples(&self, samples: usize) -> usize {
        self.map.fewest_samples(samples)[0]
    }
}

impl Drop for Adjoint {
    fn drop(&mut self) {
        self.matrix.give_back();
    }
}

impl Map for Convolution {
    fn input(&self) -> Shape {
        self.input
    }

    fn output(&self) -> Shape {
        let [rows, columns] = self.window.output;
        Shape { channels: self.features, rows, columns }
    }

    fn array(&self) -> ArrayShape {
        ArrayShape {
            rows: self.features,
            columns: self.window.taps() * self.input.channels / self.groups,
            reads: self.window.places(),
        }
    }

    fn tiling(&self) -> Tiling {
        Tiling::Samples((2 * PLACES.start).div_ceil(self.window.places()))
    }

    fn apply(&self, matrix: &WeightMatrix, mut y: MatrixViewMut, first: usize, x: MatrixView) {
        let features = self.features;
        let (places, samples) = (y.nrows() / features, y.ncols());
        if samples > 1 && y.strides().1 != y.nrows() {
            // The places of two samples are not one matrix.
            for j in 0..samples {
                self.apply(matrix, y.columns_mut(j, 1), first, x.columns(j, 1));
            }
            return;
        }
        let (mut y, columns) = (reshape_mut(&mut y, features), self.array().columns);
        let stretch = Stretch { first: first / features, places, samples };
        for piece in stretch.pieces(self.reads_at_once()) {
            with_scratch(columns * piece.len(), |unfolded| {
                for (patches, features) in (0..self.groups).map(|group| self.group(group)) {
                    for (sample, places, at) in stretch.of_piece(piece.clone()) {
                        let image = x.column(sample).data.into_slice();
                        patches.unfold(image, places, 0..columns, &mut unfolded[at * columns..]);
                    }
                    let y = y.view_mut((features.start, piece.start), (features.len(), piece.len()));
                    matrix.multiply_rows(y, features.start, MatrixView::from_slice(unfolded, columns, piece.len()));
                }
            });
        }
    }

    fn transposed(&self, matrix: &WeightMatrix, mut y: MatrixViewMut, first: usize, d: MatrixView) {
        assert!(first == 0 && y.nrows() == self.input.units(), "errors of whole images");
        let (places, samples, columns) = (self.window.places(), d.ncols(), self.array().columns);
        let d = reshape(d, self.features);
        let stretch = Stretch { first: 0, places, samples };
        for j in 0..samples {
            y.column_mut(j).data.into_slice_mut().fill(0.0);
        }
        for piece in stretch.pieces(self.reads_at_once()) {
            with_scratch(columns * piece.len(), |unfolded| {
                for (patches, features) in (0..self.groups).map(|group| self.group(group)) {
                    let own = d.view((features.start, piece.start), (features.len(), piece.len()));
                    let product = MatrixViewMut::from_slice(unfolded, columns, piece.len());
                    matrix.multiply_rows_transposed(product, features, own);
                    for (sample, places, at) in stretch.of_piece(piece.clone()) {
                        let image = y.column_mut(sample).data.into_slice_mut();
                        patches.fold(&unfolded[at * columns..], places, 0..columns, image);
                    }
                }
            });
        }
    }

    fn fewest_samples(&self, samples: usize) -> [usize; 2] {
        let (columns, features) = (self.array().columns, self.features / self.groups);
        let stretch = Stretch { first: 0, places: self.window.places(), samples };
        [(features, columns), (columns, features)].map(|(rows, inner)| {
            // A piece is no shorter than this, unless it is all there is.
            let shortest = PLACES.start / 2;
            let longest = stretch.pieces(self.reads_at_once()).map(|piece| piece.len()).max().unwrap_or(0);
            let fewest = fewest_columns(rows, inner, longest);
            if fewest > shortest { samples } else { fewest.div_ceil(self.window.places()) }
        })
    }

    fn reads_at_once(&self) -> usize {
        (PATCHES / self.array().columns).clamp(PLACES.start, PLACES.end)
    }

    /// The patches of all groups, one after the other.
    fn unfold(&self, x: &[f32], reads: Range<usize>, sent: &mut [f32]) {
        let columns = self.array().columns;
        for (index, sent) in sent.chunks_exact_mut(columns).enumerate() {
            let (read, group) = (reads.start + index / self.groups, index % self.groups);
            self.group(group).0.unfold(x, read..read + 1, 0..columns, sent);
        }
    }

    fn fold(&self, received: &[f32], reads: Range<usize>, y: &mut [f32]) {
        let columns = self.array().columns;
        for (index, received) in received.chunks_exact(columns).enumerate() {
            let (read, group) = (reads.start + index / self.groups, index % self.groups);
            self.group(group).0.fold(received, read..read + 1, 0..columns, y);
        }
    }

    fn is_read_at_places(&self) -> bool {
        true
    }

    /// (feature, channel, window row, window column).
    fn weight_shape(&self) -> Vec<usize> {
        let [rows, columns] = self.window.kernel;
        vec![self.features, self.input.channels / self.groups, rows, columns]
    }

    fn columns_in_file_order(&self) -> Vec<usize> {
        let [rows, columns] = self.window.kernel;
        Shape { channels: self.input.channels / self.groups, rows, columns }.file_order().collect()
    }

    fn gradient(&self, mut gradient: MatrixViewMut, first: usize, factor: f32, d: MatrixView, s: MatrixView) {
        let part = first..first + gradient.ncols();
        let (places, samples) = (self.window.places(), d.ncols());
        let d = reshape(d, self.features);
        let stretch = Stretch { first: 0, places, samples };
        for (patches, features) in (0..self.groups).map(|group| self.group(group)) {
            for piece in stretch.pieces((PATCHES / part.len().max(1)).clamp(PLACES.start, PLACES.end)) {
                with_scratch(part.len() * piece.len(), |unfolded| {
                    for (sample, places, at) in stretch.of_piece(piece.clone()) {
                        let image = s.column(sample).data.into_slice();
                        patches.unfold(image, places, part.clone(), &mut unfolded[at * part.len()..]);
                    }
                    let unfolded = MatrixView::from_slice(unfolded, part.len(), piece.len());
                    let d = d.view((features.start, piece.start), (features.len(), piece.len()));
                    let g = gradient.rows_mut(features.start, features.len());
                    if piece.start == 0 {
                        multiply_right_transposed(g, factor, d, unfolded);
                    } else {
                        multiply_right_transposed_add(g, factor, d, unfolded);
                    }
                });
            }
        }
    }

    fn factors<'a>(&self, receivers: MatrixView<'a>, senders: MatrixView<'a>) -> [Factor<'a>; 2] {
        let (places, samples) = (self.window.places(), senders.ncols());
        let (columns, features) = (self.array().columns, self.features / self.groups);
        let mut unfolded = Matrix::zeros(columns, self.groups * places * samples);
        let mut errors = Matrix::zeros(self.features, self.groups * places * samples);
        let images = unfolded.as_mut_slice().chunks_exact_mut(columns * places);
        let columns_of_d = errors.as_mut_slice().chunks_exact_mut(self.features * places);
        for (index, (unfolded, errors)) in images.zip(columns_of_d).enumerate() {
            let (group, sample) = (index / samples, index % samples);
            let (patches, own) = self.group(group);
            patches.unfold(senders.column(sample).data.into_slice(), 0..places, 0..columns, unfolded);
            let d = receivers.column(sample).data.into_slice();
            for (d, to) in d.chunks_exact(self.features).zip(errors.chunks_exact_mut(self.features)) {
                to[own.clone()].copy_from_slice(&d[own.start..][..features]);
            }
        }
        [Factor::Made(errors), Factor::Made(unfolded)]
    }
}

//! Shape of a population.
use crate::linalg::with_scratch;
use std::fmt;

/// Channels × rows × columns. A population without places has as many channels as units, one row and one column. In
/// memory the channels of one place are contiguous; files, recordings and data sets hold (channel, row, column).
///
/// ```
/// use dyadsim::prelude::*;
///
/// let image = Shape { channels: 3, rows: 32, columns: 32 };
/// assert_eq!(image.units(), 3072);
/// assert_eq!(image.to_string(), "3 x 32 x 32");
/// assert_eq!(Shape::flat(10).to_string(), "10");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shape {
    /// Channels.
    pub channels: usize,
    /// Rows of places.
    pub rows: usize,
    /// Columns of places.
    pub columns: usize,
}

impl Shape {
    /// Units without places.
    pub const fn flat(units: usize) -> Self {
        Self { channels: units, rows: 1, columns: 1 }
    }

    /// Number of units.
    pub const fn units(&self) -> usize {
        self.channels * self.rows * self.columns
    }

    /// Lengths of the axes in files: (channel, row, column), or units without places.
    pub fn axes(&self) -> Vec<usize> {
        match self.places() {
            1 => vec![self.channels],
            _ => vec![self.channels, self.rows, self.columns],
        }
    }

    /// Places of every channel.
    pub const fn places(&self) -> usize {
        self.rows * self.columns
    }

    /// Whether the order of (channel, row, column), in which files hold images, is that in memory.
    pub const fn is_in_file_order(&self) -> bool {
        self.channels == 1 || self.places() == 1
    }

    /// Where the units of (channel, row, column) order, one after the other, stand in memory.
    pub fn file_order(self) -> impl Iterator<Item = usize> {
        (0..self.channels).flat_map(move |channel| (0..self.places()).map(move |place| place * self.channels + channel))
    }

    /// Brings the numbers of all units, sample after sample, from the order in memory into that of files.
    pub fn to_file_order(self, numbers: &mut [f32]) {
        if self.is_in_file_order() {
            return;
        }
        for own in numbers.chunks_exact_mut(self.units()) {
            let in_memory = own.to_vec();
            own.iter_mut().zip(self.file_order()).for_each(|(x, unit)| *x = in_memory[unit]);
        }
    }

    /// Brings the numbers of all units, sample after sample, from the order of files into that in memory.
    pub fn to_memory_order(self, numbers: &mut [f32]) {
        if self.is_in_file_order() {
            return;
        }
        for own in numbers.chunks_exact_mut(self.units()) {
            with_scratch(own.len(), |in_file| {
                in_file.copy_from_slice(own);
                self.file_order().zip(in_file).for_each(|(unit, x)| own[unit] = *x);
            });
        }
    }
}

impl From<usize> for Shape {
    /// Units without places.
    fn from(units: usize) -> Self {
        Self::flat(units)
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self.rows, self.columns) {
            (1, 1) => write!(f, "{}", self.channels),
            _ => write!(f, "{} x {} x {}", self.channels, self.rows, self.columns),
        }
    }
}

//! Shape of a population.
use std::fmt;

/// Channels × rows × columns. A population without places has as many channels as units, one row and one column. In
/// memory the channels of one place are contiguous.
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
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        match (self.rows, self.columns) {
            (1, 1) => write!(f, "{}", self.channels),
            _ => write!(f, "{} x {} x {}", self.channels, self.rows, self.columns),
        }
    }
}

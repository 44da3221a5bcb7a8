//! Samples that are images.

/// Layout of an image: channels one after the other, each of them row after row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ImageShape {
    pub(super) channels: usize,
    pub(super) rows: usize,
    pub(super) columns: usize,
}

impl ImageShape {
    /// The layout of samples of shape (row, column) or (channel, row, column); others are no images.
    pub(super) fn of(sample_shape: &[usize]) -> Option<Self> {
        match *sample_shape {
            [rows, columns] => Some(Self { channels: 1, rows, columns }),
            [channels, rows, columns] => Some(Self { channels, rows, columns }),
            _ => None,
        }
    }
}

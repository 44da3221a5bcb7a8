//! What can be wrong with a map.

/// Why a map does not fit the population that sends to it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MapError {
    /// A window larger than the image.
    #[error(
        "a window of {} x {} does not fit an image of {} x {} with a padding of {} and {} places",
        extent[0], extent[1], input[0], input[1], padding[0], padding[1]
    )]
    Window {
        /// (rows, columns) that the window covers.
        extent: [usize; 2],
        /// (rows, columns) of the image.
        input: [usize; 2],
        /// Places added on every side.
        padding: [usize; 2],
    },
    /// A pooling whose window has too many taps.
    #[error("a window of {} x {} has more than the 256 places of which a pooling finds the largest", kernel[0], kernel[1])]
    Taps {
        /// (rows, columns) of the window.
        kernel: [usize; 2],
    },
    /// Groups that do not divide the channels.
    #[error("{groups} groups do not divide {channels} channels into {features} features evenly")]
    Groups {
        /// Groups.
        groups: usize,
        /// Channels that are sent.
        channels: usize,
        /// Features.
        features: usize,
    },
}

//! A window that slides over the places of a population: geometry of convolutions and poolings.
//!
//! Padding `same` makes ⌈n / stride⌉ places of n: in all max((out − 1) stride + extent − n, 0) places are added, the smaller half before the first (as TensorFlow
//! and JAX do it; for odd windows with stride 1 as PyTorch does it). Places of padding hold zero.
use super::error::MapError;
use super::shape::Shape;
use crate::parameter::{Size, WholeNumber};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// One number for rows and columns, or one for each.
///
/// ```
/// use dyadsim::map::Sides;
///
/// let sides: Sides<u32> = serde_json::from_str("3")?;
/// assert_eq!(sides.pair(), [3, 3]);
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(untagged, expecting = "must be one whole number, or one for rows and one for columns, in their range")]
pub enum Sides<T> {
    /// The same for rows and columns.
    Both(T),
    /// (rows, columns).
    Each([T; 2]),
}

impl<T: Copy> Sides<T> {
    /// (rows, columns)
    pub fn pair(self) -> [T; 2] {
        match self {
            Self::Both(both) => [both, both],
            Self::Each(each) => each,
        }
    }
}

/// What surrounds the image that a window slides over.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(
    rename_all = "snake_case",
    untagged,
    expecting = "must be \"same\", a whole number >= 0, or one for rows and one for columns"
)]
pub enum Padding {
    /// So many places that stride 1 keeps the size.
    Same(Same),
    /// So many places on every side.
    Places(Sides<WholeNumber>),
}

/// The word `"same"`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Same {
    /// The only word there is.
    Same,
}

impl Default for Padding {
    /// No places.
    fn default() -> Self {
        Self::Places(Sides::Both(WholeNumber::constant(0)))
    }
}

/// A window over an image of a given size.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// (rows, columns) of the image.
    pub input: [usize; 2],
    /// (rows, columns) of what the windows make.
    pub output: [usize; 2],
    /// (rows, columns) of the window.
    pub kernel: [usize; 2],
    /// Distance of two windows.
    pub stride: [usize; 2],
    /// Distance of two taps of a window.
    pub dilation: [usize; 2],
    /// Places before the first row and column.
    pub padding: [usize; 2],
}

impl Window {
    /// Over the places of `input`.
    ///
    /// # Errors
    /// [`MapError::Window`] if the window, with its dilation, is larger than the padded image, or the image has no places.
    pub fn new(
        input: Shape,
        kernel: Sides<Size>,
        stride: Sides<Size>,
        dilation: Sides<Size>,
        padding: Padding,
    ) -> Result<Self, MapError> {
        let sizes = |sides: Sides<Size>| sides.pair().map(Size::get);
        let (kernel, stride, dilation) = (sizes(kernel), sizes(stride), sizes(dilation));
        let input = [input.rows, input.columns];
        let too_large = |padding| MapError::Window { extent: window_extent(kernel, dilation), input, padding };
        let (mut output, mut before) = ([0; 2], [0; 2]);
        for side in 0..2 {
            let extent = (kernel[side] - 1) * dilation[side] + 1;
            let n = input[side];
            (output[side], before[side]) = match padding {
                Padding::Same(_) if n == 0 => return Err(too_large([0; 2])),
                Padding::Same(_) => {
                    let out = n.div_ceil(stride[side]);
                    (out, ((out - 1) * stride[side] + extent).saturating_sub(n) / 2)
                }
                Padding::Places(places) => {
                    let p = places.pair()[side].get();
                    let room = (n + 2 * p).checked_sub(extent);
                    let room = room.ok_or_else(|| too_large(places.pair().map(WholeNumber::get)))?;
                    (room / stride[side] + 1, p)
                }
            };
        }
        Ok(Self { input, output, kernel, stride, dilation, padding: before })
    }

    /// Number of windows.
    pub const fn places(&self) -> usize {
        self.output[0] * self.output[1]
    }

    /// Taps of a window.
    pub const fn taps(&self) -> usize {
        self.kernel[0] * self.kernel[1]
    }

    /// The input row (side 0) or column (side 1) of tap `tap` of window `at`, where that is not padding.
    #[inline]
    pub(super) fn tap(&self, side: usize, at: usize, tap: usize) -> Option<usize> {
        let place = (at * self.stride[side] + tap * self.dilation[side]).checked_sub(self.padding[side])?;
        (place < self.input[side]).then_some(place)
    }
}

fn window_extent(kernel: [usize; 2], dilation: [usize; 2]) -> [usize; 2] {
    [0, 1].map(|side| (kernel[side] - 1) * dilation[side] + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn window(n: usize, kernel: usize, stride: usize, dilation: usize, padding: Padding) -> Window {
        let both = |x| Sides::Both(Size::new(x).unwrap());
        let input = Shape { channels: 2, rows: n, columns: n };
        Window::new(input, both(kernel), both(stride), both(dilation), padding).unwrap()
    }

    #[test]
    fn same_padding_puts_the_smaller_half_before() {
        let same = Padding::Same(Same::Same);
        for (n, kernel, stride, output, before) in
            [(8, 3, 1, 8, 1), (9, 5, 2, 5, 2), (7, 5, 2, 4, 2), (8, 3, 2, 4, 0), (6, 1, 1, 6, 0), (7, 1, 2, 4, 0)]
        {
            let own = window(n, kernel, stride, 1, same);
            assert_eq!((own.output[0], own.padding[0]), (output, before), "{n} {kernel} {stride}");
        }
    }

    #[test]
    fn rests_at_the_border_are_dropped_without_padding() {
        let none = Padding::default();
        assert_eq!(window(7, 2, 2, 1, none).output, [3, 3]);
        assert_eq!(window(7, 3, 1, 2, none).output, [3, 3]);
    }

    #[test]
    fn a_window_larger_than_the_image_is_refused() {
        let size = |x| Sides::Both(Size::new(x).unwrap());
        let input = Shape { channels: 1, rows: 2, columns: 4 };
        let error = Window::new(input, size(3), size(1), size(1), Padding::default()).unwrap_err();
        assert_eq!(
            error.to_string(),
            "a window of 3 x 3 does not fit an image of 2 x 4 with a padding of 0 and 0 places"
        );
    }

    #[test]
    fn padding_is_a_word_or_numbers() {
        let read = |text: &str| serde_json::from_str::<Padding>(text);
        assert_eq!(read("\"same\"").unwrap(), Padding::Same(Same::Same));
        assert_eq!(read("[1, 0]").unwrap(), Padding::Places(Sides::Each([1, 0].map(WholeNumber::constant))));
        assert!(read("\"valid\"").unwrap_err().to_string().contains("must be \"same\", a whole number"));
    }
}

//! Unfolding an image into the patches that the windows see, and folding patches back.
//!
//! A patch has taps × channels numbers (window row, window column, channel; the last fastest), so that within a row of the
//! window it is one run of memory: an image has the channels of a place next to each other.
use super::window::Window;
use std::ops::Range;

/// How images are cut into patches.
#[derive(Debug, Clone, Copy)]
pub(super) struct Patches<'a> {
    pub window: &'a Window,
    /// Channels of an image.
    pub channels: usize,
    /// Channels that a patch has, from which on.
    pub first_channel: usize,
    /// How many.
    pub patch_channels: usize,
}

/// A piece of a patch that is one run of an image.
struct Run {
    /// Where it begins in the patch.
    patch: usize,
    /// Where it begins in the image.
    image: usize,
    len: usize,
}

impl Patches<'_> {
    /// Writes the numbers `part` of the patches of `places` of one image, patch after patch.
    pub fn unfold(&self, image: &[f32], places: Range<usize>, part: Range<usize>, patches: &mut [f32]) {
        for (place, patch) in places.zip(patches.chunks_exact_mut(part.len())) {
            let mut written = 0;
            self.runs(place, &part, |run| {
                patch[written..run.patch].fill(0.0);
                written = run.patch + run.len;
                patch[run.patch..written].copy_from_slice(&image[run.image..][..run.len]);
            });
            patch[written..].fill(0.0);
        }
    }

    /// Adds the numbers `part` of the patches of `places` to the places of the image that they were taken from.
    pub fn fold(&self, patches: &[f32], places: Range<usize>, part: Range<usize>, image: &mut [f32]) {
        for (place, patch) in places.zip(patches.chunks_exact(part.len())) {
            self.runs(place, &part, |run| {
                let image = &mut image[run.image..][..run.len];
                image.iter_mut().zip(&patch[run.patch..][..run.len]).for_each(|(x, p)| *x += p);
            });
        }
    }

    /// The runs of the numbers `part` of one patch that are not padding, in their order; places in the patch count from
    /// the beginning of the part.
    #[inline(always)]
    fn runs(&self, place: usize, part: &Range<usize>, mut visit: impl FnMut(Run)) {
        let Window { input, output, kernel, stride, dilation, padding } = *self.window;
        let (row, column) = (place / output[1], place % output[1]);
        let of_row = kernel[1] * self.patch_channels;
        let all_channels = self.patch_channels == self.channels;
        for tap_row in part.start / of_row..part.end.div_ceil(of_row) {
            let Some(image_row) = self.window.tap(0, row, tap_row) else { continue };
            let base = tap_row * of_row;
            let within = part.start.max(base) - base..part.end.min(base + of_row) - base;
            if dilation[1] == 1 && all_channels {
                // Taps in the image: those from `first` on, up to the border.
                let left = column * stride[1];
                let first = padding[1].saturating_sub(left);
                let last = (input[1] + padding[1]).saturating_sub(left).min(kernel[1]);
                let run = within.start.max(first * self.channels)..within.end.min(last * self.channels);
                if run.start < run.end {
                    let image_column = left + first - padding[1];
                    let image =
                        (image_row * input[1] + image_column) * self.channels + run.start - first * self.channels;
                    visit(Run { patch: base + run.start - part.start, image, len: run.len() });
                }
                continue;
            }
            for tap in within.start / self.patch_channels..within.end.div_ceil(self.patch_channels) {
                let Some(image_column) = self.window.tap(1, column, tap) else { continue };
                let at = tap * self.patch_channels;
                let run = within.start.max(at)..within.end.min(at + self.patch_channels);
                let image = (image_row * input[1] + image_column) * self.channels + self.first_channel + run.start - at;
                visit(Run { patch: base + run.start - part.start, image, len: run.len() });
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::map::{Padding, Same, Shape, Sides};
    use crate::parameter::{Size, WholeNumber};
    use proptest::prelude::*;

    /// The number of a patch by its definition.
    fn defined(patches: &Patches, image: &[f32], place: usize, k: usize) -> f32 {
        let window = patches.window;
        let (tap, channel) = (k / patches.patch_channels, k % patches.patch_channels);
        let row = window.tap(0, place / window.output[1], tap / window.kernel[1]);
        let column = window.tap(1, place % window.output[1], tap % window.kernel[1]);
        row.zip(column).map_or(0.0, |(row, column)| {
            image[(row * window.input[1] + column) * patches.channels + patches.first_channel + channel]
        })
    }

    proptest! {
        #[test]
        fn patches_are_as_defined_and_folding_is_the_adjoint(
            [rows, columns] in [1usize..8, 1usize..8],
            kernel in [1usize..4, 1usize..4],
            stride in [1usize..4, 1usize..4],
            dilation in [1usize..3, 1usize..3],
            padding in [0usize..3, 0usize..3],
            same: bool,
            [groups, of_group] in [1usize..3, 1usize..4],
            cut in (0.0..1.0, 0.0..1.0),
        ) {
            let sizes = |x: [usize; 2]| Sides::Each(x.map(|x| Size::new(x).unwrap()));
            let padding = Padding::Places(Sides::Each(padding.map(WholeNumber::constant)));
            let padding = if same { Padding::Same(Same::Same) } else { padding };
            let channels = groups * of_group;
            let shape = Shape { channels, rows, columns };
            let Ok(window) = Window::new(shape, sizes(kernel), sizes(stride), sizes(dilation), padding) else {
                return Ok(());
            };
            let first_channel = channels - of_group;
            let patches = Patches { window: &window, channels, first_channel, patch_channels: of_group };
            let image: Vec<f32> = (0..shape.units()).map(|i| (i * 37 % 101) as f32 + 1.0).collect();
            let at = |share: f64| (share * (window.taps() * of_group) as f64) as usize;
            let part = at(cut.0).min(at(cut.1))..at(cut.0).max(at(cut.1)) + 1;
            let (first, n) = (window.places() / 3, window.places() - window.places() / 3);
            let mut unfolded = vec![f32::NAN; n * part.len()];
            patches.unfold(&image, first..first + n, part.clone(), &mut unfolded);
            for (place, patch) in (first..).zip(unfolded.chunks(part.len())) {
                for (k, &value) in part.clone().zip(patch) {
                    prop_assert_eq!(value, defined(&patches, &image, place, k));
                }
            }
            // <unfold(x), p> = <x, fold(p)>
            let p: Vec<f32> = (0..unfolded.len()).map(|i| (i * 29 % 31) as f32 - 15.0).collect();
            let mut folded = vec![0.0; image.len()];
            patches.fold(&p, first..first + n, part, &mut folded);
            let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(a * b)).sum::<f64>();
            prop_assert_eq!(dot(&unfolded, &p), dot(&image, &folded));
        }
    }
}

//! Max pooling of what arrives at an image: each unit follows the largest of its window, and errors go back to that one alone.
//!
//! It stands between the reads of a convolution and the dyads, whose activation follows it (as in the code of Høier &
//! Zach, ICML 2024). Where the maxima are looked for is a setting, since the dyads of a window have three activities.
use super::error::MapError;
use super::shape::Shape;
use super::window::{Padding, Sides, Window};
use super::window_kernel::{OneWindow, Places, add, give, largest, largest_of_both, take};
use crate::parameter::Size;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::ops::Range;

/// Where the maxima of a pooling are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Maxima {
    /// Where they were when the drive was read last: what a chip knows without another read.
    #[default]
    LastRead,
    /// In the drive by the present s̄ of the senders.
    Mean,
    /// In the drive that the present s⁺ of the senders would make.
    SPlus,
}

/// Which maxima count for what.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct MaximaSettings {
    /// For the drive.
    pub drive: DriveMaxima,
    /// For the feedback; `s_plus` in the code of the ICML 2024 paper, which reads the array once more.
    pub feedback: Maxima,
    /// For what the synapses learn from; `mean` in the code of the ICML 2024 paper.
    pub gradient: Maxima,
}

/// Where the maxima for the drive are looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum DriveMaxima {
    /// In the drive itself.
    #[default]
    Mean,
    /// In the drive that s⁺ of the senders would make.
    SPlus,
}

/// Windows of an image, of which the largest value counts. A window has at most 256 taps, so that a byte says which.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MaxPool {
    input: Shape,
    window: Window,
    /// Where the maxima are looked for.
    pub maxima: MaximaSettings,
}

/// Number of a tap in its window, for every unit and sample.
pub type Taps = nalgebra::DMatrix<u8>;

impl MaxPool {
    /// Over windows of `input` at a distance of `stride`; rests at the border are dropped.
    ///
    /// # Errors
    /// [`MapError::Window`] and [`MapError::Taps`].
    pub fn new(
        input: Shape,
        kernel: Sides<Size>,
        stride: Sides<Size>,
        maxima: MaximaSettings,
    ) -> Result<Self, MapError> {
        let one = Sides::Both(Size::constant(1));
        let window = Window::new(input, kernel, stride, one, Padding::default())?;
        if window.taps() > 1 << u8::BITS {
            return Err(MapError::Taps { kernel: window.kernel });
        }
        Ok(Self { input, window, maxima })
    }

    /// Shape of what is pooled.
    pub fn input(&self) -> Shape {
        self.input
    }

    /// Shape of what it makes.
    pub fn output(&self) -> Shape {
        Shape { channels: self.input.channels, rows: self.window.output[0], columns: self.window.output[1] }
    }

    /// The window.
    pub fn window(&self) -> &Window {
        &self.window
    }

    /// Its Lipschitz constant in L2: the root of the number of windows that a place is in. Of |max x − max x′| ≤ max |x − x′| the
    /// square is summed over all windows, and every place counts in each that it is in.
    pub fn lipschitz(&self) -> f64 {
        let Window { output, kernel, stride, .. } = self.window;
        let most = |side: usize| kernel[side].div_ceil(stride[side]).min(output[side]);
        ((most(0) * most(1)) as f64).sqrt()
    }

    /// Input places of the taps of a window, in their order.
    fn taps(&self, place: usize) -> Places {
        let Window { input, output, kernel, stride, .. } = self.window;
        let (row, column) = (place / output[1] * stride[0], place % output[1] * stride[1]);
        (0..kernel[0]).flat_map(|r| (0..kernel[1]).map(move |c| (row + r) * input[1] + column + c)).collect()
    }

    /// Calls `work` with every window, and the channels of what it makes.
    fn each(&self, mut work: impl FnMut(OneWindow, Range<usize>)) {
        let channels = self.input.channels;
        let Window { output, .. } = self.window;
        for place in 0..output[0] * output[1] {
            let places = self.taps(place);
            work(OneWindow { channels, places: &places }, place * channels..(place + 1) * channels);
        }
    }

    /// Writes the largest value of every window of one image and its tap; of equal ones the first.
    pub fn pool(&self, image: &[f32], pooled: &mut [f32], taps: &mut [u8]) {
        self.each(|window, own| largest(window, image, &mut pooled[own.clone()], &mut taps[own]));
    }

    /// Writes of two images the values of every window where their mean is largest, and the tap of that.
    pub(crate) fn pool_both(&self, images: [&[f32]; 2], [plus, minus]: [&mut [f32]; 2], taps: &mut [u8]) {
        self.each(|window, own| {
            let pooled = [&mut plus[own.clone()], &mut minus[own.clone()]];
            largest_of_both(window, images, pooled, &mut taps[own]);
        });
    }

    /// Writes the value of every window of one image at its tap.
    pub fn pick(&self, image: &[f32], taps: &[u8], pooled: &mut [f32]) {
        self.each(|window, own| take(window, image, &taps[own.clone()], &mut pooled[own]));
    }

    /// The adjoint of [`Self::pick`]: every value goes to its tap, and adds up where windows overlap.
    pub fn route(&self, pooled: &[f32], taps: &[u8], image: &mut [f32]) {
        let Window { input, output, stride, .. } = self.window;
        if [0, 1].iter().any(|&side| output[side] * stride[side] != input[side]) {
            image.fill(0.0);
        }
        self.reroute(pooled, taps, image);
    }

    /// The same for an image that values were routed to before, or that is zero. Returns whether that has changed a bit of it, as
    /// far as is known.
    pub(crate) fn reroute(&self, pooled: &[f32], taps: &[u8], image: &mut [f32]) -> bool {
        // Windows side by side write every place that they cover; nothing is ever routed to the others.
        if self.window.kernel == self.window.stride {
            let mut moved = false;
            self.each(|window, own| moved |= give(window, &pooled[own.clone()], &taps[own], image));
            return moved;
        }
        image.fill(0.0);
        self.each(|window, own| add(window, &pooled[own.clone()], &taps[own], image));
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_images_are_pooled_where_their_mean_is_largest() {
        for channels in [3, 16, 20] {
            let input = Shape { channels, rows: 5, columns: 6 };
            let [kernel, stride] = [3, 2].map(|side| Sides::Both(Size::new(side).unwrap()));
            let pool = MaxPool::new(input, kernel, stride, MaximaSettings::default()).unwrap();
            let image = |seed: usize| (0..input.units()).map(|k| ((k * seed) % 89) as f32 - 44.0).collect::<Vec<f32>>();
            let (plus, minus) = (image(37), image(53));
            let mean: Vec<f32> = plus.iter().zip(&minus).map(|(plus, minus)| 0.5 * (plus + minus)).collect();
            let units = pool.output().units();
            let (mut of_mean, mut of_plus, mut of_minus) = (vec![0.0; units], vec![0.0; units], vec![0.0; units]);
            let mut taps = vec![0; units];
            pool.pool(&mean, &mut of_mean, &mut taps);
            pool.pick(&plus, &taps, &mut of_plus);
            pool.pick(&minus, &taps, &mut of_minus);
            let (mut both, mut found) = ([vec![0.0; units], vec![0.0; units]], vec![0; units]);
            let [one, other] = &mut both;
            pool.pool_both([&plus, &minus], [one, other], &mut found);
            assert_eq!((found, both), (taps, [of_plus, of_minus]));
        }
    }
}

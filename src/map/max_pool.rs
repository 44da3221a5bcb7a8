//! Max pooling of what arrives at an image: each unit follows the largest of its window, and errors go back to that one alone.
//!
//! It stands between the reads of a convolution and the dyads, whose activation follows it (as in the code of Høier &
//! Zach, ICML 2024). Where the maxima are looked for is a setting, since the dyads of a window have three activities.
use super::error::MapError;
use super::shape::Shape;
use super::window::{Padding, Sides, Window};
use crate::parameter::Size;
use multiversion::multiversion;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use smallvec::SmallVec;

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
    fn taps(&self, place: usize) -> impl Iterator<Item = usize> + use<> {
        let Window { input, output, kernel, stride, .. } = self.window;
        let (row, column) = (place / output[1] * stride[0], place % output[1] * stride[1]);
        (0..kernel[0]).flat_map(move |r| (0..kernel[1]).map(move |c| (row + r) * input[1] + column + c))
    }

    /// Writes the largest value of every window of one image and its tap; of equal ones the first.
    pub fn pool(&self, image: &[f32], pooled: &mut [f32], taps: &mut [u8]) {
        let channels = self.input.channels;
        let windows = pooled.chunks_exact_mut(channels).zip(taps.chunks_exact_mut(channels));
        for (place, (pooled, taps)) in windows.enumerate() {
            let places: Places = self.taps(place).collect();
            largest_of(image, channels, &places, pooled, taps);
        }
    }

    /// Writes the value of every window of one image at its tap.
    pub fn pick(&self, image: &[f32], taps: &[u8], pooled: &mut [f32]) {
        let channels = self.input.channels;
        for (place, (pooled, taps)) in pooled.chunks_exact_mut(channels).zip(taps.chunks_exact(channels)).enumerate() {
            for (tap, from) in self.taps(place).enumerate() {
                take_from(tap as u8, &image[from * channels..][..channels], taps, pooled);
            }
        }
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
        let channels = self.input.channels;
        // Windows side by side write every place that they cover; nothing is ever routed to the others.
        let apart = self.window.kernel == self.window.stride;
        if !apart {
            image.fill(0.0);
        }
        let mut moved = !apart;
        for (place, (pooled, taps)) in pooled.chunks_exact(channels).zip(taps.chunks_exact(channels)).enumerate() {
            for (tap, to) in self.taps(place).enumerate() {
                let to = &mut image[to * channels..][..channels];
                moved |= put_at(tap as u8, apart, pooled, taps, to);
            }
        }
        moved
    }
}

/// Places of a window.
type Places = SmallVec<[usize; 16]>;

/// Channels that are worked on at once.
const LANES: usize = 16;

/// The largest value of every channel among these places, and its number. NaN is larger than everything, or a network that
/// has diverged would look sound.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn largest_of(image: &[f32], channels: usize, places: &[usize], pooled: &mut [f32], taps: &mut [u8]) {
    let whole = channels / LANES * LANES;
    let (blocks, rest) = pooled.split_at_mut(whole);
    let (block_taps, rest_taps) = taps.split_at_mut(whole);
    for (block, (pooled, taps)) in
        blocks.as_chunks_mut::<LANES>().0.iter_mut().zip(block_taps.as_chunks_mut::<LANES>().0).enumerate()
    {
        let (mut best, mut at) = ([0.0; LANES], [0u32; LANES]);
        for (tap, place) in places.iter().enumerate() {
            let from = &image[place * channels + block * LANES..][..LANES];
            for lane in 0..LANES {
                let is_larger = tap == 0 || from[lane] > best[lane] || from[lane].is_nan();
                best[lane] = if is_larger { from[lane] } else { best[lane] };
                at[lane] = if is_larger { tap as u32 } else { at[lane] };
            }
        }
        *pooled = best;
        *taps = at.map(|at| at as u8);
    }
    for (channel, (best, at)) in (whole..).zip(rest.iter_mut().zip(rest_taps)) {
        for (tap, place) in places.iter().enumerate() {
            let x = image[place * channels + channel];
            if tap == 0 || x > *best || x.is_nan() {
                (*best, *at) = (x, tap as u8);
            }
        }
    }
}

/// Gives the values whose tap is `tap` to a place, or adds them. Returns whether a bit of it is another one.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn put_at(tap: u8, apart: bool, pooled: &[f32], taps: &[u8], to: &mut [f32]) -> bool {
    let given = pooled.iter().zip(taps).map(|(&y, &at)| if at == tap { y } else { 0.0 });
    let mut changed = 0;
    if apart {
        to.iter_mut().zip(given).for_each(|(x, y)| {
            changed |= x.to_bits() ^ y.to_bits();
            *x = y;
        });
    } else {
        to.iter_mut().zip(given).for_each(|(x, y)| *x += y);
    }
    changed != 0
}

/// Takes the values of a place whose tap is `tap`.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
fn take_from(tap: u8, from: &[f32], taps: &[u8], pooled: &mut [f32]) {
    pooled.iter_mut().zip(taps).zip(from).for_each(|((y, &at), &x)| *y = if at == tap { x } else { *y });
}

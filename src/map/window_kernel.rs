//! The inner loops of max pooling: all channels of the places of one window, sixteen at a time.
use multiversion::multiversion;
use smallvec::SmallVec;

/// Places of a window, in the order of their numbers.
pub(super) type Places = SmallVec<[usize; 16]>;

/// Channels that are worked on at once.
const LANES: usize = 16;

/// One window of images of so many channels.
#[derive(Debug, Clone, Copy)]
pub(super) struct OneWindow<'a> {
    pub channels: usize,
    pub places: &'a [usize],
}

impl OneWindow<'_> {
    /// The first channels of blocks that are worked on at once.
    fn blocks(self) -> impl Iterator<Item = usize> {
        (0..self.channels / LANES).map(|block| block * LANES)
    }

    /// The channels behind them.
    fn rest(self) -> std::ops::Range<usize> {
        self.channels / LANES * LANES..self.channels
    }

    /// Where a channel of a place stands in an image.
    fn at(self, place: usize, channel: usize) -> usize {
        place * self.channels + channel
    }
}

/// A block of a slice.
#[inline(always)]
fn block<T>(of: &[T], first: usize) -> &[T; LANES] {
    of[first..].first_chunk().expect("a block lies within its slice")
}

#[inline(always)]
fn block_mut<T>(of: &mut [T], first: usize) -> &mut [T; LANES] {
    of[first..].first_chunk_mut().expect("a block lies within its slice")
}

/// NaN is larger than everything, or a network that has diverged would look sound; of equal ones the first is the largest.
#[inline(always)]
fn is_larger(tap: usize, x: f32, best: f32) -> bool {
    tap == 0 || x > best || x.is_nan()
}

/// The largest value of every channel, and its number.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn largest(window: OneWindow, image: &[f32], pooled: &mut [f32], taps: &mut [u8]) {
    for first in window.blocks() {
        let (mut best, mut at) = ([0.0; LANES], [0u32; LANES]);
        for (tap, &place) in window.places.iter().enumerate() {
            let from = block(image, window.at(place, first));
            for lane in 0..LANES {
                let larger = is_larger(tap, from[lane], best[lane]);
                best[lane] = if larger { from[lane] } else { best[lane] };
                at[lane] = if larger { tap as u32 } else { at[lane] };
            }
        }
        *block_mut(pooled, first) = best;
        *block_mut(taps, first) = at.map(|at| at as u8);
    }
    for channel in window.rest() {
        for (tap, &place) in window.places.iter().enumerate() {
            let x = image[window.at(place, channel)];
            if is_larger(tap, x, pooled[channel]) {
                (pooled[channel], taps[channel]) = (x, tap as u8);
            }
        }
    }
}

/// Of two images the values of every channel where their mean is largest, and the number of that.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn largest_of_both(window: OneWindow, images: [&[f32]; 2], pooled: [&mut [f32]; 2], taps: &mut [u8]) {
    let ([plus, minus], [of_plus, of_minus]) = (images, pooled);
    for first in window.blocks() {
        let (mut best, mut at) = ([0.0; LANES], [0u32; LANES]);
        let (mut best_plus, mut best_minus) = ([0.0; LANES], [0.0; LANES]);
        for (tap, &place) in window.places.iter().enumerate() {
            let from = window.at(place, first);
            let (plus, minus) = (block(plus, from), block(minus, from));
            for lane in 0..LANES {
                let mean = 0.5 * (plus[lane] + minus[lane]);
                let larger = is_larger(tap, mean, best[lane]);
                best[lane] = if larger { mean } else { best[lane] };
                best_plus[lane] = if larger { plus[lane] } else { best_plus[lane] };
                best_minus[lane] = if larger { minus[lane] } else { best_minus[lane] };
                at[lane] = if larger { tap as u32 } else { at[lane] };
            }
        }
        *block_mut(of_plus, first) = best_plus;
        *block_mut(of_minus, first) = best_minus;
        *block_mut(taps, first) = at.map(|at| at as u8);
    }
    for channel in window.rest() {
        let mut best = 0.0;
        for (tap, &place) in window.places.iter().enumerate() {
            let (plus, minus) = (plus[window.at(place, channel)], minus[window.at(place, channel)]);
            let mean = 0.5 * (plus + minus);
            if is_larger(tap, mean, best) {
                best = mean;
                (of_plus[channel], of_minus[channel], taps[channel]) = (plus, minus, tap as u8);
            }
        }
    }
}

/// The value of every channel at the place of its number.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn take(window: OneWindow, image: &[f32], taps: &[u8], pooled: &mut [f32]) {
    for first in window.blocks() {
        let at = block(taps, first).map(u32::from);
        let mut y = [0.0; LANES];
        for (tap, &place) in window.places.iter().enumerate() {
            let from = block(image, window.at(place, first));
            for lane in 0..LANES {
                y[lane] = if at[lane] == tap as u32 { from[lane] } else { y[lane] };
            }
        }
        *block_mut(pooled, first) = y;
    }
    for channel in window.rest() {
        pooled[channel] = image[window.at(window.places[usize::from(taps[channel])], channel)];
    }
}

/// Gives the value of every channel to the place of its number, and zero to the others of the window. Returns whether a bit of
/// the image is another one.
#[multiversion(targets("x86_64+avx512f+avx512vl+avx512bw+avx512dq", "x86_64+avx2"))]
pub(super) fn give(window: OneWindow, pooled: &[f32], taps: &[u8], image: &mut [f32]) -> bool {
    let mut changed = [0; LANES];
    for first in window.blocks() {
        let (y, at) = (*block(pooled, first), block(taps, first).map(u32::from));
        for (tap, &place) in window.places.iter().enumerate() {
            let to = block_mut(image, window.at(place, first));
            let mut given = [0.0; LANES];
            for lane in 0..LANES {
                given[lane] = if at[lane] == tap as u32 { y[lane] } else { 0.0 };
            }
            for lane in 0..LANES {
                changed[lane] |= to[lane].to_bits() ^ given[lane].to_bits();
            }
            *to = given;
        }
    }
    for channel in window.rest() {
        for (tap, &place) in window.places.iter().enumerate() {
            let to = &mut image[window.at(place, channel)];
            let given = if usize::from(taps[channel]) == tap { pooled[channel] } else { 0.0 };
            changed[0] |= to.to_bits() ^ given.to_bits();
            *to = given;
        }
    }
    changed.iter().any(|&bits| bits != 0)
}

/// Adds the value of every channel to the place of its number.
pub(super) fn add(window: OneWindow, pooled: &[f32], taps: &[u8], image: &mut [f32]) {
    for (channel, (y, &tap)) in pooled.iter().zip(taps).enumerate() {
        image[window.at(window.places[usize::from(tap)], channel)] += y;
    }
}

//! What the circuits of a chip clip.

/// Shares of what a population's circuits clip, in [0, 1]; NaN where they clip nothing by design, and where it is not
/// known: an array that is read at places has a range for every place, if it follows the signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Clipping {
    /// Of the values sent, by the DACs of both arrays.
    pub dac: f64,
    /// Of the products received, by the ADCs of both arrays (noise apart).
    pub adc: f64,
    /// Of the states, at the supply rails.
    pub rails: f64,
    /// Of the differences, by the learning circuit.
    pub difference: f64,
}

impl Default for Clipping {
    fn default() -> Self {
        Self { dac: f64::NAN, adc: f64::NAN, rails: f64::NAN, difference: f64::NAN }
    }
}

/// Counts what is beyond a bound.
#[derive(Default)]
pub(super) struct Share {
    beyond: usize,
    all: usize,
}

impl Share {
    pub fn add(&mut self, numbers: impl Iterator<Item = f32>, bound: f32) {
        if bound.is_finite() {
            numbers.for_each(|x| {
                self.beyond += usize::from(x.abs() > bound);
                self.all += 1;
            });
        }
    }

    pub fn get(&self) -> f64 {
        self.beyond as f64 / self.all as f64
    }
}

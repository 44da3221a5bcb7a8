//! What the circuits of a chip clip.
use super::analog_inference::analog_of;
use super::analog_state::LineState;
use super::state::NetworkState;
use crate::analog::Chip;

/// Shares of what a layer's circuits clip, in [0, 1]; NaN where they clip nothing by design.
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
struct Share {
    beyond: usize,
    all: usize,
}

impl Share {
    fn add(&mut self, numbers: impl Iterator<Item = f32>, bound: f32) {
        if bound.is_finite() {
            numbers.for_each(|x| {
                self.beyond += usize::from(x.abs() > bound);
                self.all += 1;
            });
        }
    }

    fn get(&self) -> f64 {
        self.beyond as f64 / self.all as f64
    }
}

impl Chip {
    /// What the circuits of every layer clip in the present state.
    pub fn clipping(&self, state: &NetworkState) -> Vec<Clipping> {
        let idle = |line: Option<&LineState>, sample: usize| line.map_or(1.0, |line| line.lines[sample].scale);
        (0..state.layers().len())
            .map(|k| {
                let (layer, devices) = (&state.layers()[k], &self.layers[k]);
                let below = if k == 0 {
                    state.sent_inputs.as_ref().map(|inputs| &inputs.line)
                } else {
                    Some(&analog_of(&state.layers()[k - 1]).forward)
                };
                let above = state.layers().get(k + 1).map(|above| &analog_of(above).feedback);
                let own = analog_of(layer);
                let (mut dac, mut adc) = (Share::default(), Share::default());
                let (mut rails, mut difference) = (Share::default(), Share::default());
                for j in 0..state.samples() {
                    let (plus, minus) = (layer.s_plus.column(j), layer.s_minus.column(j));
                    let apart = || plus.iter().zip(minus.iter()).map(|(plus, minus)| plus - minus);
                    let mean = apart().zip(minus.iter()).zip(&devices.alpha).map(|((d, minus), a)| minus + a * d);
                    dac.add(mean, self.forward.dac.range * own.forward.lines[j].scale);
                    dac.add(apart(), self.feedback.dac.range * own.feedback.lines[j].scale);
                    adc.add(layer.drive.column(j).iter().copied(), self.forward.adc.range * idle(below, j));
                    if let Some(above) = above {
                        let range = self.feedback.adc.range * above.lines[j].scale;
                        adc.add(layer.feedback.column(j).iter().copied(), range);
                    }
                    difference.add(apart(), self.multiplier.range);
                    let (low, high) = self.rails;
                    let (middle, half) = ((low + high) / 2.0, (high - low) / 2.0);
                    // States at a rail count as beyond it, but for rounding.
                    let states = plus.iter().chain(minus.iter()).map(|s| s - middle);
                    rails.add(states, half * (1.0 - 1e-6));
                }
                Clipping { dac: dac.get(), adc: adc.get(), rails: rails.get(), difference: difference.get() }
            })
            .collect()
    }
}

//! One device without noise, in double precision: how it moves in the mean, and how noise would enter a step.
use super::model::{Made, StepModel, Stepping};

/// A device whose own steps and bounds are known. γ of the linear step refers to its own bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct MeanDevice {
    model: StepModel,
    /// s↑ and s↓
    steps: [f64; 2],
    /// b↑ and b↓
    bounds: [f64; 2],
    own: [f64; 2],
}

/// A step from a weight.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct MeanStep {
    /// Its size, above 0 in the direction of the pulse.
    pub size: f64,
    /// Standard deviation of the size if σ were 1.
    pub noise: f64,
}

impl MeanDevice {
    /// Of this model without spread between devices, with s↑ and s↓, b↑ and b↓.
    pub fn new(model: StepModel, steps: [f64; 2], bounds: [f64; 2]) -> Self {
        let ([up, down], [upper, lower]) = (steps, bounds);
        let made = Made { up, down, upper, lower, nominal: (upper, lower) };
        let own = model.own_numbers(&made, &mut || 0.0).unwrap_or_default();
        Self { model, steps, bounds, own }
    }

    /// A step up or down from weight `w`.
    pub fn step(&self, w: f64, up: bool) -> MeanStep {
        let side = usize::from(!up);
        let [upper, lower] = self.bounds;
        let (s, bound, own) = (self.steps[side], self.bounds[side], self.own[side]);
        let w = w + self.model.reference(own);
        let with = |noise| self.model.step(&Stepping { w, up, s, bound, upper, lower, own, noise });
        let size = with(0.0);
        MeanStep { size, noise: (with(1.0) - size).abs() }
    }

    /// The weight after a pulse in the mean.
    pub fn pulsed(&self, w: f64, up: bool) -> f64 {
        let size = self.step(w, up).size;
        self.clipped(if up { w + size } else { w - size })
    }

    /// A weight within the bounds.
    pub fn clipped(&self, w: f64) -> f64 {
        let [upper, lower] = self.bounds.map(|bound| bound - self.model.reference(self.own[0]));
        w.max(lower).min(upper)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synapse::pulsed::model::SoftBounds;

    #[test]
    fn soft_bounds_are_approached_exponentially() {
        let device = MeanDevice::new(StepModel::SoftBounds(SoftBounds::default()), [0.1, 0.05], [0.5, -1.0]);
        let mut w = -0.25;
        for pulse in 1..40 {
            w = device.pulsed(w, true);
            let expected = 0.5 - 0.75 * 0.8f64.powi(pulse);
            assert!((w - expected).abs() < 1e-12, "pulse {pulse}: {w} instead of {expected}");
        }
        assert!((device.step(0.2, false).size - 0.05 * 1.2).abs() < 1e-12);
        assert!((device.step(0.2, false).noise - 0.05 * 1.2).abs() < 1e-12);
        assert_eq!(device.clipped(3.0), 0.5);
    }
}

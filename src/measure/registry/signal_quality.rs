//! How well the learning signal gets through analog hardware, layer by layer.
use crate::dynamics::DyadState;
use crate::linalg::Matrix;
use crate::math;
use crate::measure::due::{Due, DueSteps};
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::step::{AfterInference, Inferring};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Count;
use crate::substrate::Clipping;
use crate::vocabulary::axis::STEP;
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

const SERIES: [Term; 6] = [
    metric::DIFFERENCE_SNR,
    metric::DIFFERENCE_EFFECTIVE_BITS,
    metric::DAC_CLIPPED,
    metric::ADC_CLIPPED,
    metric::RAIL_CLIPPED,
    metric::DIFFERENCE_CLIPPED,
];

#[derive(Debug)]
struct Signal {
    every: Count,
    /// At the present training step, per layer.
    layers: Vec<SignalQuality>,
}

/// On a chip, where the gradient is measured.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let is_ideal = subject.learner.inference.substrate.is_ideal();
    let every = experiment.measure.gradient_every_steps.flatten().filter(|_| !is_ideal);
    Ok(every.map(|every| Box::new(Signal { every, layers: vec![] }) as _))
}

impl Measurement for Signal {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = SERIES.map(|term| Series::new(&term, RowAxis::Layer));
        vec![Table::new(group::SIGNAL, STEP, row_axes, series.to_vec())]
    }

    fn due(&self) -> Due {
        Due::at(DueSteps::EveryAndLastEpoch(self.every))
    }

    fn begin_step(&mut self) {
        self.layers.clear();
    }

    fn inference_done(&mut self, at: &mut Inferring) {
        let state = at.state;
        let layers = at.exact().dyads().iter().zip(state.clipping()).zip(1..);
        let quality = |((exact, clipping), k): ((&DyadState, _), _)| {
            SignalQuality::new(state.learning_signal(k), &exact.difference, clipping)
        };
        self.layers = layers.map(quality).collect();
    }

    fn after_inference(&mut self, at: &mut AfterInference) {
        if !at.is_finite {
            return;
        }
        let table = at.tables.begin_row(group::SIGNAL, at.step);
        let rows = self.layers.iter().map(|q| {
            let Clipping { dac, adc, rails, difference } = q.clipping;
            [q.difference_snr_db, q.difference_effective_bits, dac, adc, rails, difference]
        });
        let rows: Vec<_> = rows.collect();
        for (i, term) in SERIES.iter().enumerate() {
            table.set(term, &rows.iter().map(|row| row[i]).collect::<Vec<_>>());
        }
    }
}

/// Quality of one layer's learning signal.
#[derive(Debug, Clone, Copy, PartialEq)]
struct SignalQuality {
    /// Power of the learning signal along the exact error over the power across it, in decibel: 10 lg(c²/(1−c²)) for
    /// the cosine c between the two over units and samples. Noise, mismatch, resolution and the credit rule all count.
    difference_snr_db: f64,
    /// The resolution of a converter with that ratio: (SNR − 1.76 dB)/6.02 dB (IEEE Std 1241), never below 0.
    difference_effective_bits: f64,
    /// Shares of what was clipped.
    clipping: Clipping,
}

impl SignalQuality {
    /// Of a learning signal, given the exact errors e of the same stimuli (both unit × sample).
    fn new(signal: &Matrix, exact: &Matrix, clipping: Clipping) -> Self {
        let inner = |a: &Matrix, b: &Matrix| -> f64 {
            a.iter().zip(b.iter()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let square = inner(signal, exact).powi(2) / (inner(signal, signal) * inner(exact, exact));
        let difference_snr_db = 10.0 * math::log10(square / (1.0 - square).max(f64::EPSILON));
        let effective = (difference_snr_db - 1.76) / 6.02;
        // Unlike `max`, this hands NaN on: a layer that is silent has no ratio.
        let difference_effective_bits = if effective < 0.0 { 0.0 } else { effective };
        Self { difference_snr_db, difference_effective_bits, clipping }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::NormalStream;

    /// Noise of std σ on a signal of std 1: the ratio is 1/σ².
    #[test]
    fn the_ratio_is_that_of_the_powers() {
        let mut exact = Matrix::zeros(100, 1000);
        NormalStream::new(1).fill(exact.as_mut_slice());
        let mut noise = vec![0.0; 100_000];
        NormalStream::new(2).fill(&mut noise);
        for (std, bits) in [(0.1f32, (20.0 - 1.76) / 6.02), (10.0, 0.0)] {
            let noisy = exact.iter().zip(&noise).map(|(e, n)| -0.3 * (e + std * n));
            let noisy = Matrix::from_iterator(100, 1000, noisy);
            let quality = SignalQuality::new(&noisy, &exact, Clipping::default());
            let expected = -20.0 * f64::from(std).log10();
            // Relative standard error of a ratio of two sample variances of 10⁵: about √(4/10⁵).
            assert!((quality.difference_snr_db - expected).abs() < 0.5, "{quality:?}");
            assert!((quality.difference_effective_bits - bits).abs() < 0.1, "{quality:?}");
        }
    }
}

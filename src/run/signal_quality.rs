//! How well the learning signal gets through analog hardware, layer by layer.
use crate::linalg::Matrix;
use crate::network::{Clipping, LayerState, NetworkState};

/// Quality of one layer's learning signal.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SignalQuality {
    /// Power of the learning signal along the exact error over the power across it, in decibel: 10 lg(c²/(1−c²)) for
    /// the cosine c between the two over units and samples. Noise, mismatch, resolution and the credit rule all count.
    pub difference_snr_db: f64,
    /// The resolution of a converter with that ratio: (SNR − 1.76 dB)/6.02 dB (IEEE Std 1241), never below 0.
    pub difference_effective_bits: f64,
    /// Shares of what was clipped.
    pub clipping: Clipping,
}

impl SignalQuality {
    /// Of a layer, given the exact errors e (unit × sample) of the same stimuli.
    pub fn new(layer: &LayerState, exact: &Matrix, clipping: Clipping) -> Self {
        let signal = layer.learning_signal();
        let inner = |a: &Matrix, b: &Matrix| -> f64 {
            a.iter().zip(b.iter()).map(|(&a, &b)| f64::from(a) * f64::from(b)).sum()
        };
        let square = inner(signal, exact).powi(2) / (inner(signal, signal) * inner(exact, exact));
        let difference_snr_db = 10.0 * (square / (1.0 - square).max(f64::EPSILON)).log10();
        let effective = (difference_snr_db - 1.76) / 6.02;
        // Unlike `max`, this hands NaN on: a layer that is silent has no ratio.
        let difference_effective_bits = if effective < 0.0 { 0.0 } else { effective };
        Self { difference_snr_db, difference_effective_bits, clipping }
    }

    /// Of every layer; `exact` is a state that backprop has left.
    pub fn of_layers(state: &NetworkState, exact: &NetworkState, clipping: &[Clipping]) -> Vec<Self> {
        let layers = state.layers().iter().zip(exact.layers()).zip(clipping);
        layers.map(|((layer, exact), &clipping)| Self::new(layer, &exact.difference, clipping)).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::NormalStream;

    /// Noise of std σ on a signal of std 1: the ratio is 1/σ².
    #[test]
    fn the_ratio_is_that_of_the_powers() {
        let mut state = NetworkState::zeros(&[1, 100], 1000, None);
        let mut exact = state.clone();
        NormalStream::new(1).fill(exact.layers_mut()[0].difference.as_mut_slice());
        let mut noise = vec![0.0; 100_000];
        NormalStream::new(2).fill(&mut noise);
        for (std, bits) in [(0.1f32, (20.0 - 1.76) / 6.02), (10.0, 0.0)] {
            let e = exact.layers()[0].difference.clone();
            let noisy = e.iter().zip(&noise).map(|(e, n)| -0.3 * (e + std * n));
            state.layers_mut()[0].difference.iter_mut().zip(noisy).for_each(|(d, x)| *d = x);
            let quality = SignalQuality::new(&state.layers()[0], &e, Clipping::default());
            let expected = -20.0 * f64::from(std).log10();
            // Relative standard error of a ratio of two sample variances of 10⁵: about √(4/10⁵).
            assert!((quality.difference_snr_db - expected).abs() < 0.5, "{quality:?}");
            assert!((quality.difference_effective_bits - bits).abs() < 0.1, "{quality:?}");
        }
    }
}

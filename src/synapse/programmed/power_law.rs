//! What the phase-change models share: drift by a power of time, and read noise that has grown since programming.
//!
//! ```text
//! g_D = g_P ((t + t₀)/t₀)^(−ν),  ν = |μ + σξ| of each device
//! σ_R = g_D Q √ln((t + t₀ + t_R)/(2t_R))         1/f noise up to the bandwidth of a read of duration t_R
//! ```
//!
//! t counts from the end of programming, t₀ is the time of the first read. Nandakumar et al., ICECS 2019; Joshi et al.,
//! Nature Communications 2020.
use crate::math;

/// Times of the two laws, in seconds.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PowerLaw {
    /// t₀
    pub first_read_s: f64,
    /// t_R
    pub read_duration_s: f64,
}

/// μ and σ of the drift exponent.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Exponent {
    pub mean: f64,
    pub std: f64,
}

impl PowerLaw {
    /// g_D/g_P.
    pub fn remainder(&self, nu: f64, time_s: f64) -> f64 {
        math::exp(-nu * math::ln_1p(time_s / self.first_read_s))
    }

    /// √ln((t + t₀ + t_R)/(2t_R)).
    pub fn noise_growth(&self, time_s: f64) -> f64 {
        noise_growth(time_s + self.first_read_s, self.read_duration_s)
    }
}

impl Exponent {
    /// ν = |μ + σξ|.
    pub fn draw(&self, xi: f64) -> f64 {
        (self.mean + self.std * xi).abs()
    }
}

/// √ln((t + t_R)/(2t_R)), 0 before t = t_R, when no noise of that bandwidth has built up.
pub(crate) fn noise_growth(since_s: f64, read_duration_s: f64) -> f64 {
    math::ln((since_s + read_duration_s) / (2.0 * read_duration_s)).max(0.0).sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LAW: PowerLaw = PowerLaw { first_read_s: 20.0, read_duration_s: 250e-9 };

    #[test]
    fn a_decade_beyond_the_first_read_costs_ten_to_the_minus_nu() {
        // 1 + 180/20 = 10; 10^−0.05 = 0.891251.
        assert!((LAW.remainder(0.05, 180.0) - 0.891_251).abs() < 1e-6);
        assert_eq!(LAW.remainder(0.05, 0.0), 1.0);
    }

    #[test]
    fn noise_grows_with_the_root_of_the_logarithm() {
        // ln(20.00000025/5e−7) = ln 4.00000005e7 = 17.504390; its root is 4.183825.
        assert!((LAW.noise_growth(0.0) - 4.183_825).abs() < 1e-5);
        assert_eq!(noise_growth(0.0, 1e-6), 0.0);
    }

    #[test]
    fn exponents_are_never_negative() {
        let exponent = Exponent { mean: 0.1, std: 0.05 };
        assert!((exponent.draw(-3.0) - 0.05).abs() < 1e-12);
        assert!((exponent.draw(1.0) - 0.15).abs() < 1e-12);
    }
}

//! What is certain without an attack.
//!
//! z_c − z_j changes by at most √2 Λ ‖δ‖₂ if no outputs change by more than Λ ‖δ‖₂ together. A sample whose output c is
//! largest stays classified so within the radius (z_c − max_{j≠c} z_j)/(√2 Λ) (Tsuzuku, Sato & Sugiyama, NeurIPS 2018).
//! ‖δ‖₂ ≤ √n ‖δ‖_∞ carries that over to the maximum norm of n inputs.
use super::norm::Norm;
use crate::dynamics::loss::is_largest;
use crate::linalg::Matrix;

/// max_{j≠c} z_j − z_c: how far the best other output is above that of class c. NaN if any output is; −∞ if there is no
/// other.
pub fn shortfall(outputs: &[f32], class: usize) -> f64 {
    if outputs.iter().any(|z| z.is_nan()) {
        return f64::NAN;
    }
    let others = outputs.iter().enumerate().filter(|(j, _)| *j != class).map(|(_, &z)| f64::from(z));
    others.fold(f64::NEG_INFINITY, f64::max) - f64::from(outputs[class])
}

/// Radius in L2 within which a sample with these outputs is certain to be classified as `class`; 0 if it is not so now.
/// `lipschitz` is an upper bound of the network's Lipschitz constant.
pub fn certified_radius(outputs: &[f32], class: usize, lipschitz: f64) -> f64 {
    if is_largest(outputs, class) { -shortfall(outputs, class) / (std::f64::consts::SQRT_2 * lipschitz) } else { 0.0 }
}

/// Certified radii of all columns of `outputs` (output × sample).
pub(super) fn certified_radii(outputs: &Matrix, labels: &[u16], lipschitz: f64) -> Vec<f64> {
    let samples = outputs.column_iter().zip(labels);
    samples.map(|(z, &label)| certified_radius(z.as_slice(), usize::from(label), lipschitz)).collect()
}

/// Share of samples that are certain to be classified rightly under every perturbation of size `epsilon` of one of so
/// many inputs.
pub(super) fn certified_accuracy(radii: &[f64], norm: Norm, epsilon: f64, inputs: usize) -> f64 {
    let radius = match norm {
        Norm::L2 => epsilon,
        Norm::Linf => epsilon * (inputs as f64).sqrt(),
    };
    radii.iter().filter(|&&certain| certain > radius).count() as f64 / radii.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radii_are_margins_over_the_root_of_two() {
        let radius = certified_radius(&[0.5, 2.0, 1.0], 1, 4.0);
        assert!((radius - 1.0 / (4.0 * 2f64.sqrt())).abs() < 1e-12);
        assert_eq!(certified_radius(&[0.5, 2.0, 1.0], 2, 4.0), 0.0);
        assert_eq!(certified_radius(&[f32::NAN, 2.0], 1, 4.0), 0.0);
    }

    #[test]
    fn a_radius_in_the_maximum_norm_is_smaller_by_the_root_of_the_inputs() {
        let radii = [0.0, 0.5, 1.0, 2.0];
        assert_eq!(certified_accuracy(&radii, Norm::L2, 0.5, 4), 0.5);
        assert_eq!(certified_accuracy(&radii, Norm::Linf, 0.5, 4), 0.25);
        assert_eq!(certified_accuracy(&radii, Norm::Linf, 0.2, 4), 0.75);
    }
}

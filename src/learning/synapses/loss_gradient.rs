//! The gradient that rules with thresholds look at: ℓ′ = ∂ℓ/∂w of synapses w in units of their scale, multiplied out.
use crate::credit::gradient::LocalGradient;
use crate::linalg::Matrix;

/// ℓ′ of projection k (post × pre), whose levels of 1 weigh `scale`.
pub(super) fn loss_gradient(gradient: &LocalGradient, k: usize, scale: &[f32]) -> Matrix {
    let mut weight = gradient.weight(k);
    let rows = weight.nrows().max(1);
    for column in weight.as_mut_slice().chunks_exact_mut(rows) {
        column.iter_mut().zip(scale).for_each(|(g, scale)| *g *= scale);
    }
    weight
}

/// Root of the mean square.
pub(super) fn root_mean_square(gradient: &Matrix) -> f64 {
    let sum: f64 = gradient.iter().map(|&g| f64::from(g).powi(2)).sum();
    (sum / gradient.len() as f64).sqrt()
}

/// Share of the numbers whose magnitude is above a threshold.
pub(super) fn share_above(gradient: &Matrix, threshold: f64) -> f64 {
    let above = gradient.iter().filter(|g| f64::from(g.abs()) > threshold).count();
    above as f64 / gradient.len() as f64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::gradient::ThinGradient;

    #[test]
    fn two_synapses_by_hand() {
        let (signal, activity) = (Matrix::from_column_slice(2, 1, &[3.0, -8.0]), Matrix::from_element(1, 1, 2.0));
        let products = [ThinGradient { factor: 0.5, signal, activity, ..ThinGradient::default() }];
        let found = loss_gradient(&LocalGradient::of_products(&products), 1, &[1.0, 0.5]);
        assert_eq!(found.as_slice(), [3.0, -4.0]);
        assert!((root_mean_square(&found) - 12.5f64.sqrt()).abs() < 1e-9);
        assert_eq!([2.9, 3.0, 4.0].map(|threshold| share_above(&found, threshold)), [1.0, 0.5, 0.0]);
    }
}

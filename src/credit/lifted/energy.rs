//! The energy, and the errors that it is made of.
use super::settings::Lifted;
use crate::linalg::{Matrix, MatrixView};
use crate::network::Network;

/// Errors of one layer's term; e (post × sample), r (pre × sample).
#[derive(Debug, Clone, PartialEq)]
pub struct TermErrors {
    /// e_k = z_k − W_k z_{k−1} − b_k, of the regression.
    pub regression: Matrix,
    /// r_k = z_{k−1} − W_kᵀ z_k − c_k, of the reconstruction.
    pub reconstruction: Matrix,
}

impl TermErrors {
    /// Of the states below and above the weights of layer k.
    pub fn new(network: &Network, k: usize, below: MatrixView, above: MatrixView) -> Self {
        let layer = &network.projections()[k - 1];
        let mut regression = Matrix::zeros(above.nrows(), above.ncols());
        layer.weight.multiply_rows(regression.as_view_mut(), 0, below);
        subtract_from(&mut regression, above, layer.bias.as_slice());
        let mut reconstruction = Matrix::zeros(below.nrows(), below.ncols());
        layer.weight.multiply_columns_transposed(reconstruction.as_view_mut(), 0, above);
        subtract_from(&mut reconstruction, below, network.reconstruction_bias(k));
        Self { regression, reconstruction }
    }
}

/// z − (prediction + bias), in place of the prediction. An empty bias is zero.
pub(super) fn subtract_from(prediction: &mut Matrix, z: MatrixView, bias: &[f32]) {
    for (mut p, z) in prediction.column_iter_mut().zip(z.column_iter()) {
        match bias.is_empty() {
            true => p.iter_mut().zip(z.iter()).for_each(|(p, z)| *p = z - *p),
            false => p.iter_mut().zip(z.iter()).zip(bias).for_each(|((p, z), bias)| *p = z - (*p + bias)),
        }
    }
}

fn square(x: MatrixView) -> f64 {
    x.iter().map(|&x| f64::from(x).powi(2)).sum()
}

/// E, summed over samples, of the states `z` (inputs first, each unit × sample), in double precision.
pub fn energy(lifted: &Lifted, network: &Network, z: &[Matrix]) -> f64 {
    (1..z.len())
        .map(|k| {
            let errors = TermErrors::new(network, k, z[k - 1].as_view(), z[k].as_view());
            let lambda = lifted.lambda[k - 1];
            let terms = square(errors.regression.as_view())
                + lambda * square(errors.reconstruction.as_view())
                + lifted.mu * square(z[k].as_view());
            lifted.term_weight(k) * terms / 2.0
        })
        .sum()
}

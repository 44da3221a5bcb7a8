//! What the synapses of a lifted network learn from:
//!
//! ```text
//! ∂E/∂W_k = −γ^{k−1} (e_k z_{k−1}ᵀ + λ_k z_k r_kᵀ)    ∂E/∂b_k = −γ^{k−1} e_k    ∂E/∂c_k = −γ^{k−1} λ_k r_k
//! ```
//!
//! Each is a product of what the units on both sides of the synapse hold. Of the objectives, with ẑ the states with the
//! outputs held or pulled and ž the free ones (which minimise their energies, so that only these partial derivatives are
//! left):
//!
//! | objective | J | gradient |
//! |---|---|---|
//! | `clamped` | min_{z_L = y} E − min E | ∂E(ẑ) − ∂E(ž) |
//! | `nudged` | (min(E + βℓ) − min E)/β | (∂E(ẑ) − ∂E(ž))/β |
//! | `reconstruction` | min E | ∂E(ž) |
//!
//! Source: contrastive form of Zach & Estellers (BMVC 2019); see [`super`] for what is derived.
use super::energy::TermErrors;
use super::settings::{Lifted, LiftedObjective, SoftTargets};
use crate::credit::gradient::ThinGradient;
use crate::linalg::Matrix;
use crate::network::Network;
use rayon::prelude::*;

/// States that inference has reached, with the errors of every layer's term.
#[derive(Debug, Clone, PartialEq)]
pub struct Phase {
    /// z, inputs first, each (unit × sample).
    pub z: Vec<Matrix>,
    /// e and r of every layer.
    pub errors: Vec<TermErrors>,
}

impl Phase {
    /// With errors that are exact.
    pub fn new(network: &Network, z: Vec<Matrix>) -> Self {
        let errors = |k: usize| TermErrors::new(network, k, z[k - 1].as_view(), z[k].as_view());
        let errors = (1..z.len()).into_par_iter().map(errors).collect();
        Self { z, errors }
    }
}

/// The gradient of the mean objective for every layer. Without `held` that of the unsupervised objective.
pub fn gradients(lifted: &Lifted, network: &Network, free: &Phase, held: Option<&Phase>) -> Vec<ThinGradient> {
    let beta = match lifted.objective {
        LiftedObjective::Nudged(SoftTargets { beta }) => beta.get(),
        _ => 1.0,
    };
    let phases: Vec<(f32, &Phase)> = match held {
        Some(held) => vec![(1.0, held), (-1.0, free)],
        None => vec![(1.0, free)],
    };
    let samples = free.z[0].ncols();
    let of_layer = |k: usize| {
        let factor = (-lifted.term_weight(k) / (beta * samples as f64)) as f32;
        let lambda = lifted.lambda[k - 1] as f32;
        let parts = if lambda == 0.0 { 1 } else { 2 };
        let (post, pre) = (free.z[k].nrows(), free.z[k - 1].nrows());
        let columns = parts * phases.len() * samples;
        let (mut signal, mut activity) = (Matrix::zeros(post, columns), Matrix::zeros(pre, columns));
        let mut at = 0;
        let mut put = |d: &Matrix, share: f32, s: &Matrix| {
            signal.columns_mut(at, samples).zip_apply(d, |signal, d| *signal = share * d);
            activity.columns_mut(at, samples).copy_from(s);
            at += samples;
        };
        for (sign, phase) in &phases {
            put(&phase.errors[k - 1].regression, *sign, &phase.z[k - 1]);
        }
        let mut reconstruction_bias = vec![0.0; network.reconstruction_bias(k).len()];
        if lambda != 0.0 {
            for (sign, phase) in &phases {
                let errors = &phase.errors[k - 1].reconstruction;
                put(&phase.z[k], sign * lambda, errors);
                let share = factor * sign * lambda;
                for column in errors.column_iter() {
                    reconstruction_bias.iter_mut().zip(column.iter()).for_each(|(g, r)| *g += share * r);
                }
            }
        }
        ThinGradient { factor, signal, activity, biased: phases.len() * samples, reconstruction_bias }
    };
    (1..=lifted.layers()).into_par_iter().map(of_layer).collect()
}

//! What a rule with latent values tells the synapses: its constants of a training step, and its arithmetic.
use crate::random::Stream;
use crate::synapse::codebook::Codebook;
use std::fmt::Debug;
use std::sync::Arc;

/// A rule that keeps latent values for every synapse.
pub(crate) trait LatentRule {
    /// Its arithmetic in training step `step`.
    fn at(&self, step: u64, steps_per_epoch: u64) -> Arc<dyn LatentStep>;

    /// Latent values of a synapse: 1 or 2.
    fn planes(&self) -> usize {
        1
    }

    /// Whether it knows other synapses than binary ones.
    fn suits_levels(&self) -> bool {
        false
    }

    /// What its steps have to know of a gradient before they see its parts.
    fn needs(&self) -> GradientNeeds {
        GradientNeeds::default()
    }

    /// |ℓ′| of the mean loss up to which plain STE stands in for the rule; none if it always acts.
    fn threshold(&self, _of: &MeanGradient) -> Option<f64> {
        None
    }
}

/// What a rule has to know of a gradient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct GradientNeeds {
    /// Anything in [`MeanGradient`].
    pub anything: bool,
    /// Its root mean square, for which it has to be multiplied out once more.
    pub root_mean_square: bool,
}

/// The gradient ℓ′ of the mean loss of a mini-batch, of one projection.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct MeanGradient {
    /// Stimuli in the mini-batch.
    pub samples: usize,
    /// Root mean square over the weights, if it was needed.
    pub root_mean_square: Option<f64>,
}

/// The arithmetic of one training step. `theta` has θ of one column of synapses; of a rule with two latent values, those of
/// the second in another slice, which is empty for all others.
pub(crate) trait LatentStep: Debug + Send + Sync {
    /// Whether the latent values stay as they are.
    fn is_frozen(&self) -> bool {
        false
    }

    /// The same for a gradient like this; none if that makes no difference.
    fn of_gradient(&self, _gradient: &MeanGradient) -> Option<Arc<dyn LatentStep>> {
        None
    }

    /// Factor of the learning rate.
    fn rate_factor(&self) -> f64 {
        1.0
    }

    /// Turns ∂ℓ/∂W, in the first slice of `g`, into g_θ of every latent value. `w` is the weight W that the network computed
    /// with, `scale` what a level of 1 weighs.
    fn surrogate(&self, _theta: [&[f32]; 2], _w: &[f32], scale: &[f32], [g, _]: [&mut [f32]; 2]) {
        loss_gradient(g, scale);
    }

    /// What follows the optimizer's step.
    fn project(&self, _theta: &mut [f32]) {}

    /// The relaxed weight of every latent value, in units of the scale; the nearest level, where a rule has no relaxed
    /// weights.
    fn relaxed(&self, theta: [&[f32]; 2], levels: &Codebook, out: &mut [f32], _draw: &mut Stream) {
        out.iter_mut().zip(theta[0]).for_each(|(w, &x)| *w = levels.value(levels.code(x)));
    }
}

/// ℓ′ = ∂ℓ/∂w of ∂ℓ/∂W.
pub(super) fn loss_gradient(g: &mut [f32], scale: &[f32]) {
    g.iter_mut().zip(scale).for_each(|(g, scale)| *g *= scale);
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::random::{Purpose, stream};

    pub const SCALE: f32 = 0.5;
    pub const THETA: [f32; 5] = [-1.7, -0.6, 0.0, 0.3, 1.2];
    pub const GRADIENT: [f32; 5] = [0.4, -0.2, 0.3, 1.0, -0.8];

    pub fn surrogate(step: &dyn LatentStep, w: &[f32]) -> Vec<f32> {
        let mut g = GRADIENT;
        step.surrogate([&THETA, &[]], w, &[SCALE; 5], [&mut g, &mut []]);
        g.to_vec()
    }

    pub fn projected(step: &dyn LatentStep) -> Vec<f32> {
        let mut theta = THETA;
        step.project(&mut theta);
        theta.to_vec()
    }

    pub fn relaxed(step: &dyn LatentStep) -> Vec<f32> {
        let mut out = [0.0; 5];
        step.relaxed([&THETA, &[]], &Codebook::binary(), &mut out, &mut stream(1, Purpose::SynapseRule, &[]));
        out.to_vec()
    }

    pub fn assert_close(found: &[f32], expected: impl IntoIterator<Item = f64>) {
        let expected: Vec<f64> = expected.into_iter().collect();
        assert_eq!(found.len(), expected.len());
        for (f, e) in found.iter().zip(&expected) {
            assert!((f64::from(*f) - e).abs() <= 1e-6 * (1.0 + e.abs()), "{found:?} instead of {expected:?}");
        }
    }

    /// ℓ′ = scale · ∂ℓ/∂W.
    pub fn loss_gradients() -> impl Iterator<Item = f64> {
        GRADIENT.iter().map(|&g| f64::from(SCALE * g))
    }

    pub fn theta() -> impl Iterator<Item = f64> {
        THETA.iter().map(|&x| f64::from(x))
    }
}

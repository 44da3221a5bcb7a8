//! Measurements during training: how the local gradient compares with the exact one, and how far a visit still moves
//! the states. They read the states and never write them.
use super::signal_quality::SignalQuality;
use crate::analog::Chip;
use crate::learning::Learner;
use crate::linalg::{Matrix, MatrixView, operator_norm, product_operator_norm};
use crate::network::backprop::backprop;
use crate::network::credit_rule::CreditRule;
use crate::network::gradient::{Alignment, LocalGradient};
use crate::network::inference::{Inference, VisitObserver};
use crate::network::schedule::Visit;
use crate::network::{NetworkState, Weights};
use crate::random::{Purpose, stream};
use std::sync::Arc;

/// Room for the exact gradient of a mini-batch.
#[derive(Debug)]
pub struct GradientAudit {
    exact: NetworkState,
}

impl GradientAudit {
    /// For networks with layers of `units` and mini-batches of `samples`.
    pub fn new(units: &[usize], samples: usize) -> Self {
        Self { exact: NetworkState::zeros(units, samples, None) }
    }
}

/// Compares the local gradient that the states hold with backprop's at the same weights and stimuli, layer by layer:
/// at the end of inference, or after every visit.
pub(super) struct GradientObserver<'a> {
    audit: &'a mut GradientAudit,
    /// The network on ideal hardware.
    ideal: Inference,
    chip: Option<Arc<Chip>>,
    inputs: MatrixView<'a>,
    targets: MatrixView<'a>,
    every_visit: bool,
    /// Whether the weights may change between two visits.
    live: bool,
    exact_is_known: bool,
    /// One row per visit, or only the last.
    pub alignments: Vec<Vec<Alignment>>,
    /// Of the last state; empty on ideal hardware.
    pub quality: Vec<SignalQuality>,
}

impl<'a> GradientObserver<'a> {
    /// For the next stimulus of a learner.
    pub fn new(
        audit: &'a mut GradientAudit,
        learner: &Learner,
        inputs: MatrixView<'a>,
        targets: MatrixView<'a>,
        every_visit: bool,
    ) -> Self {
        Self {
            audit,
            ideal: learner.inference.ideal(),
            chip: learner.inference.chip.clone(),
            inputs,
            targets,
            every_visit,
            live: learner.stream().is_some(),
            exact_is_known: false,
            alignments: vec![],
            quality: vec![],
        }
    }

    fn compare(&mut self, state: &NetworkState, weights: &Weights) {
        if self.live || !self.exact_is_known {
            backprop(&self.ideal, weights, self.inputs, self.targets, &mut self.audit.exact);
            self.exact_is_known = true;
        }
        let local = LocalGradient::of_dyads(self.ideal.nudging.beta.get(), self.inputs, state);
        self.alignments.push(local.alignment(&LocalGradient::of_backprop(self.inputs, &self.audit.exact)));
    }
}

impl VisitObserver for GradientObserver<'_> {
    fn before(&mut self, _: usize, _: Visit, _: &NetworkState) {}

    fn after(&mut self, _: usize, _: Visit, state: &NetworkState, weights: &Weights) {
        if self.every_visit {
            self.compare(state, weights);
        }
    }

    fn finished(&mut self, state: &NetworkState, weights: &Weights) {
        if !self.every_visit {
            self.compare(state, weights);
        }
        if let Some(chip) = &self.chip {
            self.quality = SignalQuality::of_layers(state, &self.audit.exact, &chip.clipping(state));
        }
    }
}

/// Spectral norms of the weights.
#[derive(Debug, Clone, PartialEq)]
pub struct Norms {
    /// ‖W_k‖₂ of every layer.
    pub spectral: Vec<f64>,
    /// ‖W_L ⋯ W_1‖₂, the papers' proxy of the Lipschitz constant (activations ignored).
    pub product: f64,
}

/// Measures the norms; `seed` only chooses where the iterations start.
pub fn norms(weights: &Weights, seed: u64) -> Norms {
    let start = |layer: u64| stream(seed, Purpose::PowerIteration, &[u64::MAX, layer]);
    let matrices: Vec<_> = weights.layers().iter().map(|layer| &layer.weight).collect();
    let spectral = matrices.iter().zip(1..).map(|(w, k)| operator_norm(w, &mut start(k))).collect();
    Norms { spectral, product: product_operator_norm(&matrices, &mut start(0)) }
}

/// [`Nudging::gain`](crate::network::credit_rule::Nudging::gain) of weights with these norms, with the damping of
/// training step `step`; none without dyads.
pub(super) fn nudging_gain(learner: &Learner, weights: &Weights, norms: &Norms, step: u64) -> Option<f64> {
    let Inference { rule, nudging, .. } = learner.inference;
    if matches!(rule, CreditRule::Backprop | CreditRule::Lifted) {
        return None;
    }
    // Without a hidden layer nothing comes back to the outputs.
    let [_, .., outputs] = norms.spectral[..] else { return Some(0.0) };
    let damping = learner.damping(weights, step).last().copied().unwrap_or(0.0);
    Some(nudging.gain(rule, outputs, f64::from(damping)))
}

/// Residual of every visit of a stimulus: √(mean over samples of ‖s⁺(t+1)−s⁺(t)‖² + ‖s⁻(t+1)−s⁻(t)‖²), over the
/// units of the layers visited.
#[derive(Debug, Default)]
pub struct ResidualObserver {
    before: Vec<(Matrix, Matrix)>,
    /// One residual per visit.
    pub residuals: Vec<f64>,
    /// The layer of each visit; 0 where several layers were visited at once.
    pub layers: Vec<i64>,
}

impl ResidualObserver {
    /// Forgets the last stimulus.
    pub fn clear(&mut self) {
        self.residuals.clear();
        self.layers.clear();
    }
}

/// Indices of the layers that a visit changes.
fn visited(visit: Visit, layers: usize) -> std::ops::Range<usize> {
    match visit {
        Visit::Layer(k) => k - 1..k,
        Visit::OutputsUnnudged => layers - 1..layers,
        Visit::AllHidden => 0..layers - 1,
        Visit::All | Visit::AllUnnudged => 0..layers,
    }
}

impl VisitObserver for ResidualObserver {
    fn before(&mut self, _: usize, visit: Visit, state: &NetworkState) {
        let layers = state.layers();
        self.before.resize_with(layers.len(), || (Matrix::zeros(0, 0), Matrix::zeros(0, 0)));
        for k in visited(visit, layers.len()) {
            self.before[k].0.clone_from(&layers[k].s_plus);
            self.before[k].1.clone_from(&layers[k].s_minus);
        }
    }

    fn after(&mut self, _: usize, visit: Visit, state: &NetworkState, _: &Weights) {
        let layers = state.layers();
        let range = visited(visit, layers.len());
        let squares: f64 = range
            .clone()
            .map(|k| {
                squared_distance(&self.before[k].0, &layers[k].s_plus)
                    + squared_distance(&self.before[k].1, &layers[k].s_minus)
            })
            .sum();
        self.residuals.push((squares / state.samples() as f64).sqrt());
        self.layers.push(if range.len() == 1 { range.start as i64 + 1 } else { 0 });
    }
}

fn squared_distance(a: &Matrix, b: &Matrix) -> f64 {
    a.iter().zip(b.iter()).map(|(&x, &y)| f64::from(x - y).powi(2)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Initialization;

    #[test]
    fn a_residual_computed_by_hand() {
        let mut state = NetworkState::zeros(&[3, 2, 2], 2, None);
        let mut observer = ResidualObserver::default();
        observer.before(0, Visit::Layer(2), &state);
        state.layers_mut()[1].s_plus.copy_from_slice(&[3.0, 0.0, 0.0, 0.0]);
        state.layers_mut()[1].s_minus.copy_from_slice(&[0.0, 4.0, 0.0, 5.0]);
        // A layer that was not visited does not count.
        state.layers_mut()[0].s_plus.fill(9.0);
        let weights = Weights::random(&[3, 2, 2], Initialization::LecunNormal, 1).unwrap();
        observer.after(0, Visit::Layer(2), &state, &weights);
        assert_eq!(observer.residuals, [5.0]);
        assert_eq!(observer.layers, [2]);
    }
}

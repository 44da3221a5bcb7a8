//! The weight update. The gradient of a block of columns is multiplied out, scaled and applied while it is in cache; the
//! whole gradient never exists. Blocks depend on the shape of the layer alone.
use super::blocks::block_columns;
use super::optimizer::moments::{Moments, MomentsMut};
use super::optimizer::step::{Of, Step, WeightUpdate};
use super::optimizer::{Optimizer, OptimizerStep};
use super::synapses::{Columns, Synapses};
use crate::credit::gradient::LocalGradient;
use crate::linalg::{MatrixViewMut, with_scratch};
use crate::network::{Network, Projection};
use crate::persist::{Archive, Damaged, Persist};

/// Running moments of one layer.
#[derive(Debug, Clone, PartialEq)]
pub struct LayerMoments {
    /// Of the weights, or of what stands for them, in the storage order of the weight (padded columns); of PMF a column
    /// of ũ⁺, then one of ũ⁻, and so on.
    pub weight: Moments,
    /// Of the biases.
    pub bias: Moments,
    /// Of the reconstruction biases of a lifted network; empty in all others.
    pub reconstruction: Moments,
}

/// Optimizers and learning rates of weights and biases.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Optimizers {
    /// Of the weights, or of the latent values that stand for them.
    pub weights: Optimizer,
    /// Of the biases.
    pub biases: Optimizer,
    /// Learning rate of the biases over that of the weights.
    pub bias_rate_factor: f64,
}

impl From<Optimizer> for Optimizers {
    /// The same for both.
    fn from(optimizer: Optimizer) -> Self {
        Self { weights: optimizer, biases: optimizer, bias_rate_factor: 1.0 }
    }
}

/// An optimizer with its moments.
#[derive(Debug, Clone)]
pub struct OptimizerState {
    optimizers: Optimizers,
    /// Moments of every layer.
    pub moments: Vec<LayerMoments>,
    /// Number of updates made.
    pub updates: u64,
}

impl OptimizerState {
    /// Moments of zero, for weights that are kept by these synapses.
    pub fn new(optimizers: Optimizers, weights: &Network, synapses: &Synapses) -> Self {
        let moments = weights.projections().iter().zip(1..).map(|(layer, k)| {
            let planes = synapses.descended_numbers();
            let is_descended = planes > 0 && layer.has_synapses();
            let n = if is_descended { layer.weight.stride() * layer.weight.pre() * planes } else { 0 };
            let second_of_biases = optimizers.biases.has_second_moment();
            LayerMoments {
                weight: Moments::zeros(n, optimizers.weights.has_second_moment()),
                bias: Moments::zeros(layer.bias.len(), second_of_biases),
                reconstruction: Moments::zeros(weights.reconstruction_bias(k).len(), second_of_biases),
            }
        });
        Self { optimizers, moments: moments.collect(), updates: 0 }
    }

    /// Bytes of the moments of projection p, from 0.
    pub fn memory_bytes(&self, p: usize) -> usize {
        let LayerMoments { weight, bias, reconstruction } = &self.moments[p];
        size_of::<f32>() * [weight, bias, reconstruction].into_iter().map(Moments::len).sum::<usize>()
    }

    /// One step down the gradient, with learning rate `rate`, of weights (or what stands for them) and biases. Returns
    /// whether every new weight and bias is finite.
    pub fn update(
        &mut self,
        weights: &mut Network,
        synapses: &mut Synapses,
        gradient: &LocalGradient,
        rate: f64,
        step: u64,
    ) -> bool {
        self.updates += 1;
        let Optimizers { weights: of_weights, biases: of_biases, bias_rate_factor } = self.optimizers;
        let update = |of, rate| WeightUpdate { rate, number: self.updates, of };
        let steps = Steps {
            weights: of_weights.step(update(Of::Weights, rate * synapses.rate_factor(step))),
            biases: of_biases.step(update(Of::Biases, rate * bias_rate_factor)),
        };
        let mut finite = true;
        for ((c, moments), k) in weights.reconstruction_biases_mut().iter_mut().zip(&mut self.moments).zip(1..) {
            let slope = gradient.reconstruction_bias(k);
            if !slope.is_empty() {
                finite &= steps.biases.apply(c.as_mut_slice(), moments.reconstruction.as_mut(), slope);
            }
        }
        let mut columns = synapses.columns(weights.projections(), rate, step);
        finite & update_layers(weights.projections_mut(), &mut self.moments, &mut columns, 1, gradient, &steps)
    }
}

impl Persist for OptimizerState {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.number("updates", &mut self.updates)?;
        archive.group("moments", |archive| archive.parts(1, &mut self.moments))
    }
}

impl Persist for LayerMoments {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        self.weight.persist("weight", archive)?;
        self.bias.persist("bias", archive)?;
        self.reconstruction.persist("reconstruction", archive)
    }
}

/// Constants of one update.
#[derive(Debug)]
struct Steps {
    weights: OptimizerStep,
    biases: OptimizerStep,
}

/// Updates layers `first`, `first` + 1, … in halves, on two threads if they are free.
fn update_layers(
    layers: &mut [Projection],
    moments: &mut [LayerMoments],
    columns: &mut [Columns<'_>],
    first: usize,
    gradient: &LocalGradient,
    steps: &Steps,
) -> bool {
    if layers.len() > 1 {
        let half = layers.len() / 2;
        let ((la, lb), (ma, mb)) = (layers.split_at_mut(half), moments.split_at_mut(half));
        let (ca, cb) = columns.split_at_mut(half);
        let (x, y) = rayon::join(
            || update_layers(la, ma, ca, first, gradient, steps),
            || update_layers(lb, mb, cb, first + half, gradient, steps),
        );
        return x && y;
    }
    let (layer, moments) = (&mut layers[0], &mut moments[0]);
    if !layer.has_synapses() {
        return true;
    }
    let post = layer.weight.post();
    let weights_finite = match std::mem::take(&mut columns[0]) {
        Columns::Elsewhere => true,
        // A wire has nothing to learn.
        _ if post == 0 => true,
        columns => {
            let stride = layer.weight.stride();
            let w = layer.weight.padded_slice_mut();
            let block = Block { layer: first, start: 0, post, stride, w, moments: moments.weight.as_mut(), columns };
            block.update(gradient, &*steps.weights)
        }
    };
    let biases_finite = with_scratch(post, |g| {
        gradient.bias(first, g);
        steps.biases.apply(layer.bias.as_mut_slice(), moments.bias.as_mut(), g)
    });
    weights_finite && biases_finite
}

/// A block of columns of one layer's weight and moments, and what the synapses keep next to them.
struct Block<'a> {
    layer: usize,
    /// First column of the block.
    start: usize,
    post: usize,
    stride: usize,
    w: &'a mut [f32],
    moments: MomentsMut<'a>,
    columns: Columns<'a>,
}

impl Block<'_> {
    fn update(mut self, gradient: &LocalGradient, step: &dyn Step) -> bool {
        let columns = self.w.len() / self.stride;
        let most = block_columns(self.stride);
        if columns > most {
            // Cut at a multiple of the block, so that the blocks do not depend on the order of the cuts.
            let half = (columns.div_ceil(most) / 2) * most;
            let at = half * self.stride;
            let (layer, start, post, stride) = (self.layer, self.start, self.post, self.stride);
            // With two latent numbers to a synapse a column of moments is twice as long; without any it is empty.
            let planes = self.moments.first.len() / self.w.len();
            let (wa, wb) = self.w.split_at_mut(at);
            let (ma, mb) = self.moments.split(at * planes);
            let (ca, cb) = self.columns.split(half, stride);
            let a = Block { layer, start, post, stride, w: wa, moments: ma, columns: ca };
            let b = Block { layer, start: start + half, post, stride, w: wb, moments: mb, columns: cb };
            let (x, y) = rayon::join(|| a.update(gradient, step), || b.update(gradient, step));
            return x && y;
        }
        with_scratch(columns * self.post, |g| {
            gradient.weight_columns(self.layer, self.start, MatrixViewMut::from_slice(g, self.post, columns));
            match &mut self.columns {
                Columns::Float => self.apply(g, step),
                Columns::Latent(latent) => {
                    latent.update(g, self.post, self.stride, self.start, self.w, &mut self.moments, step)
                }
                Columns::Events(events) => events.update(g, self.post, self.stride, self.start),
                Columns::Elsewhere => true,
            }
        })
    }

    fn apply(&mut self, g: &[f32], step: &dyn Step) -> bool {
        if self.stride == self.post {
            return step.apply(self.w, self.moments.part(0..self.w.len()), g);
        }
        let mut finite = true;
        for (j, g) in g.chunks_exact(self.post).enumerate() {
            let column = j * self.stride..j * self.stride + self.post;
            finite &= step.apply(&mut self.w[column.clone()], self.moments.part(column), g);
        }
        finite
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::credit::Evidence;
    use crate::learning::{Adam, MeanMomentum, Sgd};
    use crate::linalg::Matrix;
    use crate::network::Initialization;
    use crate::parameter::{NonNegative, Positive, ProperFraction};
    use crate::relax::NetworkState;
    use crate::substrate::Substrate;

    /// One weight 784 → 70 (several blocks, padded columns), all differences and activities known.
    fn setting() -> (Network, NetworkState) {
        let weights = Network::random(&[784, 70, 3], Initialization::LecunNormal, 1).unwrap();
        let mut state = NetworkState::zeros(&weights, 4, &Substrate::Ideal);
        state.parts().0.stimulus = Matrix::from_fn(784, 4, |i, j| ((i + j) % 9) as f32 * 0.1);
        for layer in state.dyads_mut() {
            let n = layer.mean.len();
            layer.mean.iter_mut().enumerate().for_each(|(i, x)| *x = (i % 7) as f32 * 0.1);
            layer.difference.iter_mut().enumerate().for_each(|(i, x)| *x = (i * 5 % n) as f32 / n as f32 - 0.4);
        }
        (weights, state)
    }

    /// Every weight and bias against the formula in f64, over three updates.
    fn check(optimizer: Optimizer, reference: impl Fn(&mut (f64, f64, f64), f64, i32)) {
        let (mut weights, state) = setting();
        let evidence = Evidence::of_dyads(0.5, 4);
        let gradient = evidence.gradient(&state);
        let mut expected: Vec<Vec<(f64, f64, f64)>> = vec![];
        let mut gradients = vec![];
        for (k, layer) in weights.projections().iter().enumerate() {
            let mut bias = vec![0.0; layer.bias.len()];
            gradient.bias(k + 1, &mut bias);
            gradients.push(gradient.weight(k + 1).iter().chain(&bias).map(|&g| f64::from(g)).collect::<Vec<_>>());
            let numbers = layer.weight.to_matrix();
            expected.push(numbers.iter().chain(layer.bias.iter()).map(|&w| (f64::from(w), 0.0, 0.0)).collect());
        }
        let mut state = OptimizerState::new(optimizer.into(), &weights, &Synapses::default());
        for t in 1..=3 {
            assert!(state.update(&mut weights, &mut Synapses::default(), &gradient, 0.01, 0));
            for (numbers, gradients) in expected.iter_mut().zip(&gradients) {
                numbers.iter_mut().zip(gradients).for_each(|(x, &g)| reference(x, g, t));
            }
        }
        for (layer, expected) in weights.projections().iter().zip(&expected) {
            let numbers = layer.weight.to_matrix();
            for (&w, &(e, ..)) in numbers.iter().chain(layer.bias.iter()).zip(expected) {
                assert!((f64::from(w) - e).abs() < 2e-6 * (1.0 + e.abs()), "{w} against {e}");
            }
        }
    }

    #[test]
    fn sgd_follows_its_formula() {
        let sgd = Sgd { momentum: ProperFraction::constant(0.8), weight_decay: NonNegative::constant(0.05) };
        check(Optimizer::Sgd(sgd), |(w, m, _), g, _| {
            *m = 0.8 * *m + g + 0.05 * *w;
            *w -= 0.01 * *m;
        });
    }

    #[test]
    fn mean_momentum_follows_its_formula() {
        let mean = MeanMomentum {
            momentum: ProperFraction::constant(0.8),
            gradient_scale: Positive::constant(1.0),
            weight_decay: NonNegative::constant(0.0),
        };
        check(Optimizer::MeanMomentum(mean), |(w, m, _), g, t| {
            *m = 0.8 * *m + 0.2 * g;
            *w -= 0.01 * *m / (1.0 - 0.8f64.powi(t));
        });
    }

    #[test]
    fn adam_follows_its_formula() {
        let adam =
            Adam { weight_decay: NonNegative::constant(0.05), epsilon: Positive::constant(1e-3), ..Adam::default() };
        check(Optimizer::Adam(adam), |(w, m, v), g, t| {
            let g = g + 0.05 * *w;
            *m = 0.9 * *m + 0.1 * g;
            *v = 0.999 * *v + 0.001 * g * g;
            *w -= 0.01 * (*m / (1.0 - 0.9f64.powi(t))) / ((*v / (1.0 - 0.999f64.powi(t))).sqrt() + 1e-3);
        });
    }

    #[test]
    fn a_weight_that_leaves_the_finite_range_is_noticed() {
        let (mut weights, mut state) = setting();
        state.dyads_mut()[1].difference[(2, 1)] = f32::INFINITY;
        let evidence = Evidence::of_dyads(0.5, 4);
        let gradient = evidence.gradient(&state);
        for optimizer in [Optimizer::Sgd(Sgd::default()), Optimizer::Adam(Adam::default())] {
            let mut optimizer = OptimizerState::new(optimizer.into(), &weights, &Synapses::default());
            assert!(!optimizer.update(&mut weights, &mut Synapses::default(), &gradient, 0.1, 0));
        }
    }
}

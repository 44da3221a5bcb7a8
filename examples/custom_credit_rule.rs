//! A credit rule of one's own: direct feedback alignment (Nøkland, NeurIPS 2016), in which the error of the outputs
//! reaches every hidden layer through a fixed random matrix.
//!
//! cargo run --release --example custom_credit_rule
use dyadsim::prelude::*;

#[derive(Debug, Clone)]
struct DirectFeedback {
    /// For the forward pass, which is the same.
    backprop: Backprop,
    /// B of every hidden layer (unit × class).
    feedback: Vec<Matrix>,
}

impl CreditAssignment for DirectFeedback {
    fn activation(&self) -> Activation {
        self.backprop.activation()
    }

    fn loss(&self) -> Loss {
        self.backprop.loss()
    }

    fn forward(&self, substrate: &Substrate, network: &Network, inputs: MatrixView, state: &mut NetworkState) {
        self.backprop.forward(substrate, network, inputs, state);
    }

    /// Leaves e_L = ∂ℓ/∂a_L and e_k = f′(a_k) ⊙ B_k e_L in the place of s⁺ − s⁻, from which the synapses learn.
    fn infer(&self, task: Task, state: &mut NetworkState, _: Option<&mut dyn UpdateObserver>) -> Evidence {
        self.forward(task.substrate, task.network, task.inputs, state);
        let errors = self.loss().gradients(state.outputs().mean.as_view(), task.targets);
        let last = task.network.last();
        for (k, feedback) in (1..last).zip(&self.feedback) {
            let (layer, bias) = (&mut state.dyads_mut()[k - 1], task.network.bias(k));
            layer.difference = feedback * &errors;
            for (mut e, drive) in layer.difference.column_iter_mut().zip(layer.drive.column_iter()) {
                let drives = drive.iter().zip(bias.iter()).map(|(w, b)| w + b);
                e.iter_mut().zip(drives).for_each(|(e, a)| *e *= self.activation().derivative(a));
            }
        }
        state.dyads_mut()[last - 1].difference = errors;
        Evidence::of_errors(state.samples())
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let DataSplits { train: training, test, .. } = digits(5_000, 500, 1)?;
    let network = Network::random(&[training.features(), 100, 50, training.classes()], Initialization::LecunNormal, 1)?;
    let random = |units, seed| Network::random(&[training.classes(), units], Initialization::LecunNormal, seed);
    let feedback = [random(100, 2)?, random(50, 3)?].map(|network| network.projections()[0].weight.to_matrix());
    let backprop = Backprop::new(Activation::Tanh, Loss::SoftmaxCrossEntropy);
    let rule = DirectFeedback { backprop, feedback: feedback.to_vec() };
    let mut learner = Learner::new(LearnerSettings::new(network, Inference::of(rule), Optimizer::default(), 50))?;
    for (step, batch) in (0..).zip((1..=5).flat_map(|epoch| training.batches(50, 1, epoch))) {
        train(&mut learner, batch.inputs.as_view(), batch.targets.as_view(), 3e-3, step)?;
    }
    println!("accuracy {:.1} %", 100.0 * score(&learner.inference, &learner.weights, &test).accuracy);
    Ok(())
}

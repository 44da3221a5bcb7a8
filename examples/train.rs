//! Trains a network of dyads on the built-in digits by DP⊤ and prints its accuracy after every epoch.
//!
//! cargo run --release --example train
use dyadsim::prelude::*;

const BATCH: usize = 50;
const RATE: f64 = 1e-3;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let DataSplits { train: training, test, .. } = digits(5_000, 500, 1)?;
    let units = [training.features(), 100, training.classes()];
    let network = Network::random(&units, Initialization::HeNormal, 1)?;

    // As asymmetric as a dyad can be: one compartment follows the drive alone, the other gets the whole nudge.
    let nudging = Nudging { alpha: Fraction::new(0.0)?, beta: Positive::new(0.1)?, ..Nudging::default() };
    let inference = Inference::new(Activation::Relu, Loss::SoftmaxCrossEntropy, CreditRule::DpTranspose, nudging);
    let mut learner = Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), BATCH))?;

    let mut step = 0;
    for epoch in 1..=5 {
        for batch in training.batches(BATCH, 1, epoch) {
            train(&mut learner, batch.inputs.as_view(), batch.targets.as_view(), RATE, step)?;
            step += 1;
        }
        let Score { loss, accuracy, .. } = score(&learner.inference, &learner.weights, &test);
        println!("epoch {epoch}: test loss {loss:.3}, accuracy {:.1} %", 100.0 * accuracy);
    }
    Ok(())
}

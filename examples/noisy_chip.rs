//! One network on ideal hardware and on dies whose devices differ and fluctuate more and more: what is left of it
//! where it was trained elsewhere, and where it learns on the die itself.
//!
//! cargo run --release --example noisy_chip
use dyadsim::device::spread::{AbsoluteSpread, RelativeSpread};
use dyadsim::prelude::*;

const BATCH: usize = 50;

/// A die whose dyads differ in gain and offset by this standard deviation, and are a tenth as noisy.
fn die(std: f64) -> Result<DieConfig, Box<dyn std::error::Error>> {
    let mut die = DieConfig::default();
    // The compartments of one dyad are matched: what differs between them would be taken for an error.
    let matched = Fraction::new(1.0)?;
    die.units.mismatch.gain =
        RelativeSpread { std: NonNegative::new(std)?, correlation: matched, ..Default::default() };
    die.units.mismatch.offset = AbsoluteSpread { std: NonNegative::new(std)?, correlation: matched };
    die.units.readout_noise.std = NonNegative::new(0.1 * std)?;
    Ok(die)
}

/// The network after a short training.
fn trained(inference: Inference, network: Network, data: &Dataset) -> Result<Learner, Box<dyn std::error::Error>> {
    let mut learner = Learner::new(LearnerSettings::new(network, inference, Optimizer::default(), BATCH))?;
    for (step, batch) in (0..).zip((1..=4).flat_map(|epoch| data.batches(BATCH, 1, epoch))) {
        train(&mut learner, batch.inputs.as_view(), batch.targets.as_view(), 1e-3, step)?;
    }
    Ok(learner)
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let DataSplits { train, test, .. } = digits(5_000, 500, 1)?;
    let units = [train.features(), 100, train.classes()];
    let untrained = Network::random(&units, Initialization::HeNormal, 1)?;
    let (loss, nudging) = (Loss::SoftmaxCrossEntropy, Nudging { beta: Positive::new(1.0)?, ..Nudging::default() });
    let ideal = Inference::new(Activation::Relu, loss, CreditRule::DpTranspose, nudging);
    let elsewhere = trained(ideal.clone(), untrained.clone(), &train)?;
    let percent = |inference: &Inference, network: &Network| 100.0 * score(inference, network, &test).accuracy;

    println!("  std   trained elsewhere   on the die");
    let reference = percent(&ideal, &elsewhere.weights);
    println!("ideal   {reference:15.1} %   {reference:8.1} %");
    for std in [0.1, 0.2, 0.4, 0.8] {
        let config = die(std)?;
        let (feedback, initialization) = (FeedbackWeights::Transposed, Initialization::default());
        let on_die =
            |network: &mut Network| ideal.clone().on_die(&config, network, feedback, initialization, Seeds::default());
        let (mut moved, mut network) = (elsewhere.weights.clone(), untrained.clone());
        let before = percent(&on_die(&mut moved), &moved);
        let learner = trained(on_die(&mut network), network, &train)?;
        let after = percent(&learner.inference, &learner.weights);
        println!("{std:5}   {before:15.1} %   {after:8.1} %");
    }
    Ok(())
}

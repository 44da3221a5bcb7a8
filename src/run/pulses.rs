//! Whether the settings move pulsed synapses at all, found by one mini-batch on a copy of the network.
use super::step::Steps;
use crate::config::{Experiment, Hardware};
use crate::learning::{Learner, Optimizer, Sgd};
use crate::synapse::config::SynapseConfig;

/// Pulses of a stimulus in all synapses of a projection below which they hardly move.
const FEWEST: f64 = 1.0;

/// What to say of projections whose synapses hardly move at the highest rate of the training; nothing of other synapses, and of
/// streams.
pub(super) fn warning(
    steps: &mut Steps,
    experiment: &Experiment,
    hardware: &Hardware,
    learner: &Learner,
) -> Option<String> {
    let is_pulsed = matches!(hardware.synapses, SynapseConfig::Pulsed(_));
    if !is_pulsed || experiment.training.epochs.get() == 0 || learner.stream().is_some() {
        return None;
    }
    let rate = experiment.training.rate.get();
    let (pulses, samples) = steps.pulses_of_first_batch(experiment, learner, rate)?;
    let few: Vec<String> = (1..)
        .zip(pulses)
        .filter(|(_, (pulses, _))| (*pulses as f64) < FEWEST * samples as f64)
        .map(|(k, (pulses, synapses))| {
            format!("{:.2} pulses in the {synapses} synapses of projection {k}", pulses as f64 / samples as f64)
        })
        .collect();
    if few.is_empty() {
        return None;
    }
    let plain = Optimizer::Sgd(Sgd::default());
    let optimizer = if experiment.training.optimizer == plain {
        ""
    } else {
        "; training.optimizer acts on biases alone, pulses follow plain gradient descent"
    };
    Some(format!(
        "pulsed synapses will hardly move: at training.rate {rate} a stimulus of the first mini-batch makes {}{optimizer}. \
         Their number grows with the rate; `dyad explain` tells it in weights",
        few.join(" and ")
    ))
}

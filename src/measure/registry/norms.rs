//! Spectral norms of the weights, and the gain of the nudging that decides on stability.
use crate::config::StabilityProbe;
use crate::linalg::{Operator, operator_norm, product_operator_norm};
use crate::measure::due::{Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, EpochNetwork};
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::network::Network;
use crate::parameter::Count;
use crate::random::{Purpose, stream};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::metric;
use crate::vocabulary::place::group;

#[derive(Debug)]
struct NormsOfWeights {
    every: Count,
    has_dyads: bool,
}

/// If the settings say every how many epochs.
pub fn make(subject: &Subject) -> Made {
    let experiment = &subject.setup.experiment;
    let every = experiment.measure.norms_every_epochs;
    let has_dyads = experiment.has_dyads();
    Ok(every.map(|every| Box::new(NormsOfWeights { every, has_dyads }) as _))
}

impl Measurement for NormsOfWeights {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let mut series = vec![
            Series::new(&metric::SPECTRAL_NORM, RowAxis::Projection),
            Series::new(&metric::PRODUCT_OPERATOR_NORM, RowAxis::Scalar),
        ];
        if self.has_dyads {
            series.push(Series::new(&metric::NUDGING_GAIN, RowAxis::Scalar));
        }
        vec![Table::new(group::METRICS, EPOCH, row_axes, series)]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(self.every))
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let EpochNetwork { setup, held, .. } = at.network;
        let norms = Norms::new(&held.folded(), setup.experiment.seeds.noise);
        at.tables.set(&metric::SPECTRAL_NORM, &norms.spectral);
        at.tables.set(&metric::PRODUCT_OPERATOR_NORM, &[norms.product]);
        if let Some(gain) = nudging_gain(&at.network) {
            at.tables.set(&metric::NUDGING_GAIN, &[gain]);
        }
    }
}

/// Spectral norms of the weights.
#[derive(Debug)]
struct Norms {
    /// ‖A_p‖₂ of every projection with synapses.
    spectral: Vec<f64>,
    /// ‖W_L ⋯ W_1‖₂, the papers' proxy of the Lipschitz constant (activations ignored).
    product: f64,
}

impl Norms {
    /// `seed` only chooses where the iterations start.
    fn new(weights: &Network, seed: u64) -> Self {
        let start = |number: u64| stream(seed, Purpose::PowerIteration, &[u64::MAX, number]);
        let maps: Vec<&dyn Operator> = weights.projections().iter().map(|own| own as &dyn Operator).collect();
        let all: Vec<f64> = maps.iter().zip(1..).map(|(&map, k)| operator_norm(map, &mut start(k))).collect();
        let spectral = weights.with_synapses().map(|(k, _)| all[k - 1]).collect();
        // Only a chain without maxima is one linear map.
        let is_linear = weights.is_chain() && weights.projections().iter().all(|own| own.pool.is_none());
        Self { spectral, product: if is_linear { product_operator_norm(&maps, &mut start(0)) } else { f64::NAN } }
    }
}

/// [`Inference::nudging_gain`](crate::credit::Inference::nudging_gain) near the first training samples, as many as a probe of
/// stability has unless told otherwise, with the damping of the next training step; none without dyads.
fn nudging_gain(network: &EpochNetwork) -> Option<f64> {
    let EpochNetwork { setup, learner, held, next_step, .. } = *network;
    learner.inference.rule.nudging()?;
    let mut inference = learner.inference.clone();
    inference.rule.prepare_step(held, learner.noise_seed(), next_step);
    let stimuli = network.probe_batch(StabilityProbe::default().samples.get());
    Some(inference.nudging_gain(held, stimuli.inputs.as_view(), setup.experiment.seeds.noise))
}

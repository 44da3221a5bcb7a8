//! Robustness of the network of a run: how it responds, what is measured, and the table of it.
use super::table::{RowAxes, RowAxis, Series, Table};
use crate::config::Setup;
use crate::data::DataSplits;
use crate::network::Weights;
use crate::network::inference::Inference;
use crate::parameter::Positive;
use crate::robustness::{
    FeedForward, InputLimits, InputRange, LiftedNetwork, Measured, Range, Robustness, RobustnessSettings, Stage,
    measure,
};

/// The network of a run as it is after an epoch.
pub(super) struct Network<'a> {
    pub setup: &'a Setup,
    pub inference: &'a Inference,
    /// As the devices hold them.
    pub weights: &'a Weights,
    pub epoch: u64,
}

impl Network<'_> {
    /// Measures it on the first test samples.
    pub fn measure(
        &self,
        splits: &DataSplits,
        settings: &RobustnessSettings,
        hear: &mut dyn FnMut(Stage),
    ) -> Robustness {
        let samples = splits.test.len().min(settings.samples.get());
        let inputs = splits.test.inputs().columns(0, samples).into_owned();
        let data_range = range_of(splits);
        let range = settings.input_range.map(|range| match range {
            InputRange::Data => data_range,
            InputRange::Between(InputLimits { low, high }) => Range { low: low.get() as f32, high: high.get() as f32 },
        });
        let measured = Measured {
            inputs: &inputs,
            labels: &splits.test.labels()[..samples],
            loss: self.inference.loss,
            data_range,
            range,
            seed: self.setup.experiment.seeds.noise,
            measurement: self.epoch,
        };
        self.measure_as_function(&measured, settings, hear)
    }

    /// Chooses how the network is seen as a function: the one place that knows which architecture responds how.
    fn measure_as_function(
        &self,
        measured: &Measured,
        settings: &RobustnessSettings,
        hear: &mut dyn FnMut(Stage),
    ) -> Robustness {
        // Units of an ideal chip may move one by one; how they respond is the same.
        let ideal = self.setup.hardware.is_ideal().then(|| self.inference.ideal());
        let inference = ideal.as_ref().unwrap_or(self.inference);
        match LiftedNetwork::new(inference, self.weights) {
            Some(network) => measure(&network, measured, settings, hear),
            None => measure(&FeedForward::new(inference, self.weights), measured, settings, hear),
        }
    }
}

/// The smallest and the largest input of both sets.
fn range_of(splits: &DataSplits) -> Range {
    let inputs = splits.train.inputs().iter().chain(splits.test.inputs().iter());
    let begin = Range { low: f32::INFINITY, high: f32::NEG_INFINITY };
    inputs.fold(begin, |range, &x| Range { low: range.low.min(x), high: range.high.max(x) })
}

const SCALARS: [(&str, &str); 8] = [
    ("accuracy_clean", "accuracy on the samples that are attacked, without perturbation"),
    ("lipschitz_certified", "upper bound of the Lipschitz constant, the product of the norms of all weights"),
    ("lipschitz_local", "largest norm of the Jacobian at a sample"),
    ("lipschitz_local_mean", "mean norm of the Jacobian over the samples"),
    ("lipschitz_pairs", "largest ratio found of the distances of outputs and inputs of two points"),
    ("certified_radius_mean", "mean over the samples of the radius in L2 within which the class is certain"),
    ("accuracy_pgd_huge_l2", "accuracy under PGD in L2 that spans all valid inputs; not near 0: masked gradient"),
    ("accuracy_pgd_huge_linf", "accuracy under PGD in the maximum norm that spans all valid inputs"),
];

/// Accuracies along the sizes of perturbations.
const CURVES: [(&str, &str, &str); 4] = [
    ("accuracy_noise_l2", "accuracy_noise_linf", "samples that are right under all draws of random noise of this size"),
    ("accuracy_fgsm_l2", "accuracy_fgsm_linf", "samples that are right after one step of this size along the gradient"),
    ("accuracy_pgd_l2", "accuracy_pgd_linf", "samples that are right under PGD of this size"),
    ("certified_accuracy_l2", "certified_accuracy_linf", "samples that are certain to be right at this size"),
];

/// An empty table for these measurements.
pub(super) fn table(settings: &RobustnessSettings) -> Table {
    let numbers = |epsilons: &[Positive]| -> Vec<f64> { epsilons.iter().map(|epsilon| epsilon.get()).collect() };
    let (epsilons_l2, epsilons_linf) = (numbers(&settings.epsilons_l2), numbers(&settings.epsilons_linf));
    let series = |name, axis, long_name| Series { name, axis, long_name, units: "1", values: vec![] };
    let (has_l2, has_linf) = (!epsilons_l2.is_empty(), !epsilons_linf.is_empty());
    let measured = |name: &str| match name {
        "accuracy_pgd_huge_l2" => has_l2,
        "accuracy_pgd_huge_linf" => has_linf,
        _ => true,
    };
    let scalars = SCALARS.into_iter().filter(|(name, _)| measured(name));
    let mut all: Vec<Series> = scalars.map(|(name, what)| series(name, RowAxis::Scalar, what)).collect();
    if has_l2 {
        all.extend(CURVES.map(|(name, _, what)| series(name, RowAxis::EpsilonL2, what)));
    }
    if has_linf {
        all.extend(CURVES.map(|(_, name, what)| series(name, RowAxis::EpsilonLinf, what)));
    }
    let row_axes = RowAxes { epsilons_l2, epsilons_linf, ..RowAxes::default() };
    Table { group: "robustness", axis: "epoch", coordinates: vec![], series: all, row_axes }
}

/// Adds a row to the table.
pub(super) fn add(table: &mut Table, epoch: u64, found: &Robustness) {
    table.begin_row(epoch as i64);
    for (name, number) in [
        ("accuracy_clean", found.accuracy),
        ("lipschitz_certified", found.lipschitz_certified),
        ("lipschitz_local", found.lipschitz_local),
        ("lipschitz_local_mean", found.lipschitz_local_mean),
        ("lipschitz_pairs", found.lipschitz_pairs),
        ("certified_radius_mean", found.certified_radius_mean),
    ] {
        table.set(name, &[number]);
    }
    if let Some(curve) = &found.l2 {
        table.set("accuracy_pgd_huge_l2", &[curve.pgd_huge]);
        for ((name, ..), row) in CURVES.into_iter().zip([&curve.noise, &curve.fgsm, &curve.pgd, &curve.certified]) {
            table.set(name, row);
        }
    }
    if let Some(curve) = &found.linf {
        table.set("accuracy_pgd_huge_linf", &[curve.pgd_huge]);
        for ((_, name, _), row) in CURVES.into_iter().zip([&curve.noise, &curve.fgsm, &curve.pgd, &curve.certified]) {
            table.set(name, row);
        }
    }
}

//! Robustness of the network of a run: how it responds, what is measured, and the table of it.
use crate::config::Setup;
use crate::credit::Inference;
use crate::data::DataSplits;
use crate::linalg::Matrix;
use crate::measure::due::{Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, EpochNetwork};
use crate::measure::measurement::{Made, Measurement, MeasurementCost, Subject, Workload};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::network::Network;
use crate::parameter::Positive;
use crate::robustness::{
    FeedForward, InputLimits, InputRange, LiftedNetwork, Measured, Range, Robustness, RobustnessSettings, Stage,
    measure,
};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

#[derive(Debug)]
struct RobustnessMeasurement {
    settings: RobustnessSettings,
}

/// If there are settings for it.
pub fn make(subject: &Subject) -> Made {
    let settings = subject.setup.experiment.measure.robustness.clone();
    Ok(settings.map(|settings| Box::new(RobustnessMeasurement { settings }) as _))
}

impl Measurement for RobustnessMeasurement {
    fn tables(&self, _: &RowAxes) -> Vec<Table> {
        vec![table(&self.settings)]
    }

    fn due(&self) -> Due {
        Due::after(self.settings.every_epochs.map_or(DueEpochs::Last, DueEpochs::Every))
    }

    fn cost(&self, workload: &Workload) -> MeasurementCost {
        let Workload { clock, units, .. } = workload;
        let samples = workload.samples.test.len().min(self.settings.samples.get());
        let times = 1 + self.settings.every_epochs.map_or(0, |every| clock.epochs as usize / every.get());
        // Inputs, perturbed inputs, worst ones, gradients, directions; outputs and slopes of a point and the one before.
        let numbers = 6 * units[0] + 4 * units[1..].iter().sum::<usize>();
        MeasurementCost {
            passes: self.settings.most_passes(samples).saturating_mul(times),
            bytes: 4 * samples * numbers,
        }
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let EpochNetwork { setup, samples, learner, held, epoch, .. } = at.network;
        let held = held.folded();
        let network = MeasuredNetwork { setup, inference: &learner.inference, weights: &held, epoch };
        let found = network.measure(&samples.splits, &self.settings, &mut |_| {});
        set(at.tables.begin_row(group::ROBUSTNESS, epoch), &found);
    }
}

/// The network of a run as it is after an epoch.
#[derive(Debug, Clone, Copy)]
pub struct MeasuredNetwork<'a> {
    /// Settings of the run.
    pub setup: &'a Setup,
    /// Equations of the network, and the chip it runs on.
    pub inference: &'a Inference,
    /// Weights as the devices hold them.
    pub weights: &'a Network,
    /// Number of the epoch.
    pub epoch: u64,
}

impl MeasuredNetwork<'_> {
    /// Measures it on the first test samples.
    pub fn measure(
        &self,
        splits: &DataSplits,
        settings: &RobustnessSettings,
        hear: &mut dyn FnMut(Stage),
    ) -> Robustness {
        let samples = splits.test.len().min(settings.samples.get());
        let first = &splits.test.inputs()[..samples * splits.test.features()];
        let inputs = Matrix::from_column_slice(splits.test.features(), samples, first);
        let data_range = range_of(splits);
        let range = settings.input_range.map(|range| match range {
            InputRange::Data => data_range,
            InputRange::Between(InputLimits { low, high }) => Range { low: low.get() as f32, high: high.get() as f32 },
        });
        let measured = Measured {
            inputs: &inputs,
            labels: &splits.test.labels()[..samples],
            loss: self.inference.rule.loss(),
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

const SCALARS: [Term; 6] = [
    metric::ACCURACY_CLEAN,
    metric::LIPSCHITZ_CERTIFIED,
    metric::LIPSCHITZ_LOCAL,
    metric::LIPSCHITZ_LOCAL_MEAN,
    metric::LIPSCHITZ_PAIRS,
    metric::CERTIFIED_RADIUS_MEAN,
];

/// An empty table for these measurements.
pub fn table(settings: &RobustnessSettings) -> Table {
    let numbers = |epsilons: &[Positive]| -> Vec<f64> { epsilons.iter().map(|epsilon| epsilon.get()).collect() };
    let (epsilons_l2, epsilons_linf) = (numbers(&settings.epsilons_l2), numbers(&settings.epsilons_linf));
    let mut all: Vec<Series> = SCALARS.iter().map(|term| Series::new(term, RowAxis::Scalar)).collect();
    let norms = [
        (metric::UNDER_L2, RowAxis::EpsilonL2, &epsilons_l2),
        (metric::UNDER_LINF, RowAxis::EpsilonLinf, &epsilons_linf),
    ];
    let measured = || norms.iter().filter(|(.., sizes)| !sizes.is_empty());
    all.extend(measured().map(|(under, ..)| Series::new(&under.pgd_huge, RowAxis::Scalar)));
    for (under, axis, _) in measured() {
        all.extend(under.curves().map(|(_, term)| Series::new(&term, *axis)));
    }
    let row_axes = RowAxes { epsilons_l2, epsilons_linf, ..RowAxes::default() };
    Table::new(group::ROBUSTNESS, EPOCH, &row_axes, all)
}

/// Sets the last row of the table.
pub fn set(table: &mut Table, found: &Robustness) {
    let numbers = [
        found.accuracy,
        found.lipschitz_certified,
        found.lipschitz_local,
        found.lipschitz_local_mean,
        found.lipschitz_pairs,
        found.certified_radius_mean,
    ];
    for (term, number) in SCALARS.iter().zip(numbers) {
        table.set(term, &[number]);
    }
    for (under, curve) in [(metric::UNDER_L2, &found.l2), (metric::UNDER_LINF, &found.linf)] {
        let Some(curve) = curve else { continue };
        table.set(&under.pgd_huge, &[curve.pgd_huge]);
        for (term, row) in [
            (under.noise, &curve.noise),
            (under.fgsm, &curve.fgsm),
            (under.pgd, &curve.pgd),
            (under.certified, &curve.certified),
        ] {
            table.set(&term, row);
        }
    }
}

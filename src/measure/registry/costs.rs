//! Energy and time of the chip: of training on a stimulus with their parts, of an epoch, up to an accuracy, and of an answer.
use crate::costs::{Bill, Energy, Tariff, Writes};
use crate::learning::operations_of_an_answer;
use crate::measure::due::{ALWAYS, Due, DueEpochs};
use crate::measure::epoch::{AfterEpoch, EpochNetwork};
use crate::measure::measurement::{Made, Measurement, Subject};
use crate::measure::table::{RowAxes, RowAxis, Series, Table};
use crate::parameter::Fraction;
use crate::persist::{Archive, Damaged};
use crate::vocabulary::axis::EPOCH;
use crate::vocabulary::consumption as term;
use crate::vocabulary::place::group;
use crate::vocabulary::{Term, metric};

#[derive(Debug)]
struct Costs {
    tariff: Tariff,
    answer: Bill,
    target: Option<Fraction>,
    /// Energy and time of training so far.
    spent: [f64; 2],
    /// The same at the first epoch with the wanted accuracy; NaN before it.
    reached: [f64; 2],
}

/// On hardware that states costs, but of lifted networks, whose error units read more than is counted.
pub fn make(subject: &Subject) -> Made {
    let (setup, learner) = (subject.setup, subject.learner);
    let tariff = setup.hardware.tariff(setup.experiment.has_dyads());
    let tariff = tariff.filter(|_| learner.inference.rule.energy().is_none());
    Ok(tariff.map(|tariff| {
        let answer = tariff.bill(learner.weights.graph(), &operations_of_an_answer(learner), Some(Writes::default()));
        let target = setup.experiment.measure.target_accuracy;
        Box::new(Costs { tariff, answer, target, spent: [0.0; 2], reached: [f64::NAN; 2] }) as _
    }))
}

/// Writes of an epoch; unknown where synapses are not devices that training writes.
fn writes(network: &EpochNetwork) -> Option<Writes> {
    let are_written = network.learner.synapses.are_written() && network.learner.synapses.are_devices();
    are_written.then(|| Writes {
        pulses: network.writes.iter().map(|(totals, _)| totals.writes).sum(),
        moments: network.writes.iter().map(|(totals, _)| totals.moments).max().unwrap_or(0),
    })
}

impl Costs {
    fn terms(&self) -> impl Iterator<Item = Term> {
        let of_target = [term::ENERGY_TO_ACCURACY, term::TIME_TO_ACCURACY];
        let has_target = self.target.is_some();
        term::ALL.into_iter().filter(move |own| has_target || !of_target.contains(own))
    }
}

impl Measurement for Costs {
    fn tables(&self, row_axes: &RowAxes) -> Vec<Table> {
        let series = self.terms().map(|term| Series::new(&term, RowAxis::Scalar));
        vec![Table::new(group::COSTS, EPOCH, row_axes, series.collect())]
    }

    fn due(&self) -> Due {
        Due::after(DueEpochs::Every(ALWAYS))
    }

    fn after_epoch(&mut self, at: &mut AfterEpoch) {
        let network = at.network;
        // Before the first epoch nothing was trained.
        if network.epoch == 0 {
            return;
        }
        let graph = network.learner.weights.graph();
        let [training, calibrations] = network.operations;
        let mut all = training.clone();
        all += calibrations;
        let bill = self.tariff.bill(graph, &all, writes(&network));
        let of_calibrations = self.tariff.bill(graph, calibrations, Some(Writes::default()));
        let (stimuli, nan) = (network.stimuli as f64, f64::NAN);
        let spent = [bill.energy_j(), bill.time_s].map(|spent| spent.unwrap_or(nan));
        self.spent.iter_mut().zip(spent).for_each(|(all, more)| *all += more);
        let accuracy = at.tables.measured(&metric::TEST_ACCURACY);
        let is_reached = self.target.zip(accuracy).is_some_and(|(target, accuracy)| accuracy >= target.get());
        if is_reached && self.reached.iter().all(|x| x.is_nan()) {
            self.reached = self.spent;
        }
        let has_target = self.target.is_some();
        let table = at.tables.begin_row(group::COSTS, network.epoch);
        for ((_, term), part) in term::PARTS.iter().zip(&bill.parts) {
            if let Energy::Known(energy) = part.energy {
                table.set(term, &[energy / stimuli]);
            }
        }
        // None were made: they have cost nothing.
        let of_calibrations =
            if calibrations.stages().next().is_none() { Some(0.0) } else { of_calibrations.energy_j() };
        let missing = bill.energy_missing().len() + bill.time_missing.len();
        for (term, number) in [
            (&term::ENERGY_PER_STIMULUS, spent[0] / stimuli),
            (&term::TIME_PER_STIMULUS, spent[1] / stimuli),
            (&term::ENERGY_CALIBRATION, of_calibrations.map_or(nan, |energy| energy / stimuli)),
            (&term::COSTS_MISSING, missing as f64),
            (&term::ENERGY_EPOCH, spent[0]),
            (&term::TIME_EPOCH, spent[1]),
            (&term::ENERGY_TRAINING, self.spent[0]),
            (&term::TIME_TRAINING, self.spent[1]),
            (&term::ENERGY_PER_ANSWER, self.answer.energy_j().unwrap_or(nan)),
            (&term::TIME_PER_ANSWER, self.answer.time_s.unwrap_or(nan)),
        ] {
            table.set(term, &[number]);
        }
        if has_target {
            table.set(&term::ENERGY_TO_ACCURACY, &[self.reached[0]]);
            table.set(&term::TIME_TO_ACCURACY, &[self.reached[1]]);
        }
    }

    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        let mut numbers: Vec<f64> = self.spent.into_iter().chain(self.reached).collect();
        archive.array("spent", &mut numbers)?;
        self.spent.copy_from_slice(&numbers[..2]);
        self.reached.copy_from_slice(&numbers[2..]);
        Ok(())
    }
}

//! The measurements of a run: calls each when it is due.
use super::due::{Clock, Due};
use super::epoch::{AfterEpoch, EpochNetwork};
use super::evaluator::Evaluator;
use super::measurement::{Measurement, MeasurementCost, Subject, Workload};
use super::registry;
use super::samples::Batch;
use super::step::{AfterInference, ExactGradient, Inferring, Stimuli};
use super::table::{ProjectionLabel, RowAxes};
use super::tables::Tables;
use crate::credit::CreditAssignment;
use crate::credit::Inference;
use crate::credit::backprop::Backprop;
use crate::learning::Learner;
use crate::network::{Network, NetworkError};
use crate::persist::{Archive, Damaged, Persist};
use crate::relax::NetworkState;
use crate::relax::UpdateObserver;
use crate::relax::schedule::Update;

/// The measurements of a run, and what they have measured so far.
#[derive(Debug)]
pub struct Measurements {
    /// What they have measured.
    pub tables: Tables,
    clock: Clock,
    all: Vec<(Due, Box<dyn Measurement>)>,
    exact: ExactGradient,
    evaluator: Evaluator,
}

impl Measurements {
    /// Those that the settings ask for.
    ///
    /// # Errors
    /// If a network that is trained for comparison cannot be made.
    pub fn new(subject: &Subject, clock: Clock) -> Result<Self, NetworkError> {
        let mut all = vec![];
        for make in registry::ALL {
            all.extend(make(subject)?.map(|own| (own.due(), own)));
        }
        let Subject { learner, .. } = subject;
        let updates = learner.plan().updates.len();
        let (layers, projections) = (learner.weights.last(), ProjectionLabel::of(&learner.weights));
        let row_axes = RowAxes { layers, projections, updates, ..RowAxes::default() };
        let tables = Tables::new(&row_axes, all.iter().flat_map(|(_, own)| own.tables(&row_axes)));
        Ok(Self { tables, clock, all, exact: ExactGradient::default(), evaluator: Evaluator::default() })
    }

    /// How long the run is that they belong to.
    pub fn clock(&self) -> Clock {
        self.clock
    }

    /// What all of them cost in a whole run.
    pub fn cost(&self, workload: &Workload) -> MeasurementCost {
        let costs = self.all.iter().map(|(_, own)| own.cost(workload));
        costs.fold(MeasurementCost::default(), |sum, own| MeasurementCost {
            passes: sum.passes.saturating_add(own.passes),
            bytes: sum.bytes.saturating_add(own.bytes),
        })
    }

    /// An epoch begins.
    pub fn begin_epoch(&mut self) {
        self.each().for_each(|own| own.begin_epoch());
    }

    /// The measurements that are due at a training step of a network, which is about to infer a mini-batch.
    pub fn begin_step<'a>(&'a mut self, step: u64, learner: &Learner, batch: &'a Batch) -> StepMeasurements<'a> {
        let Self { tables, clock, all, exact, .. } = self;
        let due = all.iter_mut().filter(|(due, _)| due.at_step(step, clock));
        let mut due: Vec<_> = due.map(|(_, own)| own).collect();
        due.iter_mut().for_each(|own| own.begin_step());
        exact.invalidate();
        let rule = &learner.inference.rule;
        let stimuli = (!due.is_empty()).then(|| Stimuli {
            inputs: batch.inputs.as_view(),
            targets: batch.targets.as_view(),
            exact: exact_inference(&**rule),
            evidence: rule.standing_evidence(batch.inputs.ncols()),
        });
        StepMeasurements { step, due, stimuli, weights_change: learner.stream().is_some(), exact, tables }
    }

    /// The network has learnt from a mini-batch, at this share of its highest learning rate.
    pub fn after_training_step(&mut self, batch: &Batch, rate_share: f64, step: u64) {
        self.each().for_each(|own| own.after_training_step(batch, rate_share, step));
    }

    /// Measures what is due after an epoch.
    pub fn after_epoch(&mut self, network: EpochNetwork) {
        let Self { tables, clock, all, evaluator, .. } = self;
        tables.begin_epoch(network.epoch);
        let mut at = AfterEpoch { network, tables, evaluator };
        let due = all.iter_mut().filter(|(due, _)| due.after_epoch(network.epoch, clock));
        due.for_each(|(_, own)| own.after_epoch(&mut at));
    }

    /// Measures what is wanted of a network that does best so far on the validation set, after [`Self::after_epoch`].
    pub fn after_best_epoch(&mut self, network: EpochNetwork) {
        let Self { tables, all, evaluator, .. } = self;
        let mut at = AfterEpoch { network, tables, evaluator };
        all.iter_mut().for_each(|(_, own)| own.after_best_epoch(&mut at));
    }

    fn each(&mut self) -> impl Iterator<Item = &mut Box<dyn Measurement>> {
        self.all.iter_mut().map(|(_, own)| own)
    }
}

/// The exact gradient of what the network of this rule computes.
fn exact_inference(rule: &dyn CreditAssignment) -> Inference {
    let backprop = Inference::of(Backprop::new(rule.activation(), rule.loss()));
    rule.exact().map_or(backprop.clone(), |rule| Inference { rule, ..backprop })
}

impl Persist for Measurements {
    fn persist(&mut self, archive: &mut Archive) -> Result<(), Damaged> {
        archive.part("tables", &mut self.tables)?;
        self.each().try_for_each(|own| own.persist(archive))
    }
}

/// The measurements that are due at a training step.
#[derive(Debug)]
pub struct StepMeasurements<'a> {
    step: u64,
    due: Vec<&'a mut Box<dyn Measurement>>,
    /// None if nothing is due.
    stimuli: Option<Stimuli<'a>>,
    /// Whether the synapses write between two updates of states.
    weights_change: bool,
    exact: &'a mut ExactGradient,
    tables: &'a mut Tables,
}

impl StepMeasurements<'_> {
    /// Whether anything is due.
    pub fn are_due(&self) -> bool {
        !self.due.is_empty()
    }

    /// The inference has ended; what was measured goes into the tables.
    pub fn end(mut self, learner: &Learner, is_finite: bool) {
        let mut at = AfterInference { step: self.step, learner, is_finite, tables: self.tables };
        self.due.iter_mut().for_each(|own| own.after_inference(&mut at));
    }
}

impl UpdateObserver for StepMeasurements<'_> {
    fn before(&mut self, _: usize, update: Update, state: &NetworkState) {
        self.due.iter_mut().for_each(|own| own.before_update(update, state));
    }

    fn after(&mut self, _: usize, update: Update, state: &NetworkState, weights: &Network) {
        if self.weights_change {
            self.exact.invalidate();
        }
        if let Some(stimuli) = &self.stimuli {
            let mut at = Inferring { state, weights, stimuli, exact: self.exact };
            self.due.iter_mut().for_each(|own| own.after_update(update, &mut at));
        }
    }

    fn finished(&mut self, state: &NetworkState, weights: &Network) {
        if let Some(stimuli) = &self.stimuli {
            let mut at = Inferring { state, weights, stimuli, exact: self.exact };
            self.due.iter_mut().for_each(|own| own.inference_done(&mut at));
        }
    }
}

//! The experiment file: what is done with a chip. Field documentation is what `dyad explain` and the JSON Schema say.
use super::lifted;
use super::measure::{FloatTwin, MeasureConfig};
use super::network::{IDLE_MAXIMA, NetworkConfig};
use super::recording::{RecordingConfig, RecordingMoment, Signal, StateRecording};
use super::stream;
use super::strict::{CrossCheck, Violation};
use super::targets;
use super::training::TrainingConfig;
use crate::credit::lifted::{LiftedConfig, LiftedObjective};
use crate::credit::{CreditRule, Nudging};
use crate::data::{Augmentation, DataConfig, TargetKind};
use crate::dynamics::loss::Loss;
use crate::dynamics::output::{LossGradientAt, OutputNudge};
use crate::parameter::{Count, SchemaVersion};
use crate::random::Seeds;
use crate::relax::schedule::{Rounds, Schedule, Start};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::path::PathBuf;

/// An experiment: a network of dyads on a chip, the data it learns, and what is measured and recorded.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let setup = Setup::load("experiments/quickstart.json".as_ref(), &[])?;
/// let Experiment { network, credit_rule, nudging, .. } = setup.experiment;
/// assert_eq!((network.hidden().len(), credit_rule), (2, CreditRule::DpTranspose));
/// // What the file does not say has its default.
/// assert_eq!(nudging.map(|own| own.feedback_gain.get()), Some(1.0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Experiment {
    /// Address of the JSON Schema, for editors.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// Version of this format: 2.
    pub schema_version: SchemaVersion,
    /// One line for tables and figures.
    pub title: String,
    /// What is asked, and what is expected.
    #[serde(default)]
    pub description: String,
    /// File of the hardware model, relative to this file, or the name of one that comes with the program, as in `dyad models`.
    pub hardware: PathBuf,
    /// What is learnt.
    #[serde(default)]
    pub data: DataConfig,
    /// Layers and units.
    pub network: NetworkConfig,
    /// Loss on the outputs.
    #[serde(default)]
    pub loss: Loss,
    /// How errors travel back.
    #[serde(default)]
    pub credit_rule: CreditRule,
    /// Nudging of the dyads; only with rules that have dyads.
    #[serde(default)]
    pub nudging: Option<Nudging>,
    /// The energy of a lifted network; only with credit_rule `lifted`.
    #[serde(default)]
    pub lifted: Option<LiftedConfig>,
    /// Order in which layers are updated, of rules with two phases in each of them (`up_down` unless given); not used with
    /// `backprop` or `lifted`.
    #[serde(default)]
    pub schedule: Option<Schedule>,
    /// States before the first update of a stimulus; not used with `backprop` or `lifted`.
    #[serde(default)]
    pub start: Option<Start>,
    /// How weights change.
    pub training: TrainingConfig,
    /// File of a measured die, relative to this one: a NumPy archive or HDF5 file of arrays named as in the group `devices` of traces,
    /// or the trace or folder of a run with `recording.devices`. Its arrays take the place of those drawn from `seeds.chip`.
    #[serde(default)]
    pub die: Option<PathBuf>,
    /// Seeds of everything random.
    #[serde(default)]
    pub seeds: Seeds,
    /// What is measured while it runs.
    #[serde(default)]
    pub measure: MeasureConfig,
    /// What goes into the trace next to the measurements.
    #[serde(default)]
    pub recording: RecordingConfig,
    /// Where results go.
    #[serde(default)]
    pub output: OutputConfig,
}

/// Where results go.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct OutputConfig {
    /// Folder of the results, relative to this file; `runs/NAME-OF-THIS-FILE` of the current folder unless given.
    pub directory: Option<PathBuf>,
    /// Draw learning curves and dyad states as SVG and PNG.
    pub figure: bool,
    /// Write the scores of every epoch as an event file of TensorBoard, too: `tensorboard --logdir runs`.
    pub tensorboard: bool,
    /// Checkpoint for `--resume` after every N epochs; null writes none.
    pub checkpoint_every_epochs: Option<Count>,
    /// Keep the state in which the run ends (weights, moments of the optimizer, devices), so that `dyad run --extend-epochs N` can
    /// add epochs to it. Points of a sweep keep none.
    pub final_state: bool,
}

impl Default for OutputConfig {
    fn default() -> Self {
        let checkpoint_every_epochs = Some(Count::constant(1));
        Self { directory: None, figure: true, tensorboard: false, checkpoint_every_epochs, final_state: true }
    }
}

/// Weights between hidden layers that a network may have: 8 GiB of them.
const MOST_WEIGHTS: u64 = 1 << 31;

impl Experiment {
    /// Whether the network is one of dyads.
    pub fn has_dyads(&self) -> bool {
        self.credit_rule.has_dyads()
    }

    /// Whether classes are learnt: only a lifted network may learn to reconstruct its inputs instead.
    pub fn is_supervised(&self) -> bool {
        self.lifted.as_ref().is_none_or(|lifted| lifted.objective != LiftedObjective::Reconstruction)
    }

    /// Whether the best weights are chosen on samples that are not learnt.
    pub fn has_validation(&self) -> bool {
        self.training.validation.is_some() || self.data.source.has_validation()
    }

    /// Layers of weights.
    pub fn layers(&self) -> usize {
        self.network.hidden_layers() + usize::from(self.is_supervised())
    }
}

impl CrossCheck for Experiment {
    /// What the settings of a dyad network are where the file says nothing.
    fn fill_defaults(&mut self) {
        let has_phases = self.credit_rule.has_phases();
        self.network.shorten();
        if self.has_dyads() {
            let nudging = self.nudging.get_or_insert_default();
            nudging.alpha_hidden.get_or_insert(nudging.alpha);
        }
        if self.has_dyads() || has_phases {
            let phase = || Schedule::UpDown(Rounds::default());
            self.schedule.get_or_insert_with(|| if has_phases { phase() } else { Schedule::default() });
            let in_stream = matches!(self.schedule, Some(Schedule::Stream(_)));
            self.start.get_or_insert(if in_stream { Start::Carried } else { Start::default() });
        }
        if has_phases && let Some(Schedule::Parallel(parallel)) = &mut self.schedule {
            parallel.nudge_from_step.get_or_insert(Count::constant(1));
        }
        if self.credit_rule == CreditRule::Lifted {
            self.lifted.get_or_insert_default();
        }
        let usual = self.has_dyads().then_some(Count::constant(100));
        let compared = usual.or(has_phases.then_some(Count::constant(100)));
        self.measure.gradient_every_steps.get_or_insert(compared);
        self.measure.residual_every_steps.get_or_insert(usual);
        let has_latent = self.training.synapses.is_some_and(|synapses| synapses.rule.planes() > 0);
        let has_classes = self.data.targets == TargetKind::Classes;
        self.measure.float_twin.get_or_insert((has_latent && has_classes).then(FloatTwin::default));
    }

    fn cross_check(&self) -> Vec<Violation> {
        let mut found = vec![];
        let mut conflict = |key: &str, rule: String| found.push(Violation { key: key.to_owned(), rule });
        if let Some(rule) = self.network.conflict() {
            conflict("network", rule.into());
        }
        if self.network.has_idle_maxima() {
            conflict("network.maxima", IDLE_MAXIMA.into());
        }
        let around = targets::Surroundings {
            data: &self.data,
            loss: self.loss,
            is_supervised: self.is_supervised(),
            holds_out: self.training.validation.is_some(),
            measure: &self.measure,
        };
        targets::conflicts(&around, &mut conflict);
        if let Some(rule) = self.data.augmentation.as_ref().and_then(Augmentation::conflict) {
            conflict("data.augmentation", rule.into());
        }
        if let Some(rule) = self.training.conflict() {
            conflict("training.early_stopping", rule.into());
        }
        if self.recording.predictions && !self.is_supervised() {
            conflict("recording.predictions", "needs a network that answers with classes".into());
        }
        let rule_name = self.credit_rule.name();
        let has_phases = self.credit_rule.has_phases();
        if let Some(lifted) = &self.lifted {
            let around = lifted::Surroundings {
                credit_rule: self.credit_rule,
                activation: self.network.activation,
                loss: self.loss,
                layers: self.layers(),
                has_hidden: self.network.hidden_layers() > 0,
                no_chain: self.network.no_chain(),
                is_supervised: self.is_supervised(),
                measures_robustness: self.measure.robustness.is_some(),
                has_validation: self.has_validation(),
            };
            lifted::conflicts(lifted, &around, &mut conflict);
        }
        if !self.has_dyads() {
            for (key, given) in [
                ("network.maxima", self.network.maxima.is_some() && self.credit_rule != CreditRule::Lifted),
                ("nudging", self.nudging.is_some()),
                ("schedule", self.schedule.is_some() && !has_phases),
                ("start", self.start.is_some() && !has_phases),
                (
                    "measure.gradient_every_steps",
                    // Backprop is compared with the exact gradient on hardware that is not ideal.
                    self.credit_rule == CreditRule::Lifted && self.measure.gradient_every_steps.flatten().is_some(),
                ),
                ("measure.gradient_course_every_steps", self.measure.gradient_course_every_steps.is_some()),
                ("measure.residual_every_steps", self.measure.residual_every_steps.flatten().is_some()),
                ("measure.stability", self.measure.stability.is_some()),
            ] {
                if given {
                    conflict(key, format!("is not used with credit_rule \"{rule_name}\": remove it"));
                }
            }
            let (missing, text) = match self.credit_rule {
                _ if has_phases => ([].as_slice(), ""),
                CreditRule::Lifted => (
                    [Signal::Drive, Signal::Feedback].as_slice(),
                    "drive and feedback are signals of dyads, not of a lifted network",
                ),
                _ => (
                    [Signal::Difference, Signal::Feedback].as_slice(),
                    "difference and feedback are signals of dyads, not of backprop",
                ),
            };
            if self.recording.states.as_ref().is_some_and(|s| s.signals.iter().any(|x| missing.contains(x))) {
                conflict("recording.states.signals", text.into());
            }
            let every_update = |states: &StateRecording| states.moment == RecordingMoment::EveryUpdate;
            if !has_phases && self.recording.states.as_ref().is_some_and(every_update) {
                let rule = match self.credit_rule {
                    CreditRule::Lifted => "the updates of a lifted network are not recorded: use \"inference_end\"",
                    _ => "backprop makes no updates of layers: use \"inference_end\"",
                };
                conflict("recording.states.moment", rule.into());
            }
        }
        if (self.has_dyads() || has_phases) && self.training.adversarial.is_some() {
            conflict("training.adversarial", "is used only with credit_rule \"backprop\": remove it".into());
        }
        if let Some(nudging) = &self.nudging {
            if let Some(rule) = nudging.conflict(self.credit_rule, self.loss) {
                conflict("nudging.beta", rule);
            }
            let at_initial_forward = matches!(nudging.output, OutputNudge::Linearised(l)
                if l.loss_gradient_at == LossGradientAt::InitialForward);
            if at_initial_forward && self.start.is_some_and(|start| start != Start::Forward) {
                let key = "nudging.output.linearised.loss_gradient_at";
                conflict(key, "\"initial_forward\" needs start \"forward\": there is no forward pass otherwise".into());
            }
        }
        let layers = self.layers();
        if let Some(Schedule::Stream(stream)) = &self.schedule {
            let around = stream::Surroundings {
                credit_rule: self.credit_rule,
                network: &self.network,
                start: self.start,
                batch_size: self.training.batch_size.get(),
                measures_stability: self.measure.stability.is_some(),
            };
            stream::conflicts(stream, &around, &mut conflict);
        }
        if let Some(Schedule::Listed(list)) = &self.schedule
            && !list.layers.iter().any(|k| k.get() == layers)
        {
            let rule = format!("must list the outputs, layer {layers}, or nothing is ever nudged");
            conflict("schedule.listed.layers", rule);
        }
        if let Some(Schedule::Parallel(parallel)) = &self.schedule {
            let start = self.start.unwrap_or_default();
            let (from, steps) = (parallel.nudged_from(layers, start), parallel.steps.get());
            if from > steps {
                conflict(
                    "schedule.parallel.steps",
                    format!("must reach step {from}, from which on the outputs are nudged"),
                );
            }
        }
        let hidden: Vec<usize> = self.network.hidden().collect();
        if hidden.windows(2).map(|pair| pair[0] as u64 * pair[1] as u64).sum::<u64>() > MOST_WEIGHTS {
            conflict("network.hidden", format!("must make at most {MOST_WEIGHTS} weights"));
        }
        if let Some(Schedule::Listed(list)) = &self.schedule
            && let Some(layer) = list.layers.iter().find(|k| k.get() > layers)
        {
            let rule = format!("layer {} does not exist: the outputs are layer {layers}", layer.get());
            conflict("schedule.listed.layers", rule);
        }
        for (key, rule) in self.measure.robustness.iter().flat_map(|settings| settings.conflicts()) {
            conflict(&format!("measure.robustness.{key}"), rule);
        }
        if let Some(states) = &self.recording.states {
            states.conflicts(layers, self.training.batch_size.get(), &mut conflict);
        }
        found
    }
}

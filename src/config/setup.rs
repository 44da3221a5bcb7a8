//! An experiment together with its hardware model, as read, checked and completed.
use super::error::{KeyError, Origin, Problem, Rule, short};
use super::key::KeyPath;
use super::network::IDLE_MAXIMA;
use super::strict::{Loaded, origin_of, place_of, read_from, read_value};
use super::{ConfigError, Edit, Experiment, Hardware, SourceFiles, backprop, batch_norm, models, phases, stream};
use crate::credit::CreditRule;
use crate::credit::lifted::LiftedInference;
use crate::learning::synapses::TrainOn;
use crate::network::{Architecture, FeedbackWeights, NetworkError};
use crate::relax::schedule::Schedule;
use crate::substrate::calibration::{Calibrated, CalibrationMethod};
use crate::substrate::learning_circuit::LearningCircuit;
use crate::synapse::config::SynapseConfig;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

/// Everything that a run computes with.
///
/// ```
/// use dyadsim::prelude::*;
///
/// let edits = [Edit::parse("training.epochs=3")?, Edit::parse("hardware.input_noise_std=0.1")?];
/// let setup = Setup::load("experiments/quickstart.json".as_ref(), &edits)?;
/// assert_eq!(setup.experiment.training.epochs.get(), 3);
/// assert!(!setup.hardware.is_ideal());
///
/// // An error names file, key, value and rule.
/// let wrong = Setup::load("experiments/quickstart.json".as_ref(), &[Edit::parse("nudging.beta=-1")?]);
/// assert!(wrong.unwrap_err().to_string().contains("nudging.beta"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Setup {
    /// The experiment, defaults filled in.
    pub experiment: Experiment,
    /// The hardware model.
    pub hardware: Hardware,
    /// Folder of the experiment file, from which its relative paths count.
    pub base_dir: PathBuf,
    /// The experiment as read.
    pub experiment_file: Loaded<Experiment>,
    /// The hardware model as read.
    pub hardware_file: Loaded<Hardware>,
    file: PathBuf,
    settings: OnceLock<String>,
}

/// `--set` keys that begin so are keys of the hardware model.
const HARDWARE: &str = "hardware";

/// Settings that a resumed run may change: they do not touch what is computed or recorded.
const FREE_ON_RESUME: [&str; 4] =
    ["experiment.output", "experiment.title", "experiment.description", "experiment.$schema"];

impl Setup {
    /// Reads an experiment file and the hardware model it names; `--set` edits go through the same checks. An edit of
    /// `hardware.KEY` changes the hardware model, `hardware` alone names another file.
    ///
    /// # Errors
    /// [`ConfigError`], naming file, key, value and rule.
    pub fn load(file: &Path, edits: &[Edit]) -> Result<Self, ConfigError> {
        Self::load_from(&SourceFiles::default(), file, edits)
    }

    /// The same for files that may have been read before.
    ///
    /// # Errors
    /// As [`Setup::load`].
    pub fn load_from(files: &SourceFiles, file: &Path, edits: &[Edit]) -> Result<Self, ConfigError> {
        let (mut hardware_edits, mut experiment_edits) = (vec![], vec![]);
        for edit in edits {
            match edit.inside(HARDWARE) {
                Some(inside) => hardware_edits.push(inside),
                None => experiment_edits.push(edit.clone()),
            }
        }
        let experiment_file = read_from::<Experiment>(files, file, &experiment_edits)?;
        let base_dir = file.parent().unwrap_or(Path::new(""));
        let hardware_file = read_hardware(files, base_dir, &experiment_file.value.hardware, &hardware_edits)?;
        Self::of_files(file, experiment_file, hardware_file)
    }

    /// The two together, if they agree.
    fn of_files(
        file: &Path,
        experiment_file: Loaded<Experiment>,
        hardware_file: Loaded<Hardware>,
    ) -> Result<Self, ConfigError> {
        if let Some((key, value, rule)) = conflict(&experiment_file.value, &hardware_file.value) {
            let problem = Problem { key, value, rule: Rule::Cross { rule }, suggestion: None };
            let problems = vec![blamed(file, &experiment_file, problem)];
            return Err(ConfigError::Keys { problems });
        }
        let setup = Self {
            experiment: experiment_file.value.clone(),
            hardware: hardware_file.value.clone(),
            base_dir: file.parent().unwrap_or(Path::new("")).to_owned(),
            experiment_file,
            hardware_file,
            file: file.to_owned(),
            settings: OnceLock::new(),
        };
        if let Some(shape) = setup.experiment.data.source.sample_shape() {
            // How many outputs there are does not matter to whether the layers fit.
            setup.architecture(&shape, 1)?;
        }
        Ok(setup)
    }

    /// The same with other settings of the experiment, which take the place of edits of the same keys.
    ///
    /// # Errors
    /// As [`Setup::load`].
    pub fn with(&self, edits: &[Edit]) -> Result<Self, ConfigError> {
        let Loaded { file, text, edits: earlier, .. } = &self.experiment_file;
        let replaced = |own: &&Edit| edits.iter().any(|edit| edit.path.holds(&own.path));
        let kept = earlier.iter().filter(|own| !replaced(own));
        let all: Vec<Edit> = kept.chain(edits).cloned().collect();
        let experiment = read_value(&self.file, text.clone(), file.clone(), &all)?;
        Self::of_files(&self.file, experiment, self.hardware_file.clone())
    }

    /// The network for samples of this shape in so many classes, without weights.
    ///
    /// # Errors
    /// [`ConfigError::Keys`], naming the layer that does not fit the shape.
    pub fn architecture(&self, sample_shape: &[usize], classes: usize) -> Result<Architecture, ConfigError> {
        let outputs = self.experiment.is_supervised().then_some(classes);
        let network = &self.experiment.network;
        let built = network.architecture(sample_shape, outputs).map_err(|error| self.misfit(&error))?;
        // A model may have a max pooling for images of another size.
        if network.maxima.is_some() && built.routes().iter().all(|route| route.pool.is_none()) {
            return Err(self.refusal(&KeyPath::root().key("network").key("maxima"), IDLE_MAXIMA.to_owned()));
        }
        Ok(built)
    }

    /// What is wrong with the network, told with the key that is best changed.
    pub fn misfit(&self, error: &NetworkError) -> ConfigError {
        let network = KeyPath::root().key("network");
        let (key, rule) = match error {
            NetworkError::Layer { number, input, problem, .. } if self.experiment.network.layers.is_some() => {
                (network.key("layers").index(number - 1), format!("gets {input}: {problem}"))
            }
            _ if self.experiment.network.model.is_some() => (network.key("model"), error.to_string()),
            _ => (network, error.to_string()),
        };
        self.refusal(&key, rule)
    }

    /// Of a key of the experiment file.
    fn refusal(&self, key: &KeyPath, rule: String) -> ConfigError {
        let effective = &self.experiment_file.effective;
        let problem = Problem {
            value: key.find(effective).filter(|_| key.steps().len() > 1).map(short),
            rule: Rule::Cross { rule },
            suggestion: None,
            key: key.clone(),
        };
        ConfigError::Keys { problems: vec![blamed(&self.file, &self.experiment_file, problem)] }
    }

    /// The settings that a trace keeps ([`Setup::settings_text`]), read as strictly as the two files they were.
    /// `experiment_file` is the file that the experiment was read from; it need not be there any more.
    ///
    /// # Errors
    /// As [`Setup::load`].
    pub fn of_settings(settings: &str, experiment_file: &Path) -> Result<Self, ConfigError> {
        let syntax = |source| ConfigError::Syntax { file: experiment_file.to_owned(), source };
        let mut settings = super::json::parse(settings).map_err(syntax)?;
        let mut part = |key: &str| settings.get_mut(key).map_or(Value::Null, Value::take);
        let (experiment, hardware) = (part("experiment"), part("hardware"));
        let experiment: Loaded<Experiment> = read_value(experiment_file, None, experiment, &[])?;
        let base_dir = experiment_file.parent().unwrap_or(Path::new(""));
        let hardware_file = base_dir.join(&experiment.value.hardware);
        let hardware = read_value(&hardware_file, None, hardware, &[])?;
        Self::of_files(experiment_file, experiment, hardware)
    }

    /// The experiment file, as its path was given.
    pub fn file(&self) -> &Path {
        &self.file
    }

    /// Name of the experiment file without folder and ending.
    pub fn name(&self) -> String {
        self.file.file_stem().map_or("run".into(), |stem| stem.to_string_lossy().into_owned())
    }

    /// Folder for the results, if the experiment names one.
    pub fn output_directory(&self) -> Option<PathBuf> {
        self.experiment.output.directory.as_ref().map(|directory| self.base_dir.join(directory))
    }

    /// Both files with every default filled in, as JSON.
    pub fn settings_text(&self) -> &str {
        self.settings.get_or_init(|| {
            let settings = serde_json::json!({
                "experiment": self.experiment_file.effective,
                "hardware": self.hardware_file.effective,
            });
            format!("{settings:#}")
        })
    }

    /// The keys in which other settings (of a checkpoint) differ in a way that changes results; `None` if in none.
    pub fn differing_keys(&self, other: &str) -> Option<String> {
        self.differing_keys_but(&[], other)
    }

    /// The same, with more keys that may differ (`experiment.KEY`).
    pub fn differing_keys_but(&self, free: &[&str], other: &str) -> Option<String> {
        let parse = |text: &str| serde_json::from_str::<Value>(text).unwrap_or(Value::Null);
        let (own, other) = (parse(self.settings_text()), parse(other));
        let mut keys = vec![];
        differences("", &own, &other, &mut keys);
        let is_free = |key: &str| {
            let mut all = FREE_ON_RESUME.iter().chain(free);
            all.any(|free| key == *free || key.starts_with(&format!("{free}.")))
        };
        keys.retain(|key| !is_free(key));
        (!keys.is_empty()).then(|| keys.join(", "))
    }
}

/// A problem of an experiment that only shows with the hardware model or the data.
fn blamed(file: &Path, experiment: &Loaded<Experiment>, problem: Problem) -> KeyError {
    let origin = origin_of(&problem.key, &experiment.given, &experiment.edits);
    let in_file = || place_of(file, experiment.text.as_deref(), &problem.key);
    let place = if matches!(origin, Origin::Set(_)) { None } else { in_file() };
    KeyError { file: file.to_owned(), origin, place, problem }
}

/// Reads the hardware model that an experiment in `base_dir` names: a file, else a model that comes with the program.
fn read_hardware(
    files: &SourceFiles,
    base_dir: &Path,
    named: &Path,
    edits: &[Edit],
) -> Result<Loaded<Hardware>, ConfigError> {
    let path = base_dir.join(named);
    let bare_name = named.to_str().filter(|name| named.extension().is_none() && !name.contains(['/', '\\']));
    match bare_name {
        Some(name) if files.read(&path).is_err() => models::load_with(name, edits),
        _ => read_from(files, &path, edits),
    }
}

/// What an experiment and a hardware model make impossible for each other.
fn conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    if let Some(found) = lifted_conflict(experiment, hardware) {
        return Some(found);
    }
    if let Some(found) = phases::conflict(experiment, hardware).or_else(|| backprop::conflict(experiment, hardware)) {
        return Some(found);
    }
    if let Some(found) = batch_norm::conflict(experiment, hardware) {
        return Some(found);
    }
    if hardware.units.shared_over_positions && !experiment.network.has_places() {
        let rule = format!("{:?} shares circuits over positions, which this network has not", hardware.name);
        return Some((KeyPath::root().key("hardware"), None, rule));
    }
    let found = target_conflict(experiment, hardware)
        .or_else(|| synapse_conflict(experiment, hardware))
        .or_else(|| stream_conflict(experiment, hardware));
    found.or_else(|| calibration_conflict(experiment, hardware))
}

/// A line is measured at more than one stimulus.
fn calibration_conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let calibration = hardware.units.calibration?;
    let fits_lines =
        calibration.parameters != Calibrated::Offset && matches!(calibration.method, CalibrationMethod::Reads(_));
    if !fits_lines || experiment.training.batch_size.get() > 1 {
        return None;
    }
    let rule =
        format!("{:?} measures a line by the stimuli of a mini-batch, which must be two at least", hardware.name);
    Some((KeyPath::root().key("training").key("batch_size"), Some("1".to_owned()), rule))
}

/// What an accuracy has cost is known if costs are stated and the accuracy is measured.
fn target_conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let target = experiment.measure.target_accuracy?;
    let rule = if hardware.costs.is_none() {
        format!("is for energy and time, but {:?} states no costs", hardware.name)
    } else if experiment.credit_rule == CreditRule::Lifted {
        "is not used with credit_rule \"lifted\", of which energy and time are not counted: remove it".to_owned()
    } else if experiment.measure.accuracy_every_epochs.is_none() {
        "needs accuracy_every_epochs: the accuracy is not measured without it".to_owned()
    } else {
        return None;
    };
    Some((KeyPath::root().key("measure").key("target_accuracy"), Some(target.get().to_string()), rule))
}

/// What a lifted network and a hardware model make impossible for each other.
fn lifted_conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let lifted = experiment.lifted.as_ref()?;
    let name = &hardware.name;
    if !matches!(lifted.inference, LiftedInference::Local(_)) && !hardware.is_ideal() {
        let rule = format!("must be \"local\" on hardware that is not ideal, as {name:?} is");
        return Some((KeyPath::root().key("lifted").key("inference"), None, rule));
    }
    if hardware.units.chopping.is_some() {
        let rule = format!("{name:?} exchanges compartments, whose difference a lifted network does not read");
        return Some((KeyPath::root().key("hardware"), None, rule));
    }
    if let Some(threshold) = hardware.units.send_threshold {
        let key = KeyPath::root().key("hardware").key("units").key("send_threshold");
        let rule =
            "is for dyads, which send a mean and a difference: units of a lifted network send neither (null is none)";
        return Some((key, Some(threshold.get().to_string()), rule.into()));
    }
    if hardware.learning != LearningCircuit::default() || hardware.units.calibration.is_some() {
        let rule =
            format!("{name:?} has a learning circuit that subtracts compartments, which a lifted network has not");
        return Some((KeyPath::root().key("hardware"), None, rule));
    }
    None
}

/// What the rule of the synapses and the synapses make impossible for each other.
fn synapse_conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    let training = KeyPath::root().key("training");
    let key = training.key("synapses");
    let name = &hardware.name;
    let moves_by_assignment = matches!(hardware.synapses, SynapseConfig::Float | SynapseConfig::Programmed(_));
    if matches!(hardware.arrays.feedback_weights, FeedbackWeights::KolenPollack(_)) && !moves_by_assignment {
        let rule = format!("{name:?} has feedback weights kolen_pollack, whose decay only float synapses can follow");
        return Some((KeyPath::root().key("hardware"), None, rule));
    }
    let (synapses, config) = match (&experiment.training.synapses, hardware.synapses.quantised()) {
        (None, None) => return None,
        (Some(_), None) => {
            return Some((key, None, format!("is for synapses of a few levels, binary or levels: {name:?} has none")));
        }
        (None, Some(_)) => {
            let rule = format!("is needed to train the synapses of {name:?}, which hold a few levels: name a rule");
            return Some((key, None, rule));
        }
        (Some(synapses), Some(config)) => (synapses, config),
    };
    let rule = key.key("rule");
    let has_latent = synapses.rule.planes() > 0;
    if !config.codebook.is_binary() && !synapses.rule.suits_levels() {
        return Some((rule, None, format!("is for two levels: {name:?} has {}", config.codebook.values().len())));
    }
    if !has_latent && config.scale.fixed(1).is_none() {
        let text = "has no latent values, of which the scale mean_latent of the hardware is made";
        return Some((rule, None, text.to_owned()));
    }
    if !has_latent && synapses.train_on == TrainOn::RelaxedWeights {
        let value = Some("\"relaxed_weights\"".to_owned());
        return Some((key.key("train_on"), value, "needs a rule with latent values".to_owned()));
    }
    if !has_latent && synapses.latent_magnitude.is_some() {
        return Some((key.key("latent_magnitude"), None, "needs a rule with latent values".to_owned()));
    }
    None
}

fn stream_conflict(experiment: &Experiment, hardware: &Hardware) -> Option<(KeyPath, Option<String>, String)> {
    match &experiment.schedule {
        Some(Schedule::Stream(own)) => stream::hardware_conflict(own, hardware),
        _ => None,
    }
}

/// Paths at which two values differ.
fn differences(path: &str, a: &Value, b: &Value, keys: &mut Vec<String>) {
    let (Value::Object(x), Value::Object(y)) = (a, b) else {
        if a != b {
            keys.push(path.to_owned());
        }
        return;
    };
    let all = x.keys().chain(y.keys().filter(|key| !x.contains_key(*key)));
    for key in all {
        let below = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
        differences(&below, x.get(key).unwrap_or(&Value::Null), y.get(key).unwrap_or(&Value::Null), keys);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn differences_are_named_by_their_path() {
        let a = serde_json::json!({"x": {"y": 1, "z": 2}, "w": [1]});
        let b = serde_json::json!({"x": {"y": 1, "z": 3, "v": 0}, "w": [1, 2]});
        let mut keys = vec![];
        differences("", &a, &b, &mut keys);
        assert_eq!(keys, ["x.z", "x.v", "w"]);
    }
}

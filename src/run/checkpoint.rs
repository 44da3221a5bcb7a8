//! Checkpoints: everything that the rest of a run depends on, written after an epoch. A resumed run ends with the
//! same bits as an uninterrupted one, trace included.
use super::error::RunError;
use super::folder::RunFolder;
use super::recording::StateSelection;
use super::tables::Tables;
use super::trace_contents;
use crate::config::Setup;
use crate::learning::synapses::Register;
use crate::learning::{Learner, TeacherSignal};
use crate::linalg::Matrix;
use crate::network::schedule::Start;
use crate::network::{LayerState, Weights};
use crate::trace::{Array, ArrayFile, Recorder, RecorderState};
use std::path::Path;

/// What a run has reached.
pub(super) struct Progressed {
    pub learner: Learner,
    /// The network of float synapses that is trained beside, if any.
    pub twin: Option<Learner>,
    /// Weights as the devices hold them before training, if they are recorded.
    pub initial: Option<Weights>,
    /// Epochs made.
    pub epoch: u64,
    /// Weights that did best on the validation set.
    pub best: Option<Weights>,
    /// Their epoch.
    pub best_epoch: Option<u64>,
    /// Their validation accuracy.
    pub best_accuracy: f64,
    pub tables: Tables,
}

/// Attribute with the settings that a resumed run must share.
const SETTINGS: &str = "settings";

/// What the names of the float twin begin with.
const TWIN: &str = "twin/";

/// Writes the checkpoint of the present epoch, and has the recorder put on disk what it refers to.
pub(super) fn save(
    setup: &Setup,
    folder: &RunFolder,
    progressed: &Progressed,
    recorder: Option<&mut Recorder>,
) -> Result<(), RunError> {
    let mut file = ArrayFile::new();
    file.set_text(SETTINGS, setup.settings_text());
    file.insert("epoch", Array::U64(vec![progressed.epoch]));
    insert_learner(&mut file, "", &progressed.learner);
    if let Some(twin) = &progressed.twin {
        insert_learner(&mut file, TWIN, twin);
    }
    if let (Some(best), Some(epoch)) = (&progressed.best, progressed.best_epoch) {
        insert_weights(&mut file, "best", best);
        file.insert("best_epoch", Array::U64(vec![epoch]));
        file.insert("best_accuracy", Array::F64(vec![progressed.best_accuracy]));
    }
    for table in progressed.tables.all() {
        let coordinates = table.coordinates.iter().map(|&c| c as u64).collect();
        file.insert(&format!("tables/{}/{}", table.group, table.axis), Array::U64(coordinates));
        for series in &table.series {
            file.insert(&format!("tables/{}/{}", table.group, series.name), Array::F64(series.values.clone()));
        }
    }
    if let Some(recorder) = recorder {
        file.insert("recorder", Array::U8(recorder.state()?.to_bytes()));
    }
    Ok(file.write(&folder.checkpoint())?)
}

/// Brings a new run to where the checkpoint of the folder stands.
pub(super) fn restore(
    setup: &Setup,
    folder: &RunFolder,
    progressed: &mut Progressed,
    selection: Option<&StateSelection>,
) -> Result<Option<Recorder>, RunError> {
    let path = folder.checkpoint();
    let mut stored = Stored { file: ArrayFile::read(&path)?, path: &path };
    let settings = stored.file.text(SETTINGS).unwrap_or_default();
    if let Some(keys) = setup.differing_keys(settings) {
        return Err(RunError::OtherExperiment { checkpoint: path.clone(), keys });
    }
    progressed.epoch = stored.number("epoch")?;
    stored.learner("", &mut progressed.learner)?;
    if !stored.file.contains(&format!("{TWIN}updates")) {
        progressed.twin = None;
    }
    if let Some(twin) = &mut progressed.twin {
        stored.learner(TWIN, twin)?;
    }
    if stored.file.contains("best_epoch") {
        let mut best = progressed.learner.weights.clone();
        stored.weights("best", &mut best)?;
        progressed.best = Some(best);
        progressed.best_epoch = Some(stored.number("best_epoch")?);
        progressed.best_accuracy = match stored.file.take("best_accuracy") {
            Some(Array::F64(numbers)) if numbers.len() == 1 => numbers[0],
            _ => return Err(stored.damaged("best_accuracy")),
        };
    }
    for table in progressed.tables.all_mut() {
        let name = format!("tables/{}/{}", table.group, table.axis);
        let Some(Array::U64(coordinates)) = stored.file.take(&name) else { return Err(stored.damaged(&name)) };
        table.coordinates = coordinates.into_iter().map(|c| c as i64).collect();
        for i in 0..table.series.len() {
            let name = format!("tables/{}/{}", table.group, table.series[i].name);
            let expected = table.coordinates.len() * table.width(table.series[i].axis);
            match stored.file.take(&name) {
                Some(Array::F64(values)) if values.len() == expected => table.series[i].values = values,
                _ => return Err(stored.damaged(&name)),
            }
        }
    }
    selection
        .map(|selection| {
            let Some(Array::U8(bytes)) = stored.file.take("recorder") else { return Err(stored.damaged("recorder")) };
            let state = RecorderState::from_bytes(&bytes).ok_or_else(|| stored.damaged("recorder"))?;
            Ok(Recorder::resume(&folder.journal(), trace_contents::streams(selection), &state)?)
        })
        .transpose()
}

/// Everything that the next steps of a learner depend on; every name begins with `prefix`.
fn insert_learner(file: &mut ArrayFile, prefix: &str, learner: &Learner) {
    file.insert(&format!("{prefix}updates"), Array::U64(vec![learner.optimizer.updates]));
    insert_weights(file, &format!("{prefix}weights"), &learner.weights);
    for (k, moments) in learner.optimizer.moments.iter().enumerate() {
        for (name, numbers) in [
            ("weight_first", &moments.weight_first),
            ("weight_second", &moments.weight_second),
            ("bias_first", &moments.bias_first),
            ("bias_second", &moments.bias_second),
            ("reconstruction_first", &moments.reconstruction_first),
            ("reconstruction_second", &moments.reconstruction_second),
        ] {
            file.insert(&format!("{prefix}moments/{}/{name}", k + 1), Array::F32(numbers.clone()));
        }
    }
    if learner.inference.start == Start::Carried {
        for (k, layer) in learner.state.layers().iter().enumerate() {
            for (name, matrix) in state_matrices(layer) {
                file.insert(&format!("{prefix}states/{}/{name}", k + 1), Array::F32(matrix.as_slice().to_vec()));
            }
        }
    }
    for (name, numbers) in learner.hardware_registers() {
        file.insert(&format!("{prefix}{name}"), Array::F32(numbers));
    }
    for (name, register) in learner.synapses.registers() {
        let array = match register {
            Register::Numbers(numbers) => Array::F32(numbers),
            Register::Counts(counts) => Array::U64(counts.into_iter().map(u64::from).collect()),
        };
        file.insert(&format!("{prefix}{name}"), array);
    }
    let past = &learner.past;
    file.insert(&format!("{prefix}past/clock"), Array::U64(vec![past.clock]));
    let since = past.teachers.iter().map(|signal| signal.since).collect();
    file.insert(&format!("{prefix}past/since"), Array::U64(since));
    for (i, signal) in past.teachers.iter().enumerate() {
        let target = signal.target.as_ref().map_or(vec![], |target| target.as_slice().to_vec());
        file.insert(&format!("{prefix}past/targets/{i}"), Array::F32(target));
    }
}

fn insert_weights(file: &mut ArrayFile, group: &str, weights: &Weights) {
    for (k, layer) in weights.layers().iter().enumerate() {
        let weight = layer.weight.to_matrix();
        file.insert(&format!("{group}/{}/weight", k + 1), Array::F32(weight.as_slice().to_vec()));
        file.insert(&format!("{group}/{}/bias", k + 1), Array::F32(layer.bias.as_slice().to_vec()));
    }
    for (c, k) in weights.reconstruction_biases().iter().zip(1..) {
        file.insert(&format!("{group}/{k}/reconstruction_bias"), Array::F32(c.as_slice().to_vec()));
    }
}

/// What a stimulus inherits from the one before. Drive and feedback are made anew before they are used, but a
/// recording of every visit sees them before that.
fn state_matrices(layer: &LayerState) -> Vec<(&'static str, &Matrix)> {
    let mut matrices = vec![
        ("s_plus", &layer.s_plus),
        ("s_minus", &layer.s_minus),
        ("mean", &layer.mean),
        ("difference", &layer.difference),
        ("drive", &layer.drive),
        ("feedback", &layer.feedback),
    ];
    if let Some(membrane) = &layer.membrane {
        matrices.extend([("v_plus", &membrane.v_plus), ("v_minus", &membrane.v_minus)]);
    }
    matrices
}

fn state_matrices_mut(layer: &mut LayerState) -> Vec<(&'static str, &mut Matrix)> {
    let mut matrices = vec![
        ("s_plus", &mut layer.s_plus),
        ("s_minus", &mut layer.s_minus),
        ("mean", &mut layer.mean),
        ("difference", &mut layer.difference),
        ("drive", &mut layer.drive),
        ("feedback", &mut layer.feedback),
    ];
    if let Some(membrane) = &mut layer.membrane {
        matrices.extend([("v_plus", &mut membrane.v_plus), ("v_minus", &mut membrane.v_minus)]);
    }
    matrices
}

/// A checkpoint being taken apart.
struct Stored<'a> {
    file: ArrayFile,
    path: &'a Path,
}

impl Stored<'_> {
    fn damaged(&self, name: &str) -> RunError {
        RunError::DamagedCheckpoint { checkpoint: self.path.to_owned(), name: name.to_owned() }
    }

    fn number(&mut self, name: &str) -> Result<u64, RunError> {
        match self.file.take(name) {
            Some(Array::U64(numbers)) if numbers.len() == 1 => Ok(numbers[0]),
            _ => Err(self.damaged(name)),
        }
    }

    fn numbers(&mut self, name: &str, into: &mut [f32]) -> Result<(), RunError> {
        match self.file.take(name) {
            Some(Array::F32(numbers)) if numbers.len() == into.len() => {
                into.copy_from_slice(&numbers);
                Ok(())
            }
            _ => Err(self.damaged(name)),
        }
    }

    fn weights(&mut self, group: &str, weights: &mut Weights) -> Result<(), RunError> {
        for (k, layer) in weights.layers_mut().iter_mut().enumerate() {
            let mut weight = layer.weight.to_matrix();
            self.numbers(&format!("{group}/{}/weight", k + 1), weight.as_mut_slice())?;
            layer.weight.copy_from(&weight);
            self.numbers(&format!("{group}/{}/bias", k + 1), layer.bias.as_mut_slice())?;
        }
        for (c, k) in weights.reconstruction_biases_mut().iter_mut().zip(1..) {
            self.numbers(&format!("{group}/{k}/reconstruction_bias"), c.as_mut_slice())?;
        }
        Ok(())
    }

    /// Brings a new learner to what [`insert_learner`] has stored.
    fn learner(&mut self, prefix: &str, learner: &mut Learner) -> Result<(), RunError> {
        learner.optimizer.updates = self.number(&format!("{prefix}updates"))?;
        self.weights(&format!("{prefix}weights"), &mut learner.weights)?;
        for (k, moments) in learner.optimizer.moments.iter_mut().enumerate() {
            for (name, numbers) in [
                ("weight_first", &mut moments.weight_first),
                ("weight_second", &mut moments.weight_second),
                ("bias_first", &mut moments.bias_first),
                ("bias_second", &mut moments.bias_second),
                ("reconstruction_first", &mut moments.reconstruction_first),
                ("reconstruction_second", &mut moments.reconstruction_second),
            ] {
                self.numbers(&format!("{prefix}moments/{}/{name}", k + 1), numbers)?;
            }
        }
        if learner.inference.start == Start::Carried {
            for (k, layer) in learner.state.layers_mut().iter_mut().enumerate() {
                for (name, matrix) in state_matrices_mut(layer) {
                    self.numbers(&format!("{prefix}states/{}/{name}", k + 1), matrix.as_mut_slice())?;
                }
            }
        }
        for (name, expected) in learner.hardware_registers() {
            let mut numbers = expected;
            self.numbers(&format!("{prefix}{name}"), &mut numbers)?;
            learner.set_hardware_register(&name, &numbers);
        }
        let mut registers = learner.synapses.registers();
        for (name, register) in &mut registers {
            self.register(&format!("{prefix}{name}"), register)?;
        }
        learner.synapses.restore(registers.into_iter().map(|(_, register)| register).collect());
        learner.weights.refresh_arrays();
        self.past(prefix, learner)
    }

    fn register(&mut self, name: &str, register: &mut Register) -> Result<(), RunError> {
        match register {
            Register::Numbers(numbers) => self.numbers(name, numbers),
            Register::Counts(own) => match self.file.take(name) {
                Some(Array::U64(counts)) if counts.len() == own.len() => {
                    own.iter_mut().zip(counts).for_each(|(own, count)| *own = count as u32);
                    Ok(())
                }
                _ => Err(self.damaged(name)),
            },
        }
    }

    /// What a stream remembers.
    fn past(&mut self, prefix: &str, learner: &mut Learner) -> Result<(), RunError> {
        learner.past.clock = self.number(&format!("{prefix}past/clock"))?;
        let name = format!("{prefix}past/since");
        let Some(Array::U64(since)) = self.file.take(&name) else { return Err(self.damaged(&name)) };
        let shape = learner.state.layers().last().map_or((0, 0), |outputs| outputs.mean.shape());
        for (i, since) in since.into_iter().enumerate() {
            let name = format!("{prefix}past/targets/{i}");
            let target = match self.file.take(&name) {
                Some(Array::F32(numbers)) if numbers.is_empty() => None,
                Some(Array::F32(numbers)) if numbers.len() == shape.0 * shape.1 => {
                    Some(Matrix::from_vec(shape.0, shape.1, numbers))
                }
                _ => return Err(self.damaged(&name)),
            };
            learner.past.teachers.push_back(TeacherSignal { since, target });
        }
        Ok(())
    }
}

//! Checkpoints: everything that the rest of a run depends on, written after an epoch. A resumed run ends with the
//! same bits as an uninterrupted one, trace included.
//!
//! Two are kept. The last one is used if it is what was written, by its checksum; else the one before, with a warning. They
//! are never names of one file: the last one becomes the one before when the next is on disk.
use super::error::RunError;
use super::extension_error::ExtensionError;
use super::folder::{CHANGED_BY_EXTENSION, RunFolder};
use super::progressed::Progressed;
use crate::config::Setup;
use crate::linalg::{arithmetic_name, other_arithmetic};
use crate::persist::{Archive, Persist};
use crate::trace::{ArrayFile, Recorder, RecorderState, StreamGroup, TraceReader, refill};
use crate::vocabulary::place::attribute;
use std::fs;
use std::path::{Path, PathBuf};

/// Name of the text with the settings that a resumed run must share.
const SETTINGS: &str = "settings";
/// Names of the texts that say which program has made it.
const VERSION: &str = attribute::VERSION;
const COMMIT: &str = attribute::COMMIT;
const ARITHMETIC: &str = attribute::ARITHMETIC;

/// Name of what the recorder has not written yet.
pub(super) const RECORDER: &str = "recorder";

/// Writes the checkpoint of the present epoch, and has the recorder put on disk what it refers to.
pub(super) fn save(
    setup: &Setup,
    folder: &RunFolder,
    progressed: &mut Progressed,
    recorder: Option<&mut Recorder>,
) -> Result<(), RunError> {
    let path = folder.checkpoint();
    let mut archive = Archive::saving();
    progressed.persist(&mut archive).map_err(RunError::damaged(&path))?;
    if let Some(recorder) = recorder {
        archive.bytes(RECORDER, &mut recorder.state()?.to_bytes()).map_err(RunError::damaged(&path))?;
    }
    Ok(file_of(setup, archive).write_after(&path, &folder.checkpoint_before())?)
}

fn file_of(setup: &Setup, archive: Archive) -> ArrayFile {
    let mut file = ArrayFile::of(archive.into_arrays());
    file.set_text(SETTINGS, setup.settings_text());
    file.set_text(VERSION, env!("CARGO_PKG_VERSION"));
    file.set_text(COMMIT, env!("DYADSIM_GIT_COMMIT"));
    file.set_text(ARITHMETIC, arithmetic_name());
    file
}

/// Writes the state in which a run has ended, for more epochs. What was recorded will be in its trace; until that is written,
/// the state stays that belongs to the trace before.
pub(super) fn save_final(setup: &Setup, folder: &RunFolder, progressed: &mut Progressed) -> Result<(), RunError> {
    let path = folder.final_state();
    let mut archive = Archive::saving();
    progressed.persist(&mut archive).map_err(RunError::damaged(&path))?;
    let file = file_of(setup, archive);
    Ok(match state_of_trace(folder, &path) {
        Some(_) => file.write_after(&path, &folder.final_state_before()),
        None => file.write(&path),
    }?)
}

/// The state in a file, if it is the one in which the run of the trace has ended.
fn state_of_trace(folder: &RunFolder, path: &Path) -> Option<ArrayFile> {
    let file = ArrayFile::read(path).ok()?;
    let epochs = TraceReader::open(&folder.trace()).ok()?.integer(attribute::EPOCHS_DONE)?;
    (Progressed::epoch_in(&file) == Some(epochs)).then_some(file)
}

/// Brings a new run to where the one that has ended in the folder stands. Returns the recorder of these streams, if any, with
/// what was recorded so far.
pub(super) fn restore_final(
    setup: &Setup,
    folder: &RunFolder,
    progressed: &mut Progressed,
    streams: Option<Vec<StreamGroup>>,
    warn: &mut dyn FnMut(&str),
) -> Result<Option<Recorder>, RunError> {
    let before = folder.final_state_before();
    let (path, file) = match state_of_trace(folder, &before) {
        // More epochs were added before, and the program ended when their trace was not yet there.
        Some(file) => (before, file),
        None => (folder.final_state(), ArrayFile::read(&folder.final_state())?),
    };
    check_origin(setup, &CHANGED_BY_EXTENSION, &path, &file, warn)?;
    load(progressed, &mut Archive::loading(file.into_arrays()), &path)?;
    let trace = TraceReader::open(&folder.trace())?;
    if trace.integer(attribute::EPOCHS_DONE) != Some(progressed.epoch) {
        return Err(ExtensionError::NoFinalState { folder: folder.path().to_owned() }.into());
    }
    progressed.extended_after.push(progressed.epoch);
    Ok(streams.map(|streams| refill(&folder.journal(), streams, &trace)).transpose()?)
}

/// The settings that the last whole checkpoint was made with, if there is one.
pub(super) fn settings_of_last(folder: &RunFolder) -> Option<String> {
    let read = |path: PathBuf| ArrayFile::read(&path).ok().and_then(|file| file.text(SETTINGS).map(str::to_owned));
    read(folder.checkpoint()).or_else(|| read(folder.checkpoint_before()))
}

/// Brings a new run to where the last whole checkpoint of the folder stands. Returns the recorder of these streams, if
/// any. `warn` hears of what is not as it should be.
pub(super) fn restore(
    setup: &Setup,
    folder: &RunFolder,
    progressed: &mut Progressed,
    streams: Option<Vec<StreamGroup>>,
    warn: &mut dyn FnMut(&str),
) -> Result<Option<Recorder>, RunError> {
    let (path, file) = last_whole(folder, warn)?;
    check_origin(setup, &[], &path, &file, warn)?;
    let mut archive = Archive::loading(file.into_arrays());
    load(progressed, &mut archive, &path)?;
    let Some(streams) = streams else { return Ok(None) };
    let mut bytes = vec![];
    archive.bytes(RECORDER, &mut bytes).map_err(RunError::damaged(&path))?;
    let state = RecorderState::from_bytes(&bytes).ok_or_else(|| RunError::damaged(&path)(archive.damaged(RECORDER)))?;
    Ok(Some(Recorder::resume(&folder.journal(), streams, &state)?))
}

/// Loads what a run has reached, if it is one on the same die.
fn load(progressed: &mut Progressed, archive: &mut Archive, path: &Path) -> Result<(), RunError> {
    let die = progressed.die;
    progressed.persist(archive).map_err(RunError::damaged(path))?;
    if progressed.die == die { Ok(()) } else { Err(RunError::OtherDie { checkpoint: path.to_owned() }) }
}

/// Whether a checkpoint is of these settings, but for the keys that are free, and of this program.
fn check_origin(
    setup: &Setup,
    free: &[&str],
    path: &Path,
    file: &ArrayFile,
    warn: &mut dyn FnMut(&str),
) -> Result<(), RunError> {
    let checkpoint = || path.to_owned();
    if let Some(keys) = setup.differing_keys_but(free, file.text(SETTINGS).unwrap_or_default()) {
        return Err(RunError::OtherExperiment { checkpoint: checkpoint(), keys });
    }
    let version = file.text(VERSION).unwrap_or("of before checkpoints named their version");
    if version != env!("CARGO_PKG_VERSION") {
        return Err(RunError::OtherProgram { version: version.to_owned(), checkpoint: checkpoint() });
    }
    if let Some(commit) = file.text(COMMIT).filter(|commit| *commit != env!("DYADSIM_GIT_COMMIT")) {
        let (path, own) = (path.display(), env!("DYADSIM_GIT_COMMIT"));
        warn(&format!("{path} was made by a program of commit {commit}, this is {own}: results may differ"));
    }
    if let Some(told) = file.text(ARITHMETIC).and_then(other_arithmetic) {
        warn(&format!("{} was {told}", path.display()));
    }
    Ok(())
}

/// The last checkpoint that is what was written, which then has the name of the last.
fn last_whole(folder: &RunFolder, warn: &mut dyn FnMut(&str)) -> Result<(PathBuf, ArrayFile), RunError> {
    let (last, before) = (folder.checkpoint(), folder.checkpoint_before());
    let error = match ArrayFile::read(&last) {
        Ok(file) => return Ok((last, file)),
        Err(error) => error,
    };
    let Ok(file) = ArrayFile::read(&before) else { return Err(error.into()) };
    warn(&format!("{error}; continuing from the checkpoint before it"));
    // Else it would be taken for the good one when the next is written.
    fs::rename(&before, &last).map_err(|source| RunError::Io { path: last.clone(), source })?;
    Ok((last, file))
}

//! Checkpoints: everything that the rest of a run depends on, written after an epoch. A resumed run ends with the
//! same bits as an uninterrupted one, trace included.
//!
//! Two are kept. The last one is used if it is what was written, by its checksum; else the one before, with a warning.
use super::error::RunError;
use super::folder::RunFolder;
use super::progressed::Progressed;
use crate::config::Setup;
use crate::linalg::{arithmetic_name, other_arithmetic};
use crate::persist::{Archive, Persist};
use crate::trace::{ArrayFile, Recorder, RecorderState, StreamGroup};
use crate::vocabulary::place::attribute;
use std::fs;
use std::path::PathBuf;

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
    let mut file = ArrayFile::of(archive.into_arrays());
    file.set_text(SETTINGS, setup.settings_text());
    file.set_text(VERSION, env!("CARGO_PKG_VERSION"));
    file.set_text(COMMIT, env!("DYADSIM_GIT_COMMIT"));
    file.set_text(ARITHMETIC, arithmetic_name());
    keep_last(folder)?;
    Ok(file.write(&path)?)
}

/// Makes the last checkpoint the one before.
fn keep_last(folder: &RunFolder) -> Result<(), RunError> {
    let (last, before) = (folder.checkpoint(), folder.checkpoint_before());
    if !last.exists() {
        return Ok(());
    }
    // A second name for the last one, so that it is there under its own until the next replaces it. Where a file has
    // only one name, it loses its own for that time.
    let _ = fs::remove_file(&before);
    let kept = fs::hard_link(&last, &before).or_else(|_| fs::rename(&last, &before));
    kept.map_err(|source| RunError::Io { path: before, source })
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
    if let Some(keys) = setup.differing_keys(file.text(SETTINGS).unwrap_or_default()) {
        return Err(RunError::OtherExperiment { checkpoint: path, keys });
    }
    let version = file.text(VERSION).unwrap_or("of before checkpoints named their version");
    if version != env!("CARGO_PKG_VERSION") {
        return Err(RunError::OtherProgram { version: version.to_owned(), checkpoint: path });
    }
    if let Some(commit) = file.text(COMMIT).filter(|commit| *commit != env!("DYADSIM_GIT_COMMIT")) {
        let (path, own) = (path.display(), env!("DYADSIM_GIT_COMMIT"));
        warn(&format!("{path} was made by a program of commit {commit}, this is {own}: results may differ"));
    }
    if let Some(told) = file.text(ARITHMETIC).and_then(other_arithmetic) {
        warn(&format!("{} was {told}", path.display()));
    }
    let mut archive = Archive::loading(file.into_arrays());
    progressed.persist(&mut archive).map_err(RunError::damaged(&path))?;
    let Some(streams) = streams else { return Ok(None) };
    let mut bytes = vec![];
    archive.bytes(RECORDER, &mut bytes).map_err(RunError::damaged(&path))?;
    let state = RecorderState::from_bytes(&bytes).ok_or_else(|| RunError::damaged(&path)(archive.damaged(RECORDER)))?;
    Ok(Some(Recorder::resume(&folder.journal(), streams, &state)?))
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

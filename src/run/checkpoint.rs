//! Checkpoints: everything that the rest of a run depends on, written after an epoch. A resumed run ends with the
//! same bits as an uninterrupted one, trace included.
use super::error::RunError;
use super::folder::RunFolder;
use super::progressed::Progressed;
use crate::config::Setup;
use crate::persist::{Archive, Persist};
use crate::trace::{ArrayFile, Recorder, RecorderState, StreamGroup};

/// Name of the text with the settings that a resumed run must share.
const SETTINGS: &str = "settings";

/// Name of what the recorder has not written yet.
const RECORDER: &str = "recorder";

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
    Ok(file.write(&path)?)
}

/// Brings a new run to where the checkpoint of the folder stands. Returns the recorder of these streams, if any.
pub(super) fn restore(
    setup: &Setup,
    folder: &RunFolder,
    progressed: &mut Progressed,
    streams: Option<Vec<StreamGroup>>,
) -> Result<Option<Recorder>, RunError> {
    let path = folder.checkpoint();
    let file = ArrayFile::read(&path)?;
    if let Some(keys) = setup.differing_keys(file.text(SETTINGS).unwrap_or_default()) {
        return Err(RunError::OtherExperiment { checkpoint: path, keys });
    }
    let mut archive = Archive::loading(file.into_arrays());
    progressed.persist(&mut archive).map_err(RunError::damaged(&path))?;
    let Some(streams) = streams else { return Ok(None) };
    let mut bytes = vec![];
    archive.bytes(RECORDER, &mut bytes).map_err(RunError::damaged(&path))?;
    let state = RecorderState::from_bytes(&bytes).ok_or_else(|| RunError::damaged(&path)(archive.damaged(RECORDER)))?;
    Ok(Some(Recorder::resume(&folder.journal(), streams, &state)?))
}

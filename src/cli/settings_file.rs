//! The files of settings that commands are given: on disk, or by the name of one that comes with the program.
use crate::config::{Edit, Setup, SourceFiles};
use crate::error::Error;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Files that come with the program: their names, whether they are sweeps, and their texts.
pub(super) const STARTERS: [(&str, bool, &str); 5] = [
    ("quickstart", false, include_str!("starters/quickstart.json")),
    ("mnist", false, include_str!("starters/mnist.json")),
    ("noise", false, include_str!("starters/noise.json")),
    ("device", false, include_str!("starters/device.json")),
    ("sweep", true, include_str!("starters/sweep.json")),
];

/// Where a file of settings is read, and what it is called: what is no file but has the name of one that comes with the program is
/// that, as if it were in the current folder.
pub(super) fn named(path: &Path) -> (SourceFiles, PathBuf) {
    let is_starter = STARTERS.iter().any(|(name, ..)| Path::new(name) == path);
    if path.exists() || !is_starter {
        return (SourceFiles::default(), path.to_owned());
    }
    let file = |name: &str| PathBuf::from(format!("{name}.json"));
    let absolute = |path: PathBuf| std::path::absolute(&path).unwrap_or(path);
    let texts = STARTERS
        .iter()
        .flat_map(|(name, _, text)| [file(name), absolute(file(name))].map(|path| (path, (*text).to_owned())));
    (SourceFiles::with_texts(texts.collect::<BTreeMap<_, _>>()), path.with_extension("json"))
}

/// Reads an experiment for a command of this name.
pub(super) fn load_experiment(command: &str, path: &Path, edits: &[Edit]) -> Result<Setup, Error> {
    let (files, file) = named(path);
    Setup::load_from(&files, &file, edits).map_err(|error| explained(error, &files, &file, command))
}

/// What is wrong with a file; if it is one for another command, which.
pub(super) fn explained(error: impl Into<Error>, files: &SourceFiles, file: &Path, command: &str) -> Error {
    let error = error.into();
    let Ok((_, value)) = files.parse(file) else { return error };
    let has = |keys: &[&str]| keys.iter().any(|key| value.get(key).is_some());
    let wants_sweep = command == "sweep";
    let (what, right) = match () {
        () if has(&["axes", "base"]) && !has(&["network", "training"]) => {
            ("a sweep", format!("dyad sweep {}", file.display()))
        }
        () if has(&["network", "training"]) => ("an experiment", format!("dyad run {}", file.display())),
        () if has(&["units", "arrays", "synapses", "learning", "name"]) => {
            ("a hardware model", format!("dyad models show {}", file.display()))
        }
        () => return error,
    };
    if (what == "a sweep") == wants_sweep && what != "a hardware model" {
        return error;
    }
    if what == "an experiment" && !wants_sweep {
        return error;
    }
    Error::OtherCommand { file: file.to_owned(), what, right }
}

//! What the program and its commands are given.
use crate::config::Edit;
use crate::error::Error;
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::OnceLock;

/// The arguments of the program, of which the first is its name.
static GIVEN: OnceLock<Vec<OsString>> = OnceLock::new();

/// Notes with which arguments the program was called. A second call in one process goes by those of the first.
pub(super) fn note_arguments(arguments: Vec<OsString>) -> &'static [OsString] {
    GIVEN.get_or_init(|| arguments)
}

/// The arguments that were noted.
pub(super) fn given() -> &'static [OsString] {
    GIVEN.get().map_or(&[], Vec::as_slice)
}

/// The program as another process can start it: that of a Python package is a script, not this process's executable.
pub(super) fn program() -> std::io::Result<PathBuf> {
    let script = given().first().map(PathBuf::from).filter(|path| path.is_absolute() && path.is_file());
    script.map_or_else(std::env::current_exe, Ok)
}

/// Reads the `--set` of a command.
pub(super) fn parse_edits(texts: &[String]) -> Result<Vec<Edit>, Error> {
    Ok(texts.iter().map(|text| Edit::parse(text)).collect::<Result<Vec<_>, _>>()?)
}

/// The command line as it could be typed again.
pub(super) fn command_line() -> String {
    let quoted = |argument: String| {
        if argument.contains([' ', '"', '\'', '{', '$']) {
            format!("'{}'", argument.replace('\'', "'\\''"))
        } else {
            argument
        }
    };
    given().iter().map(|a| quoted(a.to_string_lossy().into_owned())).collect::<Vec<_>>().join(" ")
}

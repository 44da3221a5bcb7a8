//! What the commands are given.
use crate::config::Edit;
use crate::error::Error;

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
    std::env::args_os().map(|a| quoted(a.to_string_lossy().into_owned())).collect::<Vec<_>>().join(" ")
}

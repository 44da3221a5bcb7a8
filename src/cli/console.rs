//! What commands print. An output that is closed or full ends no command: what cannot be written is dropped, and the exit
//! status tells of standard output at the end.
use std::fmt::Arguments;
use std::io::{Error, ErrorKind, Write, stderr, stdout};
use std::process::ExitCode;
use std::sync::{Mutex, PoisonError};

/// The first error of standard output.
static FAILURE: Mutex<Option<Error>> = Mutex::new(None);

fn note(result: std::io::Result<()>) {
    if let Err(error) = result {
        FAILURE.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

/// Writes to standard output.
pub(super) fn to_stdout(text: Arguments) {
    note(stdout().write_fmt(text));
}

/// Writes a line to standard error.
pub(super) fn to_stderr(text: Arguments) {
    // There is nowhere to complain.
    let _ = writeln!(stderr(), "{text}");
}

/// The exit status of a command that would end with `code`: an error if standard output could not be written, unless
/// its reader has gone, as in `dyad models | head -1`.
pub(super) fn exit_status(code: ExitCode) -> ExitCode {
    note(stdout().flush());
    match FAILURE.lock().unwrap_or_else(PoisonError::into_inner).take() {
        Some(error) if error.kind() != ErrorKind::BrokenPipe => {
            errln!("error: standard output: {error}");
            ExitCode::FAILURE
        }
        _ => code,
    }
}

/// A line on standard output.
macro_rules! outln {
    ($($text:tt)*) => { $crate::cli::console::to_stdout(format_args!("{}\n", format_args!($($text)*))) };
}

/// Text on standard output.
macro_rules! out {
    ($($text:tt)*) => { $crate::cli::console::to_stdout(format_args!($($text)*)) };
}

/// A line on standard error.
macro_rules! errln {
    ($($text:tt)*) => { $crate::cli::console::to_stderr(format_args!($($text)*)) };
}

pub(super) use {errln, out, outln};

//! What several commands need.
use super::exit::INTERRUPTED;
use crate::config::Edit;
use crate::error::Error;
use crate::run::Interrupt;
use std::sync::Arc;

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

/// Threads that this process may use at a time.
pub(super) fn core_count() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

/// A pool of this many threads; 0 is one for every core.
pub(super) fn pool(threads: usize) -> Result<rayon::ThreadPool, Error> {
    let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build();
    pool.map_err(|source| Error::Threads { threads, source })
}

/// The first SIGINT or SIGTERM stops the work after the present step; a second one ends the program at once.
pub(super) fn stop_on_signals(interrupt: &Arc<Interrupt>) {
    use signal_hook::consts::{SIGINT, SIGTERM};
    let Ok(mut signals) = signal_hook::iterator::Signals::new([SIGINT, SIGTERM]) else { return };
    let interrupt = Arc::clone(interrupt);
    std::thread::spawn(move || {
        for (count, _) in signals.forever().enumerate() {
            if count > 0 {
                std::process::exit(i32::from(INTERRUPTED));
            }
            interrupt.set();
        }
    });
}

/// A number of bytes for people.
pub(super) fn size(bytes: f64) -> String {
    match bytes {
        b if b < 1e3 => format!("{b:.0} B"),
        b if b < 1e6 => format!("{:.1} kB", b / 1e3),
        b if b < 1e9 => format!("{:.1} MB", b / 1e6),
        b => format!("{:.2} GB", b / 1e9),
    }
}

/// A time for people.
pub(super) fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 60.0 => format!("{s:.1} s"),
        s if s < 3600.0 => format!("{:.1} min", s / 60.0),
        s => format!("{:.1} h", s / 3600.0),
    }
}

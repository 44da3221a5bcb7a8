//! Signals that stop a command.
use super::exit::INTERRUPTED;
use crate::run::Interrupt;
use std::sync::Arc;

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

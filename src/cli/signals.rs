//! Signals that stop a command.
use super::exit::INTERRUPTED;
use crate::run::Interrupt;
use signal_hook::iterator::Signals;
use std::sync::Arc;
use std::sync::mpsc::channel;
use std::time::{Duration, Instant};

/// Signals so close together are one: `timeout`, for instance, sends one to a program and one to the group that it is in.
const ONE_REQUEST: Duration = Duration::from_millis(500);

/// SIGINT, SIGTERM, SIGHUP or SIGUSR1 stops the work after the present step; a second one, half a second later or more, ends the
/// program at once.
pub(super) fn stop_on_signals(interrupt: &Arc<Interrupt>) {
    use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM, SIGUSR1};
    let mut stopping = vec![SIGINT, SIGTERM, SIGUSR1];
    // `nohup` lets a program ignore the end of its terminal.
    if !is_ignored(SIGHUP) {
        stopping.push(SIGHUP);
    }
    let interrupt = Arc::clone(interrupt);
    let (hand_over, taken) = channel::<Signals>();
    let listener = std::thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let Ok(mut signals) = taken.recv() else { return };
        let mut first: Option<Instant> = None;
        for _ in signals.forever() {
            if first.is_some_and(|first| first.elapsed() > ONE_REQUEST) {
                std::process::exit(i32::from(INTERRUPTED));
            }
            first.get_or_insert_with(Instant::now);
            interrupt.set();
        }
    });
    // Where there is no thread for it signals end this program as any other. There will be none to work either, which is
    // told then.
    if listener.is_ok()
        && let Ok(signals) = Signals::new(stopping)
    {
        let _ = hand_over.send(signals);
    }
}

/// Whether a signal is ignored since before the program began, as Linux tells of a process; elsewhere it is taken not to be.
fn is_ignored(signal: i32) -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    mask >> (signal - 1) & 1 == 1
}

//! `dyad verify`.
use super::console::outln;
use crate::verify::{STD_TOLERANCE, TOLERANCE, Verdict, verify as replay};
use std::path::PathBuf;
use std::process::ExitCode;

/// One line a case; fails if one is beyond the tolerance or cannot be replayed.
pub(super) fn verify(files: &[PathBuf]) -> ExitCode {
    let (mut passed, mut cases, mut unread) = (0, 0, 0);
    let mut header = "";
    for file in files {
        let verdicts = match replay(file) {
            Ok(verdicts) => verdicts,
            Err(error) => {
                outln!("{error}");
                unread += 1;
                continue;
            }
        };
        for verdict in verdicts {
            let (new_header, line) = describe(&verdict);
            if new_header != header {
                outln!("{new_header}");
                header = new_header;
            }
            outln!("{line}{}", if verdict.passes() { "" } else { "  FAILS" });
            passed += usize::from(verdict.passes());
            cases += 1;
        }
    }
    outln!("{passed} of {cases} cases within their tolerance");
    if unread > 0 {
        outln!("{unread} of {} files could not be replayed", files.len());
    }
    if passed == cases && unread == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

// The headers name the tolerances.
const NETWORK_HEADER: &str = "network (largest relative error, at most 1e-4)   states  gradients   analog unit";
const ARRAY_HEADER: &str = "array read (mean over what is allowed, at most 1)  mean  std (at most 3 %)";
const PULSE_HEADER: &str = "pulse response (over what is allowed, at most 1)  mean   std";
const _: () = assert!(TOLERANCE == 1e-4 && STD_TOLERANCE == 0.03);

/// The header of a kind of case, and the line of this one.
fn describe(verdict: &Verdict) -> (&'static str, String) {
    match verdict {
        Verdict::Network(network) => {
            let gradient = network.gradient_error.map_or("-".to_owned(), |e| format!("{e:.1e}"));
            let analog = if network.analog_is_identical { "same bits" } else { "differs" };
            let line = format!("{:<44} {:>10.1e} {gradient:>10}   {analog}", network.name, network.state_error);
            (NETWORK_HEADER, line)
        }
        Verdict::Pulses(pulses) => {
            let line = format!("{:<44} {:>10.2} {:>5.2}", pulses.name, pulses.mean_error, pulses.std_error);
            (PULSE_HEADER, line)
        }
        Verdict::Array(array) => {
            let line = format!("{:<44} {:>10.2} {:>9.2} %", array.name, array.mean_error, 100.0 * array.std_error);
            (ARRAY_HEADER, line)
        }
    }
}

//! What the program ends with.

/// For the help.
pub(super) const EXIT_STATUSES: &str = "Exit status: 0 done, 1 error, 2 wrong usage, 3 the run diverged (its results are kept), \
                             130 interrupted (continue with --resume).";

/// The run diverged; its results are kept.
pub(super) const DIVERGED: u8 = 3;
/// Interrupted by the user or the system.
pub(super) const INTERRUPTED: u8 = 130;

//! Drawings of a finished run.

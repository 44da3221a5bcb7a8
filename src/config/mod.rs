//! Reading experiment and hardware files: strictly, so that no setting is ever silently ignored.
//!
//! A file is parsed ([`json`]), changed by `--set` ([`edit`]), held against the JSON Schema of its type ([`check`]),
//! built and cross-checked ([`strict`]), and can be shown with every default filled in ([`explain`]).
pub mod check;
pub mod demand;
pub mod edit;
pub mod error;
pub mod explain;
pub mod json;
pub mod key;
pub mod schema;
pub mod strict;
pub mod suggest;

//! Whether a file is what was written.
use std::path::{Path, PathBuf};

/// What was found of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Checked {
    /// Which file.
    pub file: PathBuf,
    /// What it is.
    pub verdict: Verdict,
}

/// What a file is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// What was written, to the last byte.
    Whole,
    /// It holds together, but has no checksum: another version has written it, or another program has changed it.
    Unsealed,
    /// Not what was written.
    Damaged(String),
}

impl Checked {
    /// From the outcome of reading a file.
    pub fn of<E: std::fmt::Display>(file: &Path, outcome: Result<Verdict, E>) -> Self {
        let damaged = |error: E| {
            let text = error.to_string();
            // The file is named already.
            let reason = text.strip_prefix(&format!("{}: ", file.display())).unwrap_or(&text).to_owned();
            Verdict::Damaged(reason)
        };
        Self { file: file.to_owned(), verdict: outcome.unwrap_or_else(damaged) }
    }

    /// Whether it is not what was written.
    pub fn is_damaged(&self) -> bool {
        matches!(self.verdict, Verdict::Damaged(_))
    }
}

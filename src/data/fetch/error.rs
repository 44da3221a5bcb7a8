//! What stops a download.
use std::io;
use std::path::PathBuf;

/// Why a mirror did not give a file.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the message of each variant")]
pub enum Attempt {
    /// The server refused.
    #[error("{address}: the server answered with HTTP status {status}")]
    Status { address: String, status: u16 },
    /// There is no such file on this machine, or it cannot be read.
    #[error("{}: {source}", file.display())]
    File { file: PathBuf, source: io::Error },
    /// There was no answer.
    #[error("{address}: no answer: {source}")]
    NoAnswer { address: String, source: Box<ureq::Error> },
    /// The connection broke.
    #[error("{address}: broke off after {received} {}: {source}", of_expected(*expected))]
    BrokeOff { address: String, received: u64, expected: Option<u64>, source: io::Error },
    /// The file is not the known one.
    #[error("{address}: MD5 sum{of} must be {expected}, got {found} ({received} bytes{state})")]
    Checksum { address: String, of: &'static str, expected: String, found: String, received: u64, state: String },
    /// What arrived cannot be unpacked.
    #[error("{address}: a damaged gzip file of {received} bytes: {source}")]
    Damaged { address: String, received: u64, source: io::Error },
}

fn of_expected(expected: Option<u64>) -> String {
    match expected {
        Some(expected) => format!("of {expected} bytes"),
        None => "bytes of an unknown number".to_owned(),
    }
}

/// A download that failed. Nothing incomplete is left under a final name.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are named in the message of each variant")]
pub enum FetchError {
    /// The target folder cannot be made.
    #[error("{}: folder cannot be made", directory.display())]
    Directory { directory: PathBuf, source: io::Error },
    /// A file on this machine cannot be read or written.
    #[error("{}: cannot be read or written", file.display())]
    Local { file: PathBuf, source: io::Error },
    /// No mirror gave the file.
    #[error("{file} could not be fetched{}\n  or put a copy of it into {} and fetch again, which checks it", attempts.iter().map(|attempt| format!("\n  {attempt}")).collect::<String>(), folder.display())]
    Download { file: String, folder: PathBuf, attempts: Vec<Attempt> },
    /// A verified archive cannot be unpacked.
    #[error("{}: cannot be unpacked", archive.display())]
    Archive { archive: PathBuf, source: io::Error },
    /// A verified archive lacks a file.
    #[error("{}: holds no file {member}", archive.display())]
    MemberMissing { archive: PathBuf, member: String },
}

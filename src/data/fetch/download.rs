//! One file from the first mirror that gives it whole.
use super::partial::{publish, temporary_file};
use super::sums::{Verdict, compare};
use super::{Attempt, FetchError, FetchProgress, KnownSum, RemoteFile};
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;
use ureq::Agent;

/// A server that does not answer for so long is given up.
const PATIENCE: Duration = Duration::from_secs(60);
const BUFFER_BYTES: usize = 64 * 1024;

/// Makes sure that a file is in the folder, with the right sum.
pub(super) fn fetch_file(
    file: &RemoteFile,
    mirrors: &[&str],
    target_dir: &Path,
    progress: &mut dyn FetchProgress,
) -> Result<(), FetchError> {
    let target = target_dir.join(&file.name);
    let local = |source| FetchError::Local { file: target.clone(), source };
    let unpacked = file.unpacked_name().map(|name| target_dir.join(name));
    // Of two the one that is not compressed is read.
    let present = [unpacked.as_ref(), Some(&target)].into_iter().flatten().find(|path| path.is_file());
    let mut attempts = Vec::new();
    if let Some(path) = present {
        let mut own = File::open(path).map_err(local)?;
        let bytes = own.metadata().map_err(local)?.len();
        match checked(path.display().to_string(), file, Some(bytes), &mut own, Ok(bytes)) {
            Ok(_) => return Ok(()),
            // What is wrong with it is told if no mirror has a better one.
            Err(Failure::Mirror(attempt)) => attempts.push(attempt),
            Err(Failure::Local(source)) => return Err(local(source)),
        }
    }
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        // What is kept is the compressed file, so the transport must not unpack it.
        .accept_encoding("identity")
        .build()
        .into();
    for mirror in mirrors {
        let mut partial = temporary_file(target_dir).map_err(local)?;
        let received = match folder_of(mirror) {
            Some(folder) => {
                let whole = folder.join(&file.name);
                let unpacked = file.unpacked_name().map(|name| folder.join(name)).filter(|path| path.is_file());
                let path = if whole.is_file() { whole } else { unpacked.unwrap_or(whole) };
                take(&path, file, partial.as_file_mut(), progress)
            }
            None => {
                let address = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
                receive(&agent, &address, file, partial.as_file_mut(), progress)
            }
        };
        match received {
            Ok(is_compressed) => {
                let (path, other) = match &unpacked {
                    Some(unpacked) if !is_compressed => (unpacked, Some(&target)),
                    unpacked => (&target, unpacked.as_ref()),
                };
                publish(partial, path)?;
                // It was not the known one.
                return match other.filter(|other| other.is_file()) {
                    Some(other) => std::fs::remove_file(other).map_err(local),
                    None => Ok(()),
                };
            }
            Err(Failure::Mirror(attempt)) => attempts.push(attempt),
            Err(Failure::Local(source)) => return Err(local(source)),
        }
    }
    Err(FetchError::Download { file: file.name.clone(), folder: target_dir.to_owned(), attempts })
}

/// A failure that another mirror may not have, or one that it will.
enum Failure {
    Mirror(Attempt),
    Local(io::Error),
}

/// The folder of this machine that a mirror is: `file://…`, or a path.
fn folder_of(mirror: &str) -> Option<PathBuf> {
    match mirror.split_once("://") {
        Some(("file", path)) => Some(PathBuf::from(path.strip_prefix("localhost").unwrap_or(path))),
        Some(_) => None,
        None => Some(PathBuf::from(mirror)),
    }
}

/// Copies a file of this machine; whether it is compressed.
fn take(path: &Path, file: &RemoteFile, partial: &mut File, progress: &mut dyn FetchProgress) -> Result<bool, Failure> {
    let unread = |source| Failure::Mirror(Attempt::File { file: path.to_owned(), source });
    let mut source = File::open(path).map_err(unread)?;
    let expected = source.metadata().map_err(unread)?.len();
    progress.start(&file.name, Some(expected));
    let copied = copy(&mut source, partial, progress);
    progress.finish();
    checked(path.display().to_string(), file, Some(expected), partial, copied)
}

fn receive(
    agent: &Agent,
    address: &str,
    file: &RemoteFile,
    partial: &mut File,
    progress: &mut dyn FetchProgress,
) -> Result<bool, Failure> {
    let address = address.to_owned();
    let answer = match agent.get(&address).call() {
        Ok(answer) => answer,
        Err(ureq::Error::StatusCode(status)) => return Err(Failure::Mirror(Attempt::Status { address, status })),
        Err(error) => return Err(Failure::Mirror(Attempt::NoAnswer { address, source: Box::new(error) })),
    };
    let expected = answer.body().content_length();
    let mut body = answer.into_body().into_with_config().limit(u64::MAX).reader();
    progress.start(&file.name, expected);
    let copied = copy(&mut body, partial, progress);
    progress.finish();
    checked(address, file, expected, partial, copied)
}

/// Whether what was copied, which has to be the known file, is compressed.
fn checked(
    address: String,
    file: &RemoteFile,
    expected: Option<u64>,
    partial: &mut File,
    copied: Result<u64, CopyError>,
) -> Result<bool, Failure> {
    let received = match copied {
        Ok(received) => received,
        Err(CopyError::Write(source)) => return Err(Failure::Local(source)),
        Err(CopyError::Read { received, source }) => {
            return Err(Failure::Mirror(Attempt::BrokeOff { address, received, expected, source }));
        }
    };
    let (of, expected) = match &file.sum {
        KnownSum::Content(sum) => (" of the content", sum.clone()),
        KnownSum::File(sum) => ("", sum.clone()),
    };
    Err(Failure::Mirror(match compare(partial, &file.sum).map_err(Failure::Local)? {
        Verdict::Known { is_compressed } => return Ok(is_compressed),
        Verdict::Other { found, state } => Attempt::Checksum { address, of, expected, found, received, state },
        Verdict::Damaged(source) => Attempt::Damaged { address, received, source },
    }))
}

enum CopyError {
    Read { received: u64, source: io::Error },
    Write(io::Error),
}

/// Copies all bytes and gives their number.
fn copy(from: &mut impl Read, to: &mut impl Write, progress: &mut dyn FetchProgress) -> Result<u64, CopyError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut received = 0;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok(received),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(CopyError::Read { received, source }),
        };
        to.write_all(&buffer[..count]).map_err(CopyError::Write)?;
        received += count as u64;
        progress.advance(count as u64);
    }
}

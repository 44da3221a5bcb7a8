//! One file from the first mirror that gives it whole.
use super::partial::{publish, temporary_file};
use super::{Attempt, FetchError, FetchProgress, RemoteFile};
use md5::{Digest, Md5};
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
    if target.is_file() && md5_of(File::open(&target).map_err(local)?).map_err(local)? == file.md5 {
        return Ok(());
    }
    let agent: Agent = Agent::config_builder()
        .timeout_connect(Some(PATIENCE))
        .timeout_recv_response(Some(PATIENCE))
        .timeout_per_read(Some(PATIENCE))
        // The sum is that of the compressed file, so the transport must not unpack it.
        .accept_encoding("identity")
        .build()
        .into();
    let mut attempts = Vec::new();
    for mirror in mirrors {
        let mut partial = temporary_file(target_dir).map_err(local)?;
        let received = match folder_of(mirror) {
            Some(folder) => take(&folder.join(&file.name), file, partial.as_file_mut(), progress),
            None => {
                let address = format!("{}/{}", mirror.trim_end_matches('/'), file.name);
                receive(&agent, &address, file, partial.as_file_mut(), progress)
            }
        };
        match received {
            Ok(()) => return publish(partial, &target),
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

/// Copies a file of this machine.
fn take(path: &Path, file: &RemoteFile, partial: &mut File, progress: &mut dyn FetchProgress) -> Result<(), Failure> {
    let unread = |source| Failure::Mirror(Attempt::File { file: path.to_owned(), source });
    let mut source = File::open(path).map_err(unread)?;
    let expected = source.metadata().map_err(unread)?.len();
    progress.start(&file.name, Some(expected));
    let copied = copy(&mut source, partial, progress);
    progress.finish();
    checked(path.display().to_string(), file, Some(expected), copied)
}

fn receive(
    agent: &Agent,
    address: &str,
    file: &RemoteFile,
    partial: &mut File,
    progress: &mut dyn FetchProgress,
) -> Result<(), Failure> {
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
    checked(address, file, expected, copied)
}

/// Whether what was copied is the known file.
fn checked(
    address: String,
    file: &RemoteFile,
    expected: Option<u64>,
    copied: Result<(u64, String), CopyError>,
) -> Result<(), Failure> {
    let (received, found) = match copied {
        Ok(complete) => complete,
        Err(CopyError::Write(source)) => return Err(Failure::Local(source)),
        Err(CopyError::Read { received, source }) => {
            return Err(Failure::Mirror(Attempt::BrokeOff { address, received, expected, source }));
        }
    };
    if found == file.md5 {
        return Ok(());
    }
    Err(Failure::Mirror(Attempt::Checksum { address, expected: file.md5.clone(), found, received }))
}

enum CopyError {
    Read { received: u64, source: io::Error },
    Write(io::Error),
}

/// Copies all bytes; gives their number and MD5 sum.
fn copy(
    from: &mut impl Read,
    to: &mut impl Write,
    progress: &mut dyn FetchProgress,
) -> Result<(u64, String), CopyError> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut sum = Md5::new();
    let mut received = 0;
    loop {
        let count = match from.read(&mut buffer) {
            Ok(0) => return Ok((received, hexadecimal(sum))),
            Ok(count) => count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(source) => return Err(CopyError::Read { received, source }),
        };
        to.write_all(&buffer[..count]).map_err(CopyError::Write)?;
        sum.update(&buffer[..count]);
        received += count as u64;
        progress.advance(count as u64);
    }
}

fn md5_of(mut file: File) -> io::Result<String> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut sum = Md5::new();
    loop {
        match file.read(&mut buffer)? {
            0 => return Ok(hexadecimal(sum)),
            count => sum.update(&buffer[..count]),
        }
    }
}

fn hexadecimal(sum: Md5) -> String {
    sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

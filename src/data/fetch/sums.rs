//! Whether a file is the known one.
use super::KnownSum;
use crate::data::gzip::{Gunzip, MAGIC};
use md5::{Digest, Md5};
use std::fs::File;
use std::io::{self, BufReader, Read, Seek};

const BUFFER_BYTES: usize = 64 * 1024;

/// What a file was found to be.
pub(super) enum Verdict {
    /// The known one, compressed or not.
    Known { is_compressed: bool },
    /// Another one: its sum, and what its gzip stream tells.
    Other { found: String, state: String },
    /// A gzip stream that breaks off, or whose own sum is wrong.
    Damaged(io::Error),
}

/// Compares a file, read from its beginning, with what is known of it. Gzip carries a CRC of the content, which is checked
/// whenever the content is read.
pub(super) fn compare(file: &mut File, known: &KnownSum) -> io::Result<Verdict> {
    file.rewind()?;
    let mut magic = vec![];
    file.by_ref().take(MAGIC.len() as u64).read_to_end(&mut magic)?;
    let is_compressed = magic == MAGIC;
    file.rewind()?;
    Ok(match known {
        KnownSum::Content(sum) => {
            let content = if is_compressed { md5_of(Gunzip::new(BufReader::new(&*file))) } else { md5_of(&*file) };
            match content {
                Ok(found) if found == *sum => Verdict::Known { is_compressed },
                Ok(found) => Verdict::Other { found, state: String::new() },
                Err(error) if is_compressed => Verdict::Damaged(error),
                Err(error) => return Err(error),
            }
        }
        KnownSum::File(sum) => {
            let found = md5_of(&*file)?;
            if found == *sum {
                return Ok(Verdict::Known { is_compressed });
            }
            file.rewind()?;
            let state = match is_compressed.then(|| md5_of(Gunzip::new(BufReader::new(&*file)))) {
                None => String::new(),
                Some(Ok(_)) => "; a whole gzip file: another one, or compressed otherwise".to_owned(),
                Some(Err(error)) => format!("; a damaged gzip file: {error}"),
            };
            Verdict::Other { found, state }
        }
    })
}

/// In lower-case hexadecimal digits.
fn md5_of(mut from: impl Read) -> io::Result<String> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut sum = Md5::new();
    loop {
        match from.read(&mut buffer) {
            Ok(0) => return Ok(sum.finalize().iter().map(|byte| format!("{byte:02x}")).collect()),
            Ok(count) => sum.update(&buffer[..count]),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
}

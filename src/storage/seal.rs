//! The checksum at the end of a file, over every byte before it.
//!
//! | bytes from the end | holds (little endian) |
//! |---|---|
//! | 24 to 17 | mark `dyadsum1` |
//! | 16 to 9 | length of the file without these bytes |
//! | 8 to 5 | CRC-32 of the file without these bytes |
//! | 4 to 1 | CRC-32 of the twenty bytes before |
//!
//! HDF5 reads a file as far as its own header says, so the seal lies outside of what other programs see. One that writes
//! into the file cuts the seal off when it closes it: such a file is [`Seal::Absent`], not broken.
use flate2::Crc;
use std::fs::File;
use std::io::{BufRead, BufReader, Error, ErrorKind, Read, Result, Seek, SeekFrom, Write};
use std::path::Path;

const MARK: &[u8; 8] = b"dyadsum1";
const LENGTH: u64 = 24;
/// Bytes read at a time.
const BUFFER: usize = 1 << 20;

/// What the end of a file says of the rest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seal {
    /// Every byte is as it was written.
    Whole,
    /// There is no checksum.
    Absent,
    /// The checksum is another one.
    Broken,
}

/// Adds the checksum to a file that was written to its end, which is read for it.
///
/// # Errors
/// If it cannot be read or written.
pub fn seal(file: &mut File) -> Result<()> {
    let length = file.seek(SeekFrom::End(0))?;
    let sum = sum(file, length)?;
    let mut end = MARK.to_vec();
    end.extend_from_slice(&length.to_le_bytes());
    end.extend_from_slice(&sum.to_le_bytes());
    let own = crc(&end);
    end.extend_from_slice(&own.to_le_bytes());
    file.seek(SeekFrom::Start(length))?;
    file.write_all(&end)
}

/// Reads a whole file and compares it with its checksum.
///
/// # Errors
/// If it cannot be read.
pub fn check(path: &Path) -> Result<Seal> {
    let mut file = File::open(path)?;
    let Some(length) = file.seek(SeekFrom::End(0))?.checked_sub(LENGTH) else { return Ok(Seal::Absent) };
    let mut end = [0; LENGTH as usize];
    file.seek(SeekFrom::Start(length))?;
    file.read_exact(&mut end)?;
    if !end.starts_with(MARK) {
        return Ok(Seal::Absent);
    }
    let own = end[..20] == [&MARK[..], &length.to_le_bytes(), &sum(&mut file, length)?.to_le_bytes()].concat();
    let is_whole = own && end[20..] == crc(&end[..20]).to_le_bytes();
    Ok(if is_whole { Seal::Whole } else { Seal::Broken })
}

fn crc(bytes: &[u8]) -> u32 {
    let mut crc = Crc::new();
    crc.update(bytes);
    crc.sum()
}

/// Of the first bytes of a file.
fn sum(file: &mut File, length: u64) -> Result<u32> {
    file.seek(SeekFrom::Start(0))?;
    let (mut crc, mut read) = (Crc::new(), 0);
    let mut source = BufReader::with_capacity(BUFFER, file.take(length));
    loop {
        let bytes = source.fill_buf()?;
        if bytes.is_empty() {
            break;
        }
        crc.update(bytes);
        let count = bytes.len();
        read += count as u64;
        source.consume(count);
    }
    if read == length { Ok(crc.sum()) } else { Err(Error::from(ErrorKind::UnexpectedEof)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_bit_or_length_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        let mut file = File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        file.write_all(&(0..100).collect::<Vec<u8>>()).unwrap();
        assert_eq!(check(&path).unwrap(), Seal::Absent);
        seal(&mut file).unwrap();
        assert_eq!(check(&path).unwrap(), Seal::Whole);
        let whole = std::fs::read(&path).unwrap();
        assert_eq!(whole.len(), 124);
        for bit in 0..8 * whole.len() {
            let mut bytes = whole.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&path, &bytes).unwrap();
            // Without its mark it is none; whoever wants one has to ask for it.
            let expected = if (100..108).contains(&(bit / 8)) { Seal::Absent } else { Seal::Broken };
            assert_eq!(check(&path).unwrap(), expected, "bit {bit}");
        }
        let longer = [&whole[..50], &[0], &whole[50..]].concat();
        std::fs::write(&path, longer).unwrap();
        assert_eq!(check(&path).unwrap(), Seal::Broken);
    }
}

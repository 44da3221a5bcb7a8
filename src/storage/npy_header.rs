//! How long an array of NumPy says that its header is, is checked before it is believed: a length of four bytes can ask for 4 GiB.
use npyz::npz::{NpzArchive, file_name_from_array_name};
use std::io::{self, Read, Seek};

const MAGIC: &[u8; 6] = b"\x93NUMPY";
/// Bytes of the longest header that is read; NumPy itself reads 10 000.
const LONGEST: u32 = 1 << 16;

/// Checks the length of the header that `npy` begins with. What is no array is for others to name.
///
/// # Errors
/// If the length cannot be read, or is too large.
pub fn check_npy_header(mut npy: impl Read) -> io::Result<()> {
    let mut start = vec![];
    npy.by_ref().take(8).read_to_end(&mut start)?;
    let [.., major, _] = start[..] else { return Ok(()) };
    if !start.starts_with(MAGIC) {
        return Ok(());
    }
    let mut length = [0; 4];
    npy.read_exact(&mut length[..if major == 1 { 2 } else { 4 }])?;
    let length = u32::from_le_bytes(length);
    if length > LONGEST {
        let what = format!("a header of NumPy that claims {length} bytes; of more than {LONGEST} none is read");
        return Err(io::Error::new(io::ErrorKind::InvalidData, what));
    }
    Ok(())
}

/// The same of an array in an archive. One that is not there is for others to name.
///
/// # Errors
/// As [`check_npy_header`].
pub fn check_npz_header<R: Read + Seek>(archive: &mut NpzArchive<R>, name: &str) -> io::Result<()> {
    match archive.zip_archive().by_name(&file_name_from_array_name(name)) {
        Ok(array) => check_npy_header(array),
        Err(_) => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn checked(version: u8, length: &[u8], header: &str) -> Result<(), String> {
        let npy = [&MAGIC[..], &[version, 0], length, header.as_bytes()].concat();
        check_npy_header(&npy[..]).map_err(|error| error.to_string())
    }

    #[test]
    fn headers_are_read_up_to_a_length() {
        let right = "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 4), }";
        assert_eq!(checked(1, &[right.len() as u8, 0], right), Ok(()));
        assert_eq!(checked(3, &(right.len() as u32).to_le_bytes(), right), Ok(()));
        let long = checked(2, &0xff61_4620_u32.to_le_bytes(), right).unwrap_err();
        assert_eq!(long, "a header of NumPy that claims 4284565024 bytes; of more than 65536 none is read");
        assert_eq!(checked(2, &65536_u32.to_le_bytes(), right), Ok(()));
        assert!(checked(2, &65537_u32.to_le_bytes(), right).is_err());
        assert!(checked(2, &[1], "").is_err(), "it ends in its length");
        assert_eq!(check_npy_header(&b"PK\x03\x04 and so on"[..]).map_err(|_| ()), Ok(()));
    }
}

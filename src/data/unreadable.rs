//! What a file is that is not what its place says, told by its first bytes.

use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes that are looked at.
pub(super) const LOOK_AT: usize = 512;

/// What begins like this, and what helps.
const KNOWN: [(&[u8], &str); 14] = [
    (b"version https://git-lfs", "a pointer of Git LFS, not the file itself: get that with `git lfs pull`"),
    (b"PK\x03\x04", "a zip archive: unpack it"),
    (b"\xfd7zXZ\0", "compressed by xz: unpack it with `xz -d`"),
    (b"BZh", "compressed by bzip2: unpack it with `bzip2 -d`"),
    (b"\x28\xb5\x2f\xfd", "compressed by zstd: unpack it with `zstd -d`"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive: unpack it"),
    (b"MATLAB 5.0 MAT-file", "a file of MATLAB 5: save it with '-v7.3', or with scipy.io.loadmat and numpy.savez"),
    (b"\x80\x02", PICKLE),
    (b"\x80\x03", PICKLE),
    (b"\x80\x04", PICKLE),
    (b"\x80\x05", PICKLE),
    (
        b"\x93NUMPY",
        "a single array of NumPy (.npy): data.source.npy reads such, or numpy.savez puts all of them into one archive",
    ),
    (b"\x89HDF\r\n\x1a\n", "an HDF5 file: data.source.hdf5 reads it"),
    (b"\x1f\x8b", "gzip within gzip: unpack it once more with `gzip -d`"),
];

const PICKLE: &str = "a pickle of Python: load it there and save its arrays with numpy.savez";

/// What a file is, if its first bytes tell; to be read after "is".
pub(super) fn what(start: &[u8]) -> Option<&'static str> {
    if let Some((_, what)) = KNOWN.iter().find(|(magic, _)| start.starts_with(magic)) {
        return Some(what);
    }
    if start.get(257..262) == Some(b"ustar") {
        return Some("a tar archive: unpack it with `tar -xf`");
    }
    if start.starts_with(b"\xff\xfe") || start.starts_with(b"\xfe\xff") {
        return Some("a text in UTF-16, not data");
    }
    let text = String::from_utf8_lossy(start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start)).to_lowercase();
    let text = text.trim_start();
    let is_page = ["<!doctype", "<html", "<head", "<?xml"].iter().any(|tag| text.starts_with(tag));
    is_page.then_some("a web page, not data: the download has failed, or needs a login")
}

/// The same of a file; nothing if it cannot be opened.
pub(super) fn of_file(path: &Path) -> Option<&'static str> {
    let mut start = vec![];
    File::open(path).ok()?.take(LOOK_AT as u64).read_to_end(&mut start).ok()?;
    what(&start)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_known_by_their_beginning() {
        let is = |start: &[u8], part: &str| {
            let found = what(start);
            assert!(found.is_some_and(|found| found.contains(part)), "{start:?}: {found:?}");
        };
        is(b"\xef\xbb\xbf\n <!DOCTYPE html><html>", "web page");
        is(b"version https://git-lfs.github.com/spec/v1\noid sha256:4d7a", "Git LFS");
        is(b"\x80\x04\x95\x10\0", "pickle");
        is(&[[b'a'; 257].as_slice(), b"ustar\0".as_slice()].concat(), "tar");
        is(b"\xff\xfe1\0,\0", "UTF-16");
        assert_eq!(what(&[0, 0, 8, 3]), None);
        assert_eq!(what(b""), None);
    }
}

//! What an HDF5 file says of its arrays is checked before it is believed: files come from others, and a length that is wrong
//! must not ask for all memory, nor a link read what its user did not name.
//!
//! Links are not followed, whether they lead to another file or not; numbers have to stand in the file itself; filters are
//! those that are built in, or plugins of a folder that the user has named in `HDF5_PLUGIN_PATH`. Files are opened to be
//! read only, in this process: a process of its own for each file would have to hand over everything that it has read.
use crate::storage::{TextsError, claimed_texts};
use hdf5::dataset::Layout;
use hdf5::filters::Filter;
use hdf5::{Dataset, Group, LinkType};
use std::path::Path;

/// Bytes of numbers that any file may claim: parts that were never written take no room in it.
const SMALL: u64 = 64 << 20;
/// Bytes of numbers that are made of one byte at most. Deflate could make 1032, of numbers that are all the same.
const MOST_INFLATION: u64 = 200;
/// Entries of a group that are looked at.
const MOST_ENTRIES: usize = 1 << 16;

/// Why an array is not read.
#[derive(Debug)]
pub(super) enum Refusal {
    /// A rule that it breaks, to be read after its name.
    Rule(String),
    /// A filter that is not built in.
    Filter(hdf5::Error),
    /// HDF5 cannot tell.
    Hdf5(hdf5::Error),
}

impl From<hdf5::Error> for Refusal {
    fn from(error: hdf5::Error) -> Self {
        Self::Hdf5(error)
    }
}

impl From<TextsError> for Refusal {
    fn from(error: TextsError) -> Self {
        match error {
            TextsError::Rule(rule) => Self::Rule(rule),
            TextsError::Hdf5(error) => Self::Hdf5(error),
        }
    }
}

/// Checks that the texts of an array can stand in their file of so many bytes, where no two of them share their room.
pub(super) fn check_texts(dataset: &Dataset, path: &Path, file_bytes: u64) -> Result<(), Refusal> {
    let claimed = claimed_texts(dataset, path)?;
    let most = file_bytes.saturating_add(SMALL);
    if claimed <= most {
        return Ok(());
    }
    Err(Refusal::Rule(format!(
        "is not read: its texts claim {claimed} bytes in a file of {file_bytes} bytes, which is taken for {most} bytes of them at most"
    )))
}

/// Checks that every step of a path is an entry of its group, as far as there are such. To be called before it is opened.
pub(super) fn check_links(root: &Group, path: &str) -> Result<(), Refusal> {
    let mut group = root.clone();
    let steps: Vec<&str> = path.split('/').filter(|step| !matches!(*step, "" | ".")).collect();
    for (depth, step) in steps.iter().enumerate() {
        let (mut kind, mut entries) = (None, 0);
        group.iter_visit_default(|name, link| {
            entries += 1;
            if name == *step {
                kind = Some(link.link_type);
            }
            if entries > MOST_ENTRIES {
                return Err(hdf5::Error::Internal(format!("more than {MOST_ENTRIES} entries in one group")));
            }
            Ok(())
        })?;
        match kind {
            // What is missing is told by whoever opens it.
            None => return Ok(()),
            Some(LinkType::Hard) if depth + 1 == steps.len() => {}
            Some(LinkType::Hard) => group = group.group(step)?,
            Some(_) => {
                let rule = format!(
                    "is not read: {step:?} is a link to another place or file; name the file and the array it stands for"
                );
                return Err(Refusal::Rule(rule));
            }
        }
    }
    Ok(())
}

/// How many numbers of an array can stand in its file.
#[derive(Debug)]
pub(super) struct Room {
    file_bytes: u64,
    /// Bytes of one number.
    number: u64,
    is_filtered: bool,
}

impl Room {
    /// Checks how an array is stored in its file of so many bytes. To be called before it is read.
    pub(super) fn of(dataset: &Dataset, file_bytes: u64) -> Result<Self, Refusal> {
        let rule = |rule: &str| Err(Refusal::Rule(rule.to_owned()));
        let storage = dataset.dcpl()?;
        if !storage.external().is_empty() {
            return rule("is not read: its numbers are in other files; write it again into one file");
        }
        if !matches!(storage.layout(), Layout::Compact | Layout::Contiguous | Layout::Chunked) {
            return rule(
                "is not read: it is a virtual data set, whose numbers are in others; write it again as one array",
            );
        }
        let filters = storage.filters();
        let of_plugin = filters.iter().find_map(|filter| match filter {
            Filter::User(number, _) => Some(number),
            _ => None,
        });
        if let Some(number) = of_plugin
            && std::env::var_os("HDF5_PLUGIN_PATH").is_none()
        {
            let text = format!("filter {number} of the list of the HDF Group is not registered");
            return Err(Refusal::Filter(hdf5::Error::Internal(text)));
        }
        let room = Self { file_bytes, number: dataset.dtype()?.size() as u64, is_filtered: !filters.is_empty() };
        // HDF5 holds a chunk as a whole.
        room.check(&storage.chunk().unwrap_or_default()).map_err(Refusal::Rule)?;
        Ok(room)
    }

    /// Checks that numbers of these lengths can be read, else tells the rule that they break. Parts that are not wanted are no
    /// matter.
    pub(super) fn check(&self, lengths: &[usize]) -> Result<(), String> {
        let &Self { file_bytes, number, is_filtered } = self;
        let most = file_bytes.saturating_mul(if is_filtered { MOST_INFLATION } else { 1 }).saturating_add(SMALL);
        let bytes = lengths.iter().try_fold(number, |bytes, &n| bytes.checked_mul(n as u64));
        if bytes.is_some_and(|bytes| bytes <= most) {
            return Ok(());
        }
        let way_out = match is_filtered {
            true => "if they are right, unpack it with `h5repack -f NONE`",
            false => "write all of them",
        };
        Err(format!(
            "is not read: it claims {lengths:?} numbers of {number} bytes in a file of {file_bytes} bytes, which is taken for \
             {most} bytes of numbers at most; {way_out}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hdf5::types::VarLenUnicode;

    #[test]
    fn texts_that_cannot_stand_in_their_file_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.h5");
        let texts: Vec<VarLenUnicode> = ["cat", "dog", "cow"].iter().map(|text| text.parse().unwrap()).collect();
        let file = hdf5::File::create(&path).unwrap();
        file.new_dataset::<VarLenUnicode>().shape(3).create("y").unwrap().write_raw(&texts).unwrap();
        file.close().unwrap();
        let open = || hdf5::File::open(&path).unwrap().dataset("y").unwrap();
        let mut bytes = std::fs::read(&path).unwrap();
        check_texts(&open(), &path, bytes.len() as u64).unwrap();
        // The length of the first text. HDF5 would set 4 GiB aside.
        let at = open().offset().unwrap() as usize;
        bytes[at..at + 4].fill(0xff);
        std::fs::write(&path, &bytes).unwrap();
        let Err(Refusal::Rule(rule)) = check_texts(&open(), &path, bytes.len() as u64) else { panic!("it is read") };
        assert!(rule.starts_with("is not read: its texts claim 4294967301 bytes in a file of "), "{rule}");
    }
}

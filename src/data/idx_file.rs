//! IDX files, the format of MNIST (LeCun, Cortes & Burges): a big-endian header, then the elements, last axis fastest.
//!
//! | bytes | content |
//! |---|---|
//! | 0–1 | 0 |
//! | 2 | type: 8 unsigned bytes, 9 signed bytes, 11 integers of 16 bits, 12 of 32 bits, 13 floating-point numbers of 32 bits, 14 of 64 bits |
//! | 3 | number of axes |
//! | 4– | length of every axis, four bytes each; elements from there |
use super::DataError;
use super::array::{Array, Elements};
use super::axes::{ElementOrder, Extent};
use super::byte_file::ByteFile;
use super::element::{ElementType, Kind, ReadFailure};
use super::portion::Portion;
use super::raw::RawValues;
use std::io;
use std::path::Path;

/// Type of the elements of QMNIST's labels, and how many there are of a sample: the class, the series, the writer, ….
const QMNIST: (u8, u64) = (12, 8);

/// An IDX file, plain or gzip, whose header has been read.
pub(super) struct IdxArray {
    file: ByteFile,
    lengths: Vec<u64>,
    code: u8,
    element: ElementType,
}

impl IdxArray {
    pub(super) fn open(path: &Path) -> Result<Self, DataError> {
        let mut file = ByteFile::open(path)?;
        let magic @ [zeros @ .., code, axes] = file.take::<4>("the magic number")?;
        let kind = match code {
            8 => Some((Kind::Unsigned, 1)),
            9 => Some((Kind::Signed, 1)),
            11 => Some((Kind::Signed, 2)),
            12 => Some((Kind::Signed, 4)),
            13 => Some((Kind::Float, 4)),
            14 => Some((Kind::Float, 8)),
            _ => None,
        };
        let element = kind.filter(|_| zeros == [0, 0]).and_then(|(kind, size)| ElementType::new(kind, size, true));
        let Some(element) = element else {
            return Err(DataError::Magic { file: file.path, found: u32::from_be_bytes(magic) });
        };
        let mut lengths = vec![];
        for axis in 0..axes {
            let offset = file.offset();
            match u32::from_be_bytes(file.take(&format!("the length of axis {axis}"))?) {
                0 => return Err(DataError::ZeroSize { file: file.path, offset, axis }),
                length => lengths.push(u64::from(length)),
            }
        }
        let array = Self { file, lengths, code, element };
        if let Some(found) = array.file.rest() {
            array.check_length(found)?;
        }
        Ok(array)
    }

    /// Demands that these bytes follow the header.
    fn check_length(&self, found: u64) -> Result<(), DataError> {
        let needed = self.lengths.iter().fold(self.element.size(), |bytes, &length| bytes.saturating_mul(length));
        if found == needed { Ok(()) } else { Err(DataError::ArrayLength { place: self.place(), needed, found }) }
    }

    fn failed(&self, failure: ReadFailure) -> DataError {
        match failure {
            ReadFailure::Io(source) => self.file.failed(source),
            ReadFailure::Short { needed, found } => DataError::ArrayLength { place: self.place(), needed, found },
        }
    }

    /// Looks that nothing stands behind elements that were all read.
    fn expect_end(&mut self) -> Result<(), DataError> {
        match io::copy(&mut self.file, &mut io::sink()) {
            Ok(0) => Ok(()),
            Ok(behind) => {
                let needed =
                    self.lengths.iter().fold(self.element.size(), |bytes, &length| bytes.saturating_mul(length));
                self.check_length(needed + behind)
            }
            Err(source) => Err(self.file.failed(source)),
        }
    }
}

impl Array for IdxArray {
    fn place(&self) -> String {
        self.file.path.display().to_string()
    }

    fn extent(&self) -> Extent {
        Extent { lengths: self.lengths.clone(), order: ElementOrder::LastAxisFastest }
    }

    fn first_column_is_class(&self) -> bool {
        self.lengths.last().is_some_and(|&columns| (self.code, columns) == QMNIST)
    }

    fn inputs(&mut self, portion: &Portion) -> Result<RawValues, DataError> {
        let values = self.element.inputs(&mut self.file, portion).map_err(|failure| self.failed(failure))?;
        if portion.is_whole() {
            self.expect_end()?;
        }
        Ok(values)
    }

    fn labels(&mut self) -> Result<Elements, DataError> {
        let values = self.element.labels(&mut self.file, &self.lengths).map_err(|failure| self.failed(failure))?;
        self.expect_end()?;
        Ok(Elements::Numbers(values))
    }
}
